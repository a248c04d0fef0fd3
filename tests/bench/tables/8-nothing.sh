#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: Nothing is wrong
# host: tests/bench/hotpath
# timeout: 600
. "$FSERROR_TOP/tests/bench/guest/lib.bash"

WATCHERS=100
READS=$(sizes 2000 200000)

# unreclaimable: bytes of the kernel's own memory
unreclaimable()
{
	awk '/^SUnreclaim|^VmallocUsed|^KernelStack|^PageTables/ { kib += $2 } END { print kib * 1024 }' /proc/meminfo
}

# reads ROW: what a read costs from the page cache, and one from the disk
reads()
{
	local line

	line=$(fsbench read "$MNT/file" "$READS")
	figure "$1" "a read of 4 KiB from the page cache" us \
		"$(awk -v us="$(of us "$line")" -v n="$READS" 'BEGIN { printf("%.3f", us / n) }')"
	line=$(fsbench read -d "$MNT/file" $((READS / 10)))
	figure "$1" "a read of 4 KiB from the disk" us \
		"$(awk -v us="$(of us "$line")" -v n=$((READS / 10)) 'BEGIN { printf("%.3f", us / n) }')"
}

# what the family has allocated for itself, by the functions that did
figure "at rest, in the VM" "areas of vmalloc" bytes \
	"$(awk '/fserror/ { bytes += $2 } END { print bytes + 0 }' /proc/vmallocinfo)"
fsdax 0
mkxfs /dev/pmem0
mount_fs /dev/pmem0
must xfs_io -f -c "pwrite -q 0 16m" -c fsync "$MNT/file"
mkfifo "$T/hold"
for ((round = 0; round < ROUNDS; round++)); do
	reads "nobody watches"
	exec {hold}<>"$T/hold"
	before=$(unreclaimable)
	fsbench idle $WATCHERS <"$T/hold" >"$T/idle" &
	must wait_for 30 grep -q ready "$T/idle"
	figure "$WATCHERS idle watchers" "memory of the kernel for each" bytes \
		$((($(unreclaimable) - before) / WATCHERS))
	reads "$WATCHERS idle watchers"
	echo >&"$hold"
	exec {hold}>&-
	wait
done
measured
