#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The commands as a script uses them: check and its exit status, options that choose,
# filters that the kernel applies, test events. Two filesystems: one that can name
# files, and one without a reverse map.
# group: command
# timeout: 300
. "$(dirname "$0")/lib.sh"

OTHER=/mnt/other

# ends STATUS TEXT WANT COMMAND...: COMMAND ends with STATUS and prints WANT
ends()
{
	local want="$1 $3" text=$2 out

	shift 3
	out=$("$@" 2>"$T/stderr")
	is "$text" "$? $out" "$want"
}

pmem_xfs
fsdax 1
must mkdir -p "$OTHER"
must mkfs.xfs -q -f -m rmapbt=0,reflink=0 /dev/pmem1
must mount -o dax=always /dev/pmem1 "$OTHER"
at_end unmount_quietly "$OTHER"
must mkdir "$MNT/d"
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/a b"
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$MNT/d/c"
must xfs_io -f -c "pwrite -q 0 64k" -c fsync "$OTHER/f"
uuid=$(blkid -p -s UUID -o value /dev/pmem0)
ino=$(stat -c %i "$MNT/d/c")

ends 0 "check: nothing" "nothing is damaged" fswatch-err check
ends 0 "list: nothing" "" fswatch-err list

# what this one gets has gone through the kernel's filter
fswatch-err monitor --json -m "$OTHER" >"$T/other" 2>"$T/other.err" &
other=$!
wait_for "$EVENT_TIMEOUT" grep -q '"sync"' "$T/other" || not_ok "set-up: a monitor with a filter"
start_monitor -m "$MNT"
next_event
is "a monitor of one filesystem starts" "$EVENT" "sync reason=start"

must fserror-inject mce-file "$OTHER/f" 0
lines=("$(data_lost "$MNT/a b" 4096 512)" "$(data_lost "$MNT/d/c" 0 512)")
mce_file "$MNT/a b" 4096
mce_file "$MNT/d/c" 0
expect "it hears of its own filesystem, and nothing else" "${lines[@]}"
wait_for "$EVENT_TIMEOUT" grep -q '"media"' "$T/other" ||
	not_ok "the other one hears of its own" "$(<"$T/other")"

columns=(-r -n -b -o "PATH,OFFSET,LENGTH")
a="$MNT/a\\x20b 4096 512"
c="$MNT/d/c 0 512"
ends 0 "list -m" "$a"$'\n'"$c" fswatch-err list "${columns[@]}" -m "$MNT"
ends 0 "list -S" "$a"$'\n'"$c" fswatch-err list "${columns[@]}" -S /dev/pmem0
ends 0 "list --uuid" "$a"$'\n'"$c" fswatch-err list "${columns[@]}" --uuid "$uuid"
ends 0 "list --path of a directory" "$c" fswatch-err list "${columns[@]}" --path "$MNT/d"
ends 0 "list --path of a file" "$a" fswatch-err list "${columns[@]}" --path "$MNT/a b"
ends 0 "list --inode" "$c" fswatch-err list "${columns[@]}" -m "$MNT" --inode "$ino"
ends 0 "list --kind" "$a"$'\n'"$c" fswatch-err list "${columns[@]}" -m "$MNT" --kind data-lost
ends 0 "list --cause: none" "" fswatch-err list "${columns[@]}" --cause media
ends 4 "list -t: nothing of these types is mounted" "" \
	fswatch-err list "${columns[@]}" -t ext4,btrfs
ends 4 "what cannot be mapped makes the list incomplete" "media 512" \
	fswatch-err list -r -n -b -o KIND,DEV-LENGTH -m "$OTHER"
is "and that is said" "$(<"$T/stderr")" \
	"fswatch-err: 1 damaged range of a device could not be mapped to files"
ends 0 "pairs" "PATH=\"$MNT/d/c\" LENGTH=\"512\"" \
	fswatch-err list -P -b -o PATH,LENGTH --path "$MNT/d"

ends 3 "check: all" \
	"2 files with 1024 damaged bytes, 1 damaged range that nobody could map to files" \
	fswatch-err check
ends 3 "check: of one file" "1 file with 512 damaged bytes" fswatch-err check --path "$MNT/d/c"
must mkdir -p /mnt/data
must mount --bind "$MNT/d" /mnt/data
ends 3 "check: through a bind mount" "1 file with 512 damaged bytes" fswatch-err check --path /mnt/data
ends 3 "check: of a file there" "1 file with 512 damaged bytes" fswatch-err check --path /mnt/data/c
must umount /mnt/data
ends 4 "check: not what the kernel does not watch" \
	"no damage is known, but that may not be all" fswatch-err check --path /proc
ends 1 "check: an empty path is an error" "" fswatch-err check --path ""
ends 3 "check: quiet" "" fswatch-err check -q -m "$MNT"
ends 0 "check: what is not damaged" "nothing is damaged" fswatch-err check --path "$MNT/.barrier"
is "check: JSON" "$(fswatch-err check --json -m "$MNT" | jq -c .)" \
	'{"v":2,"incomplete":false,"files":2,"bytes":1024,"metadata":0,"unresolved":0,"unowned":0,"degraded":0,"other":0,"unknown":0,"io_errors":0,"unlisted":0,"shutdown":0}'

seq=$(fswatch-err test --json -m "$MNT" | jq .seq)
expect "test: an event that names the filesystem" \
	"test kind=test fstype=xfs dev=$(dev_of "$MNT")"
is "test: and says its number" "$(tail -n 1 "$T/raw" | jq .seq)" "$seq"
check "test: of no filesystem" fswatch-err test
seq=$(fswatch-err test --json -S /dev/pmem1 | jq .seq)
wait_for "$EVENT_TIMEOUT" grep -q "\"seq\":$seq," "$T/other" ||
	not_ok "test: a filter lets its own test event through" "$(<"$T/other")"
kill -TERM "$other"
wait "$other"
is "the other monitor ends well" "$? $(<"$T/other.err")" "0 "
is "and was told nothing but of its own filesystem" \
	"$(jq -r '"\(.event) \(.kind) \(.dev)"' "$T/other" | sort -u)" \
	"$(printf 'error media %s\nsync null null\ntest test %s' \
		"$(dev_of "$OTHER")" "$(dev_of "$OTHER")")"
ends 3 "a test event is no damage" "2 files with 1024 damaged bytes" fswatch-err check -m "$MNT"

# one test event has the number that the filter left out
umount_works
kill -TERM "$MONITOR_PID"
wait "$MONITOR_PID"
is "the monitor ends well" "$?" "0"
MONITOR_PID=
check "the other filesystem can be unmounted" umount "$OTHER"
check_log
end
