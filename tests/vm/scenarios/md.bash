# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of md arrays have in common; sourced after copies.bash. What is to be
# expected is computed by "raidmap", from sysfs.

MD=/dev/md127

# nobody here makes names
export MDADM_NO_UDEV=1

# md LEVEL LAYOUT DISK...: make the array $MD, of which all members are the same
md()
{
	local level=$1 layout=$2 chunk=64

	shift 2
	[[ $level != raid1 ]] || chunk=
	must mdadm --create "$MD" --run --force --assume-clean --metadata=1.2 --bitmap=none \
		--level="$level" ${layout:+--layout="$layout"} \
		--raid-devices=$# --data-offset=2M \
		${chunk:+--chunk="$chunk"} "$@"
	at_end md_stop
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
