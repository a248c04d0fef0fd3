#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-writecache on a disk: a bad sector of a block that is in the cache takes the block
# along; what is bad of the origin below it is nothing; of the metadata, it has no place. What is written moves to the cache, which is told within a minute or so.
# Losing the cache loses what is in it. What is expected comes from the entries on the
# suspended device, and FIEMAP.
# group: stack-target
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"

ORIGIN_MIB=340
: >"$T/spoilt"
# the target reads whole blocks
export UNIT=4096

# dump DEV: the map as the entries on the device say it
dump()
{
	must dmsetup suspend --nolockfs wc
	must dd if="$1" of="$T/metadata" bs=64k count=64 iflag=direct status=none
	must dmsetup resume --noudevsync wc
	must blockmap writecache "$T/metadata" "$1" /dev/origin $((ORIGIN_MIB << 20))
	printf '%s\n' "$OUT" >"$T/map"
}

# cached NUMBER DEV: position in the target, and sector of the cache, of a block there
cached()
{
	sed -n "s/^\([0-9]*\) 4096 $(number "$2")+\([0-9]*\)\$/\1 \2/p" "$T/map" |
		awk -v n="$1" 'NR == n { print $1, $2 / 512 }'
}

# overwrite FIRST COUNT: two blocks of each of so many files go to the cache
overwrite()
{
	local i

	for ((i = $1; i < $1 + $2; i++)); do
		must xfs_io -d -c "pwrite -q $((i * 4096)) 4096" -c 'pwrite -q 131072 4096' \
			"$MNT/d$i/file"
	done
	must sync -f "$MNT"
}

null_disk origin $ORIGIN_MIB
null_disk fast 16
fsdax 0
mkxfs /dev/origin -s size=4096 -l logdev=/dev/pmem0,size=64m
mount_fs /dev/origin logdev=/dev/pmem0
for i in {1..40}; do
	must mkdir "$MNT/d$i"
	must cp /dev/stdin "$MNT/d$i/file" < <(head -c 262144 /dev/zero | tr '\0' 'x')
done
must umount "$MNT"

dm wc <<<"0 $((ORIGIN_MIB * 2048)) writecache s /dev/origin /dev/fast 4096 2 writeback_jobs 1"
mount_fs /dev/mapper/wc logdev=/dev/pmem0
overwrite 1 30
quiet
dump /dev/fast
monitor_raw
check "there is something in the cache" test "$(cached 50 fast)"

read -r pos sector < <(cached 10 fast)
spoil fast $((sector + 3))
agrees "a sector of the cache takes its block along" "$T/map"
read -r file at < <(at_device "$pos")
check "the block cannot be read" reads_fail "$file" "$at" 4096
read -r pos sector < <(cached 20 fast)
spoil origin $((pos / 512 + 1))
agrees "below a block that is in the cache the origin is of no interest" "$T/map"
read -r file at < <(at_device "$pos")
check "and it can be read" reads "$file" "$at" 4096
where=$(disk_offset "$MNT/d35/file" 8192)
spoil origin $((where / 512 + 2)) 9
agrees "what is on the origin only is lost there" "$T/map"
spoil fast 32000 8
read -r pos sector < <(cached 30 fast)
spoil fast $((sector + 7)) 2
agrees "free blocks; and a range over the end of a block" "$T/map"

no_place "a sector of the metadata has no place" "writecache metadata" fast 16

# what is bad of the origin is in the cache now, and nobody reports that
loud
must xfs_io -d -c 'pwrite -q 8192 8192' "$MNT/d35/file"
sed -i "/^origin $((where / 512 + 2)) 9\$/d" "$T/spoilt"
EVENT_TIMEOUT=150 agrees "what is written over is in the cache, and no longer lost" "$T/map"

null_good origin $((where / 512 + 2)) 9
while read -r disk sector count; do
	mend "$disk" "$sector" "$count"
done < <(cat "$T/spoilt")
agrees "all is good again" "$T/map"

# nothing is to be written any more
dump /dev/fast
must umount "$MNT"
mount_fs /dev/mapper/wc logdev=/dev/pmem0,ro
dump /dev/fast
want=$(blockmap lost "$MNT" "$T/map" "$(number fast)+0+$((1 << 40))")
check "there is something to lose" test "$(grep -c ^lost <<<"$want")" -ge 50
must null_off fast
wait_for "$EVENT_TIMEOUT" level_is "$want" || :
same_lines "the cache is gone: exactly what is in it is lost" \
	"$(blockmap told "$T/list.json")" "$want"
umount_works
undo_all
check_log 'lost async page write|[Ss]hutting down filesystem'
end
