# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What scenarios of targets have in common that move what they map; sourced after
# stack.bash and disks.bash. The helper blockmap(1) says what is lost, from the dumps
# that the tools of the target make while it is suspended.

# spoil DISK SECTOR [COUNT]: bad from now on; remembered, for the attribute of null_blk
# cannot be read
spoil()
{
	null_bad "$1" "$2" "${3:-1}"
	printf '%s %s %s\n' "$1" "$2" "${3:-1}" >>"$T/spoilt"
}

# mend DISK SECTOR [COUNT]: and good again
mend()
{
	null_good "$1" "$2" "${3:-1}"
	sed -i "/^$1 $2 ${3:-1}\$/d" "$T/spoilt"
}

# mend_all: what is spoilt is good again
mend_all()
{
	local disk sector count

	while read -r disk sector count; do
		mend "$disk" "$sector" "$count"
	done < <(cat "$T/spoilt")
}

# map_place FILE OFFSET [MAP]: "DISK SECTOR" where that is read from
map_place()
{
	local at dev sector

	at=$(disk_offset "$1" "$2")
	read -r dev sector < <(awk -v at="$at" '$1 <= at && at < $1 + $2 {
		split($3, p, "+"); print p[1], (p[2] + at - $1) / 512 }' "${3:-$T/map}")
	printf '%s %d\n' "$(basename "$(readlink -f "/sys/dev/block/$dev")")" "$sector"
}

# spoil_file FILE OFFSET [COUNT]: the sectors where that is
spoil_file()
{
	local disk sector

	read -r disk sector < <(map_place "$1" "$2")
	spoil "$disk" "$sector" "${3:-1}"
}

# spoilt: all that is bad, as blockmap wants it
spoilt()
{
	local disk sector count

	while read -r disk sector count; do
		printf '%s+%d+%d ' "$(<"/sys/block/$disk/dev")" \
			$((sector * 512)) $((count * 512))
	done <"$T/spoilt"
}

# level_map: what is told of files and copies now
level_map()
{
	list_json >"$T/list.json" 2>"$T/list.err" || return
	blockmap told "$T/list.json"
}

# level_is WANT: whether that is told; it is left in $LEVEL
level_is()
{
	LEVEL=$(level_map) && [[ $LEVEL == "$1" ]]
}

# lost_is WANT: whether that is lost, whatever is degraded; it is left in $LEVEL
lost_is()
{
	LEVEL=$(level_map) || return
	LEVEL=$(grep ^lost <<<"$LEVEL")
	[[ $LEVEL == "$1" ]]
}

# some_lost and some_degraded: of what the last agrees has seen
some_lost()
{
	[[ $LEVEL == *lost* ]]
}

some_degraded()
{
	[[ $LEVEL == *degraded* ]]
}

# agrees TEXT MAP [BAD...]: what is told is what the map says, of what is spoilt or BAD
agrees()
{
	local text=$1 map=$2 want

	shift 2
	# shellcheck disable=SC2046 # one word each
	(($#)) || set -- $(spoilt)
	want=$(blockmap lost "$MNT" "$map" "$@")
	wait_for "$EVENT_TIMEOUT" level_is "$want" || :
	same_lines "$text" "$LEVEL" "$want"
	[[ ! -s $T/list.err ]] || diag "$(<"$T/list.err")"
}

# reads FILE OFFSET [LENGTH]: a sector, or so many bytes, from the disk
reads()
{
	dd if="$1" of=/dev/null bs="${3:-512}" skip=$(($2 / ${3:-512})) count=1 iflag=direct status=none
}

# reads_fail FILE OFFSET [LENGTH]
reads_fail()
{
	! reads "$@" 2>/dev/null
}

# at_device OFFSET: "FILE OFFSET" of the byte of the filesystem's device
at_device()
{
	blockmap at "$MNT" "$1"
}

# quiet and loud: the filesystem writes nothing any more, which might meet a bad sector of
# the metadata and take all of the target down; and writes again
quiet()
{
	must mount -o remount,ro "$MNT"
}

loud()
{
	must mount -o remount,rw "$MNT"
}

# monitor_raw: events go to $T/raw, and nobody waits for them
monitor_raw()
{
	fswatch-err monitor --json >"$T/raw" 2>"$T/raw.err" &
	at_end kill -TERM $!
	wait_for "$EVENT_TIMEOUT" grep -q '"reason":"start"' "$T/raw" ||
		not_ok "set-up: the monitor starts" "$(<"$T/raw.err")"
}

# target_fails NAME: its metadata are lost
target_fails()
{
	dmsetup status "$1" | grep -w Fail >/dev/null
}

# fs_bytes: how many bytes of its device XFS uses
fs_bytes()
{
	echo $(($(xfs_io -c statfs "$MNT" | sed -n 's/geom.datablocks = //p') * 4096))
}

# thin_map NAME ID ORIGIN MIB: the map of a thin device with this number, of the pool "pool" on
# the disks meta and data, to $T/map; ORIGIN is - if it has none
thin_map()
{
	must dmsetup suspend --nolockfs "$1"
	must dmsetup suspend pool
	# the tool wants to have it for itself
	must dd if=/dev/meta of="$T/meta" bs=1M iflag=direct status=none
	must thin_dump -o "$T/dump.xml" "$T/meta"
	must dmsetup resume --noudevsync pool
	must dmsetup resume --noudevsync "$1"
	must blockmap thin "$T/dump.xml" "$2" /dev/data "$3" $(($4 << 20))
	printf '%s\n' "$OUT" >"$T/map"
}

# not_known: of something it is told that nobody knows whether or where it is bad
not_known()
{
	damage_has 'flags=[^ ]*\(unknown\|unresolved\)'
}

# has_unplaced: something is told that has no place
has_unplaced()
{
	damage_has ' flags=unresolved,unmapped '
}

# has_no_unplaced: nothing is
has_no_unplaced()
{
	! has_unplaced
}

# no_place TEXT LAYER DISK SECTOR: while the sector is bad, the level says that the layer
# cannot say where it is
no_place()
{
	local line

	spoil "$3" "$4"
	wait_for "$EVENT_TIMEOUT" has_unplaced
	line=$(damage | grep " flags=unresolved,unmapped ")
	is "$1" "$(unplaced "$line")" \
		"kind=media flags=unresolved,unmapped layer=$2 origin=$(number "$3")+$(($4 * 512))+512"
	mend "$3" "$4"
}
