#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a watcher does not hear in time it gets later: its socket is overrun, the
# kernel's ring is overwritten, and the reader of its output does not read.
# timeout: 600
# run: --append fserror.ring=256
. "$(dirname "$0")/lib.sh"

CLONES=100
# events of one machine check: the file, and each of its clones
EACH=$((CLONES + 1))

last_seq()
{
	fswatch-err status --json | jq '[.rings[] | select(.group == "damage") | .published_seq] | first // 0'
}

published()
{
	(($(last_seq) >= $1))
}

# burst NUMBER: EACH events, about another sector for each number
burst()
{
	mce_file "$MNT/source" $(($1 * 512))
	SENT=$((SENT + EACH))
	must wait_for "$EVENT_TIMEOUT" published "$SENT"
}

# taken: no watcher's socket holds anything
taken()
{
	local protocol groups held

	while read -r _ protocol _ groups held _; do
		if [[ $protocol == 16 && $groups != 00000000 ]] && ((held)); then
			return 1
		fi
	done </proc/net/netlink
}

# end_by_signal TEXT STATUS ERRORS: the monitor ends, having said this
end_by_signal()
{
	local status

	kill -TERM "$MONITOR_PID"
	wait "$MONITOR_PID"
	status=$?
	MONITOR_PID=
	is "$1" "$status $(<"$T/monitor.err")" "$2 $3"
	[[ $MON ]] && exec {MON}<&-
	MON=
}

# wait_raw REASON: the monitor has told all up to this sync
wait_raw()
{
	must wait_for "$EVENT_TIMEOUT" grep -q "\"event\":\"sync\".*\"reason\":\"$1\"" "$T/raw"
}

# numbers: FIRST-LAST of all events in $T/raw, those in a row as one; what is lost is told
# behind what is not
numbers()
{
	jq -rs '[.[] | if .event == "lost" then [.first, .last]
			elif .event != "sync" and .event != "path" and .seq then [.seq, .seq]
			else empty end]
		| sort | reduce .[] as $e ([]; if length > 0 and .[-1][1] + 1 == $e[0]
			then .[-1][1] = $e[1] else . + [$e] end)
		| map("\(.[0])-\(.[1])") | join(" ")' "$T/raw"
}

pmem_xfs
must mkdir "$MNT/clones"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/source"
must manyclones "$MNT/source" "$MNT/clones" "$CLONES"
SENT=$(last_seq)
is "the ring is small" "$(fswatch-err status --json | jq '[.rings[] | select(.group == "damage") | .size] | first')" 256

### the socket is overrun, the ring still has everything

first=$((SENT + 1))
start_monitor --no-initial --buffer 1
must next_event
must monitor_kill -STOP
burst 0
burst 1
must monitor_kill -CONT
wait_raw recovered
is "a socket that was overrun: no event is missing, none is told twice" \
	"$(numbers)" "$first-$SENT"
is "the sync says that all is told" "$(jq -s 'last | .seq' "$T/raw")" "$SENT"
burst 2
must wait_for "$EVENT_TIMEOUT" grep -q "\"seq\":$SENT," "$T/raw"
is "and it goes on" "$(numbers)" "$first-$SENT"
check "it has said why" grep -q "the receive buffer overran, asking for all events after [0-9]" \
	"$T/monitor.err"
end_by_signal "the answer is complete" 0 "$(<"$T/monitor.err")"

### and the ring has been overwritten

first=$((SENT + 1))
start_monitor --no-initial --buffer 1
must next_event
must monitor_kill -STOP
for i in 3 4 5; do
	burst "$i"
done
must monitor_kill -CONT
wait_raw lost
is "a ring that was overwritten: each event is told or told to be lost" \
	"$(numbers)" "$first-$SENT"
is "as many are lost as the ring had no room for" \
	"$(jq -s 'map(select(.event == "lost") | .last - .first + 1) | add <= '$((SENT - first + 1 - 256)) "$T/raw")" true
is "the damage comes after what is lost, and before its sync, which is the end of both" \
	"$(jq -rs '[.[] | if .event == "error" then (if .seq then "news" else "damage" end) else .event + (.reason // "") end]
		| reduce .[] as $e ([]; if .[-1] == $e then . else . + [$e] end) | join(" ")' "$T/raw")" \
	"syncstart news lost damage synclost"
same_lines "it is a complete list" \
	"$(jq -r "select(.event == \"error\" and .seq == null) | $CANON" "$T/raw")" "$(damage)"
is "of one range for each file" "$(jq -c 'select(.event == "error" and .seq == null)' "$T/raw" | wc -l)" \
	"$EACH"
end_by_signal "the answer is not complete" 4 "$(<"$T/monitor.err")"

### the reader of the output does not read

must mkfifo "$T/stuck"
fswatch-err monitor --json --no-initial --buffer 65536 >"$T/stuck" 2>"$T/monitor.err" &
MONITOR_PID=$!
exec {stuck}<"$T/stuck"
read -r -t "$EVENT_TIMEOUT" -u "$stuck" line
is "the watcher starts" "$(jq -r .event <<<"$line")" sync
first=$((SENT + 1))
for i in 6 7 8 9 10; do
	burst "$i"
	check "what happens is taken while the output is stuck" wait_for "$EVENT_TIMEOUT" taken
done
is "it is more than the ring holds" $((SENT - first + 1 > 256)) 1
must timeout "$EVENT_TIMEOUT" head -n $((SENT - first + 1)) <&"$stuck"
printf '%s\n' "$OUT" >"$T/raw"
is "a reader that comes late gets everything" "$(numbers)" "$first-$SENT"
is "nothing had to be asked for again" "$(grep -c -e '"lost"' -e '"sync"' "$T/raw")" 0
end_by_signal "nothing is said" 0 ""
exec {stuck}<&-
alive
finish
