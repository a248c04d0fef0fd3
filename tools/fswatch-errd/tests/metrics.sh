#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The metrics over HTTP: what Prometheus has against them, clients that send
# nonsense, a lot, nothing, or are many; the alert rules; the dashboard. Prints TAP without
# numbers.

set -u -o pipefail

build=${1:?usage: metrics.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
TAP_PREFIX="metrics: "
# shellcheck source=tools/libfserror/tests/tap.bash
. "$here/../libfserror/tests/tap.bash"
server='' second=''

cleanup() {
	exec 3>&- 4>&-
	[ -z "$second" ] || wait "$second"
	[ -z "$server" ] || wait "$server"
	rm -rf "$work"
}
trap cleanup EXIT

# a port that nobody has
port=$(/usr/bin/python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
url=http://127.0.0.1:$port/metrics
echo "port = $port; textfile = \"$work/fserror.prom\";" >"$work/conf"
mkfifo "$work/in"
"$build/tests/unit_metrics" "$work/conf" <"$work/in" &
server=$!
exec 3>"$work/in"

get() {
	curl --silent --show-error --max-time 10 "$@"
}
for _ in $(seq 100); do
	get "$url" >/dev/null 2>&1 && break
	sleep 0.1
done

is() { # NAME GOT WANT
	[ "$2" = "$3" ] || echo "# got: $2"
	[ "$2" = "$3" ]
	say $? "$1"
}

works "they can be had" get --fail -o "$work/metrics" "$url"
# promtool knows the older format
works "promtool has nothing against the file for node_exporter" bash -c \
	"promtool check metrics <$work/fserror.prom"
is "they end as OpenMetrics wants it" "$(tail -n 1 "$work/metrics")" "# EOF"
is "and say that they are that" "$(get -o /dev/null -w '%{content_type}' "$url")" \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"
is "only /metrics" "$(get -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/")" 404
is "only GET and HEAD" "$(get -o /dev/null -w '%{http_code}' -d x "$url")" 405
is "a HEAD has no body" "$(get --head -o /dev/null -w '%{size_download}' "$url")" 0
head -c 100000 /dev/zero | tr '\0' a >"$work/long"
code=$(get -o /dev/null -w '%{http_code}' -H "X: $(cat "$work/long")" "$url")
[ "$code" != 200 ]
say $? "headers without end are refused ($code)"

/usr/bin/python3 - "$port" <<'EOF'
import socket, sys
port = int(sys.argv[1])
# nonsense, and half a request, on as many connections as it takes
held = []
for number in range(40):
    s = socket.create_connection(("127.0.0.1", port), 5)
    s.settimeout(0.2)
    try:
        s.sendall(b"\0\xff\r\n\r\n" if number % 2 else b"GET /met")
        if number % 2:
            s.recv(100)
    except OSError:
        pass
    held.append(s)
EOF
say $? "nonsense does not end it"
works "nor do those that say nothing keep others out for ever" bash -c \
	"for _ in \$(seq 15); do curl -s -f --max-time 2 -o /dev/null $url && exit 0; sleep 1; done; exit 1"

# a byte now and then, on as many connections as it takes
/usr/bin/python3 - "$port" >"$work/trickle" <<'EOF' &
import socket, sys, time
port = int(sys.argv[1])
held = []
for number in range(20):
    s = socket.create_connection(("127.0.0.1", port), 5)
    s.sendall(b"GET /metrics HTTP/1.1\r\nX: ")
    held.append(s)
print("there", flush=True)
for number in range(300):
    for s in held:
        try:
            s.send(b"a")
        except OSError:
            pass
    time.sleep(1)
EOF
trickle=$!
for _ in $(seq 100); do
	[ -s "$work/trickle" ] && break
	sleep 0.1
done
! curl -s -f --max-time 3 -o /dev/null "$url"
say $? "one who sends a byte now and then, on all connections,"
works "does not keep others out for ever either" bash -c \
	"for _ in \$(seq 17); do curl -s -f --max-time 2 -o /dev/null $url && exit 0; done; exit 1"
kill "$trickle"

# who asks again and again on one connection, on as many as are taken
/usr/bin/python3 - "$port" >"$work/asker" <<'EOF' &
import socket, sys, time
port = int(sys.argv[1])
held = []
for number in range(16):
    s = socket.create_connection(("127.0.0.1", port), 5)
    held.append(s)
for turn in range(20):
    for s in held:
        try:
            s.send(b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        except OSError:
            pass
    time.sleep(1)
    print("asked", flush=True)
EOF
asker=$!
for _ in $(seq 100); do
	[ -s "$work/asker" ] && break
	sleep 0.1
done
works "nor does one who keeps all connections, and asks again on each" bash -c \
	"for _ in \$(seq 5); do curl -s -f --max-time 2 -o /dev/null $url && exit 0; sleep 1; done; exit 1"
kill "$asker"

rules=$here/alerts
works "the rules are right" promtool check rules "$rules/fserror.rules.yml"
works "and fire when they are to" promtool test rules "$rules/fserror.test.yml"


dashboard() { # WHAT
	/usr/bin/python3 "$here/tests/dashboard.py" "$here/dashboard/fserror.json" "$1"
}
works "the dashboard is right" dashboard check
dashboard rules >"$work/dashboard.yml"
works "Prometheus understands what it asks" promtool check rules "$work/dashboard.yml"
sed -n 's/^\([a-z_]*\).*/\1/p' "$work/metrics" | sort -u >"$work/names"
# Prometheus makes that one itself
echo up >>"$work/names"
is "which are metrics that there are" "$(dashboard metrics | grep -vxFf "$work/names")" ""
grep -oE "\bfserror_[a-z_]+" "$rules/fserror.rules.yml" | sort -u >"$work/ruled"
is "and those of the rules, too" "$(grep -vxFf "$work/names" "$work/ruled")" ""

# another program has the port: this one waits for it
echo "port = $port;" >"$work/conf2"
mkfifo "$work/in2"
"$build/tests/unit_metrics" "$work/conf2" <"$work/in2" 2>"$work/log" 3>&- &
second=$!
exec 4>"$work/in2"
# for as long that it asks again
sleep 7
works "a port that another program has does not end it" kill -0 "$second"
is "that is said once" "$(grep -c 'Address already in use; trying again' "$work/log")" 1

exec 3>&-
wait "$server"
is "the server ended well" "$?" 0
server=
works "when the port is free it is served" curl -s -f --retry 10 --retry-delay 1 \
	--retry-connrefused -o /dev/null "$url"
is "which is said, too" "$(grep -c 'they are served' "$work/log")" 1
exec 4>&-
wait "$second"
is "and that one ended well" "$?" 0
second=
exit $failed
