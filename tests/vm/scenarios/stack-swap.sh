#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A table swap changes what is bad: a lower mapped device is replaced by an error
# target, and put back; a segment is moved away from bad sectors, and onto them. What can
# be read again because something else is there now stays in the level, as content that
# is not known.
# group: stack-change
# timeout: 600
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1
HALF=409600

# readable TEXT WANT: all that is in the level can be read again, and these are the files
readable()
{
	wait_for "$EVENT_TIMEOUT" all_readable || :
	list_json >"$T/list.json" 2>/dev/null
	is "$1: nothing is bad" "$(jq -c '.damage[]
		| select((.flags // []) | index("content-unknown") | not)' "$T/list.json")" ""
	same_lines "$1: what was lost is listed as not known" "$(stackmap told "$T/list.json")" "$2"
}

all_readable()
{
	[[ $(list_json | jq '.damage | length > 0 and all((.flags // []) | index("content-unknown"))') == true ]]
}

dm lower <<<"0 $HALF linear /dev/pmem1 2048"
dm upper <<END
0 $HALF linear /dev/pmem0 2048
$HALF $HALF linear /dev/mapper/lower 0
END
# the log is in the half that stays
mkxfs /dev/mapper/upper -l agnum=0
mount_fs /dev/mapper/upper
# The reverse map of what goes is where it was. It is in the cache now, or nobody
# could say what was there.
fill_files 20
must sync -f "$MNT"
watch

# a file of the half that stays
for kept in "$MNT"/d*/file; do
	(($(disk_offset "$kept" 0) < HALF * 512)) && break
done

lower=$(dmsetup info -c --noheadings -o major,minor --separator : lower)
before=$(($(wc -l <"$T/raw") + 1))
# the files that lose something are found while the table is what it was
want=$(STACKMAP_BOTTOM=$lower stackmap lost "$MNT" "$lower+0+$((HALF * 512))+removed")
dm_reload lower --noflush --nolockfs <<<"0 $HALF error"
wait_for "$EVENT_TIMEOUT" raw_is "$before" "$want"
tail -n "+$before" "$T/raw" >"$T/part.json"
same_lines "an error target: all files there are told, those pieces and no others" \
	"$(stackmap told "$T/part.json")" "$want"
check "files on the other half can be read" \
	cmp -n 4096 "$kept" <(yes $'\xcd' | tr -d '\n' | head -c 4096)
alive

dm_reload lower --noflush --nolockfs <<<"0 $HALF linear /dev/pmem1 2048"
readable "put back" "$want"
alive

# once more, with nothing in the cache: what was there cannot be looked up
stop_monitor
remount /dev/mapper/upper
watch
unread=()
size=$(($(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p') * 4096))
for group in 2 3; do
	at=$((group * size))
	for piece in "metadata meta=header:$at:16384" \
		"media flags=unresolved:$((at + 16384)):$((size - 16384))"; do
		IFS=: read -r kind at length <<<"$piece"
		unread+=("error kind=${kind% *} cause=removed errno=5 fstype=xfs dev=$(dev_of "$MNT") ${kind#* } device=$(dev_of "$MNT")+$at+$length origin=$lower+$((at - HALF * 512))+$length")
	done
done
dm_reload lower --noflush --nolockfs <<<"0 $HALF error"
expect "an error target, and nothing in the cache: all of it is told without names" "${unread[@]}"
level "and the level says the same" "${unread[@]}"
dm_reload lower --noflush --nolockfs <<<"0 $HALF linear /dev/pmem1 2048"
readable "put back" "$want"
must umount "$MNT"
stop_monitor
mount_fs /dev/mapper/upper
watch

# a bad sector, and the segment goes elsewhere
line=$(data_lost "$kept" 512 512)
mce_file "$kept" 512
expect "a sector of the first half" "$line"
dm_reload upper <<END
0 $HALF linear /dev/pmem0 $((HALF + 4096))
$HALF $HALF linear /dev/mapper/lower 0
END
expect "the segment is moved away: good" "$(cleared "$line" content-unknown)"
level "and what is there now is not known" "$(content_unknown "$line")"
dm_reload upper <<END
0 $HALF linear /dev/pmem0 2048
$HALF $HALF linear /dev/mapper/lower 0
END
expect "and back: bad" "$line"
level "and the level says the same" "$line"
finish
