# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For the tests of the packages: TAP, and roots of Debian to be in. Sourced with $build
# set to the build directory.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
number=0
failed=0
# shellcheck disable=SC2154 # from who sources this
work=$(mktemp -d "$build/packages.XXXXXX")
trap 'rm -rf "$work"' EXIT

# say STATUS NAME
say()
{
	number=$((number + 1))
	if [ "$1" = 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		failed=1
	fi
}

# works NAME COMMAND...: it succeeds; the end of what it says is shown if it does not
works()
{
	local name=$1 status

	shift
	"$@" >"$work/said" 2>&1
	status=$?
	[ $status = 0 ] || tail -n 60 "$work/said" | sed 's/^/# /'
	say $status "$name"
	return $status
}

# must COMMAND...: without it the rest makes no sense
must()
{
	if ! "$@" >"$work/said" 2>&1; then
		tail -n 60 "$work/said" | sed 's/^/# /'
		echo "Bail out! $*"
		exit 1
	fi
}

# is NAME GOT WANT
is()
{
	[ "$2" = "$3" ] || diff -u <(echo "$3") <(echo "$2") | sed 's/^/# /'
	[ "$2" = "$3" ]
	say $? "$1"
}

finish()
{
	echo "1..$number"
	exit "$failed"
}

# skip_unless_root WHY
skip_unless_root()
{
	[ "$(id -u)" = 0 ] && return
	echo "1..0 # SKIP $1"
	exit 0
}

# unpack_root SUITE DIRECTORY: fresh, with a package archive that it can reach
unpack_root()
{
	mkdir -p "$2" "$build/roots/cache-$1"
	tar -C "$2" -xf "$build/roots/$1.tar"
	cp -L /etc/resolv.conf "$2/etc/resolv.conf"
	cp -L /etc/hosts "$2/etc/hosts"
	cat >"$2/etc/apt/apt.conf.d/90-tests" <<-'CONF'
		APT::Get::Assume-Yes "true";
		APT::Install-Recommends "false";
		APT::Keep-Downloaded-Packages "true";
		APT::Sandbox::User "root";
		Acquire::Retries "3";
		Dpkg::Use-Pty "0";
		// to a question about a configuration: what it suggests
		Dpkg::Options:: "--force-confdef";
	CONF
}

# enter DIRECTORY SUITE COMMAND...: in that root, with mounts and processes of its own,
# which end with the command; downloads are kept for the next time
enter()
{
	local directory=$1 suite=$2

	shift 2
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --pid --ipc --uts --fork --kill-child bash -c '
		root=$1 cache=$2
		shift 2
		mount -t proc proc "$root/proc" &&
		mount --rbind /dev "$root/dev" &&
		mount --bind "$cache" "$root/var/cache/apt/archives" &&
		mkdir -p "$cache/partial" &&
		exec chroot "$root" env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
			DEBIAN_FRONTEND=noninteractive \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
	' bash "$directory" "$build/roots/cache-$suite" "$@" </dev/null
}
