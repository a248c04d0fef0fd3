#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The targets that map one device one to one, each of them one level deeper, and in
# make test-all as it is, too: delay, flakey, dust, log-writes, era, snapshot-origin.
# group: stack-target
# timeout: 1500
. "$(dirname "$0")/stack.bash"

SIZE=655360

# both NAME <TABLE: the target, and a linear device on top of it
both()
{
	dm "$1"
	[[ ! $LONG ]] || check_stack "/dev/mapper/$1" brief
	dm "$1-above" <<<"0 $((SIZE - 2048)) linear /dev/mapper/$1 2048"
	check_stack "/dev/mapper/$1-above" brief
}

# aside NAME OFFSET: after "both", a sector of the device that holds no data is bad
aside()
{
	must mount "/dev/mapper/$1-above" "$MNT"
	at_end unmount_quietly "$MNT"
	watch
	told_without_place "$1: what cannot be placed names the target" "$1 metadata" /dev/pmem1 "$2"
	alive
	umount_works
	stop_monitor
	heal_disk pmem1
}

fsdax 0
fsdax 1

both delay <<<"0 $SIZE delay /dev/pmem0 2048 0"
both flakey <<<"0 $SIZE flakey /dev/pmem0 4096 1000 0"
both dust <<<"0 $SIZE dust /dev/pmem0 2048 4096"
both origin <<<"0 $SIZE snapshot-origin /dev/pmem0"
undo_all

# a target that does not begin where its device does
fsdax 0
fsdax 1
dm later <<<"0 4096 linear /dev/pmem1 0
4096 $SIZE snapshot-origin /dev/pmem0"
dm later-above <<<"0 $SIZE linear /dev/mapper/later 4096"
check_stack /dev/mapper/later-above brief
undo_all

fsdax 0
fsdax 1
dm log <<<"0 1048576 linear /dev/pmem1 0"
both log-writes <<<"0 $SIZE log-writes /dev/pmem0 /dev/mapper/log"
aside log-writes $((256 << 20))
undo_all

fsdax 0
fsdax 1
dm meta <<<"0 65536 linear /dev/pmem1 0"
must dd if=/dev/zero of=/dev/mapper/meta bs=4096 count=1 oflag=direct status=none
both era <<<"0 $SIZE era /dev/mapper/meta /dev/pmem0 128"
aside era $((16 << 20))
undo_all
check_log
end
