#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An all-clear is proven: -S of whatever is below a filesystem, --path and -M through
# whatever mount, what is not looked at, reads that failed now or before the mount, and
# the state that status shows of it. In each case the wrong answer would be "nothing is
# damaged".
# only: test-all
# group: command
# timeout: 900
# run: --append scsi_debug.dev_size_mb=400
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"
. "$(dirname "$0")/answers.bash"

# lose FILE: its first sector
lose()
{
	mce_file "$1" 0
	wait_for "$EVENT_TIMEOUT" listed "$1" || not_ok "set-up: $1 is damaged"
}

listed()
{
	fswatch-err list -rn -o PATH 2>/dev/null | grep -xF "$1" >/dev/null
}

clear_text="nothing is damaged"
file_text="1 file with 512 damaged bytes"
unknown_text="no damage is known, but that may not be all"

### what is below a device-mapper device

fsdax 0
fsdax 1
dm linear <<<"0 $(sectors /dev/pmem0) linear /dev/pmem0 0"
mkxfs /dev/mapper/linear
mount_fs /dev/mapper/linear
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/f"
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/whole"
ends 0 "all is well" "$clear_text" fswatch-err check
ends 0 "-S below linear: all is well" "$clear_text" fswatch-err check -S /dev/pmem0
ends 4 "-S of a device that nothing is on" "$unknown_text" fswatch-err check -S /dev/pmem1
says "it says which" "'/dev/pmem1': no mounted filesystem is known to have this device"
lose "$MNT/f"
ends 0 "list -S below linear" "$MNT/f 0" fswatch-err list -rn -o PATH,OFFSET -S /dev/pmem0
ends 3 "check -S below linear" "$file_text" fswatch-err check -S /dev/pmem0
ends 3 "check -S of the device itself" "$file_text" fswatch-err check -S /dev/mapper/linear
ends 2 "check --nagios" "FSERROR CRITICAL - $file_text | files=1 bytes=512B *" \
	fswatch-err check --nagios
is "JSON with --output" "$(fswatch-err list -J -o PATH,OFFSET,DEV-LENGTH | jq -c '.damage[0] | keys')" \
	'["device","event","offset","paths","v"]'
is "one column more" "$(fswatch-err list -rn -o +INO | wc -w)" 7
is "status: damaged" \
	"$(fswatch-err status --json | jq -r ".filesystems[] | select(.target == \"$MNT\") | .state")" damaged
ends 0 "status: what to do" "*action: list the files with 'fswatch-err list -M $MNT'*" fswatch-err status

### the Python module

python=$(dirname "$0")/../../../tools/libfserror/python
ends 3 "the example in Python" "b'$MNT/f' 0 512" env PYTHONDONTWRITEBYTECODE=1 \
	LD_LIBRARY_PATH="$FSERROR_BUILD/tools/fswatch-err/lib" \
	PYTHONPATH="$python" python3 "$python/damaged_files.py" "$MNT"
must mkdir -p /mnt/empty
ends 0 "and of another directory" "" env PYTHONDONTWRITEBYTECODE=1 \
	LD_LIBRARY_PATH="$FSERROR_BUILD/tools/fswatch-err/lib" \
	PYTHONPATH="$python" python3 "$python/damaged_files.py" /mnt/empty

### mounts

must mkdir -p "$MNT/data" /mnt/bind /mnt/again /mnt/y /mnt/z
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/data/g"
must mount --bind "$MNT/data" /mnt/bind
must mount /dev/mapper/linear /mnt/again
lose "$MNT/data/g"
ends 3 "--path through a bind mount" "$file_text" fswatch-err check --path /mnt/bind
ends 3 "--path through a second mount" "$file_text" fswatch-err check --path /mnt/again/data
ends 0 "--path of what is whole" "$clear_text" fswatch-err check --path /mnt/again/whole
must umount /mnt/again /mnt/bind
# the number of the mount on top is the smaller one
must mount -t tmpfs none /mnt/z
must mount -t tmpfs none /mnt/y
must umount /mnt/z
must mount /dev/mapper/linear /mnt/y
ends 3 "--path where two are stacked" "2 files with 1024 damaged bytes" fswatch-err check --path /mnt/y
ends 3 "-M where two are stacked" "2 files with 1024 damaged bytes" fswatch-err check -M /mnt/y
must umount /mnt/y /mnt/y
heal_file "$MNT/f" 0
heal_file "$MNT/data/g" 0
must umount "$MNT"
dm_remove linear

### a physical volume, LUKS

new_vg /dev/pmem0
lvm_ lvcreate -y -Wn -Zn -n a -L 400M vg
printf secret >"$T/key"
must cryptsetup luksFormat -q --type luks2 --disable-locks --pbkdf pbkdf2 \
	--pbkdf-force-iterations 1000 --sector-size 512 /dev/vg/a "$T/key"
must cryptsetup open --disable-locks --key-file "$T/key" /dev/vg/a open
at_end cryptsetup close --disable-locks open
mkxfs /dev/mapper/open
mount_fs /dev/mapper/open
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/f"
ends 0 "-S of a physical volume: all is well" "$clear_text" fswatch-err check -S /dev/pmem0
lose "$MNT/f"
ends 3 "-S of a physical volume" "1 file with * damaged bytes" fswatch-err check -S /dev/pmem0
ends 3 "-S of a LUKS member" "1 file with * damaged bytes" fswatch-err check -S /dev/vg/a
must umount "$MNT"
undo_all
heal_disk pmem0

### an external log, a journal, a second device

must mkfs.xfs -q -f -m rmapbt=1 -l logdev=/dev/pmem1,size=64m /dev/pmem0
must mount -o logdev=/dev/pmem1 /dev/pmem0 "$MNT"
at_end unmount_quietly "$MNT"
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/f"
ends 0 "-S of a log: all is well" "$clear_text" fswatch-err check -S /dev/pmem1
lose "$MNT/f"
ends 3 "-S of a log" "$file_text" fswatch-err check -S /dev/pmem1
heal_file "$MNT/f" 0
must umount "$MNT"
must mke2fs -q -F -b 4096 -O journal_dev /dev/pmem1
must mkfs.ext4 -q -F -b 4096 -J device=/dev/pmem1 /dev/pmem0
must mount -t ext4 /dev/pmem0 "$MNT"
ends 0 "-S of a journal of ext4: all is well" "$clear_text" fswatch-err check -S /dev/pmem1
mce_dev /dev/pmem1 $((32 << 20))
lost_journal()
{
	fswatch-err check -q -S /dev/pmem1
	[[ $? = 3 ]]
}
wait_for "$EVENT_TIMEOUT" lost_journal
ends 3 "-S of a journal of ext4 that is bad" "1 damaged range that nobody could map to files" \
	fswatch-err check -S /dev/pmem1
ends 3 "which is that of the filesystem" "1 damaged range that nobody could map to files" \
	fswatch-err check -M "$MNT"
is "with the role of the device" \
	"$(fswatch-err list --json -S /dev/pmem1 | jq -r '.damage[].role')" log
must umount "$MNT"
heal_disk pmem1
must mkfs.btrfs -q -f -d raid0 -m raid1 /dev/pmem0 /dev/pmem1
must mount -t btrfs /dev/pmem0 "$MNT"
ends 0 "-S of btrfs's second device" "$clear_text" fswatch-err check -S /dev/pmem1
must umount "$MNT"

### a realtime device

MKFS=$FSERROR_BUILD/xfsprogs/bin/mkfs.xfs
must wipefs -q -a /dev/pmem0 /dev/pmem1
must "$MKFS" -q -f -m rmapbt=1,metadir=1 -d agcount=4 -r rtdev=/dev/pmem1,rgcount=4 /dev/pmem0
must mount -o rtdev=/dev/pmem1 /dev/pmem0 "$MNT"
must xfs_io -f -c "chattr +r" "$MNT/r"
must xfs_io -c "pwrite -q 0 64k" -c fsync "$MNT/r"
ends 0 "-S of a realtime device: all is well" "$clear_text" fswatch-err check -S /dev/pmem1
must fserror-inject mce-dev /dev/pmem1 "$(disk_offset "$MNT/r" 0)"
wait_for "$EVENT_TIMEOUT" listed "$MNT/r" || not_ok "set-up: $MNT/r is damaged"
ends 3 "-S of a realtime device" "$file_text" fswatch-err check -S /dev/pmem1
ends 3 "-S of the data device beside it" "$file_text" fswatch-err check -S /dev/pmem0
must umount "$MNT"
heal_disk pmem1

### the layers of an overlay

mkxfs /dev/pmem0
mkxfs /dev/pmem1
must mkdir -p /mnt/low /mnt/up /mnt/over
must mount /dev/pmem0 /mnt/low
must mount /dev/pmem1 /mnt/up
must mkdir /mnt/low/d /mnt/up/upper /mnt/up/work
must xfs_io -f -c "pwrite -q 0 64k" -c fsync /mnt/low/d/below
must mount -t overlay -o lowerdir=/mnt/low,upperdir=/mnt/up/upper,workdir=/mnt/up/work over /mnt/over
must xfs_io -f -c "pwrite -q 0 64k" -c fsync /mnt/over/d/above
must sync -f /mnt/up
ends 0 "--path through an overlay: all is well" "$clear_text" fswatch-err check --path /mnt/over/d
ends 4 "-M of an overlay: it has no device of its own" "$unknown_text" fswatch-err check -M /mnt/over
says "it says what to ask instead" "--path '/mnt/over' looks at its layers"
must fserror-inject mce-dev /dev/pmem0 "$(disk_offset /mnt/low/d/below 0)"
wait_for "$EVENT_TIMEOUT" listed /mnt/low/d/below || not_ok "set-up: the lower layer is damaged"
ends 3 "--path: the lower layer" "$file_text" fswatch-err check --path /mnt/over/d
ends 3 "--path of a file in it" "$file_text" fswatch-err check --path /mnt/over/d/below
# a directory may have had another name in the layer: then it may be below the path
ends 4 "--path of a file beside it" "$unknown_text" fswatch-err check --path /mnt/over/d/above
says "it says why" "may be below the path or not"
must fserror-inject mce-dev /dev/pmem1 "$(disk_offset /mnt/up/upper/d/above 0)"
wait_for "$EVENT_TIMEOUT" listed /mnt/up/upper/d/above || not_ok "set-up: the upper layer is damaged"
ends 3 "--path: both layers" "2 files with 1024 damaged bytes" fswatch-err check --path /mnt/over/d
ends 3 "--path of a file in the upper one" "$file_text" fswatch-err check --path /mnt/over/d/above
ends 3 "--path of the overlay" "2 files with 1024 damaged bytes" fswatch-err check --path /mnt/over
must umount /mnt/over /mnt/up /mnt/low
heal_disk pmem0
heal_disk pmem1

### another namespace

mkxfs /dev/pmem1
must mkdir -p /mnt/inside
unshare -m bash -c "mount /dev/pmem1 /mnt/inside && touch $T/up && exec sleep 1000" &
inside=$!
wait_for 60 test -e "$T/up" || not_ok "set-up: another namespace"
ends 0 "-S of what is mounted elsewhere" "$clear_text" fswatch-err check -S /dev/pmem1
ends 0 "-N with --path" "$clear_text" fswatch-err check -N "$inside" --path /mnt/inside
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "/proc/$inside/root/mnt/inside/f"
mce_dev /dev/pmem1 "$(disk_offset "/proc/$inside/root/mnt/inside/f" 0)"
damaged()
{
	fswatch-err check -q -S /dev/pmem1
	[[ $? = 3 ]]
}
wait_for "$EVENT_TIMEOUT" damaged
ends 3 "-S of what is damaged elsewhere" "$file_text" fswatch-err check -S /dev/pmem1
ends 3 "-N with --path of what is damaged" "$file_text" \
	fswatch-err check -N "$inside" --path /mnt/inside/f
heal_file "/proc/$inside/root/mnt/inside/f" 0
kill "$inside"
wait "$inside" 2>/dev/null

### reads that failed

dm dust <<<"0 $(sectors /dev/pmem0) dust /dev/pmem0 0 512"
mkxfs /dev/mapper/dust
mount_fs /dev/mapper/dust
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/f"
at=$(disk_offset "$MNT/f" 8192)
ends 0 "before anything is read" "$clear_text" fswatch-err check
must umount "$MNT"
must dmsetup message dust 0 addbadblock $((at / 512))
must dmsetup message dust 0 enable
mount_fs /dev/mapper/dust
cat "$MNT/f" >/dev/null 2>&1
failed()
{
	(($(fswatch-err status --json |
		jq "[.filesystems[] | select(.target == \"$MNT\") | .io_errors] | add") > 0))
}
wait_for "$EVENT_TIMEOUT" failed || not_ok "set-up: a read has failed"
ends 4 "a read that failed is no all-clear" "$unknown_text" fswatch-err check
says "and that is the reason" "failed since it was mounted"
is "status: errors" \
	"$(fswatch-err status --json | jq -r ".filesystems[] | select(.target == \"$MNT\") | .state")" errors
must dmsetup message dust 0 disable
must umount "$MNT"
mount_fs /dev/mapper/dust
ends 4 "nor is one before the mount" "$unknown_text" fswatch-err check -M "$MNT"
says "and it says so" "failed since boot, before the present mount"
must umount "$MNT"
undo_all

### disks that do not tell

# silent_is TEXT NAMES: what status says of the filesystem
silent_is()
{
	is "$1" "$(fswatch-err status --json |
		jq -c ".filesystems[] | select(.target == \"$MNT\") | .silent")" "$2"
}

must truncate -s 400M "$T/image"
loop=$(losetup -f --show "$T/image")
at_end losetup -d "$loop"
dm volume <<<"0 $(sectors "$loop") linear $loop 0"
mkxfs /dev/mapper/volume
mount_fs /dev/mapper/volume
silent_is "status: a loop device tells" "[]"
must umount "$MNT"
undo_all
scsi_disk
md linear "" "/dev/${DISK[0]}"
mkxfs "$MD"
mount_fs "$MD"
silent_is "status: the disk of an array does not" "[\"${DISK[0]}\"]"
must umount "$MNT"
dm volume <<<"0 $(sectors "$MD") linear $MD 0"
mount_fs /dev/mapper/volume
silent_is "status: nor below a volume on the array" "[\"${DISK[0]}\"]"
ends 0 "and in words" "*blind:  ${DISK[0]} cannot tell*" fswatch-err status
must umount "$MNT"
undo_all
check_log
end
