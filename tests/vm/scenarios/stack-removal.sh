#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# XFS on a linear volume of two NVDIMMs loses one of them: every file with extents
# there is named, with those extents and no others, the filesystem stays up, and
# what is on the other one can be read. With DAX, and with a file mapped that goes.
# group: stack-change
# timeout: 600
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1
CLEANUPS=()
HALF=409600
dm upper <<END
0 $HALF linear /dev/pmem0 2048
$HALF $HALF linear /dev/pmem1 2048
END
# the log is in the half that stays
mkxfs /dev/mapper/upper -l agnum=0
mount_fs /dev/mapper/upper dax=always
fill_files 20
remount /dev/mapper/upper dax=always
watch
gone=$(</sys/block/pmem1/dev)
from=$(($(wc -l <"$T/raw") + 1))
want=$(stackmap lost "$MNT" "$gone+0+$((1 << 40))+removed")
kept=$(stackmap lost "$MNT" "$(</sys/block/pmem0/dev)+0+$((1 << 40))+removed")
check "there is something to lose, and something to keep" test "$want" -a "$kept"

device=$(basename "$(readlink /sys/class/block/pmem1/device)")
(echo "$device" >/sys/bus/nd/drivers/nd_pmem/unbind && : >"$T/unbound") &
check "unbinding $device returns" wait_for 120 test -e "$T/unbound"
wait_for "$EVENT_TIMEOUT" raw_is "$from" "$want"
tail -n "+$from" "$T/raw" >"$T/part.json"
same_lines "every file there is named, with those extents and no others" \
	"$(stackmap told "$T/part.json")" "$want"
while read -r ino _; do
	file=$(find "$MNT" -inum "${ino#ino=}")
	grep -q "^$ino " <<<"$want" && continue
	check "$file, which is on the other one, can be read" \
		dd if="$file" of=/dev/null bs=1M status=none
done < <(awk '{print $1}' <<<"$kept" | sort -u)
check "the filesystem is still up" ls "$MNT"
must umount "$MNT"
stop_monitor
must dmsetup remove --noudevsync upper
must bash -c "echo $device >/sys/bus/nd/drivers/nd_pmem/bind"
check_log
end
