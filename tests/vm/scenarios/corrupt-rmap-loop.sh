#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The reverse map of an allocation group is crafted: checksums are right, and all
# pointers of its root lead to the first leaf. What goes bad behind that leaf ends as
# one unresolved event, soon, and not in a walk round and round.
# only: test-all
# group: file
. "$(dirname "$0")/lib.sh"

# node COMMAND...: xfs_db at the root of the reverse map of the last group
node()
{
	local args=() command

	for command; do
		args+=(-c "$command")
	done
	xfs_db -x -c "agf 3" -c "addr rmaproot" "${args[@]}" /dev/pmem0
}

pmem_xfs
agblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p')
for i in 0 1 2 3 4 5 6 7; do
	must mkdir "$MNT/dir$i"
	must xfs_io -f -c "pwrite -q 0 16384" -c fsync "$MNT/dir$i/file"
	at=$(disk_offset "$MNT/dir$i/file" 0)
	((at / 4096 / agblocks == 3)) && break
done
is "a file in the last group" $((at / 4096 / agblocks)) 3
# every piece is a record of its own, so that there are several leaves
commands=()
for ((j = 0; j < 400; j++)); do
	commands+=(-c "pwrite -q $((j * 8192)) 4096")
done
must xfs_io -f "${commands[@]}" -c fsync "$MNT/dir$i/pieces"
at=$(disk_offset "$MNT/dir$i/pieces" $((390 * 8192)))
is "the pieces are in the last group" $((at / 4096 / agblocks)) 3
must umount "$MNT"

rmaproot=$(xfs_db -r -c "agf 3" -c "p rmaproot" /dev/pmem0)
rmaproot=$((agblocks * 3 + ${rmaproot##*= }))
save_page /dev/pmem0 $((rmaproot * 4096)) "$T/page"
numrecs=$(node "p numrecs" | sed 's/.*= //')
first=$(node "p ptrs[1]" | sed 's/.*[=:]//')
check "the root has several pointers" test "$numrecs" -gt 2
for ((j = 2; j <= numrecs; j++)); do
	must node "write ptrs[$j] $first"
done
must mount -o dax=always /dev/pmem0 "$MNT"
watch

start=$SECONDS
mce_dev /dev/pmem0 $((at + 512))
want=$(media xfs /dev/pmem0 $((at + 512)) 512)
# the filesystem itself says, too, that it has found metadata that is corrupt
while next_event && [[ $EVENT == "error kind=metadata errno=117 fstype=xfs "* ]]; do
	:
done
is "one unresolved event" "$EVENT" "$want"
level "the level says the same" "$want"
check "and soon" test $((SECONDS - start)) -lt 60
alive
umount_works
stop_monitor
restore_page /dev/pmem0 $((rmaproot * 4096)) "$T/page"
check_log 'Corruption of|Internal error'
end
