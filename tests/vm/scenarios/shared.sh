#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A sector that three files share, each at another offset: three events, whether
# or not the files are in the inode cache.
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/one"
must cp --reflink=always "$MNT/one" "$MNT/two"
must mkdir "$MNT/dir"
# bytes 16384 to 32767 of one are bytes 4096 to 20479 of three
must xfs_io -f -c "pwrite -q 0 4096" -c "reflink $MNT/one 16384 4096 16384" -c fsync "$MNT/dir/three"
is "the files share the block" \
	"$(disk_offset "$MNT/two" 20480) $(disk_offset "$MNT/dir/three" 8192)" \
	"$(disk_offset "$MNT/one" 20480) $(disk_offset "$MNT/one" 20480)"
want=("$(data_lost "$MNT/one" 20992 512)" "$(data_lost "$MNT/two" 20992 512)"
	"$(data_lost "$MNT/dir/three" 8704 512)")
offset=$(disk_offset "$MNT/one" 20992)
only=$(data_lost "$MNT/one" 40960 512)
only_too=$(data_lost "$MNT/two" 40960 512)
watch

mce_file "$MNT/one" 20992
expect "three events for three files" "${want[@]}"
level "the level says the same" "${want[@]}"
mce_file "$MNT/two" 40960
expect "two events for the block that two of them share" "$only" "$only_too"
nothing "that is all"

remount /dev/pmem0 dax=always
expect "all of it once more after a mount" \
	"$(replayed "${want[0]}")" \
	"$(replayed "${want[1]}")" \
	"$(replayed "${want[2]}")" \
	"$(replayed "$only")" \
	"$(replayed "$only_too")"
must fserror-inject hwpoison-dev /dev/pmem0 $((offset + 4096))
expect "three events for files of which none is in the cache" \
	"$(data_lost "$MNT/one" 24576 4096)" "$(data_lost "$MNT/two" 24576 4096)" \
	"$(data_lost "$MNT/dir/three" 12288 4096)"

alive
finish
