#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Devices of a filesystem besides the one that is mounted. erofs with its data on a blob
# device: what is bad there is damage of the filesystem, as it is on the first one. f2fs with
# a zoned disk as its second device: that, and writes that fail at the end of a zone, for
# which f2fs has another end of I/O than for all other writes.
# only: test-all
# group: disk
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

BLOCK=4096
ZONE=4 # MiB

# blocks NAME FIRST LAST: blocks that can be told apart, so that none are shared
blocks()
{
	local i

	for ((i = $2; i <= $3; i++)); do
		printf '%-*s' "$BLOCK" "$1 block $i."
	done
}

# place TEXT DEV: the byte where it is, which needs to know nothing of the filesystem
place()
{
	LC_ALL=C grep -a -b -o -F "$1" "$2" | sed 's/:.*//;q'
}

# damaged DISK SECTOR COUNT: the line for these
damaged()
{
	media "$fstype" "/dev/$1" $(($2 * 512)) $(($3 * 512)) media
}

# bad TEXT DISK SECTOR COUNT: they are told as damage of the filesystem
bad()
{
	null_bad "${@:2}"
	expect "$1: what is bad is told as damage of the filesystem" "$(damaged "${@:2}")"
	level "$1: and is in the list" "$(damaged "${@:2}")"
}

# good TEXT DISK SECTOR COUNT: they are not bad any more
good()
{
	null_good "${@:2}"
	expect "$1: that it is good again is told" "$(cleared "$(damaged "${@:2}")")"
}

# none_listed TEXT: nothing is bad
none_listed()
{
	level "$1: and nothing is in the list"
}

# none_provable TEXT: nothing is bad, but after a read or a write that has failed nobody
# says that all is well
none_provable()
{
	level "$1: the list is empty, and not said to be complete" incomplete
}

# failed TEXT KIND FILE OFFSET LENGTH: a read or a write of it, of the group io
failed()
{
	next_event
	is "$1" "$(sed 's/ gen=[0-9]*//; s/ nlink=.*//' <<<"$EVENT")" \
		"error kind=$2 errno=5 fstype=$fstype dev=$(dev_of "$MNT") ino=$(stat -c %i "$3") offset=$4 length=$5"
}

### erofs

fstype=erofs
null_disk image 16
null_disk blob 16
must mkdir "$T/tree"
blocks file 10 25 >"$T/tree/file"
blocks other 10 25 >"$T/tree/other"
# only chunks can be on another device
must mkfs.erofs --quiet --blobdev="$T/blob" --chunksize=$BLOCK "$T/image" "$T/tree"
for disk in image blob; do
	must dd if="$T/$disk" of="/dev/$disk" bs=$BLOCK conv=notrunc,fsync status=none
done
at=$(($(place "file block 15." /dev/blob) / 512))
is "erofs: the first device has no data" "$(place "block 15." /dev/image)" ""

watch
null_bad blob "$at" 1
mount_fs /dev/image device=/dev/blob
expect "erofs: what is bad on the blob device is told at the mount" \
	"$(replayed "$(damaged blob "$at" 1)")"
good "erofs, the blob device" blob "$at" 1
none_listed "erofs, the blob device"
bad "erofs, a sector of the blob device" blob "$at" 1
good "erofs, a sector of the blob device" blob "$at" 1
# where the image has nothing: erofs does not say whose it would be
bad "erofs, sectors of the first device" image 2048 2
good "erofs, sectors of the first device" image 2048 2
none_listed "erofs, both devices"

bad "erofs, a sector of a file" blob "$at" 1
check_fails "erofs: the file cannot be read" "Input/output error" \
	xfs_io -r -c "fadvise -r" -c "pread -q 20480 $BLOCK" "$MNT/file"
failed "erofs: which is told as well, with the inode and the bytes" \
	buffered-read "$MNT/file" 20480 $BLOCK
check "erofs: the other file can be read" cmp "$T/tree/other" "$MNT/other"
good "erofs, a sector of a file" blob "$at" 1
check "erofs: the file can be read then" cmp "$T/tree/file" "$MNT/file"
none_provable "erofs: a read has failed"
umount_works

# Without the option all is on the first device: the slot of the other one has no disk.
mount_fs /dev/image
null_bad blob "$at" 1
bad "erofs, without the blob device" image 2048 1
null_good blob "$at" 1
good "erofs, without the blob device" image 2048 1
umount_works
stop_monitor

# An image that is a file has no device: the filesystem with the file says what is lost.
null_disk below 400
mkxfs /dev/below
mount_fs /dev/below
must cp "$T/image" "$T/blob" "$MNT"
# so that nothing of them is in the cache
remount /dev/below
must mkdir "$T/files"
# mount(8) would make a loop device of it
must python3 - "$MNT/image" "$T/files" "device=$MNT/blob" <<'END'
import ctypes
import os
import sys

source, target, options = (os.fsencode(word) for word in sys.argv[1:])
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(source, target, b"erofs", 1, options):
    sys.exit(os.strerror(ctypes.get_errno()))
END
at_end unmount_quietly "$T/files"
at=$(place "file block 15." "$T/blob")
line=$(scrubbed "$MNT/blob" "$at" 512)
watch
null_bad below $(($(disk_offset "$MNT/blob" "$at") / 512)) 1
expect "erofs on files: what is bad is told of the file that it is in" "$line"
check_fails "erofs on files: the file above cannot be read" "Input/output error" \
	cat "$T/files/file"
level "erofs on files: and that is all that is lost" "$line"
null_good below $(($(disk_offset "$MNT/blob" "$at") / 512)) 1
expect "erofs on files: that it is good again is told" "$(cleared "$line")"
check "erofs on files: the file above can be read then" cmp "$T/tree/file" "$T/files/file"
check "erofs on files: it can be unmounted" umount "$T/files"
umount_works
stop_monitor

### f2fs

# zone_at SECTOR: how many sectors of its zone are written
zone_at()
{
	local written

	written=$(blkzone report -o "$1" -c 1 /dev/zoned | sed 's/.*wptr \(0x[0-9a-f]*\) .*/\1/')
	echo $((written))
}

# zone_of TEXT: the first sector of the zone whose last block begins with it
zone_of()
{
	local start written

	while read -r start written; do
		if [[ $(dd if=/dev/zoned bs=512 skip=$((start + written - BLOCK / 512)) count=1 \
			status=none) == "$1"* ]]; then
			echo $((start))
			return
		fi
	done < <(blkzone report /dev/zoned |
		sed -n '/wptr 0x0* /d; s/.*start: \(0x[0-9a-f]*\), .*wptr \(0x[0-9a-f]*\) .*zcond: [^4].*/\1 \2/p')
	return 1
}

# zoned NAME IRQMODE: of null_blk
zoned()
{
	local name="f2fs, writes end in $1" zone written last end=$((ZONE << 11)) tail=$((32 * BLOCK))

	null_disk plain 128
	null_disk zoned 256 zoned=1 zone_size=$ZONE irqmode="$2"
	must mkfs.f2fs -q -f -m -c /dev/zoned /dev/plain
	mount_fs /dev/plain
	# what mkfs has chosen for data is on the first disk, all that follows is in zones
	must xfs_io -f -c "pwrite -q -b 1m 0 $((2 * ZONE))m" -c fsync "$MNT/before"
	# f2fs has another zone for files of which no more than 16 blocks are dirty
	blocks file 10 41 >"$MNT/file"
	must sync "$MNT/file"
	must zone_of "file block 41."
	zone=$OUT
	# up to a few blocks before the end of the zone: what comes then is one bio
	written=$(zone_at "$zone")
	last=$(((end - written) * 512))
	must xfs_io -c "pwrite -q -b 1m $tail $((last - tail))" -c fsync "$MNT/file"
	is "$name: the file is in the zone" "$(zone_at "$zone")" $((end - tail / 512))

	watch
	bad "$name: the last block of a zone" zoned $((zone + end - 8)) 8
	check_fails "$name: a write that ends there fails" "Input/output error" \
		xfs_io -c "pwrite -q -S 0x77 $last $tail" -c fsync "$MNT/file"
	failed "$name: and is told, with the inode and the bytes" buffered-write "$MNT/file" "$last" $tail
	is "$name: nothing of it is in the zone" "$(zone_at "$zone")" $((end - tail / 512))
	# which first waits for the write that filled the zone
	check "$name: another file can be written" \
		xfs_io -f -c "pwrite -q 0 $tail" -c fsync "$MNT/other"
	good "$name: the last block of a zone" zoned $((zone + end - 8)) 8
	none_provable "$name: a write has failed"
	check "$name: the file can be written again" \
		xfs_io -c "pwrite -q -S 0x88 $last $tail" -c fsync "$MNT/file"
	umount_works
	stop_monitor
	must mount /dev/plain "$MNT"
	is "$name: and has what was written last" \
		"$(tail -c $tail "$MNT/file" | tr -d '\210' | wc -c) $(stat -c %s "$MNT/file")" \
		"0 $((last + tail))"
	umount_works
	null_remove zoned
	null_remove plain
}

fstype=f2fs
# A report cannot be made in an interrupt: the bio is ended once more, by a task.
zoned "an interrupt" 2
zoned "a task" 0
undo_all
check_log
end
