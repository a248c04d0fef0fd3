#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Persistent memory that a host lends by virtio: a page that fails is told, of a file with DAX
# and of a device as a whole, and a write makes it good.
# only: test-all
# run: --virtio-pmem 400M
. "$(dirname "$0")/stack.bash"

lent=
for disk in /sys/class/block/pmem*; do
	[[ $(readlink -f "$disk/device") != *virtio* ]] || lent=/dev/${disk##*/}
done
if [[ ! $lent ]]; then
	not_ok "set-up: a disk of virtio-pmem" "$(ls -l /sys/class/block)"
	end
fi
mkxfs "$lent"
mount_fs "$lent" dax=always
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
watch
line=$(data_lost "$MNT/file" 8192 4096)
must fserror-inject hwpoison-file "$MNT/file" 8192
expect "a page that fails is told, with the file" "$line"
level "the level says the same" "$line"
heal_file "$MNT/file" 8192
expect "a write makes it good" "$(cleared "$line")"
level "and nothing is bad"
finish
