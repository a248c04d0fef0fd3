#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A target that cannot say where a bad sector is: multipath with more paths than a row may
# have. One event on the upper device that names the target, also one level further up,
# however many sectors there are.
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
dm multipath <<<"0 655360 multipath 2 queue_mode bio 0 1 1 round-robin 0 33 1 $(printf '/dev/pmem1 1000 %.0s' {1..33})"
unresolved multipath /dev/pmem1 $((64 << 20))
dm above <<<"0 653312 linear /dev/mapper/multipath 2048"
unresolved above /dev/pmem1 $((128 << 20)) multipath
undo_all
check_log
end
