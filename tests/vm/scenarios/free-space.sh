#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Free space, preallocated space, and the rest of the last block of a file hold nobody's
# data: what is bad there is told as a range that nobody owns, and no file is named. Of a
# sector that the end of the file is in, the file has lost the bytes up to its end.
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
must xfs_io -f -c "falloc 0 65536" -c fsync "$MNT/unwritten"
must xfs_io -f -c "pwrite -q 0 5000" -c fsync "$MNT/short"
must xfs_io -f -c "pwrite -q 0 4096" -c "falloc -k 4096 61440" -c fsync "$MNT/beyond"
must xfs_io -f -c "falloc 0 65536" -c "pwrite -q 16384 4096" -c fsync "$MNT/mixed"
free=$(xfs_io -c "fsmap" "$MNT" | sed -n 's/.*\[\([0-9]*\)\.\..*free space.*/\1/p' | tail -n 1)
lines=()

# unowned TEXT DEV-OFFSET LENGTH: that is what is told next
unowned()
{
	lines+=("$(media xfs /dev/pmem0 "$2" "$3" machine-check unowned)")
	expect "$1" "${lines[-1]}"
}

watch

mce_dev /dev/pmem0 $(((free + 4000) * 512))
unowned "free space has no owner" $(((free + 4000) * 512)) 512

at=$(disk_offset "$MNT/unwritten" 0)
mce_file "$MNT/unwritten" 9000
unowned "nor has preallocated space" $((at + 8704)) 512
must fserror-inject hwpoison-file "$MNT/unwritten" 20000
unowned "nor has a poisoned page of it" $((at + 16384)) 4096
mce_file "$MNT/beyond" 8192
unowned "nor has preallocated space beyond the end of a file" "$(disk_offset "$MNT/beyond" 8192)" 512

at=$(disk_offset "$MNT/mixed" 0)
mce_file "$MNT/mixed" 12288
unowned "nor has the block before one that was written" $((at + 12288)) 512
mce_file "$MNT/mixed" 16384
mixed=$(data_lost "$MNT/mixed" 16384 512)
expect "the written block between preallocated ones is told" "$mixed"
mce_file "$MNT/mixed" 20480
unowned "the block after it has no owner" $((at + 20480)) 512

mce_file "$MNT/short" 4999
short=$(data_lost "$MNT/short" 4608 392)
at=$(disk_offset "$MNT/short" 4999)
at=$((at / 512 * 512))
rest=$(media xfs /dev/pmem0 $((at + 392)) 120 machine-check unowned)
expect "a sector across the end of a file is the file's up to the end, and then nobody's" \
	"$short" "$rest"
mce_file "$MNT/short" 5120
unowned "a sector beyond the end of a file, in its last block, has no owner" $((at + 512)) 512

# the two that have no owner at the end of that file are one now
unset "lines[-1]"
level "the level has the same" "$mixed" "$short" "${lines[@]}" \
	"$(media xfs /dev/pmem0 $((at + 392)) 632 machine-check unowned)"
alive
finish
