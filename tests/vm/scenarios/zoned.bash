# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of dm-zoned have in common; sourced after maps.bash. Where blocks are is
# read from the metadata on the disk, by the helper zonedmap(1).

# in MiB
ZONE=4 SIZE=512 CONVENTIONAL=48
DISKS=(/dev/disk)
: >"$T/spoilt"

# zoned_disk NAME MIB CONVENTIONAL: with so many conventional zones in front
zoned_disk()
{
	null_disk "$1" "$2" zoned=1 zone_size=$ZONE zone_nr_conv="$3"
}

# zoned [DEVICE]: the target, on all $DISKS, with nothing in it; or on a device that is the
# disk one to one
zoned()
{
	must zonedmap format "${DISKS[@]}"
	SECTORS=$OUT
	dm zoned <<<"0 $SECTORS zoned ${1:-${DISKS[*]}}"
}

# busy and idle: the target is read from all the time, so that it does not begin to
# reclaim; or is not any more, and reclaims what it can
busy()
{
	while dd if=/dev/mapper/zoned of=/dev/null bs=4096 count=1 iflag=direct status=none 2>/dev/null; do
		sleep 1
	done &
	BUSY=$!
}

idle()
{
	[[ $BUSY ]] || return
	# if the disk has gone it has ended
	kill "$BUSY" 2>/dev/null
	wait "$BUSY"
	BUSY=
}

# map: what the metadata say, to $T/map, when they are on the disk and stay as they are
map()
{
	: >"$T/map"
	check "set-up: the map does not change" wait_for 60 map_stays
}

map_stays()
{
	must xfs_io -c fsync /dev/mapper/zoned
	must zonedmap map "${DISKS[@]}"
	[[ $OUT == "$(<"$T/map")" ]] && return
	printf '%s\n' "$OUT" >"$T/map"
	return 1
}

# moved: no chunk is in the zones in front any more, and none in two. Reclaim ends when it has
# nothing to do for a moment, and begins again with a message or a write
moved()
{
	must dmsetup message zoned 0 reclaim
	must zonedmap zones "${DISKS[@]}"
	awk -v disk="$(number "${DISKS[0]}")" -v zones="$CONVENTIONAL" '{
		split($2, p, "+")
		if (p[1] == disk && p[2] < zones || $3 != "-")
			exit 1
	}' <<<"$OUT"
}

has_no_buffer()
{
	must dmsetup message zoned 0 reclaim
	! has_buffer
}

has_buffer()
{
	must zonedmap zones "${DISKS[@]}"
	awk '$3 != "-" { found = 1 } END { exit !found }' <<<"$OUT"
}

# forget: what is cached of the bitmaps goes, but for a few
forget()
{
	must attribute /proc/sys/vm/drop_caches 2
	must attribute /proc/sys/vm/drop_caches 2
}

filesystem()
{
	mkxfs "$1"
	mount_fs "$1"
	fill_files 4 8
	remount "$1"
}

# nothing_lost TEXT: of what is spoilt
nothing_lost()
{
	UNIT=4096 agrees "$1" "$T/map"
	check "$1: nothing is lost" none_lost
}

none_lost()
{
	! some_lost
}

# done_with MAPPED...: and all disks
done_with()
{
	local name

	idle
	umount_works
	mend_all
	for name; do
		dm_remove "$name"
	done
	for name in "${DISKS[@]}"; do
		must null_remove "${name#/dev/}"
	done
}
