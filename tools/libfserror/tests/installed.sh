#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The library as a program finds it: installed into a directory of its own, found
# by pkg-config. Its symbols, its name, its header in the languages that may
# include it, the example program. Prints TAP without numbers.

set -u -o pipefail

build=${1:?usage: installed.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck source=tools/libfserror/tests/tap.bash
. "$here/tests/tap.bash"

# NAME FILE FILE: they are the same
same() {
	works "$1" diff -u "$2" "$3"
}

root=$work/root/usr
works "installed: make install" \
	make -s -f "$here/Makefile" BUILD="$build" DESTDIR="$work/root" \
	prefix=/usr install
(cd "$root" && find . \( -type f -o -type l \) -printf '%P\n' | sort) \
	>"$work/files"
sort >"$work/want" <<-END
	include/libfserror.h
	include/libfserror_known.h
	include/libfserror_types.h
	include/linux/fserror_netlink.h
	lib/libfserror.so
	lib/libfserror.so.0
	lib/pkgconfig/libfserror.pc
	lib/python3/dist-packages/fserror.py
	share/doc/libfserror/examples/damaged_files.py
	share/man/man3/libfserror.3
END
same "installed: these files and no others" "$work/want" "$work/files"

# the binary interface

library=$root/lib/libfserror.so.0
readelf -d "$library" | sed -n 's/.*(SONAME).*\[\(.*\)\]/\1/p' >"$work/soname"
echo libfserror.so.0 >"$work/want"
same "installed: the SONAME" "$work/want" "$work/soname"

nm -D --defined-only --with-symbol-versions "$library" |
	sed -n 's/.* T //p' | sort >"$work/exported"
# NAME; below VERSION { global:
awk '/\{$/ { version = $1 } /^\tfserror_/ { sub(/;/, ""); print $1 "@@" version }' \
	"$here/libfserror.map" | sort >"$work/want"
same "installed: the symbols of the map, with their versions" \
	"$work/want" "$work/exported"
nm -D --defined-only "$library" | grep -v ' T fserror_' |
	grep -v ' A FSERROR_' >"$work/others"
: >"$work/want"
same "installed: no other symbols" "$work/want" "$work/others"

# what the header declares, that is not static inline
cat "$root"/include/libfserror*.h | grep -v '^static inline' |
	sed -nE 's/^[a-z].*[ *](fserror_[a-z_]+)\(.*/\1/p' | sort >"$work/declared"
sed 's/@@.*//' "$work/exported" >"$work/want"
same "installed: the header declares all of them" "$work/want" "$work/declared"
grep -E '^\.Fn fserror_' "$root/share/man/man3/libfserror.3" |
	sed 's/^\.Fn \(fserror_[a-z_]*\).*/\1/' | sort -u >"$work/described"
printf '%s\n' fserror_has fserror_present | sort -m - "$work/want" \
	>"$work/functions"
same "installed: the manual page has every function" "$work/functions" \
	"$work/described"

# the header by itself

export PKG_CONFIG_PATH=$root/lib/pkgconfig
read -r -a cflags < <(pkg-config --define-prefix --cflags libfserror)
read -r -a libs < <(pkg-config --define-prefix --libs libfserror)
echo '#include <libfserror_known.h>' >"$work/header.c"
for std in c99 c11 c17; do
	works "installed: the header in $std" gcc -x c -std="$std" -pedantic \
		-Wall -Wextra -Werror -fsyntax-only "${cflags[@]}" \
		"$work/header.c"
done
for std in c++11 c++20; do
	works "installed: the header in $std" g++ -x c++ -std="$std" -pedantic \
		-Wall -Wextra -Werror -fsyntax-only "${cflags[@]}" \
		"$work/header.c"
done

# the example program

works "installed: the example is compiled with what pkg-config says" \
	gcc -std=c11 -pedantic -Wall -Wextra -Werror -o "$work/watch" \
	"$here/examples/watch.c" "${cflags[@]}" "${libs[@]}"
readelf -d "$work/watch" | grep 'NEEDED.*\[libfserror.so.0\]' >/dev/null
say $? "installed: it asks for the library by its SONAME"
# the page has it between these two requests
sed -n '/^\.Bd -literal$/,/^\.Ed$/p' \
	"$root/share/man/man3/libfserror.3" 2>/dev/null | sed '1d;$d' |
	sed -e 's/\\e/\\/g' -e 's/\\-/-/g' -e 's/^\\&//' >"$work/shown"
sed 1d "$here/examples/watch.c" >"$work/want"
same "installed: the manual page shows this example" "$work/want" "$work/shown"

export LD_LIBRARY_PATH=$root/lib
if grep -qs fserror_nl /proc/kallsyms; then
	echo "ok - installed: the example # SKIP this kernel has the family"
else
	out=$("$work/watch" 2>&1)
	status=$?
	[[ $status = 2 && $out = "watch: the running kernel has no fserror family"* ]]
	say $? "installed: the example without the family ($status: $out)"
fi
exit $failed
