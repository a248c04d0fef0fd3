#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make demo`: a sector of an NVDIMM goes bad, and the kernel names the file.
# Runs in the VM; every claim is checked, and the first that fails ends the demo.
set -u -o pipefail
exec 2>&1

mount=/mnt/pmem
file=$mount/accounts/2026.ledger
page=4096
offset=$((20 * page + 6 * 512))
events=/tmp/events

step()
{
	printf '\n== %s\n' "$*"
}

fail()
{
	printf '\ndemo: %s\n' "$*"
	exit 1
}

# Show a command, run it, indent what it prints.
run()
{
	printf '   # %s\n' "$*"
	"$@" 2>&1 | sed 's/^/   /'
}

# Wait until the monitor's output has a line that matches; for at most 30 seconds.
# usage: await REGULAR-EXPRESSION WHAT
await()
{
	for _ in {1..300}; do
		grep -qE "$1" "$events" && return
		kill -0 "$monitor" 2>/dev/null || break
		sleep 0.1
	done
	sed 's/^/   /' "$events"
	fail "$2"
}

# The page of the file at this page number; its status is dd's.
read_page()
{
	dd if="$file" of=/dev/null bs=$page skip="$1" count=1 iflag=direct status=none
}

printf 'This is Linux %s with the fserror patches, in a VM with two NVDIMMs.\n' "$(uname -r)"

step 'XFS with a reverse map on an NVDIMM, mounted with DAX'
echo '   # ndctl create-namespace --force --reconfig=namespace0.0 --mode=fsdax'
ndctl create-namespace --force --reconfig=namespace0.0 --mode=fsdax >/tmp/ndctl ||
	fail 'no fsdax namespace'
run mkfs.xfs -q -f -m rmapbt=1 /dev/pmem0 || fail 'no file system'
mkdir -p "$mount"
run mount -o dax=always /dev/pmem0 "$mount" || fail 'not mounted'
mkdir "$mount/accounts" "$mount/photos"
for name in accounts/2025.ledger accounts/2026.ledger photos/cat.raw photos/dog.raw; do
	dd if=/dev/urandom of="$mount/$name" bs=64k count=16 status=none || fail "cannot write $name"
done
sync -f "$mount"
run ls -l "$mount/accounts"

step 'fswatch-err listens'
echo '   # fswatch-err monitor &'
fswatch-err monitor >"$events" 2>&1 &
monitor=$!
await 'sync: .*watching' 'fswatch-err did not say that it is watching'
sed 's/^/   /' "$events"
shown=$(wc -l <"$events")

step 'A machine check: the memory below one sector of one file is bad'
echo '   Where the file'"'"'s sector is, in the physical memory of this machine:'
run fserror-inject mce-file "$file" $offset || fail 'the machine check could not be injected'

step 'What fswatch-err says of it'
expected="data-lost $file offset $offset length 512 "
await "$expected" 'fswatch-err did not name the file, the offset and the length'
tail -n +$((shown + 1)) "$events" | sed 's/^/   /'

step 'Is that true? Read the file'
echo "   DAX refuses the whole page ($page bytes) that has the bad sector:"
bad=$((offset / page))
if message=$(read_page $bad 2>&1); then
	fail "page $bad could be read: the event was not true"
fi
echo "   page $bad, bytes $((bad * page)) to $(((bad + 1) * page - 1)): $message"
[[ $message == *'Input/output error'* ]] || fail 'that is not EIO'
for good in $((bad - 1)) $((bad + 1)); do
	read_page $good || fail "page $good cannot be read"
	echo "   page $good, bytes $((good * page)) to $(((good + 1) * page - 1)): can be read"
done
[[ $(grep -c data-lost "$events") == 1 ]] || fail 'there is more than one event'
echo '   One event; the pages before and after the one it names can be read.'

step 'What is damaged, asked at any time'
run fswatch-err list

kill "$monitor"
wait "$monitor" 2>/dev/null
umount "$mount" || fail 'cannot unmount'
echo
echo 'That was it: from a machine check to a file name. "make shell" is for playing.'
