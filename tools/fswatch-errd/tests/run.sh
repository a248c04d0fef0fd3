#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Runs all tests of the directory that holds the programs built for them, and
# prints one TAP stream. Exit status 0 if all passed.

set -u -o pipefail

# the programs of the tests have the sanitizers, what is installed has not
build=${1:?usage: run.sh BUILD-DIRECTORY PLAIN-BUILD-DIRECTORY} plain=${2:?}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 TZ=UTC0 TMPDIR=$work
export ASAN_OPTIONS=abort_on_error=0:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1

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

run_test() { # NAME COMMAND...
	local name=$1 status
	shift
	"$@" >"$work/out" 2>&1
	status=$?
	number_lines <"$work/out"
	if [ "$status" = 0 ]; then
		number_lines <<<"ok - $name: all of it"
	else
		number_lines <<<"not ok - $name: exit status $status"
	fi
}

for unit in "$build"/tests/unit_*; do
	case $unit in
	*.[od]) continue ;;
	esac
	run_test "${unit##*/}" "$unit"
done
run_test metrics bash "$here/metrics.sh" "$build"
run_test usage bash "$here/usage.sh" "$build"
run_test installed bash "$here/installed.sh" "$plain"

echo "1..$number"
[ "$failed" = 0 ]
