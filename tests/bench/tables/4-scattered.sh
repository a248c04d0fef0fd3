#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: Scattered bad blocks, each in a file of its own
# run: --nvdimm 2G --memory 3G
# timeout: 3000
. "$FSERROR_TOP/tests/bench/guest/lib.bash"

# ask ROW COUNT: of the filesystem
ask()
{
	local round size

	size=$(blockdev --getsize64 /dev/pmem0)
	for ((round = 0; round < ROUNDS; round++)); do
		timed "$1" "damage-get" damage
		(($(of records "$LINE") >= $2)) || not_ok "$1: all of them" "$LINE"
		timed "$1" "GETFSMAP of everything, BULKSTAT of each inode" owners "$MNT" 0 "$size"
		timed "$1" "GETFSMAP of everything" getfsmap "$MNT" 0 "$size"
	done
}

# The device changes its table: sectors of it are error targets now. A device that had
# DAX could not do that.
FILES=$(sizes 1000 100000)
raw 0
dm scatter <<<"0 $(sectors /dev/pmem0) linear /dev/pmem0 0"
mkxfs /dev/mapper/scatter
mount_fs /dev/mapper/scatter
must fsbench files "$MNT" "$FILES"
places "$MNT" >"$T/places"
remount /dev/mapper/scatter
for count in $(sizes 500 2000 10000 20000 100000); do
	swap scatter < <(head -n "$count" "$T/places" | with_errors /dev/pmem0)
	settled 1 600
	owned "$count"
	ask "$count of $FILES files, error targets" "$count"
done
swap scatter <<<"0 $(sectors /dev/pmem0) linear /dev/pmem0 0"
undo_all

# Machine checks, one for each sector; the kernel drops those that it has no room for
# before it has looked at the others, so they take their time.
FILES=$(sizes 1000 20000)
COUNT=$(sizes 100 2000)
fsdax 0
mkxfs /dev/pmem0
mount_fs /dev/pmem0 dax=always
must fsbench files "$MNT" "$FILES"
places "$MNT" | head -n "$COUNT" >"$T/places"
remount /dev/pmem0 dax=always
must fserror-inject list-mce /dev/pmem0 "$T/places"
settled "$COUNT" 600
ask "$COUNT of $FILES files, machine checks" "$COUNT"
measured
