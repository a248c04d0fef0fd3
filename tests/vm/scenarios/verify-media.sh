#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# XFS_IOC_VERIFY_MEDIA over a range that crosses into the next allocation group:
# what it reports of a file is what of it is in the range (the mainline code
# claims 2^32 blocks).
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs -d size=300m
fill_group "$MNT/fill"
last=$((FILL_END - 8192))
# 8 KiB of it are unwritten, 8 KiB are data
at=$((BOUNDARY - 16384))
must xfs_io -c "pwrite -q $last 8192" -c fsync "$MNT/fill"
watch

mce_file "$MNT/fill" "$last"
lost=$(data_lost "$MNT/fill" "$last" 512)
expect "a sector at the end of the group" "$lost"
must verifymedia "$MNT" $((at / 512)) $((BOUNDARY / 512 + 64))
expect "the read that fails is reported, of the file only what is in the range" \
	"error kind=data-lost errno=5 fstype=xfs $(where -i "$MNT/fill" |
		sed "s/ nlink/ offset=$last length=8192 nlink/") path_state=ok paths=$MNT/fill"
nothing "that is all"
alive
finish
