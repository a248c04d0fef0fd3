#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The slot of the NVMe disk that a volume has its cache on loses power, with dirty blocks of
# many files: exactly these are lost, and the rest can be read. So for a cache, and for a
# writecache.
# only: test-all
# run: --native-hotplug --nvme first=100M --nvme second=100M
# timeout: 1200
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
FILES=600
. "$(dirname "$0")/lvm-cache.bash"

# vanishes: $DISK, and the kernel is told to look at it. Blocks of the tree that says whose
# what is may be in the cache alone, too: XFS is to have it in memory, or nobody could tell.
vanishes()
{
	must xfs_io -c fsmap "$MNT"
	lose_power
	must attribute "$DEVICE/remove" 1
	check "it goes" test ! -e "/sys/block/$DISK"
}

# loses TEXT CACHE ORIGIN: what is in the cache alone
loses()
{
	cache_goes "$1: " "$2" "$3" 450 "$MNT/d39/f599" vanishes
	must lvm_run vgreduce --removemissing --force vg
	# what LVM could not drop went with what is missing
	! lvm_run lvs vg/data >"$T/lvs" 2>&1 || lvm_ lvremove -ff -y vg/data
}

# volume: a new one, with files, and $DISK is in the group
volume()
{
	named_disk "$1"
	must wipefs -q -a "/dev/$DISK"
	lvm_ pvcreate -ff -y "/dev/$DISK"
	lvm_ vgextend vg "/dev/$DISK"
	lvm_ lvcreate -y -Wn -Zn -n data -L "${MIB}M" vg /dev/slow
	files
}

null_disk slow $((MIB + 40))
fsdax 0
new_vg /dev/slow
at_end lvm_run vgreduce --removemissing --force vg
monitor_raw

volume first
lvm_ lvcreate -y -an -Wn -Zn -n vol -L 64M vg "/dev/$DISK"
lvm_ lvconvert -y --type cache --cachevol vg/vol --cachemode writeback -c 32k vg/data
must dmsetup message vg-data 0 migration_threshold 0
mount_data
overwrite 0 1 500
quiet
map_of cachemeta vg-vol_cvol-cmeta vg-vol_cvol-cdata vg-data_corig
loses cache vg-vol_cvol-cdata vg-data_corig

MKFS=(-s size=4096)
META_MIB=4
volume second
lvm_ lvcreate -y -an -Wn -Zn -n vol -L 64M vg "/dev/$DISK"
lvm_ lvconvert -y --type writecache --cachevol vg/vol \
	--cachesettings 'block_size=4096 high_watermark=100 low_watermark=99' vg/data
mount_data
overwrite 0 1 500
quiet
map_of writecache vg-vol_cvol vg-vol_cvol vg-data_wcorig
UNIT=4096 loses writecache vg-vol_cvol vg-data_wcorig
undo_all
check_log
end
