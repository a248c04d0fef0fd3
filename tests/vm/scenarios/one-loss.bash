# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What was told of one loss on a disk of scsi_debug, $DISK with the number $NUMBER; sourced
# after disks.bash.

# writes SECTOR COUNT: past the cache
writes()
{
	must dd if=/dev/zero of="/dev/$DISK" bs=$(($2 * 512)) seek=$(($1 * 512)) count=1 \
		oflag=direct,seek_bytes conv=notrunc status=none
}

# told: what was told of losses and reads, a line for each record
told()
{
	jq -r --arg disk "$NUMBER" 'select(.event == "error" or .event == "cleared") |
		"\(.kind) \(.ino) \(.offset)+\(.length) \((.flags // []) | join(","))" +
		" \(.device | if . then "\(.offset)+\(.length)" else "" end)" +
		" \(.origin | if . == null then "" elif .dev == $disk then "disk" else .dev end)"' \
		"$T/raw" | sort
}

nr_told()
{
	[[ $(told | wc -l) -ge $1 ]]
}

# exactly TEXT WANT...: this was told, and nothing else comes
exactly()
{
	local text=$1

	shift
	wait_for 30 nr_told $#
	# as long as reads are held, and then records of them wait for more
	sleep 4
	is "$text" "$(told)" "$(printf '%s\n' "$@" | sort)"
}

cannot_read()
{
	echo 3 >/proc/sys/vm/drop_caches
	check_fails "$1" "" cat "$2"
}
