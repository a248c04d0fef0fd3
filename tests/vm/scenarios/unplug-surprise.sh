#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Disks go away by surprise: the slot of an NVMe and of a virtio disk loses power while
# they are in use, right below a filesystem, and below linear and stripes. That all of it
# is gone, or which part, is told at once. Whose it was can only be told as far as what
# is left says it; nobody waits for that, and no wrong file is named.
# only: test-all
# run: --native-hotplug --nvme right=400M --nvme striped=400M --disk plain=400M --disk lower=400M
# timeout: 600
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

# what a removal may take, the machine being slow: one that nobody waits for
BUDGET=5000

gone()
{
	[[ ! -e /sys/block/$1 ]]
}

# vanishes: $DISK does, and the kernel is told to look at it
vanishes()
{
	lose_power
	took attribute "$DEVICE/remove" 1
	gone "$DISK"
}

# leaves TEXT: $DISK, in time
leaves()
{
	if vanishes; then
		no_longer "$1: nobody waits" $BUDGET
	else
		not_ok "$1: it goes" "$DISK is still there"
	fi
}

# whole TEXT: of $DISK, with a filesystem right on it
whole()
{
	local text=$1 dev lines

	mkxfs "/dev/$DISK"
	mount_fs "/dev/$DISK"
	fill_files 1 4
	dev=$(dev_of "$MNT")
	watch
	leaves "$text"
	next_event
	is "$text: it is told that all of it is gone" "${EVENT%+*+*+*}" \
		"bulk kind=bulk cause=removed errno=5 fstype=xfs dev=$dev device=$dev+0"
	lines=$(fserror-dump --ranges --fs "$dev")
	is "$text: and it is in the list" "${lines% bytes=*}" \
		"$dev complete records=1 partial=0 owners=0"
	umount_works
	stop_monitor
}

# bad_bytes DEV: how much of the filesystem is in the list, once nothing is pending
bad_bytes()
{
	local line

	line=$(fserror-dump --ranges --fs "$1" | head -n 1)
	[[ $line == "$1 complete records="* ]] || return
	line=${line#* bytes=}
	printf '%s' "${line%% *}"
}

lost_is()
{
	[[ $(bad_bytes "$dev") == "$1" ]]
}

# partly TEXT SECTORS: a part of a volume is lost with $DISK, so many sectors; $MNT is
# mounted
partly()
{
	local text=$1 from dev bytes=$(($2 * 512))

	dev=$(dev_of "$MNT")
	stackmap lost "$MNT" "$(<"/sys/block/$DISK/dev")+0+$((1 << 40))+removed" >"$T/lost"
	check "$text: there is something to lose" test -s "$T/lost"
	watch
	from=$(($(wc -l <"$T/raw") + 1))
	leaves "$text"
	wait_for 30 lost_is "$bytes"
	is "$text: what was there is in the list, and nothing else" "$(bad_bytes "$dev")" "$bytes"
	while next_event 5; do
		:
	done
	tail -n "+$from" "$T/raw" >"$T/part.json"
	must stackmap told "$T/part.json"
	printf '%s\n' "$OUT" | sed '/^$/d' >"$T/told"
	is "$text: no wrong file is named" "$(stackmap outside "$T/told" "$T/lost")" ""
	diag "$text: $(wc -l <"$T/told") of $(wc -l <"$T/lost") extents could be named"
}

named_disk right
whole "NVMe"
named_disk plain
whole "virtio"

named_disk lower
HALF=$((330 * 2048))
null_disk stays 340
dm volume <<END
0 $HALF linear /dev/stays 2048
$HALF $HALF linear /dev/$DISK 2048
END
# the log is in the half that stays
mkxfs /dev/mapper/volume -l agnum=0
mount_fs /dev/mapper/volume
fill_files 1 8
remount /dev/mapper/volume
stackmap lost "$MNT" "$(</sys/block/stays/dev)+0+$((1 << 40))+removed" >"$T/kept"
partly "virtio below linear" $HALF
while read -r ino _; do
	file=$(find "$MNT" -inum "${ino#ino=}")
	grep -q "^$ino " "$T/lost" && continue
	check "$file, which is on the other one, can be read" \
		dd if="$file" of=/dev/null bs=1M status=none
done < <(awk '{ print $1 }' "$T/kept" | sort -u)
alive
umount_works
stop_monitor
dm_remove volume
null_remove stays

named_disk striped
null_disk stays 400
dm volume <<END
0 $((2 * HALF)) striped 2 2048 /dev/stays 2048 /dev/$DISK 2048
END
mkxfs /dev/mapper/volume
mount_fs /dev/mapper/volume
fill_files 4 4
must umount "$MNT"
# read-only: half of the log is lost
must mount -o ro /dev/mapper/volume "$MNT"
partly "NVMe below a stripe" $HALF
umount_works
stop_monitor
dm_remove volume
null_remove stays
undo_all
check_log '[Ss]hutting down filesystem|filesystem has been shut down|log I/O error|metadata I/O error'
end
