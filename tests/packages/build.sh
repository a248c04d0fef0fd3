#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The packages as they are built on this machine: twice, in different places, with
# another umask, time zone and locale, the same bytes; lintian; what is in them.
# usage: build.sh BUILD-DIR
set -u -o pipefail

build=$(cd "$1" && pwd) || exit 2
# shellcheck source=tests/packages/lib.bash
. "$(dirname "$0")/lib.bash"

PACKAGES=(fswatch-err fswatch-errd libfserror0 libfserror-dev python3-fserror)

# built PACKAGE: its file
built()
{
	local file

	for file in "$work/a/$1"_*.deb; do
		[ ! -f "$file" ] || echo "$file"
	done
}

# The files of a package, as make install calls them.
contents()
{
	local file

	file=$(built "$1")
	[ -n "$file" ] || return
	dpkg-deb --fsys-tarfile "$file" | tar -t | sed -e 's|^\./||' -e '/\/$/d' -e '/^$/d' \
		-e '/^usr\/share\/man\//s/\.gz$//' | LC_ALL=C sort
}

works "the packages are built" "$top/scripts/build-deb" "$work/a" || finish
# another depth of directories, too
mkdir -p "$work/other/and/deeper"
cp -a "$work/a/$(basename "$work"/a/*.dsc)" "$work"/a/*.tar.xz "$work/other"
must dpkg-source --no-check -x "$work"/other/*.dsc "$work/other/and/deeper/tree"
# shellcheck disable=SC2016 # for the inner shell
works "again, of the source package, with another umask, time zone and locale" bash -c '
	umask 077
	chmod -R go= "$1/tree"
	cd "$1/tree" && TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 LANG=de_DE.UTF-8 HOME=/nonexistent \
		scripts/build-deb "$2"' bash "$work/other/and/deeper" "$work/b"
(cd "$work/a" && sha256sum ./*.deb ./*.dsc ./*.tar.xz) >"$work/a.sums"
(cd "$work/b" && sha256sum ./*.deb ./*.dsc ./*.tar.xz) >"$work/b.sums"
is "they are the same, byte by byte" "$(cat "$work/b.sums")" "$(cat "$work/a.sums")"
is "and they are these" \
	"$(cd "$work/a" && printf '%s\n' *.deb | grep -v dbgsym | sed 's/_.*//' | LC_ALL=C sort)" \
	"$(printf '%s\n' "${PACKAGES[@]}" | LC_ALL=C sort)"
works "lintian has nothing against them" lintian --allow-root --fail-on error,warning,info \
	--display-info --suppress-tags initial-upload-closes-no-bugs "$work"/a/*.changes

# what make install installs is in one package, and nothing else is but what Debian wants
for tool in fswatch-err fswatch-errd; do
	must make -s -C "$top/tools/$tool" BUILD="$build/tools/$tool" DESTDIR="$work/root" \
		prefix=/usr libdir=/usr/lib/multiarch uapidir=/usr/include/libfserror install
done
(cd "$work/root" && find . \( -type f -o -type l \) -printf '%P\n') |
	sed 's|^usr/share/doc/libfserror/|usr/share/doc/python3-fserror/|' |
	LC_ALL=C sort >"$work/want"
for package in "${PACKAGES[@]}"; do
	contents "$package" | sed -E \
		-e '/^usr\/share\/doc\/[^/]*\/(changelog\.gz|copyright)$/d' \
		-e '/^usr\/share\/lintian\//d' \
		-e '/^usr\/share\/doc\/libfserror-dev\/examples\/watch\.c$/d' \
		-e 's|^lib/systemd/|usr/lib/systemd/|' \
		-e "s|^usr/lib/$(dpkg-architecture -q DEB_HOST_MULTIARCH)/|usr/lib/multiarch/|"
done | LC_ALL=C sort >"$work/files"
is "what make install installs is in one of them, and nothing else" \
	"$(cat "$work/files")" "$(cat "$work/want")"

# has PACKAGE FILE...
has()
{
	local package=$1 file missing=()

	shift
	for file; do
		contents "$package" | grep -x -- "$file" >/dev/null || missing+=("$file")
	done
	is "$package has what belongs there" "${missing[*]}" ""
}

has fswatch-err usr/sbin/fswatch-err usr/share/man/man7/fserror.7 \
	usr/share/bash-completion/completions/fswatch-err \
	usr/share/zsh/vendor-completions/_fswatch-err \
	usr/share/fish/vendor_completions.d/fswatch-err.fish \
	"usr/share/man/man8/fswatch-err\(-[a-z]*\)\?.8" usr/share/fswatch-err/fswatch-err-list.schema.json
has fswatch-errd usr/sbin/fswatch-errd etc/fserror/fswatch-errd.conf \
	"\(usr/\)\?lib/systemd/system/fswatch-errd.service" \
	usr/lib/systemd/catalog/fswatch-errd.catalog \
	usr/lib/systemd/system-preset/80-fswatch-errd.preset \
	usr/lib/sysusers.d/fswatch-errd.conf usr/share/man/man8/fswatch-errd.8 \
	usr/share/man/man5/fswatch-errd.conf.5 usr/share/man/man7/fswatch-errd-hooks.7 \
	usr/share/man/man7/fswatch-errd-metrics.7 usr/share/fswatch-errd/fserror.rules.yml \
	usr/share/doc/fswatch-errd/examples/mail usr/share/doc/fswatch-errd/first-hour.md
has libfserror0 "usr/lib/.*/libfserror.so.0"
has libfserror-dev usr/include/libfserror.h usr/share/man/man3/libfserror.3 \
	"usr/lib/.*/libfserror.so" "usr/lib/.*/pkgconfig/libfserror.pc"
has python3-fserror usr/lib/python3/dist-packages/fserror.py

for page in "$top"/tools/*/man/*.[578] "$top"/tools/libfserror/*.3; do
	grep -q "/${page##*/}$" "$work/files" || echo "${page##*/}"
done >"$work/pages"
is "every manual page is installed" "$(cat "$work/pages")" ""

# the library's symbols
dpkg-deb -e "$(built libfserror0)" "$work/control"
is "the symbols of the library are those of its map" \
	"$(sed -nE 's/^ (fserror_\w+)@.*/\1/p' "$work/control/symbols" | LC_ALL=C sort)" \
	"$(sed -nE 's/^\t(fserror_\w+);/\1/p' "$top/tools/libfserror/libfserror.map" | LC_ALL=C sort)"
is "the configuration is a file of that kind" \
	"$(dpkg-deb -I "$(built fswatch-errd)" conffiles)" "/etc/fserror/fswatch-errd.conf"
for package in fswatch-err fswatch-errd; do
	dpkg-deb -x "$(built "$package")" "$work/x"
	readelf -d "$work/x/usr/sbin/$package" | grep -E 'RPATH|RUNPATH'
done >"$work/rpath"
is "programs look for the library where the system does" "$(cat "$work/rpath")" ""
finish
