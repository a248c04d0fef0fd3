#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# btrfs: one loss is one record for each file that has it, whoever finds it first: a read, a
# scrub, or the disk. What is compressed is lost as a whole, what is copied when no copy is
# left, and it is known where the bytes are with each profile that is only arithmetic.
# group: disk
# run: --append scsi_debug.dev_size_mb=400
# timeout: 1500
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/one-loss.bash"

# places TEXT DEV...: "DEV BYTE" for each copy of it
places()
{
	echo 3 >/proc/sys/vm/drop_caches
	python3 -c '
import sys
for name in sys.argv[2:]:
    with open(name, "rb") as file:
        data = file.read()
    at = -1
    while (at := data.find(sys.argv[1].encode(), at + 1)) >= 0:
        print(name, at)' "$@"
}

# written FILE WORD NUMBER: blocks of 4 KiB that can be told apart
written()
{
	local i

	for ((i = 100; i < 100 + $3; i++)); do
		printf '%-4096s' "$2 block $i"
	done >"$1"
	must sync -f "$1"
}

ino()
{
	stat -c %i "$1"
}

# disk_reads: all that can be, in pieces, past the cache
disk_reads()
{
	dd if="/dev/$DISK" of=/dev/null bs=1M iflag=direct status=none
}

at_end medium_good
scsi_disk
NUMBER=$(cat "/sys/class/block/$DISK/dev")
must mkfs.btrfs -q -f -d single -m dup "/dev/$DISK"
must mount -o noatime "/dev/$DISK" "$MNT"
at_end unmount_quietly "$MNT"
must btrfs -q subvolume create "$MNT/sub"
written "$MNT/sub/one" plain 64
must cp --reflink=always "$MNT/sub/one" "$MNT/two"
must btrfs -q subvolume snapshot -r "$MNT/sub" "$MNT/snap"
must setfattr -n btrfs.compression -v zstd "$MNT/sub"
{ printf 'packed'; yes squeezed | head -c 65530; } >"$MNT/sub/packed"
must btrfs filesystem sync "$MNT"
read -r _ at < <(places "plain block 110" "/dev/$DISK")
lost=("data-lost $(ino "$MNT/sub/one") 40960+512  $at+512 disk"
	"data-lost $(ino "$MNT/snap/one") 40960+512  $at+512 disk"
	"data-lost $(ino "$MNT/two") 40960+512  $at+512 disk")

watch
medium_bad $((at / 512)) 1
cannot_read "a file cannot be read" "$MNT/sub/one"
exactly "which is one record for each file that has the sector" "${lost[@]}"
cannot_read "nor the clone" "$MNT/two"
check_fails "nor past the cache" "" xfs_io -d -c "pread -q 40960 4096" "$MNT/snap/one"
check_fails "scrub finds it, too" "" btrfs scrub start -B "$MNT"
exactly "and that is the same loss" "${lost[@]}"
medium_good
writes $((at / 512)) 8
exactly "a write makes it good" "${lost[@]}" "cleared null null+null  $at+512 "
is "all have a name" "$(jq -r 'select(.kind == "data-lost") | .paths[0]' "$T/raw" | sort)" \
	"$(printf '%s\n' "$MNT/snap/one" "$MNT/sub/one" "$MNT/two")"
stop_monitor

watch
logical=$(filefrag -v "$MNT/sub/packed" | awk '/encoded/ { print $4 * 4096; exit }' | tr -d .)
at=$(btrfs-map-logical -l "$logical" "/dev/$DISK" |
	sed -n 's/.* physical \([0-9]*\) .*/\1/p' | head -n 1)
lost=("data-lost $(ino "$MNT/sub/packed") 0+65536  $at+512 disk")
medium_bad $((at / 512)) 1
check_fails "the disk cannot be read" "" disk_reads
exactly "what is compressed is lost as a whole" "${lost[@]}"
cannot_read "it cannot be read" "$MNT/sub/packed"
exactly "which is the same loss" "${lost[@]}"
medium_good
writes $((at / 512)) 8
free=$((390 << 20))
medium_bad $((free / 512)) 1
check_fails "the disk cannot be read" "" disk_reads
exactly "where no chunk is nothing is lost" "${lost[@]}" "cleared null null+null  $at+512 " \
	"media null null+null unowned $free+512 disk"
medium_good
writes $((free / 512)) 8
stop_monitor

# an item that was cut since the last commit
must mount -o remount,commit=300 "$MNT"
written "$MNT/cut" cut 64
must btrfs filesystem sync "$MNT"
read -r _ at < <(places "cut block 150" "/dev/$DISK")
must xfs_io -c "pwrite -q 0 4096" -c "sync_range -b -w -a 0 4096" "$MNT/cut"
watch
medium_bad $((at / 512)) 1
check_fails "the disk cannot be read" "" disk_reads
exactly "what is left of a file's item that was cut is the file's" \
	"data-lost $(ino "$MNT/cut") 204800+512  $at+512 disk"
medium_good
writes $((at / 512)) 8
stop_monitor

# 400 owners of a block, which are asked for in several turns
read -r _ at < <(places "plain block 130" "/dev/$DISK")
for ((i = 0; i < 400; i++)); do
	reflinks+=(-c "reflink -q $MNT/sub/one 122880 $((i * 4096)) 4096")
done
must xfs_io -f "${reflinks[@]}" "$MNT/many"
must btrfs filesystem sync "$MNT"
owners()
{
	jq -r "select(.kind == \"data-lost\" and .ino == $(ino "$MNT/many")) | .offset" | sort -un |
		wc -l
}
all_owners()
{
	[[ $(owners <"$T/raw") == 400 ]]
}
watch
medium_bad $((at / 512)) 1
check_fails "the disk cannot be read" "" disk_reads
check "all of very many owners are told" wait_for 60 all_owners
is "once each" "$(jq -r 'select(.kind == "data-lost") | .ino' "$T/raw" | wc -l)" 403
is "whoever asks hears of all, too" "$(list_json | jq -c '.damage[]' | tee "$T/damage" | owners)" \
	400
is "once each" "$(wc -l <"$T/damage")" 403
umount_works
stop_monitor
medium_good

# state TEXT WANT...: "KIND INODE OFFSET FLAGS LAYER DEVICE+BYTE" for each record
state()
{
	local text=$1

	shift
	now()
	{
		jq -r 'select(.event == "error" or .event == "degraded") |
			"\(.kind) \(.ino) \(.offset) \((.flags // []) |
			join(",")) \(.layer // "") \(.device.dev)+\(.device.offset)"' "$T/raw" | sort
	}
	enough()
	{
		[[ $(now | wc -l) -ge $WANT ]]
	}
	WANT=$#
	wait_for "$EVENT_TIMEOUT" enough
	is "$text" "$(now)" "$(printf '%s\n' "$@" | sort)"
}

# profile NAME DISKS COPIES: three blocks of a file lose their copies, one after the other;
# of the last one each copy has a bad sector of its own, and can be read by whole blocks only
profile()
{
	local file=$MNT/file block disk byte offset want=() i
	local -a devices=("${NULLS[@]:0:$2}") bad=() copies
	local -A at

	must mkfs.btrfs -q -f -d "$1" -m raid1 "${devices[@]}"
	must mount -o noatime "${devices[0]}" "$MNT"
	written "$file" "$1" 64
	must btrfs filesystem sync "$MNT"
	for block in 5 21 42; do
		at[$block]=$(places "$1 block $((100 + block))" "${devices[@]}")
	done
	watch
	for block in 5 21 42; do
		mapfile -t copies <<<"${at[$block]}"
		is "$1: copies of block $block" "${#copies[@]}" "$3"
		for i in "${!copies[@]}"; do
			read -r disk byte <<<"${copies[i]}"
			((block != 42)) || byte=$((byte + i * 1024))
			null_bad "${disk##*/}" $((byte / 512)) 1
			bad+=("${disk##*/} $((byte / 512))")
			if [[ $1 == raid5 ]]; then
				want+=("media null null unresolved  $(number "$disk")+$byte")
			elif ((i + 1 < $3)); then
				want+=("degraded null null  btrfs $(number "$disk")+$byte")
			else
				((block == 42)) && offset=$((i * 1024)) || offset=0
				want+=("data-lost $(ino "$file") $((block * 4096 + offset))   $(number "$disk")+$byte")
			fi
			state "$1: block $block, copy $((i + 1))" "${want[@]}"
		done
	done
	disk=${devices[1]}
	null_bad "${disk##*/}" 131072 1
	bad+=("${disk##*/} 131072")
	want+=("metadata null null   $(number "$disk")+67108864")
	state "$1: a copy of the superblock" "${want[@]}"
	umount_works
	for i in "${bad[@]}"; do
		read -r disk byte <<<"$i"
		null_good "$disk" "$byte" 1
	done
	stop_monitor
}

for i in 0 1 2 3; do
	null_disk "null$i" 128
	NULLS+=("/dev/null$i")
done
profile raid0 3 1
profile raid1 3 2
profile raid10 4 2
profile raid5 3 1

# a disk on which something is bad joins a mounted filesystem, and leaves it
added=$(number null1)+104857600
must mkfs.btrfs -q -f -d single -m dup /dev/null0
must mount -o noatime /dev/null0 "$MNT"
null_bad null1 204800 1
watch
must btrfs device add -f -K /dev/null1 "$MNT"
state "what was bad on a disk before it was added is told, as news" \
	"media null null unowned  $added"
is "and who asks hears of it" "$(list_json | jq -r '.damage[] | .device | "\(.dev)+\(.offset)"')" \
	"$added"
must btrfs device remove /dev/null1 "$MNT"
left()
{
	jq -e 'select(.event == "cleared" and .device.offset == 104857600)' "$T/raw" >/dev/null
}
check "when it is taken out that is not the filesystem's any more" \
	wait_for "$EVENT_TIMEOUT" left
umount_works
null_good null1 204800 1
stop_monitor
undo_all
check_log 'csum failed|checksum|scrub: |bdev .* errs|I/O error|parent transid|Buffer I/O error'
end
