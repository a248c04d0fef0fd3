#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-zoned with a regular and two zoned disks, one of which goes; on a mapped device, which is
# suspended, and below one; and with metadata that contradict themselves.
# group: stack-zoned-layers
# timeout: 900
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/zoned.bash"

# refused TEXT CHUNK OTHER: the first one gets the zone of the other one
refused()
{
	local before

	before=$(refusals)
	must zonedmap share "$2" "$3" "${DISKS[@]}"
	check "$1: the target is refused" is_refused
	is "$1: and the kernel says why" "$(refusals)" $((before + 1))
}

is_refused()
{
	! dmsetup create zoned --noudevsync --table "0 $SECTORS zoned /dev/mapper/below" 2>/dev/null
}

refusals()
{
	dmesg | grep -c 'mapping: zone [0-9]* is already in use'
}

monitor_raw

### a regular disk in front of two zoned ones, which have no conventional zones

null_disk front 128
zoned_disk left 256 0
zoned_disk right 256 0
DISKS=(/dev/front /dev/left /dev/right)
zoned
busy
filesystem /dev/mapper/zoned
map
quiet
spoil_file "$MNT/d2/file" 8192 9
UNIT=4096 agrees "in the zones of a regular disk" "$T/map"
check "and it is lost" some_lost
check "it cannot be read" reads_fail "$MNT/d2/file" 8192 4096
mend_all
no_place "a sector of the metadata has no place" "zoned metadata" front 9
no_place "nor has one of the superblock of another disk" "zoned metadata" right 3
idle
check "reclaim moves all to the other disks" wait_for 300 moved
busy
map
loud
must xfs_io -d -c 'pwrite -q 64k 64k' "$MNT/d6/file"
quiet
map
check "what is written again is in a buffer" has_buffer
for file in {1..8}; do
	spoil_file "$MNT/d$file/file" $((file * 65536 - 512)) 2
done
spoil_file "$MNT/d6/file" 65536 3
UNIT=4096 agrees "on all three disks" "$T/map"
check "and it is lost" some_lost
check "it cannot be read" reads_fail "$MNT/d6/file" 65536 4096
mend_all
size=$(fs_bytes)
must null_off right
# it sees that when it is used
must wait_for 30 eval '! dd if=/dev/mapper/zoned of=/dev/null bs=4096 count=1 iflag=direct status=none 2>/dev/null'
check "when one disk goes all of it is lost" wait_for "$EVENT_TIMEOUT" all_is_lost "$size"
done_with zoned

### on a mapped device, and below one

DISKS=(/dev/disk)
zoned_disk disk "$SIZE" "$CONVENTIONAL"
dm below <<<"0 $((SIZE * 2048)) linear /dev/disk 0"
zoned /dev/mapper/below
dm coded <<<"0 $SECTORS crypt aes-xts-plain64 $(printf '%0128d' 7) 0 /dev/mapper/zoned 0 1 sector_size:4096"
busy
filesystem /dev/mapper/coded
map
quiet
spoil_file "$MNT/d3/file" 4096
UNIT=4096 agrees "crypt on zoned on linear" "$T/map"
check "and it is lost" some_lost
check "it cannot be read" reads_fail "$MNT/d3/file" 4096 4096
read -ra at < <(map_place "$MNT/d4/file" 4096)
idle
forget
must dmsetup suspend below
spoil "${at[@]}"
sleep 3
must dmsetup resume --noudevsync below
busy
EVENT_TIMEOUT=150 UNIT=4096 agrees "what went bad while the device below was suspended" "$T/map"
check "it cannot be read" reads_fail "$MNT/d4/file" 4096 4096
mend_all

### metadata that contradict themselves

idle
umount_works
dm_remove coded
dm_remove zoned
read -r -a chunks < <(zonedmap zones "${DISKS[@]}" | awk '{ print $1 }' | xargs)
refused "two chunks with one zone" "${chunks[0]}" "${chunks[1]}"
must zonedmap format "${DISKS[@]}"
refused "a chunk with a zone of the metadata" 0 meta
dm_remove below
must null_remove disk
undo_all
check_log 'XFS .*(Log I/O Error|Metadata I/O Error|Shutting down|shut down)|device-mapper: (zoned|kcopyd)'
end
