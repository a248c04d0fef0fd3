#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Namespaces in raw mode, where the sectors of the disk are those of the
# namespace, and in sector mode (btt), where the range of the namespace is all
# that can be told, once.
# group: several
. "$(dirname "$0")/lib.sh"

# namespace_byte OFFSET: its physical address
namespace_byte()
{
	printf '0x%x' $(($(</sys/bus/nd/devices/namespace1.0/resource) + $1))
}

raw 1
at_end heal_disk pmem1
mkxfs /dev/pmem1
mount_fs /dev/pmem1
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/.barrier"
watch
mce_file "$MNT/file" 8192
want=$(data_lost "$MNT/file" 8192 512)
expect "raw: a sector of a file" "$want"
is "raw: it is where the namespace says" "${want##* origin=}" \
	"$(</sys/class/block/pmem1/dev)+$(disk_offset "$MNT/file" 8192)+512 path_state=ok paths=$MNT/file"
level "raw: the level says the same" "$want"
must xfs_io -d -c "pwrite -q 8192 4096" "$MNT/file"
expect "raw: a write clears it" "$(data_cleared "$MNT/file" 8192 512)"
level "raw: nothing is bad any more"
alive
umount_works
stop_monitor

must ndctl create-namespace -f -e namespace1.0 -m sector -l 4096
at_end fsdax 1
disk=$(basename /sys/bus/nd/devices/btt1.*/block/*)
must wait_for 10 test -b "/dev/$disk"
size=$(($(<"/sys/class/block/$disk/size") * 512))
mkxfs "/dev/$disk"
mount_fs "/dev/$disk"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
watch
at=$((400 * 1048576))
must fserror-inject mce "$(namespace_byte $((at + 1024)))"
dev=$(<"/sys/class/block/$disk/dev")
unmapped=$(printf 'error kind=media cause=machine-check errno=5 fstype=xfs dev=%s flags=unresolved,unmapped layer=btt device=%s+0+%d origin=%s+%d+512' \
	"$dev" "$dev" "$size" "$dev" $((at + 1024)))
expect "sector: one unmapped event with the range of the namespace" "$unmapped"
level "sector: the level says the same" "$unmapped"
must fserror-inject mce "$(namespace_byte $((at + 4096)))"
next_event 3
is "sector: what has no place is told once for each device" "$EVENT" "(nothing)"
level "sector: the level has both in one" "${unmapped%+*}+$((3072 + 512))"
alive
finish
