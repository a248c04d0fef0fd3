#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ranges that belong to several: three sectors over two files, and a range from
# the last file of one allocation group to the header of the next. They are made
# by an address range scrub, so the cause is "media". And a list of bad ranges that does
# not fit into a page.
# group: file
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.bash"

# inject_sectors FIRST COUNT: the scrub finds them bad
inject_sectors()
{
	must ndctl inject-error namespace0.0 --block="$1" --count="$2"
}

header()
{
	metadata header /dev/pmem0 "$1" "$2" media
}

pmem_xfs -d size=300m
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/left"
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/right"
left=$(disk_offset "$MNT/left" 0)
is "the two files are neighbours on the disk" "$(disk_offset "$MNT/right" 0)" $((left + 4096))
watch

inject_sectors $(((left + 3584) / 512)) 3
pair=("$(data_lost "$MNT/left" 3584 512 media)" "$(data_lost "$MNT/right" 0 1024 media)")
expect_pieces "three sectors over two files: the end of the first" 3584 512 \
	scrubbed "$MNT/left"
expect_pieces "three sectors over two files: the start of the second" 0 1024 \
	scrubbed "$MNT/right"
level "the level says the same" "${pair[@]}"
nothing "that is all"

# What is last in a group is written, up to its end.
fill_group "$MNT/fill"
last=$((FILL_END - 4096))
must xfs_io -c "pwrite -q $last 4096" -c fsync "$MNT/fill"
first=$((BOUNDARY - 2048))
save_page /dev/pmem0 "$BOUNDARY" "$T/header"
inject_sectors $((first / 512)) $(((BOUNDARY + 1024 - first) / 512))
span=("$(data_lost "$MNT/fill" $((last + 2048)) 2048 media)"
	"$(metadata header /dev/pmem0 "$BOUNDARY" 1024 media)")
expect_pieces "a range over two groups: the end of a file" $((last + 2048)) 2048 \
	scrubbed "$MNT/fill"
expect_pieces "a range over two groups: the header of the next" "$BOUNDARY" 1024 header
level "the level says the same" "${pair[@]}" "${span[@]}"
restore_page /dev/pmem0 "$BOUNDARY" "$T/header"
expect "the header is written: cleared" \
	"$(cleared "${span[1]}")"
level "and it is good" "${pair[@]}" "${span[0]}"

null_disk long $((4 << 20))
for ((i = 0; i < 500; i++)); do
	echo "+$((8000000000 + i * 16))-$((8000000000 + i * 16))"
done | while read -r sector; do
	echo "$sector" >"$NULL_BLK/long/badblocks" || echo "$sector"
done >"$T/refused"
is "500 bad sectors of a large disk" "$(<"$T/refused")" ""
is "the list ends with a whole line" "$(sed 's/^80000[0-9]* //' "$NULL_BLK/long/badblocks" | sort -u)" 1
check "and is no longer than a page" test "$(wc -c <"$NULL_BLK/long/badblocks")" -lt 4096
alive
finish
