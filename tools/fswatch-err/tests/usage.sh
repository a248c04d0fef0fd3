#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The program itself: wrong usage, help, exit codes, and a kernel without the
# family. Prints TAP without numbers.

program=${1:?usage: usage.sh PROGRAM}
failed=0

say() { # STATUS NAME
	if [ "$1" = 0 ]; then
		echo "ok - $2"
	else
		echo "not ok - $2"
		failed=1
	fi
}

# EXIT-CODE STDERR-PATTERN ARGUMENTS...: nothing on stdout, the pattern matches
# the first line of stderr
refuses() {
	local code=$1 pattern=$2 out err status
	shift 2
	err=$("$program" "$@" 2>&1 >/dev/null)
	status=$?
	out=$("$program" "$@" 2>/dev/null)
	# shellcheck disable=SC2053 # a pattern
	[[ $status = "$code" && -z $out && ${err%%$'\n'*} = $pattern ]]
	say $? "usage: fswatch-err $* ($status: ${err%%$'\n'*})"
}

# PATTERN ARGUMENTS...: exit code 0, the pattern matches stdout, stderr empty
tells() {
	local pattern=$1 out err status
	shift
	out=$("$program" "$@" 2>/dev/null)
	status=$?
	err=$("$program" "$@" 2>&1 >/dev/null)
	# shellcheck disable=SC2053 # a pattern
	[[ $status = 0 && -z $err && $out = $pattern ]]
	say $? "usage: fswatch-err $*"
}

refuses 1 "fswatch-err: no command given"
refuses 1 "fswatch-err: unknown command: 'lsit'" lsit
refuses 1 "fswatch-err: unrecognized option '--frobnicate'" --frobnicate
refuses 1 "fswatch-err: unexpected argument: 'now'" --version now
refuses 1 "fswatch-err: unknown command: 'me'" help me
refuses 1 "fswatch-err: unexpected argument: 'x'" help list x
refuses 1 "fswatch-err monitor: unrecognized option '--frobnicate'" \
	monitor --frobnicate
refuses 1 "fswatch-err monitor: invalid option -- 'q'" monitor -q
refuses 1 "fswatch-err: unexpected argument: 'now'" monitor now
refuses 1 "fswatch-err: --count wants a number above 0, not '0'" monitor -n 0
refuses 1 "fswatch-err: --count wants a number above 0, not '-1'" \
	monitor --count=-1
refuses 1 "fswatch-err: --count wants a number above 0, not '1x'" monitor -n 1x
refuses 1 "fswatch-err: --timeout wants seconds, from 1 to *, not 'soon'" \
	monitor --timeout soon
refuses 1 "fswatch-err: --timeout wants seconds, from 1 to *, not '9999999999'" \
	monitor -w 9999999999
refuses 1 "fswatch-err: --buffer wants bytes, from 1 to *, not '1k'" \
	monitor --buffer 1k
refuses 1 "fswatch-err monitor: option requires an argument -- 'n'" monitor -n
refuses 1 "fswatch-err list: unrecognized option '--raw'" list --raw
refuses 1 "fswatch-err: unknown column: 'NAME'" list -o PATH,NAME
refuses 1 "fswatch-err: unknown column: ''" list -o PATH,
refuses 1 "fswatch-err: unexpected argument: '/srv'" list -J /srv
refuses 1 "fswatch-err status: invalid option -- 'n'" status -n
refuses 1 "fswatch-err: unexpected argument: 'x'" status x

tells "fswatch-err [0-9]*.[0-9]*" --version
tells "fswatch-err [0-9]*.[0-9]*" -V
tells "*Usage:*monitor*list*status*--version*" --help
tells "*Usage:*monitor*list*status*--version*" -h
tells "*Usage:*monitor*list*status*--version*" help
tells "*fswatch-err monitor*--no-initial*" help monitor
tells "*fswatch-err monitor*--no-initial*" monitor --help
tells "*fswatch-err list*Columns:*ORIGIN-LENGTH*" list -h
tells "*fswatch-err status*--json*" help status

lines=$("$program" --help | wc -l)
[ "$lines" -le 24 ]
say $? "usage: --help fits a screen, $lines lines"

"$program" --version >/dev/full 2>/dev/null
[ $? = 1 ]
say $? "usage: a full standard output is an error"
"$program" --version >&- 2>/dev/null
[ $? = 1 ]
say $? "usage: a closed standard output is an error"

if grep -qs fserror_nl /proc/kallsyms; then
	echo "ok - kernel without the family # SKIP this kernel has it"
else
	none="fswatch-err: the running kernel has no fserror family *"
	refuses 2 "$none" monitor
	refuses 2 "$none" monitor --json --no-initial --count 1 --timeout 5
	refuses 2 "$none" list
	refuses 2 "$none" list --json --noheadings --output path,offset
	refuses 2 "$none" status
	refuses 2 "$none" status -J
fi

exit $failed
