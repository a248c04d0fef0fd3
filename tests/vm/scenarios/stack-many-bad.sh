#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Very many bad ranges below targets that do not keep the order of their device: the
# exceptions of a snapshot, and the blocks of a thin device, lie in random order on a
# device of which every second 4 KiB are bad, about 8000 times. All of it is told within a
# minute, and nothing else. What is expected comes from the exceptions on the COW device,
# from thin_dump(8), and from FIEMAP.
# group: stack-target
# timeout: 1800
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"

MIB=340
# of the device in two stripes, and the unit of these
LOWER=64
UNIT=4096
EXCEPTIONS=8192
: >"$T/spoilt"

# to_legs FILE: the map, with the stripes instead of the striped device
to_legs()
{
	awk -v dev="$(number /dev/mapper/lower)" -v unit=$UNIT \
		-v leg0="$(number lega)" -v leg1="$(number legb)" '{
		split($3, place, "+")
		if (place[1] != dev) { print; next }
		for (at = 0; at < $2; at += unit) {
			nr = (place[2] + at) / unit
			print $1 + at, unit, (nr % 2 ? leg1 : leg0) "+" int(nr / 2) * unit
		} }' "$1"
}

# make_snapshot: a COW device with exceptions for blocks of files, in random order
make_snapshot()
{
	python3 - /dev/orig /dev/mapper/lower "$T/blocks" "$UNIT" "$EXCEPTIONS" <<'END'
import os, random, struct, sys

origin, cow = (os.open(name, os.O_RDWR) for name in sys.argv[1:3])
chunk, count = (int(word) for word in sys.argv[4:])
per_area = chunk // 16
with open(sys.argv[3], encoding="ascii") as file:
    old = [int(line) for line in file]
random.seed(10)
random.shuffle(old)
del old[count:]
assert len(old) == count
# one chunk in front of so many is one with exceptions
last = os.lseek(cow, 0, os.SEEK_END) // chunk
new = random.sample([nr for nr in range(2, last) if (nr - 1) % (per_area + 1)], count)
os.pwrite(cow, struct.pack("<4L", 0x70416E53, 1, 1, chunk // 512), 0)
for first in range(0, count, per_area):
    pairs = zip(old[first:first + per_area], new[first:first + per_area])
    area = b"".join(struct.pack("<QQ", *pair) for pair in pairs)
    os.pwrite(cow, area, (1 + (per_area + 1) * (first // per_area)) * chunk)
for source, target in zip(old, new):
    os.pwrite(cow, os.pread(origin, chunk, source * chunk), target * chunk)
os.fsync(cow)
END
}

# many_bad TEXT FROM: every second unit of the lower device from byte FROM on is bad
many_bad()
{
	local text=$1 first=$(($2 / 2 / 512)) count want

	count=$((LOWER * 1024 - first))
	want=$(blockmap lost "$MNT" "$T/map" "$(number lega)+$((first * 512))+$((count * 512))")
	diag "$((count * 512 / UNIT)) bad ranges, $(wc -l <<<"$want") lost"
	spoil lega "$first" "$count"
	wait_for "$EVENT_TIMEOUT" level_is "$want" || :
	same_lines "$text: within a minute" "$LEVEL" "$want"
	check "$text: files have lost something" some_lost
	mend_all
	check "$text: and all is good again" wait_for "$EVENT_TIMEOUT" level_is ""
}

null_disk orig $MIB
null_disk lega $((LOWER / 2))
null_disk legb $((LOWER / 2))
fsdax 0
dm lower <<<"0 $((LOWER * 2048)) striped 2 $((UNIT / 512)) /dev/lega 0 /dev/legb 0"

mkxfs /dev/orig -l logdev=/dev/pmem0,size=64m
mount_fs /dev/orig logdev=/dev/pmem0
fill_files 8 5
must blockmap blocks "$MNT" $UNIT
printf '%s\n' "$OUT" >"$T/blocks"
must umount "$MNT"
must make_snapshot
dm snap <<<"0 $((MIB * 2048)) snapshot /dev/orig /dev/mapper/lower P $((UNIT / 512))"
# nothing is written, so there are no more exceptions than these
mount_fs /dev/mapper/snap ro,logdev=/dev/pmem0
must dd if=/dev/mapper/lower of="$T/lower" bs=1M iflag=direct status=none
must blockmap snapshot "$T/lower" /dev/mapper/lower /dev/orig $((MIB << 20))
printf '%s\n' "$OUT" >"$T/whole"
to_legs "$T/whole" >"$T/map"
# the header and the first exceptions stay good
many_bad "snapshot" $((1 << 20))
check "nothing is left of metadata" wait_for "$EVENT_TIMEOUT" has_no_unplaced
must umount "$MNT"
dm_remove snap

# Metadata of the filesystem are in the first blocks of the pool, data behind.
null_disk meta 16
dm pool <<<"0 $((LOWER * 2048)) thin-pool /dev/meta /dev/mapper/lower 128 0 1 skip_block_zeroing"
must dmsetup message pool 0 "create_thin 0"
dm thin <<<"0 $((MIB * 2048)) thin /dev/mapper/pool 0"
mkxfs /dev/mapper/thin -l logdev=/dev/pmem0,size=64m
mount_fs /dev/mapper/thin logdev=/dev/pmem0
for i in {1..6}; do
	must mkdir "$MNT/d$i"
	must xfs_io -f -c 'falloc 0 4m' "$MNT/d$i/file"
done
must sync -f "$MNT"
first=$(dmsetup status pool | awk '{ split($6, used, "/"); print used[1] }')
for round in 5 2 7 0 4 6 1 3; do
	for i in 3 6 1 5 2 4; do
		commands=()
		for at in 3 0 5 1 7 2 6 4; do
			commands+=(-c "pwrite -q -b 64k $(((at * 8 + round) * 65536)) 64k" -c fsync)
		done
		must xfs_io -d "${commands[@]}" "$MNT/d$i/file"
	done
done
quiet
must dmsetup suspend --nolockfs thin
must dmsetup suspend pool
must dd if=/dev/meta of="$T/meta" bs=1M iflag=direct status=none
must thin_dump -o "$T/dump.xml" "$T/meta"
must dmsetup resume --noudevsync pool
must dmsetup resume --noudevsync thin
must blockmap thin "$T/dump.xml" 0 /dev/mapper/lower - $((MIB << 20))
printf '%s\n' "$OUT" >"$T/whole"
to_legs "$T/whole" >"$T/map"
many_bad "thin" $((first * 65536))

umount_works
undo_all
check_log
end
