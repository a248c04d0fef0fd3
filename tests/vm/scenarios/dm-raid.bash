# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of LVM2's RAID have in common; sourced after md.bash.

LV=/dev/mapper/vg-lv

# volume_group COUNT: of so many parts of both pmem disks
volume_group()
{
	local i

	fsdax 0
	fsdax 1
	for ((i = 0; i < $1; i++)); do
		dm "pv$i" <<<"0 655360 linear /dev/pmem$((i % 2)) $((2048 + i / 2 * 655360))"
	done
	# shellcheck disable=SC2046 # one word each
	new_vg $(eval echo "/dev/mapper/pv{0..$(($1 - 1))}")
}

# bad_place NUMBER: a sector of the row that md_places has found goes bad
bad_place()
{
	must fserror-inject mce-dev "/dev/${DISK[$1]}" "${AT[$1]}"
}

# layer_of TYPE: what the kernel calls it. dm-raid's raid4 is a raid5 that has all parity on
# the first member.
layer_of()
{
	case $1 in
	raid4) echo raid5 ;;
	*) echo "${1%%_*}" ;;
	esac
}

# check_volume TYPE TOLERATED OPTION...: a logical volume, made with these
check_volume()
{
	local type=$1 tolerated=$2 i at line lost lines file=$MNT/d2/file

	shift 2
	# LVM2 insists on the first sync of raid6
	[[ $type == raid0 || $type == raid6* ]] || set -- --nosync "$@"
	lvm_ lvcreate --yes --wipesignatures n --zero n --type "$type" "$@" -L 306m -n lv vg
	[[ $type != raid6* ]] || must wait_for 600 is_in_sync
	MD=$LV
	mkxfs "$LV"
	mount_fs "$LV"
	fill_files 4 3
	must umount "$MNT"
	check "$type: raidmap knows where sectors are" raidmap verify "$LV"
	must mount "$LV" "$MNT"
	watch

	at=$(disk_offset "$file" $((2 << 20)))
	md_places "$at"
	lost=$(gone_bytes "$file" $((2 << 20)) 512 "${DISK[0]}" "${AT[0]}")
	bad_place 0
	if ((tolerated)); then
		line=$(degraded "$(layer_of "$type")" "$at" 512 "${DISK[0]}" "${AT[0]}")
		expect "$type: a bad sector is degraded" "$line"
		check "$type: a repair" repair
		expect "$type: makes it good again" "$(cleared "$line")"
		bad_place 0
		expect "$type: it goes bad again" "$line"
	else
		expect "$type: a bad sector is lost" "$lost"
	fi
	md_agrees "$type: the level says so"
	for ((i = 1; i < ${#DISK[@]}; i++)); do
		bad_place "$i"
		md_agrees "$type: bad on $((i + 1)) legs"
	done
	# with parity that needs the other members
	if [[ $type != raid[456]* ]]; then
		heal_file "$file" $((2 << 20))
		md_agrees "$type: a write makes good what was lost"
	fi
	heal_below
	md_agrees "$type: all of it"
	((tolerated == 0)) || check_leg "$type"
	alive
	umount_works
	stop_monitor
	lvm_ lvremove -f -y vg/lv
	heal_disk pmem0
	heal_disk pmem1
}

# heal_below: what is bad of the disks is overwritten, behind the volume's back
heal_below()
{
	heal_disk pmem0
	heal_disk pmem1
}

# check_leg TYPE: a leg is gone, and comes back
check_leg()
{
	local size=$(($(sectors "$LV") * 512)) leg=vg-lv_rimage_1 table gone

	gone=$(degraded "$(layer_of "$1")" 0 "$size" "$LV" 0 removed "$size")
	table=$(dmsetup table "$leg")
	dm_reload "$leg" <<<"0 $(sectors "/dev/mapper/$leg") error"
	check "$1: a leg that is gone is told" wait_for "$EVENT_TIMEOUT" level_is "$gone"
	must xfs_io -f -c "pwrite -q 0 1m" -c fsync "$MNT/d1/more"
	level "$1: and once, also when md has noticed" "$gone"
	dm_reload "$leg" <<<"$table"
	lvm_ lvchange --refresh vg/lv
	check "$1: it is complete again" wait_for 120 level_is ""
}

level_is()
{
	[[ $(damage) == "$1" ]]
}

# repair: as an administrator would do it
repair()
{
	lvm_run lvchange --syncaction repair vg/lv && wait_for 600 is_idle
}

# is_in_sync: no leg is still a lower-case "a"
is_in_sync()
{
	[[ $(dmsetup status vg-lv) =~ ' '(A+)' '.*' idle ' ]]
}

is_idle()
{
	[[ $(dmsetup status vg-lv) == *" idle "* ]]
}
