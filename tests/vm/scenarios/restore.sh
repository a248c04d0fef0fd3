#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# fswatch-err restore on DAX: files with damage at every place become what they
# were, from a directory and from a command; a copy of another version is refused;
# metadata is left alone; and a restore that is killed is run again.
# group: file
# timeout: 600
. "$(dirname "$0")/lib.sh"

COPY=$T/copy

# restore STATUS TEXT [OPTION...]: run it; what it says is in $T/out and $T/err
restore()
{
	local want=$1 text=$2 status

	shift 2
	fswatch-err restore "$@" >"$T/out" 2>"$T/err"
	status=$?
	if ((status == want)); then
		ok "$text"
	else
		not_ok "$text" "fswatch-err restore $*: $status, not $want" \
			"$(<"$T/out")" "$(<"$T/err")"
	fi
}

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
lost=() events=()
# lose NAME OFFSET: a sector goes bad
lose()
{
	mce_file "$MNT/d/$1" "$2"
	lost+=("$(data_lost "$MNT/d/$1" $(($2 / 512 * 512)) 512)")
}
lose begin 0
lose middle 30000
lose end 65535
lose two $((8192 + 600))
lose two $((8192 + 2560))
lose $'new\nline' 40960
mce_file "$MNT/d/hard" 5000
lost+=("$(where "$MNT/d/hard" 4608 512 | sed "s/.*/error kind=data-lost cause=machine-check errno=5 fstype=xfs &/; s/|//") path_state=ok paths=$MNT/d/dir/link,$MNT/d/hard")
expect "they are told" "${lost[@]}"
for name in begin:0 middle:28672 end:61440 two:8192 $'new\nline:40960'; do
	events+=("$(data_cleared "$MNT/d/${name%:*}" "${name#*:}" 4096)")
done

restore 0 "a dry run" --from "$COPY" --dry-run
says "tells what it would do" "$T/out" \
	"$MNT/d/two: 1024 bytes in 2 ranges would be restored, with 4096 bytes to write" \
	"$MNT/d/new\\012line: 512 bytes in 1 range would be restored"
level "and does nothing" "${lost[@]}"

cp "$COPY/d/middle" "$T/middle"
# the byte before the damaged sector, then one that is two blocks away
printf 'XYZ' | dd of="$COPY/d/middle" bs=1 seek=29693 conv=notrunc status=none
printf 'XYZ' | dd of="$COPY/d/begin" bs=1 seek=8192 conv=notrunc status=none
restore 4 "a copy that differs is refused, all others are restored" --from "$COPY"
says "with the reason" "$T/err" "Not restored:" \
	"$MNT/d/middle: the copy differs at byte 29693, which is not damaged"
says "and what was done" "$T/out" \
	"$MNT/d/begin: 512 bytes in 1 range restored, with 4096 bytes written"
events=("${events[0]}" "${events[@]:2}"
	"$(where "$MNT/d/hard" 4096 4096 | sed "s/.*/cleared kind=cleared cause=cleared fstype=xfs &/; s/|//") path_state=ok paths=$MNT/d/dir/link,$MNT/d/hard")
expect "the events say that it is cleared" "${events[@]}"
level "only that file is still damaged" "${lost[1]}"
restore 0 "a file that is not damaged" --from "$COPY" "$MNT/d/begin"
says "it is told" "$T/err" "nothing of it is damaged"
restore 0 "forced" --from "$COPY" --force "$MNT/d/middle"
says "that is said loudly" "$T/err" "FORCED to write all the same"
level "all is good"
check "and every file is what it was" sums
is "with the times that it had" "$(times)" "$(<"$T/times")"
is "no bad sector is left" "$(</sys/block/pmem0/badblocks)" ""
must cp "$T/middle" "$COPY/d/middle"
stop_monitor

# whole pages by a scrub, the end of a file that ends in a page, all of a file
sector=$(($(disk_offset "$MNT/d/page" 16384) / 512))
must ndctl inject-error namespace0.0 --block="$sector" --count=24
mce_file "$MNT/d/tail" 9800
mce_file "$MNT/d/small" 0
wait_for 30 grep -q "^$sector " /sys/block/pmem0/badblocks
restore 0 "whole pages, and ends of files" --from-command "cat '$COPY'/\"\$1\"" \
	--relative-to "$MNT" --json
is "what was written, compared, taken from the copy beside the damage" \
	"$(jq -r '.files[] | [(.path | ltrimstr("'"$MNT"'/")), .result, .written, .compared,
		.from_copy, (.ranges | map("\(.offset)+\(.length)=\(.result)") | join(","))]
		| map(tostring) | join(" ")' "$T/out" | sort)" \
	"d/page restored 12288 8192 0 16384+12288=restored
d/small restored 100 0 0 0+100=restored
d/tail restored 1808 5632 0 9728+272=restored"
level "all is good again"
check "and every file is what it was, with its size" sums
is "and its times" "$(times)" "$(<"$T/times")"

# the end of a file that somebody has open
mce_file "$MNT/d/tail" 9800
restore 0 "the end of a file that is in use" --from "$COPY" "$MNT/d/tail" 3<"$MNT/d/tail"
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
before=$SECONDS
restore 0 "a file of 1 TiB with one bad sector" --json --from "$COPY"
is "costs one block to write, and two and a bit to compare" \
	"$(jq -r '.files[] | "\(.written) \(.compared)"' "$T/out")" \
	"4096 $((4096 + 4096 + 3584))"
is "takes no time, and no space" \
	"$((SECONDS - before < 30)) $(stat -c %b "$MNT/d/sparse")" "1 $blocks"
level "and it is good"

# metadata, and the file that it belongs to
must setfattr -n user.large -v "$(head -c 3000 /dev/zero | tr '\0' v)" "$MNT/d/other"
must umount "$MNT"
attr=$(xfs_db -r -c "inode $(jq -r 'select(.) | .ino' <<<'{"ino":0}')" /dev/pmem0 >/dev/null 2>&1; :)
must mount -o dax=always /dev/pmem0 "$MNT"
end
