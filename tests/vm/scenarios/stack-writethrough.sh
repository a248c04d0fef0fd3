#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-cache that is written through: what is in the cache is on the origin as well, so a
# bad sector of either is a copy that is bad, and of both a loss; what the cache cannot
# read is read from the origin. If it is passed through, the origin is all there is.
# group: stack-moving
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/cache.bash"

cached writethrough
clean_of_file 30 45 7
clean_c=$cache_block
clean_o=$origin_block
clean_of_file 50 70 3
both_c=$cache_block
both_o=$origin_block
spoil fast $((clean_c * BLOCK + 7))
spoil origin $((clean_o * BLOCK + 9)) 3
spoil fast $((both_c * BLOCK + 1)) 4
spoil origin $((both_o * BLOCK + 3)) 4
agrees "written through: a copy is bad, or both are" "$T/map"
check "and something is lost" some_lost
read -r file at < <(at_device $(((clean_o * BLOCK + 7) * 512)))
check "of a block that is clean the origin is read if the cache cannot be" reads "$file" "$at"
read -r file at < <(at_device $(((both_o * BLOCK + 3) * 512)))
check "what both have lost cannot be read" reads_fail "$file" "$at"
must umount "$MNT"
must dmsetup suspend cached
must dmsetup reload cached --table "$(table passthrough)"
must dmsetup resume --noudevsync cached
mount_fs /dev/mapper/cached logdev=/dev/pmem0
quiet
printf '0 %d %s+0\n' $((ORIGIN_MIB << 20)) "$(<"/sys/block/origin/dev")" >"$T/map"
agrees "passed through: the origin is all there is" "$T/map"
check "and something is lost" some_lost
umount_works
undo_all
check_log
end
