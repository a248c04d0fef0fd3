#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-zoned: a chunk is in one zone, or in two, and which of them has a block is in bitmaps. A
# bad sector takes the file along that is read from there, and nothing if nothing is; while
# reclaim moves chunks that stays true. Of metadata it has no place. Bitmaps are read if
# they are not in memory, and what they say is not known if they cannot be.
# group: stack-target
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/zoned.bash"

monitor_raw

### in conventional zones

zoned_disk disk "$SIZE" "$CONVENTIONAL"
zoned
busy
filesystem /dev/mapper/zoned
map
quiet
spoil_file "$MNT/d2/file" $((8192 + 512)) 2
spoil_file "$MNT/d7/file" 0
UNIT=4096 agrees "what has just been written: a sector takes its block along" "$T/map"
check "and it is lost" some_lost
check "it cannot be read" reads_fail "$MNT/d2/file" 8192 4096
check "the block behind it can" reads "$MNT/d2/file" 12288 4096
mend_all
nothing_lost "the sectors are good again"
free=$(zonedmap free "${DISKS[@]}" | tail -n 1)
spoil disk $((${free##*+} / 512 + 8)) 100
spoil disk 4096 8
nothing_lost "a zone without a chunk"
check "and has nothing without a place" has_no_unplaced
mend_all
no_place "a sector of the superblock has no place" "zoned metadata" disk 1
no_place "nor has one of the second set" "zoned metadata" disk $((ZONE * 2048 + 8))

### in sequential ones, and what is written later in buffers

idle
check "reclaim moves the chunks" wait_for 300 moved
busy
map
mv "$T/map" "$T/before"
loud
must xfs_io -d -c 'pwrite -q 8192 8192' -c 'pwrite -q 1m 4096' "$MNT/d3/file"
must xfs_io -d -c 'pwrite -q 0 4096' "$MNT/d5/file"
quiet
map
check "what is written again is in a buffer" has_buffer
read -ra old < <(map_place "$MNT/d3/file" 8192 "$T/before")
spoil "${old[@]}" 16
nothing_lost "the place that a block was at"
check "it can be read" reads "$MNT/d3/file" 8192 8192
spoil_file "$MNT/d3/file" 12288
spoil_file "$MNT/d3/file" 16384 100
spoil_file "$MNT/d4/file" $(((4 << 20) - 512))
UNIT=4096 agrees "in the buffer and beside it" "$T/map"
check "and it is lost" some_lost
check "of the buffer it cannot be read" reads_fail "$MNT/d3/file" 12288 4096
check "nor beside it" reads_fail "$MNT/d3/file" 16384 4096

### bitmaps

forget
spoil_file "$MNT/d6/file" 4096
UNIT=4096 agrees "bitmaps that are not in memory" "$T/map"
mend_all
nothing_lost "all are good again"
chunk=$(($(disk_offset "$MNT/d6/file" 4096) / (ZONE << 20)))
bitmap=$(zonedmap bitmap $chunk "${DISKS[@]}")
spoil disk "$bitmap" 8
forget
spoil_file "$MNT/d6/file" 4096
check "a bitmap that cannot be read: it is told that it is not known" wait_for "$EVENT_TIMEOUT" not_known
mend disk "$bitmap" 8
# as long as something is bad it is asked again
EVENT_TIMEOUT=150 UNIT=4096 agrees "and when it can be it is known" "$T/map"
mend_all

### reclaim goes on while something is bad

spoil "${old[@]}" 16
spoil_file "$MNT/d4/file" 4096
idle
check "reclaim moves what it can" wait_for 300 has_no_buffer
busy
map
EVENT_TIMEOUT=150 UNIT=4096 agrees "what has been moved" "$T/map"
check "and something is lost" some_lost
read -ra new < <(map_place "$MNT/d3/file" 8192)
spoil "${new[@]}"
UNIT=4096 agrees "where it has been moved to" "$T/map"
check "it cannot be read" reads_fail "$MNT/d3/file" 8192 4096
mend_all

### the disk goes

size=$(fs_bytes)
must null_off disk
check "when the disk goes all of it is lost" wait_for "$EVENT_TIMEOUT" all_is_lost "$size"
done_with zoned

undo_all
check_log 'XFS .*(Log I/O Error|Metadata I/O Error|Shutting down|shut down)|device-mapper: (zoned|kcopyd)'
end
