#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: A burst: who hears all of it, and who is told that it has not
# host: tests/bench/ledger
# run: --nvdimm 2G --memory 3G
# timeout: 3000
. "$FSERROR_TOP/tests/bench/guest/lib.bash"

# how long any of these may take, in seconds
PATIENCE=$(sizes 100 600)

# reader ROW COUNT OPTION...: one reader of so many test records
reader()
{
	local row=$1 count=$2 line

	shift 2
	rm -f "$T/reader"
	fsbench follow -q 3000 "$@" "$count" "$PATIENCE" >"$T/reader" &
	must wait_for 30 grep -q ready "$T/reader"
	must fsbench emit "$count"
	wait $!
	line=$(tail -n 1 "$T/reader")
	figure "$row" "received" "" "$(of records "$line")"
	figure "$row" "told as lost" "" "$(of lost "$line")"
	figure "$row" "ENOBUFS" "" "$(of enobufs "$line")"
	figure "$row" "missing after ENOBUFS" "" "$(of missing "$line")"
	figure "$row" "missing, and nobody said so" "" "$(of silent "$line")"
	READ_US=$(of us "$line")
	figure "$row" "made and received" /s $(($(of records "$line") * 1000000 / (READ_US + 1)))
}

# monitor ROW COUNT: the same with the tool, whose buffer has room for all of them
monitor()
{
	local row=$1 count=$2 begun took

	: >"$T/events"
	fswatch-err monitor --json --no-initial --kind test --buffer $((1 << 29)) \
		--count "$count" --timeout "$PATIENCE" >"$T/events" 2>"$T/monitor.err" &
	must wait_for 30 grep -q '"event":"sync"' "$T/events"
	begun=${EPOCHREALTIME/./}
	must fsbench emit "$count"
	wait $! || not_ok "$row, fswatch-err monitor" "$(<"$T/monitor.err")" "$(wc -l <"$T/events")"
	took=$((${EPOCHREALTIME/./} - begun))
	figure "$row" "made, received and printed by fswatch-err monitor" /s \
		$((count * 1000000 / (took + 1)))
	times "$row" "fswatch-err monitor, as the prompt reader" "$took" "$READ_US"
}

COUNT=$(sizes 2000 100000)
for ((round = 0; round < ROUNDS; round++)); do
	reader "$COUNT test records: prompt" "$COUNT"
	monitor "$COUNT test records: prompt" "$COUNT"
	reader "$COUNT test records: one second late" "$COUNT" -l 1000
	reader "$COUNT test records: buffer of 64 KiB" "$COUNT" -b 65536
	fsbench follow -d 1 1 >/dev/null &
	dead=$!
	reader "$COUNT test records: prompt, beside one that never reads" "$COUNT"
	kill $dead
done
if [[ ! $QUICK ]]; then
	reader "1000000 test records: prompt" 1000000
fi

# The same burst for everybody: sectors of many files, all at once.
FILES=$(sizes 200 10000)
READERS=("prompt:" "slow:--delay-ms 1" "small:--rcvbuf 65536")

raw 0
dm scatter <<<"0 $(sectors /dev/pmem0) linear /dev/pmem0 0"
mkxfs /dev/mapper/scatter
mount_fs /dev/mapper/scatter
must fsbench files "$MNT" "$FILES"
places "$MNT" >"$T/places"
remount /dev/mapper/scatter
row="$FILES files lose a sector at once"
mkfifo "$T/hold"
for ((round = 0; round < ROUNDS; round++)); do
	pids=()
	rm -f "$T"/known.* "$T"/health "$T"/fan
	exec {hold}<>"$T/hold"
	healthmon "$MNT" <"$T/hold" >"$T/health" &
	fanerr "$MNT" <"$T/hold" >"$T/fan" &
	fsbench follow -q 5000 1000000 "$PATIENCE" >"$T/follow" &
	follow=$!
	must wait_for 30 grep -q ready "$T/follow"
	for reader in "${READERS[@]}"; do
		# shellcheck disable=SC2086 # options
		timeout "$PATIENCE" fserror-follow --ready ${reader#*:} >"$T/known.${reader%%:*}" 2>"$T/said.${reader%%:*}" &
		pids+=($!)
		must wait_for 30 grep -q ready "$T/known.${reader%%:*}"
	done
	must wait_for 30 grep -q ready "$T/health"
	must wait_for 30 grep -q ready "$T/fan"
	swap scatter < <(with_errors /dev/pmem0 <"$T/places")
	settled "$FILES" "$PATIENCE"
	owned "$FILES"
	figure "$row" "sectors that damage-get knows" "" "$(of records "$LINE")"
	wait $follow
	figure "$row" "records of the event stream" "" "$(of records "$(tail -n 1 "$T/follow")")"
	for pid in "${pids[@]}"; do
		kill -TERM "$pid"
		wait "$pid" || not_ok "$row: each reader knows all in the end" "$(cat "$T"/said.*)"
	done
	for reader in "${READERS[@]}"; do
		# coarse ranges, where there were too many to be told one by one
		figure "$row" "sectors in what was told: ${reader%%:*} reader" "" \
			"$(awk '$4 { n += $4 / 512 } END { print n + 0 }' "$T/known.${reader%%:*}")"
		cmp -s "$T/known.${READERS[0]%%:*}" "$T/known.${reader%%:*}" ||
			not_ok "$row: all readers know the same"
	done
	figure "$row" "events of the XFS health monitor" "" "$(grep -vc ready "$T/health")"
	figure "$row" "FAN_FS_ERROR events" "" "$(grep -vc ready "$T/fan")"
	# and then they are read
	find "$MNT" -type f -exec cat {} + >/dev/null 2>&1
	sleep 2
	figure "$row, and are read" "events of the XFS health monitor" "" "$(grep -vc ready "$T/health")"
	figure "$row, and are read" "FAN_FS_ERROR events" "" "$(grep -vc ready "$T/fan")"
	echo >&"$hold"
	echo >&"$hold"
	exec {hold}>&-
	wait
	swap scatter <<<"0 $(sectors /dev/pmem0) linear /dev/pmem0 0"
	remount /dev/mapper/scatter
done
measured
