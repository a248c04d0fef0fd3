#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Stress of what moves the bytes of a device: dm-cache that writes back while its policy is
# swapped, a thin device of which snapshots are made and removed, an origin whose snapshots
# are, bcache whose write-back goes on and off, and an image file while loop devices are
# attached and detached. Sectors below go bad and good all the time, files are written, and
# the level is asked for twice at once. In the end the level is what the metadata of the
# target say, what cannot be read, and what all events add up to; no event has named a
# wrong file. While one device is suspended another filesystem is not delayed.
# Bad are only sectors of files: what is lost of a filesystem's own is not the subject here.
# group: stack-stress
# timeout: 3600
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/cache.bash"
. "$(dirname "$0")/bcache.bash"
. "$(dirname "$0")/moving.bash"

KINDS=${STRESS_KINDS-cache,thin,snapshot,bcache,loop}
PHASE=$((${STRESS_MINUTES:-5} * 60 / 5))
# what moves is told within a minute or so
EVENT_TIMEOUT=150
# metadata are written when they must be, which they need not be of files that are overwritten
OPTIONS=lazytime,noatime
SNAP=/mnt/snap

wanted()
{
	[[ ,$KINDS, == *,$1,* ]]
}

# files_in DIRECTORY COUNT MIB: files whose sectors say which they are
files_in()
{
	local i

	must mkdir -p "$1"
	for ((i = 0; i < $2; i++)); do
		must blockmap tag "$1/$i" 1 $(($3 << 20))
	done
}

remove_disks()
{
	local disk

	for disk; do
		null_remove "$disk"
	done
}

### dm-cache: the policy is smq, which here moves nothing, or cleaner, which writes back

table_of()
{
	if [[ $1 == cleaner ]]; then
		echo "0 $((ORIGIN_MIB * 2048)) cache /dev/meta /dev/fast /dev/origin $BLOCK 1 writeback cleaner 0"
	else
		table writeback
	fi
}

swap_to()
{
	dmsetup reload cached --table "$(table_of "$1")" && dmsetup suspend "${@:2}" cached
	dmsetup resume --noudevsync cached
}

swap_policy()
{
	local times=0

	while [[ ! -e $STOP ]]; do
		swap_to cleaner && sleep 3
		swap_to smq --nolockfs && sleep 2
		times=$((times + 1))
		echo "$times swaps" >"$T/mover.said"
	done
	swap_to smq
}

stress_cache()
{
	local i block

	set_up
	restore true
	dm cached <<<"$(table writeback)"
	mount_fs /dev/mapper/cached "logdev=/dev/pmem0,$OPTIONS"
	{
		for ((i = 0; i < BLOCKS; i += 6)); do
			echo "fast $((i * BLOCK + RANDOM % (BLOCK - 4))) $((RANDOM % 4 + 1))"
		done
		blockmap blocks "$MNT" $((BLOCK * 512)) | some 60 | while read -r block; do
			echo "origin $((block * BLOCK + RANDOM % (BLOCK - 4))) $((RANDOM % 4 + 1))"
		done
	} >"$T/candidates"
	stress "cache" swap_policy "$MNT"/d*/file
	quiet
	dump
	diag "$(grep -c dirty=\"true\" "$T/dump.xml") blocks are dirty, $(grep -c dirty=\"false\" "$T/dump.xml") clean"
	right "cache" "$T/map"
	delays_nobody cached
	all_good "cache"
	must umount "$MNT"
	dm_remove cached
	remove_disks origin fast meta
}

### dm-thin: what is bad belongs to a snapshot that stays, so that nothing else gets it

THIN_MIB=340

snap_thin()
{
	local id times=0

	while [[ ! -e $STOP ]]; do
		id=$((times % 6 + 2))
		dmsetup suspend thin
		dmsetup message pool 0 "create_snap $id 0"
		dmsetup resume --noudevsync thin
		dmsetup create other --noudevsync --table "0 $((THIN_MIB * 2048)) thin /dev/mapper/pool $id"
		dmsetup mknodes other
		if mount -o ro,norecovery,nouuid /dev/mapper/other "$SNAP"; then
			cat "$SNAP"/*/* >/dev/null
			umount "$SNAP"
		fi
		dmsetup remove --noudevsync other
		dmsetup message pool 0 "delete $id" && times=$((times + 1)) &&
			echo "$times snapshots" >"$T/mover.said"
	done
}

stress_thin()
{
	null_disk data 700
	null_disk meta 16
	must dd if=/dev/zero of=/dev/meta bs=4096 count=1 oflag=direct status=none
	dm pool <<<"0 $((700 * 2048)) thin-pool /dev/meta /dev/data 128 0 1 skip_block_zeroing"
	must dmsetup message pool 0 "create_thin 0"
	dm thin <<<"0 $((THIN_MIB * 2048)) thin /dev/mapper/pool 0"
	mkxfs /dev/mapper/thin
	mount_fs /dev/mapper/thin "$OPTIONS"
	files_in "$MNT/kept" 4 2
	files_in "$MNT/written" 6 2
	must sync -f "$MNT"
	must dmsetup suspend thin
	must dmsetup message pool 0 "create_snap 1 0"
	must dmsetup resume --noudevsync thin
	thin_map thin 0 - "$THIN_MIB"
	blockmap blocks "$MNT" 65536 | awk -v data="$(number data)" '
		NR == FNR { wanted[$1 * 65536] = 1; next }
		{
			split($3, place, "+")
			for (at = 0; at < $2 && place[1] == data; at += 65536)
				if ($1 + at in wanted)
					print (place[2] + at) / 512
		}' - "$T/map" | some 120 | while read -r block; do
		echo "data $((block + RANDOM % 124)) $((RANDOM % 4 + 1))"
	done >"$T/candidates"
	stress "thin" snap_thin "$MNT"/written/*
	quiet
	thin_map thin 0 - "$THIN_MIB"
	right "thin" "$T/map"
	delays_nobody pool thin
	must umount "$MNT"
	dm first <<<"0 $((THIN_MIB * 2048)) thin /dev/mapper/pool 1"
	must mount -o ro,nouuid /dev/mapper/first "$MNT"
	thin_map first 1 - "$THIN_MIB"
	right "thin, the snapshot that has them all" "$T/map"
	all_good "thin"
	must umount "$MNT"
	dm_remove first
	dm_remove thin
	dm_remove pool
	remove_disks data meta
}

### dm-snapshot: a chunk that cannot be copied makes a snapshot invalid, which may be

SNAP_MIB=340

snap_origin()
{
	local times=0

	while [[ ! -e $STOP ]]; do
		dd if=/dev/zero of=/dev/cow bs=4096 count=16 oflag=direct status=none
		dmsetup suspend real
		dmsetup create snap --noudevsync --table "0 $((SNAP_MIB * 2048)) snapshot /dev/orig /dev/cow P 16"
		dmsetup resume --noudevsync real
		dmsetup mknodes snap
		if mount -o ro,norecovery,nouuid /dev/mapper/snap "$SNAP"; then
			cat "$SNAP"/*/* >/dev/null
			umount "$SNAP"
		fi
		dmsetup remove --noudevsync snap && times=$((times + 1)) &&
			echo "$times snapshots" >"$T/mover.said"
	done
}

stress_snapshot()
{
	local shift=0 file

	null_disk orig "$SNAP_MIB"
	null_disk cow 128
	dm real <<<"0 $((SNAP_MIB * 2048)) snapshot-origin /dev/orig"
	mkxfs /dev/mapper/real
	mount_fs /dev/mapper/real "$OPTIONS"
	files_in "$MNT/kept" 4 1
	files_in "$MNT/written" 6 1
	files_in "$MNT/good" 1 1
	must sync -f "$MNT"
	for file in "$MNT"/{kept,written}/*; do
		slots "$file" orig "$shift"
	done | some 100 >"$T/candidates"
	stress "snapshot" snap_origin "$MNT"/written/*
	printf '0 %d %s+0\n' $((SNAP_MIB << 20)) "$(number orig)" >"$T/map"
	right "snapshot: the origin" "$T/map"
	# one more, and what is written makes exceptions
	must dd if=/dev/zero of=/dev/cow bs=4096 count=16 oflag=direct status=none
	must dmsetup suspend real
	dm snap <<<"0 $((SNAP_MIB * 2048)) snapshot /dev/orig /dev/cow P 16"
	must dmsetup resume --noudevsync real
	must xfs_io -d -c 'pwrite -q -b 64k 0 512k' "$MNT/good/0"
	must umount "$MNT"
	must mount -o ro,nouuid /dev/mapper/snap "$MNT"
	must dmsetup suspend --nolockfs snap
	must dd if=/dev/cow of="$T/cow" bs=1M iflag=direct status=none
	must dmsetup resume --noudevsync snap
	must blockmap snapshot "$T/cow" /dev/cow /dev/orig $((SNAP_MIB << 20))
	printf '%s\n' "$OUT" >"$T/map"
	# in the middle of the first chunks that were copied
	shift=$(awk -v cow="$(number cow)" '{ split($3, place, "+") } place[1] == cow && $1 == at { print place[2] / 512 }' \
		at="$(($(disk_offset "$MNT/good/0" 65536) / 8192 * 8192))" "$T/map")
	check "snapshot: what was written has an exception" test "$shift"
	spoil cow $((${shift:-0} + 3)) 2
	right "snapshot: the snapshot" "$T/map"
	delays_nobody real snap
	all_good "snapshot"
	must umount "$MNT"
	dm_remove snap
	dm_remove real
	remove_disks orig cow
}

### bcache: sectors of the cache are bad where data are that nobody writes over

writeback_on_off()
{
	local times=0

	while [[ ! -e $STOP ]]; do
		echo 1 >"$BCACHE/writeback_running"
		sleep 3
		echo 0 >"$BCACHE/writeback_running"
		echo 1 >"$SET/internal/trigger_gc"
		sleep 2
		times=$((times + 1))
		echo "writeback $times times" >"$T/mover.said"
	done
}

# fast_slots FILE: of each 16 KiB of the file that are in the cache up to 4 sectors
fast_slots()
{
	extents "$1" | awk -v fast="$(number fast)" '
		NR == FNR { from[NR] = $3 * 512; to[NR] = $4 * 512 + 512; next }
		{
			split($3, place, "+")
			for (i in from)
				for (at = 0; at + 8192 <= $2 && place[1] == fast; at += 16384)
					if (from[i] <= $1 + at && $1 + at < to[i])
						print "fast", (place[2] + at) / 512 + int(rand() * 8), 1 + int(rand() * 4)
		}' - "$T/map"
}

stress_bcache()
{
	local file

	BCACHE_FAST_MIB=256
	make_bcache
	mkxfs /dev/bcache0 -l logdev=/dev/pmem0,size=64m
	mount_fs /dev/bcache0 "logdev=/dev/pmem0,$OPTIONS"
	write_files writeback kept 1 4
	write_files writeback written 1 6
	write_files none plain 1 2
	# what there is to write of metadata is written now
	must xfs_freeze -f "$MNT"
	must xfs_freeze -u "$MNT"
	bcache_map
	{
		for file in "$MNT"/kept/*; do
			fast_slots "$file"
		done | some 60
		for file in "$MNT"/*/*; do
			slots "$file" backing $((BCACHE_START / 512))
		done | some 80
	} >"$T/candidates"
	cache_mode writeback
	stress "bcache" writeback_on_off "$MNT"/written/*
	cache_mode none
	quiet
	# what is read to make the map must be good
	turn_all -
	sleep 5
	bcache_map
	turn_all +
	right "bcache" "$T/map"
	all_good "bcache"
	must umount "$MNT"
	no_bcache
	remove_disks backing fast
}

### loop: one image is in use, and another one comes and goes

LOWER=/mnt/lower

attach_detach()
{
	local device times=0

	while [[ ! -e $STOP ]]; do
		device=$(losetup --find --show --direct-io=on "$LOWER/second") || continue
		if mount -o ro,nouuid "$device" "$SNAP"; then
			cat "$SNAP"/*/* >/dev/null
			umount "$SNAP"
		fi
		losetup --detach "$device" && times=$((times + 1)) &&
			echo "$times times attached" >"$T/mover.said"
	done
}

# image NAME: a filesystem in an image file, at $MNT; its device is left in $LOOP
image()
{
	local file

	must xfs_io -f -c 'falloc 0 320m' -c fsync "$LOWER/$1"
	must losetup --find --show --direct-io=on "$LOWER/$1"
	LOOP=$OUT
	mkxfs "$LOOP"
	mount_fs "$LOOP" "$OPTIONS"
	files_in "$MNT/kept" 2 1
	files_in "$MNT/written" 4 1
	must sync -f "$MNT"
	image_map "$1"
	for file in "$MNT"/*/*; do
		slots "$file" "" 0
	done | some 80 | to_low >>"$T/candidates"
}

# image_map NAME: where the bytes of the image are
image_map()
{
	must sync -f "$LOWER"
	extents "$LOWER/$1" | while read -r first last from _; do
		echo "$((first * 512)) $(((last - first + 1) * 512)) $(number low)+$((from * 512))"
	done >"$T/map"
}

# to_low: lines "SECTOR COUNT" of the image as those of candidates, if they are in one piece
to_low()
{
	awk 'NR == FNR { split($3, place, "+"); from[NR] = $1 / 512; to[NR] = ($1 + $2) / 512
		shift[NR] = place[2] / 512 - from[NR]; next }
		{ for (i in from) if (from[i] <= $1 && $1 + $2 <= to[i]) print "low", $1 + shift[i], $2 }' \
		"$T/map" -
}

stress_loop()
{
	null_disk low 1000
	mkxfs /dev/low
	must mkdir -p "$LOWER"
	must mount -o "$OPTIONS" /dev/low "$LOWER"
	at_end unmount_quietly "$LOWER"
	: >"$T/candidates"
	image second
	must umount "$MNT"
	must losetup --detach "$LOOP"
	image first
	stress "loop" attach_detach "$MNT"/written/*
	quiet
	image_map first
	right "loop: the image" "$T/map"
	printf '0 %d %s+0\n' $((1000 << 20)) "$(number low)" >"$T/straight"
	MNT=$LOWER right "loop: the filesystem below" "$T/straight"
	all_good "loop"
	MNT=$LOWER all_good "loop: below"
	must umount "$MNT"
	must losetup --detach "$LOOP"
	must umount "$LOWER"
	remove_disks low
}

: >"$T/spoilt"
must mkdir -p "$SNAP"
fsdax 0
other_filesystem
watching
follow
for kind in cache thin snapshot bcache loop; do
	! wanted $kind || "stress_$kind"
done
check "the monitor is still there" kill -0 "$MONITOR"
is "and has nothing to complain about" "$(<"$T/raw.err")" ""
undo_all
check_log 'Metadata I/O Error \(0x1\) detected at xfs_buf_ioend'
end
