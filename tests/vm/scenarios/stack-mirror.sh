#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-mirror: a bad sector of one leg is degraded, the same one of both legs is lost, a
# write makes both good. A leg that failed a read is not read again, and when no leg is left
# all is lost. A leg that is gone counts like a bad one, once, and neither it nor the mirror
# hinders the other's removal.
# group: stack
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"

START=(2048 4096)

# leg NUMBER OFFSET: where a byte of the mirror is on a leg, by the table
leg()
{
	echo $((${START[$1]} * 512 + $2))
}

# bad_leg NUMBER OFFSET: a sector of it goes bad
bad_leg()
{
	must fserror-inject mce-dev "/dev/pmem$1" "$(leg "$1" "$2")"
}

# copy NUMBER OFFSET: that is told
copy()
{
	degraded mirror "$2" 512 "pmem$1" "$(leg "$1" "$2")"
}

fsdax 0
fsdax 1
dm mirror <<<"0 655360 mirror core 2 1024 nosync 2 /dev/pmem0 ${START[0]} /dev/pmem1 ${START[1]}"

# What was written meanwhile is not in sync, and not degraded: it has one copy only.
nothing_lost()
{
	local level

	level=$(damage)
	[[ $level == *kind=degraded* && $level != *data-lost* ]]
}

# dm_gone NAME: remove it; who waits for what if that does not end
dm_gone()
{
	timeout 60 dmsetup remove --noudevsync "$1" && return
	echo w >/proc/sysrq-trigger
	dmesg | tail -n 150
	return 1
}

all_is_good()
{
	[[ ! $(damage) ]]
}

# cannot_read FILE BLOCK: from the disk
cannot_read()
{
	! dd if="$1" of=/dev/null bs=4096 skip="$2" count=1 iflag=direct status=none 2>/dev/null
}

# on_mirror DEV: XFS on the mirror, or on what is on all of it
on_mirror()
{
	mkxfs "$1"
	mount_fs "$1"
	fill_files 4 3
	remount "$1"
	watch

	at=$(disk_offset "$MNT/d2/file" $((2 << 20)))
	bad_leg 1 "$at"
	expect "$1: the second leg is degraded" "$(copy 1 "$at")"
	bad_leg 0 $((at + 512))
	expect "$1: and another sector of the first" "$(copy 0 $((at + 512)))"
	bad_leg 0 "$at"
	line=$(gone_bytes "$MNT/d2/file" $((2 << 20)) 512 pmem0 "$(leg 0 "$at")")
	expect "$1: what is bad on both is lost, and no more" "$line"
	level "$1: the level says so" "$line" "$(copy 0 $((at + 512)))"
	quiet "$1: and nothing else was told"
	heal_file "$MNT/d2/file" $((2 << 20))
	# in between it may be told that one of them is
	check "$1: a write makes both good" wait_for "$EVENT_TIMEOUT" all_is_good
	level "$1: all of it"
	alive
	umount_works
	stop_monitor
	heal_disk pmem0
	heal_disk pmem1
}

on_mirror /dev/mapper/mirror
dm above <<<"0 655360 linear /dev/mapper/mirror 0"
on_mirror /dev/mapper/above
dm_remove above

# a leg that failed a read is not read again, so what is bad of the other is lost, and all
# is if that one fails a read, too
mount_fs /dev/mapper/mirror
watch
at=$(disk_offset "$MNT/d1/file" 4096)
there=$(disk_offset "$MNT/d3/file" 8192)
bad_leg 0 "$at"
bad_leg 1 "$there"
expect "a sector of each leg" "$(copy 0 "$at")" "$(copy 1 "$there")"
check "what is bad of the first leg is read from the second" \
	dd if="$MNT/d1/file" of=/dev/null bs=4096 skip=1 count=1 iflag=direct status=none
lines=("$(degraded mirror 0 "$at" pmem0 "$(leg 0 0)" removed)"
	"$(degraded mirror $((at + 512)) $((there - at - 512)) \
		pmem0 "$(leg 0 $((at + 512)))" removed)"
	"$(gone_bytes "$MNT/d3/file" 8192 512 pmem1 "$(leg 1 "$there")")"
	"$(degraded mirror $((there + 512)) $((655360 * 512 - there - 512)) \
		pmem0 "$(leg 0 $((there + 512)))" removed)")
expect "then the first is not read any more: all is degraded, what is bad of the second is lost" \
	"${lines[@]}"
level "and the level says so" "$(copy 0 "$at")" "${lines[@]}"
check "what is bad of the second leg cannot be read" cannot_read "$MNT/d3/file" 2
check "then no leg is read any more: all is lost" wait_for "$EVENT_TIMEOUT" all_is_lost $((655360 * 512))
check "that is true of a file without a bad sector" cannot_read "$MNT/d2/file" 0
heal_disk pmem0
heal_disk pmem1
sleep 3
check "and still is when nothing is bad below" all_is_lost $((655360 * 512))
check "for it still cannot be read" cannot_read "$MNT/d2/file" 0
umount_works
stop_monitor
undo_all

# a leg that is gone
null_disk nullb0 324
null_disk nullb1 324
dm gone <<<"0 655360 mirror core 2 1024 nosync 2 /dev/nullb0 ${START[0]} /dev/nullb1 ${START[1]}"
mkxfs /dev/mapper/gone
mount_fs /dev/mapper/gone
fill_files 4 3
remount /dev/mapper/gone
watch
# its number goes with it
line=$(degraded mirror 0 $((655360 * 512)) nullb1 "$(leg 1 0)" removed)
null_off nullb1
expect "a leg that is gone is told once, for all of the mirror" "$line"
level "and the level says so" "$line"
must xfs_io -f -c "pwrite -q 0 1m" -c fsync "$MNT/d1/more"
# what was written is not in sync any more; the question is asked again each minute
sleep 65
quiet "that the mirror has noticed it is no news"
at=$(disk_offset "$MNT/d2/file" $((2 << 20)))
null_bad nullb0 $((START[0] + at / 512)) 1
lost=$(gone_bytes "$MNT/d2/file" $((2 << 20)) 512 nullb0 "$(leg 0 "$at")" media)
expect "what is bad of the other one is lost" "$lost"
null_good nullb0 $((START[0] + at / 512)) 1
check "and can be read again" wait_for "$EVENT_TIMEOUT" nothing_lost
alive
umount_works
stop_monitor
took check "the mirror can be removed" dm_gone gone
no_longer "in time" 20000
took check "and so can the leg" null_remove nullb1
no_longer "in time" 20000
undo_all
check_log
end
