#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# An unprivileged user, and the root of a user namespace, get nothing: they can
# neither join the group, in either of the two ways, nor ask for anything; in a
# network namespace of their own there is no family, and nothing arrives. Root gets
# all of it, by the same
# program.
# group: file
. "$(dirname "$0")/lib.sh"

# probe NAME COMMAND...: nlprobe, run by it; what it says first in ${RESULT[NAME]}
declare -A RESULT PROBE_IN PROBE_OUT
probe()
{
	local name=$1 in out line

	shift
	must mkfifo "$T/$name.in" "$T/$name.out"
	must chmod 666 "$T/$name.in" "$T/$name.out"
	"$@" nlprobe "$family" "$group" <"$T/$name.in" >"$T/$name.out" 2>"$T/$name.err" &
	exec {in}>"$T/$name.in" {out}<"$T/$name.out"
	read -r -t "$EVENT_TIMEOUT" -u "$out" line || line="nothing: $(<"$T/$name.err")"
	RESULT[$name]=$line
	PROBE_IN[$name]=$in
	PROBE_OUT[$name]=$out
}

# heard NAME: end the probe; how many messages came
heard()
{
	local in=${PROBE_IN[$1]} out=${PROBE_OUT[$1]} line

	echo >&"$in"
	read -r -t "$EVENT_TIMEOUT" -u "$out" line || line="nothing: $(<"$T/$1.err")"
	echo "$line"
}

none="join=EPERM bind=EPERM event-get=EPERM damage-get=EPERM watch-set=EPERM fs-get=EPERM stat-get=EPERM test-event=EPERM"
all="join=ok bind=ok event-get=ok damage-get=ok watch-set=ok fs-get=ok stat-get=ok test-event=ok"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
chmod 755 "$T"
must nlprobe
read -r family group <<<"$OUT"

# root's test goes to its own two sockets; the monitor begins after it
probe root env
watch
probe user setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs
probe userns setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user
probe rootns unshare --user --map-root-user
probe netns setpriv --reuid=65534 --regid=65534 --clear-groups unshare --user --map-root-user --net
is "root can do all of it" "${RESULT[root]}" "$all"
is "an unprivileged user can do none of it" "${RESULT[user]}" "$none"
is "nor can the root of a user namespace" "${RESULT[userns]}" "$none"
is "nor if real root has made it" "${RESULT[rootns]}" "$none"
# It may join a group of that number there, which is none of ours: see below.
case ${RESULT[netns]} in
*-get=ok* | *-set=ok* | *-event=ok*) not_ok "nor with a network namespace of its own" "${RESULT[netns]}" ;;
"join="*) ok "nor with a network namespace of its own" ;;
*) not_ok "nor with a network namespace of its own" "${RESULT[netns]}" ;;
esac

mce_file "$MNT/file" 4096
expect "an event is sent" "$(data_lost "$MNT/file" 4096 512)"
is "root has heard its test and the event, through both of its sockets" "$(heard root)" "messages=4"
for name in user userns rootns netns; do
	is "$name has heard nothing" "$(heard $name)" "messages=0"
done
check_fails "fswatch-err says what it lacks" "CAP_SYS_ADMIN" \
	setpriv --reuid=65534 --regid=65534 --clear-groups fswatch-err monitor --json --timeout 5
alive
finish
