#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Persistent memory of CXL devices, two of them interleaved: what an event of the media says
# is bad is told, with the file, and so is what the devices' lists of poison name when the
# region is probed. A write is the cure, in the device too. What a device makes up, what is
# volatile and what was corrected is not told.
# only: test-all
# timeout: 1500
# run: --cxl 256M+256M --cxl 256M
. "$(dirname "$0")/lib.sh"

CXL=/sys/bus/cxl/devices
GRANULARITY=1024
UNCORRECTABLE=1 ECC=0 INVALID=1 SCRUB=1

set_to()
{
	if ! echo "$1" 2>"$T/set.err" >"$2"; then
		not_ok "set-up: $1 to $2" "$(<"$T/set.err")" "$(dmesg | tail -n 20)"
		end
	fi
}

# memory NR: the name of the memory device that QEMU calls cxlNR, by its serial number
memory()
{
	local serial

	for serial in "$CXL"/mem*/serial; do
		if (($(<"$serial") == $1 + 1)); then
			basename "$(dirname "$serial")"
			return
		fi
	done
	return 1
}

# endpoint_decoder MEMORY: the first one of it
endpoint_decoder()
{
	local port

	for port in "$CXL"/endpoint*; do
		[[ $(readlink -f "$port/uport") == */"$1" ]] || continue
		set -- "$port"/decoder*.0
		basename "$1"
		return
	done
	return 1
}

ready()
{
	memory 0 && memory 1 && endpoint_decoder "$(memory 0)" && endpoint_decoder "$(memory 1)"
} >/dev/null

# make_region: of all that the two devices have of persistent memory, $REGION
make_region()
{
	local nr decoder

	REGION=$(<"$CXL/decoder0.0/create_pmem_region")
	set_to "$REGION" "$CXL/decoder0.0/create_pmem_region"
	set_to $GRANULARITY "$CXL/$REGION/interleave_granularity"
	set_to 2 "$CXL/$REGION/interleave_ways"
	set_to "$(</proc/sys/kernel/random/uuid)" "$CXL/$REGION/uuid"
	set_to $((512 << 20)) "$CXL/$REGION/size"
	for nr in 0 1; do
		decoder=$(endpoint_decoder "$(memory $nr)")
		set_to pmem "$CXL/$decoder/mode"
		set_to $((256 << 20)) "$CXL/$decoder/dpa_size"
		set_to "$decoder" "$CXL/$REGION/target$nr"
		DPA[nr]=$(($(<"$CXL/$decoder/dpa_resource")))
	done
	set_to 1 "$CXL/$REGION/commit"
	HPA=$(($(<"$CXL/$REGION/resource")))
	bind
}

bind()
{
	set_to "$REGION" /sys/bus/cxl/drivers/cxl_region/bind
	# what is run by must sets no variables here
	must wait_for 60 nvdimm_region
	nvdimm_region
}

unbind()
{
	set_to "$REGION" /sys/bus/cxl/drivers/cxl_region/unbind
}

# nvdimm_region: it is there, $ND
nvdimm_region()
{
	local region

	for region in /sys/bus/nd/devices/region*; do
		[[ $(readlink -f "$region") == */nvdimm-bridge*/* && -e $region/driver ]] || continue
		ND=${region##*/}
		return
	done
	return 1
}

# pmem_disk: it is there, $DISK
pmem_disk()
{
	local disk

	for disk in /sys/class/block/pmem*; do
		[[ $(readlink -f "$disk") == */"$ND"/* ]] || continue
		DISK=/dev/${disk##*/}
		return
	done
	return 1
}

# find_disk: wait for it
find_disk()
{
	must wait_for 60 pmem_disk
	pmem_disk
}

# device_of FILE OFFSET: which device has the byte, and where: $DEVICE, $AT
device_of()
{
	local ADDRESS offset granule

	must fserror-inject map-file "$1" "$2"
	ADDRESS=$(sed -n 's/^ADDRESS=//p' <<<"$OUT")
	offset=$((ADDRESS - HPA))
	granule=$((offset / GRANULARITY))
	DEVICE=cxl$((granule % 2))
	AT=$((DPA[granule % 2] + (granule / 2) * GRANULARITY + offset % GRANULARITY))
}

# event FILE OFFSET [DESCRIPTOR [TYPE [KIND]]]: the device reports that the line is bad
event()
{
	device_of "$1" "$2"
	must fserror-inject "cxl-${5:-media}" "$DEVICE" "$AT" "${3:-$UNCORRECTABLE}" "${4:-$ECC}"
}

lost()
{
	data_lost "$1" "$2" "$3" media
}

# nothing TEXT: as of lib.sh, with an event of a device
nothing()
{
	event "$MNT/.barrier" 512
	expect "$1" "$(lost "$MNT/.barrier" 512 512)"
	heal_file "$MNT/.barrier" 512
	expect "$1, and what followed is good again" "$(cleared "$(lost "$MNT/.barrier" 512 512)")"
}

# poisoned: device and address of what the devices list, as their trace has it
poisoned()
{
	local nr trace=/sys/kernel/tracing

	: >$trace/trace
	set_to 1 $trace/events/cxl/cxl_poison/enable
	for nr in 0 1; do
		set_to 1 "$CXL/$(memory $nr)/trigger_poison_list"
	done
	set_to 0 $trace/events/cxl/cxl_poison/enable
	sed -n 's/.*cxl_poison: memdev=\([^ ]*\) .*dpa=\([^ ]*\) dpa_length=\(0x[^ ]*\) .*/\1 \2 \3/p' $trace/trace |
		grep -v ' 0x0$'
}

declare -a DPA
must wait_for 120 ready
make_region
is "the first device has volatile memory before the persistent" "${DPA[*]}" "$((256 << 20)) 0"
must ndctl create-namespace -r "$ND" -m raw -f
find_disk
mkxfs "$DISK"
mount_fs "$DISK"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/other"
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/.barrier"
watch

is "status names the source" "$(fswatch-err status --json |
	jq -r '.sources[] | select(.type == "cxl").disks[]')" "${DISK##*/}"

first=$(lost "$MNT/file" 8192 512)
event "$MNT/file" $((8192 + 128))
expect "an event of the media is told, with the file" "$first"
second=$(lost "$MNT/file" $((8192 + 1024)) 512)
event "$MNT/file" $((8192 + 1024)) $UNCORRECTABLE $SCRUB dram
expect "so is one of the DRAM, of the other device" "$second"
level "the level has both" "$first" "$second"
event "$MNT/file" $((8192 + 64))
nothing "the same sector is not told twice"
is "the disk refuses to read it" \
	"$(dd if="$MNT/file" of=/dev/null bs=512 skip=16 count=1 iflag=direct 2>&1 | grep -c 'Input/output error')" 1
heal_file "$MNT/file" 8192
expect "a write makes both good" "$(cleared "$first")" "$(cleared "$second")"
level "and nothing is bad"

# what is not told
event "$MNT/file" 8192 0
event "$MNT/file" 8192 2
event "$MNT/file" 8192 $UNCORRECTABLE $INVALID
nothing "what was corrected, a threshold and an address that is not there are not told"
device_of "$MNT/file" 8192
must fserror-inject cxl-media "$DEVICE" $((AT | 1)) $UNCORRECTABLE $ECC
must fserror-inject cxl-media cxl0 4096 $UNCORRECTABLE $ECC
must fserror-inject cxl-media cxl1 $((256 << 20)) $UNCORRECTABLE $ECC
must fserror-inject cxl-dram cxl1 $(((1 << 63) - 64)) $UNCORRECTABLE $ECC
nothing "what is volatile and what is outside of the region is not told"

# debugfs: the data is gone when poison is cleared, and whoever has the file does not know
device_of "$MNT/other" 4096
device=$(memory "${DEVICE#cxl}")
third=$(lost "$MNT/other" 4096 512)
set_to "$AT" "/sys/kernel/debug/cxl/$device/inject_poison"
expect "poison that is injected by debugfs is told" "$third"
set_to "$AT" "/sys/kernel/debug/cxl/$device/clear_poison"
level "below a disk it stays bad when it is cleared so" "$third"
heal_file "$MNT/other" 4096
expect "until it is written" "$(cleared "$third")"

# what the devices list when the region is probed; what has no length is nothing
device_of "$MNT/file" 24576
must fserror-inject cxl-poison "$DEVICE" "$AT" 0
device_of "$MNT/file" 16384
must fserror-inject cxl-poison "$DEVICE" "$AT" 64
device_of "$MNT/other" $((32768 + 1024))
must fserror-inject cxl-poison "$DEVICE" "$AT" 2048
listed=$(poisoned)
is "the devices list their poison" "$(wc -l <<<"$listed")" 2
list=("$(lost "$MNT/file" 16384 512)" "$(lost "$MNT/other" $((32768 + 1024)) 1024)"
	"$(lost "$MNT/other" $((32768 + 3072)) 1024)")
expect "reading the lists tells of it" "${list[@]}"
stop_monitor
must umount "$MNT"
unbind
bind
find_disk
# in the background
must wait_for 60 grep -q . "/sys/block/${DISK##*/}/badblocks"
must mount "$DISK" "$MNT"
level "so does the probe of the region" "$(replayed "${list[0]}")" \
	"$(replayed "${list[1]}")" "$(replayed "${list[2]}")"
is "the region shows it too" "$(wc -l <"/sys/bus/nd/devices/$ND/badblocks")" 3
heal_file "$MNT/file" 16384
heal_file "$MNT/other" 32768
level "a write is the cure"
is "in the devices, too" "$(poisoned)" ""
# a device that has an event of a line has it on its list, too; this one has not
event "$MNT/file" 0
must wait_for 60 grep -q . "/sys/block/${DISK##*/}/badblocks"
must umount "$MNT"
unbind
bind
find_disk
must mount "$DISK" "$MNT"
level "what was only told in an event goes with the region"

# with DAX the file's own pages are what goes bad
must umount "$MNT"
must ndctl create-namespace -f -m fsdax --map=mem \
	-e "$(basename "$(readlink -f "/sys/class/block/${DISK##*/}/device")")"
find_disk
mkxfs "$DISK"
must mount -o dax=always "$DISK" "$MNT"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
watch
first=$(lost "$MNT/file" 8192 512)
event "$MNT/file" 8192
expect "with DAX: an event of the media" "$first"
heal_file "$MNT/file" 8192
expect "with DAX: a write is the cure" "$(cleared "$first")"
page=$(data_lost "$MNT/file" 16384 4096)
must fserror-inject hwpoison-file "$MNT/file" 16384
expect "with DAX: a page that fails" "$page"
heal_file "$MNT/file" 16384
expect "with DAX: a write is the cure of that, too" "$(cleared "$page")"
level "and nothing is bad"
finish
