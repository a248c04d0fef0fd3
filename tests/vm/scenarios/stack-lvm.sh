#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# LVM2 as an administrator has it: two physical volumes, several logical volumes on
# one of them, and a striped one.
# group: stack-change
# timeout: 1500
# only: test-all
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1
new_vg /dev/pmem0 /dev/pmem1
lvm_ lvcreate -y -Wn -Zn -n a -L 320M vg /dev/pmem0
lvm_ lvcreate -y -Wn -Zn -n b -L 320M vg /dev/pmem0
lvm_ lvextend -L +100M vg/a /dev/pmem0
check_stack /dev/vg/a
check_stack /dev/vg/b brief

# two filesystems on one physical volume: each hears of its own
SECOND=/mnt/second
must mkdir -p "$SECOND"
mkxfs /dev/vg/a
mkxfs /dev/vg/b
must mount /dev/vg/b "$SECOND"
at_end unmount_quietly "$SECOND"
must xfs_io -f -c "pwrite -q -b 1m 0 1m" -c fsync "$SECOND/other"
mount_fs /dev/vg/a
fill_files
watch
line=$(data_lost "$MNT/d4/file" 512 512)
other=$(data_lost "$SECOND/other" 4608 512)
mce_file "$MNT/d4/file" 512
expect "two volumes on one physical volume: the first one hears of its file" "$line"
MNT=$SECOND mce_file "$SECOND/other" 4608
expect "and the second one of its own" "$other"
level "and the level has both" "$line" "$other"
must umount "$SECOND"
alive
umount_works
stop_monitor
heal_disk pmem0

lvm_ lvremove -ff -y vg/b
lvm_ lvcreate -y -Wn -Zn -n s -i 2 -I 64k -L 400M vg
check_stack /dev/vg/s short

undo_all
check_log
end
