#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Metadata of a cache, a thin pool and an array that contradict themselves, or are damaged.
# Two blocks of the cache claim the same block: the one that is read counts. One claims a
# block behind the end. A node of the thin device's mappings is rubbish: what is bad of the
# pool may be anything that the node maps, and no wrong file is named. The array's list of
# bad blocks is rubbish: what md makes of it counts. A superblock that cannot be read has no
# place.
# only: test-all
# group: stack-moving
# timeout: 1500
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/md.bash"

MIB=320
: >"$T/spoilt"

# files_on DEV: one for each allocation group, of 1 MiB
files_on()
{
	mkxfs "$1" -K -l logdev=/dev/pmem0,size=64m
	mount_fs "$1" logdev=/dev/pmem0
	for i in {1..4}; do
		must mkdir "$MNT/d$i"
		must cp /dev/stdin "$MNT/d$i/file" < <(head -c 1048576 /dev/zero | tr '\0' 'x')
	done
	must umount "$MNT"
}

# loses TEXT: what the map says. Which blocks the policy copies to the cache is its own
# affair: of these a copy is degraded.
loses()
{
	local want

	# shellcheck disable=SC2046 # one word each
	want=$(blockmap lost "$MNT" "$T/map" $(spoilt) | grep ^lost)
	wait_for "$EVENT_TIMEOUT" lost_is "$want" || :
	same_lines "$1" "$LEVEL" "$want"
}

# has_lost: something of files
has_lost()
{
	[[ $(md_told) == *lost* ]]
}

fsdax 0
monitor_raw

### a cache: block $twice is in blocks 1 and 2 of it, and block 3 has what is not there

null_disk origin $MIB
null_disk fast 8
null_disk meta 8
files_on /dev/origin
mount_fs /dev/origin logdev=/dev/pmem0
read -r twice once < <(blockmap blocks "$MNT" 65536 | sed -n '4p;12p' | tr '\n' ' ')
must umount "$MNT"
cat >"$T/restore.xml" <<-XML
	<superblock uuid="" block_size="128" nr_cache_blocks="128" policy="smq" hint_width="4">
	<mappings>
	<mapping cache_block="1" origin_block="$twice" dirty="true"/>
	<mapping cache_block="2" origin_block="$twice" dirty="true"/>
	<mapping cache_block="3" origin_block="$((MIB * 16 + 5))" dirty="false"/>
	<mapping cache_block="4" origin_block="$once" dirty="true"/>
	</mappings>
	<hints>
	</hints>
	<discards>
	</discards>
	</superblock>
XML
must cache_restore -i "$T/restore.xml" -o /dev/meta
dm cached <<<"0 $((MIB * 2048)) cache /dev/meta /dev/fast /dev/origin 128 1 writeback smq 2 migration_threshold 0"
mount_fs /dev/mapper/cached logdev=/dev/pmem0
quiet
read -r file at < <(at_device $((twice << 16)))
spoil fast $((3 * 128 + 7)) 1
spoil fast $((1 * 128 + 3)) 1
printf '%d 65536 %s+%d\n' $((twice << 16)) "$(number fast)" $((2 << 16)) $((once << 16)) "$(number fast)" $((4 << 16)) >"$T/map"
loses "a block of the cache that is not read, and one of what is not there"
check "it can be read" reads "$file" $((at + 3 * 512))
must dmsetup suspend --nolockfs cached
must dd if=/dev/meta of="$T/meta" bs=1M iflag=direct status=none
must dmsetup resume --noudevsync cached
must blockmap cachemeta "$T/meta" /dev/fast /dev/origin $((MIB << 20))
diag "in the cache: $(grep " $(number fast)+" <<<"$OUT")"
spoil fast $((2 * 128 + 5)) 2
spoil fast $((4 * 128 + 1)) 2
loses "the block that is read"
check "and it is lost" some_lost
check "it cannot be read" reads_fail "$file" $((at + 5 * 512))
check "the rest of it can" reads "$file" $((at + 3 * 512))
umount_works
dm_remove cached
: >"$T/spoilt"
for disk in origin fast meta; do
	null_remove $disk
done

### a thin device of which a node is rubbish

# nodes: of each leaf of the mappings, the number of its block and its first and last key
nodes()
{
	/usr/bin/python3 -IS -c '
import struct
INTERNAL = 1
with open("/dev/meta", "rb") as file:
    data = file.read()
def walk(block, depth):
    _, flags, _, entries, limit, _, _ = struct.unpack_from("<LLQLLLL", data, block * 4096)
    keys = struct.unpack_from(f"<{entries}Q", data, block * 4096 + 32)
    values = struct.unpack_from(f"<{entries}Q", data, block * 4096 + 32 + 8 * limit)
    if flags & INTERNAL or not depth:
        for value in values:
            walk(value, depth if flags & INTERNAL else 1)
    else:
        print(block, keys[0], keys[-1])
walk(*struct.unpack_from("<Q", data, 320), 0)
'
}

null_disk data 400
null_disk meta 16
must dd if=/dev/zero of=/dev/meta bs=4096 count=1 oflag=direct status=none
pool="0 $((400 * 2048)) thin-pool /dev/meta /dev/data 128 0 1 skip_block_zeroing"
dm pool <<<"$pool"
must dmsetup message pool 0 "create_thin 0"
dm thin <<<"0 $((MIB * 2048)) thin /dev/mapper/pool 0"
# all of it is mapped, so that there are many nodes
must dd if=/dev/zero of=/dev/mapper/thin bs=1M count=$MIB oflag=direct status=none
files_on /dev/mapper/thin
mount_fs /dev/mapper/thin logdev=/dev/pmem0
# a node is of 16 MiB at most, and this one has nothing that is needed to mount it
must xfs_io -f -c 'pwrite -q -b 1m 0 40m' "$MNT/d3/large"
rubbish=$(disk_offset "$MNT/d3/large" $((32 << 20)))
must umount "$MNT"
dm_remove thin
dm_remove pool
must blockdev --flushbufs /dev/meta
read -r node _ < <(nodes | awk -v n=$((rubbish >> 16)) '$2 <= n && n <= $3')
check "there is a node to damage" test "$node"
must thin_dump -o "$T/dump.xml" /dev/meta
must blockmap thin "$T/dump.xml" 0 /dev/data - $((MIB << 20))
printf '%s\n' "$OUT" >"$T/map"
must dd if=/dev/urandom of=/dev/meta bs=4096 seek="$node" count=1 oflag=direct status=none
dm pool <<<"$pool"
dm thin <<<"0 $((MIB * 2048)) thin /dev/mapper/pool 0"
must mount -o ro,logdev=/dev/pmem0 /dev/mapper/thin "$MNT"
at_end unmount_quietly "$MNT"

# data_of POS: sector of the data device
data_of()
{
	awk -v at="$1" '$1 <= at && at < $1 + $2 { split($3, place, "+"); print (place[2] + at - $1) / 512 }' "$T/map"
}

spoil data "$(data_of "$rubbish")" 2
check "a bad sector that the node maps is not passed over" wait_for "$EVENT_TIMEOUT" not_known
diag "$(damage)"
check "and no file is named that is not known to have it" test \
	"$(damage | grep kind=data-lost | grep -vc 'flags=[^ ]*unknown')" == 0
umount_works
dm_remove thin
dm_remove pool
: >"$T/spoilt"
for disk in data meta; do
	null_remove $disk
done

### an array of which a list of bad blocks is rubbish

# fuzz SEED DISK: the list that follows the superblock, in the middle of which there may be
# anything; the superblock says that there is one
fuzz()
{
	must /usr/bin/python3 -IS -c '
import os, random, struct, sys
random.seed(int(sys.argv[1]))
file = os.open(sys.argv[2], os.O_RDWR | os.O_SYNC)
superblock = bytearray(os.pread(file, 4096, 4096))
_, size, offset = struct.unpack_from("<BHl", superblock, 185)
superblock[8] |= 8
struct.pack_into("<L", superblock, 216, 0)
length = 256 + 2 * struct.unpack_from("<L", superblock, 220)[0]
words = struct.unpack_from(f"<{length // 4}L", superblock)
total = sum(words) + (struct.unpack_from("<H", superblock, length - 2)[0] if length % 4 else 0)
struct.pack_into("<L", superblock, 216, (total & 0xffffffff) + (total >> 32))
os.pwrite(file, superblock, 4096)
entries, sector = [], 0
for _ in range(200):
    kind = random.randrange(10)
    if kind < 7:
        sector = random.randrange(4096, 690000)
    elif kind < 9:
        sector += random.randrange(3)
    else:
        sector = random.getrandbits(54)
    entries.append(sector % (1 << 54) << 10 | random.randrange(1, 512))
data = struct.pack(f"<{len(entries)}Q", *entries)
os.pwrite(file, data.ljust(size * 512, b"\xff"), 4096 + offset * 512)
' "$1" "/dev/$2"
}

for disk in one two; do
	null_disk $disk 340
done
md raid1 '' /dev/one /dev/two
files_on "$MD"
must mdadm --quiet --stop "$MD"
for seed in 1 2 3; do
	fuzz $seed one
	if must mdadm --quiet --assemble --run "$MD" /dev/one /dev/two; then
		mount_fs "$MD" logdev=/dev/pmem0,ro
		md_agrees "an array whose list of bad blocks is rubbish, number $seed"
		check "and something is told" test "$(md_told)"
		must umount "$MNT"
		must mdadm --quiet --stop "$MD"
	fi
done
fuzz 4 two
must mdadm --quiet --assemble --run "$MD" /dev/one /dev/two
mount_fs "$MD" logdev=/dev/pmem0,ro
md_agrees "both lists are"
check "and something is lost" has_lost
spoil two 8
check "a sector of the superblock has no place" wait_for "$EVENT_TIMEOUT" has_unplaced
is "and the level is named" "$(unplaced "$(damage | grep ' flags=unresolved,unmapped ')")" \
	"kind=media flags=unresolved,unmapped layer=raid1 metadata origin=$(number two)+4096+512"
umount_works
undo_all
check_log
end
