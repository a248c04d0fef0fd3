#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The namespace is unbound below a mounted filesystem of four allocation groups,
# with files in the inode cache and others: it returns (the mainline code spins
# for ever). It is told at once that all of it is gone, and then whose it was; who asks
# later is told the same until it is unmounted. A filesystem that a user has frozen is
# thawed by that, as in mainline. A watcher that does not read, and however many files
# there are, do not make it take longer than the budget of removals, and what was found
# in that time is kept.
# timeout: 600
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.bash"

SECOND=/mnt/second
# what a removal may take, the machine being slow
BUDGET=10000
FILES=8000

# unbind DEVICE: it is left to spin if it does not return
unbind()
{
	rm -f "$T/unbound"
	(echo "$1" >/sys/bus/nd/drivers/nd_pmem/unbind && : >"$T/unbound") &
	if wait_for 120 test -e "$T/unbound"; then
		ok "unbinding $1 returns"
	else
		not_ok "unbinding $1 returns" "it has not after 120 seconds"
		# nothing can be put back
		CLEANUPS=()
		end
	fi
}

# what a name can be found for depends on how far the removal is
no_paths()
{
	# shellcheck disable=SC2001 # of every line
	sed 's/ path_state=.*//' <<<"$1"
}

fsdax 1
fsdax 0
CLEANUPS=()
mkxfs /dev/pmem0
mount_fs /dev/pmem0 dax=always
for group in 0 1 2 3 4 5; do
	must mkdir "$MNT/dir$group"
	must xfs_io -f -c "pwrite -q 0 40000" -c fsync "$MNT/dir$group/file"
done
must xfs_io -f -c "falloc 0 65536" -c fsync "$MNT/dir1/unwritten"
must cp --reflink=always "$MNT/dir2/file" "$MNT/dir2/clone"
agblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p')
dblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.datablocks = //p')
want=
groups=
for file in "$MNT"/dir*/{file,clone}; do
	want+=$(data_lost "$file" 0 40000 removed late)$'\n'
	groups+=$(($(disk_offset "$file" 0) / (agblocks * 4096)))$'\n'
done
want+=$(data_lost "$MNT/.barrier" 0 4096 removed late)$'\n'
is "the files are in all groups" "$(sort -u <<<"${groups%$'\n'}" | tr '\n' ' ')" "0 1 2 3 "
for group in 0 1 2 3; do
	want+=$(metadata header /dev/pmem0 $((group * agblocks * 4096)) 16384 removed late)$'\n'
done
whole=$(media xfs /dev/pmem0 0 $((dblocks * 4096)) removed)
remount /dev/pmem0 dax=always
must md5sum "$MNT"/dir{0,2,3}/file

mkxfs /dev/pmem1
must mkdir -p "$SECOND"
must mount -o dax=always /dev/pmem1 "$SECOND"
must xfs_io -f -c "pwrite -q 0 8192" -c fsync "$SECOND/file"
second=$(data_lost "$SECOND/file" 512 512)
watch

unbind pfn0.0
mce_file "$SECOND/file" 512
next_event
is "first it is told that all of it is gone" "$EVENT" \
	"bulk kind=bulk cause=removed errno=5 fstype=xfs dev=$(field dev "$whole") ${whole#* flags=unresolved }"
# all up to the error of the other filesystem
got=
while next_event && [[ $EVENT != "$second" ]]; do
	got+=$EVENT$'\n'
done
is "the other filesystem is heard" "$EVENT" "$second"
same_lines "every file with data and every header is told, once" \
	"$(no_paths "$(grep -E 'kind=data-lost|meta=header' <<<"$got")")" \
	"$(no_paths "${want%$'\n'}")"
is "what else is told is metadata, what nobody owns, and the shutdown" \
	"$(grep -v -E 'kind=data-lost|meta=(header|log|space-map|inode-index|inodes|refcount|directory) |kind=media .*flags=(unowned,)?late |kind=shutdown' <<<"${got%$'\n'}")" ""
is "the log is told" "$(grep -c 'meta=log ' <<<"$got")" 1
is "the shutdown is told once" "$(grep -c 'kind=shutdown' <<<"$got")" 1
# nothing of it can be read any more: the names were kept
level=$(damage 2>"$T/damage.err")
same_lines "the level has every file and every header, once" \
	"$(no_paths "$(grep -E 'kind=data-lost|meta=header' <<<"$level")")" \
	"$(no_paths "${want//flags=late /}$second")"
is "and the rest of it; nothing is unresolved" \
	"$(grep -v -E 'kind=data-lost|kind=metadata|kind=media .*flags=unowned ' <<<"$level")" \
	"incomplete"
umount_works
level "and nothing of it when it is not mounted any more" "$second"

# nothing can be opened any more when it has been shut down; FITHAW is refused if
# the filesystem is not frozen
exec 9<"$SECOND"
must xfs_freeze -f "$SECOND"
unbind pfn1.0
is "a filesystem that a user has frozen is thawed" "$(python3 -c '
import fcntl
try:
    fcntl.ioctl(0, 0xC0045878, 0)
    print("frozen")
except OSError:
    print("thawed")' <&9)" thawed
exec 9<&-
check "the second filesystem can be unmounted" umount "$SECOND"
stop_monitor

# many files, and a watcher that does not read; and then nobody who listens
again()
{
	must bash -c "echo pfn0.0 >/sys/bus/nd/drivers/nd_pmem/bind"
	must wait_for 20 test -b /dev/pmem0
}

again
mkxfs /dev/pmem0
mount_fs /dev/pmem0 dax=always
for ((i = 0; i < FILES; i++)); do
	((i % 500)) || must mkdir "$MNT/$((i / 500))"
	printf 'open -f %s/%d/%d\npwrite -q 0 4096\nclose\n' "$MNT" $((i / 500)) "$i"
done >"$T/commands"
xfs_io <"$T/commands" >/dev/null 2>&1
must sync -f "$MNT"
is "there are $FILES files" "$(find "$MNT"/[0-9]* -type f | wc -l)" "$FILES"
remount /dev/pmem0 dax=always
fserror-follow --ready --rcvbuf 4096 >"$T/follow" 2>&1 &
follower=$!
must wait_for "$EVENT_TIMEOUT" grep -q ready "$T/follow"
must kill -STOP "$follower"
took unbind pfn0.0
no_longer "unbinding with $FILES files and a watcher that does not read" $BUDGET
kill -KILL "$follower"
wait "$follower" 2>/dev/null
kept=$(fswatch-err check --json | jq .files)
check "names that were found in time ($kept) are kept" test "$kept" -gt 50
umount_works
again
mount_fs /dev/pmem0 dax=always
took unbind pfn0.0
no_longer "unbinding with $FILES files and nobody listening" $BUDGET
umount_works
again
check_log 'Shutting down filesystem|filesystem has been shut down|User initiated shutdown'
end
