# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What a stress of targets that move what they map has: sectors go bad and good, files are
# written and read, and the level is asked for, while a job of the scenario moves things. Sourced
# after stack.bash, disks.bash and maps.bash.

STOP=$T/stop
OTHER=/mnt/other
# how many sectors are bad at the end, at least
BAD_AT_END=10

# level_map: as in maps.bash, of the filesystem at $MNT alone
level_map()
{
	list_json >"$T/all.json" 2>"$T/list.err" || return
	jq --arg dev "$(dev_of "$MNT")" '.damage |= map(select(.dev == $dev))' "$T/all.json" >"$T/list.json"
	blockmap told "$T/list.json"
}

# turn SIGN "DISK SECTOR COUNT": these go bad (+) or good (-). No process is started.
turn()
{
	local disk sector count

	read -r disk sector count <<<"$2"
	echo "$1$sector-$((sector + count - 1))" >"$NULL_BLK/$disk/badblocks"
}

# spoiling: lines of $T/candidates, no two of which overlap, go bad and good. What is bad at
# the end is in $T/spoilt.
spoiling()
{
	local -a lines
	local -A bad=()
	local line changes=0

	mapfile -t lines <"$T/candidates"
	while [[ ! -e $STOP ]] || ((${#bad[@]} < BAD_AT_END)); do
		line=${lines[RANDOM % ${#lines[@]}]}
		if [[ ${bad["$line"]-} ]]; then
			turn - "$line"
			unset "bad[$line]"
		else
			turn + "$line"
			bad["$line"]=1
		fi
		changes=$((changes + 1))
		sleep 0.1
	done
	printf '%s\n' "${!bad[@]}" >"$T/spoilt"
	printf '%s changes, %s are bad\n' $changes ${#bad[@]} >"$T/spoiling.said"
}

# turn_all SIGN: what is in $T/spoilt goes bad again, or is good for a while
turn_all()
{
	local line

	while read -r line; do
		turn "$1" "$line"
	done <"$T/spoilt"
}

# asking: the level. That there is more than it says, or something is busy, is no failure.
asking()
{
	local status times=0

	while [[ ! -e $STOP ]]; do
		fswatch-err list --json >/dev/null 2>>"$T/asking.err"
		status=$?
		((status == 0 || status == 4)) || echo "it ends with $status" >>"$T/asking.failed"
		times=$((times + 1))
	done
	echo "$times questions" >>"$T/asking.said"
}

# slots FILE DISK SHIFT: pieces of up to 4 sectors of the file that is on the disk so many
# sectors behind where it is on $MNT; one in each 16 KiB
slots()
{
	local first last from to at

	while read -r first last from to; do
		for ((at = from; at + 16 < to; at += 32)); do
			echo "$2 $((at + $3 + RANDOM % 8)) $((RANDOM % 4 + 1))"
		done
	done < <(extents "$1")
}

# some COUNT: of the lines on standard input
some()
{
	shuf -n "$1" --random-source=<(yes)
}

# stress TEXT MOVER FILE...: let it all go on for $PHASE seconds; the files are written.
# MOVER is a function that ends soon when there is the file $STOP.
stress()
{
	local text=$1 mover=$2 job jobs=()

	shift 2
	rm -f "$STOP" "$T"/*.said "$T/asking.failed"
	FROM=$(($(wc -l <"$T/raw") + 1))
	spoiling &
	jobs+=($!)
	asking &
	jobs+=($!)
	asking &
	jobs+=($!)
	keepwriting "$STOP" "$@" >"$T/writing.said" 2>&1 &
	jobs+=($!)
	"$mover" >"$T/mover.out" 2>&1 &
	jobs+=($!)
	sleep "$PHASE"
	: >"$STOP"
	wait_for 240 all_gone "${jobs[@]}"
	is "$text: all of it comes to an end" $? 0
	for job in "${jobs[@]}"; do
		kill -0 "$job" 2>/dev/null || wait "$job"
	done
	is "$text: each question is answered" "$(cat "$T/asking.failed" 2>/dev/null)" ""
	check "$text: something moved" test -s "$T/mover.said"
	diag "$text: $(cat "$T"/*.said | tr '\n' ';')" "$(tail -n 3 "$T/mover.out")"
	same_events "$text"
}

all_gone()
{
	local job

	for job; do
		! kill -0 "$job" 2>/dev/null || return
	done
}

# watching: the monitor runs from now on; its process is left in $MONITOR
watching()
{
	fswatch-err monitor --json >"$T/raw" 2>"$T/raw.err" &
	MONITOR=$!
	at_end kill -TERM "$MONITOR"
	must wait_for "$EVENT_TIMEOUT" grep -q '"reason":"start"' "$T/raw"
}

# same_events TEXT: since the stress began no event has named a file of $MNT that does not
# have that place
same_events()
{
	tail -n "+$FROM" "$T/raw" >"$T/part.json"
	diag "$1: $(wc -l <"$T/part.json") events"
	must whatreads misnamed "$MNT" "$T/part.json"
	is "$1: no event has named the wrong file" "$OUT" ""
}

# reads_are_told: what cannot be read is what is told as lost; left in $READS and $LEVEL
reads_are_told()
{
	READS=$(whatreads lost "$MNT")
	lost_is "$READS"
}

# right TEXT MAP: the level is what the map says, what cannot be read, and what the events
# add up to. A policy may still move a block, which is told within a minute.
right()
{
	agrees "$1: the level is what the map says" "$2"
	wait_for "$EVENT_TIMEOUT" reads_are_told || :
	same_lines "$1: and what cannot be read" "$READS" "$LEVEL"
	check "$1: and something is lost" test "$LEVEL"
	adds_up "$1"
}

# follow: fserror-follow listens from now on; its process is left in $FOLLOWER
follow()
{
	fserror-follow --ready --verbose >"$T/follow" 2>"$T/follow.err" &
	FOLLOWER=$!
	at_end kill -TERM "$FOLLOWER"
	must wait_for "$EVENT_TIMEOUT" grep -q ready "$T/follow"
}

# explain: of each range on standard input the events about it
explain()
{
	local who dev pos len rest

	while read -r who _ dev pos len rest; do
		diag "only in the $who: $dev $pos $len $rest"
		diag "$(jq -c --argjson pos "$pos" --argjson stop $((pos + len)) '
			select(.device.offset? != null and .device.offset < $stop and
				.device.offset + .device.length > $pos) |
			[.seq, .kind, .file.path?, .device.offset, .device.length, .flags?, .cause]' "$T/raw" | tail -n 12)"
	done
}

# adds_up TEXT: the events add up to the level
adds_up()
{
	check "$1: the events add up to the level" wait_for "$EVENT_TIMEOUT" events_are_level
	diag "$(grep -c -v end "$T/sum") ranges"
	{
		comm -23 "$T/sum" "$T/dump" | sed "s,^,sum ,"
		comm -13 "$T/sum" "$T/dump" | sed "s,^,dump ,"
	} | explain
	cmp -s "$T/sum" "$T/dump" || diag "$(<"$T/follow.err")"
}

events_are_level()
{
	local before

	before=$(wc -l <"$T/follow")
	kill -USR1 "$FOLLOWER"
	wait_for 20 ended "$before" || return
	tail -n "+$((before + 1))" "$T/follow" | grep -v -x end | sort >"$T/sum"
	fserror-follow --dump 2>/dev/null | grep -v -x -e ready -e end | sort >"$T/dump"
	[[ -s $T/sum ]] && cmp -s "$T/sum" "$T/dump"
}

# ended LINES: the follower has said more than so many lines, and all of it
ended()
{
	[[ $(wc -l <"$T/follow") -gt $1 && $(tail -n 1 "$T/follow") == end ]]
}

# all_good TEXT: nothing is bad any more, and nothing told
all_good()
{
	turn_all -
	: >"$T/spoilt"
	wait_for 150 level_is "" || :
	is "$1: all is good again" "$LEVEL" ""
}

# other_filesystem: one on /dev/pmem1, of which a sector is bad
other_filesystem()
{
	fsdax 1
	mkxfs /dev/pmem1
	must mkdir -p "$OTHER"
	must mount /dev/pmem1 "$OTHER"
	at_end unmount_quietly "$OTHER"
	must xfs_io -f -c 'pwrite -q 0 64k' -c fsync "$OTHER/file"
	must fserror-inject mce-dev /dev/pmem1 "$(MNT=$OTHER disk_offset "$OTHER/file" 8192)"
	must wait_for "$EVENT_TIMEOUT" other_is_told
}

other_is_told()
{
	fswatch-err list --json 2>/dev/null |
		jq -e --arg dev "$(dev_of "$OTHER")" '.damage | any(.dev == $dev and .kind == "data-lost")' >/dev/null
}

# delays_nobody NAME...: while one of these devices is suspended, questions about the other
# filesystem are answered, and those about all of them
delays_nobody()
{
	local name status

	for name; do
		must dmsetup suspend --nolockfs --noflush "$name"
		took fserror-dump --fs "$(dev_of "$OTHER")" >"$T/said"
		no_longer "$name is suspended: another filesystem is not delayed" 5000
		is "and all of it is told" "$(sed -n 's/ owners=.*//p' "$T/said" | head -n 1)" \
			"$(dev_of "$OTHER") complete records=1 partial=0"
		took other_is_told
		status=$?
		no_longer "and a list of all is not" 15000
		is "and has it" $status 0
		must dmsetup resume --noudevsync "$name"
	done
}
