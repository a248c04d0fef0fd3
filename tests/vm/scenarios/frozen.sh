#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A filesystem that is frozen is resolved all the same: files in the inode cache
# and others.
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 8192" -c fsync "$MNT/cold"
must xfs_io -f -c "pwrite -q 0 8192" -c fsync "$MNT/warm"
cold=$(data_lost "$MNT/cold" 512 512)
warm=$(data_lost "$MNT/warm" 1024 512)
cold_at=$(disk_offset "$MNT/cold" 512)
warm_at=$(disk_offset "$MNT/warm" 1024)
remount /dev/pmem0 dax=always
must stat "$MNT/warm"
watch

must xfs_freeze -f "$MNT"
at_end xfs_freeze -u "$MNT"
mce_dev /dev/pmem0 "$warm_at"
expect "a file in the cache" "$warm"
mce_dev /dev/pmem0 "$cold_at"
expect "a file that is not in the cache" "$cold"
level "the level, while frozen" "$warm" "$cold"
CLEANUPS=("${CLEANUPS[@]:1}")
must xfs_freeze -u "$MNT"
nothing "that is all"
alive
finish
