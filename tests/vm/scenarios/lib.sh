# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios have in common; each of them sources this.
#
# A step that fails is a "not ok" and the script goes on; a set-up step (must)
# that fails ends it. Whatever happens, the plan and the verdict are printed and
# everything is put back: mounts, device-mapper devices, bad sectors.
#
# Events are compared as lines. fswatch-err's JSON objects are turned into
#
#	error kind=data-lost cause=machine-check errno=5 fstype=xfs dev=259:0
#	ino=131 gen=7 offset=512 length=512 nlink=1 device=259:0+1024+512
#	origin=259:0+1024+512 path_state=ok paths=/mnt/t/f
#
# (in one line, what is absent left out), and what is expected is written in the
# same way, from what stat(2), FIEMAP and xfs_db say. The paths may be left out.

set -u -o pipefail
shopt -s nullglob

NAME=$(basename "$0" .sh)
T=$(mktemp -d /tmp/scenario.XXXXXX)
MNT=/mnt/t
mkdir -p "$MNT"

# Seconds until an event that must come is given up; the debug kernel is slow.
EVENT_TIMEOUT=${EVENT_TIMEOUT:-60}

# set by make test-all: all products, and long walks
LONG=${FSERROR_LONG-}

TESTS=0
FAILED=0
ENDED=
CLEANUPS=()
MONITOR_PID=
MON=
EVENT=
# further options of the list that "level" looks at
LIST_OPTIONS=()

### TAP

ok()
{
	printf 'ok %d - %s\n' $((++TESTS)) "$1"
}

# not_ok TEXT [DIAGNOSTIC...]
not_ok()
{
	printf 'not ok %d - %s\n' $((++TESTS)) "$1"
	FAILED=$((FAILED + 1))
	shift
	diag "$@"
}

diag()
{
	local text line

	for text; do
		while IFS= read -r line; do
			printf '# %s\n' "$line"
		done <<<"$text"
	done
}

# skip TEXT WHY
skip()
{
	printf 'ok %d - %s # SKIP %s\n' $((++TESTS)) "$1" "$2"
}

# is TEXT GOT WANT
is()
{
	if [[ $2 == "$3" ]]; then
		ok "$1"
	else
		not_ok "$1" "got:  $2" "want: $3"
	fi
}

# check TEXT COMMAND...: the command succeeds
check()
{
	local text=$1 out

	shift
	if out=$("$@" 2>&1); then
		ok "$text"
	else
		not_ok "$text" "$* failed ($?)" ${out:+"$out"}
	fi
}

# check_fails TEXT PATTERN COMMAND...: it fails and says something like PATTERN
check_fails()
{
	local text=$1 pattern=$2 out status

	shift 2
	out=$("$@" 2>&1)
	status=$?
	if ((status)) && [[ $out == *$pattern* ]]; then
		ok "$text"
	else
		not_ok "$text" "$* ended with $status" ${out:+"$out"}
	fi
}

# must COMMAND...: a step of the set-up; its output is left in $OUT
must()
{
	if ! OUT=$("$@" 2>&1); then
		not_ok "set-up: $*" ${OUT:+"$OUT"}
		end
	fi
}

# at_end COMMAND...: run it at the end, the last one first
at_end()
{
	CLEANUPS=("$(printf '%q ' "$@")" "${CLEANUPS[@]}")
}

undo_all()
{
	local command

	for command in "${CLEANUPS[@]}"; do
		eval "$command"
	done
	CLEANUPS=()
}

# end: the plan and the verdict
end()
{
	ENDED=1
	stop_monitor
	undo_all
	printf '1..%d\n' "$TESTS"
	rm -rf "$T"
	exit $((FAILED > 0))
}

unexpected_end()
{
	[[ $ENDED ]] && return
	not_ok "the scenario runs to its end"
	end
}
trap unexpected_end EXIT
trap 'exit 1' INT TERM HUP

printf 'scenario %s begins\n' "$NAME $$" >/dev/kmsg

# check_log [PATTERN]: nothing bad in the log, and no shutdown but such a one
check_log()
{
	local bad

	bad=$(dmesg | sed -n "/scenario $NAME $$ begins/,\$p" |
		grep -E 'WARNING:|BUG:|Oops|KASAN|UBSAN|blocked for more|[Ss]hutting down filesystem|Corruption of|Internal error|still frozen|already frozen' |
		grep -v -E "${1:-^$}")
	is "the kernel does not complain" "$bad" ""
}

# wait_for SECONDS COMMAND...: until it succeeds
wait_for()
{
	local until=$((SECONDS + $1))

	shift
	until "$@"; do
		((SECONDS < until)) || return 1
		read -rt 0.1 <> <(:) || :
	done
}

### events

CANON='
def kv(k; v): if v == null then empty else "\(k)=\(v)" end;
def range(k; r): if r == null then empty
	elif r.offset == null then "\(k)=\(r.dev)"
	else "\(k)=\(r.dev)+\(r.offset)+\(r.length)" end;
[ .event, kv("reason"; .reason), kv("first"; .first), kv("last"; .last),
  kv("kind"; .kind), kv("cause"; .cause), kv("errno"; .errno),
  kv("fstype"; .fstype), kv("dev"; .dev), kv("ino"; .ino), kv("gen"; .gen),
  kv("offset"; .offset), kv("length"; .length), kv("nlink"; .nlink),
  kv("meta"; .meta),
  (if (.flags // []) == [] then empty else "flags=" + (.flags | join(",")) end),
  kv("layer"; .layer), range("device"; .device), range("origin"; .origin),
  kv("path_state"; .path_state),
  (if .paths then "paths=" + (.paths | sort | join(",")) else empty end)
] | join(" ")'

# start_monitor [OPTION...]: fswatch-err monitor, its raw output in $T/raw. It
# holds events back until their names are found, unless an option says otherwise.
start_monitor()
{
	rm -f "$T/events" "$T/lines"
	must mkfifo "$T/events" "$T/lines"
	: >"$T/raw"
	fswatch-err monitor --json --path-wait 60 "$@" >"$T/events" 2>"$T/monitor.err" &
	MONITOR_PID=$!
	tee -a "$T/raw" <"$T/events" |
		jq --unbuffered -r "select(.kind != \"mount\" and .kind != \"unmount\") | $CANON" >"$T/lines" &
	exec {MON}<"$T/lines"
}

# watch [TEXT]: start the monitor and expect that nothing is bad yet
watch()
{
	start_monitor
	if next_event && [[ $EVENT == "sync reason=start" ]]; then
		return
	fi
	not_ok "the monitor starts, and nothing is bad yet" "got: $EVENT" \
		"$(<"$T/monitor.err")"
	end
}

# monitor_kill SIGNAL: to the process that does the monitor's work; the other one only
# watches over it
monitor_kill()
{
	local stat fields

	for stat in /proc/[0-9]*/stat; do
		read -r -a fields <"$stat" 2>/dev/null || continue
		[[ ${fields[3]} == "$MONITOR_PID" ]] || continue
		kill "$1" "${fields[0]}"
		return
	done
	return 1
}

# stop_monitor: and see that it ended well, and that the numbers have no holes
stop_monitor()
{
	local status holes

	[[ $MONITOR_PID ]] || return
	kill -TERM "$MONITOR_PID" 2>/dev/null
	wait "$MONITOR_PID"
	status=$?
	MONITOR_PID=
	[[ $MON ]] && exec {MON}<&-
	MON=
	[[ $ENDED ]] && return
	is "the monitor ends well" "$status $(<"$T/monitor.err")" "0 "
	holes=$(jq -rs --arg boot "$(</proc/sys/kernel/random/boot_id)" '
		[.[] | select(.event != "sync" and .event != "path" and .seq)]
		| [group_by(.group)[] as $e
		   | ([range(1; $e | length) | select($e[.].seq != $e[. - 1].seq + 1)
		       | "hole before \($e[.].group) \($e[.].seq)"]
		   + [$e[] | select(.v != 2 or .boot_id != $boot or .time == null)
		       | "bad head: \(.group) \(.seq)"])[]]
		| join(", ")' "$T/raw" 2>&1)
	is "records are numbered without holes, of this boot, with a time" "$holes" ""
}

# next_event [SECONDS]: the next event as a line in $EVENT
next_event()
{
	if [[ $MON ]] && IFS= read -r -t "${1:-$EVENT_TIMEOUT}" -u "$MON" EVENT; then
		return 0
	fi
	EVENT="(nothing)"
	return 1
}

# same_lines TEXT GOT WANT: the same lines in any order. Of what was got, names are
# compared only if names are wanted. No program is run and no pattern is matched
# against the whole text: these may be thousands of lines, or the usual one.
same_lines()
{
	local - IFS=$'\n' line names='' surplus differ=()
	local -A balance=()

	set -f
	[[ $3 != *" path_state="* ]] || names=1
	for line in $2; do
		[[ $names ]] || line=${line%% path_state=*}
		balance["$line"]=$((${balance["$line"]-0} + 1))
	done
	for line in $3; do
		balance["$line"]=$((${balance["$line"]-0} - 1))
	done
	for line in "${!balance[@]}"; do
		surplus=${balance["$line"]}
		if ((surplus > 0)); then
			differ+=("< $line")
		elif ((surplus < 0)); then
			differ+=("> $line")
		fi
	done
	if ((${#differ[@]})); then
		not_ok "$1" "got, not wanted (<), and wanted, not got (>):" "${differ[@]:0:40}"
	else
		ok "$1"
	fi
}

# expect TEXT WANT...: the next events are these, in any order
expect()
{
	local text=$1 got='' i

	shift
	for ((i = 0; i < $#; i++)); do
		next_event || break
		got+=$EVENT$'\n'
	done
	same_lines "$text" "$got" "$(printf '%s\n' "$@")"
}

# expect_pieces TEXT FIRST LENGTH COMMAND...: the next events are about the bytes
# from FIRST on, one after the other, in as many pieces as it may be: a scrub
# finds a range in pieces. "COMMAND... OFFSET LENGTH" prints the line for a piece.
expect_pieces()
{
	local text=$1 at=$2 end=$(($2 + $3)) piece want

	shift 3
	while ((at < end)); do
		next_event
		piece=${EVENT##* device=}
		piece=${piece%% *}
		piece=${piece##*+}
		[[ $piece =~ ^[0-9]+$ ]] && ((piece && piece <= end - at)) || piece=$((end - at))
		want=$("$@" "$at" "$piece")
		if [[ $EVENT != "$want" ]]; then
			not_ok "$text" "got:  $EVENT" "want: $want"
			return
		fi
		at=$((at + piece))
	done
	ok "$text"
}

# list_json: the list; that it may not say all that a person wants is no failure. While
# the kernel says that there is more to look at, it is asked again.
list_json()
{
	local answer status tries

	for ((tries = ${LIST_TRIES:-40}; tries; tries--)); do
		answer=$(fswatch-err list --json "${LIST_OPTIONS[@]}" 2>"$T/list.why")
		status=$?
		[[ $status == 4 && $answer == *'],"incomplete":true}' ]] || break
		sleep 0.25
	done
	printf '%s\n' "$answer"
	((status == 0 || status == 4)) && return
	cat "$T/list.why" >&2
	return 1
}

# damage: what is bad now, as lines
damage()
{
	list_json | jq -r "
		if .incomplete then \"incomplete\" else empty end, (.damage[] | $CANON)"
}

# damage_has PATTERN: one of these lines is like that. All of them are read, because who writes
# to a pipe that nobody reads any more fails.
damage_has()
{
	damage | grep -e "$1" >/dev/null
}

# level TEXT [WANT...]: what is bad now is this; "incomplete" first if it stays so
level()
{
	local text=$1 got LIST_TRIES=40

	shift
	[[ ${1-} != incomplete ]] || LIST_TRIES=2
	if ! got=$(damage 2>"$T/damage.err"); then
		not_ok "$text" "fswatch-err list failed" "$(<"$T/damage.err")"
		return
	fi
	same_lines "$text" "$got" "$(printf '%s\n' "$@")"
}

# nothing TEXT: no event has come. A known error and its repair, each of which
# makes one event, are sent after what may be on its way.
nothing()
{
	local lost cleared

	lost=$(data_lost "$MNT/.barrier" 512 512)
	cleared=$(data_cleared "$MNT/.barrier" 512 512)
	mce_file "$MNT/.barrier" 512
	if ! next_event || [[ $EVENT != "$lost" ]]; then
		not_ok "$1" "got:  $EVENT" "want: $lost (the barrier)"
		return
	fi
	heal_file "$MNT/.barrier" 512
	if ! next_event || [[ $EVENT != "$cleared" ]]; then
		not_ok "$1" "got:  $EVENT" "want: $cleared (the barrier)"
		return
	fi
	ok "$1"
}

### what is to be expected

# data_lost FILE OFFSET LENGTH [CAUSE [FLAGS [DEVICE]]]: bytes of a file are lost
data_lost()
{
	local id

	id=$(where ${6:+-d "$6"} "$1" "$2" "$3")
	printf 'error kind=data-lost cause=%s errno=5 fstype=xfs %s %s%s path_state=ok paths=%s' \
		"${4:-machine-check}" "${id%|*}" "${5:+flags=$5 }" "${id#*|}" "$1"
}

# scrubbed FILE OFFSET LENGTH: data_lost, as a scrub finds it
scrubbed()
{
	data_lost "$1" "$2" "$3" media
}

# data_cleared FILE OFFSET LENGTH [FLAGS [DEVICE]]
data_cleared()
{
	cleared "$(data_lost "$1" "$2" "$3" machine-check "" "${5-}")" "${4-}"
}

# range DEV OFFSET LENGTH: device=... origin=... of a piece of a block device
range()
{
	where -r "$1" "$2" "$3"
}

# metadata META DEV OFFSET LENGTH [CAUSE [FLAGS]]: metadata of no single inode
metadata()
{
	printf 'error kind=metadata cause=%s errno=5 fstype=xfs dev=%s meta=%s %s%s' \
		"${5:-machine-check}" "$(dev_of "$MNT")" "$1" "${6:+flags=$6 }" \
		"$(range "$2" "$3" "$4")"
}

# inode_metadata META FILE DEV OFFSET LENGTH [CAUSE]: metadata of an inode
inode_metadata()
{
	printf 'error kind=metadata cause=%s errno=5 fstype=xfs %s meta=%s %s path_state=ok paths=%s' \
		"${6:-machine-check}" "$(where -i "$2")" "$1" "$(range "$3" "$4" "$5")" "$2"
}

# media FSTYPE DEV OFFSET LENGTH [CAUSE [FLAGS]]: a range that nobody owns up to
media()
{
	printf 'error kind=media cause=%s errno=5 fstype=%s dev=%s flags=%s %s' \
		"${5:-machine-check}" "$1" "$(dev_of "$MNT")" "${6:-unresolved}" \
		"$(range "$2" "$3" "$4")"
}

# field NAME LINE: the value in a line
field()
{
	local value=${2#* "$1="}

	printf '%s' "${value%% *}"
}

# cleared LINE [FLAGS]: the range of the device that LINE told is good again; whose it
# was is not said
cleared()
{
	printf 'cleared kind=cleared fstype=%s dev=%s %sdevice=%s' "$(field fstype "$1")" \
		"$(field dev "$1")" "${2:+flags=$2 }" "$(field device "$1")"
}

# content_unknown LINE: what LINE told can be read again, and may not be what was written
content_unknown()
{
	case $1 in
	*" flags=unlinked"*) printf '%s' "${1/flags=unlinked/flags=unlinked,content-unknown}" ;;
	*" flags=unowned"*) printf '%s' "${1/flags=unowned/flags=content-unknown,unowned}" ;;
	*" flags="*) printf '%s' "${1/ device=/,content-unknown device=}" ;;
	*) printf '%s' "${1/ device=/ flags=content-unknown device=}" ;;
	esac
}

# replayed LINE: what LINE told is told again at a mount
replayed()
{
	case $1 in
	*" flags=unresolved"*) printf '%s' "${1/flags=unresolved/flags=unresolved,replay}" ;;
	*" flags=unowned"*) printf '%s' "${1/flags=unowned/flags=replay,unowned}" ;;
	*" flags="*) printf '%s' "${1/flags=/flags=replay,}" ;;
	*) printf '%s' "${1/ device=/ flags=replay device=}" ;;
	esac
}

# dev_of PATH: major:minor of the filesystem
dev_of()
{
	mountpoint -d "$1"
}

# disk_offset FILE OFFSET: where the byte is on the filesystem's device
disk_offset()
{
	where -o "$1" "$2"
}

### making things bad

mce_file()
{
	must fserror-inject mce-file "$1" "$2"
}

mce_dev()
{
	must fserror-inject mce-dev "$1" "$2"
}

# heal_file FILE OFFSET: rewrite the page that holds the byte
heal_file()
{
	must xfs_io -c "pwrite -q -S 0x55 $(($2 / 4096 * 4096)) 4096" -c fsync "$1"
}

# save_page DEV OFFSET FILE and restore_page: the page that holds the byte, from
# and to below a mounted filesystem
save_page()
{
	must dd if="$1" of="$3" bs=4096 skip=$(($2 / 4096)) count=1 iflag=direct status=none
}

restore_page()
{
	must dd if="$3" of="$1" bs=4096 seek=$(($2 / 4096)) count=1 oflag=direct conv=notrunc status=none
}

# A page that fails in simulation is told as bad and is not in badblocks: heal_disk
# wants to know that there are such pages.
fserror-inject()
{
	[[ " $*" != *" hwpoison-"* && " $*" != *" madvise "* ]] || : >"$T/simulated"
	command fserror-inject "$@"
}

# heal_disk DISK: write zeroes over all that is bad of an unmounted pmem disk. What
# badblocks had no room for shows when there is.
heal_disk()
{
	local disk sector count first last bad before='' writes

	disk=${1##*/}
	if [[ -e $T/simulated ]]; then
		# it ends with "no space left"
		dd if=/dev/zero of="/dev/$disk" bs=4M oflag=direct status=none 2>/dev/null
	fi
	while bad=$(<"/sys/block/$disk/badblocks") && [[ $bad ]]; do
		if [[ $bad == "$before" ]]; then
			not_ok "put back: $disk stays bad" "$bad"
			return 1
		fi
		before=$bad
		writes=()
		while read -r sector count; do
			first=$((sector / 8))
			last=$(((sector + count - 1) / 8))
			writes+=(-c "pwrite -q -S 0 $((first * 4096)) $(((last - first + 1) * 4096))")
		done <<<"$bad"
		xfs_io -d "${writes[@]}" "/dev/$disk" || {
			not_ok "put back: $disk"
			return 1
		}
	done
}

### devices and filesystems

# fsdax NR: namespaceNR.0 is in fsdax mode as /dev/pmemNR
fsdax()
{
	local device

	device=$(readlink "/sys/class/block/pmem$1/device")
	if [[ ! -b /dev/pmem$1 || $device != */pfn$1.* ]]; then
		must ndctl create-namespace -f -e "namespace$1.0" -m fsdax
	fi
	at_end heal_disk "pmem$1"
}

# raw NR: namespaceNR.0 is in raw mode as /dev/pmemNR
raw()
{
	must ndctl create-namespace -f -e "namespace$1.0" -m raw
}

# mkxfs DEV [OPTION...]: XFS of four allocation groups with a reverse map
mkxfs()
{
	local dev=$1

	shift
	must mkfs.xfs -q -f -m rmapbt=1 -d agcount=4 "$@" "$dev"
}

# mount_fs DEV [OPTIONS]: on $MNT
mount_fs()
{
	must mount ${2:+-o "$2"} "$1" "$MNT"
	at_end unmount_quietly "$MNT"
	if [[ ${2-} == *dax* && ! -e $MNT/.barrier ]]; then
		must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/.barrier"
	fi
}

unmount_quietly()
{
	# not mountpoint(1): a filesystem that has shut down does not answer it
	grep -q " $1 " /proc/self/mounts || return 0
	umount "$1" || not_ok "put back: umount $1"
}

# remount DEV [OPTIONS]: unmount and mount, so that no inode is in the cache
remount()
{
	must umount "$MNT"
	must mount ${2:+-o "$2"} "$1" "$MNT"
}

# pmem_xfs [OPTION...]: all of it: /dev/pmem0 in fsdax mode, XFS with DAX on it
pmem_xfs()
{
	fsdax 0
	mkxfs /dev/pmem0 "$@"
	mount_fs /dev/pmem0 dax=always
}

# extents FILE: a line for each: first and last 512-byte block in the file, first
# and last on the device
extents()
{
	xfs_io -c fiemap "$1" |
		sed -n 's/.*\[\([0-9]*\)\.\.\([0-9]*\)\]: \([0-9]*\)\.\.\([0-9]*\).*/\1 \2 \3 \4/p'
}

# fill_group FILE: a preallocated file whose last extent is the last of its
# allocation group. In bytes: $FILL_END is the end of the file, $BOUNDARY its end
# on the device, where the next group starts.
fill_group()
{
	local size to start end

	size=$(($(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p') * 4096))
	must xfs_io -f -c "falloc 0 80m" -c fsync "$1"
	read -r _ to start end < <(extents "$1")
	FILL_END=$(((to + 1) * 512))
	BOUNDARY=$(((start * 512 / size + 1) * size))
	# The group keeps as many blocks free as its btrees may need. Which ones does
	# not matter to it: free some at its start, and those at its end can be had.
	must xfs_io -c "truncate $FILL_END" -c "fpunch 0 4m" -c fsync "$1"
	must xfs_io -c "falloc $FILL_END $((BOUNDARY - (end + 1) * 512))" -c fsync "$1"
	read -r _ to _ end < <(extents "$1" | tail -n 1)
	FILL_END=$(((to + 1) * 512))
	if (((end + 1) * 512 != BOUNDARY)); then
		not_ok "set-up: a file that fills a group" "$(extents "$1")"
		end
	fi
}

# alive: the filesystem has not shut down and can be unmounted
alive()
{
	if : >"$MNT/.alive" && sync -f "$MNT/.alive"; then
		ok "the filesystem goes on working"
	else
		not_ok "the filesystem goes on working"
	fi
}

umount_works()
{
	check "the filesystem can be unmounted" umount "$MNT"
}

# finish: what every scenario ends with: the monitor, unmount, the log
finish()
{
	umount_works
	stop_monitor
	check_log "$@"
	end
}
