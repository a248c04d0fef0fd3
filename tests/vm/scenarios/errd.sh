#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fswatch-errd: a poisoned file of an XFS is in the ledger, a hook is told, it can be
# scraped; a kill and a restart lose nothing; that the file can be read after a mount
# does not close it, writing, deleting, and a restore do; what is acknowledged raises
# no alarm.
# group: command
# timeout: 600
# only: test-all
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/restore.bash"

LEDGER=$T/ledger
HOOKS=$T/hooks.d
PORT=9713

start_errd()
{
	NOTIFY_SOCKET=$T/notify WATCHDOG_USEC=2000000 \
		fswatch-errd --foreground --config "$T/errd.conf" 2>>"$T/errd.err" &
	ERRD=$!
}

# stop_errd SIGNAL: its exit status
stop_errd()
{
	kill "-$1" "$ERRD"
	wait "$ERRD"
}

# losses [OPTION...]: what is known, a line for each
losses()
{
	fswatch-err list --known --json --ledger "$LEDGER" "$@" | jq -r '.losses[] |
		"\(.path | split("/") | last) \(.offset)+\(.length) \(.why // .state) \(.condition)"'
}

are_known()
{
	local want=$1

	shift
	[[ $(losses "$@" 2>&1) == "$want" ]]
}

# known TEXT WANT [OPTION...]
known()
{
	local text=$1 want=$2

	shift 2
	wait_for 60 are_known "$want" "$@"
	is "$text" "$(losses "$@" 2>&1)" "$want"
}

has_released()
{
	[[ $(losses --closed) == *"32768+512 released"* ]]
}

scrape()
{
	curl --silent --show-error --max-time 10 "http://127.0.0.1:$PORT/metrics"
}

scraped()
{
	[[ $(scrape) == *"$1"* ]]
}

# metric TEXT WANT
metric()
{
	wait_for 60 scraped "$2"
	check "$1" scraped "$2"
}

# told PATTERN: the last of the news that the hook was told and that has it
told()
{
	jq -r ".news[] | \"\(.news) \(.loss.path) \(.loss.offset)+\(.loss.length)\"" "$T/told" 2>/dev/null |
		grep -F -- "$1" | tail -n 1
}

was_told()
{
	[[ $(told "$1") == "$1" ]]
}

# hook TEXT WANT
hook()
{
	wait_for 60 was_told "$2"
	is "$1" "$(told "$2")" "$2"
}

must mkdir -p "$HOOKS"
cat >"$HOOKS/note" <<EOF
#!/bin/sh
cat >>$T/told
[ ! -e $T/refuse ] || exit 1
EOF
must chmod 755 "$HOOKS/note"
cat >"$T/errd.conf" <<EOF
ledger = "$LEDGER";
hooks = "$HOOKS";
hook-interval = 1;
textfile = "$T/fserror.prom";
port = $PORT;
selftest = 5;
list = 60;
EOF
check "the configuration is right" fswatch-errd --check-config --config "$T/errd.conf"

# what a service manager is told
# shellcheck disable=SC2016 # it is for perl
perl -MSocket -e '$| = 1; socket(S, PF_UNIX, SOCK_DGRAM, 0) && bind(S, pack_sockaddr_un($ARGV[0])) or die;
	print "$message\n" while defined recv(S, $message, 4096, 0)' "$T/notify" >"$T/notified" &
at_end kill $!
must wait_for 120 test -S "$T/notify"

pmem_xfs
for name in a b; do
	must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/$name"
done
must mkdir "$T/copy"
at=$(disk_offset "$MNT/a" 8192)
must cp -a "$MNT/a" "$T/copy"
start_errd
# shellcheck disable=SC2016 # what it is then
at_end eval 'kill -KILL $ERRD 2>/dev/null'
metric "it is there" "fserror_ledger_works 1"
known "and nothing is lost" ""
check "it says that it is ready, and that it is well" bash -c \
	"grep -qx READY=1 $T/notified && grep -qx WATCHDOG=1 $T/notified"

mce_file "$MNT/a" 8192
known "a sector of a file is lost" "a 8192+512 open bad"
hook "a hook is told, with the name" "lost $MNT/a 8192+512"
metric "it can be scraped" \
	'fserror_losses{kind="data-lost",cause="machine-check",state="open",severity="critical"} 1'
wait_for 30 grep -q '^fserror_lost_bytes{.*} 512$' "$T/fserror.prom"
check "and node_exporter finds it" grep -q '^fserror_lost_bytes{.*} 512$' "$T/fserror.prom"
# shellcheck disable=SC2016 # it is for awk
check "its own test came back" awk '$1 == "fserror_selftest_timestamp_seconds" && $2 > 0 { good = 1 }
	END { exit !good }' "$T/fserror.prom"
check_fails "check knows it without the kernel" "1 loss is open" \
	fswatch-err check --known --ledger "$LEDGER"

touch "$T/refuse"
mce_file "$MNT/b" 16384
hook "a hook is told of another one, and fails" "lost $MNT/b 16384+512"
stop_errd KILL
mce_file "$MNT/b" 32768
: >"$T/told"
rm "$T/refuse"
start_errd
known "after a kill, and an event that nobody heard, all is there" "a 8192+512 open bad
b 16384+512 open bad
b 32768+512 open bad"
hook "the hook is told again what it did not take" "lost $MNT/b 16384+512"
hook "and what was not heard" "lost $MNT/b 32768+512"

must umount "$MNT"
is "the files are known when it is not mounted" "$(fswatch-err files --known --ledger "$LEDGER")" \
	"$MNT/a
$MNT/b"
mount_fs /dev/pmem0 dax=always
known "after a mount it is the same" "a 8192+512 open bad
b 16384+512 open bad
b 32768+512 open bad"

heal_file "$MNT/b" 16384
known "what is written is closed" "a 8192+512 open bad
b 16384+512 rewritten bad
b 32768+512 open bad" --closed

ID=$(fswatch-err list --known -J --ledger "$LEDGER" | jq '.losses[1].id')
check "what is known is acknowledged" fswatch-err ack --ledger "$LEDGER" --note test "$ID"
metric "then it is not open" \
	'fserror_losses{kind="data-lost",cause="machine-check",state="acknowledged",severity="critical"} 1'

must umount "$MNT"
must dd if=/dev/zero of=/dev/pmem0 bs=512 seek=$((at / 512)) count=1 oflag=direct status=none
mount_fs /dev/pmem0 dax=always
check "somebody has written to the device: the file can be read" cat "$MNT/a"
known "which closes nothing" "a 8192+512 open content-unknown
b 32768+512 acknowledged bad"
restore 0 "the kernel does not know what to restore" --from "$T/copy" --relative-to "$MNT" \
	--ledger "$LEDGER" "$MNT/a"
restore 0 "the ledger does" --known --from "$T/copy" --relative-to "$MNT" --ledger "$LEDGER" "$MNT/a"
check "then it is what it was" cmp "$MNT/a" "$T/copy/a"
known "which closes it" "a 8192+512 restored content-unknown
b 16384+512 rewritten bad
b 32768+512 acknowledged bad" --closed
hook "and the hook is told" "closed $MNT/a 8192+512"
check "so that a check is content" fswatch-err check --known --quiet --ledger "$LEDGER"

# nobody owns the place then, as the list after a mount shows
must rm "$MNT/b"
must umount "$MNT"
mount_fs /dev/pmem0 dax=always
wait_for 60 has_released
check "a file that is deleted has lost nothing" has_released
stop_errd TERM
is "it ends well" $? 0
check "and says so" grep -qx STOPPING=1 "$T/notified"
diag "$(<"$T/errd.err")"
finish
