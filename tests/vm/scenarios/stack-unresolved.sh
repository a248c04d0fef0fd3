#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Targets that cannot say where a bad sector is: mirror, snapshot, and thin. One event
# on the upper device that names the target, also one level further up, however many
# sectors there are.
# group: stack-target
# timeout: 600
. "$(dirname "$0")/stack.bash"

# unresolved NAME DEV OFFSET [TYPE]: a filesystem on the mapped device is told
unresolved()
{
	local dev=/dev/mapper/$1 type=${4:-$1}

	mkxfs "$dev"
	mount_fs "$dev"
	must xfs_io -f -c "pwrite -q -b 1m 0 4m" -c fsync "$MNT/file"
	watch
	told_without_place "$1: one event that names the target" "$type" "$2" "$3"
	# it has no place, so there is nothing more to be told of the same disk
	must fserror-inject mce-dev "$2" $(($3 + 8192))
	next_event 3
	is "$1: and not two" "$EVENT" "(nothing)"
	# but where it began is from the first of them to the last
	same_lines "$1: the level has both in one" "$(damage | while read -r line; do unplaced "$line"; done)" \
		"kind=media flags=unresolved,unmapped layer=$type origin=$(<"/sys/block/${2#/dev/}/dev")+$3+$((8192 + 512))"
	alive
	umount_works
	stop_monitor
	heal_disk pmem0
	heal_disk pmem1
}

fsdax 0
fsdax 1
dm mirror <<<"0 655360 mirror core 2 1024 nosync 2 /dev/pmem0 2048 /dev/pmem1 2048"
unresolved mirror /dev/pmem1 $((64 << 20))
dm above <<<"0 653312 linear /dev/mapper/mirror 2048"
unresolved above /dev/pmem0 $((128 << 20)) mirror
undo_all

fsdax 0
fsdax 1
dm cow <<<"0 204800 linear /dev/pmem1 2048"
must dd if=/dev/zero of=/dev/mapper/cow bs=4096 count=1 oflag=direct status=none
dm snapshot <<<"0 655360 snapshot /dev/pmem0 /dev/mapper/cow P 64"
unresolved snapshot /dev/pmem1 $((90 << 20))
undo_all

fsdax 0
fsdax 1
dm meta <<<"0 65536 linear /dev/pmem1 2048"
must dd if=/dev/zero of=/dev/mapper/meta bs=4096 count=1 oflag=direct status=none
dm pool <<<"0 1048576 thin-pool /dev/mapper/meta /dev/pmem0 1024 0 1 skip_block_zeroing"
must dmsetup message pool 0 "create_thin 0"
dm thin <<<"0 655360 thin /dev/mapper/pool 0"
unresolved thin /dev/pmem0 $((256 << 20)) thin-pool
undo_all
check_log
end
