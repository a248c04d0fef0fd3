#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What make install puts where, and that a configuration is kept. Prints TAP without
# numbers.

set -u -o pipefail

build=${1:?usage: installed.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TAP_PREFIX="installed: "
# shellcheck source=tools/libfserror/tests/tap.bash
. "$here/../libfserror/tests/tap.bash"

install_it() {
	make -s -f "$here/Makefile" BUILD="$build" DESTDIR="$work/root" prefix=/usr install
}

works "make install" install_it
cat >"$work/want" <<EOF
etc/fserror/fswatch-errd.conf
usr/lib/systemd/catalog/fswatch-errd.catalog
usr/lib/systemd/system-preset/80-fswatch-errd.preset
usr/lib/systemd/system/fswatch-errd.service
usr/lib/sysusers.d/fswatch-errd.conf
usr/sbin/fswatch-errd
usr/share/doc/fswatch-errd/examples/mail
usr/share/doc/fswatch-errd/first-hour.md
usr/share/fswatch-errd/fleet/journal-remote.conf
usr/share/fswatch-errd/fleet/journal-upload.conf
usr/share/fswatch-errd/fleet/journal-upload.service.conf
usr/share/fswatch-errd/fleet/news
usr/share/fswatch-errd/fleet/rsyslog-collect.conf
usr/share/fswatch-errd/fleet/rsyslog-send.conf
usr/share/fswatch-errd/fserror.dashboard.json
usr/share/fswatch-errd/fserror.rules.yml
usr/share/fswatch-errd/fswatch-err-known.schema.json
usr/share/fswatch-errd/fswatch-errd-hook.schema.json
usr/share/man/man5/fswatch-errd.conf.5
usr/share/man/man7/fswatch-errd-fleet.7
usr/share/man/man7/fswatch-errd-hooks.7
usr/share/man/man7/fswatch-errd-metrics.7
usr/share/man/man8/fswatch-errd.8
EOF
(cd "$work/root" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$work/files"
works "these files and no others" diff -u "$work/want" "$work/files"
works "a directory for hooks" test -d "$work/root/etc/fserror/hooks.d"
echo "port = 0;" >"$work/root/etc/fserror/fswatch-errd.conf"
works "again" install_it
works "a configuration is kept" grep -qx "port = 0;" "$work/root/etc/fserror/fswatch-errd.conf"
works "the unit names the program" grep -qx "ExecStart=/usr/sbin/fswatch-errd" \
	"$work/root/usr/lib/systemd/system/fswatch-errd.service"
works "a hook that is killed for its memory does not end the daemon" \
	grep -qx "OOMPolicy=continue" "$work/root/usr/lib/systemd/system/fswatch-errd.service"
works "the catalog is one" journalctl --root="$work/root" --update-catalog
works "it runs beside the library" env -u LD_LIBRARY_PATH bash -c \
	"mkdir -p $work/root/usr/lib && cp $build/lib/libfserror.so.0 $work/root/usr/lib && $work/root/usr/sbin/fswatch-errd --version"
runs=$(env -u MAKEFLAGS make -n -f "$here/Makefile" BUILD="$work/none" \
	"$work/none/lib/libfserror.so" "$work/none/lib/libfserror.a" | grep -c 'ar rcs')
[ "$runs" = 1 ]
say $? "the library is made once, not twice at the same time: $runs"
exit $failed
