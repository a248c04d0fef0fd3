#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fswatch-err scan: what is in use is read, and nothing else; all files on a bad sector are
# named; a place; an end before the end, and going on; a disk that does not answer. XFS on
# SCSI, XFS and ext4 on NVMe, XFS on a volume on virtio, and a disk below.
# group: disk
# run: --append scsi_debug.dev_size_mb=400 --nvme flaky=400M@212992 --disk forgets=400M
# timeout: 600
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

STATE=$T/state

# scan [OPTION...]: its lines in $T/scan, its exit status in $STATUS
scan()
{
	fswatch-err scan --json --rate 0 "$@" >"$T/scan" 2>"$T/scan.err"
	STATUS=$?
}

# say FILTER: what jq finds in them
say()
{
	jq -r "$1" "$T/scan" | paste -sd ' '
}

# ends TEXT STATUS: with this, and otherwise what was said is shown
ends()
{
	if [[ $STATUS == "$2" ]]; then
		ok "$1"
	else
		not_ok "$1" "it ended with $STATUS, not $2" "$(<"$T/scan.err")" "$(<"$T/scan")"
	fi
}

names()
{
	say '.damage | select(. != null) | .paths[]?' | tr ' ' '\n' | sort -u | paste -sd ' '
}

# sector of $MNT/FILE at a byte
sector()
{
	echo $(($(disk_offset "$MNT/$1" "$2") / 512))
}

# mapped: bytes that have a line of what xfs_io prints of fsmap; some have more than one
mapped()
{
	sed -n 's/.*\[\([0-9]*\)\.\.\([0-9]*\)\].*/\1 \2/p' |
		awk '{ from = $1 > end ? $1 : end
		       if ($2 >= from) { n += $2 + 1 - from; end = $2 + 1 } }
		     END { print n * 512 }'
}

# in_use: bytes of the device of $MNT that are
in_use()
{
	xfs_io -c fsmap "$MNT" | grep -v 'free space' | mapped
}

at_end medium_good
scsi_disk
mkxfs "/dev/$DISK"
mount_fs "/dev/$DISK"
must xfs_io -f -c "pwrite -q -b 1m 0 8m" -c fsync "$MNT/one"
must cp --reflink=always "$MNT/one" "$MNT/two"
must xfs_io -f -c "pwrite -q -b 1m 0 1m" -c fsync "$MNT/other"
remount "/dev/$DISK"

scan -M "$MNT"
ends "XFS: nothing is bad" 0
is "XFS: all that is in use was read" "$(say 'select(.event == "end") | .read_all')" true
is "XFS: not all of the disk" "$(say 'select(.state == "done") | .whole')" false
read=$(say 'select(.state == "done") | .read')
is "XFS: exactly what is in use" "$read" "$(in_use)"

# one sector, in the middle
at=$(sector one 20480)
medium_bad "$at" 1
scan -M "$MNT"
ends "XFS: a bad sector" 3
is "XFS: all files on it are named" "$(names)" "$MNT/one $MNT/two"
is "XFS: exactly that could not be read" \
	"$(say 'select(.event == "unread") | "\(.name) \(.offset) \(.length) \(.errno)"')" \
	"$DISK $((at * 512)) 512 61"
is "XFS: each file's bytes" "$(say '.damage | select(. != null) | "\(.offset)+\(.length)"')" \
	"20480+512 20480+512"

# for people
fswatch-err scan --rate 0 -M "$MNT" >"$T/text" 2>"$T/text.err"
check "text: the files" grep -q "$MNT/two.*20480 *512B data-lost" "$T/text"
check "text: how much was read, and was not" grep -q "^$DISK ($MNT, xfs): .* read, 512B in 1 range could not be$" "$T/text"
check "text: what could not be read" grep -q "$DISK: 512 bytes at $((at * 512)) could not be read" "$T/text.err"

# the place alone
scan -S "/dev/$DISK" --at "$at"
ends "place: it is bad" 3
is "place: all files on it are named" "$(names)" "$MNT/one $MNT/two"
scan -S "/dev/$DISK" --at "$((at + 8)):8"
ends "place: another one is not" 0
scan -S "/dev/$DISK" --at $((1 << 40))
ends "place: there is none such" 1

# somebody ends it behind the bad sector, and the disk is good when it goes on
# a shell has its background ignore it
env --default-signal=INT fswatch-err scan --json --rate 1M -M "$MNT" --resume "$STATE" >"$T/scan" 2>"$T/scan.err" &
pid=$!
passed()
{
	[[ $(say 'select(.event == "unread") | .offset') ]]
}
check "end: the bad sector is passed" wait_for 60 passed
kill -INT "$pid"
wait "$pid"
STATUS=$?
ends "end: by a signal, with what was found" 3
is "end: all files are named" "$(names)" "$MNT/one $MNT/two"
is "end: and where to go on" "$(say 'select(.event == "end") | .resume')" "$STATE"
check "end: the file has what could not be read" grep -qx "unread $((at * 512)) 512" "$STATE"
medium_good
scan -M "$MNT" --resume "$STATE"
ends "end: it goes on, and the sector can be read" 0
is "end: from where it was" "$(say 'select(.state == "done") | .resumed')" true
check "end: not from the begin" test "$(say 'select(.state == "done") | .read')" -lt "$read"
check "end: the file is gone" test ! -e "$STATE"
is "end: nothing is bad" "$(names)" ""

# what is free is not read; a place there is nobody's
free=$(($(sectors "/dev/$DISK") - 4096))
medium_bad "$free" 1
scan -M "$MNT"
ends "free: is not read" 0
scan -S "/dev/$DISK" --at "$free"
ends "free: but for its place" 3
is "free: is nobody's" "$(say '.damage | select(. != null) | .flags | join(",")')" unowned
medium_good
scan -S "/dev/$DISK" --at "$free"
ends "free: and good again" 0
umount_works

# a disk below: all of it; and one that does not answer
dm lower <<<"0 65536 linear /dev/$DISK 2048"
dm above <<<"0 65536 linear /dev/mapper/lower 0"
must mkfs.ext4 -q -F /dev/mapper/above
mount_fs /dev/mapper/above
scan -S /dev/mapper/lower
ends "below: nothing is bad" 0
is "below: all of the disk is read" "$(say 'select(.state == "done") | "\(.whole) \(.read)"')" \
	"true $((65536 * 512))"
scan -S /dev/mapper/above
is "below: not of the one above" "$(say 'select(.state == "done") | .whole')" false
must dmsetup suspend --nolockfs --noflush above
took scan -M "$MNT" --patience 2
must dmsetup resume --noudevsync above
ends "stuck: that is no all-clear" 4
is "stuck: it says so" "$(say 'select(.state == "stuck") | .name')" \
	"$(basename "$(readlink -f "/sys/dev/block/$(dev_of "$MNT")")")"
no_longer "stuck: nobody waits for it" 60000
umount_works
dm_remove above
dm_remove lower
scsi_remove

# NVMe, ext4: whose it is only the disk's range says
named_disk flaky
for type in ext4 xfs; do
	if [[ $type == ext4 ]]; then
		must mkfs.ext4 -q -F "/dev/$DISK"
	else
		mkxfs "/dev/$DISK"
	fi
	mount_fs "/dev/$DISK"
	# space that is reserved is in use
	must xfs_io -f -c "falloc 0 160m" -c fsync "$MNT/one"
	is "NVMe, $type: GETFSMAP has all of the disk, also a group that is full" \
		"$(xfs_io -c fsmap "$MNT" | mapped)" $(($(sectors "/dev/$DISK") * 512))
	scan -M "$MNT"
	ends "NVMe, $type: a bad sector" 3
	is "NVMe, $type: exactly that could not be read" \
		"$(say 'select(.event == "unread") | "\(.offset) \(.length)"')" "$((212992 * 512)) 512"
	is "NVMe, $type: what is in use was read" "$(say 'select(.state == "done") | .whole')" false
	is "NVMe, $type: and what is bad is told" \
		"$(say '.damage | select(. != null) | .device | "\(.offset)+\(.length)"')" "$((212992 * 512))+512"
	umount_works
done

# a disk of which nobody keeps what failed, below a volume: XFS tells it
named_disk forgets
# volume FIRST: a sector of it cannot be read, and nothing says so
volume()
{
	printf '%s\n' "0 $1 linear /dev/$DISK 0" "$1 8 flakey /dev/$DISK $1 0 1" \
		"$(($1 + 8)) $(($(sectors "/dev/$DISK") - $1 - 8)) linear /dev/$DISK $(($1 + 8))"
}
dm volume <<<"0 $(sectors "/dev/$DISK") linear /dev/$DISK 0"
mkxfs /dev/mapper/volume
mount_fs /dev/mapper/volume
must xfs_io -f -c "pwrite -q -b 1m 0 8m" -c fsync "$MNT/one"
at=$(sector one 20480)
dm_reload volume < <(volume "$at")
scan -M "$MNT"
# what only XFS has found has no range of a device, so no list has it
ends "virtio: a bad sector below a volume is no all-clear" 4
is "virtio: exactly that could not be read" \
	"$(say 'select(.event == "unread") | "\(.offset) \(.length)"')" "$((at * 512)) 4096"
is "virtio: and the log names the file" \
	"$(fswatch-err log --json | jq -r 'select(.kind == "data-lost" and .device == null) | .paths[]' |
		grep "^$MNT/" | sort -u)" "$MNT/one"
dm_reload volume <<<"0 $(sectors "/dev/$DISK") linear /dev/$DISK 0"
umount_works
undo_all
check_log
end
