#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# pvmove: what is moved away from a bad sector is good, and from then on the sectors of
# the other disk are the volume's. The physical volumes are without DAX: device-mapper
# does not let a table that has it be replaced by one that has not, as pvmove does.
# group: stack-change
# timeout: 600
# only: test-all
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1
dm pv0 <<<"0 1843200 delay /dev/pmem0 0 0"
dm pv1 <<<"0 1843200 delay /dev/pmem1 0 0"
new_vg /dev/mapper/pv0 /dev/mapper/pv1
lvm_ lvcreate -y -Wn -Zn -n a -L 320M vg /dev/mapper/pv0
mkxfs /dev/vg/a
mount_fs /dev/vg/a
fill_files 1
watch
bottom_of "$MNT/d2/file" 0
is "the volume is on the first disk" "$BOTTOM_DEV" /dev/pmem0
before=$BOTTOM_OFFSET
lvm_ pvmove -i 1 -n a /dev/mapper/pv0 /dev/mapper/pv1
line=$(data_lost "$MNT/d2/file" 1024 512)
mce_file "$MNT/d2/file" 1024
is "pvmove: now it is on the second one" "$BOTTOM_DEV" /dev/pmem1
expect "a sector of the second disk is the file's" "$line"
# where it was
must fserror-inject mce-dev /dev/pmem0 "$before"
level "a sector of the place where it was is not" "$line"
# shellcheck disable=SC2046 # one word each
agree "and so say dmsetup table and FIEMAP" $(bad_ranges machine-check)
heal_file "$MNT/d2/file" 1024
expect "a write clears it, and nothing else was told" "$(data_cleared "$MNT/d2/file" 1024 512)"
alive
umount_works
stop_monitor
undo_all
check_log
end
