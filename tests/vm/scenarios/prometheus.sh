#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Prometheus scrapes fswatch-errd and evaluates our rules, Alertmanager tells a receiver
# after a machine check, and that it is over after a restore. Prometheus answers all that
# the dashboard asks.
# group: command
# timeout: 900
# only: test-all
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/restore.bash"

ERRD=$FSERROR_TOP/tools/fswatch-errd
PORT=9713
PROMETHEUS=127.0.0.1:9090
ALERTMANAGER=127.0.0.1:9093
RECEIVER=9094
# the programs of this file are large, and are translated as they run
PATIENCE=240

# start NAME COMMAND...: in the background, until the end
start()
{
	local name=$1

	shift
	"$@" >"$T/$name.log" 2>&1 &
	at_end kill -KILL $!
}

# ask PATH [FILTER]: what Prometheus answers
ask()
{
	curl --silent --show-error --max-time 30 --get "http://$PROMETHEUS/api/v1/$1" "${@:3}" | jq -r "${2:-.}"
}

# value QUERY: of the first series
value()
{
	ask query '.data.result[0].value[1]' --data-urlencode "query=$1"
}

has_value()
{
	[[ $(value "$1") == "$2" ]]
}

# states: what the receiver was told of lost data, a line for each time
states()
{
	jq -r '.alerts[] | select(.labels.alertname == "FserrorDataLost") |
		"\(.status) \(.labels.kind) \(.labels.cause) \(.labels.severity)"' "$T/told" | uniq
}

was_told()
{
	[[ $(states | tail -n 1) == "$1" ]]
}

# told TEXT WANT: the receiver is told that at last
told()
{
	wait_for $PATIENCE was_told "$2"
	is "$1" "$(states | tail -n 1)" "$2"
}

is_up()
{
	curl --silent --fail --max-time 10 --output /dev/null "http://$1"
}

# Who gets the alerts: one JSON object in each line.
cat >"$T/receiver" <<'EOF'
import http.server, json, sys
class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        print(json.dumps(told), flush=True)
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
EOF
cat >"$T/prometheus.yml" <<EOF
global:
  scrape_interval: 2s
  evaluation_interval: 2s
rule_files:
  - $ERRD/alerts/fserror.rules.yml
alerting:
  alertmanagers:
    - static_configs:
        - targets: [ "$ALERTMANAGER" ]
scrape_configs:
  - job_name: fserror
    static_configs:
      - targets: [ "127.0.0.1:$PORT" ]
EOF
cat >"$T/alertmanager.yml" <<EOF
route:
  receiver: test
  group_by: [ alertname, instance ]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
receivers:
  - name: test
    webhook_configs:
      - url: http://127.0.0.1:$RECEIVER/
        send_resolved: true
EOF
cat >"$T/errd.conf" <<EOF
ledger = "$T/ledger";
hooks = "$T/hooks.d";
port = $PORT;
selftest = 5;
list = 60;
EOF
must mkdir "$T/hooks.d"
must promtool check config "$T/prometheus.yml"
must amtool check-config "$T/alertmanager.yml"

: >"$T/told"
/usr/bin/python3 "$T/receiver" $RECEIVER >>"$T/told" 2>"$T/receiver.log" &
at_end kill -KILL $!
start alertmanager prometheus-alertmanager --config.file="$T/alertmanager.yml" \
	--storage.path="$T/alertmanager" --web.listen-address="$ALERTMANAGER" --cluster.listen-address=
start prometheus prometheus --config.file="$T/prometheus.yml" \
	--storage.tsdb.path="$T/prometheus" --web.listen-address="$PROMETHEUS"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/a"
must mkdir "$T/copy"
must cp -a "$MNT/a" "$T/copy"
fswatch-errd --foreground --config "$T/errd.conf" 2>"$T/errd.err" &
DAEMON=$!
# shellcheck disable=SC2016 # what it is then
at_end eval 'kill -KILL $DAEMON 2>/dev/null'

wait_for $PATIENCE is_up "$ALERTMANAGER/-/ready"
check "Alertmanager is ready" is_up "$ALERTMANAGER/-/ready"
wait_for $PATIENCE is_up "$PROMETHEUS/-/ready"
check "Prometheus is ready" is_up "$PROMETHEUS/-/ready"
wait_for $PATIENCE has_value 'up{job="fserror"}' 1
is "it scrapes the daemon" "$(value 'up{job="fserror"}')" 1
wait_for $PATIENCE has_value 'fserror_selftest_timestamp_seconds > bool 0' 1
is "the daemon's own test came back" "$(value 'fserror_selftest_timestamp_seconds > bool 0')" 1
is "nothing is lost" "$(value 'sum(fserror_losses) or vector(0)')" 0
is "and nobody was told" "$(states)" ""

mce_file "$MNT/a" 8192
told "after a machine check the receiver is told" "firing data-lost machine-check critical"
is "where, and how many" "$(jq -rs 'last.alerts[0].annotations.summary' "$T/told")" \
	"127.0.0.1:$PORT: 1 losses that nobody has put right (data-lost)"
is "Prometheus knows how much" \
	"$(value 'fserror_lost_bytes{kind="data-lost",cause="machine-check",state="open"}')" 512

# what comes later than that is not waited for: a query is right if it is answered
while read -r query; do
	is "the dashboard's query is answered: $query" \
		"$(ask query .status --data-urlencode "query=$query")" success
done < <(/usr/bin/python3 "$ERRD/tests/dashboard.py" "$ERRD/dashboard/fserror.json" queries)
is "what it shows as open losses" "$(value "$(/usr/bin/python3 "$ERRD/tests/dashboard.py" \
	"$ERRD/dashboard/fserror.json" queries | head -n 1)")" 1
is "no rule has failed" "$(ask rules '.data.groups[].rules[] | select(.health != "ok") | .name, .lastError')" ""
is "no other alarm was raised" "$(jq -r '.alerts[].labels.alertname' "$T/told" | sort -u)" FserrorDataLost

restore 0 "the file is restored" --from "$T/copy" --relative-to "$MNT" --ledger "$T/ledger" "$MNT/a"
check "it is what it was" cmp "$MNT/a" "$T/copy/a"
told "then the receiver is told that it is over" "resolved data-lost machine-check critical"
is "after it had been told once that it is lost" "$(states)" "firing data-lost machine-check critical
resolved data-lost machine-check critical"
is "Prometheus has no open loss" "$(value 'sum(fserror_losses{state="open"}) or vector(0)')" 0

kill -TERM $DAEMON
wait $DAEMON
is "the daemon ends well" $? 0
diag "$(<"$T/errd.err")" "$(<"$T/receiver.log")" "$(grep -E 'level=(warn|error)' "$T"/{prometheus,alertmanager}.log)"
finish
