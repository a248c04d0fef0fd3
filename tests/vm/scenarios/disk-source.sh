#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ordinary disks are sources: whoever cannot read a sector, all the files on it are named,
# until it is written or reads well. SCSI with sense data that say where, rightly and
# wrongly, NVMe, which does not say; a partition and dm-linear between; more bad sectors
# than are looked at; a disk that goes away while they are. null_blk knows by itself.
# make test has what is quick of it, and reads a part of each disk.
# group: disk
# run: --append scsi_debug.dev_size_mb=400 --nvme flaky=400M@212992
# timeout: 300
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

# reads DEV SECTOR COUNT: in one go, past the cache
reads()
{
	dd if="$1" of=/dev/null bs=$(($3 * 512)) skip=$(($2 * 512)) count=1 \
		iflag=direct,skip_bytes status=none
}

# reads_all DEV SECTOR: the disk, or what is around the sector
reads_all()
{
	local part=()

	[[ $LONG ]] || part=(skip=$(($2 / 2048)) count=4)
	dd if="$1" of=/dev/null bs=1M "${part[@]}" iflag=direct status=none
}

# writes DEV SECTOR COUNT
writes()
{
	dd if=/dev/zero of="$1" bs=$(($3 * 512)) seek=$(($2 * 512)) count=1 \
		oflag=direct,seek_bytes conv=notrunc status=none
}

# pair DIRECTORY MIB: two files with the same blocks, of which nothing is in the cache
pair()
{
	must mkdir -p "$1"
	must xfs_io -f -c "pwrite -q -b 1m 0 ${2}m" -c fsync "$1/one"
	must cp --reflink=always "$1/one" "$1/two"
}

# only_damage TEXT: the group of reads and writes has nothing: nobody read a file
only_damage()
{
	is "$1" "$(jq -r 'select(.event == "error") | .group' "$T/raw" | sort -u)" damage
}

# sector of $MNT/one at a byte, on the device that the filesystem is on
sector()
{
	echo $(($(disk_offset "$MNT/one" "$1") / 512))
}

# both OFFSET LENGTH: as what the loss is told
both()
{
	scrubbed "$MNT/one" "$1" "$2"
	echo
	scrubbed "$MNT/two" "$1" "$2"
}

at_end medium_good
scsi_disk
mkxfs "/dev/$DISK"
mount_fs "/dev/$DISK"
pair "$MNT" 8
remount "/dev/$DISK"
watch

# The whole disk is read, and what scsi_debug says of the place is the first sector of
# the request, which is wrong.
at=$(sector 20480)
medium_bad "$at" 2
mapfile -t told < <(both 20480 1024)
check_fails "SCSI: the disk cannot be read" "" reads_all "/dev/$DISK" "$at"
expect "SCSI: both files are named" "${told[@]}"
level "SCSI: the level says the same" "${told[@]}"
only_damage "SCSI: nobody has read a file"
check_fails "SCSI: the sectors still cannot be read" "" reads "/dev/$DISK" "$at" 2
medium_good
writes "/dev/$DISK" "$at" 2
expect "SCSI: that is no news, and a write makes them good" "$(cleared "${told[0]}")"
level "SCSI: nothing is bad"

# the place is right
at=$(sector 65536)
medium_bad "$at" 8
mapfile -t told < <(both 65536 4096)
check_fails "SCSI: a block cannot be read" "" reads "/dev/$DISK" "$at" 8
expect "SCSI: a block: both files are named" "${told[@]}"
medium_good
check "SCSI: the block can be read again" reads "/dev/$DISK" "$at" 8
expect "SCSI: which makes it good" "$(cleared "${told[0]}")"

# A file is read: that is the same loss, of which the disk says more.
medium_bad "$at" 8
check_fails "SCSI: a file cannot be read" "" \
	xfs_io -d -c "pread -q 65536 4096" "$MNT/one"
expect "SCSI: a read of a file is one record for each file that lost" "${told[@]}"
medium_good
check "SCSI: the file can be read again" xfs_io -d -c "pread -q 65536 4096" "$MNT/one"
expect "SCSI: and nothing is bad" "$(cleared "${told[0]}")"
only_damage "SCSI: the read was the same loss"
is_good()
{
	[[ $(damage) != *kind=* ]]
}
check "SCSI: nothing at all" wait_for 20 is_good
stop_monitor

too_many()
{
	at=$(sector 1048576)
	watch
	medium_bad "$at" 1024
	reads "/dev/$DISK" "$at" 1024 2>/dev/null
	is_coarse()
	{
		list_json | jq -e '[.damage[] | (.flags // []) | index("partial")] | any' >/dev/null
	}
	check "SCSI: more than is looked at is told as partial" wait_for 30 is_coarse
	check "SCSI: in few ranges" test "$(damage | wc -l)" -le 16
	medium_good
	reads "/dev/$DISK" "$at" 1024
	check "SCSI: and reads well again" wait_for 20 is_good
}

disk_goes()
{
	must attribute "$SCSI_DEBUG/delay" 10
	medium_bad "$at" 1024
	reads "/dev/$DISK" "$at" 1024 2>/dev/null
	must attribute "/sys/block/$DISK/device/delete" 1
	check "SCSI: the disk goes" wait_for 30 test ! -e "/sys/block/$DISK"
}

partition()
{
	scsi_disk
	must sfdisk -q "/dev/$DISK" <<<$'label: gpt\nstart=2MiB, size=360M'
	must wait_for 10 test -b "/dev/${DISK}1"
	dm above <<<"0 716800 linear /dev/${DISK}1 2048"
	mkxfs /dev/mapper/above
	mount_fs /dev/mapper/above
	pair "$MNT" 1
	remount /dev/mapper/above
	watch
	bottom_of "$MNT/one" 40960
	medium_bad $((BOTTOM_OFFSET / 512)) 1
	mapfile -t told < <(both 40960 512)
	check_fails "dm on a partition: the disk cannot be read" "" \
		reads_all "/dev/$DISK" $((BOTTOM_OFFSET / 512))
	expect "dm on a partition: both files are named" "${told[@]}"
	medium_good
	writes "/dev/$DISK" $((BOTTOM_OFFSET / 512)) 1
	expect "dm on a partition: a write makes it good" "$(cleared "${told[0]}")"
	umount_works
	stop_monitor
	dm_remove above
	scsi_remove
}

if [[ $LONG ]]; then
	# more than one look finds: the rest of the request is told as it is
	too_many
	# the disk goes away while a request is being looked at, 40 ms for each read
	disk_goes
fi
umount_works
stop_monitor
medium_good
scsi_remove
must attribute "$SCSI_DEBUG/delay" 1
# a partition, and dm-linear on it
[[ ! $LONG ]] || partition

# NVMe: a sector in the second group that can be written, and not read again
named_disk flaky
mkxfs "/dev/$DISK"
mount_fs "/dev/$DISK"
at=212992
covers()
{
	local from to

	while read -r from _ start to; do
		((start <= at && at <= to)) && OFFSET=$(((from + at - start) * 512)) && return
	done < <(extents "$1/one")
	return 1
}
for i in {1..4}; do
	pair "$MNT/d$i" 8
	! covers "$MNT/d$i" || break
done
if [[ ${OFFSET-} ]]; then
	remount "/dev/$DISK"
	watch
	told=("$(scrubbed "$MNT/d$i/one" "$OFFSET" 512)" "$(scrubbed "$MNT/d$i/two" "$OFFSET" 512)")
	check_fails "NVMe: the disk cannot be read" "" reads_all "/dev/$DISK" "$at"
	expect "NVMe: both files are named, with the one sector" "${told[@]}"
	writes "/dev/$DISK" "$at" 1
	expect "NVMe: a write makes it good" "$(cleared "${told[0]}")"
	check_fails "NVMe: until it fails again" "" reads "/dev/$DISK" "$at" 1
	expect "NVMe: and that is told" "${told[@]}"
	only_damage "NVMe: nobody has read a file"
	umount_works
	stop_monitor
else
	not_ok "NVMe: a file on the sector" "$(extents "$MNT/d2/one")"
	umount_works
fi

# null_blk has a list of its own, and nobody need read
null_disk knows 400
mkxfs /dev/knows
mount_fs /dev/knows
pair "$MNT" 1
watch
at=$(sector 8192)
null_bad knows "$at" 1
mapfile -t told < <(both 8192 512)
expect "null_blk: both files are named, before any read" "${told[@]}"
check_fails "null_blk: the sector cannot be read" "" reads /dev/knows "$at" 1
level "null_blk: which adds nothing" "${told[@]}"
null_good knows "$at" 1
expect "null_blk: and it is good again" "$(cleared "${told[0]}")"
umount_works
stop_monitor

# what is bad where the filesystem has nothing is asked for when it is grown
null_disk grows 400
mkxfs /dev/grows -d size=320m
null_bad grows 716800 1
mount_fs /dev/grows
watch
must xfs_growfs "$MNT"
told=("$(media xfs /dev/grows 367001600 512 media unowned)")
expect "XFS is grown: what is bad there is told, as news" "${told[@]}"
level "XFS is grown: and the level has it" "${told[@]}"
umount_works
stop_monitor
undo_all
check_log '[Ss]hutting down filesystem|filesystem has been shut down|log I/O error|metadata I/O error'
end
