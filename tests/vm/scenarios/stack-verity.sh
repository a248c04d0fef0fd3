#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-verity below a read-only filesystem, made with veritysetup; a bad sector of the
# hash tree is without a place.
# group: stack-target
# timeout: 600
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1
dm data <<<"0 614400 linear /dev/pmem0 0"
mkxfs /dev/mapper/data
mount_fs /dev/mapper/data
fill_files
umount_works
OUT=$(veritysetup format --hash-block-size 4096 --data-block-size 4096 \
	/dev/mapper/data /dev/pmem1 2>&1) || not_ok "set-up: veritysetup format" "$OUT"
root=$(sed -n 's/^Root hash:[[:space:]]*//p' <<<"$OUT")
must veritysetup open /dev/mapper/data verity /dev/pmem1 "$root"
at_end veritysetup close verity
must mount -o ro /dev/mapper/verity "$MNT"
at_end unmount_quietly "$MNT"
watch
lines=()
for file in d1 d5; do
	# the block is read as a whole, and verified; it began in the sector
	line=$(data_lost "$MNT/$file/file" 8192 4096)
	sector=$(data_lost "$MNT/$file/file" 8704 512)
	line="${line%% origin=*} origin=${sector#* origin=}"
	mce_file "$MNT/$file/file" 8704
	expect "verity: a sector of $file takes its block along" "$line"
	lines+=("$line")
done
level "verity: the level says the same" "${lines[@]}"

told_without_place "verity: a sector of the hash tree has no place" "verity metadata" /dev/pmem1 8192
must umount "$MNT"
stop_monitor
undo_all
check_log
end
