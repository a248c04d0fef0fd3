#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Free space, preallocated space, and the rest of the last block of a file hold
# nobody's data: no event, and no damage. A sector that the end of the file is in
# is told up to the end of the file.
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
must xfs_io -f -c "falloc 0 65536" -c fsync "$MNT/unwritten"
must xfs_io -f -c "pwrite -q 0 5000" -c fsync "$MNT/short"
must xfs_io -f -c "pwrite -q 0 4096" -c "falloc -k 4096 61440" -c fsync "$MNT/beyond"
must xfs_io -f -c "falloc 0 65536" -c "pwrite -q 16384 4096" -c fsync "$MNT/mixed"
free=$(xfs_io -c "fsmap" "$MNT" | sed -n 's/.*\[\([0-9]*\)\.\..*free space.*/\1/p' | tail -n 1)
watch

mce_dev /dev/pmem0 $(((free + 4000) * 512))
nothing "nothing is told of free space"

mce_file "$MNT/unwritten" 9000
nothing "nothing is told of preallocated space"
must fserror-inject hwpoison-file "$MNT/unwritten" 20000
nothing "nor of a poisoned page of it"
mce_file "$MNT/beyond" 8192
nothing "nor of preallocated space beyond the end of a file"

mce_file "$MNT/mixed" 12288
mce_file "$MNT/mixed" 16384
mce_file "$MNT/mixed" 20480
mixed=$(data_lost "$MNT/mixed" 16384 512)
expect "the written block between preallocated ones is told" "$mixed"
nothing "its neighbours are not"

mce_file "$MNT/short" 4999
short=$(data_lost "$MNT/short" 4608 392)
expect "a sector across the end of a file is clipped" "$short"
mce_file "$MNT/short" 5120
nothing "a sector beyond the end of a file, in its last block, is not told"

level "the level has what was lost and no more" "$mixed" "$short"
alive
finish
