#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# memory_failure() below dm: the process that maps the page gets its SIGBUS, and
# there is one event. On linear, striped, and linear on striped.
# group: stack-change
# timeout: 900
# only: test-all
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1

poison()
{
	local dev=$1 line lines

	mkxfs "$dev"
	mount_fs "$dev" dax=always
	must xfs_io -f -c "pwrite -q -b 1m 0 1m" -c fsync "$MNT/mapped"
	must cp --reflink=never "$MNT/mapped" "$MNT/other"
	must cp --reflink=always "$MNT/other" "$MNT/clone"
	must sync -f "$MNT"
	watch
	line=$(data_lost "$MNT/mapped" 20480 4096)
	must fserror-inject madvise "$MNT/mapped" 20480
	is "$dev: the process that maps the page gets SIGBUS" "$OUT" \
		$'SIGNAL=SIGBUS\nCODE=BUS_MCEERR_AR\nLSB=12'
	expect "$dev: and there is one event" "$line"
	nothing "$dev: and not two"
	level "$dev: the level says the same" "$line"
	heal_file "$MNT/mapped" 20480
	expect "$dev: a write clears the page" "$(data_cleared "$MNT/mapped" 20480 4096)"

	# of a page that two files share the generic code does not know who maps it
	lines=("$(data_lost "$MNT/other" 8192 4096)" "$(data_lost "$MNT/clone" 8192 4096)")
	must fserror-inject madvise "$MNT/clone" 8192
	is "$dev: so does one that maps a page that two files share" "$OUT" \
		$'SIGNAL=SIGBUS\nCODE=BUS_MCEERR_AR\nLSB=12'
	expect "$dev: and there is one event for each of them" "${lines[@]}"
	alive
	umount_works
	stop_monitor
	heal_disk pmem0
	heal_disk pmem1
}

dm linear <<END
0 409600 linear /dev/pmem0 4096
409600 409600 linear /dev/pmem1 4096
END
poison /dev/mapper/linear
dm striped <<<"0 819200 striped 2 128 /dev/pmem0 819200 /dev/pmem1 819200"
poison /dev/mapper/striped
dm above <<<"0 716800 linear /dev/mapper/striped 4096"
poison /dev/mapper/above
undo_all
check_log
end
