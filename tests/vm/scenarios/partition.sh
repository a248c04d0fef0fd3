#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A partition that does not begin at 0: events are in the coordinates of the
# partition and keep their origin on the disk; the other partition hears nothing,
# and what is in no partition is nobody's.
# group: several
. "$(dirname "$0")/lib.sh"

OTHER=/mnt/other

# the disk, written below the partitions
wipe()
{
	heal_disk pmem0
	dd if=/dev/zero of=/dev/pmem0 bs=1M count=1 oflag=direct status=none
	blockdev --rereadpt /dev/pmem0
}

header()
{
	metadata header /dev/pmem0p2 "$1" "$2" media
}

fsdax 0
must sfdisk -q --no-tell-kernel /dev/pmem0 <<-'EOF'
	label: gpt
	first-lba: 2048
	start=2MiB, size=320MiB
	start=326MiB, size=330MiB
EOF
must blockdev --rereadpt /dev/pmem0
at_end wipe
must wait_for 10 test -b /dev/pmem0p2
must mkdir -p "$OTHER"
# the first to be mounted has the DAX device for itself; XFS has no DAX with shared
# extents on a partition
mkxfs /dev/pmem0p2 -m reflink=0
mount_fs /dev/pmem0p2 dax=always
mkxfs /dev/pmem0p1
must mount /dev/pmem0p1 "$OTHER"
at_end unmount_quietly "$OTHER"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$OTHER/file"
watch

mce_file "$MNT/file" 33000
second=$(data_lost "$MNT/file" 32768 512)
expect "a sector of the second partition" "$second"
start=$(($(</sys/class/block/pmem0p2/start) * 512))
is "its origin is on the disk" "${second##* origin=}" \
	"$(</sys/class/block/pmem0/dev)+$((start + $(disk_offset "$MNT/file" 32768)))+512 path_state=ok paths=$MNT/file"
must fserror-inject madvise "$MNT/file" 49152
page=$(data_lost "$MNT/file" 49152 4096)
expect "a poisoned page of the second partition" "$page"
nothing "the first partition has nothing to say"
level "the level says the same" "$second" "$page"

mce_dev /dev/pmem0 $((324 * 1048576))
nothing "what is between the partitions is nobody's"
level "and nobody's damage" "$second" "$page"

mce_file "$OTHER/file" 512
first=$(data_lost "$OTHER/file" 512 512)
expect "a sector of the first partition" "$first"
level "the level has both" "$first" "$second" "$page"

# the first sectors of the second partition and what is before them
save_page /dev/pmem0p2 0 "$T/page"
must ndctl inject-error namespace0.0 --block=$((start / 512 - 2)) --count=4
header=$(metadata header /dev/pmem0p2 0 1024 media)
expect_pieces "a range across the start of a partition is clipped" 0 1024 header
restore_page /dev/pmem0p2 0 "$T/page"
expect "and cleared" \
	"$(cleared "$header")"
nothing "that is all"
alive
check "the other filesystem can be unmounted" umount "$OTHER"
finish
