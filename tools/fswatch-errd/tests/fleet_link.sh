#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is told on a machine reaches a collector in another network namespace, by rsyslog and
# by systemd-journal-upload, over TLS, with the configurations that are installed: also what
# was told while the link or the collector was gone, or got lost on its way; each once.
# Prints TAP without numbers. usage: fleet_link.sh BUILD-DIRECTORY

set -u -o pipefail

build=${1:?usage: fleet_link.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
TAP_PREFIX="fleet link: "
systemd=/usr/lib/systemd
for program in /usr/sbin/rsyslogd $systemd/systemd-journal-remote /usr/bin/openssl /sbin/ip; do
	[ ! -x "$program" ] || continue
	echo "ok - ${TAP_PREFIX}all of it # SKIP no $program"
	exit 0
done
# namespaces of our own: of mounts, of the network, and of processes, which end with us
if [ -z "${FLEET_INSIDE-}" ]; then
	if ! unshare --mount --net --pid --fork true 2>/dev/null; then
		echo "ok - ${TAP_PREFIX}all of it # SKIP no permission for namespaces"
		exit 0
	fi
	if [ ! -x "$build/tests/tell" ]; then
		echo "not ok - ${TAP_PREFIX}$build/tests/tell is there"
		exit 1
	fi
	exec unshare --mount --net --pid --fork --kill-child --mount-proc \
		env FLEET_INSIDE=1 bash "$0" "$build"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tools/libfserror/tests/tap.bash
. "$here/../libfserror/tests/tap.bash"
declare -A pids=()
log=$work/log/news.json
remote=$work/remote

# start NAME COMMAND...: in the background
start() {
	local name=$1
	shift
	"$@" >>"$work/$name.out" 2>&1 &
	pids[$name]=$!
}

stop() { # NAME...: at once
	local name children
	for name; do
		children=$(pgrep -P "${pids[$name]}")
		# shellcheck disable=SC2086 # numbers
		kill -KILL "${pids[$name]}" $children
		wait "${pids[$name]}" 2>/dev/null
	done
}

there() { # COMMAND...: on the collector
	nsenter --net=/proc/$collector/ns/net "$@"
}

certificate() { # DIRECTORY NAME ADDRESS
	mkdir "$work/$1"
	openssl ecparam -name prime256v1 -genkey -noout -out "$work/$1/key.pem"
	openssl req -new -key "$work/$1/key.pem" -subj "/CN=$2" -out "$work/$1/request"
	echo "subjectAltName=DNS:$2,IP:$3" >"$work/$1/extensions"
	openssl x509 -req -in "$work/$1/request" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
		-CAcreateserial -days 30 -extfile "$work/$1/extensions" -out "$work/$1/cert.pem" 2>/dev/null
	cp "$work/ca.pem" "$work/$1"
}

# an installed configuration, with the address of the collector and these certificates
placed() { # FILE DIRECTORY
	sed -e 's|target="collector.example.org"|target="10.99.0.2"|; s|interval="300"|interval="2"|' \
		-e 's|//collector.example.org|//10.99.0.2|; s|resumeInterval="5"|resumeInterval="1"|' \
		-e "s|/etc/fserror/fleet|$work/$2|; s|/var/log/fserror|$work/log|" "$here/fleet/$1"
}

# the numbers of all losses that the collector was told
lost() { # log|journal
	local place=$log
	[ "$1" = log ] || place=$remote
	"$here/fleet/news" "$1" "$place" 2>/dev/null |
		sed -n 's/.*\tlost: loss \([0-9]*\): .*/\1/p' | sort -n | paste -sd ' '
}

times() { # log|journal NUMBER: how often it was told, of what has not been looked through
	if [ "$1" = log ]; then
		grep -c "lost: loss $2:" "$log" 2>/dev/null
	else
		journalctl --quiet --directory "$remote" --output cat | grep -c "lost: loss $2:"
	fi
}

within() { # SECONDS COMMAND...
	local until=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $until ] || return 1
		sleep 0.5
	done
}

has_lost() { # log|journal WANT
	[ "$(lost "$1")" = "$2" ]
}

collected() { # NAME WANT
	local way
	for way in log journal; do
		within 60 has_lost $way "$2"
		has_lost $way "$2"
		say $? "$1 ($way)"
		has_lost $way "$2" || printf '# got: %s\n' "$(lost $way)"
	done
}

was_told() { # log|journal NUMBER TIMES
	[ "$(times "$1" "$2")" -ge "$3" ]
}

tell() { # INODE
	"$build/tests/tell" "$work/ledger" "$1" || echo "# tell: $?"
}

start_collector() {
	start collector nsenter --net=/proc/$collector/ns/net rsyslogd -n -f "$work/collect.conf" -iNONE
	start remote nsenter --net=/proc/$collector/ns/net $systemd/systemd-journal-remote --listen-https=10.99.0.2:19532 --output="$remote/"
}

# as systemd does it: when it ends it is started again
start_upload() {
	start upload bash -c \
		"while :; do $systemd/systemd-journal-upload --save-state=$work/state; sleep 1; done"
}

start_machine() {
	start machine rsyslogd -n -f "$work/send.conf" -iNONE
}

# what the programs want to write to
for dir in /run /var/log; do
	mount -t tmpfs none $dir || exit 1
done
mkdir /run/dev
for node in null zero full random urandom; do
	touch /run/dev/$node
	mount --bind /dev/$node /run/dev/$node
done
mount --rbind /run/dev /dev
mkdir -p "$work"/{log,remote,work-send,work-collect} /run/log \
	/run/systemd/{journal,journal-upload.conf.d,journal-remote.conf.d}

unshare --net sleep 1000 &
collector=$!
within 10 test "$(readlink /proc/self/ns/net)" != "$(readlink /proc/$collector/ns/net)"
sleep 0.5
ip link set lo up
there ip link set lo up
ip link add machine type veth peer name collector netns $collector
ip address add 10.99.0.1/24 dev machine
there ip address add 10.99.0.2/24 dev collector
ip link set machine up
there ip link set collector up

openssl ecparam -name prime256v1 -genkey -noout -out "$work/ca.key"
openssl req -x509 -new -key "$work/ca.key" -subj "/CN=test" -days 30 -out "$work/ca.pem"
certificate machine-cert fs1.example.org 10.99.0.1
certificate collector-cert collector.example.org 10.99.0.2
placed rsyslog-send.conf machine-cert >"$work/send.drop"
placed rsyslog-collect.conf collector-cert >"$work/collect.drop"
placed journal-upload.conf machine-cert >/run/systemd/journal-upload.conf.d/fserror.conf
placed journal-remote.conf collector-cert >/run/systemd/journal-remote.conf.d/fserror.conf
printf '%s\n' "global(workDirectory=\"$work/work-send\")" 'module(load="imuxsock")' \
	"\$IncludeConfig $work/send.drop" >"$work/send.conf"
printf '%s\n' "global(workDirectory=\"$work/work-collect\")" \
	"\$IncludeConfig $work/collect.drop" >"$work/collect.conf"

start_collector
start journald $systemd/systemd-journald
start_machine
within 20 test -S /run/systemd/journal/socket
within 20 test -S /dev/log
start_upload

tell 1
collected "a loss is told to the collector" "1"

ip link set machine down
tell 2
# what rsyslog has not read from its socket yet would be gone with it
within 60 grep -qs "lost: loss 2:" "$work"/work-send/fserror*
stop machine
start_machine
within 20 test -S /dev/log
tell 3
sleep 3
[ "$(lost log) $(lost journal)" = "1 1" ]
say $? "while the link is down nothing comes"
ip link set machine up
collected "when it is up again all comes" "1 2 3"

# on its way when the collector goes: nobody there knows of it any more
ip link set machine down
tell 4
sleep 4
stop collector remote
start_collector
ip link set machine up
collected "what was on its way is sent again" "1 2 3 4"

# it arrives, and the machine does not hear that; and one that has forgotten what it sent
there ip route add blackhole 10.99.0.1/32
tell 5
within 30 was_told log 5 1
was_told log 5 1
say $? "what is not acknowledged is there"
stop collector remote
start_collector
there ip route del blackhole 10.99.0.1/32
within 60 was_told journal 5 1
stop upload
rm "$work/state"
start_upload
for way in log journal; do
	within 60 was_told $way 5 2
	was_told $way 5 2
	say $? "it comes twice ($way)"
done
collected "and is shown once" "1 2 3 4 5"
[ "$("$here/fleet/news" journal "$remote" | cut -f 1-3)" = "$("$here/fleet/news" log "$log" | cut -f 1-3)" ]
say $? "both ways show the same"
[ "$failed" = 0 ] || tail -n 15 "$work"/{machine,upload,collector,remote}.out | sed 's/^/# /'
exit "$failed"
