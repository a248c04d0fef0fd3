#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# memory_failure() alone, by MADV_HWPOISON and by corrupt-pfn: the process that mapped
# the page gets its SIGBUS, and there is one event, though the mainline code reports as
# well. Nothing is wrong with the memory, so the page can be read, and is not in
# badblocks, until a machine check says otherwise.
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/mapped"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/cached"
must xfs_io -f -c "pwrite -q 0 10000" -c fsync "$MNT/short"
watch

must fserror-inject madvise "$MNT/mapped" 20480
is "the process that maps the page gets SIGBUS" "$OUT" \
	$'SIGNAL=SIGBUS\nCODE=BUS_MCEERR_AR\nLSB=12'
mapped=$(data_lost "$MNT/mapped" 20480 4096)
expect "and there is one event, of the whole page" "$mapped"
nothing "and not two"
is "the page is not in badblocks" "$(</sys/block/pmem0/badblocks)" ""
check "and can be read" dd if="$MNT/mapped" of="$T/page" bs=4096 skip=5 count=1
must fserror-inject madvise "$MNT/mapped" 20480
is "and is killed for once more" "$OUT" $'SIGNAL=SIGBUS\nCODE=BUS_MCEERR_AR\nLSB=12'
nothing "which is no news"

must fserror-inject hwpoison-file "$MNT/cached" 32768
cached=$(data_lost "$MNT/cached" 32768 4096)
expect "a page that nobody maps" "$cached"
must fserror-inject hwpoison-file "$MNT/short" 8192
short=$(data_lost "$MNT/short" 8192 1808)
rest=$(media xfs /dev/pmem0 $(($(disk_offset "$MNT/short" 8192) + 1808)) 2288 machine-check unowned)
expect "the page across the end of a file is the file's up to the end, and then nobody's" \
	"$short" "$rest"
nothing "and that is all"
level "the level says the same" "$mapped" "$cached" "$short" "$rest"

# it is entered at the address where the page begins: the mainline code takes
# that for a new length of the page's entry, and forgets the rest
mce_file "$MNT/cached" 32768
nothing "a machine check within a poisoned page is no news"
level "and the whole page is still bad" "$mapped" "$cached" "$short" "$rest"

heal_file "$MNT/cached" 32768
expect "a write clears the page" "$(data_cleared "$MNT/cached" 32768 4096)"
level "and it leaves the level" "$mapped" "$short" "$rest"
check "and it can be read" dd if="$MNT/cached" of="$T/page" bs=4096 skip=8 count=1
alive
finish
