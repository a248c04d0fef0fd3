#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A machine check in one sector of a file that is in the inode cache: the event
# names the inode, the file, and exactly that sector; so does the level; so does
# the tracepoint; and it is true: the page reads as EIO, its neighbours do not.
# group: file
. "$(dirname "$0")/lib.sh"

TRACING=/sys/kernel/tracing

pmem_xfs
must mkdir "$MNT/dir"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/dir/file"
watch

echo 1 >"$TRACING/events/fserror/fserror_record/enable"
# in the middle of a sector: 20000 is in the one from 19968 to 20479
mce_file "$MNT/dir/file" 20000
want=$(data_lost "$MNT/dir/file" 19968 512)
expect "one event names the sector" "$want"
level "the level says the same" "$want"

ino=$(stat -c %i "$MNT/dir/file")
trace=$(grep -o 'fserror_record: .*' "$TRACING/trace")
echo 0 >"$TRACING/events/fserror/fserror_record/enable"
if [[ $trace == "fserror_record: seq "*" dev $(dev_of "$MNT") data-lost error 5 cause "*" ino $ino gen "*" pos 19968 len 512 "* ]] &&
	[[ $trace != *$'\n'* ]]; then
	ok "the tracepoint has it too"
else
	not_ok "the tracepoint has it too" "${trace:-no trace}"
fi

is "uuid, source and target are those of the mount" \
	"$(jq -r 'select(.event == "error") | "\(.uuid) \(.source) \(.target)"' "$T/raw")" \
	"$(blkid -p -o value -s UUID /dev/pmem0) /dev/pmem0 $MNT"

check_fails "the page that holds it cannot be read" "Input/output error" \
	dd if="$MNT/dir/file" of=/dev/null bs=4096 skip=4 count=1
check "the page before it can be read" \
	dd if="$MNT/dir/file" of="$T/page" bs=4096 skip=3 count=1
check "the page after it can be read" \
	dd if="$MNT/dir/file" of="$T/page" bs=4096 skip=5 count=1
level "a failed read does not change the level" "$want"

must xfs_io -f -c "pwrite -q 0 16384" -c fsync "$MNT/first-and-last"
mce_file "$MNT/first-and-last" 0
expect "the first sector of a file" "$(data_lost "$MNT/first-and-last" 0 512)"
mce_file "$MNT/first-and-last" 16383
expect "the last sector of a file" "$(data_lost "$MNT/first-and-last" 15872 512)"
nothing "that is all"
alive
finish
