#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: The disk is unbound below a filesystem of many files
# run: --nvdimm 2G --memory 3G
# timeout: 2400
. "$FSERROR_TOP/tests/bench/guest/lib.bash"

DRIVER=/sys/bus/nd/drivers/nd_pmem
REMOVAL_MS=/sys/module/fserror/parameters/removal_ms

# unbind ROW: and bind again, with all files in the inode cache
unbind()
{
	local begin device

	device=$(basename "$(readlink /sys/class/block/pmem0/device)")
	must mount -o dax=always /dev/pmem0 "$MNT"
	must fsbench walk "$MNT" 0 512
	begin=$(clock)
	echo "$device" >"$DRIVER/unbind"
	figure "$1" "unbind" ms "$(ms $(($(clock) - begin)))"
	LINE=$(fsbench damage ranges)
	figure "$1" "ranges known after it" "" "$(of records "$LINE")"
	must umount "$MNT"
	echo "$device" >"$DRIVER/bind"
	wait_for 10 test -b /dev/pmem0 || not_ok "set-up: $device is bound again"
}

budget=$(<"$REMOVAL_MS")
fsdax 0
for files in $(sizes 500 1000 60000); do
	mkxfs /dev/pmem0
	mount_fs /dev/pmem0 dax=always
	must fsbench files "$MNT" "$files"
	must umount "$MNT"
	for ((round = 0; round < ROUNDS; round++)); do
		unbind "$files files, nobody listens"
		# what is left is what the filesystem and the driver need for themselves
		echo 0 >"$REMOVAL_MS"
		unbind "$files files, no time to wait (removal_ms=0)"
		echo "$budget" >"$REMOVAL_MS"
		fsbench follow -q 60000 1000000 300 >"$T/follow" &
		must wait_for 30 grep -q ready "$T/follow"
		unbind "$files files, somebody listens"
		kill $!
		wait $! 2>/dev/null
	done
done
measured 'Shutting down filesystem|filesystem has been shut down|User initiated shutdown'
