#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The KUnit suites ran while the kernel booted; show what they said.
# timeout: 300
cd /sys/kernel/debug/kunit || {
	echo "Bail out! the kernel has no KUnit results"
	exit 1
}
count=0
for results in */results; do
	[ -e "$results" ] || continue
	count=$((count + 1))
	# a suite's report, indented: it is one result of ours
	sed 's/^/    /' "$results"
	if grep -q '^not ok' "$results"; then
		echo "not ok $count - ${results%/results}"
	else
		echo "ok $count - ${results%/results}"
	fi
done
echo "1..$count"
[ "$count" -gt 0 ]
