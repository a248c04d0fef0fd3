#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: Whose is this sector? One bad sector in a filesystem of many files
# run: --nvdimm 6G --memory 3G
# timeout: 3000
. "$FSERROR_TOP/tests/bench/guest/lib.bash"

fsdax 0
for files in $(sizes 1000 1000 100000 1000000); do
	mkxfs /dev/pmem0
	mount_fs /dev/pmem0 dax=always
	must fsbench files "$MNT" "$files"
	remount /dev/pmem0 dax=always
	at=$(disk_offset "$MNT/d$((files / 2000))/f$((files / 2))" 512)
	mce_dev /dev/pmem0 "$at"
	settled 1
	for ((round = 0; round < ROUNDS; round++)); do
		fsbench damage >/dev/null
		timed "$files files, warm" "damage-get" damage
		fsbench getfsmap "$MNT" "$at" 512 >/dev/null
		timed "$files files, warm" "GETFSMAP of the sector" getfsmap "$MNT" "$at" 512
	done
	for ((round = 0; round < ROUNDS; round++)); do
		remount /dev/pmem0 dax=always
		settled 1
		drop_caches
		timed "$files files, cold" "damage-get" damage
		remount /dev/pmem0 dax=always
		settled 1
		drop_caches
		timed "$files files, cold" "GETFSMAP of the sector" getfsmap "$MNT" "$at" 512
	done
	if ((files <= 100000)); then
		timed "$files files, cold" "walk and FIEMAP" walk "$MNT" "$at" 512
		timed "$files files, warm" "walk and FIEMAP" walk "$MNT" "$at" 512
	fi
	must umount "$MNT"
	heal_disk pmem0
done
measured
