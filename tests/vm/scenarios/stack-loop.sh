#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# XFS in an image file on XFS: what is bad below names the file in the image, once and
# nested twice; what is bad of other files is nothing to it; a write makes it good.
# group: stack-copies
# timeout: 1200
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/copies.bash"

LOWER=/mnt/lower
MIDDLE=/mnt/middle

# loop FILE SIZE [OPTION...]: a loop device of a new file; its name is left in $LOOP
loop()
{
	local file=$1 size=$2

	shift 2
	must xfs_io -f -c "falloc 0 $size" -c fsync "$file"
	must losetup --find --show "$@" "$file"
	LOOP=$OUT
	at_end losetup --detach "$LOOP"
}

# below OFFSET: where a byte of the loop device is on pmem0, in bytes
below()
{
	disk_offset "$LOWER/image" $(($1 + START))
}

fsdax 0
mkxfs /dev/pmem0
must mkdir -p "$LOWER" "$MIDDLE"
must mount /dev/pmem0 "$LOWER"
at_end unmount_quietly "$LOWER"
must xfs_io -f -c "pwrite -q 0 1m" -c fsync "$LOWER/other"
START=$((1 << 20))
loop "$LOWER/image" 400m --offset $START
mkxfs "$LOOP"
mount_fs "$LOOP"
fill_files 4 3
must sync
remount "$LOOP"
watch

at=$(disk_offset "$MNT/d2/file" $((2 << 20)))
inner=$(gone_bytes "$MNT/d2/file" $((2 << 20)) 512 pmem0 "$(below "$at")")
outer=$(MNT=$LOWER gone_bytes "$LOWER/image" $((at + START)) 512 pmem0 "$(below "$at")")
must fserror-inject mce-dev /dev/pmem0 "$(below "$at")"
expect "the file in the image, and the image" "$inner" "$outer"
level "and the level has both" "$inner" "$outer"
other=$(MNT=$LOWER gone_bytes "$LOWER/other" 4096 512 pmem0 "$(disk_offset "$LOWER/other" 4096)")
must fserror-inject mce-dev /dev/pmem0 "$(disk_offset "$LOWER/other" 4096)"
expect "another file is nothing to the image" "$other"
quiet "and no more is told"
heal_file "$MNT/d2/file" $((2 << 20))
expect "a write through the loop device clears both" "$(good_again "$at" 512)" \
	"$(MNT=$LOWER good_again "$(below "$at")" 512)"
level "and both leave the level" "$other"
check "the loop device can be detached, and the filesystem below be unmounted" \
	eval "umount $MNT && losetup --detach $LOOP && umount $LOWER"
stop_monitor
undo_all
heal_disk pmem0
check_log
end
