#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A volume with a cache, as lvcreate and lvconvert make it: a pool that writes back, and a
# cache volume that is written through, and passed through. A sector of a dirty block is
# lost, of a clean one or of the origin below it a copy is bad, below a dirty block it is
# nothing. What is taken away in an orderly way loses nothing; and if the cache goes with
# thousands of dirty blocks of as many files, exactly these are lost, and stay known when
# the cache is dropped by force. What is expected comes from the metadata of the
# suspended device, which the test reads by itself, and FIEMAP.
# only: test-all
# group: stack-moving
# timeout: 1800
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
FILES=240
. "$(dirname "$0")/lvm-cache.bash"

# attach SIZE OPTION...: a pool, which neither fills nor empties itself
attach()
{
	lvm_ lvcreate -y --type cache -n pool -L "$1" -c 32k --poolmetadatasize 8M "${@:2}" vg/data /dev/fast
	must dmsetup message vg-data 0 migration_threshold 0
	mount_data
}

pool_map()
{
	map_of cachemeta vg-pool_cpool_cmeta vg-pool_cpool_cdata vg-data_corig
}

null_disk slow $((MIB + 40))
null_disk fast 200
fsdax 0
new_vg /dev/slow /dev/fast
at_end lvm_run vgreduce --removemissing --force vg
lvm_ lvcreate -y -Wn -Zn -n data -L "${MIB}M" vg /dev/slow
files
monitor_raw

### a pool that writes back; it is taken away in an orderly way
attach 16M --cachemode writeback
overwrite 0 2 100
pool_map
check "what was overwritten is dirty" test "$(cached 1 vg-pool_cpool_cdata 20)"
bad=()
read -r pos at < <(cached 1 vg-pool_cpool_cdata 10)
spoil_at vg-pool_cpool_cdata $((at + 4096))
agrees "a sector of a dirty block is lost" "$T/map" "${bad[@]}"
check "and it is one" some_lost
read -r file offset < <(at_device $((pos + 4096)))
check "it cannot be read" reads_fail "$file" "$offset"
spoil_at vg-data_corig $((pos + 8192))
agrees "below it the origin is of no interest" "$T/map" "${bad[@]}"
read -r file offset < <(at_device $((pos + 8192)))
check "it can be read" reads "$file" "$offset"
spoil_at vg-data_corig "$(disk_offset "$MNT/d39/f239" 8192)" 3
agrees "what is not in the cache is lost with the origin" "$T/map" "${bad[@]}"
all_good
agrees "all is good again" "$T/map"
# written back, and still in the cache
must umount "$MNT"
lvm_ lvchange --cachepolicy cleaner vg/data
clean()
{
	[[ $(dmsetup status vg-data | awk '{ print $14 }') == 0 ]]
}
check "the cleaner writes all of it back" wait_for 60 clean
lvm_ lvchange --cachepolicy smq vg/data
must dmsetup message vg-data 0 migration_threshold 0
mount_data
pool_map
check "now it is clean" test "$(cached 2 vg-pool_cpool_cdata 20)"
read -r pos at < <(cached 2 vg-pool_cpool_cdata 10)
spoil_at vg-pool_cpool_cdata $((at + 4096))
agrees "of a clean block a copy is bad" "$T/map" "${bad[@]}"
check "and it is one" some_degraded
read -r file offset < <(at_device $((pos + 4096)))
check "the origin is read" reads "$file" "$offset"
spoil_at vg-data_corig $((pos + 12288)) 2
agrees "or the other" "$T/map" "${bad[@]}"
spoil_at vg-data_corig $((pos + 4096)) 2
agrees "both are lost" "$T/map" "${bad[@]}"
check "and something is" some_lost
check "it cannot be read" reads_fail "$file" "$offset"
all_good
quiet
metadata_no_place cache vg-pool_cpool_cmeta 65536
lvm_ lvconvert -y --splitcache vg/data
nothing "it is split off, and nothing was lost"
must umount "$MNT"
lvm_ lvremove -ff -y vg/pool

### a volume that is written through, and then passed through
lvm_ lvcreate -y -Wn -Zn -n vol -L 24M vg /dev/fast
lvm_ lvconvert -y --type cache --cachevol vg/vol --cachemode writethrough -c 32k vg/data
mount_data
for i in {1..3}; do
	overwrite 0 2 100
	must cat "$MNT"/d{0..20}/f? >/dev/null
done
map_of cachemeta vg-vol_cvol-cmeta vg-vol_cvol-cdata vg-data_corig
bad=()
# of a file that nobody has touched
spoil_at vg-data_corig "$(disk_offset "$MNT/d39/f239" 16384)"
# which blocks are cached is the policy's: one that holds data of a file, if there is one
while read -r pos at; do
	[[ ! $(at_device "$pos") ]] || break
done < <(cached 2 vg-vol_cvol-cdata '1,40')
diag "in the cache: ${pos:-nothing}"
if [[ $pos ]]; then
	spoil_at vg-vol_cvol-cdata $((at + 512))
	spoil_at vg-data_corig $((pos + 2048))
fi
agrees "written through: nothing is in the cache alone" "$T/map" "${bad[@]}"
check "and what is not there at all is lost" some_lost
must umount "$MNT"
lvm_ lvchange -y --cachemode passthrough vg/data
mount_data
printf '0 %d %s+0\n' $((MIB << 20)) "$(number /dev/mapper/vg-data_corig)" >"$T/map"
agrees "passed through: the origin is all there is" "$T/map" "${bad[@]}"
all_good
must umount "$MNT"
lvm_ lvconvert -y --uncache vg/data

### the cache goes with what is dirty
FILES=2400
files
lvm_ lvcreate -y -Wn -Zn -n vol -L 160M vg /dev/fast
lvm_ lvconvert -y --type cache --cachevol vg/vol --cachemode writeback -c 32k vg/data
must dmsetup message vg-data 0 migration_threshold 0
mount_data
overwrite 0 1 2000
quiet
map_of cachemeta vg-vol_cvol-cmeta vg-vol_cvol-cdata vg-data_corig
cache_goes "" vg-vol_cvol-cdata vg-data_corig 1900 "$MNT/d39/f2399" must null_off fast
undo_all
check_log
end
