#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The packages in a fresh root of a Debian suite: built there with what they say they need,
# installed, upgraded, removed, purged. There is no service manager in it: what it starts
# is the test of the guide, in the VM.
# usage: install.sh BUILD-DIR SUITE
set -u -o pipefail

build=$(cd "$1" && pwd) || exit 2
suite=$2
# shellcheck source=tests/packages/lib.bash
. "$(dirname "$0")/lib.bash"

skip_unless_root "roots of Debian are made and entered by root"

B=$work/build
R=$work/fresh
CONF=$R/etc/fserror/fswatch-errd.conf

in_build()
{
	enter "$B" "$suite" "$@"
}

inside()
{
	enter "$R" "$suite" "$@"
}

# The packages that are installed together, without those for debugging.
# usage: debs DIRECTORY
debs()
{
	(cd "$R" && find "${1#/}" -name '*.deb' ! -name '*-dbgsym_*' -printf '/%p\n' | sort)
}

# apt_install DIRECTORY
apt_install()
{
	# shellcheck disable=SC2046 # a list
	inside apt-get install $(debs "$1")
}

is_enabled()
{
	inside systemctl is-enabled fswatch-errd.service 2>/dev/null
}

version()
{
	# shellcheck disable=SC2016 # it is for dpkg
	inside dpkg-query -W -f '${Version} ${db:Status-Abbrev}\n' fswatch-errd 2>/dev/null
}

# What is there of us, apart from what we brought and what apt notes.
left()
{
	(cd "$R" && find . -xdev \( -path ./packages -o -path ./var/cache -o -path ./var/log -o \
		-path ./proc -o -path ./dev \) -prune -o \
		\( -iname '*fserror*' -o -iname '*fswatch*' \) -print | LC_ALL=C sort)
}

# --- built there, the older version has another configuration

must unpack_root "$suite" "$B"
must in_build apt-get update
must "$top/scripts/copy-source" "$B/src/new/fserror"
must cp -a "$B/src/new" "$B/src/old"
must sed -i '1s/(.*)/(0.9)/' "$B/src/old/fserror/debian/changelog"
must sed -i '2i # of the version before' "$B/src/old/fserror/tools/fswatch-errd/etc/fswatch-errd.conf"
works "$suite: what is needed to build is there" in_build sh -c \
	"cd /src/new/fserror && apt-get install build-essential && apt-get build-dep ." || finish
for which in old new; do
	works "$suite: the packages are built ($which)" \
		in_build env OBJECTS=/src/objects sh -c "cd /src/$which/fserror && dpkg-buildpackage -jauto -b -us -uc" ||
		finish
done

must unpack_root "$suite" "$R"
for which in old new; do
	must mkdir -p "$R/packages/$which"
	must cp "$B/src/$which"/*.deb "$R/packages/$which"
done
must inside apt-get update

# --- installed

works "$suite: apt installs the older version" apt_install /packages/old || finish
is "$suite: it is that one" "$(version)" "0.9 ii "
works "$suite: there is a group" inside getent group fserror
is "$suite: the unit is enabled by the preset" "$(is_enabled)" enabled
works "$suite: and systemd understands it" inside systemd-analyze verify fswatch-errd.service
works "$suite: the catalog is known" inside sh -c \
	"journalctl --list-catalog | grep '^a6d0f3c8b2e94a17d5c1b7e0f8a4d2e9 fswatch-errd: A test event' >/dev/null"
works "$suite: fswatch-err runs" inside fswatch-err --version
works "$suite: the configuration is right" inside fswatch-errd --check-config
works "$suite: the Python module finds the library" inside python3 -c "import fserror"
for page in "8 fswatch-err" "8 fswatch-err-list" "7 fserror" "8 fswatch-errd" "5 fswatch-errd.conf" \
	"7 fswatch-errd-hooks" "7 fswatch-errd-metrics" "3 libfserror"; do
	# shellcheck disable=SC2086 # two words
	inside man -w $page >/dev/null 2>&1 || echo "$page"
done >"$work/pages"
is "$suite: man finds the pages" "$(cat "$work/pages")" ""
# with the kernel's headers of the suite beside it
works "$suite: a program is built with the packages for it" in_build sh -c "
	apt-get install /src/new/libfserror0_*.deb /src/new/libfserror-dev_*.deb pkg-config &&
	cp /usr/share/doc/libfserror-dev/examples/watch.c /tmp/watch.c &&
	cc -Wall -Werror -o /tmp/watch /tmp/watch.c \$(pkg-config --cflags --libs libfserror) &&
	ldd /tmp/watch | grep 'libfserror.so.0 => /'"

# --- upgraded

echo "port = 9999;" >>"$CONF"
cp "$CONF" "$work/changed"
echo '#!/bin/sh' >"$R/etc/fserror/hooks.d/mine"
mkdir -p "$R/var/lib/fswatch-errd"
echo "an account" >"$R/var/lib/fswatch-errd/ledger.db"
must inside systemctl disable fswatch-errd.service
works "$suite: apt upgrades it" apt_install /packages/new
is "$suite: it is the new one" "$(version)" "1.0 ii "
works "$suite: the changed configuration is kept" cmp "$CONF" "$work/changed"
works "$suite: and that of the package is beside it" cmp "$CONF.dpkg-dist" \
	"$top/tools/fswatch-errd/etc/fswatch-errd.conf"
works "$suite: the ledger is kept" grep -qx "an account" "$R/var/lib/fswatch-errd/ledger.db"
is "$suite: what an administrator has disabled stays so" "$(is_enabled)" disabled
works "$suite: it can be installed once more" inside sh -c "dpkg --force-confdef --install /packages/new/fswatch-errd_*.deb"
works "$suite: which changes nothing" cmp "$CONF" "$work/changed"

# --- removed, and purged

works "$suite: apt removes it" inside apt-get remove fswatch-errd
works "$suite: the changed configuration is there still" cmp "$CONF" "$work/changed"
works "$suite: and the ledger" grep -qx "an account" "$R/var/lib/fswatch-errd/ledger.db"
works "$suite: apt purges it" inside apt-get purge fswatch-errd fswatch-err libfserror0 \
	libfserror-dev python3-fserror
is "$suite: of it all a hook of the administrator is left" "$(left)" "./etc/fserror"
works "$suite: namely that" grep -qx '#!/bin/sh' "$R/etc/fserror/hooks.d/mine"
rm -r "$R/etc/fserror"

# --- an upgrade of what nobody has changed

works "$suite: apt installs the older version again" apt_install /packages/old
works "$suite: and upgrades it" apt_install /packages/new
works "$suite: a configuration that nobody has changed is the new one" \
	cmp "$CONF" "$top/tools/fswatch-errd/etc/fswatch-errd.conf"
is "$suite: it is still enabled" "$(is_enabled)" enabled
works "$suite: apt purges it all" inside apt-get purge fswatch-errd fswatch-err libfserror0 \
	libfserror-dev python3-fserror
is "$suite: and nothing is left" "$(left)" ""

# --- an administrator who wants no daemon

mkdir -p "$R/etc/systemd/system-preset"
echo "disable fswatch-errd.service" >"$R/etc/systemd/system-preset/00-local.preset"
works "$suite: apt installs it where a preset is against it" apt_install /packages/new
is "$suite: then it is not enabled" "$(is_enabled)" disabled
works "$suite: apt has nothing to complain of" inside sh -c "apt-get check && ! dpkg --audit | grep ."
finish
