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

# WANT ARGUMENTS...: the last line of stderr
points_to() {
	local want=$1
	shift
	[ "$("$program" "$@" 2>&1 >/dev/null | tail -n 1)" = "$want" ]
	say $? "usage: fswatch-err $*: $want"
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
refuses 1 "fswatch-err: --count wants a number above 0, not '0'" monitor --count 0
refuses 1 "fswatch-err: --count wants a number above 0, not '-1'" \
	monitor --count=-1
refuses 1 "fswatch-err: --count wants a number above 0, not '1x'" monitor --count 1x
refuses 1 "fswatch-err: --timeout wants seconds, from 1 to *, not 'soon'" \
	monitor --timeout soon
refuses 1 "fswatch-err: --timeout wants seconds, from 1 to *, not '9999999999'" \
	monitor -w 9999999999
refuses 1 "fswatch-err: --buffer wants bytes, from 1 to *, not '1k'" \
	monitor --buffer 1k
refuses 1 "fswatch-err monitor: option '--count' requires an argument" monitor --count
refuses 1 "fswatch-err monitor: invalid option -- 'c'" monitor -c 1
refuses 1 "fswatch-err list: invalid option -- 'U'" list -U x
refuses 1 "fswatch-err list: unrecognized option '--tree'" list --tree
refuses 1 "fswatch-err: --json, --raw and --pairs exclude each other" list -J -r
refuses 1 "fswatch-err: --json, --raw and --pairs exclude each other" monitor -Pr
refuses 1 "fswatch-err: unknown column: 'NAME'; *" list -J -o +PATH,NAME
refuses 1 "fswatch-err: --color: 'blue' is not auto, always or never" \
	list --color=blue
refuses 1 "fswatch-err: --time-format: 'utc' is not iso, ctime, raw or delta" \
	monitor --time-format utc
refuses 1 "fswatch-err: --kind: unknown kind: 'lost'; there are * data-lost *" list --kind data-lost,lost
refuses 1 "fswatch-err: --cause: unknown cause: ''; it is *" \
	list --cause media,
refuses 1 "fswatch-err: --types wants names of filesystem types" check -t ''
refuses 1 "fswatch-err: --mountpoint: nothing is mounted on '/proc/self/task'" \
	list -m /proc/self/task
refuses 1 "fswatch-err: --mountpoint: '/no/such': No such file or directory" \
	list -m /no/such
refuses 1 "fswatch-err: --source: '/dev/null' is neither a block device nor *" \
	list -S /dev/null
refuses 1 "fswatch-err: --uuid: '0123' is not a UUID" list --uuid 0123
refuses 1 "fswatch-err: --inode wants a number, not '-1'" list --inode -1
refuses 1 "fswatch-err: --path: '/no/such/place': No such file or directory" \
	list --path /no/such/place
refuses 1 "fswatch-err: --quiet, --json and --nagios exclude each other" check -qJ
refuses 1 "fswatch-err: --format: 'zip' is none of plain, *" files --format zip
refuses 1 "fswatch-err: --json and --format exclude each other" \
	files -J --format plain
refuses 1 "fswatch-err: --json and --exclude exclude each other" \
	files -J --exclude
refuses 1 "fswatch-err: --relative-to: '/no/such': No such file or directory" \
	files --relative-to /no/such
refuses 1 "fswatch-err: --relative-to: '/dev/null': Not a directory" \
	files --relative-to /dev/null
refuses 1 "fswatch-err: a test event names one filesystem, or none" \
	test -m / -m /proc
refuses 1 "fswatch-err test: invalid option -- 't'" test -t xfs
refuses 1 "fswatch-err: unknown column: 'NAME'; --list-columns describes them" list -o PATH,NAME
refuses 1 "fswatch-err: unknown column: ''; *" list -o PATH,
refuses 1 "fswatch-err: unexpected argument: '/srv'" list -J /srv
refuses 1 "fswatch-err: restore needs --from, --from-command or --zero" restore
refuses 1 "fswatch-err: restore needs --from, --from-command or --zero" restore /srv/f
refuses 1 "fswatch-err: --from, --from-command and --zero exclude each other" \
	restore --from / --from-command cat
refuses 1 "fswatch-err: --from: '/no/such': No such file or directory" \
	restore --from /no/such
refuses 1 "fswatch-err: --from: '/dev/null': Not a directory" \
	restore --from /dev/null
refuses 1 "fswatch-err: --relative-to: '/no/such': No such file or directory" \
	restore --from / --relative-to /no/such
refuses 1 "fswatch-err restore: unrecognized option '--yes'" restore --yes
refuses 1 "fswatch-err: --since wants the number of an event, not 'x'" \
	log --since x
refuses 1 "fswatch-err restore: invalid option -- 'n'" restore --from / -n
refuses 1 "fswatch-err: --from, --from-command and --zero exclude each other" \
	restore --from / --zero /etc/passwd
refuses 1 "fswatch-err: --zero wants the files to be named, or a *" restore --zero
refuses 1 "fswatch-err: --zero and --known exclude each other: *" \
	restore --zero --known /etc/passwd
refuses 1 "fswatch-err: --from-command wants a command" restore --from-command ''
refuses 1 "fswatch-err: --search is for --from" restore --from-command cat --search
refuses 1 "fswatch-err: --mountpoint wants a name, not ''" list -m ''
refuses 1 "fswatch-err: --source wants a name, not ''" list -S ''
refuses 1 "fswatch-err: --path wants a name, not ''" check --path ''
refuses 1 "fswatch-err: --namespace wants a process or a file, not ''" \
	check --namespace ''
refuses 1 "fswatch-err status: invalid option -- 'n'" status -n
refuses 1 "fswatch-err: unexpected argument: 'x'" status x
refuses 1 "fswatch-err: --rate wants bytes, such as 64M, not '1X'" scan --rate 1X
refuses 1 "fswatch-err: --rate wants bytes, such as 64M, not 'K'" scan --rate K
refuses 1 "fswatch-err: --rate wants bytes, such as 64M, not '-1'" scan --rate=-1
refuses 1 "fswatch-err: --rate wants bytes, such as 64M, not '99999999T'" scan --rate 99999999T
refuses 1 "fswatch-err: --at wants the number of a block, *, not '12:'" scan --at 12:
refuses 1 "fswatch-err: --at wants the number of a block, *, not '12:0'" scan --at 12:0
refuses 1 "fswatch-err: --at wants the number of a block, *, not '0x12'" scan --at 0x12
refuses 1 "fswatch-err: --at wants the number of a block, *, not '1:9999999'" scan --at 1:9999999
refuses 1 "fswatch-err: --at wants one block device, with --source" scan --at 12
refuses 1 "fswatch-err: --resume wants a name, not ''" scan --resume ''
refuses 1 "fswatch-err: --patience wants seconds, from 1 to 3600, not '0'" scan --patience 0
refuses 1 "fswatch-err: unexpected argument: '/srv'" scan /srv
refuses 1 "fswatch-err: --json, --raw and --pairs exclude each other" scan -Jr

said=$("$program" check --nagios --source '' 2>/dev/null)
[[ $? = 3 && $said = "FSERROR UNKNOWN - wrong options" ]]
say $? "usage: check --nagios --source '': $said"
said=$("$program" check --known --nagios 2>/dev/null)
[[ $? = 3 && $said = "FSERROR UNKNOWN - --nagios and --known exclude each other" ]]
say $? "usage: check --known --nagios: $said"

points_to "Try 'fswatch-err --help' for more information." lsit
points_to "Try 'fswatch-err check --help' for more information." check -qJ
points_to "Try 'fswatch-err restore --help' for more information." restore --yes

tells "fswatch-err [0-9]*.[0-9]*" --version
tells "fswatch-err [0-9]*.[0-9]*" -V
tells "*Usage:*monitor*list*status*--version*" --help
tells "*Usage:*monitor*list*status*--version*" -h
tells "*Usage:*monitor*list*status*--version*" help
tells "*fswatch-err monitor*--no-initial*" help monitor
tells "*fswatch-err monitor*--no-initial*" monitor --help
tells "*fswatch-err list*--list-columns*" list -h
tells "*PATH *ORIGIN-LENGTH *TIME *" list --list-columns
tells "*TIME *" monitor -H
tells "*fswatch-err files*--relative-to*" help files
tells "*fswatch-err check*--quiet*" help check
tells "*fswatch-err restore*--from-command*--force*" restore --help
tells "*fswatch-err test*--timeout*" test --help
tells "*fswatch-err status*--json*" help status
tells "*fswatch-err scan*--resume*" scan --help

for command in "" list log files monitor check scan restore status ack test; do
	# shellcheck disable=SC2086 # no word, or one
	lines=$("$program" $command --help | wc -l)
	widest=$("$program" $command --help | wc -L)
	most=24
	# commands, columns, and options that all have, are more than that
	[[ $command ]] || most=25
	[[ $command = monitor || $command = log ]] && most=42
	[[ $command = list ]] && most=37
	[[ $command = restore ]] && most=34
	[[ $command = check ]] && most=28
	[[ $command = files ]] && most=27
	[[ $command = scan ]] && most=38
	[ "$lines" -le "$most" ] && [ "$widest" -le 80 ]
	say $? "usage: $command --help fits a screen, $lines lines, $widest columns"
done

# A letter means one thing, and that of findmnt(8) if it has it. Two mean another one:
# -N, a task there as well, and -f, which everybody knows of tail(1).
letters() {
	grep -oE '^ +-[a-zA-Z], --[a-z-]+' | sed 's/^ *//' | sort -u
}
ours=$(for command in list log files monitor check scan restore status ack test; do
	"$program" "$command" --help
done | letters)
twice=$(cut -c 1-2 <<<"$ours" | uniq -d)
[ -n "$ours" ] && [ -z "$twice" ]
say $? "usage: each letter means one thing $twice"
if theirs=$(findmnt --help | letters) && [ -n "$theirs" ]; then
	other=$(join -t ',' <(grep -v '^-[Nf]' <<<"$ours") <(echo "$theirs") |
		awk -F ',' '$2 != $3')
	[ -z "$other" ]
	say $? "usage: a letter means what findmnt means by it $other"
else
	echo "ok - usage: the letters of findmnt # SKIP no findmnt"
fi

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
	refuses 2 "$none" log --io --since 7 -f
	refuses 2 "$none" monitor --no-io
	refuses 2 "$none" list
	refuses 2 "$none" list --raw --noheadings --output path,offset
	refuses 2 "$none" list -t xfs,ext4 -m / --path / --inode 131 --kind metadata
	refuses 2 "$none" files --format restic --relative-to / -m /
	refuses 2 "$none" check
	refuses 2 "$none" check -q --uuid 01234567-89ab-4cde-8f01-23456789abcd
	refuses 2 "$none" restore --from /
	refuses 2 "$none" restore --dry-run -t xfs --from-command false /etc/passwd
	refuses 2 "$none" test
	refuses 2 "$none" status
	refuses 2 "$none" scan
	refuses 2 "$none" scan -J --rate 10M --timeout 60 --patience 5 -M /
	refuses 2 "$none" status -J
	said=$("$program" check --nagios 2>/dev/null)
	[[ $? = 3 && $said = "FSERROR UNKNOWN - this kernel has no fserror family" ]]
	say $? "usage: check --nagios: $said"
fi

exit $failed
