#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What fswatch-errd tells reaches a collector by rsyslog and by systemd-journal-upload, over
# TLS, with the configurations that are installed: also what happens while the link, the
# collector, the daemon or the sender is gone, and each of it once.
#
# This kernel has no network devices: all of it is on the loopback device, and the link is
# a process that can be told to lose what is on its way.
# group: fleet
# timeout: 900
# only: test-all
. "$(dirname "$0")/lib.sh"

FLEET=$FSERROR_TOP/tools/fswatch-errd/fleet
RELAY=$FSERROR_TOP/tests/vm/helpers/relay
SYSTEMD=/usr/lib/systemd
LOG=$T/log/news.json
REMOTE=$T/remote
PATIENCE=120
declare -A PIDS=()

# start NAME COMMAND...: in the background
start()
{
	local name=$1

	shift
	"$@" >>"$T/$name.out" 2>&1 &
	PIDS[$name]=$!
}

# stop NAME SIGNAL
stop()
{
	kill "-$2" "${PIDS[$1]}" 2>/dev/null
	wait "${PIDS[$1]}" 2>/dev/null
}

stop_all()
{
	local name

	for name in "${!PIDS[@]}"; do
		stop "$name" KILL
	done
}

link()
{
	kill "-$1" "${PIDS[relay]}"
}

# certificate DIR NAME: signed for it, and for our address
certificate()
{
	must mkdir "$T/$1"
	must openssl ecparam -name prime256v1 -genkey -noout -out "$T/$1/key.pem"
	must openssl req -new -key "$T/$1/key.pem" -subj "/CN=$2" -out "$T/$1/request"
	echo "subjectAltName=DNS:$2,IP:127.0.0.1" >"$T/$1/extensions"
	must openssl x509 -req -in "$T/$1/request" -CA "$T/ca.pem" -CAkey "$T/ca.key" \
		-CAcreateserial -days 30 -extfile "$T/$1/extensions" -out "$T/$1/cert.pem"
	must cp "$T/ca.pem" "$T/$1"
}

# here FILE DIR: an installed configuration, with our address and these certificates
here()
{
	sed -e 's|target="collector.example.org"|target="127.0.0.1"|; s|interval="300"|interval="5"|' \
		-e 's|//collector.example.org|//127.0.0.1|' \
		-e "s|/etc/fserror/fleet|$T/$2|; s|/var/log/fserror|$T/log|" "$FLEET/$1"
}

start_errd()
{
	start errd fswatch-errd --foreground --config "$T/errd.conf"
}

start_sender()
{
	start sender rsyslogd -n -f "$T/send.conf" -iNONE
}

# as systemd does it: when it ends it is started again
start_upload()
{
	start upload bash -c "while :; do $SYSTEMD/systemd-journal-upload --save-state=$T/state; sleep 2; done"
}

start_collector()
{
	start collector rsyslogd -n -f "$T/collect.conf" -iNONE
	start remote $SYSTEMD/systemd-journal-remote --listen-https=127.0.0.1:19533 --output="$REMOTE/"
}

# lost WAY: the numbers of all losses that the collector was told
lost()
{
	local place=$LOG

	[[ $1 == log ]] || place=$REMOTE
	"$FLEET/news" "$1" "$place" 2>/dev/null | sed -n 's/.*\tlost: loss \([0-9]*\): .*/\1/p' | sort -n | paste -sd ' '
}

has_lost()
{
	[[ $(lost "$1") == "$2" ]]
}

# collected TEXT WANT: by both ways
collected()
{
	local way

	for way in log journal; do
		wait_for $PATIENCE has_lost $way "$2"
		is "$1 ($way)" "$(lost $way)" "$2"
	done
}

# times WAY NUMBER: how often this loss was told, of what has not been looked through
times()
{
	if [[ $1 == log ]]; then
		grep -c "lost: loss $2:" "$LOG"
	else
		journalctl --quiet --directory "$REMOTE" --output cat SYSLOG_IDENTIFIER=fswatch-errd |
			grep -c "lost: loss $2:"
	fi
}

was_told()
{
	(($(times "$1" "$2") >= $3))
}

knows()
{
	(($(fswatch-err list --known --json --ledger "$T/ledger" | jq '.losses | length') == $1))
}

must mkdir -p "$T"/{hooks.d,log,remote,work-send,work-collect} /run/log \
	/run/systemd/{journal,journal-upload.conf.d,journal-remote.conf.d}
must openssl ecparam -name prime256v1 -genkey -noout -out "$T/ca.key"
must openssl req -x509 -new -key "$T/ca.key" -subj "/CN=test" -days 30 -out "$T/ca.pem"
certificate machine fs1.example.org
certificate collect collector.example.org
here rsyslog-send.conf machine >"$T/send.drop"
here rsyslog-collect.conf collect | sed 's|port="2514"|port="2515"|' >"$T/collect.drop"
here journal-upload.conf machine >/run/systemd/journal-upload.conf.d/fserror.conf
here journal-remote.conf collect >/run/systemd/journal-remote.conf.d/fserror.conf
cat >"$T/send.conf" <<EOF
global(workDirectory="$T/work-send")
module(load="imuxsock")
\$IncludeConfig $T/send.drop
EOF
cat >"$T/collect.conf" <<EOF
global(workDirectory="$T/work-collect")
\$IncludeConfig $T/collect.drop
EOF
cat >"$T/errd.conf" <<EOF
ledger = "$T/ledger"; hooks = "$T/hooks.d"; port = 0; selftest = 0; syslog = true;
EOF
check "rsyslog has nothing against the configuration of a machine" rsyslogd -N1 -f "$T/send.conf"
check "nor against that of the collector" rsyslogd -N1 -f "$T/collect.conf"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/a"
at_end stop_all
at_end rm -rf /run/systemd/journal-upload.conf.d /run/systemd/journal-remote.conf.d
start relay /usr/bin/python3 "$RELAY" 2514:2515 19532:19533
start_collector
start journald $SYSTEMD/systemd-journald
must wait_for 60 test -S /run/systemd/journal/socket
start_sender
must wait_for 60 test -S /dev/log
start_upload
start_errd

mce_file "$MNT/a" 0
collected "a loss is told to the collector" "1"

link USR2
mce_file "$MNT/a" 4096
must wait_for 60 knows 2
stop errd KILL
stop sender KILL
start_sender
start_errd
mce_file "$MNT/a" 8192
must wait_for 60 knows 3
# so that both senders have it
sleep 5
is "while the link is lost nothing comes (log)" "$(lost log)" "1"
is "while the link is lost nothing comes (journal)" "$(lost journal)" "1"
link HUP
collected "when it is there again all comes, also what was told around a kill" "1 2 3"

link USR1
mce_file "$MNT/a" 12288
for way in log journal; do
	wait_for $PATIENCE was_told $way 4 1
done
# the machine has not heard that it arrived
link USR2
link HUP
for way in log journal; do
	wait_for $PATIENCE was_told $way 4 2
	check "what was not acknowledged is sent again ($way)" was_told $way 4 2
done
collected "and is there once" "1 2 3 4"

link ALRM
mce_file "$MNT/a" 20480
must wait_for 60 knows 5
# so that both senders have sent it, and nobody knows that it did not arrive
sleep 10
link USR2
link HUP
collected "what got lost on the way comes when the link is there again" "1 2 3 4 5"

stop collector KILL
stop remote KILL
mce_file "$MNT/a" 16384
must wait_for 60 knows 6
start_collector
collected "a collector that was killed gets what it missed" "1 2 3 4 5 6"
is "both have the same" "$("$FLEET/news" journal "$REMOTE" | cut -f 1-2)" "$("$FLEET/news" log "$LOG" | cut -f 1-2)"

stop errd TERM
stop_all
for name in errd sender upload collector remote; do
	diag "$name:" "$(tail -n 12 "$T/$name.out")"
done
finish
