#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Somebody without privileges makes as many errors as he can: he reads one bad sector in
# a loop, and mounts a FUSE filesystem of his own that answers EIO. A loss elsewhere is
# told meanwhile, is not evicted by that, and costs no watcher its place. His reads are
# no records: what cannot be read there was told as lost before.
# group: hostile
# timeout: 300
. "$(dirname "$0")/lib.sh"

SECONDS_OF_IT=8
OTHER=/mnt/other
USER=(setpriv --reuid=65534 --regid=65534 --clear-groups)

pmem_xfs
fsdax 1
mkxfs /dev/pmem1
must mkdir -p "$OTHER"
must mount -o dax=always /dev/pmem1 "$OTHER"
at_end unmount_quietly "$OTHER"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/public"
must chmod 644 "$MNT/public"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$OTHER/file"
must chmod 755 "$T"
must mkdir -m 777 "$T/fuse"
must chmod 666 /dev/fuse
bad=$(data_lost "$MNT/public" 8192 512)
dev=$(dev_of "$MNT")
ino=$(stat -c %i "$MNT/public")
watch
mce_file "$MNT/public" 8192
expect "a sector of a file that all may read" "$bad"
fserror-follow --ready >"$T/follow" 2>"$T/follow.err" &
follower=$!
must wait_for "$EVENT_TIMEOUT" grep -q ready "$T/follow"

"${USER[@]}" hostile read "$MNT/public" 8192 $SECONDS_OF_IT >"$T/reads" 2>&1 &
reader=$!
"${USER[@]}" hostile fuse "$T/fuse" $SECONDS_OF_IT >"$T/fused" 2>&1 &
server=$!
sleep 3
loss=$(data_lost "$OTHER/file" 4608 512)
mce_file "$OTHER/file" 4608
until next_event; [[ $EVENT != *kind=directio-read* ]]; do
	:
done
is "a loss elsewhere is told meanwhile" "$EVENT" "$loss"
wait "$reader"
is "he reads" $? 0
wait "$server"
is "and is his own file server" $? 0
reads=$(<"$T/reads")
diag "$reads reads of the bad sector have failed, and $(<"$T/fused") of the FUSE filesystem"
check "again and again" test "$reads" -gt 10 -a "$(<"$T/fused")" -gt 10

# the last records wait for a second for more of their kind
sleep 2
fserror-dump --events damage >"$T/damage"
check "the loss is still in the kernel's memory" \
	grep -q "^data-lost $(dev_of "$OTHER") .* ino=$(stat -c %i "$OTHER/file") " "$T/damage"
is "and none of what he did is in its group" "$(grep -c -v -E '^(mount|unmount|data-lost) ' "$T/damage")" 0
is "nor in the other one: what he read is the loss that was told before" \
	"$(fserror-dump --events io | grep -c " ino=$ino ")" 0
is "and there is nothing else" "$(fserror-dump --events io | grep -v " $dev " | grep -c .)" 0
kill -TERM "$follower"
wait "$follower"
is "the watcher of losses ends well" $? 0
is "and has never lost its place" "$(sed 's/[0-9]* events, //' "$T/follow.err")" \
	"fserror-follow: 0 times missed, 0 lost, 1 lists"
alive
check "the other filesystem can be unmounted" umount "$OTHER"
finish
