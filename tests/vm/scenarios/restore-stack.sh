#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fswatch-err restore above others: LUKS2 as cryptsetup makes it by default, with sectors of
# 4096 bytes; an LVM snapshot that shares the bad block, which is no copy; a file on the
# realtime device of XFS.
# only: test-all
# group: stack-target
# timeout: 900
# run: --nvdimm 1G --nvdimm 1G
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/restore.bash"

COPY=$T/copy
SNAP=/mnt/snap

# files NAME...: what they hold is nowhere else; with a copy
files()
{
	local name

	must rm -rf "$COPY"
	for name; do
		must dd if=/dev/urandom of="$MNT/$name" bs=70000 count=1 conv=notrunc status=none
	done
	must sync -f "$MNT"
	must cp -a "$MNT" "$COPY"
}

# lose NAME OFFSET: a sector of the disk below goes bad
lose()
{
	mce_origin "$(data_lost "$MNT/$1" "$2" 512)"
}

# damaged COUNT: at least so much is listed
damaged()
{
	(($(damage | wc -l) >= $1))
}

contents()
{
	local name

	echo 3 >/proc/sys/vm/drop_caches
	for name in "${@:2}"; do
		check "$1: $name is what it was" cmp "$MNT/$name" "$COPY/$name"
	done
}

as_it_was()
{
	contents "$@"
	level "$1: nothing is damaged"
}

fsdax 0
fsdax 1
printf secret >"$T/key"
must cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
	/dev/pmem0 "$T/key"
must cryptsetup open --disable-locks --key-file "$T/key" /dev/pmem0 crypt
at_end cryptsetup close --disable-locks crypt
is "cryptsetup takes the sectors that the disk has" "$(blockdev --getss /dev/mapper/crypt)" 4096
mkxfs /dev/mapper/crypt
mount_fs /dev/mapper/crypt
files middle tail
remount /dev/mapper/crypt
lose middle 8704
lose tail 69900
must wait_for "$EVENT_TIMEOUT" damaged 2
restore 0 "LUKS2: both are restored" --from "$COPY"
as_it_was "LUKS2" middle tail
must umount "$MNT"
heal_disk pmem0
must cryptsetup close --disable-locks crypt

# a snapshot has no DAX, and a device that has it does not become one that has not
dm pv0 <<<"0 $(sectors /dev/pmem0) dust /dev/pmem0 0 512"
new_vg /dev/mapper/pv0
lvm_ lvcreate -y -Wn -Zn -n a -L 320M vg
mkxfs /dev/vg/a
mount_fs /dev/vg/a
files middle
lvm_ lvcreate -y -s -n s -L 64M vg/a
must mkdir -p "$SNAP"
must mount -o ro,nouuid,norecovery /dev/vg/s "$SNAP"
at_end unmount_quietly "$SNAP"
remount /dev/vg/a
at=$(disk_offset "$MNT/middle" 8704)
where=$(dmsetup table vg-a-real | awk '{ print $5 }')
must fserror-inject mce-dev /dev/pmem0 $((at + where * 512))
must wait_for "$EVENT_TIMEOUT" damaged 1
restore 4 "a snapshot that shares the bad block" --from "$SNAP" -m "$MNT"
is "is no copy" "$(<"$T/err")" \
	"not restored: $MNT/middle offset 8704 length 512: the copy cannot be read: Input/output error"
must umount "$SNAP"
lvm_ lvremove -ff -y vg/s
restore 0 "a real one is" --from "$COPY" -m "$MNT"
contents "LVM" middle
# that the volume has another table makes it unknown what is there, until it is unmounted
check "it can be read, and the kernel does not know what it is" bash -c \
	"fswatch-err list --json | jq -e '.damage | length == 1 and (.[0].flags | index(\"content-unknown\"))'"
remount /dev/vg/a
as_it_was "LVM" middle
must umount "$MNT"
undo_all

MKFS=$FSERROR_BUILD/xfsprogs/bin/mkfs.xfs
if [[ ! -x $MKFS ]]; then
	not_ok "set-up: a newer xfsprogs" "$MKFS is not there: scripts/fetch-testing gets it"
	end
fi
must wipefs -q -a /dev/pmem0 /dev/pmem1
must "$MKFS" -q -f -m rmapbt=1,metadir=1 -d agcount=4 -r rtdev=/dev/pmem1,rgcount=4 /dev/pmem0
must mount -o dax=always,rtdev=/dev/pmem1 /dev/pmem0 "$MNT"
at_end unmount_quietly "$MNT"
must xfs_io -f -c "chattr +r" "$MNT/middle"
must xfs_io -f -c "chattr +r" "$MNT/tail"
files middle tail
must fserror-inject mce-dev /dev/pmem1 "$(disk_offset "$MNT/middle" 8704)"
must fserror-inject mce-dev /dev/pmem1 "$(disk_offset "$MNT/tail" 69900)"
must wait_for "$EVENT_TIMEOUT" damaged 2
restore 0 "the realtime device: both are restored" --from "$COPY"
as_it_was "the realtime device" middle tail
is "and are on it still" "$(xfs_io -c lsattr "$MNT/tail" | grep -c '^-*r')" 1
check_log
end
