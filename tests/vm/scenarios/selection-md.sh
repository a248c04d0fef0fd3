#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# -S of a member of an md array: what is above it is what is meant.
# group: stack-md
# timeout: 300
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

clear_text="nothing is damaged"
file_text="1 file with 512 damaged bytes"

# says TEXT STATUS WORDS OPTION...: what check ends with, and prints
says()
{
	local text=$1 status=$2 words=$3 out

	shift 3
	out=$(fswatch-err check "$@" 2>"$T/stderr")
	is "$text" "$? $out" "$status $words"
}

listed()
{
	fswatch-err check -q -M "$MNT"
	[[ $? = 3 ]]
}

null_disk m0 400
null_disk m1 400
null_disk other 16
md raid0 "" /dev/m0 /dev/m1
mkxfs "$MD"
mount_fs "$MD"
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/f"
says "all is well" 0 "$clear_text" -S "$MD"
says "-S of a member: all is well" 0 "$clear_text" -S /dev/m1
says "-S of what is no member" 4 "no damage is known, but that may not be all" -S /dev/other
md_places "$(disk_offset "$MNT/f" 8192)"
disk=${DISK[0]##*/}
null_bad "$disk" $((AT[0] / 512)) 1
must wait_for "$EVENT_TIMEOUT" listed
says "-S of the array" 3 "$file_text" -S "$MD"
says "-S of the member that is bad" 3 "$file_text" -S "/dev/$disk"
[[ $disk == m0 ]] && disk=m1 || disk=m0
says "-S of the other one" 3 "$file_text" -S "/dev/$disk"
umount_works
undo_all
check_log
end
