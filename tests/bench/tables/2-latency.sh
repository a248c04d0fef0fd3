#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: From the machine check to the event, on an idle machine
# timeout: 600
. "$FSERROR_TOP/tests/bench/guest/lib.bash"

BURST=20

# one COUNT OFFSET: so many machine checks in a row; the time to the first event and to
# the last one in $FIRST and $LAST
one()
{
	local events line begin

	exec {events}< <(fsbench follow "$1" 30)
	read -r -u "$events" _
	sleep 2
	begin=$(fserror-inject --time --count "$1" --step 8192 mce-file "$MNT/file" "$2" |
		sed -n 's/TIME_US=//p')
	read -r -u "$events" line
	exec {events}<&-
	FIRST=$(($(of first_us "$line") - begin))
	LAST=$(($(of last_us "$line") - begin))
	(($(of records "$line") == $1)) || not_ok "$1 records" "$line"
}

pmem_xfs
must xfs_io -f -c "pwrite -q 0 16m" -c fsync "$MNT/file"
next=0
for ((round = 0; round < ROUNDS * 4; round++)); do
	one 1 $next
	figure "a report after two quiet seconds" "injection to event" ms "$(ms "$LAST")"
	next=$((next + 8192))
done
for ((round = 0; round < ROUNDS; round++)); do
	one $BURST $next
	figure "a burst of $BURST" "last injection to last event" ms "$(ms "$LAST")"
	next=$((next + BURST * 8192))
done
measured
