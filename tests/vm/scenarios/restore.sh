#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fswatch-err restore on DAX: files with damage at every place become what they
# were, from a directory and from a command; a copy of another version is refused;
# metadata is left alone; and a restore that is killed is run again.
# group: command
# timeout: 900
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/restore.bash"

COPY=$T/copy

# says TEXT FILE PATTERN...: each is somewhere in what it said
says()
{
	local text=$1 said pattern

	said=$(<"$2")
	shift 2
	for pattern; do
		if [[ $said != *"$pattern"* ]]; then
			not_ok "$text" "got:  $said" "want: $pattern"
			return
		fi
	done
	ok "$text"
}

# file NAME BYTES: what it holds is nowhere else
file()
{
	head -c "$2" /dev/urandom >"$MNT/$1"
}

# times: of all that has a copy
times()
{
	find "$MNT/d" -printf '%y %T@ %p\n' | sort
}

# sums: the files are what they were. Not through a page cache: with DAX there is
# none.
sums()
{
	(cd "$MNT" && sha256sum --quiet -c "$T/sums")
}

pmem_xfs
must mkdir -p "$MNT/d/dir" "$COPY"
for name in begin middle end two page hard other $'new\nline'; do
	file "d/$name" 65536
done
file d/tail 10000
file d/small 100
must ln "$MNT/d/hard" "$MNT/d/dir/link"
must find "$MNT/d" -exec touch -d "2020-02-03 04:05:06.123456789" {} +
must cp -a "$MNT/d" "$COPY"
# the copy has but one of the names
must rm "$COPY/d/hard"
(cd "$MNT" && find d -type f -exec sha256sum {} +) >"$T/sums"
times >"$T/times"

restore 0 "nothing to do" --from "$COPY"
is "and nothing is said" "$(<"$T/out")" ""
restore 1 "no such file" --from "$COPY" "$MNT/d/nothing"

watch
level "nothing is damaged"
lost=()
# lose NAME OFFSET: a sector goes bad
lose()
{
	mce_file "$MNT/d/$1" "$2"
	lost+=("$(data_lost "$MNT/d/$1" $(($2 / 512 * 512)) 512)")
}
lose middle 30000
lose begin 0
lose end 65535
lose two $((8192 + 600))
lose two $((8192 + 2560))
lose hard 5000
lost[5]=${lost[5]/paths=*/paths=$MNT/d/dir/link,$MNT/d/hard}
expect "they are told" "${lost[@]}"

restore 0 "a dry run" --from "$COPY" --dry-run
says "tells what it would do" "$T/out" \
	"$MNT/d/two: 1024 bytes in 2 ranges would be restored, with 4096 bytes to write" \
	"$MNT/d/begin: 512 bytes in 1 range would be restored"
level "and does nothing" "${lost[@]}"

cp -p "$COPY/d/middle" "$T/middle"
# the byte before the damaged sector
printf 'XYZ' | dd of="$COPY/d/middle" bs=1 seek=29693 conv=notrunc status=none
restore 4 "a copy that differs is refused, all others are restored" --from "$COPY"
says "with the reason" "$T/err" \
	"not restored: $MNT/d/middle: the copy differs at byte 29693, which is not damaged"
says "and what was done" "$T/out" \
	"$MNT/d/begin: 512 bytes in 1 range restored, with 4096 bytes written"
expect "the events say that it is cleared" "$(cleared "${lost[1]}")" "$(cleared "${lost[2]}")" \
	"$(cleared "${lost[3]}")" "$(cleared "${lost[4]}")" "$(cleared "${lost[5]}")"
level "only that file is still damaged" "${lost[0]}"
restore 0 "a file that is not damaged" --from "$COPY" "$MNT/d/begin"
says "it is told" "$T/err" "nothing of it is damaged"
restore 0 "forced" --from "$COPY" --force "$MNT/d/middle"
says "that is said loudly" "$T/err" "FORCED to write all the same"
level "all is good"
check "and every file is what it was" sums
is "with the times that it had" "$(times)" "$(<"$T/times")"
is "no bad sector is left" "$(</sys/block/pmem0/badblocks)" ""
must cp -p "$T/middle" "$COPY/d/middle"
stop_monitor

# whole pages by a scrub, the end of a file that ends in a page, all of a file
sector=$(($(disk_offset "$MNT/d/page" 16384) / 512))
must ndctl inject-error namespace0.0 --block="$sector" --count=24
mce_file "$MNT/d/tail" 9800
mce_file "$MNT/d/small" 0
mce_file "$MNT/d/"$'new\nline' 40960
wait_for 30 grep -q "^$sector " /sys/block/pmem0/badblocks
restore 4 "whole pages, and ends of files" --from-command "cat '$COPY'/\"\$1\"" \
	--relative-to "$MNT" --json
is "what was written, compared, taken from the copy beside the damage" \
	"$(jq -r '[.files[] | [(.path | ltrimstr("'"$MNT"'/")), .result, .written, .compared,
		.from_copy, (.ranges | map("\(.offset)+\(.length)=\(.result)") | join(","))]
		| map(tostring) | join(" ")] | sort | .[]' "$T/out")" \
	$'d/new\nline restored 4096 65024 0 40960+512=restored\n'"d/page restored 12288 53248 0 16384+12288=restored
d/small refused 0 0 0 0+100=null
d/tail restored 1808 9728 0 9728+272=restored"
restore 4 "a file that is lost as a whole" --from "$COPY"
says "is refused" "$T/err" "$MNT/d/small: no good byte is near the damage that could be compared with the copy"
touch -d "2020-02-03 04:05:06.2" "$COPY/d/small"
restore 4 "another time" --from "$COPY" --by-time
says "is that of another version" "$T/err" "it was modified at"
touch -r "$MNT/d/small" "$COPY/d/small"
restore 0 "the same time, if that will do" --from "$COPY" --by-time
says "it is told" "$T/out" "only size and time could be compared"
level "all is good again"
check "and every file is what it was, with its size" sums
is "and its times" "$(times)" "$(<"$T/times")"

# the end of a file that somebody has open
mce_file "$MNT/d/tail" 9800
exec 3<"$MNT/d/tail"
restore 0 "the end of a file that is in use" --from "$COPY" "$MNT/d/tail"
exec 3<&-
level "is good again"
check "and what it was" sums

# other sizes, no copy, commands that fail
mce_file "$MNT/d/other" 12288
head -c 40000 "$COPY/d/other" >"$T/short"
restore 4 "a shorter copy" --from-command "cat '$T/short'"
says "is refused" "$T/err" "its size is 65536, that of the copy is 40000"
restore 4 "no copy" --from "$T"
says "is told" "$T/err" "no copy in $T: No such file or directory"
restore 4 "a command that fails at the end" --from-command "cat '$COPY/d/other'; exit 9"
says "is not trusted" "$T/err" "no copy from the command: it ended with status 9"
restore 4 "the file as its own copy" --from "$MNT"
says "is none" "$T/err" "it is the damaged file itself"
restore 0 "a shorter copy by force" --force --from-command "cat '$T/short'"
check "is enough for what is in it" sums
is "and the times are as they were" "$(times)" "$(<"$T/times")"

# a block that two files share
must cp -a --reflink=always "$MNT/d/other" "$MNT/d/shared"
must cp -a "$MNT/d/shared" "$COPY/d/shared"
mce_file "$MNT/d/other" 20480
restore 0 "two files that share the damaged block" --from "$COPY"
says "it is told what that means" "$T/out" "shared with other files: this one"
level "both are good"
check "the one" sums
check "the other" cmp "$COPY/d/shared" "$MNT/d/shared"
is "and no bad sector is left" "$(</sys/block/pmem0/badblocks)" ""

# a tebibyte of nothing with one block in its middle
at=$((512 * 1024 * 1024 * 1024))
must xfs_io -f -c "truncate 1t" -c "pwrite -q -S 0x61 $at 8192" -c fsync "$MNT/d/sparse"
must cp -a --sparse=always "$MNT/d/sparse" "$COPY/d/sparse"
blocks=$(stat -c %b "$MNT/d/sparse")
mce_file "$MNT/d/sparse" $((at + 512))
restore 0 "a file of 1 TiB with one bad sector" --json --from "$COPY"
is "costs one block to write, and 128 KiB and a bit to compare" \
	"$(jq -r '.files[] | "\(.written) \(.compared)"' "$T/out")" \
	"4096 $((65536 + 65536 + 3584))"
is "and no space" "$(stat -c %b "$MNT/d/sparse")" "$blocks"
level "and it is good"

# many ranges, and a death in the middle: first of a write beyond a limit, then at
# some time by SIGKILL
good=()
for ((page = 0; page < 64; page++)); do
	good+=(-c "pwrite -q -S $((page + 1)) $((page * 4096)) 4096")
done
must xfs_io -f -c "falloc 0 262144" "${good[@]}" -c fsync "$MNT/d/many"
must cp -a "$MNT/d/many" "$COPY/d/many"

# lose_many: a sector of every other page
lose_many()
{
	must fserror-inject --count 32 --step 8192 mce-file "$MNT/d/many" 512
	is "half of the pages are bad" "$(wc -l </sys/block/pmem0/badblocks)" 32
}

# no_worse TEXT: each page is what it was, or cannot be read
no_worse()
{
	dd if="$MNT/d/many" of="$T/now" bs=4096 conv=noerror,sync status=none 2>/dev/null
	is "$1: no page is other than it was" \
		"$(stat -c %s "$MNT/d/many") $(cmp -l "$COPY/d/many" "$T/now" | awk '$3 != 0' | wc -l)" "262144 0"
}

lose_many
(
	ulimit -c 0 -f 100
	fswatch-err restore --from "$COPY"
) >/dev/null 2>&1
is "it dies of a write after byte 102400" $? $((128 + $(kill -l XFSZ)))
is "before that is no bad page left" "$(wc -l </sys/block/pmem0/badblocks)" 19
no_worse "killed in the middle"
for delay in 0.02 0.2 0.5; do
	{
		fswatch-err restore --from-command "(sleep $delay; kill -9 \$PPID) >/dev/null & cat '$COPY'/\"\$1\"" \
			--relative-to "$MNT"
	} >/dev/null 2>&1
done
no_worse "killed at some time"
restore 0 "run again" --from "$COPY"
check "all of it is what it was" cmp "$MNT/d/many" "$COPY/d/many"
# no_worse has read what was bad: that was the same loss, and is no other one
level "and nothing is known to be damaged"

# metadata, and the file that it belongs to
must setfattr -n user.large -v "$(head -c 3000 /dev/zero | tr '\0' v)" "$MNT/d/other"
ino=$(stat -c %i "$MNT/d/other")
must umount "$MNT"
read -r first agblocks agblklog < <(
	xfs_db -r -c "inode $ino" -c "bmap -a" /dev/pmem0 | sed -n 's/.*startblock \([0-9]*\) .*/\1/p' | tail -n 1 | tr '\n' ' '
	xfs_db -r -c "sb 0" -c "p agblocks agblklog" /dev/pmem0 | sed 's/.*= //' | tr '\n' ' '
)
at=$(((first >> agblklog) * agblocks * 4096 + (first & ((1 << agblklog) - 1)) * 4096))
must mount -o dax=always /dev/pmem0 "$MNT"
mce_dev /dev/pmem0 "$at"
want=$(inode_metadata xattr "$MNT/d/other" /dev/pmem0 "$at" 512)
level "an extended attribute is bad" "$want"
restore 4 "metadata" --from "$COPY"
says "is left alone, and it is told what to run" "$T/err" \
	"$MNT/d/other (xattr): metadata is not touched: run 'xfs_scrub $MNT', or 'xfs_repair /dev/pmem0' when it is not mounted"
level "it is as bad as it was" "$want"
check "the files are what they were" sums

finish
