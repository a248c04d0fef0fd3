#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A container that means us harm has damage in it: it has a shell, a C library's
# translations, a module of gconv and a configuration of blkid of its own, and links that
# lead out of it. With --namespace and each command, in a locale that has translations,
# nothing of it is opened, read or executed.
# only: test-all
# group: hostile
# timeout: 600
. "$(dirname "$0")/lib.sh"

ROOT=$T/root
COPY=$T/copy

# a locale that is not C, with a character set that the C library has a module for
must localedef -i de_DE -f ISO-8859-15 "$T/de_DE"
export LOCPATH=$T LC_ALL=de_DE LANGUAGE=de OUTPUT_CHARSET=EVIL
is "the locale is used" "$(locale charmap)" ISO-8859-15

pmem_xfs
must mkdir -p "$MNT/d/dir" "$COPY/d/dir"
must xfs_io -f -c "pwrite -q -S 0x61 0 65536" -c fsync "$MNT/d/dir/file"
must cp -a "$MNT/d/dir/file" "$COPY/d/dir/file"

# the container: a filesystem of its own, all of it bait
must mkdir "$ROOT"
must mount -t tmpfs container "$ROOT"
at_end unmount_quietly "$ROOT"
bait=(bin/sh usr/bin/sh etc/blkid.conf etc/fstab run/blkid/blkid.tab etc/ld.so.cache
	etc/ld.so.preload etc/passwd etc/mtab run/mount/utab usr/lib/locale/locale-archive)
for lang in de de_DE de_DE.UTF-8 de_DE.utf8; do
	bait+=("usr/share/locale/$lang/LC_MESSAGES/libc.mo"
		"usr/share/locale/$lang/LC_MESSAGES/util-linux.mo"
		"usr/lib/locale/$lang/LC_CTYPE" "usr/lib/locale/$lang/LC_MESSAGES/SYS_LC_MESSAGES")
done
for lib in lib usr/lib lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu; do
	bait+=("$lib/gconv/gconv-modules" "$lib/gconv/gconv-modules.cache" "$lib/gconv/EVIL.so"
		"$lib/libblkid.so.1" "$lib/libc.so.6" "$lib/libfserror.so.0")
done
for name in "${bait[@]}"; do
	must mkdir -p "$ROOT/${name%/*}"
	printf '#!/bin/sh\necho container >&2\n' >"$ROOT/$name"
	must chmod 755 "$ROOT/$name"
done
must mkdir -p "$ROOT/data" "$ROOT/proc" "$ROOT/dev"
must ln -s /etc/passwd "$ROOT/link"

cat >"$T/container" <<'END'
my ($root, $data) = @ARGV;
system("mount", "--bind", $data, "$root/data") and die;
chroot($root) or die;
chdir("/") or die;
$| = 1;
print "ready\n";
sleep(600);
END
unshare -m --propagation private perl "$T/container" "$ROOT" "$MNT" >"$T/started" 2>&1 &
container=$!
at_end kill "$container"
must wait_for 30 grep -q ready "$T/started"

opens "$ROOT" >"$T/opens" 2>&1 &
watcher=$!
must wait_for 30 grep -q ready "$T/opens"

damaged()
{
	[[ $(damage) ]]
}

# nothing_opened TEXT: of the container since the last time
nothing_opened()
{
	is "$1" "$(<"$T/opens")" ready
}

must cat "$ROOT/etc/fstab"
must wait_for 30 grep -q fstab "$T/opens"
ok "what is opened there is seen"
kill "$watcher"
wait "$watcher"
opens "$ROOT" >"$T/opens" 2>&1 &
watcher=$!
must wait_for 30 grep -q ready "$T/opens"

mce_file "$MNT/d/dir/file" 8704
must wait_for 30 damaged
at="--namespace $container"
# shellcheck disable=SC2086 # two words
{
	out=$(fswatch-err list $at --json 2>&1)
	is "list: the names are those of the container" \
		"$(jq -r '.. | .paths? // empty | .[]' <<<"$out" | sort -u)" /data/d/dir/file
	fswatch-err list $at -m /data >"$T/out" 2>&1
	check "list -m" grep -q /data/d/dir/file "$T/out"
	fswatch-err list $at --path /data/d >"$T/out" 2>&1
	check "list --path" grep -q /data/d/dir/file "$T/out"
	fswatch-err list $at --path /link >/dev/null 2>&1
	fswatch-err list $at -S /dev/pmem0 >/dev/null 2>&1
	fswatch-err list $at -S LABEL=evil >/dev/null 2>&1
	fswatch-err list $at -S UUID=evil >/dev/null 2>&1
	fswatch-err check $at >"$T/out" 2>&1
	is "check: there is damage" $? 3
	fswatch-err status $at >/dev/null 2>&1
	fswatch-err files $at -m /data --format null >"$T/out" 2>&1
	check "files" grep -q /data/d/dir/file "$T/out"
	fswatch-err monitor $at --json >"$T/out" 2>&1 &
	monitor=$!
	check "monitor" wait_for 30 grep -q /data/d/dir/file "$T/out"
	kill "$monitor"
	wait "$monitor"
	nothing_opened "by none of these is anything of the container opened, read or executed"
	fswatch-err restore $at -m /data --dry-run --from-command "cat '$COPY'/\"\$1\"" --relative-to /data >"$T/out" 2>&1
	is "restore: a command is run by the host's shell" "$? $(<"$T/out")" \
		"0 /data/d/dir/file: 512 bytes in 1 range would be restored, with 4096 bytes to write"
	fswatch-err restore $at --from "$T" /link >"$T/out" 2>&1
	fswatch-err restore $at -m /data --dry-run --from "$COPY" >"$T/out" 2>&1
	is "restore: a directory is the host's" "$? $(<"$T/out")" \
		"0 /data/d/dir/file: 512 bytes in 1 range would be restored, with 4096 bytes to write"
	nothing_opened "by restore neither"
}
kill "$watcher"
wait "$watcher" 2>/dev/null

check_log
end
