#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The directories above a damaged file are swapped, again and again, while it is restored:
# what is written is written to that file.
# only: test-all
# group: hostile
# timeout: 600
. "$(dirname "$0")/lib.sh"

COPY=$T/copy

damaged()
{
	[[ $(damage) ]]
}

pmem_xfs
must mkdir -p "$MNT/d/dir" "$COPY/d/dir"
must xfs_io -f -c "pwrite -q -S 0x61 0 65536" -c fsync "$MNT/d/dir/file"
must cp -a "$MNT/d/dir/file" "$COPY/d/dir/file"
mce_file "$MNT/d/dir/file" 8704
must wait_for 30 damaged
must mkdir "$MNT/d/evil"
must xfs_io -f -c "pwrite -q -S 0x62 0 65536" -c fsync "$MNT/d/evil/file"
must touch -r "$MNT/d/dir/file" "$MNT/d/evil/file"
cat >"$T/swap" <<'END'
# renameat2(AT_FDCWD, dir, AT_FDCWD, evil, RENAME_EXCHANGE)
my ($a, $b) = @ARGV;
syscall(316, -100, $a, -100, $b, 2) while 1;
END
perl "$T/swap" "$MNT/d/dir" "$MNT/d/evil" &
swapper=$!
for ((i = 0; i < 5; i++)); do
	fswatch-err restore -m "$MNT" --from "$COPY" >"$T/out" 2>&1 && break
done
kill "$swapper"
wait "$swapper" 2>/dev/null
sums=
for file in "$MNT"/d/*/file; do
	bytes=$(od -An -v -tx1 -w1 "$file" | sort | uniq -c | tr -s ' ')
	sums+="$bytes;"
done
case $sums in
" 65536 61; 65536 62;" | " 65536 62; 65536 61;") ok "each of them is all of one file" ;;
*) not_ok "each of them is all of one file" "$sums" "$(<"$T/out")" ;;
esac
[[ $(head -c 1 "$MNT/d/dir/file") == a ]] || perl -e 'syscall(316, -100, $ARGV[0], -100, $ARGV[1], 2)' \
	"$MNT/d/dir" "$MNT/d/evil"
fswatch-err restore -m "$MNT" --from "$COPY" >"$T/out" 2>&1
level "and it is good in the end"
check_log
end
