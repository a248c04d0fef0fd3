# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of stacked devices have in common; sourced instead of lib.sh.
#
# The origin of an event is the device at the bottom, and an error is injected
# there. Both are found by "stackmap", from dmsetup table, which knows nothing of
# the kernel code that is being tested.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/helpers.bash"

# the helper where(1), with origins at the bottom of the stack
where()
{
	local line origin

	line=$(command where "$@") || return
	if [[ $line == *origin=* ]]; then
		origin=$(bottom "${line##*origin=}") || return
		line=${line%origin=*}origin=$origin
	fi
	printf '%s\n' "$line"
}

# number DISK: major:minor of a disk, by its name or its path
number()
{
	if [[ -b $1 ]]; then
		mountpoint -x "$1"
		return
	fi
	cat "/sys/class/block/${1##*/}/dev"
}

# bottom DEV+OFFSET+LENGTH: the same, at the bottom
bottom()
{
	local dev offset length

	IFS=+ read -r dev offset length <<<"$1"
	stackmap down "$dev" "$offset" "$length"
}

# bottom_of FILE OFFSET: $BOTTOM_DEV and $BOTTOM_OFFSET
bottom_of()
{
	local place number

	place=$(bottom "$(dev_of "$MNT")+$(disk_offset "$1" "$2")+512")
	IFS=+ read -r number BOTTOM_OFFSET _ <<<"$place"
	BOTTOM_DEV=/dev/$(basename "$(readlink -f "/sys/dev/block/$number")")
}

mce_file()
{
	bottom_of "$1" "$2"
	must fserror-inject mce-dev "$BOTTOM_DEV" "$BOTTOM_OFFSET"
}

# dm NAME [OPTION...] <TABLE: make a mapped device
dm()
{
	local name=$1 table

	shift
	table=$(</dev/stdin)
	must dmsetup create "$name" "$@" --noudevsync --table "$table"
	must dmsetup mknodes "$name"
	at_end dm_remove "$name"
}

dm_remove()
{
	dmsetup info "$1" >/dev/null 2>&1 || return 0
	wait_for 10 dmsetup remove --noudevsync "$1" ||
		not_ok "put back: dmsetup remove $1"
}

# dm_reload NAME [SUSPEND OPTION...] <TABLE: swap the table
dm_reload()
{
	local name=$1 table

	shift
	table=$(</dev/stdin)
	must dmsetup reload "$name" --table "$table"
	must dmsetup suspend "$@" "$name"
	must dmsetup resume --noudevsync "$name"
}

# sectors DEV: how many there are
sectors()
{
	blockdev --getsz "$1"
}

# bad_ranges CAUSE: what badblocks of both disks say, as stackmap wants it
bad_ranges()
{
	local disk sector count

	for disk in pmem0 pmem1; do
		[[ -e /sys/block/$disk ]] || continue
		while read -r sector count; do
			printf '%s+%d+%d+%s ' "$(<"/sys/block/$disk/dev")" \
				$((sector * 512)) $((count * 512)) "$1"
		done <"/sys/block/$disk/badblocks"
	done
}

# agree TEXT BAD...: the level is what an independent computation says. What can be read
# again is not bad.
agree()
{
	local text=$1

	shift
	list_json >"$T/list.json" 2>"$T/list.err" || {
		not_ok "$text" "fswatch-err list failed" "$(<"$T/list.err")"
		return
	}
	jq '.damage |= map(select((.flags // []) | index("content-unknown") | not))' \
		"$T/list.json" >"$T/bad.json"
	same_lines "$text" "$(stackmap told "$T/bad.json")" \
		"$(stackmap lost "$MNT" "$@")"
}

# told TEXT FROM BAD...: so are the events from line FROM of the monitor on
told()
{
	local text=$1 from=$2 want

	shift 2
	want=$(stackmap lost "$MNT" "$@")
	wait_for "$EVENT_TIMEOUT" raw_is "$from" "$want" || :
	tail -n "+$from" "$T/raw" >"$T/part.json"
	same_lines "$text" "$(stackmap told "$T/part.json")" "$want"
}

raw_is()
{
	tail -n "+$1" "$T/raw" >"$T/part.json"
	[[ $(stackmap told "$T/part.json" 2>/dev/null) == "$2" ]]
}

# fill_files [MIB [COUNT]]: d1/file and so on, eight by default, which are spread over
# the allocation groups, and a barrier
fill_files()
{
	local i commands=()

	# shellcheck disable=SC2046 # one word each
	must mkdir $(seq -f "$MNT/d%g" "${2:-8}")
	for ((i = 1; i <= ${2:-8}; i++)); do
		commands+=(-c "open -f $MNT/d$i/file" -c "pwrite -q -b 1m 0 ${1:-4}m" -c fsync -c close)
	done
	must xfs_io -f -c "pwrite -q 0 4096" -c fsync -c close "${commands[@]}" "$MNT/.barrier"
}

# mce_origin LINE: a machine check where LINE says that it began
mce_origin()
{
	local dev offset

	dev=${1##*origin=}
	IFS=+ read -r dev offset _ <<<"${dev%% *}"
	must fserror-inject mce-dev "/dev/$(basename "$(readlink "/sys/dev/block/$dev")")" "$offset"
}

# check_stack DEV [brief|short]: XFS on the device names the file for a sector at the
# beginning of one, in the middle of another and at the end of a third; the level says
# the same as the events and as an independent computation; a write makes it good.
# In brief: one sector, and no write; short is brief, but in make test-all.
check_stack()
{
	local dev=$1 brief=${2-} place file offset line lines=()
	local places=("d2/file $((2 << 20 | 512))" "d1/file 0" "d3/file $(((4 << 20) - 512))")

	[[ $brief == short && $LONG ]] && brief=
	[[ $brief ]] && places=("${places[0]}")
	mkxfs "$dev"
	mount_fs "$dev"
	fill_files 4 3
	remount "$dev"
	watch
	for place in "${places[@]}"; do
		read -r file offset <<<"$place"
		line=$(data_lost "$MNT/$file" "$offset" 512)
		mce_origin "$line"
		expect "$dev: a sector of $file at $offset" "$line"
		lines+=("$line")
	done
	# shellcheck disable=SC2046 # one word each
	agree "$dev: the level is what dmsetup table and FIEMAP say" $(bad_ranges machine-check)
	if [[ ! $brief ]]; then
		level "$dev: and the same as the events" "${lines[@]}"
		heal_file "$MNT/d2/file" $((2 << 20 | 512))
		expect "$dev: a write clears it, and nothing else was told" \
			"$(data_cleared "$MNT/d2/file" $((2 << 20 | 512)) 512)"
		level "$dev: and it leaves the level" "${lines[@]:1}"
	fi
	alive
	umount_works
	stop_monitor
	heal_disk pmem0
	[[ -e /sys/block/pmem1 ]] && heal_disk pmem1
}

# what LVM looks at
LVM_DISKS='^/dev/pmem'

# lvm_run COMMAND ARGUMENT...: a command of LVM2 that neither needs udev nor leaves
# anything on the host
lvm_run()
{
	local command=$1

	shift
	LVM_SUPPRESS_FD_WARNINGS=1 "$command" --config "
		devices { use_devicesfile=0 types=[\"nullb\",16] scan=\"/dev\" filter=[\"a|$LVM_DISKS|\",\"r|.*|\"] }
		activation { udev_sync=0 udev_rules=0 verify_udev_operations=1 monitoring=0 }
		backup { backup=0 archive=0 }
		global { locking_dir=\"/run/lvm-lock\" event_activation=0 }" "$@"
}

# lvm_ COMMAND ARGUMENT...: it must work
lvm_()
{
	must lvm_run "$@"
}

# new_vg DISK...: the volume group vg of all of these
new_vg()
{
	[[ $1 == /dev/mapper/* ]] && LVM_DISKS='^/dev/mapper/pv'
	must mkdir -p /run/lvm-lock
	must wipefs -q -a "$@"
	lvm_ pvcreate -ff -y "$@"
	lvm_ vgcreate vg "$@"
	at_end lvm_run vgremove -ff -y vg
}

# unplaced LINE: of an event, what tells who could not say where the range is
unplaced()
{
	# shellcheck disable=SC2001 # groups are needed
	sed 's/.*\(kind=media\).*\(flags=[^ ]*\).*\(layer=.*\) device=.*\(origin=[^ ]*\).*/\1 \2 \3 \4/' <<<"$1"
}

# told_without_place TEXT TYPE DEV OFFSET: a sector of a pmem disk goes bad, and what
# is told of it on top names the target
told_without_place()
{
	must fserror-inject mce-dev "$3" "$4"
	next_event
	is "$1" "$(unplaced "$EVENT")" \
		"kind=media flags=unresolved,unmapped layer=$2 origin=$(<"/sys/block/${3#/dev/}/dev")+$4+512"
}

# all_is_lost BYTES: of the filesystem, if XFS knows whose each was or not, for it cannot
# read its trees
all_is_lost()
{
	(($(list_json | jq '[.damage[] | select(.kind != "degraded").device.length] | add // 0') == $1))
}
