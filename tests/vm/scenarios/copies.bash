# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of mirrors and RAID have in common; sourced after stack.bash.

# degraded LAYER OFFSET LENGTH DISK AT [CAUSE [ORIGIN LENGTH]]: bytes of the mounted
# device have one copy less, because of what is at AT of the disk
degraded()
{
	printf 'degraded kind=degraded cause=%s errno=5 fstype=xfs dev=%s layer=%s device=%s+%d+%d origin=%s+%d+%d' \
		"${6:-machine-check}" "$(dev_of "$MNT")" "$1" "$(dev_of "$MNT")" "$2" "$3" \
		"$(number "$4")" "$5" "${7:-$3}"
}

# gone_bytes FILE OFFSET LENGTH DISK AT [CAUSE]: bytes of a file are lost, because of what
# is at AT of the disk
gone_bytes()
{
	printf 'error kind=data-lost cause=%s errno=5 fstype=xfs %s offset=%d length=%d nlink=1 device=%s+%d+%d origin=%s+%d+%d path_state=ok paths=%s' \
		"${6:-machine-check}" "$(identity "$1")" "$2" "$3" \
		"$(dev_of "$MNT")" "$(disk_offset "$1" "$2")" "$3" \
		"$(number "$4")" "$5" "$3" "$1"
}

# identity FILE: dev=... ino=... gen=...
identity()
{
	local line

	line=$(where -i "$1")
	printf '%s' "${line%% nlink=*}"
}

# quiet TEXT: nothing more is told
quiet()
{
	next_event 3
	is "$1" "$EVENT" "(nothing)"
}
