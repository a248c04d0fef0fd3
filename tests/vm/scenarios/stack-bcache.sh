#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# bcache: a bad sector of the cache below dirty data is lost, below clean data a copy is bad
# and the backing device is read; one of the backing device below dirty data is nothing, below
# clean data a copy is bad, and where there is no copy it is lost; of the metadata it has no
# place. What is written, or written back, is told within a minute or so. Losing the cache
# loses what is dirty, those bytes of those files.
# What is expected comes from sectors that say which they are, found on the raw devices.
# group: stack-moving
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/bcache.bash"

# sector_of FILE OFFSET: FAST and KEPT, the sectors; which of them must be there
sector_of()
{
	read -r FAST KEPT < <(place "$1" "$2")
	is "$1 is $3" "$([[ $FAST != - ]] && echo cached) $([[ $KEPT != - ]] && echo kept)" "$4"
}

: >"$T/spoilt"
fsdax 0
make_bcache
# the log is elsewhere: losing that is not the subject here
mkxfs /dev/bcache0 -l logdev=/dev/pmem0,size=64m
mount_fs /dev/bcache0 logdev=/dev/pmem0
write_files writethrough clean 1
write_files writeback dirty 1
write_files none plain 1
remount /dev/bcache0 logdev=/dev/pmem0
quiet
bcache_map
monitor_raw

sector_of "$MNT/dirty/1" 8192 dirty "cached "
was_dirty=$FAST
spoil fast "$was_dirty"
agrees "a sector of dirty data is lost" "$T/map"
check "and it is one" some_lost
check "it cannot be read" reads_fail "$MNT/dirty/1" 8192
check "what is beside it can" reads "$MNT/dirty/1" 12288
spoil backing $((BCACHE_START / 512 + $(disk_offset "$MNT/dirty/2" 4096) / 512)) 2
agrees "the backing device below dirty data is nothing" "$T/map"
check "these can be read" reads "$MNT/dirty/2" 4096

sector_of "$MNT/clean/1" 16384 clean "cached kept"
was_clean=$FAST
spoil fast "$was_clean" 3
agrees "of clean data a copy is bad" "$T/map"
check "and it is one" some_degraded
check "they are read from the backing device" reads "$MNT/clean/1" 16384
sector_of "$MNT/clean/2" 0 clean "cached kept"
spoil backing "$KEPT" 3
sector_of "$MNT/clean/3" 4096 clean "cached kept"
spoil fast "$FAST" 4
spoil backing $((KEPT + 2)) 4
check "what both have lost cannot be read" reads_fail "$MNT/clean/3" $((4096 + 1024))
sector_of "$MNT/plain/1" 1024 "not cached" " kept"
spoil backing "$KEPT" 2
check "nor what there is no copy of" reads_fail "$MNT/plain/1" 1024
# the last sectors of the cache: nothing has come so far
spoil fast $((BCACHE_FAST_MIB * 2048 - 9)) 4
agrees "clean data on either, and on both; data that are not cached; a free part of the cache" "$T/map"

no_place "the superblock of the cache has no place" "bcache metadata" fast 9
wait_for "$EVENT_TIMEOUT" has_no_unplaced
# The first of 1024 buckets has the superblock, and the next eight the journal. So soon
# nothing has been written to the last one.
no_place "nor has the journal" "bcache metadata" fast 1056
agrees "these are good again, and the others are not" "$T/map"

# What is written goes elsewhere in the cache, and nothing is reported then. In make test
# something else is, for it would take a minute.
loud
cache_mode writeback
must blockmap tag "$MNT/dirty/1" 2 262144
must blockmap tag "$MNT/clean/1" 2 262144
cache_mode none
quiet
sed -i "/^fast \\($was_dirty 1\\|$was_clean 3\\)\$/d" "$T/spoilt"
[[ $LONG ]] || spoil fast $((BCACHE_FAST_MIB * 2048 - 20))
EVENT_TIMEOUT=150 agrees "what is written is good again" "$T/map"
null_good fast "$was_dirty" 1
null_good fast "$was_clean" 3
mend_all
agrees "all is good again" "$T/map"

bcache_map
sector_of "$MNT/clean/1" 16384 "dirty now" "cached "
must attribute "$BCACHE/writeback_running" 1
must wait_for 60 dirty_is clean
must attribute "$BCACHE/writeback_running" 0
bcache_map
sector_of "$MNT/dirty/3" 8192 "written back" "cached kept"
spoil fast "$FAST" 2
agrees "of what was written back a copy is bad" "$T/map"
check "and it is one" some_degraded
check "it can be read" reads "$MNT/dirty/3" 8192
mend_all
agrees "and good again" "$T/map"

# The device goes.
loud
write_files writeback dirty 3
quiet
bcache_map
gone=$(<"/sys/block/fast/dev")
want=$(blockmap lost "$MNT" "$T/map" "$gone+0+$((1 << 40))")
check "there is something to lose" test "$(grep -c ^lost <<<"$want")" -eq 6
lost_is()
{
	LEVEL=$(level_map) && LEVEL=$(grep ^lost <<<"$LEVEL") && [[ $LEVEL == "$(grep ^lost <<<"$want")" ]]
}
must null_off fast
wait_for "$EVENT_TIMEOUT" lost_is || :
same_lines "the cache is gone: exactly what was dirty is lost" "$LEVEL" "$(grep ^lost <<<"$want")"
LEVEL=$(level_map)
check "of what was clean a copy is" some_degraded
# bcache notices it, and stops the device
must attribute "$SET/io_error_limit" 0
check "a dirty file cannot be read" reads_fail "$MNT/dirty/1" 0
wait_for 20 reads_fail "$MNT/plain/2" 0
sleep 4
check "the device is stopped" reads_fail "$MNT/plain/2" 0
wait_for "$EVENT_TIMEOUT" lost_is || :
same_lines "what is lost is still told when bcache has given up" "$LEVEL" "$(grep ^lost <<<"$want")"
umount_works
undo_all
check_log 'Metadata I/O Error \(0x1\) detected at xfs_buf_ioend'
end
