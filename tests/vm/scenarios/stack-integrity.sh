#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-integrity with a journal, with a bitmap and tags on a device of their own, and with
# neither; and dm-inlinecrypt. A sector of data is lost, with the block that it is in; of
# the superblock, the journal and the tags it has no place. A block whose newest data are
# in the journal can be read whatever its place is like. Where the sectors are is found by
# looking for them on the disk. make test has the journal and inlinecrypt.
# group: stack-target
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"

MIB=340
: >"$T/spoilt"

# integrity ARGUMENT...: the mapped device "safe"; it is formatted, and begins with zeroes,
# for otherwise there are no tags
integrity()
{
	local sectors

	dm safe <<<"0 8 integrity /dev/disk $*"
	dm_remove safe
	sectors=$(od -An -tu8 -j $((SUPER * 512 + 16)) -N 8 "/dev/$SUPER_DISK" | tr -d ' ')
	TABLE="0 $sectors integrity /dev/disk $*"
	dm safe <<<"$TABLE"
	must dd if=/dev/zero of=/dev/mapper/safe bs=1M count=1 oflag=direct status=none
	must dd if=/dev/zero of=/dev/mapper/safe bs=64k seek=$((sectors / 128 - 1)) count=1 oflag=direct status=none
}

# filesystem DEV: with files, on $MNT, and the map of them
filesystem()
{
	mkxfs "$1"
	mount_fs "$1"
	for i in {1..8}; do
		must mkdir "$MNT/d$i"
		must cp /dev/stdin "$MNT/d$i/file" < <(head -c 524288 /dev/zero)
	done
	must blockmap mark "$MNT"
	remount "$1"
}

# place FILE OFFSET: the sector of the disk, by $T/map
place()
{
	local sector

	read -r _ sector < <(map_place "$1" "$2")
	echo "$sector"
}

# map: of what is on the disk, after the journal has been written to its place
map()
{
	must dmsetup suspend safe
	must dmsetup resume --noudevsync safe
	must blockdev --flushbufs /dev/disk
	must blockmap marked "$MNT" /dev/disk
	printf '%s\n' "$OUT" >"$T/map"
}

# no_place_while_bad TEXT DISK SECTOR
no_place_while_bad()
{
	no_place "$1" "integrity metadata" "$2" "$3"
	wait_for "$EVENT_TIMEOUT" has_no_unplaced || :
	check "and no longer when it is good" has_no_unplaced
}

done_with()
{
	umount_works
	mend_all
	dm_remove "$1"
	# nothing is to be found of what is on it
	must null_remove disk
	null_disk disk $((MIB + 20))
}

null_disk disk $((MIB + 20))
null_disk tags 16
monitor_raw

# areas of 32 KiB, each with 4 KiB of tags in front of it, from sector 40 on
SUPER=40 SUPER_DISK=disk
integrity 40 4 J 4 internal_hash:crc32c interleave_sectors:64 commit_time:100 fix_padding
filesystem /dev/mapper/safe
map
must xfs_io -d -c 'pwrite -q 8192 1024' "$MNT/d3/file"
quiet
spoil disk "$(place "$MNT/d2/file" 4096)" 3
spoil disk "$(place "$MNT/d7/file" 0)"
spoil disk "$(place "$MNT/d3/file" 9216)"
agrees "journal: sectors, in areas far behind the first ones" "$T/map"
check "and they are lost" some_lost
check "they cannot be read" reads_fail "$MNT/d2/file" 4096
bad=$(spoilt)
spoil disk "$(place "$MNT/d3/file" 8192)" 2
spoil disk "$(place "$MNT/d4/file" 0)"
# shellcheck disable=SC2086 # one word each
agrees "what is in the journal is not lost with its place" "$T/map" $bad \
	"$(number disk)+$(($(place "$MNT/d4/file" 0) * 512))+512"
check "it can be read" reads "$MNT/d3/file" 8192
check "data are not taken for metadata" has_no_unplaced
no_place_while_bad "a sector of the superblock has no place" disk 41
no_place_while_bad "nor has one of the journal" disk $((40 + 8 + 5))
area=$(awk '!($1 % 32768) { split($3, p, "+"); tags = p[2] / 512 - 8 } END { print tags }' "$T/map")
no_place_while_bad "nor tags between data" disk "$area"
# what needs it cannot be read, if it is not in memory
file=$(at_device "$(awk '!($1 % 32768) { at = $1 } END { print at }' "$T/map")")
# what is in the journal is written to its place first, which fails all of it, too
mend disk "$(place "$MNT/d3/file" 8192)" 2
must umount "$MNT"
dm_remove safe
spoil disk "$area"
dm safe <<<"$TABLE"
mount_fs /dev/mapper/safe
quiet
check "data without tags cannot be read" reads_fail "${file% *}" "${file##* }"
check "others can" reads "$MNT/d5/file" 0
mend disk "$area"
# what cannot be written to its place from the journal takes the target down
loud
must xfs_io -d -c 'pwrite -q 8192 1024' "$MNT/d3/file"
quiet
spoil disk "$(place "$MNT/d3/file" 8192)" 2
size=$(fs_bytes)
must dmsetup suspend safe
must dmsetup resume --noudevsync safe
check "nothing can be read of a target that has failed" reads_fail "$MNT/d5/file" 0
check "all of it is lost" wait_for "$EVENT_TIMEOUT" all_is_lost "$size"
done_with safe

if [[ $LONG ]]; then
	# tags on a disk of their own, behind its first 16 sectors, for blocks of 4 KiB
	SUPER=16 SUPER_DISK=tags
	integrity 16 4 B 3 internal_hash:crc32c block_size:4096 meta_device:/dev/tags
	filesystem /dev/mapper/safe
	map
	quiet
	spoil disk $(($(place "$MNT/d2/file" 4096) + 3)) 2
	spoil disk "$(place "$MNT/d3/file" 131072)" 200
	UNIT=4096 agrees "bitmap: a sector takes its block along" "$T/map"
	check "and it is lost" some_lost
	check "it cannot be read" reads_fail "$MNT/d2/file" 4096 4096
	no_place_while_bad "a sector of the tags has no place" tags 2000
	done_with safe

	SUPER=0 SUPER_DISK=disk
	integrity 0 32 D 1 internal_hash:sha256
	filesystem /dev/mapper/safe
	map
	quiet
	spoil disk "$(place "$MNT/d5/file" 512)" 5
	spoil disk "$(place "$MNT/d8/file" 523776)"
	agrees "neither: sectors in areas of 16 MiB" "$T/map"
	check "and they are lost" some_lost
	check "they cannot be read" reads_fail "$MNT/d5/file" 512
	check "data are not taken for metadata" has_no_unplaced
	done_with safe
fi

# blocks of 4 KiB are encrypted together, from sector 24 on
dm coded <<<"0 $((MIB * 2048)) inlinecrypt aes-xts-plain64 $(printf '%0128d' 7) 0 /dev/disk 24 2 sector_size:4096 iv_large_sectors"
printf '0 %d %s+%d\n' $((MIB << 20)) "$(number disk)" $((24 * 512)) >"$T/map"
filesystem /dev/mapper/coded
quiet
spoil disk $(($(place "$MNT/d2/file" 4096) + 3)) 2
spoil disk "$(place "$MNT/d6/file" 0)" 70
UNIT=4096 agrees "inlinecrypt: a sector takes its block along" "$T/map"
check "and it is lost" some_lost
check "it cannot be read" reads_fail "$MNT/d2/file" 4096 4096
done_with coded
undo_all
check_log 'XFS .*(Log I/O Error|Metadata I/O Error|Shutting down|shut down)|device-mapper: integrity: (Error on|.*Checksum failed)'
end
