#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A drive whose medium can be changed, and which a program holds: a sector that cannot be
# read is told without a file, a write makes it good, and so does another medium, of which
# nobody says that the content is the same. Of a drive that nobody holds nothing is told.
# group: disk
# run: --append scsi_debug.dev_size_mb=400
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/one-loss.bash"

SECTOR=4096
OTHER="cleared null null+null content-unknown 0+$(((SECTOR + 1) * 512)) disk"
BAD="media null null+null unresolved $((SECTOR * 512))+512 disk"

# found TEXT: the sector cannot be read
found()
{
	medium_bad $SECTOR 1
	check_fails "$1" "" dd if="/dev/$DISK" of=/dev/null bs=512 skip=$SECTOR count=1 iflag=direct status=none
}

# hold: a program has the drive for itself until $HOLDER ends
hold()
{
	python3 -c 'import os, signal, sys
os.open(sys.argv[1], os.O_RDONLY | os.O_EXCL)
print("held", flush=True)
signal.pause()' "/dev/$DISK" >"$T/held" &
	HOLDER=$!
	must wait_for 20 test -s "$T/held"
}

at_end medium_good
at_end attribute "$SCSI_DEBUG/removable" 0
at_end attribute "$SCSI_DEBUG/virtual_gb" 0
must attribute "$SCSI_DEBUG/removable" 1
scsi_disk
NUMBER=$(cat "/sys/class/block/$DISK/dev")
is "the drive says that its medium can be changed" "$(<"/sys/block/$DISK/removable")" 1

watch
found "a sector cannot be read, which nobody holds"
medium_good
writes $SECTOR 1
hold
found "a sector cannot be read, which a program holds"
exactly "which is told of the device, without a file" "$BAD"
medium_good
writes $SECTOR 1
exactly "a write makes it good" "$BAD" "cleared null null+null  $((SECTOR * 512))+512 disk"
stop_monitor

watch
found "it cannot be read again"
exactly "and is told" "$BAD"
medium_good
# who opens the drive asks whether its medium is the same; this one is larger
must attribute "$SCSI_DEBUG/virtual_gb" 1
must blockdev --getsize64 "/dev/$DISK"
is "there is another medium in the drive" "$OUT" $((1 << 30))
exactly "nothing is known to be bad of that one" "$BAD" "$OTHER"
must dd if="/dev/$DISK" of=/dev/null bs=512 skip=$SECTOR count=1 iflag=direct status=none
exactly "it can be read, which is no news" "$BAD" "$OTHER"
stop_monitor
must kill "$HOLDER"
wait "$HOLDER"
undo_all
check_log
end
