#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A virtio disk is unplugged below dm-linear, two levels up: what was on it is
# told. A loop device that is detached below dm stays until the last one lets go.
# group: stack-change
# run: --disk unplugged=512M
# timeout: 600
. "$(dirname "$0")/stack.bash"

disk=
for path in /sys/block/vd*; do
	[[ $(<"$path/size") == 1048576 ]] && disk=$(basename "$path")
done
if [[ ! $disk ]]; then
	not_ok "set-up: a virtio disk of 512M"
	end
fi
fsdax 0
HALF=409600
dm lower <<<"0 $HALF linear /dev/$disk 2048"
dm upper <<END
0 $HALF linear /dev/pmem0 2048
$HALF $HALF linear /dev/mapper/lower 0
END
# the log is in the half that stays
mkxfs /dev/mapper/upper -l agnum=0
mount_fs /dev/mapper/upper
fill_files 20
remount /dev/mapper/upper
watch
from=$(($(wc -l <"$T/raw") + 1))
want=$(stackmap lost "$MNT" "$(<"/sys/block/$disk/dev")+0+$((1 << 40))+removed")
check "there is something to lose" test "$want"
must fserror-inject unplug unplugged
wait_for "$EVENT_TIMEOUT" raw_is "$from" "$want"
tail -n "+$from" "$T/raw" >"$T/part.json"
same_lines "every file there is named, with those extents and no others" \
	"$(stackmap told "$T/part.json")" "$want"
must umount "$MNT"
stop_monitor

must truncate -s 512M "$T/image"
loop=$(losetup -f --show "$T/image")
dm onloop <<<"0 819200 linear $loop 0"
mkxfs /dev/mapper/onloop
mount_fs /dev/mapper/onloop
fill_files
watch
must losetup -d "$loop"
check "the loop device is still there" test -e "/sys/block/$(basename "$loop")/loop/backing_file"
next_event 3
is "and nothing is told" "$EVENT" "(nothing)"
alive
umount_works
stop_monitor
undo_all
check_log 'lost async page write|[Ss]hutting down filesystem'
end
