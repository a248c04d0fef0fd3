#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# XFS_IOC_VERIFY_MEDIA over a range that crosses into the next allocation group: what it
# reports of a file is what of it is in the range (the mainline code claims 2^32 blocks),
# and nothing if the disk has told of the loss.
# group: file
. "$(dirname "$0")/stack.bash"

# media [BYTE]: the disk; of the blocks from there to the end of the group it does not say
# why they cannot be read
media()
{
	local start=$((${1:-0} / 512)) end=$((${BOUNDARY-0} / 512)) size

	size=$(sectors /dev/pmem1)
	if ((start)); then
		printf '%s\n' "0 $start linear /dev/pmem1 0" \
			"$start $((end - start)) flakey /dev/pmem1 $start 0 1" \
			"$end $((size - end)) linear /dev/pmem1 $end"
	else
		printf '%s\n' "0 $size linear /dev/pmem1 0"
	fi
}

verify()
{
	must verifymedia "$MNT" $((at / 512)) $((BOUNDARY / 512 + 64))
}

raw 1
at_end heal_disk pmem1
dm media < <(media)
mkxfs /dev/mapper/media -d size=300m
mount_fs /dev/mapper/media
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/.barrier"
fill_group "$MNT/fill"
last=$((FILL_END - 8192))
# 8 KiB of it are unwritten, 8 KiB are data
at=$((BOUNDARY - 16384))
must xfs_io -c "pwrite -q $last 8192" -c fsync "$MNT/fill"
watch

dm_reload media < <(media "$at")
verify
expect "the read that fails is reported, of the file only what is in the range" \
	"error kind=data-lost errno=5 fstype=xfs $(where -i "$MNT/fill" |
		sed "s/ nlink/ offset=$last length=8192 nlink/") path_state=ok paths=$MNT/fill"
dm_reload media < <(media)
nothing "that is all"

mce_file "$MNT/fill" "$last"
lost=$(data_lost "$MNT/fill" "$last" 512)
expect "a sector at the end of the group" "$lost"
verify
nothing "whose read fails, which is the same loss"
alive
finish
