#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The packages of the kernel that make deb-kernel has built in build/deb-kernel: what is in
# them, and that they are installed beside those of the programs, in a root of Debian 12.
# usage: kernel.sh BUILD-DIR
set -u -o pipefail

build=$(cd "$1" && pwd) || exit 2
# shellcheck source=tests/packages/lib.bash
. "$(dirname "$0")/lib.bash"

K=$build/deb-kernel
R=$work/root

# built NAME: the file of the package with that beginning, without debugging symbols
built()
{
	find "$K" -name "$1*.deb" ! -name '*-dbg_*'
}

# contents NAME
contents()
{
	dpkg-deb --fsys-tarfile "$(built "$1")" | tar -t | sed 's|^\./||'
}

for name in linux-image linux-headers linux-libc-dev; do
	is "there is one package $name" "$(built "$name" | wc -l)" 1
done
is "the kernel is that of this repository" \
	"$(dpkg-deb -f "$(built linux-image)" Package | sed -E 's/[0-9.]+//')" "linux-image--fserror"
contents linux-image >"$work/image"
works "it has a kernel" grep -qE '^boot/vmlinuz-.*-fserror$' "$work/image"
config=$(grep -E '^boot/config-.*-fserror$' "$work/image")
works "with fserror" bash -c "dpkg-deb --fsys-tarfile $(built linux-image) |
	tar -xO ./$config >$work/config && grep -qx CONFIG_FSERROR_EVENTS=y $work/config"
contents linux-libc-dev >"$work/libc-dev"
works "the headers for programs have the netlink family" \
	grep -qx usr/include/linux/fserror_netlink.h "$work/libc-dev"

if [ "$(id -u)" = 0 ]; then
	must "$top/scripts/build-deb" "$work/programs"
	must unpack_root bookworm "$R"
	must mkdir "$R/packages"
	must cp "$(built linux-image)" "$(built linux-libc-dev)" "$work"/programs/lib*_*.deb "$R/packages"
	must rm -f "$R"/packages/*-dbgsym_*.deb
	must enter "$R" bookworm apt-get update
	# the version of the suite's own linux-libc-dev may be higher
	works "they are installed beside the library" enter "$R" bookworm \
		sh -c "apt-get install --allow-downgrades /packages/*.deb"
	works "and the kernel is where it boots from" bash -c "ls $R/boot/vmlinuz-*-fserror"
else
	echo "ok $((++number)) - they are installed beside the library # SKIP needs root"
fi
finish
