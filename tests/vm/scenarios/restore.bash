# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of fswatch-err restore have in common; sourced after lib.sh.

# restore STATUS TEXT [OPTION...]: run it; what it says is in $T/out and $T/err
restore()
{
	local want=$1 text=$2 status

	shift 2
	fswatch-err restore "$@" >"$T/out" 2>"$T/err"
	status=$?
	if ((status == want)); then
		ok "$text"
	else
		not_ok "$text" "fswatch-err restore $*: $status, not $want" \
			"$(<"$T/out")" "$(<"$T/err")"
	fi
}
