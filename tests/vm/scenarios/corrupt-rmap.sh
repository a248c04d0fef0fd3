#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The reverse map of an allocation group is garbage: what goes bad in that group
# ends as one unresolved event; the walk itself does not shut the filesystem
# down; the other groups are resolved as ever.
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
agblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p')
for i in 0 1 2 3 4 5 6 7; do
	must mkdir "$MNT/dir$i"
	must xfs_io -f -c "pwrite -q 0 16384" -c fsync "$MNT/dir$i/file"
	at=$(disk_offset "$MNT/dir$i/file" 0)
	((at / 4096 / agblocks == 3)) && break
done
is "a file in the last group" $((at / 4096 / agblocks)) 3
good=$(data_lost "$MNT/.barrier" 2048 512)
must umount "$MNT"
rmaproot=$(xfs_db -r -c "agf 3" -c "p rmaproot" /dev/pmem0)
rmaproot=$((agblocks * 3 + ${rmaproot##*= }))
save_page /dev/pmem0 $((rmaproot * 4096)) "$T/page"
must dd if=/dev/urandom of=/dev/pmem0 bs=4096 seek=$rmaproot count=1 oflag=direct conv=notrunc status=none
must mount -o dax=always /dev/pmem0 "$MNT"
watch

mce_dev /dev/pmem0 $((at + 512))
want=$(media xfs /dev/pmem0 $((at + 512)) 512)
# the filesystem itself says, too, that it has found metadata that is corrupt
said=
while next_event && [[ $EVENT == "error kind=metadata errno=117 fstype=xfs "* ]]; do
	said+=$EVENT$'\n'
done
is "one unresolved event" "$EVENT" "$want"
level "the level says the same" "$want"
mce_file "$MNT/.barrier" 2048
while next_event && [[ $EVENT == "error kind=metadata errno=117 fstype=xfs "* ]]; do
	said+=$EVENT$'\n'
done
is "a file in another group is resolved" "$EVENT" "$good"
alive
umount_works
stop_monitor
restore_page /dev/pmem0 $((rmaproot * 4096)) "$T/page"
check_log
end
