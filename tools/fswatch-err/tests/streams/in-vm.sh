#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, called by remake: some of everything that can be told, on two NVDIMMs
# with XFS and ext4, and what the kernel says of it; as a tar archive in base64
# between two lines on stdout.
# shellcheck source=tests/vm/scenarios/lib.sh
. "$FSERROR_TOP/tests/vm/scenarios/lib.sh"

capture=$FSERROR_BUILD/tools/fswatch-err/tests/capture
out=$T/out
other=/mnt/other
must mkdir "$out" "$other"

# sent NUMBER: so many events have been sent since the start, of both groups together
sent_events()
{
	fswatch-err status --json | jq '[.rings[].published_seq // 0] | add'
}
sent()
{
	(($(sent_events) >= before + $1))
}

pmem_xfs
must mkdir "$MNT/dir" "$MNT/dir/deep"
for name in plain linked shared "dir/ with spaces " $'dir/deep/not \xff utf-8' "dir/back\\slash" gone; do
	must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/$name"
done
must ln "$MNT/linked" "$MNT/dir/linked too"
must ln "$MNT/linked" "$MNT/dir/deep/linked as well"
must cp --reflink=always "$MNT/shared" "$MNT/clone"
must setfattr -n user.long -v "$(printf '%1500d' 1)" "$MNT/plain"
agblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p')
fsdax 1
must mkfs.ext4 -q -F /dev/pmem1
must mount -o dax=always /dev/pmem1 "$other"
at_end unmount_quietly "$other"
must sync -f "$MNT"

before=$(sent_events)
"$capture" events 14 "$out/events.stream" >"$T/ready" &
listener=$!
wait_for 60 grep -q ready "$T/ready"

# 1: a sector, and a read that it fails: 2
mce_file "$MNT/plain" 12800
dd if="$MNT/plain" of=/dev/null bs=4096 iflag=direct status=none 2>/dev/null
# 3: a file of three names; 4, 5: an extent of two files
mce_file "$MNT/linked" 4096
mce_file "$MNT/shared" 8192
# 6: a whole page, from memory_failure()
must fserror-inject hwpoison-dev /dev/pmem0 "$(xfs_io -c fiemap "$MNT/dir/ with spaces " |
	sed -n 's/.*: \([0-9]*\)\.\..*/\1/p' | head -n 1 | awk '{ print $1 * 512 }')"
# 7, 8: names that need care
mce_file "$MNT/dir/deep/"$'not \xff utf-8' 512
mce_file "$MNT/dir/back\\slash" 65024
# 9: a file that is open and has no name
exec {fd}<"$MNT/gone"
mce_file "$MNT/gone" 0
must rm "$MNT/gone"
# 10: metadata of the filesystem; what is below its header is put back at the end
header=$((agblocks * 3 * 4096))
save_page /dev/pmem0 "$header" "$T/page"
mce_dev /dev/pmem0 "$header"
# 11: metadata of an inode
attr=$(xfs_io -c "fiemap -a" "$MNT/plain" | sed -n 's/.*: \([0-9]*\)\.\..*/\1/p' | head -n 1)
mce_dev /dev/pmem0 $((attr * 512))
# 12: a filesystem that cannot say whose it is
mce_dev /dev/pmem1 $((64 << 20))
# 13: good again, and once more bad: 14
heal_file "$MNT/linked" 4096
wait_for 60 sent 13
mce_file "$MNT/linked" 4608
wait "$listener" || not_ok "the events were captured"

for question in damage filesystems stat history; do
	must "$capture" "$question" "$out/$question.stream"
done
# more than the 16 records that there is room for here
for ((i = 0; i < 8; i++)); do
	mce_file "$MNT/shared" $((i * 4096 + 512))
done
wait_for 60 sent 30
must "$capture" history "$out/lost.stream"
# what the kernel does not say: mounts and names
grep -E " ($MNT|$other) " /proc/self/mountinfo >"$out/mountinfo"
find "$MNT" "$other" -xdev -type f ! -name '.*' -printf '%D %i %p\n' |
	sort -n >"$out/names"
echo "BEGIN STREAMS"
tar -C "$out" -cf - . | base64
echo "END STREAMS"
restore_page /dev/pmem0 "$header" "$T/page"
exec {fd}<&-
must umount "$other"
finish
