#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# More than 512 bad ranges, which is all that badblocks can hold: 600 single
# sectors of one file, every other one. Each is told once, the level has all of
# them, and so has the next mount.
# timeout: 900
# only: test-all
. "$(dirname "$0")/lib.sh"

COUNT=600
# the kernel has room for a few dozen machine checks that nobody has looked at
BATCH=20

# line OFFSET: what is to be told of the sector, made from the first one's line
line()
{
	local at=$((base + $1))

	printf '%s offset=%d length=512 nlink=1 device=%s+%d+512 origin=%s+%d+512\n' \
		"$head" "$1" "$dev" "$at" "$dev" "$at"
}

pmem_xfs
must xfs_io -f -c "pwrite -q 0 $((COUNT * 1024))" -c fsync "$MNT/file"
first=$(data_lost "$MNT/file" 0 512)
head=${first%% offset=*}
base=$(disk_offset "$MNT/file" 0)
dev=$(</sys/class/block/pmem0/dev)
# one extent, or this fails
must where "$MNT/file" 0 $((COUNT * 1024))
watch

got=
want=
for ((i = 0; i < COUNT; i += BATCH)); do
	must fserror-inject --count $BATCH --step 1024 mce-file "$MNT/file" $((i * 1024))
	for ((j = i; j < i + BATCH; j++)); do
		want+=$(line $((j * 1024)))$'\n'
		next_event || break 2
		got+=$EVENT$'\n'
	done
done
same_lines "$COUNT sectors: $COUNT events" "$got" "$want"
# Not "nothing": badblocks has no room for the barrier, so its write would not
# know that there is something to clear. Two more errors do as well.
extra=("$(data_lost "$MNT/.barrier" 512 512)" "$(data_lost "$MNT/.barrier" 1536 512)")
mce_file "$MNT/.barrier" 512
expect "and no more" "${extra[0]}"
mce_file "$MNT/.barrier" 1536
expect "and no more" "${extra[1]}"
is "badblocks is full" "$(wc -l </sys/block/pmem0/badblocks)" 512
for line in "${extra[@]}"; do
	want+=${line%% path_state=*}$'\n'
done
same_lines "the level has them all" "$(damage)" "$want"

must umount "$MNT"
must mount -o dax=always /dev/pmem0 "$MNT"
got=
for ((i = 0; i < COUNT + ${#extra[@]}; i++)); do
	next_event || break
	got+=$EVENT$'\n'
done
same_lines "a mount tells them all" "$got" "${want// device=/ flags=replay device=}"
mce_file "$MNT/.barrier" 2560
expect "and no more" "$(data_lost "$MNT/.barrier" 2560 512)"
alive
finish
