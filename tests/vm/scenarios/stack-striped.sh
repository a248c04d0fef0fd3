#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-stripe: two and three stripes, two of them on one device, chunks that are a
# power of two and others, ranges that cross chunks; in make test-all, dm on top.
# group: stack
# timeout: 900
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1

# crossing DEV: 96 KiB of one device go bad, page by page (the kernel takes no machine
# check for more than a page); they are in many chunks
crossing()
{
	local dev=$1 from

	mkxfs "$dev"
	mount_fs "$dev"
	fill_files 4 3
	remount "$dev"
	watch
	bottom_of "$MNT/d3/file" 4096
	from=$(($(wc -l <"$T/raw") + 1))
	must fserror-inject --lsb 12 --count 24 --step 4096 mce-dev \
		"$BOTTOM_DEV" "$BOTTOM_OFFSET"
	wait_for "$EVENT_TIMEOUT" grep -q . "/sys/block/${BOTTOM_DEV#/dev/}/badblocks" ||
		not_ok "set-up: a range of $BOTTOM_DEV is bad"
	# shellcheck disable=SC2046 # one word each
	told "$dev: 96 KiB of $BOTTOM_DEV are in many chunks" "$from" \
		$(bad_ranges machine-check)
	# shellcheck disable=SC2046 # one word each
	agree "$dev: and the level says the same" $(bad_ranges machine-check)
	alive
	umount_works
	stop_monitor
	heal_disk pmem0
	heal_disk pmem1
}

dm two <<<"0 1048576 striped 2 128 /dev/pmem0 2048 /dev/pmem1 4096"
check_stack /dev/mapper/two
crossing /dev/mapper/two

# one level deeper is in make test, too, of linear and of the targets one to one
if [[ $LONG ]]; then
	dm above <<<"0 819200 linear /dev/mapper/two 2048"
	check_stack /dev/mapper/above brief
fi

dm three <<<"0 1032192 striped 3 24 /dev/pmem0 1048576 /dev/pmem1 1048576 /dev/pmem0 1425408"
check_stack /dev/mapper/three short
crossing /dev/mapper/three
undo_all
check_log
end
