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
export LC_ALL=C.UTF-8 TZ=UTC0
export ASAN_OPTIONS=abort_on_error=0:detect_leaks=1
export UBSAN_OPTIONS=print_stacktrace=1

# shellcheck source=tools/libfserror/tests/run.bash
. "$here/../../libfserror/tests/run.bash"

golden() { # NAME COMMAND...
	local name=$1 status
	shift
	"$@" >"$work/out" 2>"$work/err"
	status=$?
	# tables are padded to their width
	[[ $name != *files-* && $name != restored-* ]] && sed -i 's/ *$//' "$work/out"
	if [ -n "${UPDATE_EXPECTED:-}" ]; then
		cp "$work/out" "$here/expected/$name"
	fi
	diff -u "$here/expected/$name" "$work/out" >>"$work/err" || status=1
	[ -s "$work/err" ] && sed 's/^/# /' "$work/err"
	verdict "$status" "golden: $name"
}

for unit in "$build"/tests/unit_*; do
	case $unit in
	*.[od] | */unit_paths | */unit_paths_many | */unit_resolver | */unit_namespace | */unit_swapped | */unit_select | */unit_sources | */unit_health | */unit_disk) continue ;;
	esac
	run_test "${unit##*/}" "$unit"
done
mkdir "$work/mounts"
# again with ThreadSanitizer, which wants the addresses where it knows them
for unit in unit_listing unit_monitor unit_resolver; do
	mkdir -p "$work/threads"
	run_test "$unit, threads" setarch -R "$plain/threads/tests/$unit" \
		"$work/threads"
done
run_test unit_paths "$build/tests/unit_paths" "$work/mounts"
run_test unit_paths_many "$build/tests/unit_paths_many" "$work/mounts"
run_test unit_resolver "$build/tests/unit_resolver" "$work/mounts"
run_test unit_namespace "$build/tests/unit_namespace" "$work/mounts"
run_test unit_swapped "$build/tests/unit_swapped" "$work/mounts"
run_test unit_select "$build/tests/unit_select" "$work/mounts"
run_test unit_sources "$build/tests/unit_sources" "$work/mounts"
run_test unit_health "$build/tests/unit_health" "$work/mounts"
run_test unit_disk "$build/tests/unit_disk" "$work/mounts"
run_test bounds env TMPDIR="$work" "$plain/tests/bounds" 1000000 "list --json" list report "files --json" \
	check "monitor --json" "restore --json" "restore --json, one file"
for format in text json list list-plus list-only-json list-bytes list-raw list-pairs list-color \
	list-other list-json list-empty-json status status-json scan scan-json; do
	golden "$format" "$build/tests/replay" "$format"
done
for format in text json list list-raw list-pairs list-json check check-json \
	status status-json files-plain files-null files-rsync files-restic \
	files-borg files-tar files-json; do
	golden "captured-$format" "$build/tests/captured" "$here/streams" \
		"$format"
done
for format in text json; do
	golden "restored-$format" "$build/tests/restored" "$format"
done
run_test usage bash "$here/usage.sh" "$build/fswatch-err"
run_test known bash "$here/known.sh" "$build/fswatch-err" "$build/tests/make_ledger"
run_test report bash "$here/report.sh" "$build/fswatch-err" "$build/tests/make_ledger" \
	"$plain/tests/bounds"
run_test pages /usr/bin/python3 "$here/pages.py" "$build/fswatch-err" \
	"$here/.."
run_test python env PYTHONDONTWRITEBYTECODE=1 LD_LIBRARY_PATH="$build/tests/python" \
	PYTHONPATH="$here/../../libfserror/python" /usr/bin/python3 \
	"$here/python_module.py" "$here/streams" \
	"$here/../../../include/uapi/linux/fserror_netlink.h" \
	"$here/../../libfserror/python/damaged_files.py"
run_test completion bash "$here/completion.sh" "$build/fswatch-err" \
	"$here/../completion/fswatch-err"
run_test schema /usr/bin/python3 "$here/schema.py" \
	"$here/../Documentation" "$build/tests" "$here/streams"
run_test installed_library bash "$here/../../libfserror/tests/installed.sh" \
	"$plain/lib"
run_test installed bash "$here/installed.sh" "$plain"
run_test fuzz bash "$here/../../libfserror/tests/fuzz.sh" "$plain/lib/fuzz" \
	20000

echo "1..$number"
[ "$failed" = 0 ]
