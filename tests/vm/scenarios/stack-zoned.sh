#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-zoned: a chunk is in one zone, or in two, and which of them has a block is in bitmaps. A
# bad sector takes the file along that is read from there, and nothing if nothing is; while
# reclaim moves chunks that stays true. Of metadata it has no place. Bitmaps are read if
# they are not in memory, and what they say is not known if they cannot be. Where blocks
# are is read from the metadata on the disk. make test has one disk; with more time there are
# a regular and two zoned ones, layers below and above, and metadata that contradict
# themselves.
# group: stack-target
# timeout: 1200
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"

# in MiB
ZONE=4 SIZE=512 CONVENTIONAL=48
DISKS=(/dev/disk)
: >"$T/spoilt"

# zoned_disk NAME MIB CONVENTIONAL: with so many conventional zones in front
zoned_disk()
{
	null_disk "$1" "$2" zoned=1 zone_size=$ZONE zone_nr_conv="$3"
}

# zoned [DEVICE]: the target, on all $DISKS, with nothing in it; or on a device that is the
# disk one to one
zoned()
{
	must zonedmap format "${DISKS[@]}"
	SECTORS=$OUT
	dm zoned <<<"0 $SECTORS zoned ${1:-${DISKS[*]}}"
}

# busy and idle: the target is read from all the time, so that it does not begin to
# reclaim; or is not any more, and reclaims what it can
busy()
{
	while dd if=/dev/mapper/zoned of=/dev/null bs=4096 count=1 iflag=direct status=none 2>/dev/null; do
		sleep 1
	done &
	BUSY=$!
}

idle()
{
	[[ $BUSY ]] || return
	# if the disk has gone it has ended
	kill "$BUSY" 2>/dev/null
	wait "$BUSY"
	BUSY=
}

# map: what the metadata say, to $T/map, when they are on the disk and stay as they are
map()
{
	: >"$T/map"
	check "set-up: the map does not change" wait_for 60 map_stays
}

map_stays()
{
	must xfs_io -c fsync /dev/mapper/zoned
	must zonedmap map "${DISKS[@]}"
	[[ $OUT == "$(<"$T/map")" ]] && return
	printf '%s\n' "$OUT" >"$T/map"
	return 1
}

# moved: no chunk is in the zones in front any more, and none in two. Reclaim ends when it has
# nothing to do for a moment, and begins again with a message or a write
moved()
{
	must dmsetup message zoned 0 reclaim
	must zonedmap zones "${DISKS[@]}"
	awk -v disk="$(number "${DISKS[0]}")" -v zones="$CONVENTIONAL" '{
		split($2, p, "+")
		if (p[1] == disk && p[2] < zones || $3 != "-")
			exit 1
	}' <<<"$OUT"
}

has_no_buffer()
{
	must dmsetup message zoned 0 reclaim
	! has_buffer
}

has_buffer()
{
	must zonedmap zones "${DISKS[@]}"
	awk '$3 != "-" { found = 1 } END { exit !found }' <<<"$OUT"
}

# place FILE OFFSET [MAP]: "DISK SECTOR" where that is
place()
{
	local dev sector

	read -r dev sector < <(awk -v at="$(disk_offset "$1" "$2")" '$1 <= at && at < $1 + $2 {
		split($3, p, "+"); printf("%s %d\n", p[1], (p[2] + at - $1) / 512) }' "${3:-$T/map}")
	printf '%s %s\n' "$(basename "$(readlink "/sys/dev/block/$dev")")" "$sector"
}

# spoil_at and mend_at FILE OFFSET [COUNT]: the sectors of the disk below
spoil_at()
{
	local place

	read -ra place < <(place "$1" "$2")
	spoil "${place[@]}" "${3:-1}"
}

# forget: what is cached of the bitmaps goes, but for a few
forget()
{
	must attribute /proc/sys/vm/drop_caches 2
	must attribute /proc/sys/vm/drop_caches 2
}

filesystem()
{
	mkxfs "$1"
	mount_fs "$1"
	fill_files 4 8
	remount "$1"
}

# nothing_lost TEXT: of what is spoilt
nothing_lost()
{
	UNIT=4096 agrees "$1" "$T/map"
	check "$1: nothing is lost" none_lost
}

none_lost()
{
	! some_lost
}

# done_with MAPPED...: and all disks
done_with()
{
	local name

	idle
	umount_works
	mend_all
	for name; do
		dm_remove "$name"
	done
	for name in "${DISKS[@]}"; do
		must null_remove "${name#/dev/}"
	done
}

monitor_raw

### in conventional zones

zoned_disk disk "$SIZE" "$CONVENTIONAL"
zoned
busy
filesystem /dev/mapper/zoned
map
quiet
spoil_at "$MNT/d2/file" $((8192 + 512)) 2
spoil_at "$MNT/d7/file" 0
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
read -ra old < <(place "$MNT/d3/file" 8192 "$T/before")
spoil "${old[@]}" 16
nothing_lost "the place that a block was at"
check "it can be read" reads "$MNT/d3/file" 8192 8192
spoil_at "$MNT/d3/file" 12288
spoil_at "$MNT/d3/file" 16384 100
spoil_at "$MNT/d4/file" $(((4 << 20) - 512))
UNIT=4096 agrees "in the buffer and beside it" "$T/map"
check "and it is lost" some_lost
check "of the buffer it cannot be read" reads_fail "$MNT/d3/file" 12288 4096
check "nor beside it" reads_fail "$MNT/d3/file" 16384 4096

### bitmaps

forget
spoil_at "$MNT/d6/file" 4096
UNIT=4096 agrees "bitmaps that are not in memory" "$T/map"
mend_all
nothing_lost "all are good again"
chunk=$(($(disk_offset "$MNT/d6/file" 4096) / (ZONE << 20)))
bitmap=$(zonedmap bitmap $chunk "${DISKS[@]}")
spoil disk "$bitmap" 8
forget
spoil_at "$MNT/d6/file" 4096
check "a bitmap that cannot be read: it is told that it is not known" wait_for "$EVENT_TIMEOUT" not_known
mend disk "$bitmap" 8
# as long as something is bad it is asked again
EVENT_TIMEOUT=150 UNIT=4096 agrees "and when it can be it is known" "$T/map"
mend_all

### reclaim goes on while something is bad

spoil "${old[@]}" 16
spoil_at "$MNT/d4/file" 4096
idle
check "reclaim moves what it can" wait_for 300 has_no_buffer
busy
map
EVENT_TIMEOUT=150 UNIT=4096 agrees "what has been moved" "$T/map"
check "and something is lost" some_lost
read -ra new < <(place "$MNT/d3/file" 8192)
spoil "${new[@]}"
UNIT=4096 agrees "where it has been moved to" "$T/map"
check "it cannot be read" reads_fail "$MNT/d3/file" 8192 4096
mend_all

### the disk goes

size=$(fs_bytes)
must null_off disk
check "when the disk goes all of it is lost" wait_for "$EVENT_TIMEOUT" all_is_lost "$size"
done_with zoned

if [[ $LONG ]]; then
	. "$(dirname "$0")/zoned.bash"
fi
undo_all
check_log 'XFS .*(Log I/O Error|Metadata I/O Error|Shutting down|shut down)|device-mapper: (zoned|kcopyd)'
end
