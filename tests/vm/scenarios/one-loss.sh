#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One loss is one record, whoever finds it first: the filesystem whose file cannot be read,
# or the disk. XFS has all the files on the sector; of ext4, which cannot say whose a sector
# is, who could not read it is the owner.
# group: disk
# run: --append scsi_debug.dev_size_mb=400
# timeout: 300
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/one-loss.bash"

at_end medium_good
scsi_disk
NUMBER=$(cat "/sys/class/block/$DISK/dev")
mkxfs "/dev/$DISK"
mount_fs "/dev/$DISK"
must xfs_io -f -c "pwrite -q -b 1m 0 1m" -c fsync "$MNT/one"
must cp --reflink=always "$MNT/one" "$MNT/two"
at=$(disk_offset "$MNT/one" 40960)
one=$(stat -c %i "$MNT/one")
two=$(stat -c %i "$MNT/two")
lost=("data-lost $one 40960+512  $at+512 disk" "data-lost $two 40960+512  $at+512 disk")

watch
medium_bad $((at / 512)) 1
cannot_read "XFS: a file cannot be read" "$MNT/one"
exactly "XFS: which is one record for each file that has the sector" "${lost[@]}"
cannot_read "XFS: nor the other one" "$MNT/two"
check_fails "XFS: nor past the cache" "" xfs_io -d -c "pread -q 40960 4096" "$MNT/one"
exactly "XFS: and that is the same loss" "${lost[@]}"
medium_good
writes $((at / 512)) 1
exactly "XFS: a write makes it good" "${lost[@]}" "cleared null null+null  $at+512 "
stop_monitor

watch
medium_bad $((at / 512)) 1
check_fails "XFS: the disk cannot be read" "" \
	dd if="/dev/$DISK" of=/dev/null bs=1M iflag=direct status=none
exactly "XFS: which names both files" "${lost[@]}"
cannot_read "XFS: neither can be read" "$MNT/one"
exactly "XFS: which is the same loss" "${lost[@]}"
umount_works
stop_monitor
medium_good
writes $((at / 512)) 1

must mkfs.ext4 -q -F -b 4096 -E nodiscard "/dev/$DISK"
mount_fs "/dev/$DISK"
must xfs_io -f -c "pwrite -q -b 1m 0 1m" -c fsync "$MNT/one"
at=$(filefrag -v "$MNT/one" | awk '$1 == "0:" { sub(/\..*/, "", $4); print ($4 + 10) * 4096 }')
one=$(stat -c %i "$MNT/one")
lost=("data-lost $one 40960+512  $at+512 disk")

watch
medium_bad $((at / 512)) 1
cannot_read "ext4: a file cannot be read" "$MNT/one"
# the disk may be asked before the report of the read has arrived
exactly_or_late()
{
	if [[ $(told) == *media* ]]; then
		exactly "$1" "media null null+null unresolved $at+512 disk" \
			"data-lost $one 40960+512 late $at+512 disk"
	else
		exactly "$1" "${lost[@]}"
	fi
}
wait_for 30 nr_told 1
sleep 2
exactly_or_late "ext4: which is one record, with the file, the bytes and the sector"
check_fails "ext4: nor past the cache" "" xfs_io -d -c "pread -q 40960 4096" "$MNT/one"
exactly_or_late "ext4: and that is the same loss"
is "ext4: whoever asks hears it, too" \
	"$(list_json | jq -r '.damage[] | "\(.kind) \(.ino) \(.offset)+\(.length)"')" \
	"data-lost $one 40960+512"
medium_good
writes $((at / 512)) 1
is_good()
{
	[[ ! $(list_json | jq -r '.damage[]') ]]
}
check "ext4: a write makes it good" wait_for 20 is_good
stop_monitor

watch
medium_bad $((at / 512)) 1
check_fails "ext4: the disk cannot be read" "" \
	dd if="/dev/$DISK" of=/dev/null bs=1M iflag=direct status=none
exactly "ext4: of which nobody is the owner" "media null null+null unresolved $at+512 disk"
cannot_read "ext4: a file cannot be read" "$MNT/one"
exactly "ext4: who is the owner" "media null null+null unresolved $at+512 disk" \
	"data-lost $one 40960+512 late $at+512 disk"
umount_works
stop_monitor
medium_good
undo_all
check_log '[Ss]hutting down filesystem|filesystem has been shut down|Buffer I/O error|I/O error, dev'
end
