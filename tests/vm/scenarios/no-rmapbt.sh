#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Filesystems that cannot say whose a range is: XFS without a reverse map, and
# ext4: one unresolved event with the range of the device, and a cleared one.
# group: file
# timeout: 900
. "$(dirname "$0")/lib.sh"

# unresolved FSTYPE: on /dev/pmem0, which is mounted
unresolved()
{
	local fstype=$1 bad more

	must dd if=/dev/zero of="$MNT/file" bs=65536 count=1 conv=fsync
	at=$(fserror-inject map-file "$MNT/file" 9000 | sed -n 's/^DISK_OFFSET=//p')
	at=$((at / 512 * 512))
	watch
	mce_file "$MNT/file" 9000
	bad=$(media "$fstype" /dev/pmem0 "$at" 512)
	expect "$fstype: one unresolved event" "$bad"
	level "$fstype: the level says the same" "$bad"
	# it fails, as the filesystem cannot handle it, but the page is poisoned
	fserror-inject hwpoison-file "$MNT/file" 32768 >"$T/injected" 2>&1
	more=$(media "$fstype" /dev/pmem0 $((at / 4096 * 4096 + 24576)) 4096)
	expect "$fstype: memory_failure() too" "$more"
	is "$fstype: the filesystem is known not to resolve" \
		"$(fswatch-err status --json | jq -r --arg dev "$(dev_of "$MNT")" '
			[.. | objects | select(.dev? == $dev and has("can_resolve")) | .can_resolve] | tostring')" \
		'[false]'

	heal_file "$MNT/file" 9000
	expect "$fstype: a write clears the sector" \
		"$(cleared "$bad")"
	heal_file "$MNT/file" 32768
	expect "$fstype: a write clears the page" \
		"$(cleared "$more")"
	level "$fstype: nothing is bad any more"

	mce_dev /dev/pmem0 "$at"
	expect "$fstype: it is bad again" "$bad"
	must umount "$MNT"
	must mount -o "$2" /dev/pmem0 "$MNT"
	expect "$fstype: told once more after a mount" "$(replayed "$bad")"
	alive
	umount_works
	stop_monitor
}

fsdax 0
must mkfs.xfs -q -f -m rmapbt=0 /dev/pmem0
mount_fs /dev/pmem0 dax=always
unresolved xfs dax=always
heal_disk pmem0

must mkfs.ext4 -q -F -b 4096 -E lazy_itable_init=0,nodiscard /dev/pmem0 65536
mount_fs /dev/pmem0 dax
unresolved ext4 dax
check_log
end
