#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One upon the other: XFS on LUKS on LVM2 on an md mirror, with a bad sector on one and
# then on both legs; and XFS in an image file on XFS on a thin volume. What lies between
# is found without any map in the second case: by what is written in the sector.
# group: stack-md
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

LOWER=/mnt/lower

all_is_good()
{
	[[ ! $(damage) ]]
}

# marked DEV TEXT: where a text is on a device, in bytes
marked()
{
	python3 -IS - "$@" <<'END'
import sys

with open(sys.argv[1], "rb") as device:
    text, at = sys.argv[2].encode(), 0
    while piece := device.read(1 << 20):
        if (found := piece.find(text)) >= 0:
            print(at + found)
            break
        at += len(piece)
END
}

fsdax 0
fsdax 1
MD_SIZE=$((400 << 10))
md raid1 "" /dev/pmem0 /dev/pmem1
LVM_DISKS='^/dev/md127'
new_vg "$MD"
lvm_ lvcreate --yes --wipesignatures n --zero n -L 360m -n lv vg
printf secret >"$T/key"
must cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
	--sector-size 512 /dev/mapper/vg-lv "$T/key"
must cryptsetup open --disable-locks --key-file "$T/key" /dev/mapper/vg-lv crypt
at_end cryptsetup close --disable-locks crypt
mkxfs /dev/mapper/crypt
mount_fs /dev/mapper/crypt
fill_files 4 3
remount /dev/mapper/crypt
watch
at=$(disk_offset "$MNT/d2/file" $((2 << 20)))
IFS=+ read -r _ inside _ <<<"$(bottom "$(dev_of "$MNT")+$at+512")"
md_places "$inside"
must fserror-inject mce-dev "/dev/${DISK[1]}" "${AT[1]}"
line=$(degraded raid1 "$at" 512 "${DISK[1]}" "${AT[1]}")
expect "a bad sector of one leg is degraded, up to the top" "$line"
level "and the level says so" "$line"
must fserror-inject mce-dev "/dev/${DISK[0]}" "${AT[0]}"
line=$(gone_bytes "$MNT/d2/file" $((2 << 20)) 512 "${DISK[0]}" "${AT[0]}")
expect "of both legs it is lost" "$line"
level "and the level says so, too" "$line"
heal_file "$MNT/d2/file" $((2 << 20))
check "a write makes both good" wait_for "$EVENT_TIMEOUT" all_is_good
alive
umount_works
stop_monitor
undo_all

null_disk data 700
null_disk meta 16
must dd if=/dev/zero of=/dev/meta bs=4096 count=1 oflag=direct status=none
dm pool <<<"0 $((700 * 2048)) thin-pool /dev/meta /dev/data 128 0 1 skip_block_zeroing"
must dmsetup message pool 0 "create_thin 0"
dm thin <<<"0 $((600 * 2048)) thin /dev/mapper/pool 0"
mkxfs /dev/mapper/thin
must mkdir -p "$LOWER"
must mount /dev/mapper/thin "$LOWER"
at_end unmount_quietly "$LOWER"
must xfs_io -f -c "falloc 0 320m" -c fsync "$LOWER/image"
must losetup --find --show "$LOWER/image"
LOOP=$OUT
at_end losetup --detach "$LOOP"
mkxfs "$LOOP"
mount_fs "$LOOP"
text="here it is: $EPOCHREALTIME"
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/file"
must dd of="$MNT/file" bs=512 seek=16 conv=notrunc,fsync status=none <<<"$text"
must sync -f "$LOWER/image"
there=$(marked /dev/data "$text")
watch
at=$(disk_offset "$MNT/file" 8192)
lines=("$(gone_bytes "$MNT/file" 8192 512 data "$there" media)"
	"$(MNT=$LOWER gone_bytes "$LOWER/image" "$at" 512 data "$there" media)")
null_bad data $((there / 512)) 1
expect "a sector of the pool is of the file, and of the image" "${lines[@]}"
level "and the level says so" "${lines[@]}"
null_good data $((there / 512)) 1
expect "it is good again" "$(cleared "${lines[0]}")" "$(cleared "${lines[1]}")"
level "all of it"
alive
umount_works
stop_monitor
undo_all
check_log
end
