#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A dirty page of the page cache that goes bad was the last copy: whose it was is told, with
# the bytes, on ext4 and on XFS without DAX. A clean page can be read again and is no loss.
# group: io-errors
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

# hits FILE OFFSET: the page of it goes bad, in simulation; who has mapped it is killed only
# if it was dirty
hits()
{
	fserror-inject madvise "$1" "$2" >"$T/madvise" 2>&1
}

# lost: what was told as lost
lost()
{
	jq -r 'select(.kind == "data-lost") |
		"\(.fstype) \(.ino) \(.offset) \(.length) \(.cause) \(.device) \(.paths[0])"' "$T/raw"
}

seen()
{
	[[ $(lost) ]]
}

# filesystem NAME DEV
filesystem()
{
	local file=$MNT/file

	must mount "$2" "$MNT"
	at_end unmount_quietly "$MNT"
	must xfs_io -f -c "pwrite -q -S 0x11 0 65536" -c fsync "$file"
	watch
	check_fails "$1: a clean page goes bad, of which nobody is killed" "" hits "$file" 4096
	check "$1: what a clean page held can be read again" cmp "$file" "$T/wanted"
	must xfs_io -c "pwrite -q -S 0x22 16384 4096" -c "pwrite -q -S 0x22 65536 100" "$file"
	check "$1: a dirty page goes bad" hits "$file" 16384
	wait_for "$EVENT_TIMEOUT" seen
	is "$1: the page of a write that has not reached the disk is told as lost, and only that" \
		"$(lost)" "$1 $(stat -c %i "$file") 16384 4096 machine-check null $file"
	check "$1: and the one at the end" hits "$file" 65536
	both()
	{
		[[ $(lost | wc -l) == 2 ]]
	}
	check "$1: the page at the end is told, too" wait_for "$EVENT_TIMEOUT" both
	is "$1: and not what is behind the end" "$(lost | tail -n 1)" \
		"$1 $(stat -c %i "$file") 65536 100 machine-check null $file"
	check "$1: what the file holds there is what the disk has" \
		cmp -n 65536 "$file" "$T/wanted"
	check_fails "$1: who asks for the write to be finished hears of it" "Input/output error" \
		xfs_io -c fsync "$file"
	umount_works
	stop_monitor
}

raw 1
must attribute /proc/sys/vm/dirty_writeback_centisecs 0
must xfs_io -f -c "pwrite -q -S 0x11 0 65536" "$T/wanted"
must mkfs.ext4 -q -F -b 4096 -E nodiscard /dev/pmem1
filesystem ext4 /dev/pmem1
mkxfs /dev/pmem1
filesystem xfs /dev/pmem1
must attribute /proc/sys/vm/dirty_writeback_centisecs 500
check_log 'Memory failure|unhandlable page|I/O error|lost '
end
