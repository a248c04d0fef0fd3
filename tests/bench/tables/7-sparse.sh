#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: One bad sector in 100 TiB of 4 KiB stripes
# timeout: 600
. "$FSERROR_TOP/tests/bench/guest/lib.bash"
. "$FSERROR_TOP/tests/vm/scenarios/disks.bash"

# Each of the two legs is 50 TiB: the first GiB is an NVDIMM, the rest a disk that holds
# what was written to it in memory, which is little.
LEG=$((50 << 31))
for leg in 0 1; do
	fsdax $leg
	null_disk "sparse$leg" $((50 << 20))
	first=$(sectors /dev/pmem$leg)
	dm leg$leg <<-TABLE
		0 $first linear /dev/pmem$leg 0
		$first $((LEG - first)) linear /dev/sparse$leg 0
	TABLE
done
dm wide <<<"0 $((LEG * 2)) striped 2 8 /dev/mapper/leg0 0 /dev/mapper/leg1 0"
must mkfs.xfs -q -f -K -m rmapbt=1 -l size=256m /dev/mapper/wide
mount_fs /dev/mapper/wide
must xfs_io -f -c "pwrite -q 0 1m" -c fsync "$MNT/file"
begin=$(clock)
mce_file "$MNT/file" 65536
owned 1
figure "one bad sector" "injected and in damage-get" ms "$(ms $(($(clock) - begin)))"
for ((round = 0; round < ROUNDS * 4; round++)); do
	timed "one bad sector" "damage-get" damage
	timed "one bad sector" "damage-get, ranges" damage ranges
done
size=$(blockdev --getsize64 /dev/mapper/wide)
timed "one bad sector" "GETFSMAP of everything" getfsmap "$MNT" 0 "$size"
heal_file "$MNT/file" 65536
measured
