#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A filesystem of three devices: data, an external log, and a realtime device
# with groups and their own reverse map. Needs a newer xfsprogs than Debian 12
# has: scripts/fetch-testing gets it.
# run: --nvdimm 1G --nvdimm 1G --nvdimm 1G
. "$(dirname "$0")/lib.sh"

MKFS=$FSERROR_BUILD/xfsprogs/bin/mkfs.xfs
OPTIONS=dax=always,logdev=/dev/pmem1,rtdev=/dev/pmem2

if [[ ! -x $MKFS ]]; then
	not_ok "set-up: a newer xfsprogs" "$MKFS is not there: scripts/fetch-testing gets it"
	end
fi
fsdax 0
fsdax 1
fsdax 2
must "$MKFS" -q -f -m rmapbt=1,metadir=1 -d agcount=4 \
	-l logdev=/dev/pmem1,size=64m -r rtdev=/dev/pmem2,rgcount=4 /dev/pmem0
mount_fs /dev/pmem0 "$OPTIONS"
must xfs_io -f -c "chattr +r" -c "pwrite -q 0 65536" -c fsync "$MNT/rt"
must xfs_io -f -c "chattr +r" -c "pwrite -q 0 65536" -c fsync "$MNT/cold"
must cp --reflink=never "$MNT/rt" "$MNT/data"
rt_at=$(disk_offset "$MNT/rt" 12288)
cold_at=$(disk_offset "$MNT/cold" 40960)
cold=$(data_lost "$MNT/cold" 40960 512 machine-check realtime /dev/pmem2)
remount /dev/pmem0 "$OPTIONS"
must stat "$MNT/rt"
watch

mce_dev /dev/pmem2 "$rt_at"
rt=$(data_lost "$MNT/rt" 12288 512 machine-check realtime /dev/pmem2)
expect "a file on the realtime device" "$rt"
mce_dev /dev/pmem2 "$cold_at"
expect "one that is not in the cache" "$cold"
level "the level says the same" "$rt" "$cold"
# the same bytes of the data device are not theirs
mce_file "$MNT/data" 4096
data=$(data_lost "$MNT/data" 4096 512)
expect "a file on the data device" "$data"

save_page /dev/pmem1 1048576 "$T/page"
mce_dev /dev/pmem1 1048576
log=$(metadata log /dev/pmem1 1048576 512)
expect "the external log" "$log"
level "the level has all of them" "$rt" "$cold" "$data" "$log"
mce_dev /dev/pmem1 $((100 * 1048576))
nothing "beyond the end of the log nobody lives"
restore_page /dev/pmem1 1048576 "$T/page"
expect "the log is cleared" \
	"$(cleared "$log")"

must fserror-inject --device /dev/pmem2 madvise "$MNT/rt" 32768
is "a mapped page of the realtime device: SIGBUS" "$OUT" \
	$'SIGNAL=SIGBUS\nCODE=BUS_MCEERR_AR\nLSB=12'
expect "and one event" "$(data_lost "$MNT/rt" 32768 4096 machine-check realtime /dev/pmem2)"
nothing "and not two"

heal_file "$MNT/rt" 12288
expect "a write clears it" "$(data_cleared "$MNT/rt" 12288 512 "" /dev/pmem2)"

alive
finish
