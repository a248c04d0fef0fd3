#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A machine check in a file that is not in the inode cache, after umount and
# mount: told as if it were. The mainline code skips such files (XFS_IGET_INCORE).
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
must mkdir "$MNT/a" "$MNT/a/b"
must xfs_io -f -c "pwrite -q 0 32768" -c fsync "$MNT/a/b/cold"
must xfs_io -f -c "pwrite -q 0 32768" -c fsync "$MNT/other"
want=$(data_lost "$MNT/a/b/cold" 8192 512)
offset=$(disk_offset "$MNT/a/b/cold" 8192)
want_page=$(data_lost "$MNT/other" 4096 4096)
offset_page=$(disk_offset "$MNT/other" 4096)
remount /dev/pmem0 dax=always
watch

mce_dev /dev/pmem0 "$offset"
expect "a machine check in a file that is not in the cache" "$want"
level "the level says the same" "$want"

remount /dev/pmem0 dax=always
expect "it is told again after the next mount" \
	"$(replayed "$want")"
must fserror-inject hwpoison-dev /dev/pmem0 "$offset_page"
expect "memory_failure() in a file that is not in the cache" "$want_page"
level "the level has both" "$(replayed "$want")" "$want_page"
nothing "that is all"
alive
finish
