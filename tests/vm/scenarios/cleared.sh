#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each change is told once: the same error twice is one event, by whatever way it
# comes; a write over the bad sectors is one "cleared", and they leave the level;
# what goes bad again is told again.
# group: file
# timeout: 900
. "$(dirname "$0")/lib.sh"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
sector=$(($(disk_offset "$MNT/file" 8192) / 512))
watch

bad=$(data_lost "$MNT/file" 8192 512)
mce_file "$MNT/file" 8192
expect "a sector goes bad" "$bad"
mce_file "$MNT/file" 8192
mce_file "$MNT/file" 8500
must ndctl inject-error namespace0.0 --block="$sector" --count=1
nothing "the same sector again, by machine checks and a scrub: no news"
level "the level has it once" "$bad"

next=$(data_lost "$MNT/file" 8704 512)
mce_file "$MNT/file" 8704
expect "its neighbour goes bad: only the neighbour is told" "$next"

# a page by a scrub, of which two sectors are known
must ndctl inject-error namespace0.0 --block="$sector" --count=8
expect_pieces "the whole page goes bad: the rest of it is told" 9216 3072 \
	scrubbed "$MNT/file"

other=$(data_lost "$MNT/file" 32768 512)
mce_file "$MNT/file" 32768
expect "a sector elsewhere" "$other"

heal_file "$MNT/file" 8192
expect_pieces "a write clears the page, and tells it once" 8192 4096 data_cleared "$MNT/file"
level "only the other sector is still bad" "$other"
check "the page can be read" dd if="$MNT/file" of="$T/page" bs=4096 skip=2 count=1
is "and has what was written" "$(head -c 1 "$T/page")" U
heal_file "$MNT/file" 8192
nothing "another write tells nothing"

# three pages, of which the middle one is written
must ndctl inject-error namespace0.0 --block=$((sector + (45056 - 8192) / 512)) --count=24
expect_pieces "three pages go bad at once" 45056 12288 scrubbed "$MNT/file"
heal_file "$MNT/file" 49152
expect_pieces "the middle one is written and cleared" 49152 4096 data_cleared "$MNT/file"
level "the first and the last are still bad" "$other" \
	"$(data_lost "$MNT/file" 45056 4096 media)" "$(data_lost "$MNT/file" 53248 4096 media)"

mce_file "$MNT/file" 9000
expect "what goes bad again is told again" "$(data_lost "$MNT/file" 8704 512)"
must rm "$MNT/file"
must xfs_freeze -f "$MNT"
must xfs_freeze -u "$MNT"
at=$((sector * 512 - 8192))
# unowned OFFSET LENGTH [CAUSE]: where those bytes of the file were
unowned()
{
	media xfs /dev/pmem0 $((at + $1)) "$2" "${3:-machine-check}" unowned
}
level "the file is deleted: what was its is nobody's now" "$(unowned 8704 512)" \
	"$(unowned 32768 512)" "$(unowned 45056 4096 media)" "$(unowned 53248 4096 media)"
nothing "and no event comes of that"
alive
finish
