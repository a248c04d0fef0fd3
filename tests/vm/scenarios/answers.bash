# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What a command prints, and how it ends; sourced after lib.sh.

# ends STATUS TEXT PATTERN COMMAND...: COMMAND ends with STATUS and prints PATTERN
ends()
{
	local status=$1 text=$2 pattern=$3 out got

	shift 3
	out=$("$@" 2>"$T/stderr")
	got=$?
	# shellcheck disable=SC2053 # a pattern
	if [[ $got = "$status" && $out = $pattern ]]; then
		ok "$text"
	else
		not_ok "$text" "$* ended with $got" "$out" "$(<"$T/stderr")"
	fi
}

# says TEXT WORDS: standard error of the last command has these
says()
{
	if grep -qF -- "$2" "$T/stderr"; then
		ok "$1"
	else
		not_ok "$1" "$(<"$T/stderr")"
	fi
}
