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

# shellcheck source=tools/libfserror/tests/run.bash
. "$here/../../libfserror/tests/run.bash"

for unit in "$build"/tests/unit_*; do
	case $unit in
	*.[od]) continue ;;
	esac
	run_test "${unit##*/}" "$unit"
done
run_test scale "$plain/tests/scale" 20000
run_test burst "$plain/tests/burst" 50000 5000
run_test metrics bash "$here/metrics.sh" "$build"
run_test fleet bash "$here/fleet.sh"
run_test fleet_link bash "$here/fleet_link.sh" "$build"
run_test usage bash "$here/usage.sh" "$build"
run_test pages bash "$here/pages.sh" "$plain"
run_test installed bash "$here/installed.sh" "$plain"

echo "1..$number"
[ "$failed" = 0 ]
