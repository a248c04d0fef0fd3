#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-thin: a bad sector of the pool is that of the files that have it, in the thin device
# and in its snapshot; of a free block it is nothing, of the metadata it has no place. Who
# writes over a shared block gets rid of it, the snapshot does not. A block that is not
# provisioned is on the external origin. What is expected comes from thin_dump(8) of
# suspended devices, and FIEMAP.
# group: stack-target
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"

MIB=340
BLOCK=128		# sectors
: >"$T/spoilt"

# dump NAME ID ORIGIN: the map of a thin device
dump()
{
	thin_map "$@" $MIB
}

# data_of FILE OFFSET: sector of the data device
data_of()
{
	awk -v at="$(disk_offset "$1" "$2")" -v data="$(number data)" '$1 <= at && at < $1 + $2 {
		split($3, place, "+")
		if (place[1] == data) print (place[2] + at - $1) / 512 }' "$T/map"
}

null_disk data 500
null_disk meta 16
must dd if=/dev/zero of=/dev/meta bs=4096 count=1 oflag=direct status=none
dm pool <<<"0 $((500 * 2048)) thin-pool /dev/meta /dev/data $BLOCK 0 1 skip_block_zeroing"
must dmsetup message pool 0 "create_thin 0"
dm thin <<<"0 $((MIB * 2048)) thin /dev/mapper/pool 0"
mkxfs /dev/mapper/thin
mount_fs /dev/mapper/thin
# whole blocks, of which some lie elsewhere in the pool than the order of files says
for i in 9 3 7 1 5 2 8 4 6; do
	must mkdir "$MNT/d$i"
	must cp /dev/stdin "$MNT/d$i/file" < <(head -c 524288 /dev/zero | tr '\0' 'x')
	must sync -f "$MNT"
done
must dmsetup suspend thin
must dmsetup message pool 0 "create_snap 1 0"
must dmsetup resume --noudevsync thin
must xfs_io -d -c 'pwrite -q 0 262144' "$MNT/d5/file"
quiet
dump thin 0 -
monitor_raw

own=$(data_of "$MNT/d5/file" 131072)
shared=$(data_of "$MNT/d7/file" 131072)
spoil data "$own" 3
agrees "a sector of a block of its own" "$T/map"
check "and it is lost" grep -q ^lost <(level_map)
check "it cannot be read" reads_fail "$MNT/d5/file" 131072
spoil data "$shared" 5
spoil data $((499 * 2048)) 9
agrees "a shared block, and a free one" "$T/map"
spoil data $(($(data_of "$MNT/d3/file" 131072) - 3)) $((3 * BLOCK))
agrees "several blocks in a row" "$T/map"

no_place "a sector of the metadata has no place" "thin-pool metadata" meta 80

# what is written as a whole gets a block of its own
loud
at=$(disk_offset "$MNT/d7/file" 131072)
skip=$(((131072 - at % (BLOCK * 512) + BLOCK * 512) / 4096))
must xfs_io -d -c "pwrite -q -b 65536 $(((skip - 16) * 4096)) 65536" -c "pwrite -q -b 65536 $((skip * 4096)) 65536" "$MNT/d7/file"
must sync -f "$MNT"
cp "$T/spoilt" "$T/kept"
sed -i "/^data $shared 5\$/d" "$T/spoilt"
EVENT_TIMEOUT=150 agrees "what is written over is elsewhere, and no longer lost" "$T/map"
cp "$T/kept" "$T/spoilt"
dump thin 0 -
agrees "and the metadata say so" "$T/map"
must umount "$MNT"

dm snap <<<"0 $((MIB * 2048)) thin /dev/mapper/pool 1"
mount_fs /dev/mapper/snap ro,nouuid
dump snap 1 -
agrees "the snapshot has the old block" "$T/map"
check "and what it shares is lost" grep -q ^lost <(level_map)
must umount "$MNT"
while read -r disk sector count; do
	mend "$disk" "$sector" "$count"
done < <(cat "$T/spoilt")

# an external origin
null_disk ext $MIB
mkxfs /dev/ext
mount_fs /dev/ext
fill_files 1 4
must umount "$MNT"
must dmsetup message pool 0 "create_thin 2"
dm onext <<<"0 $((MIB * 2048)) thin /dev/mapper/pool 2 /dev/ext"
mount_fs /dev/mapper/onext
must xfs_io -d -c 'pwrite -q 0 262144' "$MNT/d2/file"
must sync -f "$MNT"
dump onext 2 /dev/ext
spoil ext $(($(disk_offset "$MNT/d2/file" 131072) / 512)) 4
spoil ext $(($(disk_offset "$MNT/d3/file" 131072) / 512)) 4
spoil data $(($(data_of "$MNT/d2/file" 65536) + 1)) 2
agrees "an external origin, where it is used and where it is not" "$T/map"
check "what is provisioned can be read" reads "$MNT/d2/file" 131072
check "what is not cannot" reads_fail "$MNT/d3/file" 131072
mend_all
quiet

# metadata that can be neither written nor read again: the pool fails all I/O
spoil meta 0 $((16 * 2048))
dmsetup message pool 0 "create_thin 3" 2>/dev/null
must wait_for 30 target_fails pool
mend_all
check "nothing can be read of a pool that has failed" reads_fail "$MNT/d2/file" 0
check "all of a thin device is lost, although nothing is bad below" \
	wait_for "$EVENT_TIMEOUT" all_is_lost $((MIB << 20))
umount_works
undo_all
check_log
end
