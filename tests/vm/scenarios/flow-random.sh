#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A random walk of the media, the tables and the mounts, with four watchers that follow
# the protocol: whenever all is quiet, each of them knows exactly what is bad. What is
# bad is computed by flow-random from what it did. FLOW_STEPS and FLOW_SEED choose
# another walk; make test-all takes one of a thousand steps.
# timeout: 3000
. "$(dirname "$0")/stack.bash"

HALF=409600
STEPS=${FLOW_STEPS:-$((LONG ? 1000 : 48))}
SEED=${FLOW_SEED:-$RANDOM}

fsdax 0
fsdax 1
# the second half is at one of two places of the other disk
A="0 $HALF /dev/pmem0 2048
$HALF $HALF /dev/pmem1 2048"
B="0 $HALF /dev/pmem0 2048
$HALF $HALF /dev/pmem1 $((2048 + HALF + 4096))"
echo "$A" >"$T/a"
echo "$B" >"$T/b"
table()
{
	sed 's/\([^ ]* [^ ]*\) \(.*\)/\1 linear \2/' "$1"
}
dm flow <<<"$(table "$T/a")"
# the log stays clear of what goes bad
mkxfs /dev/mapper/flow -l agnum=0
mount_fs /dev/mapper/flow
must xfs_io -f -c "falloc 0 150m" -c "pwrite -q -b 1m 0 150m" -c fsync "$MNT/victim"
must umount "$MNT"
must dd if=/dev/pmem1 of=/dev/pmem1 bs=1M skip=1 seek=$(((2048 + HALF + 4096) / 2048)) \
	count=$((HALF / 2048)) iflag=direct oflag=direct conv=notrunc status=none
mount_fs /dev/mapper/flow

# sectors of the file that are in the second half, in both of its places
while read -r _ _ from to; do
	for ((at = from + 8; at + 8 < to; at += 4099)); do
		((at >= HALF)) || continue
		echo "/dev/pmem1 $((2048 + at - HALF))"
		echo "/dev/pmem1 $((2048 + at - HALF + HALF + 4096))"
	done
done < <(extents "$MNT/victim") >"$T/sectors"
check "there are sectors to be hit" test "$(wc -l <"$T/sectors")" -ge 16

flow-random "$STEPS" "$SEED" "$MNT" "$T/a" "$T/b" "$T/sectors" >"$T/walk" 2>&1
is "every watcher knows the truth whenever all is quiet" "$(tail -n 1 "$T/walk")" \
	"$STEPS steps with seed $SEED, 0 faults"
diag "$(<"$T/walk")"
umount_works
check_log
end
