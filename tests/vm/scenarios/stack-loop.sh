#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# XFS in an image file on XFS, and once more in an image file on that: what is bad below
# names the file in each of them; what is bad of another file below is nothing to the
# image; a write makes it good, all the way up. What is on a loop device of a block
# device is found, too.
# group: stack-md
# timeout: 1200
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/copies.bash"

LOWER=/mnt/lower
MIDDLE=/mnt/middle
START=$((1 << 20))

# loop FILE [OPTION...]: a loop device of it; its name is left in $LOOP
loop()
{
	local file=$1

	shift
	must losetup --find --show "$@" "$file"
	LOOP=$OUT
	at_end loop_remove "$LOOP"
}

loop_remove()
{
	losetup "$1" >/dev/null 2>&1 || return 0
	losetup --detach "$1" || not_ok "put back: losetup --detach $1"
}

# image FILE SIZE [OPTION...]: the same, of a new file
image()
{
	must xfs_io -f -c "falloc 0 $2" -c fsync "$1"
	loop "$1" "${@:3}"
}

# where bytes of the devices are on pmem0
of_middle()
{
	disk_offset "$LOWER/image" $(($1 + START))
}

of_upper()
{
	of_middle "$(disk_offset "$MIDDLE/image" "$1")"
}

# line DIR FILE OFFSET AT: a sector of a file is lost, because of what is at AT of pmem0
line()
{
	MNT=$1 gone_bytes "$1/$2" "$3" 512 pmem0 "$4"
}

raw_disk()
{
	must fserror-inject mce-dev /dev/pmem0 "$1"
}

fsdax 0
mkxfs /dev/pmem0
must mkdir -p "$LOWER" "$MIDDLE"
must mount /dev/pmem0 "$LOWER"
at_end unmount_quietly "$LOWER"
must xfs_io -f -c "pwrite -q 0 1m" -c fsync "$LOWER/other"
image "$LOWER/image" 800m --offset $START
middle=$LOOP
mkxfs "$middle"
must mount "$middle" "$MIDDLE"
at_end unmount_quietly "$MIDDLE"
must xfs_io -f -c "pwrite -q 0 1m" -c fsync "$MIDDLE/other"
image "$MIDDLE/image" 320m
upper=$LOOP
mkxfs "$upper"
mount_fs "$upper"
fill_files 4 3
must sync
remount "$upper"
watch

# one below the other
at=$(disk_offset "$MIDDLE/other" 4096)
there=$(of_middle "$at")
lines=("$(line "$MIDDLE" other 4096 "$there")"
	"$(line "$LOWER" image $((at + START)) "$there")")
raw_disk "$there"
expect "a file in the image, and the image" "${lines[@]}"
level "and the level has both" "${lines[@]}"

at=$(disk_offset "$MNT/d2/file" $((2 << 20)))
inside=$(disk_offset "$MIDDLE/image" "$at")
there=$(of_middle "$inside")
more=("$(line "$MNT" d2/file $((2 << 20)) "$there")"
	"$(line "$MIDDLE" image "$at" "$there")"
	"$(line "$LOWER" image $((inside + START)) "$there")")
raw_disk "$there"
expect "a file in the image in the image, and both images" "${more[@]}"
level "and the level has them all" "${lines[@]}" "${more[@]}"

there=$(disk_offset "$LOWER/other" 4096)
other=$(line "$LOWER" other 4096 "$there")
raw_disk "$there"
expect "another file is nothing to the image" "$other"
quiet "and no more is told"

heal_file "$MNT/d2/file" $((2 << 20))
must sync -f "$MIDDLE/image"
must sync -f "$LOWER/image"
expect "a write makes it good, all the way up" "$(cleared "${more[0]}")" \
	"$(cleared "${more[1]}")" "$(cleared "${more[2]}")"
level "and it leaves the level" "${lines[@]}" "$other"
alive

umount_works
check "the loop device can be detached" losetup --detach "$upper"
check "the filesystem below it can be unmounted" umount "$MIDDLE"
check "its loop device can be detached" losetup --detach "$middle"
check "and the one below that can be unmounted, too" umount "$LOWER"
stop_monitor
heal_disk pmem0

# a block device
loop /dev/pmem0 --offset $START
mkxfs "$LOOP"
mount_fs "$LOOP"
must xfs_io -f -c "pwrite -q 0 1m" -c fsync "$MNT/file"
remount "$LOOP"
there=$(($(disk_offset "$MNT/file" 8192) + START))
raw_disk "$there"
check "a mount of a loop device of a disk finds what is bad of the disk" remount "$LOOP"
level "and the level says so" "$(replayed "$(line "$MNT" file 8192 "$there")")"
umount_works
undo_all
check_log
end
