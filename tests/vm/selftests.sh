#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Run every kselftest program there is; each prints TAP of its own.
# timeout: 900
count=0
for program in "$FSERROR_BUILD"/selftests/*_test; do
	[[ -f $program && -x $program ]] || continue
	count=$((count + 1))
	name=${program##*/}
	echo "# $name"
	cd /tmp || exit 1
	"$program" 2>&1 | sed 's/^/    /'
	status=${PIPESTATUS[0]}
	case $status in
	0) echo "ok $count - $name" ;;
	4) echo "ok $count - $name # SKIP" ;;
	*) echo "not ok $count - $name (exit status $status)" ;;
	esac
done
echo "1..$count"
[ "$count" -gt 0 ]
