#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The news of many machines in one place: each once, from a journal and from what rsyslog
# has written; the configurations. That they carry something is in fleet_link.sh.
# Prints TAP without numbers.

set -u -o pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TAP_PREFIX="fleet: "
# shellcheck source=tools/libfserror/tests/tap.bash
. "$here/../libfserror/tests/tap.bash"

is() { # NAME GOT WANT
	[ "$2" = "$3" ] || printf '# got: %s\n' "$2"
	[ "$2" = "$3" ]
	say $? "$1"
}

# make test does without what only test-all installs
skip() { # PROGRAM NAME
	[ ! -x "$1" ] || return 1
	echo "ok - ${TAP_PREFIX}$2 # SKIP no $1"
}

# machine b has told it twice; what is of the same id is of another machine or time
want=$'2025-11-26T13:52:02Z\ta\tlost: first
2025-11-26T13:52:03Z\ta\tlost: "x"\\\\t of /srv/new\\012line
2025-11-26T13:52:03Z\tb\tlost: second
2025-11-26T13:52:04Z\tb\tlost: of a new ledger'

cat >"$work/log" <<'EOF'
{"host":"b", "message":" lost: second [news 2\/1764165123456789012]"}
{"host":"a", "message":" lost: \"x\"\\\\t of \/srv\/new\\012line [news 2\/1764165123456789012]"}
{"host":"b", "message":" lost: second [news 2\/1764165123456789012]"}
{"host":"a", "message":" lost: first [news 1\/1764165122456789012]"}
{"host":"a", "message":"the ledger: No space left on device"}
{"host":"a", "message":" -- MARK --"}
{"host":"b", "message":" lost: of a new ledger [news 2\/1764165124456789012]"}
{"host":"b", "message":" lost: sec
[1, 2]
EOF
is "each news once, of what rsyslog has written" "$("$here/fleet/news" log "$work/log")" "$want"
is "of several files" "$("$here/fleet/news" log "$work/log" "$work/log")" "$want"

entry() { # MACHINE HOST TIME ID MESSAGE [UID]
	printf '__REALTIME_TIMESTAMP=%s\n_MACHINE_ID=%032x\n_HOSTNAME=%s\n' "${3%???}" "$1" "$2"
	printf '_BOOT_ID=%032x\n_UID=%d\nSYSLOG_IDENTIFIER=fswatch-errd\n' 7 "${6:-0}"
	printf 'FSERROR_NEWS_TIME=%s\nFSERROR_NEWS_ID=%s\nMESSAGE=%s\n\n' "$3" "$4" "$5"
}
mkdir "$work/remote"
{
	entry 2 b 1764165123456789012 2 'lost: second'
	entry 1 a 1764165123456789012 2 'lost: "x"\\t of /srv/new\012line'
	entry 2 b 1764165123456789012 2 'lost: second'
	entry 1 a 1764165122456789012 1 'lost: first'
	printf '__REALTIME_TIMESTAMP=1764165123456789\n_MACHINE_ID=%032x\n' 1
	printf 'SYSLOG_IDENTIFIER=fswatch-errd\nMESSAGE=not news\n\n'
	entry 2 b 1764165124456789012 2 'lost: of a new ledger'
	entry 1 a 1764165124456789012 9 'lost: somebody says so' 1000
} >"$work/export"
remote=/usr/lib/systemd/systemd-journal-remote
skip $remote "each news once, of a journal" || {
	works "a journal" $remote --output="$work/remote/remote-x.journal" "$work/export"
	is "each news once, of a journal" "$("$here/fleet/news" journal "$work/remote")" "$want"
}

"$here/fleet/news" other x 2>"$work/said"
is "something else" "$? $(cat "$work/said")" "2 usage: news journal DIR, or news log FILE..."
touch "$work"/{ca,cert,key}.pem
for conf in rsyslog-send rsyslog-collect; do
	! skip /usr/sbin/rsyslogd "what rsyslog has against $conf.conf" || continue
	sed "s|/etc/fserror/fleet|$work|" "$here/fleet/$conf.conf" >"$work/conf"
	works "rsyslog has nothing against $conf.conf" rsyslogd -N1 -f "$work/conf"
	is "not even a warning" "$(grep -v -e 'config validation run' "$work/said")" ""
done
exit $failed
