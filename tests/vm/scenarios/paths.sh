#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Names: hard links in several directories, files that nobody has used since the
# mount, bind mounts, a second mount, other mount namespaces, a filesystem that
# was unmounted since, an inode that was used again; names that have to be
# searched for are told later; XFS with parent pointers needs no search.
# group: several
# timeout: 600
. "$(dirname "$0")/lib.sh"

# the installed one may not know of parent pointers
MKFS=$FSERROR_BUILD/xfsprogs/bin/mkfs.xfs
BIND=/mnt/bind
SECOND=/mnt/second
must mkdir "$BIND" "$SECOND"

# paths LINE NAME...: LINE with these names instead of its own
paths()
{
	local line=${1%% path_state=*} state=$2 names

	shift 2
	names=$(printf '%s\n' "$@" | LC_ALL=C sort | paste -sd,)
	printf '%s path_state=%s%s' "$line" "$state" "${names:+ paths=$names}"
}

last_seq()
{
	fswatch-err status --json | jq '[.rings[] | select(.group == "damage") | .published_seq] | first // 0'
}

published()
{
	(($(last_seq) >= $1))
}

# look_away: what happens until look_again is seen by the monitor together
look_away()
{
	must monitor_kill -STOP
	AWAY_AT=$(last_seq)
}

# happened COUNT: so many events have been sent since
happened()
{
	must wait_for "$EVENT_TIMEOUT" published $((AWAY_AT + $1))
}

look_again()
{
	must monitor_kill -CONT
}

# path_line LINE NAME...: the names of the file of LINE, told later
path_line()
{
	local id

	id=$(grep -o 'dev=[^ ]* ino=[^ ]* gen=[^ ]*' <<<"$1")
	shift
	paths "path fstype=xfs $id" ok "$@"
}

### a filesystem without parent pointers

if ! [ -x "$MKFS" ]; then
	not_ok "set-up: a newer xfsprogs" "$MKFS is not there: scripts/fetch-testing gets it"
	end
fi
pmem_xfs
must mkdir -p "$MNT/d1" "$MNT/d2/sub" "$MNT/tree"
for ((i = 0; i < 300; i++)); do
	: >"$MNT/tree/$i"
done
must xfs_io -f -c "pwrite -q 0 16384" -c fsync "$MNT/d1/one"
must ln "$MNT/d1/one" "$MNT/d2/two"
must ln "$MNT/d1/one" "$MNT/d2/sub/three"
must xfs_io -f -c "pwrite -q 0 16384" -c fsync "$MNT/tree/last"
must xfs_io -f -c "pwrite -q 0 16384" -c fsync "$MNT/hot"
must xfs_io -f -c "pwrite -q 0 16384" -c fsync "$MNT/again"
three=("$MNT/d1/one" "$MNT/d2/two" "$MNT/d2/sub/three")
one=$(data_lost "$MNT/d1/one" 0 512)
one_at=$(disk_offset "$MNT/d1/one" 0)
last=$(data_lost "$MNT/tree/last" 0 512)
last_at=$(disk_offset "$MNT/tree/last" 0)

# nobody has looked up a name since the mount
remount /dev/pmem0 dax=always
start_monitor --path-wait 0 --no-initial
must next_event
mce_dev /dev/pmem0 "$one_at"
next_event
is "names that have to be searched for are pending" "$EVENT" \
	"$(paths "$one" pending)"
next_event
is "they are told when they are found" "$EVENT" "$(path_line "$one" "${three[@]}")"
is "with the number of the event" \
	"$(jq -sc '[.[] | select(.event == "error" or .event == "path") | .seq] | unique | length' "$T/raw")" 1

# what needs no search does not wait for what does
look_away
mce_dev /dev/pmem0 "$last_at"
mce_file "$MNT/hot" 0
happened 2
look_again
next_event
is "a file that nobody has used since the mount is pending" "$EVENT" \
	"$(paths "$last" pending)"
next_event
is "the event behind it does not wait" "$EVENT" "$(data_lost "$MNT/hot" 0 512)"
next_event
is "its name is told then" "$EVENT" "$(path_line "$last" "$MNT/tree/last")"
stop_monitor

# what was damaged before the start is told once for each inode
heal_file "$MNT/hot" 0
mce_dev /dev/pmem0 $((one_at + 1024))
remount /dev/pmem0 dax=always
start_monitor --path-wait 0
expect "what is damaged already is pending, too" "$(replayed "$(paths "$one" pending)")" \
	"$(replayed "$(paths "$(sed "s/ offset=0 / offset=1024 /;s/+$one_at+/+$((one_at + 1024))+/g" <<<"$one")" pending)")" \
	"$(replayed "$(paths "$last" pending)")" "sync reason=start"
expect "and its names are told once for each file" \
	"$(path_line "$one" "${three[@]}")" "$(path_line "$last" "$MNT/tree/last")"
stop_monitor

heal_file "$MNT/d1/one" 0
heal_file "$MNT/tree/last" 0
mce_dev /dev/pmem0 "$one_at"
must mv "$MNT/d1/one" "$MNT/d2/sub/uno"
three[0]=$MNT/d2/sub/uno
one=$(paths "$one" ok "${three[@]}")
level "a file that was renamed since has its new name" "$one"
held=
exec {held}<"$MNT/again"
gone=$(data_lost "$MNT/again" 4096 512)
mce_file "$MNT/again" 4096
must rm "$MNT/again"
gone=$(paths "${gone/nlink=1/nlink=0 flags=unlinked}" unlinked)
level "a file that was deleted and is open has no name" "$one" "$gone"
# else a directory may get the block
heal_file "/proc/$$/fd/$held" 4096
exec {held}<&-

### an inode that was used again

must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/d1/old"
old=$(data_lost "$MNT/d1/old" 0 512)
ino=$(stat -c %i "$MNT/d1/old")
start_monitor --no-initial
must next_event
look_away
mce_file "$MNT/d1/old" 0
happened 1
heal_file "$MNT/d1/old" 0
happened 2
must rm "$MNT/d1/old"
# inactivation runs in the background; a freeze waits for it
must xfs_freeze -f "$MNT"
must xfs_freeze -u "$MNT"
for ((i = 0; i < 80; i++)); do
	: >"$MNT/d1/old$i"
done
is "set-up: the inode is used again" "$(find "$MNT/d1" -inum "$ino" | wc -l)" 1
look_again
expect "the file that has the inode now is not claimed" "$(paths "$old" stale)" \
	"$(cleared "$(paths "$old" stale)")"

### several mounts

must mount --bind "$MNT/d2" "$BIND"
must mount -o dax=always /dev/pmem0 "$SECOND"
level "a bind mount and a second mount show no other files" "$one"
must umount "$SECOND"
must mv "$MNT/d2/two" "$MNT/d1/two"
three[1]=$MNT/d1/two
one=$(paths "$one" ok "${three[@]}")
must mount -t tmpfs none "$MNT"
level "where another mount covers it, the bind mount shows what it can" \
	"$(paths "$one" partial "$BIND/sub/uno" "$BIND/sub/three")"
must umount "$MNT"
must umount "$BIND"
must mount --move "$MNT" "$SECOND"
moved=$(paths "$one" ok "${three[@]/#$MNT/$SECOND}")
level "a mount that was moved" "$moved"
must mount --move "$SECOND" "$MNT"

### mount namespaces

exec {go}<> <(:)
# what lies on its /proc does not matter
# shellcheck disable=SC2016 # for the other shell
unshare -m --propagation private bash -c '
	mount --move "$1" "$2" && mount -t tmpfs none /proc && : >"$3" && read -r line
	' bash "$MNT" "$SECOND" "$T/ready" <&"$go" &
other=$!
must wait_for "$EVENT_TIMEOUT" test -e "$T/ready"
must umount "$MNT"
level "a filesystem that is mounted elsewhere only is not mounted here" \
	"$(paths "$one" unmounted)"
: >"$T/ns"
must mount --bind "/proc/$other/ns/mnt" "$T/ns"
at_end unmount_quietly "$T/ns"
LIST_OPTIONS=(--namespace "$other")
level "the names in the namespace of a process" "$moved"
LIST_OPTIONS=(--namespace "$T/ns" --path "$SECOND/d1")
level "in that of a file, and chosen by a path there" "$moved"
LIST_OPTIONS=()
stop_monitor
start_monitor --namespace "$other"
expect "the monitor has them, too" "$moved" "sync reason=start"
stop_monitor
check_fails "a process that is not there" "there is no process 99999999" \
	fswatch-err list --namespace 99999999
check_fails "a namespace of another kind" "is no mount namespace" \
	fswatch-err list --namespace /proc/self/ns/uts
check_fails "a file that is not there" "cannot open '$T/none': No such file" \
	fswatch-err list --namespace "$T/none"
check_fails "after what it is for" "--namespace has to come before" \
	fswatch-err list --path / --namespace "$other"
echo >&"$go"
wait "$other"
must umount "$T/ns"

### unmounted since, and parent pointers

must mount -o dax=always /dev/pmem0 "$MNT"
start_monitor --no-initial
must next_event
look_away
mce_file "$MNT/hot" 8192
hot=$(data_lost "$MNT/hot" 8192 512)
happened 1
must umount "$MNT"
must "$MKFS" -q -f -m rmapbt=1 -d agcount=4 -n parent=1 /dev/pmem0
must mount -o dax=always /dev/pmem0 "$MNT"
look_again
next_event
is "a filesystem that was unmounted since, its device used for another" \
	"$EVENT" "$(paths "$hot" unmounted)"
is "the other one is not told as its mount" \
	"$(jq -c 'select(.path_state == "unmounted") | [.source, .target]' "$T/raw")" "[null,null]"

must mkdir -p "$MNT/a/b/c" "$MNT/x"
must xfs_io -f -c "pwrite -q 0 16384" -c fsync "$MNT/a/b/c/one"
must ln "$MNT/a/b/c/one" "$MNT/x/two"
must ln "$MNT/a/b/c/one" "$MNT/top"
names=("$MNT/a/b/c/one" "$MNT/x/two" "$MNT/top")
one=$(paths "$(data_lost "$MNT/top" 0 512)" ok "${names[@]}")
at=$(disk_offset "$MNT/top" 0)
stop_monitor
remount /dev/pmem0 dax=always
start_monitor --path-wait 0 --no-initial
must next_event
mce_dev /dev/pmem0 "$at"
expect "parent pointers: all names at once, without a search" "$one"
stop_monitor
must mount --bind "$MNT/a" "$BIND"
must mount -t tmpfs none "$MNT/x"
level "parent pointers: a name that something is mounted on is not shown" \
	"$(paths "$one" partial "${names[0]}" "${names[2]}")"
must umount "$MNT/x"
must mount -t tmpfs none "$MNT"
level "parent pointers: only the bind mount shows a name" \
	"$(paths "$one" partial "$BIND/b/c/one")"
must umount "$MNT"
must umount "$BIND"
must mv "$MNT/a/b" "$MNT/x/b"
names[0]=$MNT/x/b/c/one
one=$(paths "$one" ok "${names[@]}")
remount /dev/pmem0 dax=always
level "parent pointers: a directory was moved" "$(replayed "$one")"
must rm "$MNT/top"
level "parent pointers: a name was removed" \
	"$(replayed "$(paths "${one/nlink=3/nlink=2}" ok "${names[@]:0:2}")")"
alive
finish
