# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Tests one after the other, as one TAP stream; sourced. $work is a directory for what
# they say. At the end $number is how many lines there were, $failed how many were bad.

number=0
failed=0

# number the lines of a test's output; the test must also end well
number_lines() {
	local line
	while IFS= read -r line; do
		case $line in
		"ok - "* | "not ok - "*)
			number=$((number + 1))
			[[ $line == not* ]] && failed=$((failed + 1))
			printf '%s %d - %s\n' "${line%% - *}" "$number" \
				"${line#* - }"
			;;
		*)
			printf '# %s\n' "$line"
			;;
		esac
	done
}

verdict() { # GOOD NAME
	if [ "$1" = 0 ]; then
		number_lines <<<"ok - $2"
	else
		number_lines <<<"not ok - $2"
	fi
}

run_test() { # NAME COMMAND...
	local name=$1 status
	shift
	# shellcheck disable=SC2154 # from who sources this
	"$@" >"$work/out" 2>&1
	status=$?
	number_lines <"$work/out"
	verdict "$status" "$name: all of it, exit status $status"
}
