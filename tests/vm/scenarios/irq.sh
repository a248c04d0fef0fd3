#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A disk whose requests end in hard interrupts: what fails there, and what is good again
# after a failure, is told; lockdep has nothing to say.
# group: hostile
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

# kinds: of the next two events, of which one is in each of the groups
kinds()
{
	local got=

	for _ in 1 2; do
		next_event
		got+="${EVENT#*kind=}"$'\n'
	done
	cut -d ' ' -f 1 <<<"${got%$'\n'}" | sort | tr '\n' ' '
}

sector_of()
{
	echo $(($(disk_offset "$MNT/$1" "$2") / 512))
}

# a failed read makes the sectors good
null_disk timer 400 irqmode=2 badblocks_once=1
mkxfs /dev/timer
mount_fs /dev/timer
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/direct"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/buffered"
remount /dev/timer
watch
line=$(data_lost "$MNT/direct" 8192 4096 media)
null_bad timer "$(sector_of direct 8192)" 8
expect "sectors go bad" "$line"
level "the level says the same" "$line"
check_fails "they cannot be read" "Input/output error" \
	xfs_io -d -c "pread -q 8192 4096" "$MNT/direct"
is "the read has failed, and they are good again" "$(kinds)" "cleared directio-read "
# reads have failed since the mount: that is no all-clear
level "and they have left the level" "incomplete"
check "and can be read" xfs_io -d -c "pread -q 8192 4096" "$MNT/direct"

line=$(data_lost "$MNT/buffered" 8192 4096 media)
null_bad timer "$(sector_of buffered 8192)" 8
expect "sectors of another file go bad" "$line"
# readahead fails, and the read itself, which comes after it, does not
check "a read into the page cache" xfs_io -c "pread -q 8192 4096" "$MNT/buffered"
is "has failed first, and they are good again" "$(kinds)" "buffered-read cleared "
level "and they have left the level" "incomplete"

# many failures at once, of which none is lost
eight()
{
	[[ $(fserror-dump --fs "$(dev_of "$MNT")") == *" records=8 "* ]]
}
for ((i = 0; i < 8; i++)); do
	null_bad timer "$(sector_of direct $((i * 8192)))" 1
done
check "eight sectors are bad" wait_for "$EVENT_TIMEOUT" eight
readers=()
for ((i = 0; i < 8; i++)); do
	dd if=/dev/timer of=/dev/null bs=512 iflag=direct count=1 status=none \
		skip="$(sector_of direct $((i * 8192)))" 2>/dev/null &
	readers+=($!)
done
wait "${readers[@]}"
level "and good when they have been read" "incomplete"
alive
umount_works
stop_monitor
undo_all
check_log
end
