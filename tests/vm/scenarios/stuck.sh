#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The disk of a filesystem does not answer: a command that has to look at it ends two
# seconds after a signal, or when its time is over, and so does whoever waits for it.
# group: hostile
# timeout: 300
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

MNT=/mnt/stuck
null_disk hangs 400
dm stuck <<<"0 $((390 * 2048)) linear /dev/hangs 2048"
mkxfs /dev/mapper/stuck
must mkdir -p "$MNT"
must mount /dev/mapper/stuck "$MNT"
at_end unmount_quietly "$MNT"
# more than is read with the first inode
must mkdir "$MNT"/{0..299}
must touch "$MNT/299/file"
must umount "$MNT"
must mount /dev/mapper/stuck "$MNT"
is "what is not damaged" "$(fswatch-err check --path "$MNT")" "nothing is damaged"
at_end answers_again
must dmsetup suspend --nolockfs --noflush stuck

answers_again()
{
	dmsetup resume --noudevsync stuck 2>/dev/null
}

# waits_and_ends WHAT SIGNAL STATUS COMMAND...
waits_and_ends()
{
	local what=$1 sig=$2 want=$3 pid status

	shift 3
	"$@" >"$T/said" 2>"$T/why" &
	pid=$!
	sleep 1
	check "$what: it waits for the disk" kill -0 "$pid"
	[[ $sig ]] && kill "-$sig" "$pid"
	took wait "$pid"
	status=$?
	is "$what: it ends as one that may have missed something" "$status" "$want"
	no_longer "$what: in time" 6000
	diag "$(<"$T/why")"
}

waits_and_ends "SIGTERM" TERM 4 fswatch-err check --path "$MNT/297/file"
waits_and_ends "SIGTERM, a list" TERM 4 fswatch-err list --json --path "$MNT/298/file"
waits_and_ends "--timeout" "" 4 fswatch-err files --timeout 2 --path "$MNT/299/file"

must answers_again
is "when it answers again" "$(fswatch-err check --path "$MNT/299/file")" "nothing is damaged"
umount_works
undo_all
check_log
end
