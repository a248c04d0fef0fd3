#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Targets with a map that is easy to write down: unstriped, ebs, switch, and clone, of
# which a region is on the destination if something is there. A multipath device is as bad
# as any of its paths, and a path that is gone takes nothing along while another one is
# left.
# group: stack-moving
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"

MIB=320
: >"$T/spoilt"

# filesystem DEV: with files, on $MNT
filesystem()
{
	mkxfs "$1"
	mount_fs "$1"
	for i in {1..8}; do
		must mkdir "$MNT/d$i"
		must cp /dev/stdin "$MNT/d$i/file" < <(head -c 524288 /dev/zero | tr '\0' 'x')
	done
	remount "$1"
}

# done_with NAME: unmount, remove, make good
done_with()
{
	umount_works
	mend_all
	dm_remove "$1"
}

null_disk one $((2 * MIB))
null_disk two $MIB
ONE=$(number one)
TWO=$(number two)
monitor_raw

dm few <<<"0 $((MIB * 2048)) unstriped 2 128 1 /dev/one 0"
for ((i = 0; i < MIB * 16; i++)); do
	printf '%d 65536 %s+%d\n' $((i << 16)) "$ONE" $(((2 * i + 1) << 16))
done >"$T/map"
filesystem /dev/mapper/few
spoil_file "$MNT/d2/file" 4096 3
spoil_file "$MNT/d3/file" 0 600
agrees "unstriped: a sector, and a range over several chunks" "$T/map"
check "and they are lost" some_lost
check "they cannot be read" reads_fail "$MNT/d2/file" 4096
done_with few

# 4 KiB of the device are read together, and begin at the fifth of it
dm few <<<"0 $(((MIB - 1) * 2048)) ebs /dev/two 40 1 8"
printf '0 %d %s+20480\n' $(((MIB - 1) << 20)) "$TWO" >"$T/map"
filesystem /dev/mapper/few
spoil_file "$MNT/d4/file" 4608 2
UNIT=4096 agrees "ebs: the blocks of the device" "$T/map"
check "and they are lost" some_lost
done_with few

# 64 KiB each, three on the first path, and one on the other
dm few <<<"0 $((MIB * 2048)) switch 2 128 0 /dev/one 1024 /dev/two 0"
for ((i = 0; i < MIB * 16; i++)); do
	if ((i % 4 == 3)); then
		printf '%d 65536 %s+%d\n' $((i << 16)) "$TWO" $((i << 16))
	else
		printf '%d 65536 %s+%d\n' $((i << 16)) "$ONE" $(((i << 16) + (512 << 10)))
	fi
done >"$T/map"
must dmsetup message few 0 set_region_mappings 0:0 :0 :0 :1 "R4,$(printf %x $((MIB * 16 - 4)))"
filesystem /dev/mapper/few
spoil_file "$MNT/d2/file" 4096 3
spoil_file "$MNT/d5/file" 131072 200
spoil two $(($(disk_offset "$MNT/d6/file" 0) / 512)) 128
spoil one $(($(disk_offset "$MNT/d7/file" 0) / 512 + 1024)) 128
agrees "switch: each region on its path" "$T/map"
check "and they are lost" some_lost
check "they cannot be read" reads_fail "$MNT/d2/file" 4096
done_with few

# paths of one device; as it happens, they can go bad by themselves
dm way <<<"0 $((MIB * 2048)) linear /dev/one 0"
dm few <<<"0 $((MIB * 2048)) multipath 2 queue_mode bio 0 2 1 round-robin 0 1 1 /dev/mapper/way 1000 round-robin 0 1 1 /dev/two 1000"
printf '0 %d %s+0\n' $((MIB << 20)) "$ONE" >"$T/map"
filesystem /dev/mapper/few
quiet
at=$(disk_offset "$MNT/d2/file" 4096)
there=$(disk_offset "$MNT/d3/file" 8192)
spoil one $((at / 512)) 3
spoil two $((there / 512)) 2
agrees "multipath: what either path found" "$T/map" "$ONE+$at+1536" "$ONE+$there+1024"
check "and they are lost" some_lost
dm_reload way <<<"0 $((MIB * 2048)) error"
agrees "multipath: a path that is gone takes nothing along" "$T/map" "$ONE+$there+1024"
check "what the other one reaches can be read" reads "$MNT/d4/file" 0
# the last one goes
must null_off two
all_removed()
{
	damage_has 'cause=removed'
}
check "multipath: without a path all is gone" wait_for "$EVENT_TIMEOUT" all_removed
sed -i '/^two /d' "$T/spoilt"
umount "$MNT"
dm_remove few
dm_remove way
must null_remove two

# map_clone: 64 KiB each, on the destination if there is anything
map_clone()
{
	/usr/bin/python3 -IS -c '
import os, sys
size = 65536
fd = os.open("/dev/dest", os.O_RDONLY)
for pos in range(0, int(sys.argv[1]), size):
    dev = sys.argv[3] if os.pread(fd, size, pos) != bytes(size) else sys.argv[2]
    print(pos, size, f"{dev}+{pos}")
' $((MIB << 20)) "$(number source)" "$(number dest)" >"$T/map"
}

null_disk source $MIB
null_disk dest $MIB
null_disk meta 8
filesystem /dev/source
must umount "$MNT"
dm few <<<"0 $((MIB * 2048)) clone /dev/meta /dev/dest /dev/source 128 1 no_hydration"
mount_fs /dev/mapper/few
for i in 1 3 5; do
	must xfs_io -d -c 'pwrite -q 131072 262144' "$MNT/d$i/file"
done
quiet
must blockdev --flushbufs /dev/dest
must map_clone
check "some is on the destination" grep -q " $(number dest)+" "$T/map"
spoil_file "$MNT/d1/file" 196608 2
spoil source $(($(disk_offset "$MNT/d3/file" 196608) / 512)) 3
spoil_file "$MNT/d4/file" 0 300
spoil dest $(($(disk_offset "$MNT/d6/file" 0) / 512)) 4
agrees "clone: what has been written is on the destination" "$T/map"
check "and something is lost" some_lost
check "it cannot be read" reads_fail "$MNT/d1/file" 196608
check "what has been copied before can" reads "$MNT/d3/file" 196608
no_place "clone: a sector of the metadata has no place" "clone metadata" meta 16
mend_all

# metadata that can be neither written nor read again
spoil meta 0 $((8 * 2048))
loud
xfs_io -d -c 'pwrite -q 131072 65536' "$MNT/d6/file" 2>/dev/null
sync -f "$MNT" 2>/dev/null
must wait_for 30 target_fails few
mend_all
check "clone: nothing can be read of one that has failed" reads_fail "$MNT/d3/file" 196608
check "clone: all of it is lost, although nothing is bad below" \
	wait_for "$EVENT_TIMEOUT" all_is_lost $((MIB << 20))
done_with few
undo_all
check_log 'XFS .*(Log I/O Error|Metadata I/O Error|Shutting down|shut down)'
end
