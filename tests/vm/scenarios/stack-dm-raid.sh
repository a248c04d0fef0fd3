#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The raid target of device-mapper, as LVM2 uses it: mirrored and with parity, bad sectors
# of one member and of as many as are needed for a loss.
# group: stack-copies
# timeout: 1800
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

# check_target TYPE DISKS DATA-DISKS
check_target()
{
	local i at legs='' file=$MNT/d2/file

	for ((i = 0; i < $2; i++)); do
		null_disk "nullb$i" 400
		legs+=" - /dev/nullb$i"
	done
	dm raid <<<"0 $((786432 * $3)) raid $1 2 128 nosync $2$legs"
	MD=/dev/mapper/raid
	mkxfs "$MD"
	mount_fs "$MD"
	fill_files 4 3
	must umount "$MNT"
	check "$1: raidmap knows where sectors are" raidmap verify "$MD"
	must mount "$MD" "$MNT"
	watch

	at=$(disk_offset "$file" $((2 << 20)))
	md_places "$at"
	null_bad "${DISK[0]}" $((AT[0] / 512)) 1
	next_event
	is "$1: a bad sector is degraded" "$EVENT" \
		"$(degraded raid "$at" 512 "${DISK[0]}" "${AT[0]}" media)"
	md_agrees "$1: the level says so"
	for ((i = 1; i < ${#DISK[@]}; i++)); do
		null_bad "${DISK[i]}" $((AT[i] / 512)) 2
		md_agrees "$1: bad on $((i + 1)) members"
	done
	for ((i = 0; i < $2; i++)); do
		null_good "nullb$i" 0 $((400 << 11))
	done
	md_agrees "$1: and all disks are good again"
	alive
	umount_works
	stop_monitor
	undo_all
}

check_target raid1 2 1
check_target raid5_ls 3 2
check_target raid5_ra 4 3
check_target raid10 4 2
check_log
end
