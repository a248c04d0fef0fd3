#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Members of an md array that are not there, or hold only a part of what they should: a
# disk that is gone counts like a bad one, and is told once; a spare that is being
# written has copies up to where it is; parity that has not been computed is none; and
# what md reads or checks it writes again.
# group: stack-md
# timeout: 1200
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

# on_array: XFS on the array with some files, and a monitor
on_array()
{
	mkxfs "$MD"
	mount_fs "$MD"
	fill_files 4 3
	remount "$MD"
	SIZE=$(($(sectors "$MD") * 512))
	watch
}

off_array()
{
	alive
	umount_works
	stop_monitor
	undo_all
}

# bad_at OFFSET [PLACE]: the sector of the null_blk disk where a byte of the array is
bad_at()
{
	md_places "$1"
	null_bad "${DISK[${2:-0}]}" $((AT[${2:-0}] / 512)) 1
}

attr()
{
	must attribute "$MD_SYS/$1" "$2"
}

attr_is()
{
	[[ $(<"$MD_SYS/$1") == "$2" ]]
}

all_is_good()
{
	[[ ! $(md_told) ]]
}

# asked: a list, which need not be complete
asked()
{
	local status

	fswatch-err list --json >"$T/asked"
	status=$?
	((status == 0 || status == 4))
}

# a disk is taken away, its place is taken by another one
for i in 0 1 2; do
	null_disk "nullb$i" 320
done
md raid1 "" /dev/nullb0 /dev/nullb1
on_array
null_off nullb1
missing=$(degraded raid1 0 "$SIZE" "$MD" 0 removed "$SIZE")
expect "a disk that is gone is told once, for the whole array" "$missing"
level "and the level says so" "$missing"
attr dev-nullb1/state faulty
quiet "that md has noticed it is no news"
at=$(disk_offset "$MNT/d2/file" $((2 << 20)))
bad_at "$at"
line=$(gone_bytes "$MNT/d2/file" $((2 << 20)) 512 nullb0 "${AT[0]}" media)
expect "what is bad of the other one is lost" "$line"
md_agrees "and the level says both"
null_good nullb0 $((AT[0] / 512)) 1
md_agrees "and it can be read again"

check "md lets go of it" wait_for 10 attribute "$MD_SYS/dev-nullb1/state" remove
half=$((SIZE / 1024))
half=$((half - half % 128))
attr sync_max "$half"
must mdadm --quiet "$MD" --add /dev/nullb2
check "a spare is written up to the middle" wait_for 60 attr_is sync_completed "$half / $((SIZE / 512))"
attr sync_action frozen
check "and then no further" wait_for 30 attr_is sync_action frozen
diag "$(<"$MD_SYS/dev-nullb2/recovery_start") of $((SIZE / 512)) sectors"
for at in $((half * 256)) $((half * 512 + (64 << 20))); do
	null_bad nullb0 $(((at + (2 << 20)) / 512)) 16
	md_agrees "a bad sector of the first disk at $at"
done
null_good nullb0 0 $((320 << 11))
attr sync_max max
attr sync_action recover
check "all of it is written: nothing is degraded" wait_for 120 all_is_good
off_array

# parity that has not been computed
for i in 0 1 2; do
	null_disk "nullb$i" 170
done
md raid5 left-symmetric /dev/nullb{0,1,2}
on_array
attr sync_action frozen
at=$(disk_offset "$MNT/d1/file" 65536)
bad_at "$at"
md_agrees "raid5: a bad sector is degraded"
row=$((AT[0] / 512 - 4096))
attr resync_start $((row - row % 128))
md_agrees "raid5: if parity has to be computed there, it is lost"
attr resync_start none
md_agrees "raid5: if it has not, it is not"

# a member is missing: then it reads blocks and not sectors
attr "dev-${DISK[1]}/state" faulty
md_agrees "raid5: a bad sector with a member missing is a block"
off_array

# what is read is written again; on parts of the NVDIMMs, which a write makes good
md_on_pmem
on_array
at=$(disk_offset "$MNT/d2/file" $((2 << 20)))
md_places "$at"
line=$(degraded raid5 "$at" 512 "${DISK[0]}" "${AT[0]}")
must fserror-inject mce-dev "/dev/${DISK[0]}" "${AT[0]}"
expect "raid5 on device-mapper: a bad sector is degraded" "$line"
check "raid5: it can be read" dd if="$MNT/d2/file" of=/dev/null bs=4096 skip=512 count=1 \
	iflag=direct status=none
expect "raid5: and that makes it good" "$(cleared "$line")"
level "raid5: all of it"

# nobody waits for a member that is suspended
must dmsetup suspend --nolockfs --noflush part1
must fserror-inject mce-dev "/dev/${DISK[0]}" "${AT[0]}"
took check "the list is made with a member suspended" asked
no_longer "and in time" 5000
must dmsetup resume --noudevsync part1
expect "what went bad meanwhile is told when it is resumed" "$line"
off_array

fsdax 0
fsdax 1
MD_SIZE=$((320 << 10))
md raid1 "" /dev/pmem0 /dev/pmem1
on_array
at=$(disk_offset "$MNT/d2/file" $((2 << 20)))
md_places "$at"
line=$(degraded raid1 "$at" 512 pmem1 "${AT[1]}")
must fserror-inject mce-dev "/dev/${DISK[1]}" "${AT[1]}"
expect "raid1: a bad sector is degraded" "$line"
attr sync_max $(((at / 512 + 4096) / 128 * 128))
attr sync_action check
expect "raid1: a check makes it good" "$(cleared "$line")"
attr sync_action idle
must fserror-inject mce-dev "/dev/${DISK[1]}" "${AT[1]}"
expect "raid1: it is bad again" "$line"
must fserror-inject mce-dev "/dev/${DISK[0]}" "${AT[0]}"
lost=$(gone_bytes "$MNT/d2/file" $((2 << 20)) 512 pmem0 "${AT[0]}")
expect "raid1: and so is the other copy: it is lost" "$lost"
heal_file "$MNT/d2/file" $((2 << 20))
check "raid1: a write makes both good" wait_for "$EVENT_TIMEOUT" all_is_good
off_array
check_log
end
