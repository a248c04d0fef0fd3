#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: A bad range with many pieces, of a thousand owners that take turns
# run: --nvdimm 2G --nvdimm 5G --memory 3G
# timeout: 3000
. "$FSERROR_TOP/tests/bench/guest/lib.bash"

# The range is all of the realtime device, so that the metadata can be read; it goes bad
# when its table becomes an error target.
MKFS=$FSERROR_BUILD/xfsprogs/bin/mkfs.xfs
OPTIONS=dax=always,rtdev=/dev/mapper/rt

if [[ ! -x $MKFS ]]; then
	not_ok "set-up: a newer xfsprogs" "$MKFS is not there: scripts/fetch-testing gets it"
	end
fi
fsdax 0
fsdax 1
size=$(sectors /dev/pmem1)
dm rt <<<"0 $size linear /dev/pmem1 0"
for pieces in $(sizes 2000 100000 1000000); do
	owners=$(sizes 100 1000)
	must "$MKFS" -q -f -m rmapbt=1,metadir=1 -d agcount=4,rtinherit=1 \
		-r rtdev=/dev/mapper/rt,rgcount=4 /dev/pmem0
	mount_fs /dev/pmem0 $OPTIONS
	must fsbench interleave "$MNT" "$owners" $((pieces / owners))
	remount /dev/pmem0 $OPTIONS
	dm_reload rt --noflush <<<"0 $size error"
	settled 1
	row="$pieces pieces of $owners owners"
	for ((round = 0; round < ROUNDS; round++)); do
		timed "$row" "damage-get" damage
		(($(of records "$LINE") >= pieces)) || not_ok "$row: all of them" "$LINE"
		rate "$row" "damage-get"
		dump=$(of us "$LINE")
		whole "$row" "fswatch-err list --json" "$T/list" fswatch-err list --json
		(($(wc -l <"$T/list") >= pieces)) || not_ok "$row: all of them are listed" "$(wc -l <"$T/list")"
		times "$row" "fswatch-err list --json, as damage-get" "$TOOK" "$dump"
		whole "$row" "fswatch-err check" "$T/check" fswatch-err check --mountpoint "$MNT"
		times "$row" "fswatch-err check, as damage-get" "$TOOK" "$dump"
		timed "$row" "GETFSMAP" getfsmap "$MNT" 0 $((size * 512)) /dev/mapper/rt
		(($(of records "$LINE") >= pieces)) || not_ok "$row: all of them" "$LINE"
		rate "$row" "GETFSMAP"
	done
	dm_reload rt --noflush <<<"0 $size linear /dev/pmem1 0"
	must umount "$MNT"
done
measured
