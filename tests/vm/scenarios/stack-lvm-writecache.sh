#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A volume with a writecache, as lvconvert makes it: what is in the cache is lost with the
# cache, what is not with the origin. It is split off in an orderly way and loses nothing;
# when the cache goes with blocks of many files, exactly these are lost, and stay known when
# it is dropped by force. What is expected comes from the entries on the suspended
# device, and FIEMAP.
# only: test-all
# group: stack-moving
# timeout: 1500
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
FILES=1200
. "$(dirname "$0")/lvm-cache.bash"
META_MIB=4

# attach SIZE: a writecache, which writes nothing back by itself
attach()
{
	lvm_ lvcreate -y -an -Wn -Zn -n vol -L "$1" vg /dev/fast
	lvm_ lvconvert -y --type writecache --cachevol vg/vol \
		--cachesettings 'block_size=4096 high_watermark=100 low_watermark=99 autocommit_blocks=64 autocommit_time=500' vg/data
	mount_data
}

wc_map()
{
	map_of writecache vg-vol_cvol vg-vol_cvol vg-data_wcorig
}

# the target reads whole blocks
export UNIT=4096
null_disk slow $((MIB + 40))
null_disk fast 120
fsdax 0
new_vg /dev/slow /dev/fast
at_end lvm_run vgreduce --removemissing --force vg
lvm_ lvcreate -y -Wn -Zn -n data -L "${MIB}M" vg /dev/slow
MKFS=(-s size=4096)
files
monitor_raw

attach 32M
overwrite 0 2 200
quiet
wc_map
check "what was overwritten is in the cache" test "$(cached 1 vg-vol_cvol 50)"
bad=()
read -r pos at < <(cached 1 vg-vol_cvol 30)
spoil_at vg-vol_cvol $((at + 1024))
agrees "a sector of the cache takes its block along" "$T/map" "${bad[@]}"
check "and it is lost" some_lost
read -r file offset < <(at_device "$pos")
check "it cannot be read" reads_fail "$file" "$offset" 4096
read -r pos at < <(cached 1 vg-vol_cvol 40)
spoil_at vg-data_wcorig $((pos + 512)) 2
spoil_at vg-data_wcorig "$(disk_offset "$MNT/d39/f1199" 8192)" 9
agrees "of the origin what is not in the cache is lost" "$T/map" "${bad[@]}"
read -r file offset < <(at_device "$pos")
check "what is in it can be read" reads "$file" "$offset" 4096
metadata_no_place writecache vg-vol_cvol 8192
all_good
lvm_ lvconvert -y --splitcache vg/data
nothing "it is split off, and nothing was lost"
must umount "$MNT"
lvm_ lvremove -ff -y vg/vol

attach 96M
overwrite 0 1 1000
quiet
wc_map
cache_goes "" vg-vol_cvol vg-data_wcorig 950 "$MNT/d39/f1199" must null_off fast
undo_all
check_log
end
