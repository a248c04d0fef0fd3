#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A btrfs of more disks than one message tells of: the one with a bad sector is there
# wherever it is in the list, the others are counted, and a scan of all of it is none.
# group: disk
# timeout: 600
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/answers.bash"

COUNT=40
devices=()
for ((i = 0; i < COUNT; i++)); do
	null_disk "many$i" 120
	devices+=("/dev/many$i")
done
must mkfs.btrfs -q -f -d single -m single "${devices[@]}"
must mount "${devices[0]}" "$MNT"
at_end unmount_quietly "$MNT"
must xfs_io -f -c "pwrite -q 0 1m" -c fsync "$MNT/file"

# state FILTER: what jq finds in what status says of the filesystem
state()
{
	fswatch-err status --json | jq -r ".filesystems[] | select(.target == \"$MNT\") | $1"
}

told()
{
	[[ $(state '[.devices[] | select(.ranges > 0) | .dev] | join(" ")') == "$1" ]]
}

is "good: as many as there is room for, and how many are left out" \
	"$(state '"\(.devices | length) \(.more_devices)"')" "32 $((COUNT - 32))"
for i in 0 $((COUNT / 2)) $((COUNT - 1)); do
	null_bad "many$i" 200000 1
	check "disk $i: it is one that is told of" wait_for "$EVENT_TIMEOUT" told "$(number "many$i")"
	is "disk $i: of as many as before" \
		"$(state '"\(.devices | length) \(.more_devices)"')" "32 $((COUNT - 32))"
	ends 3 "disk $i: check knows of it" "*" fswatch-err check -M "$MNT"
	null_good "many$i" 200000 1
	check "disk $i: good again" wait_for "$EVENT_TIMEOUT" told ""
done
ends 4 "scan: not all was read" "*" fswatch-err scan --rate 0 -M "$MNT"
says "scan: and it says why" "$((COUNT - 32)) devices are not read"
umount_works
undo_all
check_log
end
