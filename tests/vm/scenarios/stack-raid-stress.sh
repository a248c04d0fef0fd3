#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# RAID5 on parts of the NVDIMMs: while sectors of one and sometimes of two members go bad,
# the array is checked over and over, a member is suspended and resumed, files are written
# and read. At the end the level is what raidmap computes, and when all has been
# written again nothing is bad, once md does not know of bad blocks any more.
# group: stack-stress
# timeout: 1800
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

ROUNDS=${ROUNDS:-40}
ROWS=31			# whole ones of a file

# each of these runs until the file is gone
checking()
{
	while [[ -e $T/go ]]; do
		echo check >"$MD_SYS/sync_action"
		sleep 2
		echo idle >"$MD_SYS/sync_action"
		sleep 0.3
	done
}

suspending()
{
	while [[ -e $T/go ]]; do
		dmsetup suspend --nolockfs --noflush part1
		sleep 0.3
		dmsetup resume --noudevsync part1
		sleep 2
	done
}

reading()
{
	while [[ -e $T/go ]]; do
		dd if="$MNT/d3/file" of=/dev/null bs=64k iflag=direct status=none
		xfs_io -d -c 'pwrite -q -b 64k 1m 256k' "$MNT/d4/file"
	done
} 2>/dev/null

all_is_good()
{
	[[ ! $(md_told) ]]
}

rewrite()
{
	local i

	for i in 1 2 3 4; do
		# as long as parity cannot be read, only whole rows can be written
		xfs_io -d -c "pwrite -q -b $ROW $(first_row "$i") $((ROWS * ROW))" "$MNT/d$i/file" || return
	done
}

md_on_pmem
mkxfs "$MD"
mount_fs "$MD"
fill_files 4 4
remount "$MD"
: >"$T/go"
checking &
suspending &
reading &
RANDOM=7
for ((round = 0; round < ROUNDS; round++)); do
	i=$((RANDOM % 4 + 1))
	md_places "$(disk_offset "$MNT/d$i/file" $(($(first_row "$i") + RANDOM % (ROWS * ROW / 4096) * 4096)))"
	i=$((RANDOM % 2))
	must fserror-inject mce-dev "/dev/${DISK[i]}" "${AT[i]}"
	((round % 5)) || must fserror-inject mce-dev "/dev/${DISK[2]}" "${AT[2]}"
done
rm "$T/go"
wait
must attribute "$MD_SYS/sync_action" idle
md_agrees "at the end the level is what raidmap says"
# md writes no stripe of which two members have a recorded bad block
md_forget
md_agrees "bad blocks that md has recorded are dropped"
check "all is written again" rewrite
check "and then nothing is bad" wait_for 120 all_is_good
diag "$(md_told)"
alive
umount_works
undo_all
check_log
end
