#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The worked examples of Documentation/filesystems/fserror-kernel.rst: BFS with the sample
# resolver names its files, and the sample watcher counts what they lose.
# group: several
# timeout: 600
. "$(dirname "$0")/lib.sh"

modules=$FSERROR_BUILD/samples/$FSERROR_KERNEL
parameters=/sys/module/fserror_watch_sample/parameters

# bfs_start INO: first block of the file, in 512-byte blocks, from the disk itself
bfs_start()
{
	od -An -t u4 -j $((512 + ($1 - 2) * 64 + 4)) -N 4 "$dev" | tr -d ' '
}

# bfs_file KIND CAUSE INO OFFSET LENGTH: an event about bytes of the file
bfs_file()
{
	local file

	for file in "$MNT"/*; do
		[[ $(stat -c %i "$file") == "$3" ]] && break
	done
	printf 'error kind=%s cause=%s errno=5 fstype=bfs dev=%s ino=%s gen=0 offset=%s length=%s nlink=1 %s' \
		"$1" "$2" "$(dev_of "$MNT")" "$3" "$4" "$5" \
		"$(range "$dev" $(($(bfs_start "$3") * 512 + $4)) "$5")"
}

# bfs_metadata META OFFSET LENGTH
bfs_metadata()
{
	printf 'error kind=metadata cause=machine-check errno=5 fstype=bfs dev=%s meta=%s %s' \
		"$(dev_of "$MNT")" "$1" "$(range "$dev" "$2" "$3")"
}

# bytes_lost TEXT WANT: what the watcher has counted
bytes_lost()
{
	wait_for 10 grep -qx "$2" "$parameters/bytes_lost"
	is "$1" "$(<"$parameters/bytes_lost")" "$2"
}

# they stay until the VM ends: its kernel unloads no modules
must insmod "$modules/fserror_watch_sample.ko"
must insmod "$modules/bfs.ko"

dev=/dev/pmem0
fsdax 0
must mkfs.bfs -N 48 "$dev"
must mount -t bfs "$dev" "$MNT"
at_end unmount_quietly "$MNT"
for name in one two three; do
	must dd if=/dev/urandom of="$MNT/$name" bs=1000 count=40 status=none
done
must umount "$MNT"
must mount -t bfs "$dev" "$MNT"
two=$(stat -c %i "$MNT/two")
three=$(stat -c %i "$MNT/three")
lost_two=$(bfs_file data-lost machine-check "$two" 8192 512)
# 40000 bytes: the last block has 64 of them
lost_three=$(bfs_file data-lost machine-check "$three" 39936 64)
is "BFS can resolve" "$(fswatch-err status --json | jq -r '[.. | objects | select(.fstype? == "bfs") | .can_resolve] | first')" true
watch

mce_dev "$dev" $(($(bfs_start "$two") * 512 + 8192))
expect "a sector in the middle of a BFS file" "$lost_two"
bytes_lost "the watcher in the kernel has counted it" 512
mce_dev "$dev" $(($(bfs_start "$three") * 512 + 39936))
rest=$(media bfs "$dev" $(($(bfs_start "$three") * 512 + 40000)) 448 machine-check unowned)
expect "the last sector of a BFS file, clipped to its size, and what is behind it" "$lost_three" "$rest"
bytes_lost "and this" 576
mce_dev "$dev" 1024
expect "a sector of the inodes" "$(bfs_metadata inodes 1024 512)"
mce_dev "$dev" 0
expect "the superblock" "$(bfs_metadata header 0 512)"
mce_dev "$dev" $((64 << 20))
free=$(media bfs "$dev" $((64 << 20)) 512 machine-check unowned)
expect "a free sector, which nobody owns" "$free"
level "the level has all of them" "$lost_two" "$lost_three" "$rest" "$free" \
	"$(bfs_metadata inodes 1024 512)" "$(bfs_metadata header 0 512)"

at=$(($(bfs_start "$three") * 512 + 39936))
must rm "$MNT/three"
level "a file that was deleted has lost nothing" "$lost_two" "$free" \
	"$(media bfs "$dev" "$at" 512 machine-check unowned)" \
	"$(bfs_metadata inodes 1024 512)" "$(bfs_metadata header 0 512)"
is "no record passed the watcher by" "$(<"$parameters/records_missed")" 0
finish
