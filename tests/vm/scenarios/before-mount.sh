#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What was bad before the mount: told once after it, as a replay; and whoever
# begins to watch later has it in his first dump, which says as well that it is older.
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/old"
old=$(data_lost "$MNT/old" 12800 512)
page=$(data_lost "$MNT/old" 40960 4096)
at=$(disk_offset "$MNT/old" 0)
must umount "$MNT"
mce_dev /dev/pmem0 $((at + 12800))
# nobody holds the device, so memory_failure() has nobody to kill, and says EBUSY
fserror-inject hwpoison-dev /dev/pmem0 $((at + 40960)) >/dev/null 2>&1
must wait_for 60 grep -q "^$(((at + 12800) / 512)) 1$" /sys/block/pmem0/badblocks
# it has failed only in simulation, which is not in badblocks
watch
must mount -o dax=always /dev/pmem0 "$MNT"
expect "a mount tells what was bad before" \
	"$(replayed "$old")" "$(replayed "$page")"
level "the level says the same" "$(replayed "$old")" "$(replayed "$page")"
must mount --bind "$MNT" /mnt
must umount /mnt
must mount -o remount "$MNT"
nothing "a bind mount and a remount tell nothing"
stop_monitor

start_monitor
expect "the first dump of a new watcher has it, before the sync" \
	"$(replayed "$old")" "$(replayed "$page")" "sync reason=start"
is "and the sync comes last" "$EVENT" "sync reason=start"
nothing "and it is not told twice"
alive
finish
