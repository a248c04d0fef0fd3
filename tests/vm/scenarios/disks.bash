# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Disks that a scenario makes and takes away: null_blk, scsi_debug, and those of
# tests/vm/run --disk and --nvme; sourced after lib.sh or stack.bash.

NULL_BLK=/sys/kernel/config/nullb
SCSI_DEBUG=/sys/bus/pseudo/drivers/scsi_debug
SCSI_DEBUG_PARAMETERS=/sys/module/scsi_debug/parameters

# null_disk NAME MIB [ATTRIBUTE=VALUE...]: /dev/NAME, which keeps what is written
null_disk()
{
	local name=$1 size=$2 attribute

	shift 2
	[[ -d $NULL_BLK ]] || must mount -t configfs none /sys/kernel/config
	must mkdir "$NULL_BLK/$name"
	at_end null_remove "$name"
	for attribute in "size=$size" memory_backed=1 blocksize=512 "$@"; do
		must attribute "$NULL_BLK/$name/${attribute%%=*}" "${attribute#*=}"
	done
	must attribute "$NULL_BLK/$name/power" 1
	must wait_for 10 test -b "/dev/$name"
}

null_remove()
{
	[[ -d $NULL_BLK/$1 ]] || return 0
	echo 0 >"$NULL_BLK/$1/power"
	rmdir "$NULL_BLK/$1"
}

# null_off NAME: the disk is taken away, in an orderly way
null_off()
{
	attribute "$NULL_BLK/$1/power" 0
}

# null_bad NAME FIRST COUNT and null_good: sectors that cannot be read, and can again
null_bad()
{
	must attribute "$NULL_BLK/$1/badblocks" "+$2-$(($2 + $3 - 1))"
}

null_good()
{
	must attribute "$NULL_BLK/$1/badblocks" "-$2-$(($2 + $3 - 1))"
}

attribute()
{
	echo "$2" >"$1"
}

# scsi_disk: a disk of a host of its own; its name is left in $DISK. All of them have
# the same memory, so only one is to be in use at a time.
scsi_disk()
{
	must attribute "$SCSI_DEBUG/add_host" 1
	at_end scsi_remove
	# not with must, which runs it in a subshell
	wait_for 20 scsi_disk_is_there && return
	not_ok "set-up: a disk of scsi_debug"
	end
}

scsi_disk_is_there()
{
	local path

	for path in /sys/bus/pseudo/devices/adapter*/host*/target*/*:*/block/sd*; do
		DISK=${path##*/}
		[[ -b /dev/$DISK ]] && return
	done
	return 1
}

# medium_bad SECTOR COUNT: scsi_debug cannot read these from now on, and can again
medium_bad()
{
	must attribute $SCSI_DEBUG_PARAMETERS/medium_error_start "$1"
	must attribute $SCSI_DEBUG_PARAMETERS/medium_error_count "$2"
	must attribute "$SCSI_DEBUG/opts" 2
}

medium_good()
{
	must attribute "$SCSI_DEBUG/opts" 0
}

# the hosts, as many as there are
scsi_remove()
{
	local hosts=(/sys/bus/pseudo/devices/adapter*)

	((${#hosts[@]} == 0)) || attribute "$SCSI_DEBUG/add_host" -${#hosts[@]}
}

# named_disk NAME: the disk of the VM with this serial number; left in $DISK
named_disk()
{
	local path

	for path in /sys/block/{vd*,nvme*}; do
		if [[ $(cat "$path/serial" "$path/device/serial" 2>/dev/null | tr -d ' \n') == "$1" ]]; then
			DISK=${path##*/}
			return
		fi
	done
	not_ok "set-up: a disk called $1"
	end
}

# pci_of DISK: the directory of the PCI device that it is on
pci_of()
{
	local path

	path=$(readlink -f "/sys/block/$1/device")
	while [[ $path == /sys/devices/* && ! -e $path/remove ]]; do
		path=${path%/*}
	done
	printf '%s' "$path"
}

# config_word DEVICE OFFSET: of the PCI configuration space, in hexadecimal
config_word()
{
	od -An -tx2 -j "$2" -N 2 "$1/config" | tr -d ' '
}

# pull DISK: the PCI device that it is on is not there any more, which nobody has
# announced: its slot loses power, and what is read from it is all ones from one moment
# to the next. The scenario runs with --native-hotplug. The kernel has no driver for the
# slot: the driver of the disk notices it after a timeout, or somebody tells it.
pull()
{
	python3 - "$(dirname "$(pci_of "$1")")/config" <<'END'
import os
import sys

CAPABILITIES, EXPRESS, SLOT_CONTROL, OFF = 0x34, 0x10, 0x18, 0x700
port = os.open(sys.argv[1], os.O_RDWR)


def read(at, count):
    return int.from_bytes(os.pread(port, count, at), "little")


at = read(CAPABILITIES, 1)
while read(at, 1) != EXPRESS:
    at = read(at + 1, 1) or sys.exit(f"{sys.argv[1]} is not a slot of PCI Express")
off = read(at + SLOT_CONTROL, 2) | OFF
os.pwrite(port, off.to_bytes(2, "little"), at + SLOT_CONTROL)
END
}

# lose_power: $DISK does, which shows; its PCI device is in $DEVICE, and the kernel does not
# know of it before "remove" of that is written to
lose_power()
{
	DEVICE=$(pci_of "$DISK")
	must pull "$DISK"
	check "the device does not answer any more" test "$(config_word "$DEVICE" 0)" == ffff
}

# took COMMAND...: run it, and leave in $TOOK how many milliseconds it took
took()
{
	local begun=${EPOCHREALTIME/./} status

	"$@"
	status=$?
	TOOK=$(((${EPOCHREALTIME/./} - begun) / 1000))
	return "$status"
}

# no_longer TEXT MILLISECONDS: than that it took
no_longer()
{
	if ((TOOK <= $2)); then
		ok "$1"
	else
		not_ok "$1" "it took $TOOK ms"
	fi
	diag "$1: $TOOK ms"
}

# others_not_delayed TEXT: a family of generic netlink comes and goes in time. That waits
# for all who are at it, and whoever comes then waits for that.
others_not_delayed()
{
	local there=/sys/module/genl_other/parameters/there

	[[ -e $there ]] || must insmod "$FSERROR_BUILD/samples/$FSERROR_KERNEL/genl_other.ko"
	took must attribute "$there" 1
	no_longer "$1: a family of generic netlink registers" 1500
	took must attribute "$there" 0
	no_longer "$1: and goes" 1500
}
