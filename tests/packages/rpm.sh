#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The rpm packages of rpm/fserror.spec: built, what is in them, what they are, and that
# rpm unpacks them. There is no machine with rpm here to install them on.
# usage: rpm.sh BUILD-DIR
set -u -o pipefail

build=$(cd "$1" && pwd) || exit 2
# shellcheck source=tests/packages/lib.bash
. "$(dirname "$0")/lib.bash"

PACKAGES=(fswatch-err fswatch-errd libfserror0 libfserror-devel python3-fserror)

# built PACKAGE: its file
built()
{
	local file

	for file in "$work/a/$1"-[0-9]*.rpm; do
		case $file in
		*.src.rpm) ;;
		*) echo "$file" ;;
		esac
	done
}

# query PACKAGE OPTION...
query()
{
	local package=$1

	shift
	rpm -qp "$@" "$(built "$package")"
}

# The files of a package, as make install calls them.
contents()
{
	query "$1" --queryformat '[%{FILEMODES:perms} %{FILENAMES}\n]' |
		sed -n -e '/^d/d' -e 's|^[^ ]* /||p' |
		sed -E -e '/\/\.build-id\//d' -e '/^usr\/share\/man\//s/\.(gz|xz|zst)$//' \
			-e 's|^usr/lib(64)?/python3\.[0-9]*/site-packages/|usr/lib/python3/|' \
			-e 's|^usr/lib64/|usr/lib/|' | LC_ALL=C sort
}

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

works "the packages are built" "$top/scripts/build-rpm" "$work/a" || finish
is "they are these" \
	"$(cd "$work/a" && printf '%s\n' *.rpm | sed -E 's/-[0-9][^-]*-[^-]*$//' | LC_ALL=C sort)" \
	"$(printf '%s\n' fserror "${PACKAGES[@]}" | LC_ALL=C sort)"

for tool in fswatch-err fswatch-errd; do
	must make -s -C "$top/tools/$tool" BUILD="$build/tools/$tool" DESTDIR="$work/root" \
		prefix=/usr uapidir=/usr/include/libfserror pythondir=/usr/lib/python3 install
done
(cd "$work/root" && find . \( -type f -o -type l \) -printf '%P\n') |
	sed 's|^usr/share/doc/libfserror/|usr/share/doc/python3-fserror/|' |
	LC_ALL=C sort >"$work/want"
for package in "${PACKAGES[@]}"; do
	contents "$package" | sed -E -e '/^usr\/share\/licenses\//d' \
		-e '/^usr\/share\/doc\/libfserror-devel\/examples\/watch\.c$/d'
done | LC_ALL=C sort >"$work/files"
is "what make install installs is in one of them, and nothing else" \
	"$(cat "$work/files")" "$(cat "$work/want")"

has fswatch-err usr/sbin/fswatch-err usr/share/man/man7/fserror.7 \
	usr/share/man/man8/fswatch-err.8 usr/share/man/man8/fswatch-err-list.8 \
	usr/share/bash-completion/completions/fswatch-err \
	usr/share/fswatch-err/fswatch-err-list.schema.json
has fswatch-errd usr/sbin/fswatch-errd etc/fserror/fswatch-errd.conf \
	usr/lib/systemd/system/fswatch-errd.service \
	usr/lib/systemd/catalog/fswatch-errd.catalog \
	usr/lib/systemd/system-preset/80-fswatch-errd.preset usr/lib/sysusers.d/fswatch-errd.conf \
	usr/share/man/man8/fswatch-errd.8 usr/share/man/man5/fswatch-errd.conf.5 \
	usr/share/man/man7/fswatch-errd-hooks.7 usr/share/man/man7/fswatch-errd-metrics.7 \
	usr/share/fswatch-errd/fserror.rules.yml usr/share/doc/fswatch-errd/examples/mail
has libfserror0 usr/lib/libfserror.so.0
has libfserror-devel usr/include/libfserror.h usr/lib/libfserror.so \
	usr/lib/pkgconfig/libfserror.pc usr/share/man/man3/libfserror.3
has python3-fserror usr/lib/python3/fserror.py

is "the configuration is kept by an upgrade" \
	"$(query fswatch-errd --queryformat '[%{FILEFLAGS:fflags} %{FILENAMES}\n]' |
		sed -n 's/^\([a-z]*c[a-z]*\) /\1 /p')" "cn /etc/fserror/fswatch-errd.conf"
is "all belongs to root" "$(for package in "${PACKAGES[@]}"; do
	query "$package" --queryformat '[%{FILEUSERNAME}:%{FILEGROUPNAME}\n]'
done | sort -u)" root:root
works "the programs need the library that is beside them" bash -c \
	"rpm -qp --requires $(built fswatch-err) $(built fswatch-errd) |
		grep -c '^libfserror.so.0(FSERROR_1)' | grep -x 2 >/dev/null"
is "the Python module is for every architecture" \
	"$(query python3-fserror --queryformat '%{ARCH}')" noarch
query fswatch-errd --scripts >"$work/scripts"
works "its scripts ask the preset" grep -q "systemctl --no-reload preset fswatch-errd.service" \
	"$work/scripts"
works "and have nothing in them that rpm did not know" bash -c "! grep '%' $work/scripts"
mkdir -p "$work/into"
if [ "$(id -u)" = 0 ]; then
	# shellcheck disable=SC2046 # a list
	works "rpm unpacks them" rpm --root "$work/into" --install --nodeps --noscripts \
		$(for package in "${PACKAGES[@]}"; do built "$package"; done)
	works "as they are" bash -c "! rpm --root $work/into --verify --nodeps --noscripts --all | grep ."
else
	echo "ok $((++number)) - rpm unpacks them # SKIP needs root"
fi
works "the program runs from there" env LD_LIBRARY_PATH="$work/into/usr/lib64:$work/into/usr/lib" \
	"$work/into/usr/sbin/fswatch-err" --version
finish
