#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The commands on the ledger of fswatch-errd: list, files, check, ack. Prints TAP
# without numbers. usage: known.sh PROGRAM MAKE-LEDGER

set -u -o pipefail

program=${1:?usage: known.sh PROGRAM MAKE-LEDGER} make=${2:?}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ledger=$work/ledger
failed=0

say() { # STATUS NAME
	if [ "$1" = 0 ]; then
		echo "ok - known: $2"
	else
		echo "not ok - known: $2"
		failed=1
	fi
}

# NAME STATUS WANT COMMAND...: it ends so, and prints that, its blanks one each
gives() {
	local name=$1 want=$2 text=$3 got status
	shift 3
	got=$("$program" "$@" 2>&1 | sed -E -e 's/ +/ /g' -e 's/^ //' -e 's/ $//' \
		-e 's/[0-9-]{10}T[0-9:]{8}\+00:00/T/'; exit "${PIPESTATUS[0]}")
	status=$?
	[ "$status $got" = "$want $text" ]
	status=$?
	[ $status = 0 ] || printf '# got: %s\n' "$got"
	say $status "$name"
}

mkdir "$ledger"
"$make" "$ledger" || exit 1

fields='[.losses[] | "\(.id) \(.state) \(.why) \(.path) \(.offset)+\(.length)"] | join(", ")'
json() { # OPTION...
	"$program" list --known --json --ledger "$ledger" "$@" | jq -r "$fields"
}
list() { # NAME WANT OPTION...
	local name=$1 want=$2 got
	shift 2
	got=$(json "$@")
	[ "$got" = "$want" ] || echo "# got: $got"
	[ "$got" = "$want" ]
	say $? "$name"
}

gives "a table" 0 "1 open bad data-lost media xfs 0 512 T /srv/a
2 open bad data-lost media xfs 8192 512 T /srv/a
3 open bad data-lost media xfs 0 512 T inode 6
4 open bad data-lost media xfs 0 512 T /srv/new\\012line" \
	list --known -n --ledger "$ledger"
list "JSON" "1 open null /srv/a 0+512, 2 open null /srv/a 8192+512, 3 open null null 0+512, 4 open null /srv/new
line 0+512"
list "with those that are over" "1 open null /srv/a 0+512, 5 closed rewritten /srv/a 4096+512, 2 open null /srv/a 8192+512, 3 open null null 0+512, 4 open null /srv/new
line 0+512" --closed
"$program" list --known -J --closed --ledger "$ledger" |
	/usr/bin/python3 "$here/../../fswatch-errd/tests/schema.py" \
		"$here/../../fswatch-errd/Documentation" \
		fswatch-err-known.schema.json
say $? "which fits its schema"
list "of one filesystem" "" --uuid 01000000-0000-0000-0000-000000000000
gives "names" 4 "fswatch-err: of 1 losses of files no name is known
fswatch-err: 1 names are left out, which have a newline in them: use --format null
/srv/a" \
	files --known --ledger "$ledger"
[ "$("$program" files --known --format null --ledger "$ledger" 2>/dev/null | tr '\0' '|')" = \
	$'/srv/a|/srv/new\nline|' ]
say $? "names for a program"
gives "names below a directory" 4 "fswatch-err: of 1 losses of files no name is known
fswatch-err: 1 names are left out, which have a newline in them: use --format null
a" \
	files --known --ledger "$ledger" --relative-to /srv
gives "names that are not there" 4 "fswatch-err: of 1 losses of files no name is known
fswatch-err: 2 names are left out, which are not below '/usr'" \
	files --known --ledger "$ledger" --relative-to /usr
gives "names to be left out" 4 $'fswatch-err: of 1 losses of files no name is known\n- pf:srv/a\n- re:\\Asrv/new\\x0aline\\Z' \
	files --known --ledger "$ledger" --exclude --format borg
gives "a check" 3 "4 losses are open, of 2048 bytes; 0 acknowledged" \
	check --known --ledger "$ledger"
gives "and quiet" 3 "" check --known -q --ledger "$ledger"
gives "ack of nothing" 1 "fswatch-err: ack wants the ids of losses, or --all
Try 'fswatch-err ack --help' for more information." ack --ledger "$ledger"
gives "ack of what there is not" 1 "fswatch-err: there is no loss 99 that is open
fswatch-err: 'x' is no id of a loss" ack --ledger "$ledger" 99 x
gives "ack of what is over" 1 "fswatch-err: there is no loss 5 that is open" \
	ack --ledger "$ledger" 5
gives "ack" 0 "" ack --ledger "$ledger" --note "ticket 5" 1 2
[ "$("$program" list --known -J --ledger "$ledger" | jq -r '.losses[0] | .state + " " + .note')" = \
	"acknowledged ticket 5" ]
say $? "is remembered, with the note"
gives "a check counts the others" 3 "2 losses are open, of 1024 bytes; 2 acknowledged" \
	check --known --ledger "$ledger"
gives "ack of all" 0 "" ack --ledger "$ledger" --all
gives "then all is known" 0 "0 losses are open, of 0 bytes; 4 acknowledged" \
	check --known --ledger "$ledger"
"$make" "$ledger" unowned
gives "a range that no file has is said, and is no loss" 0 "0 losses are open, of 0 bytes; 1 bad range that no file has; 4 acknowledged" \
	check --known --ledger "$ledger"
[ "$("$program" list --known -J --ledger "$ledger" | jq -c '[.losses[] | select(.state == "open") | [.kind, .severity]]')" = \
	'[["media","warning"]]' ]
say $? "which the list has, with its severity"
gives "an option that is another command's" 1 "fswatch-err: with --known this option does not go: --closed
Try 'fswatch-err check --help' for more information." check --known --closed --ledger "$ledger"
gives "an option that the list of now has" 1 "fswatch-err: with --known this option does not go: -r
Try 'fswatch-err list --help' for more information." list --known -r --ledger "$ledger"
gives "and a long one" 1 "fswatch-err: with --known this option does not go: --output
Try 'fswatch-err list --help' for more information." list --known --output PATH --ledger "$ledger"
gives "an option without its argument" 1 "fswatch-err: --uuid: an argument is missing
Try 'fswatch-err list --help' for more information." list --known --ledger "$ledger" --uuid
gives "no ledger" 1 "fswatch-err: $work/none/ledger.db: No such file or directory" \
	list --known --ledger "$work/none"

mkdir "$work/bulk"
"$make" "$work/bulk" bulk
gives "what may be of any file is not in a list of files" 4 "fswatch-err: 1 loss could not be mapped to files
/srv/a" files --known --ledger "$work/bulk"
"$program" ack --ledger "$work/bulk" 2
gives "when somebody has looked at it that is known" 0 "/srv/a" \
	files --known --ledger "$work/bulk"

mkdir "$work/name" "$work/tree"
"$make" "$work/name" name "$work/tree"
gives "a name that a directory has now does not leave out all that is below it" 4 \
	"fswatch-err: 1 names are left out, which are those of directories now" \
	files --known --exclude --format tar --ledger "$work/name"
gives "nor does it restore all of that" 4 \
	"fswatch-err: 1 names are left out, which are those of directories now
- sh:**" files --known --format borg --ledger "$work/name"
rmdir "$work/tree"
gives "it is there when nothing has it" 0 "- pf:${work#/}/tree" \
	files --known --exclude --format borg --ledger "$work/name"

# the group may read, and not write, whether the daemon is there or not
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$work"
	chgrp -R 60001 "$ledger" && chmod 2750 "$ledger" && chmod 640 "$ledger"/*
	reader=(setpriv --reuid 60002 --regid 60001 --clear-groups)
	"${reader[@]}" "$program" check --known -q --ledger "$ledger"
	say $? "who is in the group may read"
	! "${reader[@]}" "$program" ack --ledger "$ledger" 1 2>"$work/said"
	say $? "and not write: $(cat "$work/said")"
	! setpriv --reuid 60002 --regid 60002 --clear-groups "$program" check --known -q \
		--ledger "$ledger" 2>/dev/null
	say $? "others may not"
fi
exit $failed
