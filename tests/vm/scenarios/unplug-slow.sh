#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A SCSI disk is slow, or does not answer any more at all, and is removed: whose it was
# is asked of it. With nobody listening not even one read is begun. Else the removal
# takes no longer than the budget more than with any read that had begun, which the
# driver has to end. Meanwhile nobody else is delayed: what another filesystem loses is
# told and listed, dumps end, and generic netlink has room for others.
# only: test-all
# run: --append scsi_debug.dev_size_mb=400 --append scsi_debug.opts=0x1000
# timeout: 400
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

SLOW=/mnt/slow
# what a removal may take, the machine being slow
BUDGET=6000
# seconds after which the driver begins to give up
DISK_TIMEOUT=8
# the disk has no cache to be flushed, which would be waited for, too
NO_CACHE=0x1000

# slow_disk: $DISK, with a filesystem at $SLOW of which nothing is in the cache
slow_disk()
{
	scsi_disk
	must attribute "/sys/block/$DISK/device/timeout" "$DISK_TIMEOUT"
	must attribute "/sys/block/$DISK/device/eh_timeout" 1
	mkxfs "/dev/$DISK"
	must mount "/dev/$DISK" "$SLOW"
	at_end unmount_quietly "$SLOW"
	must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$SLOW/file"
	must umount "$SLOW"
	must mount "/dev/$DISK" "$SLOW"
	must sync -f "$SLOW"
	slow=$(dev_of "$SLOW")
}

# answers MILLISECONDS: how long the disk takes, "never" for ever
answers()
{
	if [[ $1 == never ]]; then
		# it ignores every command
		must attribute "$SCSI_DEBUG/opts" $((NO_CACHE | 4))
		must attribute "$SCSI_DEBUG/every_nth" 1
	else
		# in ticks, and not while it is busy
		wait_for 20 attribute "$SCSI_DEBUG/delay" $(($1 * 250 / 1000)) ||
			not_ok "set-up: the disk answers after $1 ms"
	fi
}

answers_again()
{
	attribute "$SCSI_DEBUG/every_nth" 0
	attribute "$SCSI_DEBUG/opts" "$NO_CACHE"
	wait_for 20 attribute "$SCSI_DEBUG/delay" 0
}

# removal: of $DISK, in the background; how long it takes is left in a file
removal()
{
	rm -f "$T/took"
	(
		took attribute "/sys/block/$DISK/device/delete" 1
		echo "$TOOK" >"$T/took"
	) &
}

# removed TEXT MILLISECONDS: it took no longer than that
removed()
{
	wait_for 120 test -s "$T/took"
	TOOK=$(cat "$T/took" || echo 120000)
	no_longer "$1" "$2"
	check "$1: the filesystem can be unmounted" umount "$SLOW"
	answers_again
	scsi_remove
}

at_end answers_again
answers 0
pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
dev=$(dev_of "$MNT")
must mkdir -p "$SLOW"

slow_disk
watch
answers 1000
removal
next_event
is "it is told at once that all of it is gone" "${EVENT%+*+*+*}" \
	"bulk kind=bulk cause=removed errno=5 fstype=xfs dev=$slow device=$slow+0"
removed "a disk that needs a second for each read" $BUDGET
stop_monitor

# a budget of minutes is not even begun
read -r budget </sys/module/fserror/parameters/removal_ms
must attribute /sys/module/fserror/parameters/removal_ms 300000
slow_disk
answers never
removal
removed "one that does not answer, and nobody who listens" 3000

# but for I/O that had begun there is no hurry: this is what the driver needs to end it
slow_disk
answers never
dd if="/dev/$DISK" of=/dev/null bs=4096 count=1 iflag=direct 2>/dev/null &
reader=$!
sleep 1
removal
removed "and the same with a read that has begun" 60000
wait "$reader"
needed=$TOOK
must attribute /sys/module/fserror/parameters/removal_ms "$budget"

slow_disk
watch
answers never
removal
next_event
is "of a disk that does not answer that is told, too" "${EVENT%+*+*+*}" \
	"bulk kind=bulk cause=removed errno=5 fstype=xfs dev=$slow device=$slow+0"
bad=$(data_lost "$MNT/file" 512 512)
mce_file "$MNT/file" 512
while took next_event && [[ $EVENT == *" dev=$slow"* ]]; do
	:
done
is "what goes bad elsewhere meanwhile is told" "$EVENT" "$bad"
no_longer "and is not delayed" 5000
took fserror-dump --fs "$dev" >"$T/said"
is "and is in a dump" "$(sed -n "s/^\($dev .*\) ms=.*/\1/p" "$T/said")" \
	"$dev complete records=1 partial=0 owners=1 bytes=512"
no_longer "which is not delayed" 1500
others_not_delayed "meanwhile"
check "the removal waits still" test ! -s "$T/took"
removed "it takes no longer than the budget more" $((BUDGET + needed))
heal_file "$MNT/file" 512
stop_monitor

alive
umount_works
undo_all
check_log '[Ss]hutting down filesystem|filesystem has been shut down|log I/O error|metadata I/O error'
end
