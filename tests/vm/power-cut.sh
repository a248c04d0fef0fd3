#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# In the VM, for tests/vm/power-cut, which pulls the plug at some point: fswatch-errd with
# its ledger on /dev/vda, and damage without end. Lines that begin with @ are for that:
#
#	@integrity TEXT	what SQLite says of the database as it was found
#	@corrupt NAME	a database that was moved aside
#	@known JSON	all losses, after the start
#	@load		now it begins
#	@seen JSON	losses that the ledger has, as a reader sees them
#	@told JSON	what a hook was told, which then says that it has taken it
#	@open NUMBER	open losses, of the metrics
set -u
LEDGER=/mnt/l/ledger
FILE=/mnt/x/f
BLOCKS=2048
PORT=9713
ALL='[.losses[] | {id, state, offset: (.offset // .device.offset), length: (.length // .device.length), uuid}]'

die()
{
	echo "power-cut.sh: $*" >&2
	exit 1
}

# tell LINE: the hook writes, too, and a long line is not written at once
tell()
{
	(
		flock 9
		printf '%s\n' "$1"
	) 9>/tmp/lock
}

# known [OPTION...]: losses, the closed ones, too, in one line
known()
{
	fswatch-err list --known --closed --json --ledger "$LEDGER" "$@" 2>/dev/null | jq -c "$ALL"
}

mkdir -p /mnt/l /mnt/x /tmp/hooks.d
uuid=$(</proc/sys/kernel/random/uuid)
mkfs.xfs -q -f -m rmapbt=1,uuid="$uuid" /dev/pmem0 || die "no XFS"
mount /dev/pmem0 /mnt/x || die "XFS cannot be mounted"
xfs_io -f -c "pwrite -q 0 $((BLOCKS * 4096))" -c fsync "$FILE" || die "no file"
at=$(where -o "$FILE" 0)
[[ $at ]] || die "where is the file?"

mount /dev/vda /mnt/l || die "the disk of the ledger cannot be mounted"
echo "@mounted"
mkdir -p "$LEDGER"
if [[ -e $LEDGER/ledger.db ]]; then
	mkdir /tmp/copy
	cp "$LEDGER"/ledger.db* /tmp/copy || die "the ledger cannot be read"
	echo "@integrity $(sqlite3 /tmp/copy/ledger.db 'PRAGMA integrity_check' 2>&1 | head -n 1)"
fi

# its standard output is read by the daemon, so it writes to ours
cat >/tmp/hooks.d/out <<EOF
#!/bin/sh
told=\$(jq -c '{gone: (.gone // 0), news: [.news[] | {id, loss: .loss.id, state: .loss.state}]}') || exit
exec 9>/tmp/lock >/proc/$$/fd/1
flock 9
printf '@told %s\n' "\$told"
EOF
chmod 755 /tmp/hooks.d/out
cat >/tmp/errd.conf <<EOF
ledger = "$LEDGER"; hooks = "/tmp/hooks.d"; hook-interval = 1; port = $PORT; selftest = 0; list = 60;
EOF
fswatch-errd --foreground --config /tmp/errd.conf 2>/tmp/errd.err &
errd=$!
until curl -s -o /dev/null "http://127.0.0.1:$PORT/metrics" && all=$(known) && [[ $all ]]; do
	kill -0 $errd 2>/dev/null || die "the daemon ended: $(</tmp/errd.err)"
	sleep 0.1
done
for name in "$LEDGER"/*.corrupt-*; do
	[[ ! -e $name ]] || echo "@corrupt $name"
done
tell "@known $all"
tell "@load"
for ((i = 0; i < BLOCKS; i++)); do
	# apart from each other, each one loss
	fserror-inject mce-dev /dev/pmem0 $((at + i * 4096)) || die "no machine check"
	if ((i % 3 == 2)); then
		xfs_io -c "pwrite -q -S 0x55 $(((i - 1) * 4096)) 4096" -c fsync "$FILE" || die "no write"
	fi
	seen=$(known --uuid "$uuid")
	tell "@seen $seen"
	if ((i % 5 == 4)); then
		# one that is open now may be closed in a moment
		fswatch-err ack --ledger "$LEDGER" --note test \
			"$(jq 'map(select(.state == "open")) | last.id' <<<"$seen")" 2>/dev/null
		tell "@open $(curl -s "http://127.0.0.1:$PORT/metrics" |
			awk '/^fserror_losses{.*state="open"}/ { nr += $2 } END { print nr + 0 }')"
	fi
	kill -0 $errd 2>/dev/null || die "the daemon ended: $(</tmp/errd.err)"
done
die "nobody has pulled the plug"
