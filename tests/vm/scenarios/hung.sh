#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One filesystem is stuck for ever: its disk is suspended, and an unmount that waits for
# it holds s_umount. What is asked of another filesystem is not delayed, nor are other
# users of generic netlink; of the one that is stuck the dump says so; a dump that is
# killed ends at once, and the disk below can be taken away in time.
# group: hostile
# timeout: 300
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

STUCK=/mnt/stuck
BUDGET=10000
# what is longer than usual by so many milliseconds has been delayed
DELAY=1000

# dump_of DEV OPTION...: its line of a dump, without the time
dump_of()
{
	local dev=$1

	shift
	fserror-dump "$@" | sed -n "s/^\($dev .*\) ms=.*/\1/p"
}

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
null_disk hangs 400
dm stuck <<<"0 $((390 * 2048)) linear /dev/hangs 2048"
mkxfs /dev/mapper/stuck
must mkdir -p "$STUCK"
must mount /dev/mapper/stuck "$STUCK"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$STUCK/lost"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$STUCK/dirty"
stuck=$(dev_of "$STUCK")
dev=$(dev_of "$MNT")
watch
at=$(MNT=$STUCK disk_offset "$STUCK/lost" 8192)
lost=$(MNT=$STUCK data_lost "$STUCK/lost" 8192 512 media)
null_bad hangs $((2048 + at / 512)) 1
expect "a sector of the disk that is going to hang" "$lost"
bad=$(data_lost "$MNT/file" 512 512)
mce_file "$MNT/file" 512
expect "and one of another" "$bad"

# what it takes while nothing is stuck, when the programs have been read
dump_of "$dev" --fs "$dev" >/dev/null
took dump_of "$dev" --fs "$dev" >/dev/null
DUMP=$((TOOK + DELAY))
nlprobe >/dev/null
took nlprobe >/dev/null
PROBE=$((TOOK + DELAY))

must dmsetup suspend --nolockfs --noflush stuck
must xfs_io -c "pwrite -q 0 4096" "$STUCK/dirty"
umount "$STUCK" &
unmounting=$!
unmount_waits()
{
	grep -q -E 'D' <(sed 's/.*) //' "/proc/$unmounting/stat" | cut -c1)
}
must wait_for 20 unmount_waits

took dump_of "$dev" --fs "$dev" >"$T/said"
is "a dump of another filesystem is complete" "$(<"$T/said")" \
	"$dev complete records=1 partial=0 owners=1 bytes=512"
no_longer "and is not delayed" "$DUMP"
took dump_of "$stuck" --ranges --fs "$stuck" >"$T/said"
is "what was told of the one that is stuck is known" "$(<"$T/said")" \
	"$stuck complete records=1 partial=0 owners=0 bytes=512"
no_longer "and is not delayed" "$DUMP"
took dump_of "$stuck" >"$T/said"
is "that nobody can say whose it is, is said" "$(<"$T/said")" \
	"$stuck complete,busy records=1 partial=0 owners=0 bytes=512"
no_longer "in a few seconds" $BUDGET
is "and the other one is in the same dump" "$(dump_of "$dev")" \
	"$dev complete records=1 partial=0 owners=1 bytes=512"

# dumps of the one that is stuck, one after the other, and all the others meanwhile
while [[ ! -e $T/stop ]]; do
	fserror-dump --fs "$stuck"
done >/dev/null 2>&1 &
asking=$!
for _ in 1 2 3; do
	took nlprobe >/dev/null
	no_longer "another user of generic netlink is not delayed" "$PROBE"
done
for _ in 1 2 3; do
	others_not_delayed "meanwhile"
done
next=$(data_lost "$MNT/file" 4096 512)
mce_file "$MNT/file" 4096
took next_event
is "what goes bad elsewhere is told" "$EVENT" "$next"
no_longer "and is not delayed" 5000
fserror-dump --fs "$stuck" >/dev/null &
killed=$!
sleep 0.3
kill -KILL "$killed"
took wait "$killed" 2>/dev/null
no_longer "a dump that is killed ends at once" 1500
: >"$T/stop"
wait "$asking"

took null_off hangs
no_longer "the disk below can be taken away" $BUDGET
next_event 5
diag "$EVENT"
# what waits is refused now
must dmsetup resume --noudevsync stuck
check "and the unmount ends" wait_for 60 bash -c "! kill -0 $unmounting"
alive
umount_works
stop_monitor
undo_all
check_log '[Ss]hutting down filesystem|filesystem has been shut down|log I/O error|metadata I/O error|lost async page write'
end
