#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the filesystems report by themselves, through fserror_report(), of a block
# device that fails: reads and writes of XFS with the inode and the bytes, in a group of
# their own, where the same error many times is one record; a directory of ext4; the
# shutdown.
# group: io-errors
. "$(dirname "$0")/stack.bash"

DM=/dev/mapper/scenario

# table TABLE: the device-mapper device has this table, no I/O is held back
table()
{
	dm_reload scenario --noflush --nolockfs <<<"$1"
}

# error KIND FILE OFFSET LENGTH: what a failed read or write is told as
error()
{
	printf 'error kind=%s errno=5 fstype=%s %s' "$1" "$fstype" \
		"$(where -i "$2" | sed "s/ nlink/ offset=$3 length=$4 nlink/")"
}

# told TEXT LINE: the next event is this, but for the one before: what readahead
# could not read is tried again by the read itself, and told each time
told()
{
	until next_event; [[ ${EVENT%% path_state=*} != "${LAST-}" ]]; do
		:
	done
	LAST=$2
	is "$1" "${EVENT%% path_state=*}" "$2"
}

raw 1
sectors=$(</sys/class/block/pmem1/size)
linear="0 $sectors linear /dev/pmem1 0"
dm scenario <<<"$linear"

fstype=xfs
mkxfs $DM
mount_fs $DM
dev=$(dev_of "$MNT")
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/one"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
one=$(disk_offset "$MNT/one" 0)
at=$(disk_offset "$MNT/file" 16384)
remount $DM
watch
# A block of each of the files: flakey that is never up. Not an error target, which
# stands for a device that is gone.
table "0 $((one / 512)) linear /dev/pmem1 0
$((one / 512)) 8 flakey /dev/pmem1 $((one / 512)) 0 1
$((one / 512 + 8)) $(((at - one) / 512 - 8)) linear /dev/pmem1 $((one / 512 + 8))
$((at / 512)) 8 flakey /dev/pmem1 $((at / 512)) 0 1
$((at / 512 + 8)) $((sectors - at / 512 - 8)) linear /dev/pmem1 $((at / 512 + 8))"

check_fails "xfs: a buffered read fails" "Input/output error" \
	xfs_io -c "pread -q 0 4096" "$MNT/one"
told "xfs: and is told" "$(error buffered-read "$MNT/one" 0 4096)"
check_fails "xfs: a direct read fails" "Input/output error" \
	xfs_io -d -c "pread -q 16384 4096" "$MNT/file"
told "xfs: and is told" "$(error directio-read "$MNT/file" 16384 4096)"
check_fails "xfs: a direct write fails" "Input/output error" \
	xfs_io -d -c "pwrite -q 16384 4096" "$MNT/file"
told "xfs: and is told" "$(error directio-write "$MNT/file" 16384 4096)"
# the page is overwritten as a whole, so that nothing is read
check_fails "xfs: writeback fails" "Input/output error" \
	xfs_io -c "pwrite -q 16384 4096" -c fsync "$MNT/file"
told "xfs: and is told" "$(error buffered-write "$MNT/file" 16384 4096)"
# but it is no all-clear
level "xfs: none of this is damage of the media" "incomplete"
begun=$SECONDS
for _ in {1..50}; do
	xfs_io -d -c "pread -q 16384 4096" "$MNT/file" >/dev/null 2>&1
done
repeated()
{
	[[ $(jq -s 'map(select(.kind == "directio-read") | .repeat // 1) | add' "$T/raw") == 51 ]]
}
check "xfs: 50 more failed reads are told" wait_for 20 repeated
# the same error is told once a second while it goes on
check "xfs: in no more records than seconds" \
	test "$(grep -c '"kind":"directio-read"' "$T/raw")" -le $((SECONDS - begun + 5))
is "xfs: all of them in the group of reads and writes" \
	"$(jq -r 'select(.event == "error") | .group' "$T/raw" | sort -u)" io

# what has to be read to make a file is in memory then: only the log is written
must xfs_io -f -c fsync "$MNT/before"
table "0 $sectors flakey /dev/pmem1 0 0 1"
check_fails "xfs: the log cannot be written" "Input/output error" \
	xfs_io -f -c fsync "$MNT/new"
# writeback of what is left may fail before and after
while next_event && [[ $EVENT != *kind=shutdown* ]]; do
	diag "$EVENT"
done
is "xfs: the shutdown is told" "${EVENT%% path_state*}" \
	"error kind=shutdown errno=108 fstype=xfs dev=$dev"
umount_works
stop_monitor
table "$linear"

fstype=ext4
must mkfs.ext4 -q -F -b 4096 -E lazy_itable_init=0,nodiscard -O ^has_journal $DM 65536
mount_fs $DM errors=continue
must mkdir "$MNT/dir"
must touch "$MNT/dir/"{1..100}
dir=$(where -i "$MNT/dir")
must umount "$MNT"
block=$(debugfs -R "blocks /dir" $DM 2>/dev/null | tr -d ' \n')
must mount -o errors=continue $DM "$MNT"
watch
table "0 $((block * 8)) linear /dev/pmem1 0
$((block * 8)) 8 flakey /dev/pmem1 $((block * 8)) 0 1
$((block * 8 + 8)) $((sectors - block * 8 - 8)) linear /dev/pmem1 $((block * 8 + 8))"
check_fails "ext4: a directory cannot be read" "" ls "$MNT/dir/1"
next_event
got=${EVENT%% path_state*}
is "ext4: it is told as bad metadata of the directory" \
	"$(sed 's/ errno=[0-9]*//; s/ nlink=[0-9]*//' <<<"$got")" \
	"error kind=metadata fstype=ext4 ${dir% nlink=*}"
table "$linear"
umount_works
stop_monitor
check_log 'Shutting down filesystem|filesystem has been shut down|log I/O error|Corruption of'
end
