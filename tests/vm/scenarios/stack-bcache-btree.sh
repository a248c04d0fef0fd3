#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# bcache with a btree of several levels: what is bad is found through nodes that are in memory
# and through those that are not. A node in a bad place is not read to answer a question,
# which would make bcache give up the cache set: it has no place, and what lies below it
# is not known.
# group: stack-moving
# only: test-all
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/bcache.bash"

SIZE=$((20 << 20))

: >"$T/spoilt"
fsdax 0
make_bcache 4k
mkxfs /dev/bcache0 -l logdev=/dev/pmem0,size=64m
mount_fs /dev/bcache0 logdev=/dev/pmem0
cache_mode writeback
must blockmap tag "$MNT/file" 1 $SIZE 4096
cache_mode none
remount /dev/bcache0 logdev=/dev/pmem0
quiet
bcache_map
count=$(sed -n 's/^btree nodes:[[:space:]]*//p' "$SET/internal/bset_tree_stats")
check "the btree has many nodes" test "$count" -gt 30
diag "depth $(<"$SET/tree_depth"), $count nodes"
monitor_raw

for at in $((4096 * 3)) $((9 << 20)) $((SIZE - 4096)); do
	read -r fast _ < <(place "$MNT/file" "$at")
	spoil fast "$fast" 2
done
agrees "scattered sectors of dirty data are lost" "$T/map"
check "and some are" some_lost

# nodes that have changed are written after half a minute
sleep 40
before=$(<"$SET/btree_cache_size")
prune
diag "btree in memory: $before before, $(<"$SET/btree_cache_size") after"
read -r fast _ < <(place "$MNT/file" $((5 << 20)))
spoil fast "$fast" 5
agrees "so are they when nodes have to be read" "$T/map"
mend_all
agrees "all is good again" "$T/map"

prune
must blockmap nodes /dev/fast "${SET##*/}" 4096
nodes=$OUT
for node in $nodes; do
	null_bad fast $((node / 512)) 8
done
read -r fast _ < <(place "$MNT/file" $((12 << 20)))
spoil fast "$fast" 1
wait_for "$EVENT_TIMEOUT" has_unplaced
check "nodes that are bad have no place" has_bad_nodes
check "the cache set is not given up for a question" test -d "$SET"
check "nor has it failed" test "$(<"$BCACHE/state")" = dirty
for node in $nodes; do
	null_good fast $((node / 512)) 8
done
agrees "when they are good, all is known" "$T/map"
mend_all
agrees "and good" "$T/map"
umount_works
undo_all
check_log
end
