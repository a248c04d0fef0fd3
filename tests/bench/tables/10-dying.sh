#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: A disk that dies, and one that is busy while a scan reads it
# run: --append scsi_debug.dev_size_mb=400 --append scsi_debug.delay=0 --append scsi_debug.ndelay=0
# timeout: 1800
# plain: yes
. "$FSERROR_TOP/tests/bench/guest/lib.bash"
. "$FSERROR_TOP/tests/vm/scenarios/disks.bash"

READS=$(sizes 500 100000)
GOOD=$(sizes 500 20000)
BAD=$((64 << 20)) # where what cannot be read begins, bytes
LENGTH=$((24 << 20)) # in one group, and in no metadata

# before the names of rows
PLAIN=${BENCH_PLAIN:+a kernel without the patches: }

RATE=200 # of a disk that is busy, MB/s
BUSY=$(sizes 2 64) # how often 8 MiB are read of it

# good ROW: what a read that succeeds takes
good()
{
	local line

	line=$(fsbench read -d "$MNT/file" "$GOOD")
	figure "$1" "a read of 4 KiB that succeeds" us \
		"$(awk -v us="$(of us "$line")" -v n="$GOOD" 'BEGIN { printf("%.3f", us / n) }')"
}

# busy ROW FIGURE: how much a program gets that reads a file again and again
busy()
{
	local begin i us

	begin=$(clock)
	for ((i = 0; i < BUSY; i++)); do
		must dd if="$MNT/file" of=/dev/null bs=256k iflag=direct status=none
	done
	us=$(($(clock) - begin))
	figure "$1" "$2" MB/s "$(awk -v us="$us" -v n="$BUSY" \
		'BEGIN { printf("%.1f", n * 8 * 1048576 / us) }')"
}

# beside ROW FIGURE [OPTION...]: the same, while fswatch-err scan reads the disk
beside()
{
	local row=$1 figure=$2 scan

	shift 2
	fswatch-err scan -M "$MNT" --json "$@" >"$T/scan" 2>&1 &
	scan=$!
	must wait_for 30 grep -q '"reading"' "$T/scan"
	busy "$row" "$figure"
	grep -q '"done"' "$T/scan" && not_ok "the scan goes on as long as that is measured"
	kill -INT $scan
	wait $scan
}

# share: what a scan takes away from a program that has a disk to itself otherwise
share()
{
	local scheduler row

	null_disk nullb 2000 "mbps=$RATE"
	mkxfs /dev/nullb
	mount_fs /dev/nullb
	must xfs_io -f -c "falloc 0 1700m" -c fsync "$MNT/much"
	must xfs_io -f -c "pwrite -q -b 1m 0 8m" -c fsync "$MNT/file"
	for scheduler in none mq-deadline; do
		attribute /sys/block/nullb/queue/scheduler "$scheduler" 2>/dev/null || continue
		row="a disk of $RATE MB/s that is busy, scheduler $scheduler"
		busy "$row" "a program alone"
		beside "$row" "beside a scan, 64 MiB/s"
		beside "$row" "beside a scan without a limit" --rate 0
	done
	must umount "$MNT"
	null_remove nullb
}

# failing: all reads fail, as fast as they can be made
failing()
{
	local before line row="${PLAIN}$READS reads that fail, in no order" us

	medium_bad $((BAD / 512)) $((LENGTH / 512))
	before=$(kernel_memory)
	line=$(fsbench bad "/dev/$DISK" "$BAD" $LENGTH "$READS") || not_ok "$row" "$line"
	us=$(of us "$line")
	figure "$row" "reads" /s $((READS * 1000000 / us))
	figure "$row" "time" ms "$(ms "$us")"
	figure "$row" "memory of the kernel" bytes $(($(kernel_memory) - before))
	[[ ! $PLAIN ]] || return 0
	settled 1 300
	figure "$row" "ranges that damage-get knows" "" "$(of records "$LINE")"
	figure "$row" "records in the ring" "" \
		"$(fswatch-err status --json | jq '.rings[] | select(.group == "damage") | .last_seq // 0')"
}

# source_costs: what it takes that the disk is a source, and that it is scanned
source_costs()
{
	local scan

	fswatch-err scan -M "$MNT" --json >"$T/scan" 2>&1 &
	scan=$!
	must wait_for 30 grep -q '"reading"' "$T/scan"
	good "the same, while fswatch-err scan reads the disk"
	kill -INT $scan
	wait $scan

	medium_bad $((BAD / 512)) 1
	fsbench bad "/dev/$DISK" "$BAD" 512 1 >/dev/null
	settled 1
	good "one sector of the disk is"
}

at_end medium_good
scsi_disk
for ((round = 0; round < ROUNDS; round++)); do
	mkxfs "/dev/$DISK"
	mount_fs "/dev/$DISK"
	# in use, and behind it what is read of it
	must xfs_io -f -c "falloc 0 90m" -c fsync "$MNT/much"
	must xfs_io -f -c "pwrite -q -b 1m 0 4m" -c fsync "$MNT/file"
	good "${PLAIN}no sector is known to be bad"
	[[ $PLAIN ]] || source_costs
	failing
	good "${PLAIN}so many are"
	medium_good
	must umount "$MNT"
	must blkdiscard -z "/dev/$DISK"
	[[ $PLAIN ]] || share
done
measured '[Ss]hutting down filesystem|log I/O error|metadata I/O error'
