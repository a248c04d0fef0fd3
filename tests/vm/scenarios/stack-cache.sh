#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-cache that writes back: a bad sector of the cache below a dirty block is lost, below a
# clean one a copy is bad and the origin is read; of the origin below a dirty block it is
# nothing; and of the metadata it has no place. A block that becomes dirty is told within a
# minute or so. Losing the cache device loses the dirty blocks, those bytes of those files.
# What is expected comes from cache_dump(8) of the suspended device, and FIEMAP.
# group: stack-moving
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/cache.bash"

cached writeback true
read -r dirty_c dirty_o < <(nth 20 true)
clean_of_file 30 45 7
clean_c=$cache_block
clean_o=$origin_block
uncached=$(comm -13 <(sed -n 's/.*origin_block="\([0-9]*\)".*/\1/p' "$T/dump.xml" | sort) \
	<(blockmap blocks "$MNT" $((BLOCK * 512)) | sort) | head -n 1)

spoil fast $((dirty_c * BLOCK + 5))
agrees "a sector of a dirty block is lost" "$T/map"
check "and it is one" some_lost
read -r file at < <(at_device $(((dirty_o * BLOCK + 5) * 512)))
check "it cannot be read" reads_fail "$file" "$at"

spoil fast $((clean_c * BLOCK + 7))
agrees "of a clean block a copy is bad" "$T/map"
check "and it is one" some_degraded
read -r file at < <(at_device $(((clean_o * BLOCK + 7) * 512)))
check "it is read from the origin" reads "$file" "$at"
spoil origin $((clean_o * BLOCK + 9)) 3
spoil origin $((dirty_o * BLOCK + 11)) 2
spoil fast $(((BLOCKS - 2) * BLOCK + 3)) 4
spoil origin $((uncached * BLOCK + 13)) 2
# over the end of a block, and all of some
spoil fast $((100 * BLOCK - 3)) $((3 * BLOCK))
agrees "the origin below a clean block, a dirty one, and none; a free block of the cache, and several in a row" "$T/map"
# the policy may use it any time
mend fast $(((BLOCKS - 2) * BLOCK + 3)) 4

no_place "a sector of the metadata has no place" "cache metadata" meta 64

# nothing is reported when a block becomes dirty
loud
# the policy has gone on since the last one
dump
clean_of_file 46 70 32
moved_o=$origin_block
spoil fast $((cache_block * BLOCK + 7))
agrees "of one more clean block a copy is bad" "$T/map"
must xfs_io -d -c "pwrite -q $((at / 4096 * 4096)) 4096" "$file"
sed -i "s/\(origin_block=\"$moved_o\" dirty=\"\)false/\1true/" "$T/dump.xml"
must blockmap cache "$T/dump.xml" /dev/fast /dev/origin $((ORIGIN_MIB << 20))
printf '%s\n' "$OUT" >"$T/map"
EVENT_TIMEOUT=150 agrees "when that becomes dirty it is told as lost, without a change below" "$T/map"

mend_all
agrees "all is good again" "$T/map"

# The device goes. Which clean blocks are in the cache is the policy's, at any moment;
# with the device gone each of them is degraded.
lost_is()
{
	LEVEL=$(level_map) && LEVEL=$(grep ^lost <<<"$LEVEL") && [[ $LEVEL == "$1" ]]
}

quiet
dump
gone=$(<"/sys/block/fast/dev")
want=$(blockmap lost "$MNT" "$T/map" "$gone+0+$((1 << 40))" | grep ^lost)
check "there is something to lose" test "$(wc -l <<<"$want")" -ge 100
must null_off fast
wait_for "$EVENT_TIMEOUT" lost_is "$want" || :
same_lines "the cache is gone: exactly the dirty blocks are lost" "$LEVEL" "$want"
read -r clean_c clean_o < <(nth 10 false)
read -r file at < <(at_device $(((clean_o * BLOCK) * 512)))
check "a clean block can be read" reads "$file" "$at"
read -r dirty_c dirty_o < <(nth 10 true)
read -r file at < <(at_device $(((dirty_o * BLOCK) * 512)))
check "a dirty one cannot" reads_fail "$file" "$at"
umount_works
undo_all
# what is written when it is unmounted cannot be flushed to a cache that is gone
check_log 'Metadata I/O Error \(0x1\) detected at xfs_buf_ioend'
end
