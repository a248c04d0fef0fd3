#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-snapshot, with a filesystem on the snapshot that is written to: what has an exception
# is lost with the COW device, and what is bad of the origin below it is nothing; what has
# none is lost with the origin. A bad sector of the metadata has no place, and data between
# the metadata have theirs, however many areas there are. A write to the origin makes
# exceptions. A snapshot that has become invalid is lost. What is expected comes from the
# exceptions on the COW device, and FIEMAP.
# group: stack-target
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"

MIB=340
CHUNK=16		# sectors
COW=cow
: >"$T/spoilt"

# dump: the map as the exceptions say it
dump()
{
	must dmsetup suspend --nolockfs snap
	# some of it is bad
	dd if="/dev/$COW" of="$T/cow" bs=8192 iflag=direct conv=noerror,sync status=none 2>"$T/dd.err"
	must dmsetup resume --noudevsync snap
	must blockmap snapshot "$T/cow" "/dev/$COW" /dev/orig $((MIB << 20))
	printf '%s\n' "$OUT" >"$T/map"
}

# cow_of FILE OFFSET: sector of the COW device, or nothing
cow_of()
{
	local at

	at=$(disk_offset "$1" "$2")
	awk -v at="$at" -v cow="$(number $COW)" '$1 <= at && at < $1 + $2 {
		split($3, place, "+")
		if (place[1] == cow) print (place[2] + at - $1) / 512 }' "$T/map"
}

null_disk orig $MIB
null_disk cow 32
fsdax 0
mkxfs /dev/orig -l logdev=/dev/pmem0,size=64m
mount_fs /dev/orig logdev=/dev/pmem0
for i in {1..20}; do
	must mkdir "$MNT/d$i"
	must cp /dev/stdin "$MNT/d$i/file" < <(head -c 262144 /dev/zero | tr '\0' 'x')
done
must umount "$MNT"

# the origin is opened to be read, and then, in the other place, to be written, too
check_fails "a snapshot that has its own origin for a COW device is refused" "failed" \
	dmsetup create twice --noudevsync --table "0 $((MIB * 2048)) snapshot /dev/orig /dev/orig P $CHUNK"
dm real <<<"0 $((MIB * 2048)) snapshot-origin /dev/orig"
dm snap <<<"0 $((MIB * 2048)) snapshot /dev/orig /dev/cow P $CHUNK"
mount_fs /dev/mapper/snap logdev=/dev/pmem0
for i in {1..10}; do
	must xfs_io -d -c 'pwrite -q 65536 8192' -c "pwrite -q $((i * 8192)) 4096" "$MNT/d$i/file"
done
quiet
dump
monitor_raw

sector=$(cow_of "$MNT/d3/file" 69632)
check "what was written to has an exception" test "$sector"
spoil cow $((sector + 2)) 3
agrees "a sector of the COW device" "$T/map"
check "it cannot be read" reads_fail "$MNT/d3/file" $((69632 + 1024))
spoil orig $(($(disk_offset "$MNT/d4/file" 65536) / 512 + 1)) 2
agrees "below an exception the origin is of no interest" "$T/map"
check "and it can be read" reads "$MNT/d4/file" $((65536 + 512))
spoil orig $(($(disk_offset "$MNT/d15/file" 0) / 512 - 3)) 40
agrees "what has no exception is lost with the origin" "$T/map"
spoil cow $((63 * 1024))
spoil cow $((sector + 2 * CHUNK)) $((2 * CHUNK + 1))
agrees "free chunks; and over the end of several" "$T/map"

no_place "a sector of the metadata has no place" "snapshot metadata" cow $((CHUNK + 1))
agrees "and the rest of them had theirs" "$T/map"

# the origin is written, so that the chunk is copied before
at=$(disk_offset "$MNT/d16/file" 131072)
spoil orig $((at / 512 + CHUNK + 1))
agrees "a sector of the origin" "$T/map"
# that sector cannot be copied, but the chunk behind it can be
must dd if=/dev/zero of=/dev/mapper/real bs=8192 seek=$((at / 8192)) count=1 oflag=direct conv=notrunc status=none
dump
check "the chunk has an exception now" test "$(cow_of "$MNT/d16/file" 131072)"
spoil cow "$(cow_of "$MNT/d16/file" 131072)"
agrees "and is lost with the COW device" "$T/map"

mend_all
agrees "all is good again" "$T/map"
must umount "$MNT"
dm_remove snap

# Chunks of a sector: an area of metadata has 32 exceptions.
CHUNK=1
COW=small
null_disk small 4
dm snap <<<"0 $((MIB * 2048)) snapshot /dev/orig /dev/small P $CHUNK"
mount_fs /dev/mapper/snap logdev=/dev/pmem0
for i in {1..6}; do
	must xfs_io -d -c 'pwrite -q -b 256k 0 256k' "$MNT/d$i/file"
done
quiet
dump
spoil small $((1 + 33 * 60 + 5))
agrees "data behind 60 areas of metadata" "$T/map"
check "and they are lost" some_lost
check "but no metadata are" has_no_unplaced
no_place "a sector of the 61st area" "snapshot metadata" small $((1 + 33 * 60))
check "which is all, when it is good" wait_for "$EVENT_TIMEOUT" has_no_unplaced
mend_all
agrees "all is good once more" "$T/map"

# There is no room for what the origin is about to lose. It looks for the size of the chunks
# when it is resumed, as lvm does.
must dmsetup suspend real
must dmsetup resume --noudevsync real
must dd if=/dev/zero of=/dev/mapper/real bs=1M seek=200 count=8 oflag=direct conv=notrunc status=none
check "there was no room for an exception" grep -q Invalid <(dmsetup status snap)
check "nothing can be read of an invalid snapshot" reads_fail "$MNT/d1/file" 0
check "all of it is lost, although nothing is bad below" \
	wait_for "$EVENT_TIMEOUT" all_is_lost $((MIB << 20))

umount_works
undo_all
check_log 'XFS .*(Metadata I/O Error|Shutting down|shut down)'
end
