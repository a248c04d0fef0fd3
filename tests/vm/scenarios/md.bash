# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of md arrays have in common; sourced after disks.bash
# and copies.bash. What is to be
# expected is computed by "raidmap", from sysfs.

MD=/dev/md127
MD_SIZE=
MD_SYS=/sys/block/md127/md
MD_MEMBERS=()

# nobody here makes names
export MDADM_NO_UDEV=1

# md LEVEL LAYOUT DISK...: make the array $MD, of which all members are the same; of each
# it takes as many KiB as $MD_SIZE says, or all
md()
{
	local level=$1 layout=$2 chunk=64 bitmap=none

	shift 2
	[[ $level != raid1 ]] || chunk=
	[[ $level != raid0 && $level != linear ]] || bitmap=
	must mdadm --create "$MD" --run --force --assume-clean --metadata=1.2 \
		${bitmap:+--bitmap=none} \
		--level="$level" ${layout:+--layout="$layout"} \
		--raid-devices=$# --data-offset=2M \
		${chunk:+--chunk="$chunk"} ${MD_SIZE:+--size="$MD_SIZE"} "$@"
	MD_MEMBERS=("$@")
	at_end md_stop
}

# md_again [OPTION]...: the mounted array is put together once more, with nothing in memory
md_again()
{
	must umount "$MNT"
	must mdadm --quiet --stop "$MD"
	must mdadm --quiet --assemble "$@" "$MD" "${MD_MEMBERS[@]}"
	must mount "$MD" "$MNT"
}

# md_forget: the administrator drops the bad blocks that md has recorded, and it goes on
# recording them
md_forget()
{
	md_again --update=force-no-bbl
	md_again --update=bbl
}

md_stop()
{
	[[ -e /sys/block/${MD#/dev/}/md ]] || return 0
	wait_for 10 mdadm --quiet --stop "$MD" || not_ok "put back: mdadm --stop"
}

# md_told: what the level says of the array
md_told()
{
	list_json >"$T/list.json" 2>"$T/list.err" || return
	raidmap told "$T/list.json"
}

md_is()
{
	[[ $(md_told) == "$1" ]]
}

# md_agrees TEXT: the level becomes what raidmap says
md_agrees()
{
	local want

	want=$(raidmap lost "$MD") || {
		not_ok "$1" "raidmap failed"
		return
	}
	wait_for "$EVENT_TIMEOUT" md_is "$want"
	same_lines "$1" "$(md_told)" "$want"
	diag "${want//$'\n'/, }"
}

# md_places OFFSET: ${DISK[@]} and ${AT[@]}, the own place first
md_places()
{
	local disk at

	DISK=()
	AT=()
	while read -r disk at; do
		DISK+=("$disk")
		AT+=("$at")
	done < <(raidmap places "$MD" "$1")
}

# check_array TOLERATED LEVEL LAYOUT DISKS MIB: an array of so many disks of this size
check_array()
{
	local tolerated=$1 name="$2${3:+ $3}" i at disks=() file=$MNT/d2/file

	for ((i = 0; i < $4; i++)); do
		null_disk "nullb$i" "$5"
		disks+=("/dev/nullb$i")
	done
	md "$2" "$3" "${disks[@]}"
	mkxfs "$MD"
	mount_fs "$MD"
	fill_files 4 3
	must umount "$MNT"
	check "$name: raidmap knows where sectors are" raidmap verify "$MD"
	must mount "$MD" "$MNT"
	watch

	at=$(disk_offset "$file" $((2 << 20)))
	md_places "$at"
	null_bad "${DISK[0]}" $((AT[0] / 512)) 1
	next_event
	if ((tolerated)); then
		is "$name: a bad sector is degraded" "$EVENT" \
			"$(degraded "$2" "$at" 512 "${DISK[0]}" "${AT[0]}" media)"
	else
		is "$name: a bad sector is lost" "$EVENT" \
			"$(gone_bytes "$file" $((2 << 20)) 512 "${DISK[0]}" "${AT[0]}" media)"
	fi
	md_agrees "$name: the level says so"
	for ((i = 1; i < ${#DISK[@]}; i++)); do
		null_bad "${DISK[i]}" $((AT[i] / 512)) 2
		md_agrees "$name: bad on $((i + 1)) members"
	done
	# these are in other rows
	for i in 1 2 3; do
		md_places "$((at + i * 300000 / 512 * 512))"
		null_bad "${DISK[0]}" $((AT[0] / 512)) $((i * 100))
	done
	md_agrees "$name: more of them, over the ends of chunks"
	alive

	# md does not read what it has recorded as bad
	at=$(disk_offset "$MNT/d3/file" $((1 << 20)))
	md_places "$at"
	if ((tolerated)); then
		must attribute "/sys/block/${MD#/dev/}/md/dev-${DISK[0]}/bad_blocks" "$((AT[0] / 512)) 8"
		md_agrees "$name: a block that md has recorded as bad"
		null_bad "${DISK[1]}" $((AT[1] / 512 + 4)) 1
		md_agrees "$name: and a bad sector in the same row"
		must mdadm --quiet "$MD" --fail "/dev/${DISK[-1]}"
		md_agrees "$name: a member fails"
	fi
	for ((i = 0; i < $4; i++)); do
		null_good "nullb$i" 0 $(($5 << 11))
	done
	md_agrees "$name: and all disks are good again"
	umount_works
	stop_monitor
	undo_all
}

# first_row NUMBER: where the first whole row begins of a file that fill_files() has made, in
# bytes; with parity and three members
ROW=131072
first_row()
{
	echo $(((ROW - $(disk_offset "$MNT/d$1/file" 0) % ROW) % ROW))
}

# md_on_pmem: raid5 of three parts of the NVDIMMs, which a write makes good
md_on_pmem()
{
	local i

	fsdax 0
	fsdax 1
	for i in 0 1 2; do
		dm "part$i" <<<"0 348160 linear /dev/pmem$((i % 2)) $((2048 + i * 348160))"
	done
	md raid5 left-symmetric /dev/mapper/part{0,1,2}
}
