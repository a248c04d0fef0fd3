#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The example program of libfserror(3) hears what there is to hear.
# group: command
. "$(dirname "$0")/lib.sh"

example=$FSERROR_BUILD/tools/fswatch-err/lib/examples/watch

# says TEXT LINE...: all that it has printed so far
says()
{
	local text=$1

	shift
	wait_for "$EVENT_TIMEOUT" grep -qxF "${!#}" "$T/said"
	is "$text" "$(<"$T/said")" "$(printf '%s\n' "$@")"
}

damaged()
{
	[[ $(damage) ]]
}

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/f"
ino=$(stat -c %i "$MNT/f")
mce_file "$MNT/f" 4096
wait_for "$EVENT_TIMEOUT" damaged
"$example" >"$T/said" 2>&1 &
pid=$!
before="damaged: data-lost inode $ino offset 4096 length 512"
says "what is damaged already" "$before"
mce_file "$MNT/f" 512
says "a machine check" "$before" "event: data-lost inode $ino offset 512 length 512"
heal_file "$MNT/f" 512
says "and a repair" "$before" "event: data-lost inode $ino offset 512 length 512" \
	"event: cleared inode 0 offset 0 length 0"
kill "$pid"
wait "$pid"
check_fails "without permission it says so" "permission denied" \
	setpriv --reuid 65534 --clear-groups "$example"
finish
