#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fswatch-err restore without DAX, where the good sectors of a bad block can be
# read and the page cache must not hide anything; and with DAX where blocks cannot
# be shared, so that the end of a file is made longer for a moment.
# group: command
# timeout: 600
. "$(dirname "$0")/lib.sh"

COPY=$T/copy

# file NAME BYTES: what it holds is nowhere else
file()
{
	head -c "$2" /dev/urandom >"$MNT/d/$1"
}

# keep_copy: of all files, and what their checksums are
keep_copy()
{
	must find "$MNT/d" -exec touch -d "2020-02-03 04:05:06.123456789" {} +
	must rm -rf "$COPY"
	must cp -a "$MNT" "$COPY"
	(cd "$MNT" && sha256sum d/*) >"$T/sums"
	times >"$T/times"
}

times()
{
	find "$MNT/d" -printf '%y %s %T@ %p\n' | sort
}

# as_it_was TEXT: on the media, not in the page cache
as_it_was()
{
	echo 3 >/proc/sys/vm/drop_caches
	check "$1: every file is what it was" env -C "$MNT" sha256sum --quiet -c "$T/sums"
	is "$1: with its size and its times" "$(times)" "$(<"$T/times")"
	level "$1: nothing is damaged"
	is "$1: no sector is bad" "$(</sys/block/pmem0/badblocks)" ""
}

fsdax 0
mkxfs /dev/pmem0
mount_fs /dev/pmem0 dax=never
must mkdir "$MNT/d"
for name in begin two page cached sectors end; do
	file "$name" 65536
done
file tail 10000
file last 10000
keep_copy
remount /dev/pmem0 dax=never

mce_file "$MNT/d/begin" 0
mce_file "$MNT/d/two" $((8192 + 600))
mce_file "$MNT/d/two" $((8192 + 2560))
must fserror-inject --count 24 mce-file "$MNT/d/page" 16384
mce_file "$MNT/d/end" 65535
# the end of the file is in a good sector, and in a bad one
mce_file "$MNT/d/tail" 8192
mce_file "$MNT/d/last" 9999
# the page cache has a page that is newer than the copy, and not written yet
mce_file "$MNT/d/cached" 512
must xfs_io -c "pwrite -q -S 0x77 0 4096" "$MNT/d/cached"
check "what was not written yet heals, and is not overwritten" \
	fswatch-err restore --from "$COPY" "$MNT/d/cached"
is "it is what was written last" \
	"$(dd if="$MNT/d/cached" iflag=direct bs=4096 count=1 status=none | tr -cd w | wc -c)" 4096
must cp -p "$COPY/d/cached" "$MNT/d/cached"

out=$(fswatch-err restore --json --from "$COPY" 2>&1)
is "all are restored" "$?" 0
is "what was written, compared, taken from the copy beside the damage" \
	"$(jq -r '[.files[] | "\(.path | ltrimstr("'"$MNT"'/d/")) \(.result) \(.written) \(.compared) \(.from_copy)"]
		| sort | .[]' <<<"$out")" \
	"begin restored 4096 65024 0
end restored 4096 65024 0
last restored 1808 9728 0
page restored 12288 53248 0
tail restored 1808 9488 0
two restored 4096 64512 0"
as_it_was "without DAX"
must umount "$MNT"

# with DAX, but no sharing of blocks
mkxfs /dev/pmem0 -m reflink=0
must mount -o dax=always /dev/pmem0 "$MNT"
must mkdir "$MNT/d"
file tail 10000
file other 10000
keep_copy
mce_file "$MNT/d/tail" 9999
check_fails "the end of a file that others have open is not written" \
	"$MNT/d/tail offset 9728 length 272: the file ends there, and cannot be written while others have it open" \
	fswatch-err restore --from "$COPY" 3<"$MNT/d/tail"
mce_file "$MNT/d/other" 0
check "it is when nobody has" fswatch-err restore --from "$COPY"
as_it_was "with DAX"

umount_works
check_log
end
