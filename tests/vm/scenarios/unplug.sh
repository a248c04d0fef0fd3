#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Disks are unplugged below a mounted filesystem: NVMe, virtio, SCSI and null_blk, in an
# orderly way, and SCSI by surprise. With somebody listening it is told at once that all
# of the disk is gone, and then, while it can be read, whose it was, also if it is a part
# of a linear or striped volume; the removal takes no longer than its budget. With nobody
# listening it waits for nobody.
# group: unplug
# run: --append scsi_debug.dev_size_mb=400 --disk plain=400M --disk below=400M --nvme quick=400M --nvme lower=400M
# timeout: 600
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

# what a removal may take, the machine being slow
BUDGET=10000

# filled DEV: XFS with files on it, of which nothing is in the cache
filled()
{
	mkxfs "$1"
	mount_fs "$1"
	fill_files 1 4
	must mkdir "$MNT/small"
	for i in {1..20}; do
		echo "small" >"$MNT/small/$i"
	done
	remount "$1"
}

gone()
{
	[[ ! -e /sys/block/$1 ]]
}

# leaves TEXT DISK COMMAND...: the command takes the disk away, in time
leaves()
{
	local text=$1 disk=$2

	shift 2
	if took "$@" && wait_for 30 gone "$disk"; then
		no_longer "$text: it takes no longer than the budget" $BUDGET
	else
		not_ok "$text: it goes" "$* failed, or $disk is still there"
	fi
}

# orderly TEXT COMMAND...: of $DISK, with a filesystem right on it
orderly()
{
	local text=$1 from want dev lines

	shift
	filled "/dev/$DISK"
	dev=$(dev_of "$MNT")
	want=$(stackmap lost "$MNT" "$dev+0+$((1 << 40))+removed")
	watch
	from=$(($(wc -l <"$T/raw") + 1))
	leaves "$text" "$DISK" "$@"
	next_event
	is "$text: first it is told that all of it is gone" "${EVENT%+*+*+*}" \
		"bulk kind=bulk cause=removed errno=5 fstype=xfs dev=$dev device=$dev+0"
	wait_for "$EVENT_TIMEOUT" raw_is "$from" "$want"
	tail -n "+$from" "$T/raw" >"$T/part.json"
	same_lines "$text: then all files that were on it" "$(stackmap told "$T/part.json")" "$want"
	lines=$(fserror-dump --ranges --fs "$dev")
	is "$text: and all of it stays in the list" "${lines% bytes=*}" \
		"$dev complete records=1 partial=0 owners=0"
	umount_works
	stop_monitor
}

# below TEXT KIND COMMAND...: of $DISK, which is the second half of a linear volume or one
# of two stripes
below()
{
	local text=$1 kind=$2 from want options='' half=$((330 * 2048))

	shift 2
	null_disk stays 340
	if [[ $kind == linear ]]; then
		dm volume <<END
0 $half linear /dev/stays 2048
$half $half linear /dev/$DISK 2048
END
	else
		dm volume <<<"0 $((2 * half)) striped 2 2048 /dev/stays 2048 /dev/$DISK 2048"
		# half of the log is lost
		options=ro
	fi
	# the log of the linear one is in the half that stays
	mkxfs /dev/mapper/volume -l agnum=0
	mount_fs /dev/mapper/volume
	fill_files 4 4
	remount /dev/mapper/volume $options
	want=$(stackmap lost "$MNT" "$(<"/sys/block/$DISK/dev")+0+$((1 << 40))+removed")
	check "$text: there is something to lose" test "$want"
	watch
	from=$(($(wc -l <"$T/raw") + 1))
	leaves "$text" "$DISK" "$@"
	wait_for "$EVENT_TIMEOUT" raw_is "$from" "$want"
	tail -n "+$from" "$T/raw" >"$T/part.json"
	same_lines "$text: every file there is named" "$(stackmap told "$T/part.json")" "$want"
	[[ $kind != linear ]] || alive
	umount_works
	stop_monitor
	dm_remove volume
	null_remove stays
}

remove_pci()
{
	attribute "$(pci_of "$DISK")/remove" 1
}

scsi_delete()
{
	attribute "/sys/block/$DISK/device/delete" 1
}

scsi_surprise()
{
	attribute "/sys/block/$DISK/device/state" offline
	attribute "/sys/block/$DISK/device/delete" 1
}

named_disk quick
orderly "NVMe, sysfs" remove_pci
named_disk lower
below "NVMe, the slot's button, below linear" linear fserror-inject unplug lower
named_disk plain
orderly "virtio, the slot's button" fserror-inject unplug plain
named_disk below
below "virtio, sysfs, below stripes" striped remove_pci
scsi_disk
orderly "SCSI, delete" scsi_delete
scsi_remove
scsi_disk
below "SCSI, the host, below stripes" striped scsi_remove
null_disk powered 400
DISK=powered
orderly "null_blk, power" null_off powered
null_remove powered

# by surprise: nobody can read any more whose it was, and nobody tries
scsi_disk
filled "/dev/$DISK"
dev=$(dev_of "$MNT")
must sync -f "$MNT"
watch
leaves "SCSI by surprise" "$DISK" scsi_surprise
next_event
is "SCSI by surprise: it is told that all of it is gone" "${EVENT%+*+*+*}" \
	"bulk kind=bulk cause=removed errno=5 fstype=xfs dev=$dev device=$dev+0"
lines=$(fserror-dump --ranges --fs "$dev")
is "SCSI by surprise: and it is in the list" "${lines% bytes=*}" \
	"$dev complete records=1 partial=0 owners=0"
umount_works
stop_monitor
scsi_remove

# with nobody listening a budget of minutes is not even begun
read -r budget </sys/module/fserror/parameters/removal_ms
must attribute /sys/module/fserror/parameters/removal_ms 300000
null_disk unheard 400
filled /dev/unheard
took null_off unheard
no_longer "with nobody listening it waits for nobody" $BUDGET
must attribute /sys/module/fserror/parameters/removal_ms "$budget"
umount_works
null_remove unheard
undo_all
check_log '[Ss]hutting down filesystem|filesystem has been shut down|log I/O error|metadata I/O error'
end
