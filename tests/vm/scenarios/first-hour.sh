#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The first hour: each command of tools/fswatch-errd/Documentation/first-hour.md, word for
# word, in a root of Debian with systemd as its first process and this kernel, from apt to
# the alarm. What the text shows of their output is in it. tests/packages/make-image makes
# the image.
# group: first-hour
# timeout: 900
# only: test-all
# run: --disk guide=BUILD/roots/first-hour.img
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/disks.bash"

GUIDE=$FSERROR_TOP/tools/fswatch-errd/Documentation/first-hour.md
R=/mnt/guide

# systemd as the first process of namespaces of its own, but for those of users and the
# network: there the kernel tells only the initial ones
start_debian()
{
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --pid --uts --ipc --fork --kill-child bash -c '
		set -e
		mount --make-rprivate /
		mount "$1" "$2"
		cd "$2"
		mount -t proc proc proc
		mount -t sysfs sysfs sys
		mount -t cgroup2 cgroup2 sys/fs/cgroup
		mount --rbind /dev dev
		mount -t tmpfs -o mode=755 tmpfs run
		mount -t tmpfs tmpfs tmp
		pivot_root . mnt
		cd /
		umount -l /mnt
		exec env -i container=fserror PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd' \
		bash "/dev/$DISK" "$R" </dev/null >"$T/systemd" 2>&1 &
	DEBIAN=$!
	# shellcheck disable=SC2016 # what it is then
	at_end eval 'kill -KILL $DEBIAN; wait $DEBIAN 2>/dev/null'
}

has_first_process()
{
	FIRST=$(pgrep -P "$DEBIAN") && [[ $(cat "/proc/$FIRST/comm") == systemd ]]
}

# inside COMMANDS: with the shell of that root
inside()
{
	nsenter --target "$FIRST" --mount --pid --uts --ipc --root --wdns=/ \
		env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		bash -e -c "cd /root/packages; $1" </dev/null 2>&1
}

is_up()
{
	inside "systemctl is-active --quiet multi-user.target" >/dev/null
}

# The blocks of the guide: "sh" and its commands, "text" and what they print, each
# ended by a NUL.
blocks()
{
	awk '/^```(sh|text)$/ { printf "%s\n", substr($0, 4); inside = 1; next }
		/^```$/ && inside { printf "%c", 0; inside = 0; next }
		inside { print }' "$GUIDE"
}

# shown OUTPUT TEXT: each line of the text is in the output; what it leaves out is ...
shown()
{
	local line pattern

	while IFS= read -r line; do
		# shellcheck disable=SC2016 # not for the shell
		pattern=$(sed -e 's/[][\\.|$(){}?+*^]/\\&/g' -e 's/…/.*/g' <<<"$line")
		if ! grep -qE -- "$pattern" <<<"$1"; then
			echo "not there: $line"
			return 1
		fi
	done <<<"$2"
}

if [[ ! -d /sys/fs/cgroup ]]; then
	skip "the guide" "this kernel has no control groups"
	end
fi
named_disk guide
must mkdir -p "$R"
fsdax 0
mkxfs /dev/pmem0
start_debian
wait_for 60 has_first_process
check "systemd is the first process of Debian" has_first_process
if ((FAILED)); then
	diag "$(cat "$T/systemd")"
	end
fi
check "and is up" wait_for 300 is_up
must inside "mount -o dax=always /dev/pmem0 /srv"

output=
while IFS= read -r -d '' block; do
	kind=${block%%$'\n'*}
	text=${block#*$'\n'}
	text=${text%$'\n'}
	if [[ $kind == sh ]]; then
		output=$(inside "$text")
		status=$?
		diag "$output"
		is "${text%%$'\n'*}" "$status" 0
	else
		check "it prints: ${text%%$'\n'*}" shown "$output" "$text"
	fi
done < <(blocks)
((TESTS > 10)) || not_ok "the guide has commands"

# what comes after the first hour

LOSS="/srv/account 8192 512"

known()
{
	inside "fswatch-err list --known --json" | jq -r '.losses[] | "\(.path) \(.offset) \(.length)"'
}

is_known()
{
	[[ $(known) == "$LOSS" ]]
}

main_pid()
{
	inside "systemctl is-active --quiet fswatch-errd && systemctl show --property MainPID --value fswatch-errd"
}

must inside "dd if=/dev/zero of=/srv/account bs=64k count=1 conv=fsync status=none"
mce_file "/proc/$FIRST/root/srv/account" 8192
wait_for 60 is_known
is "the daemon of the package knows a loss, with its name" "$(known)" "$LOSS"
check "and the journal explains it" inside \
	"journalctl -x -t fswatch-errd | grep 'Bytes of a file are lost' >/dev/null"
before=$(main_pid)
check "the package is installed once more" inside "dpkg --install ./fswatch-errd_*.deb"
after=$(main_pid)
check "which has started the daemon again" test -n "$after" -a "$after" != "$before"
is "and the loss is still known" "$(known)" "$LOSS"
check "the package is purged" inside "apt-get --yes purge fswatch-errd"
check_fails "then there is no daemon" "" inside "systemctl is-active --quiet fswatch-errd"
is "and no ledger" "$(inside "ls /var/lib | grep fswatch || :")" ""
must inside "umount /srv"
end
