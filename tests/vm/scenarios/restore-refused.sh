#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Files of all kinds: each is healed, or refused by name with exit status 4 and nothing
# written. Also a snapshot in which the file had another name, a clone in the place of the
# filesystem, zeros where there is no copy, and an end in the middle.
# only: test-all
# group: command
# timeout: 1500
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/restore.bash"

COPY=$T/copy
CLONE=/mnt/clone

# refused TEXT NAME WORDS [OPTION...]: it is not written, and this is why
refused()
{
	local text=$1 name=$2 words=$3

	shift 3
	restore 4 "$text" --from "$COPY" "$@" "$MNT/$name"
	is "$text: it is said why" "$(<"$T/err")" "not restored: $MNT/$name: $words"
}

# healed TEXT NAME
healed()
{
	restore 0 "$1" --from "$COPY" "$MNT/$2"
	check "$1: it is what it was" cmp "$MNT/$2" "$COPY/$2"
	is "$1: with its times and its mode" "$(stat -c '%a %Y %y' "$MNT/$2")" \
		"$(stat -c '%a %Y %y' "$COPY/$2")"
}

# file NAME BYTES: what it holds is nowhere else
file()
{
	must dd if=/dev/urandom of="$MNT/$1" bs="$2" count=1 status=none
	must touch -d "2020-02-03 04:05:06.123456789" "$MNT/$1"
}

pmem_xfs
for name in immutable append extsize setuid renamed zero zero2 first second third full; do
	file "$name" 65536
done
# the blocks of a running program that it does not map
must cp /bin/sleep "$MNT/program"
must dd if=/dev/urandom of="$MNT/program" bs=65536 count=1 oflag=append conv=notrunc status=none
must rm "$MNT/extsize"
must xfs_io -f -c "extsize 65536" "$MNT/extsize"
must dd if=/dev/urandom of="$MNT/extsize" bs=10000 count=1 conv=notrunc status=none
file tail 10000
must cp --reflink=always -p "$MNT/tail" "$MNT/tail2"
must chmod 6755 "$MNT/setuid"
must setfattr -n security.capability -v 0x0100000200040000000000000000000000000000 "$MNT/setuid"
must setfattr -n security.ima -v 0x0104deadbeef "$MNT/setuid"
must sync -f "$MNT"
must cp -a "$MNT" "$COPY"
getfattr -d -m - -e hex "$MNT/setuid" >"$T/attributes" 2>/dev/null
# a snapshot, in which a file has the name that it had
must umount "$MNT"
fsdax 1
must dd if=/dev/pmem0 of=/dev/pmem1 bs=4M status=none
must mount -o dax=always /dev/pmem0 "$MNT"
must mkdir -p "$CLONE"
must mount -o nouuid,ro,norecovery /dev/pmem1 "$CLONE"
at_end unmount_quietly "$CLONE"
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/.barrier"
program_end=$(($(stat -c %s "$MNT/program") - 5000))

mce_file "$MNT/immutable" 8192
must xfs_io -c "chattr +i" "$MNT/immutable"
refused "an immutable file" immutable "it is immutable: 'chattr -i' makes it writable"
refused "so says a dry run" immutable "it is immutable: 'chattr -i' makes it writable" --dry-run
must xfs_io -r -c "chattr -i" "$MNT/immutable"
healed "when it is not any more" immutable

mce_file "$MNT/append" 8192
must xfs_io -c "chattr +a" "$MNT/append"
refused "a file that can only be appended to" append \
	"it can only be appended to: 'chattr -a' makes it writable"
must xfs_io -r -c "chattr -a" "$MNT/append"
healed "when it is not any more" append

"$MNT/program" 600 &
program=$!
mce_file "$MNT/program" "$program_end"
refused "a program that runs" program "it is a program that runs: end it first"
kill "$program"
wait "$program" 2>/dev/null
healed "when it has ended" program

mce_file "$MNT/extsize" 9800
restore 0 "the end of a file with large extents" --from "$COPY" "$MNT/extsize"
check "it is what it was" cmp "$MNT/extsize" "$COPY/extsize"
mce_file "$MNT/tail" 9800
healed "the end of a file that shares its block" tail
healed "and that of the other" tail2
level "all is good so far"

mce_file "$MNT/setuid" 8192
healed "a program with privileges" setuid
is "it has all its attributes" "$(getfattr -d -m - -e hex "$MNT/setuid" 2>/dev/null)" "$(<"$T/attributes")"
mce_file "$MNT/setuid" 8192
exec 3<"$MNT/setuid"
restore 0 "others have it open" --from "$COPY" "$MNT/setuid"
exec 3<&-
check "what the write took away is told" grep -q "the write took away security.capability" "$T/out"
check "and what it did not is there" getfattr -n security.ima "$MNT/setuid"

### by another name

must mv "$MNT/renamed" "$MNT/now"
mce_file "$MNT/now" 8192
restore 4 "a renamed file" --from "$COPY"
is "is not found by its name" "$(<"$T/err")" \
	"not restored: $MNT/now: no copy in $COPY: No such file or directory"
restore 0 "in a snapshot" --from "$CLONE" --dry-run
check "it is the same inode" grep -q "its copy is the same inode of the snapshot" "$T/out"
restore 0 "by a search" --from "$COPY" --search
check "it is another name" grep -qx "$MNT/now: its copy is called renamed" "$T/out"
check "it is what it was" cmp "$MNT/now" "$COPY/renamed"
level "all is good"

### a clone in the place of the filesystem

mce_file "$MNT/first" 8192
sum=$(sha256sum <"$CLONE/first")
must umount "$CLONE"
must mount -o nouuid /dev/pmem1 "$MNT"
restore 4 "a clone is mounted over it" --from "$COPY"
diag "$(<"$T/err")"
is "the clone is not written" "$(sha256sum <"$MNT/first")" "$sum"
must umount "$MNT"
healed "when it is there again" first

### no copy

mce_file "$MNT/zero" 8192
mce_file "$MNT/zero2" 8192
restore 0 "zeros, if it were so" --zero --dry-run "$MNT/zero"
is "so it says" "$(<"$T/out")" \
	"$MNT/zero: 512 bytes in 1 range would be FILLED WITH ZEROS, with 4096 bytes to write"
restore 0 "zeros" --zero "$MNT/zero"
is "are told" "$(<"$T/out")" "$MNT/zero: 512 bytes in 1 range FILLED WITH ZEROS, with 4096 bytes written"
is "loudly" "$(<"$T/err")" "fswatch-err: $MNT/zero: 512 bytes are FILLED WITH ZEROS: what was there is lost"
is "nothing else is zero" "$(cmp -l "$MNT/zero" "$COPY/zero" | awk '$1 <= 8192 || $1 > 8704 || $2 != 0' | wc -l)" 0
check "and it is not as old as it was" test "$MNT/zero" -nt "$COPY/zero"
restore 0 "in JSON" --zero --json "$MNT/zero2"
is "too" "$(jq -r '.files[] | "\(.result) \(.ranges[0].result)"' "$T/out")" "zeroed zeroed"
check "the help says so" bash -c 'fswatch-err restore --help | grep -- "--zero .*ZEROS" >/dev/null'
level "all can be read"

### an end in the middle

for name in first second third; do
	mce_file "$MNT/$name" 8192
done
fswatch-err restore -m "$MNT" --relative-to "$MNT" --from-command \
	"cat '$COPY'/\"\$1\"; test -e '$T/once' && kill -HUP \$PPID; touch '$T/once'" >"$T/out" 2>"$T/err"
is "a lost terminal: two of three" "$? $(wc -l <"$T/out")" "4 2"
check "it is said" grep -q "ended by a signal (Hangup): of 3 files and other damage 1 were not looked at" "$T/err"
is "and one is damaged still" "$(damage | wc -l)" 1
restore 0 "the rest" --from "$COPY"
for name in first second third; do
	check "$name is what it was" cmp "$MNT/$name" "$COPY/$name"
	mce_file "$MNT/$name" 8192
done
{
	fswatch-err restore -m "$MNT" --from "$COPY" 2>"$T/err"
	echo $? >"$T/status"
} | true
is "nobody reads what it says" "$(<"$T/status")" 1
level "all is restored nevertheless"

### no room, no writing

must cp --reflink=always -p "$MNT/full" "$MNT/full2"
must sync -f "$MNT"
number=0
for ((size = 1 << 30; size >= 4096; size /= 2)); do
	while xfs_io -f -c "falloc 0 $size" "$MNT/fill$((++number))" >/dev/null 2>&1 &&
		[[ -s $MNT/fill$number ]]; do
		:
	done
done
mce_file "$MNT/second" 8192
mce_file "$MNT/full" 8192
healed "a filesystem that is full" second
fswatch-err restore --from "$COPY" "$MNT/full" >"$T/out" 2>"$T/err"
status=$?
if ((status == 0)); then
	check "a shared block where there is no room: healed" cmp "$MNT/full" "$COPY/full"
else
	is "a shared block where there is no room: refused" "$status $(<"$T/err")" \
		"4 not restored: $MNT/full offset 8192 length 512: cannot write: No space left on device"
fi
must rm "$MNT"/fill*
fswatch-err restore --from "$COPY" "$MNT/full" >/dev/null 2>&1
must cp -a "$COPY/full" "$COPY/full2"
restore 0 "when there is room" --from "$COPY"
check "it is what it was" cmp "$MNT/full" "$COPY/full"
mce_file "$MNT/third" 8192
must mount -o remount,ro "$MNT"
refused "a filesystem that is read-only" third "its filesystem is mounted read-only"
must mount -o remount,rw "$MNT"
restore 0 "when it is not any more" --from "$COPY"
finish
