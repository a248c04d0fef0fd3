#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What make install puts where, in a directory of its own, and that it works from
# there. Prints TAP without numbers.

set -u -o pipefail

build=${1:?usage: installed.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TAP_PREFIX="installed: "
# shellcheck source=tools/libfserror/tests/tap.bash
. "$here/../libfserror/tests/tap.bash"

root=$work/root/usr
works "make install" make -s -f "$here/Makefile" BUILD="$build" \
	DESTDIR="$work/root" prefix=/usr install
{
	echo sbin/fswatch-err
	echo share/bash-completion/completions/fswatch-err
	echo share/fish/vendor_completions.d/fswatch-err.fish
	echo share/zsh/vendor-completions/_fswatch-err
	(cd "$here/Documentation" && printf 'share/fswatch-err/%s\n' ./*.schema.json)
	(cd "$here/man" && printf 'share/man/man8/%s\n' ./*.8)
	(cd "$here/man" && printf 'share/man/man7/%s\n' ./*.7)
	(cd "$here/backup" && printf 'share/fswatch-err/backup/%s\n' ./*)
	printf '%s\n' include/libfserror.h include/libfserror_known.h \
		include/libfserror_types.h include/linux/fserror_netlink.h \
		lib/libfserror.so lib/libfserror.so.0 lib/pkgconfig/libfserror.pc \
		lib/python3/dist-packages/fserror.py \
		share/doc/libfserror/examples/damaged_files.py \
		share/man/man3/libfserror.3
} | sed 's|/\./|/|' | sort >"$work/want"
(cd "$work/root/usr" && find . \( -type f -o -type l \) -printf '%P\n' | sort) \
	>"$work/files"
works "these files and no others" diff -u "$work/want" "$work/files"

program=$root/sbin/fswatch-err
unset LD_LIBRARY_PATH
works "the program runs, without ldconfig" "$program" --version
readelf -d "$program" | grep -E 'RPATH|RUNPATH' >"$work/rpath"
[ "$(grep -c "$build" "$work/rpath")" = 0 ]
say $? "it does not look for the library where it was built"
for command in $("$program" --help | sed -n '/^Commands:/,/^$/s/^ \([a-z]\{1,\}\) .*/\1/p'); do
	[ "$command" = help ] ||
		works "the manual page of $command is found" \
			man -M "$root/share/man" -w 8 "fswatch-err-$command"
done
for page in "8 fswatch-err" "7 fserror" "7 fswatch-err-backup" "3 libfserror"; do
	# shellcheck disable=SC2086 # two words
	works "the manual page $page is found" man -M "$root/share/man" -w $page
done

# a recipe, with a program in the place of fswatch-err that says what is damaged; from its
# second answer on one more file is
mkdir "$work/bin" "$work/dir" "$work/copy"
cat >"$work/bin/fswatch-err" <<EOF
#!/bin/sh
case \$* in
status*) echo '{"filesystems":[]}' ;;
*--format*)
	echo asked >>"$work/asked"
	[ "\$(wc -l <"$work/asked")" -gt 1 ] || exit 0
	case \$* in
	*--exclude*) printf -- '/f\\000' ;;
	*) printf 'f\\000' ;;
	esac
	;;
esac
EOF
chmod +x "$work/bin/fswatch-err"
echo bad >"$work/dir/f"
echo new >"$work/dir/g"
echo good >"$work/copy/f"
FSERROR_LEDGER=$work/none PATH=$work/bin:$PATH "$root/share/fswatch-err/backup/rsync" \
	backup "$work/dir" "$work/copy" 2>"$work/told"
code=$?
[ "$code $(cat "$work/copy/f" "$work/copy/g" | tr '\n' ' ')" = "4 good new " ]
say $? "a backup: what is lost between two questions takes no good copy's place: $code"
works "and is said" grep -q '^rsync: became damaged meanwhile' "$work/told"

# files that are to come from two archives: the newer one does not have both. cp is as that
# of coreutils 9.2 to 9.4, for which a file that is there already is an error
mkdir "$work/bin2"
cat >"$work/bin2/fswatch-err" <<EOF
#!/bin/sh
case \$* in
status*) echo '{"filesystems":[]}' ;;
restore*) cp "$work/from/"* "$work/dir/" && : >"$work/restored" ;;
*--format*)
	[ ! -e "$work/restored" ] || exit 0
	case \$* in
	*tar*) printf '%s\\000' "${work#/}/dir/f" "${work#/}/dir/g" ;;
	*) printf '%s\\000' "$work/dir/f" "$work/dir/g" ;;
	esac
	;;
esac
EOF
cat >"$work/bin2/cp" <<EOF
#!/bin/sh
$(command -v cp) "\$@" || exit
case \$* in *--no-clobber*) ! [ -e "$work/second" ] && : >"$work/second" ;; esac
EOF
chmod +x "$work/bin2/"*
mkdir "$work/from"
echo old >"$work/dir/f"
echo old >"$work/dir/g"
tar -cf "$work/old.tar" -C / "${work#/}/dir"
echo new >"$work/dir/f"
rm "$work/dir/g"
tar -cf "$work/new.tar" -C / "${work#/}/dir"
echo new >"$work/from/f"
echo old >"$work/from/g"
FSERROR_LEDGER=$work/none PATH=$work/bin2:$PATH "$root/share/fswatch-err/backup/tar" \
	restore "$work/dir" "$work/new.tar" "$work/old.tar" 2>"$work/told"
code=$?
[ $code = 0 ] || sed 's/^/# /' "$work/told"
say $code "a restore: each file from the newest archive that has it"

# shellcheck disable=SC2016 # for the inner shell
works "the completion is one" bash -c '. "$1" && complete -p fswatch-err' bash \
	"$root/share/bash-completion/completions/fswatch-err"
runs=$(env -u MAKEFLAGS make -n -f "$here/Makefile" BUILD="$work/none" \
	"$work/none/lib/libfserror.so" "$work/none/lib/libfserror.a" | grep -c 'ar rcs')
[ "$runs" = 1 ]
say $? "the library is made once, not twice at the same time: $runs"
exit $failed
