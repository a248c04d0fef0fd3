#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Reads and writes of files that fail are told by every filesystem, not only by those
# that go through iomap: ext4, with blocks of a page and smaller, btrfs and f2fs, with the
# inode and the bytes. What is bad on the second device of f2fs is told, too.
# only: test-all
# group: io-errors
# timeout: 400
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

DM=/dev/mapper/scenario
SIZE=655360 # sectors

# table TABLE: the device-mapper device has this table, no I/O is held back
table()
{
	dm_reload scenario --noflush --nolockfs <<<"$1"
}

LINEAR="0 $SIZE linear /dev/pmem1 0"

# fails AT LENGTH: I/O to these bytes of the device fails
fails()
{
	local at=$(($1 / 512)) nr=$(($2 / 512))

	table "0 $at linear /dev/pmem1 0
$at $nr flakey /dev/pmem1 $at 0 1
$((at + nr)) $((SIZE - at - nr)) linear /dev/pmem1 $((at + nr))"
}

# The places of a block of the file, found by what is in it: that needs to know
# nothing of the filesystem.
places()
{
	python3 -c '
import sys
with open("/dev/pmem1", "rb") as disk:
    data = disk.read(512 * int(sys.argv[2]))
at = -1
while (at := data.find(sys.argv[1].encode(), at + 1)) >= 0:
    print(at)' "$1" "$SIZE"
}

# written FILE: 16 blocks of 4 KiB that can be told apart
written()
{
	local i

	for i in {10..25}; do
		printf '%-4096s' "fserror $fstype block $i"
	done >"$1"
	must sync -f "$1"
}

# read_at COMMAND...: xfs_io, without readahead
read_at()
{
	xfs_io -r -c "fadvise -r" "$@"
}

# records KIND: what was told of the file, "offset length" a line
records()
{
	jq -r --arg kind "$1" --argjson ino "$ino" \
		'select(.kind == $kind and .ino == $ino and .errno == 5) | "\(.offset) \(.length)"' "$T/raw"
}

seen()
{
	[[ $(records "$1") ]]
}

# told TEXT KIND OFFSET LENGTH
told()
{
	wait_for "$EVENT_TIMEOUT" seen "$2"
	is "$1" "$(records "$2" | sort -u)" "$3 $4"
}

# broken OFFSET LENGTH: of the file that is at $place
broken()
{
	fails $((place + $1 - 20480)) "$2"
}

# filesystem NAME BLOCK MKFS...: what all of them have to say
filesystem()
{
	local name=$1 block=$2

	shift 2
	table "$LINEAR"
	must "$@" $DM
	must mount $DM "$MNT"
	written "$MNT/file"
	written "$MNT/other"
	((block == 4096)) || must xfs_io -c "fpunch $((20480 + block)) $block" "$MNT/file"
	ino=$(stat -c %i "$MNT/file")
	must umount "$MNT"
	mapfile -t found < <(places "fserror $fstype block 15")
	must mount $DM "$MNT"
	# there are two, and what an older filesystem has left
	for place in "${found[@]}" ""; do
		[[ $place ]] || break
		fails "$place" "$block"
		echo 3 >/proc/sys/vm/drop_caches
		read_at -c "pread -q 20480 $block" "$MNT/file" >/dev/null 2>&1 || break
	done
	must test "$place"
	table "$LINEAR"
	must umount "$MNT"
	must mount $DM "$MNT"
	watch
	broken 20480 "$block"
	check_fails "$name: a buffered read fails" "Input/output error" \
		read_at -c "pread -q 20480 $block" "$MNT/file"
	told "$name: and is told, with the inode and the bytes" buffered-read 20480 "$block"
	check "$name: the other blocks can be read" read_at -c "pread -q 0 20480" "$MNT/file"
	check "$name: the same block of another file, too" read_at -c "pread -q 20480 4096" "$MNT/other"
	is "$name: of which nothing is told" \
		"$(jq -r --argjson ino "$ino" 'select(.ino != null and .ino != $ino) | .ino' "$T/raw")" ""
	check_fails "$name: a direct read fails" "Input/output error" \
		xfs_io -r -d -c "pread -q 20480 4096" "$MNT/file"
}

# cat_once NAME: somebody reads the file, with readahead
cat_once()
{
	local before

	echo 3 >/proc/sys/vm/drop_caches
	# the same once more is in the record before for a second
	sleep 2
	before=$(grep -c '"kind":"buffered-read"' "$T/raw")
	check_fails "$1: cat fails" "Input/output error" cat "$MNT/file"
	sleep 2
	check "$1: and is a record or two, not one for each try" \
		test $(($(grep -c '"kind":"buffered-read"' "$T/raw") - before)) -le 2
}

rewritten()
{
	check_fails "$1: writeback fails" "Input/output error" \
		xfs_io -c "pwrite -q 20480 4096" -c fsync "$MNT/file"
	told "$1: and is told" buffered-write 20480 "$2"
}

over()
{
	table "$LINEAR"
	umount_works
	stop_monitor
}

raw 1
dm scenario <<<"$LINEAR"

fstype=ext4
filesystem "ext4" 4096 mkfs.ext4 -q -F -b 4096 -E nodiscard
told "ext4: and is told, too" directio-read 20480 4096
cat_once "ext4"
rewritten "ext4" 4096
check_fails "ext4: a direct write fails" "Input/output error" \
	xfs_io -d -c "pwrite -q 20480 4096" "$MNT/file"
told "ext4: and is told" directio-write 20480 4096
over

# with a hole in it the folio is read by its buffers: of it, the block that failed
filesystem "ext4 with blocks of 1 KiB" 1024 mkfs.ext4 -q -F -b 1024 -E nodiscard
over

fstype=btrfs
filesystem "btrfs" 4096 mkfs.btrfs -q -f -d single
told "btrfs: and is told, too" directio-read 20480 4096
cat_once "btrfs"
over

fstype=f2fs
filesystem "f2fs" 4096 mkfs.f2fs -q -f
told "f2fs: and is told, too" directio-read 20480 4096
cat_once "f2fs"
over

# on_second: what is said to be bad there, of JSON
on_second()
{
	jq -r --arg dev "$second" 'select(.device.dev == $dev) |
		"\(.kind) \(.device.offset)+\(.device.length)"' | sort -u
}

second_is_told()
{
	[[ $(on_second <"$T/raw") ]]
}

null_disk second 128
second=$(<"/sys/block/second/dev")
must mkfs.f2fs -q -f -c /dev/second $DM
must mount $DM "$MNT"
watch
null_bad second 81920 8
wait_for "$EVENT_TIMEOUT" second_is_told
is "f2fs: what is bad on its second device is told" "$(on_second <"$T/raw")" "media 41943040+4096"
is "f2fs: and is in the list" "$(list_json | jq -c '.damage[]' | on_second)" "media 41943040+4096"
null_good second 81920 8
umount_works
stop_monitor

check_log 'csum failed|I/O error|lost page write|Buffer I/O error|EXT4-fs warning|bdev .* errs'
end
