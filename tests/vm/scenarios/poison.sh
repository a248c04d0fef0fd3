#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# memory_failure() alone, by MADV_HWPOISON and by corrupt-pfn: the page enters
# the bad-block state, the process that mapped it gets its SIGBUS, and there is
# one event, though the mainline code reports as well.
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
is "the page is in the bad-block state" "$(</sys/block/pmem0/badblocks)" \
	"$(($(disk_offset "$MNT/mapped" 20480) / 512)) 8"
check_fails "a read of the page fails" "Input/output error" \
	dd if="$MNT/mapped" of=/dev/null bs=4096 skip=5 count=1
expect "and that is told as a failed read" \
	"error kind=directio-read errno=5 fstype=xfs $(where -i "$MNT/mapped" |
		sed 's/ nlink/ offset=20480 length=4096 nlink/') path_state=ok paths=$MNT/mapped"

must fserror-inject hwpoison-file "$MNT/cached" 32768
cached=$(data_lost "$MNT/cached" 32768 4096)
expect "a page that nobody maps" "$cached"
must fserror-inject hwpoison-file "$MNT/short" 8192
short=$(data_lost "$MNT/short" 8192 1808)
expect "the page across the end of a file is clipped" "$short"
nothing "and that is all"
level "the level says the same" "$mapped" "$cached" "$short"

# it is entered at the address where the page begins: the mainline code takes
# that for a new length of the page's entry, and forgets the rest
mce_file "$MNT/cached" 32768
nothing "a machine check within a poisoned page is no news"
level "and the whole page is still bad" "$mapped" "$cached" "$short"

heal_file "$MNT/cached" 32768
expect "a write clears the page" "$(data_cleared "$MNT/cached" 32768 4096)"
level "and it leaves the level" "$mapped" "$short"
check "and it can be read" dd if="$MNT/cached" of="$T/page" bs=4096 skip=8 count=1
alive
finish
