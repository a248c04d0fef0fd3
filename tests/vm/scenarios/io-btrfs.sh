#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What no mirror of btrfs has, or none with the right checksum, is told when scrub finds it:
# all files that have it, those of a snapshot too, with the bytes, and metadata as such. What
# another mirror has is repaired and told to nobody.
# group: io-errors
# timeout: 600
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/answers.bash"

# places TEXT: the byte of /dev/pmem1 at which each copy of it begins
places()
{
	python3 -c '
import sys
data = open("/dev/pmem1", "rb").read(400 << 20)
at = -1
while (at := data.find(sys.argv[1].encode(), at + 1)) >= 0:
    print(at)' "$1"
}

# spoil BYTE: a block of the device
spoil()
{
	must xfs_io -c "pwrite -q -S 0xa5 $(($1 / 4096 * 4096)) 4096" -c fsync /dev/pmem1
}

# nodes ROOT: where the copies of the root block of a tree are
nodes()
{
	local logical

	logical=$(btrfs inspect-internal dump-tree -t "$1" /dev/pmem1 |
		sed -n 's/^\(leaf\|node\) \([0-9]*\) .*/\2/p' | head -n 1)
	btrfs-map-logical -l "$logical" /dev/pmem1 |
		sed -n 's/.* physical \([0-9]*\) .*/\1/p'
}

# written FILE WORD: 16 blocks of 4 KiB that can be told apart
written()
{
	local i

	for i in {10..25}; do
		printf '%-4096s' "$2 block $i"
	done >"$1"
}

# lost: what was told as lost, "inode offset length" a line, and how it is known
lost()
{
	jq -r 'select(.kind == "data-lost") | "\(.ino) \(.offset) \(.length) \(.path_state) \(.paths[0])"' \
		"$T/raw" | sort
}

# told TEXT WANT...
told()
{
	local text=$1

	shift
	all_lost()
	{
		[[ $(lost | wc -l) -ge $WANT ]]
	}
	WANT=$#
	wait_for "$EVENT_TIMEOUT" all_lost
	same_lines "$text" "$(lost | tr ' ' '_')" "$(printf '%s\n' "$@" | tr ' ' '_')"
}

ino()
{
	stat -c %i "$1"
}

# scrubs: it finds something
scrubs()
{
	btrfs scrub start -B "$MNT" >"$T/scrub" 2>&1
}

kinds()
{
	jq -r 'select(.event == "error") | .kind' "$T/raw" | sort -u | tr '\n' ' '
}

raw 1
must mkfs.btrfs -q -f -b 400m -d single -m dup /dev/pmem1
must mount /dev/pmem1 "$MNT"
at_end unmount_quietly "$MNT"
must btrfs -q subvolume create "$MNT/sub"
written "$MNT/sub/one" plain
must sync -f "$MNT"
must xfs_io -f -c "reflink -q $MNT/sub/one 40960 0 24576" "$MNT/two"
must btrfs -q subvolume snapshot -r "$MNT/sub" "$MNT/snap"
must setfattr -n btrfs.compression -v zstd "$MNT/sub"
{ printf 'packed'; yes squeezed | head -c 65530; } >"$MNT/sub/packed"
must sync -f "$MNT"
must setfattr -x btrfs.compression "$MNT/sub"
packed=$(filefrag -v "$MNT/sub/packed" | awk '/encoded/ { print $4 * 4096; exit }' | tr -d .)
must umount "$MNT"
mapfile -t at < <(places "plain block 25")
is "the block of a file is there once" "${#at[@]}" 1
spoil "${at[0]}"
must mount /dev/pmem1 "$MNT"
watch
check_fails "scrub finds a bad checksum" "" scrubs
told "all files that have it are told: a clone of a part, and the snapshot's" \
	"$(ino "$MNT/sub/one") 61440 4096 ok $MNT/sub/one" \
	"$(ino "$MNT/snap/one") 61440 4096 ok $MNT/snap/one" \
	"$(ino "$MNT/two") 20480 4096 ok $MNT/two"
is "which could be read, with a wrong checksum (EBADMSG)" \
	"$(jq -r 'select(.kind == "data-lost") | .errno' "$T/raw" | sort -u)" 74
ends 4 "no list has it, which is no all-clear" "*" fswatch-err check -M "$MNT"
says "and it says so" "losses of '$MNT' since it was mounted are in no list of damage"
ends 4 "nor for those who list files" "*" fswatch-err files -M "$MNT"
check_fails "a read finds it too" "Input/output error" cat "$MNT/sub/one"
umount_works
must mount /dev/pmem1 "$MNT"
ends 4 "nor is it in the next mount" "*" fswatch-err check -M "$MNT"
says "which says so, too" "losses since boot, before the present mount, are in no list of damage"
must umount "$MNT"
stop_monitor

if [[ $packed ]]; then
	mapfile -t where < <(btrfs-map-logical -l "$packed" /dev/pmem1 |
		sed -n 's/.* physical \([0-9]*\) .*/\1/p')
	spoil "${where[0]}"
	must mount /dev/pmem1 "$MNT"
	watch
	check_fails "scrub finds what is compressed" "" scrubs
	told "of which all is lost" \
		"$(ino "$MNT/sub/one") 61440 4096 ok $MNT/sub/one" \
		"$(ino "$MNT/snap/one") 61440 4096 ok $MNT/snap/one" \
		"$(ino "$MNT/two") 20480 4096 ok $MNT/two" \
		"$(ino "$MNT/sub/packed") 0 65536 ok $MNT/sub/packed"
	umount_works
	stop_monitor
else
	not_ok "a file is compressed"
fi

# metadata that nobody needs to mount it: one copy of it, and then both
must mkfs.btrfs -q -f -b 400m -d single -m dup /dev/pmem1
must mount /dev/pmem1 "$MNT"
must btrfs -q subvolume create "$MNT/sub"
written "$MNT/sub/file" other
must umount "$MNT"
mapfile -t at < <(nodes 256)
is "the tree of a subvolume has two copies" "${#at[@]}" 2
spoil "${at[0]}"
must mount /dev/pmem1 "$MNT"
watch
check "scrub repairs a block of metadata" scrubs
check "it has had something to do" grep -q "Corrected: *[1-9]" "$T/scrub"
stop_monitor
is "and that is no loss" "$(kinds)" ""
must umount "$MNT"
for i in "${at[@]}"; do
	spoil "$i"
done
must mount /dev/pmem1 "$MNT"
watch
check_fails "scrub finds metadata that no mirror has" "" scrubs
is_metadata()
{
	jq -e 'select(.kind == "metadata" and .ino == null and .errno == 5)' "$T/raw" >/dev/null
}
check "which is told as metadata" wait_for "$EVENT_TIMEOUT" is_metadata
before=$(jq -r 'select(.kind == "metadata") | .repeat // 1' "$T/raw" | paste -sd +)
sleep 2
check_fails "who needs it cannot read it" "" ls "$MNT/sub/file"
again()
{
	(($(jq -r 'select(.kind == "metadata") | .repeat // 1' "$T/raw" | paste -sd +) > $((before))))
}
check "and that is told as well" wait_for "$EVENT_TIMEOUT" again
umount_works
stop_monitor

# two devices: what the other one has is no loss
raw 0
must mkfs.btrfs -q -f -b 400m -d raid1 -m raid1 /dev/pmem0 /dev/pmem1
must mount /dev/pmem0 "$MNT"
written "$MNT/file" mirrored
must umount "$MNT"
mapfile -t at < <(places "mirrored block 20")
spoil "${at[0]}"
must mount /dev/pmem0 "$MNT"
watch
check "scrub repairs a mirror" scrubs
check "it has had something to do" grep -q "Corrected: *1" "$T/scrub"
check "the file can be read" cat "$MNT/file"
stop_monitor
is "and nothing is told" "$(kinds)" ""
umount_works
check_log 'csum failed|checksum|scrub: |bdev .* errs|bad tree block|I/O error|parent transid'
end
