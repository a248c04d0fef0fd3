#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each fuzzer over its corpus and a fixed number of inputs that it makes of it,
# the same ones each time. Prints TAP without numbers.

set -u -o pipefail

build=${1:?usage: fuzz.sh DIRECTORY RUNS} runs=${2:?}
corpus=$(cd "$(dirname "$0")/../fuzz/corpus" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
failed=0

# NAME COMMAND...
works() {
	local name=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		echo "ok - $name"
	else
		tail -n 60 "$work/said" | sed 's/^/# /'
		echo "not ok - $name"
		failed=1
	fi
}

for fuzzer in "$build"/*_fuzzer; do
	name=${fuzzer##*/}
	name=${name%_fuzzer}
	seeds=("$corpus/$name"/*)
	works "fuzz: $name, ${#seeds[@]} seeds" "$fuzzer" "${seeds[@]}"
	mkdir "$work/$name"
	works "fuzz: $name, $runs inputs" "$fuzzer" -runs="$runs" -seed=1 \
		-max_len=16384 -timeout=10 -artifact_prefix="$work/" \
		"$work/$name" "$corpus/$name"
done
exit $failed
