#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Disks with a million files are unplugged: with somebody listening it takes no longer
# than the budget, also if the watcher does not read, and if only a half of a volume
# goes; with nobody listening it is done at once.
# run: --nvme first=BUILD/vm/million.img --nvme second=BUILD/vm/million.img --nvme third=BUILD/vm/million.img --disk kept=BUILD/vm/million.img --nvme half=BUILD/vm/million.img
# timeout: 400
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

# what a removal may take, the machine being slow, and what it takes without a budget
BUDGET=6000
AT_ONCE=2000

gone()
{
	[[ ! -e /sys/block/$1 ]]
}

# listener: fserror-follow listens; its process is left in $LISTENER
listener()
{
	fserror-follow --ready >"$T/follow" 2>"$T/follow.err" &
	LISTENER=$!
	must wait_for "$EVENT_TIMEOUT" grep -q ready "$T/follow"
}

deaf()
{
	kill -KILL "$LISTENER"
	wait "$LISTENER" 2>/dev/null
}

# later: removals within ten seconds of the first share its budget, and it has used it up
later()
{
	sleep 11
}

# leaves TEXT MILLISECONDS: $DISK goes within that
leaves()
{
	took attribute "$(pci_of "$DISK")/remove" 1
	no_longer "$1" "$2"
	check "$1: it is gone" gone "$DISK"
}

# named: of how many owners a record tells
named()
{
	fserror-dump --events damage --show | grep -c -E '^(data-lost|metadata) '
}

# lists TEXT: what is in the list of the filesystem
lists()
{
	local line

	line=$(fserror-dump --ranges --fs "$dev" | head -n 1)
	is "$1: what is gone is in the list" "${line% bytes=*}" \
		"$dev complete records=1 partial=0 owners=0"
}

# with somebody who listens
named_disk first
mount_fs "/dev/$DISK"
dev=$(dev_of "$MNT")
diag "$(df --output=iused "$MNT" | tail -n 1) inodes are in use"
check "there are a million files" test "$(df --output=iused "$MNT" | tail -n 1)" -ge 1000000
listener
before=$(named)
leaves "a watcher listens" $BUDGET
diag "$(($(named) - before)) owners were told"
check "some of the owners were told" test $(($(named) - before)) -gt 100
lists "a watcher listens"
deaf
umount_works

# one that has been stopped
named_disk second
mount_fs "/dev/$DISK"
dev=$(dev_of "$MNT")
listener
must kill -STOP "$LISTENER"
later
leaves "a watcher does not read" $BUDGET
lists "a watcher does not read"
deaf
umount_works

# the upper half of a volume, of which a watcher hears
named_disk kept
kept=$DISK
named_disk half
HALF=$(($(blockdev --getsz "/dev/$DISK") / 2))
dm volume <<END
0 $HALF linear /dev/$kept 0
$HALF $HALF linear /dev/$DISK $HALF
END
mount_fs /dev/mapper/volume
dev=$(dev_of "$MNT")
listener
before=$(named)
later
leaves "half of a volume" $BUDGET
check "half of a volume: some of the owners were told" test $(($(named) - before)) -gt 100
lists "half of a volume"
deaf
alive
umount_works
dm_remove volume

# a budget of minutes is not even begun
read -r budget </sys/module/fserror/parameters/removal_ms
must attribute /sys/module/fserror/parameters/removal_ms 300000
named_disk third
mount_fs "/dev/$DISK"
leaves "nobody listens" $AT_ONCE
umount_works
must attribute /sys/module/fserror/parameters/removal_ms "$budget"
undo_all
check_log '[Ss]hutting down filesystem|filesystem has been shut down|log I/O error|metadata I/O error'
end
