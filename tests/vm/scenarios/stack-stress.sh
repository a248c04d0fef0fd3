#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Stress: tables are reloaded, devices suspended and resumed, made and removed, and a
# logical volume on the same disks is moved back and forth by pvmove, while errors are
# reported and the level is asked for, on two processors. Nothing hangs, nothing
# complains, and no event names a file that has not had that block: neither one of
# the volume that is hit, nor any of the logical volume, which is not.
# group: stack-stress
# timeout: 1200
# only: test-all
. "$(dirname "$0")/stack.bash"

MINUTES=${STRESS_MINUTES:-5}
HALF=327680
# 512-byte sectors; what is before belongs to LVM
BEGIN=671744
STOP=$T/stop
MOVED=/mnt/moved

# A piece of the volume alternates between two places, of which only the one that
# is in use at the moment is hit. Files are written once, in both places.
fsdax 0
fsdax 1
A="0 $HALF linear /dev/pmem0 $BEGIN
$HALF $HALF linear /dev/pmem1 $BEGIN"
B="0 $HALF linear /dev/pmem0 $BEGIN
$HALF $HALF linear /dev/pmem1 $((BEGIN + HALF + 4096))"
must mkdir -p "$MOVED"
# without DAX, see stack-pvmove.sh
dm pv0 <<<"0 655360 delay /dev/pmem0 0 0"
dm pv1 <<<"0 655360 delay /dev/pmem1 0 0"
new_vg /dev/mapper/pv0 /dev/mapper/pv1
lvm_ lvcreate -y -Wn -Zn -n moved -L 308M vg /dev/mapper/pv0
mkxfs /dev/vg/moved
must mount /dev/vg/moved "$MOVED"
at_end unmount_quietly "$MOVED"
must xfs_io -f -c "pwrite -q -b 1m 0 64m" -c fsync "$MOVED/file"
must sync -f "$MOVED"
moved_sum=$(md5sum <"$MOVED/file")
dm upper <<<"$A"
mkxfs /dev/mapper/upper
mount_fs /dev/mapper/upper
fill_files 16
must umount "$MNT"
must dd if=/dev/pmem1 of=/dev/pmem1 bs=1M skip=$((BEGIN / 2048)) seek=$(((BEGIN + HALF + 4096) / 2048)) \
	count=$((HALF / 2048)) iflag=direct oflag=direct conv=notrunc status=none
mount_fs /dev/mapper/upper
places()
{
	stackmap lost "$MNT" "$(</sys/block/pmem0/dev)+0+$((1 << 40))+machine-check" \
		"$(</sys/block/pmem1/dev)+0+$((1 << 40))+machine-check"
}
places >"$T/places"
dm_reload upper <<<"$B"
places >>"$T/places"
watch

reloader()
{
	while [[ ! -e $STOP ]]; do
		dmsetup reload upper --table "$A" && dmsetup suspend upper &&
			dmsetup resume --noudevsync upper
		dmsetup reload upper --table "$B" && dmsetup suspend --nolockfs --noflush upper &&
			dmsetup resume --noudevsync upper
	done
}

suspender()
{
	while [[ ! -e $STOP ]]; do
		dmsetup suspend upper && dmsetup resume --noudevsync upper
		dmsetup create passing --noudevsync --table "0 2048 linear /dev/pmem0 $BEGIN" &&
			dmsetup remove --noudevsync passing
	done
}

injector()
{
	local i=0

	while [[ ! -e $STOP ]]; do
		fserror-inject mce-dev /dev/pmem0 $(((BEGIN + i * 4099 % HALF) * 512))
		fserror-inject mce-dev /dev/pmem1 $(((BEGIN + i * 4099 % HALF) * 512))
		fserror-inject mce-dev /dev/pmem1 $(((BEGIN + HALF + 4096 + i * 4099 % HALF) * 512))
		i=$((i + 1))
	done
}

asker()
{
	while [[ ! -e $STOP ]]; do
		list_json
	done
}

mover()
{
	local moves=0

	while [[ ! -e $STOP ]]; do
		lvm_run pvmove -i 1 "/dev/mapper/pv$((moves % 2))" &&
			moves=$((moves + 1)) && echo "$moves" >"$T/moves"
	done
}

# how often it moves in a minute is the machine's; once it must be in any case
has_moved()
{
	[[ -s $T/moves ]] || ! tail -n 5 "$T/mover.err"
}

for job in reloader suspender injector asker asker mover; do
	"$job" >/dev/null 2>>"$T/$job.err" &
done
sleep $((MINUTES * 60))
wait_for 400 test -s "$T/moves"
: >"$STOP"
# dmsetup may have left it suspended; a move that has begun is brought to its end
for _ in {1..240}; do
	dmsetup resume --noudevsync upper
	jobs -r | grep -E 'reloader|suspender|injector|asker|mover' >/dev/null || break
	sleep 1
done
is "all of them end" "$(jobs -r | grep -E 'reloader|suspender|injector|asker|mover')" ""

check "pvmove has moved the logical volume" has_moved
dev=$(dev_of "$MOVED")
is "nobody is told of a file of the logical volume" \
	"$(jq -c "select(.dev == \"$dev\" and .ino)" "$T/raw")" ""
is "and what is in it is what it was" "$(md5sum <"$MOVED/file")" "$moved_sum"
must umount "$MOVED"
jq -c "select(.dev != \"$dev\")" "$T/raw" >"$T/raw-upper"
stackmap told "$T/raw-upper" >"$T/told"
check "there were events" test -s "$T/told"
is "and none names a file that has not had that block" \
	"$(stackmap outside "$T/told" "$T/places")" ""
# shellcheck disable=SC2046 # one word each
agree "in the end the level is right" $(bad_ranges machine-check)
must umount "$MNT"
stop_monitor
undo_all
check_log
end
