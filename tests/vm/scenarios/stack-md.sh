#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# md with copies and with parity: one bad sector, bad sectors of as many members as are
# needed for a loss, beside each other and at the same place, md's own list of bad blocks,
# a member that fails, sectors that become good again; and a read that no copy can serve
# is an error, at once.
# group: stack-md
# timeout: 1800
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

# no_copy LEVEL DISKS: with a member missing, a sector of another one cannot be read
no_copy()
{
	local i at disks=() file=$MNT/d1/file

	for ((i = 0; i < $2; i++)); do
		null_disk "nullb$i" 170
		disks+=("/dev/nullb$i")
	done
	md "$1" "" "${disks[@]}"
	mkxfs "$MD"
	mount_fs "$MD"
	fill_files 1 1
	remount "$MD"
	at=$(disk_offset "$file" 65536)
	md_places "$at"
	must mdadm --quiet "$MD" --fail "/dev/${DISK[1]}"
	null_bad "${DISK[0]}" $((AT[0] / 512)) 1
	check_fails "$1: what no copy has cannot be read" "Input/output error" \
		timeout 60 dd if="$file" of=/dev/null bs=4096 skip=16 count=1 iflag=direct
	is "$1: and md has recorded it" \
		"$(<"$MD_SYS/dev-${DISK[0]}/bad_blocks")" "$((AT[0] / 512)) 8"
	check "$1: what is beside it can be read" \
		dd if="$file" of=/dev/null bs=4096 skip=17 count=8 iflag=direct
	umount_works
	undo_all
}

# make test has a mirror in stack-depth
[[ ! $LONG ]] || check_array 1 raid1 "" 2 320
check_array 1 raid5 left-symmetric 3 170
no_copy raid5 3
check_log
end
