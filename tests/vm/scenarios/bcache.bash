# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of bcache have in common; sourced after stack.bash, disks.bash and
# maps.bash. Sectors of files say which they are, so that the map is what is found on the
# raw devices: bytes that only the cache has are dirty, those that both have are clean.

BCACHE_MIB=320		# of the backing device
BCACHE_FAST_MIB=64
BCACHE_START=8192	# its first byte, on the backing device
BCACHE=/sys/block/bcache0/bcache

# no_bcache: all that there is of bcache is taken down
no_bcache()
{
	local path

	for path in /sys/block/bcache*/bcache/stop /sys/fs/bcache/*-*/stop; do
		echo 1 >"$path"
	done
	for path in /sys/block/*/bcache/stop; do
		[[ ! -e $path ]] || echo 1 >"$path"
	done
	wait_for 30 bcache_is_gone || not_ok "put back: bcache"
}

bcache_is_gone()
{
	local left=(/sys/block/bcache* /sys/fs/bcache/*-* /sys/block/*/bcache)

	((${#left[@]} == 0))
}

# bcache_set: the directory of the cache set; left in $SET
bcache_set()
{
	local sets=(/sys/fs/bcache/*-*)

	SET=${sets[0]-}
	[[ $SET ]]
}

# bcache_register DEV
bcache_register()
{
	must attribute /sys/fs/bcache/register "$1"
}

# make_bcache [BUCKET]: /dev/bcache0, of the disks backing and fast, that caches only what it is
# told to, never writes back by itself, and is not given up because of errors
make_bcache()
{
	null_disk backing $BCACHE_MIB
	null_disk fast $BCACHE_FAST_MIB
	must make-bcache -B /dev/backing
	must make-bcache -C -b "${1:-64k}" /dev/fast
	at_end no_bcache
	bcache_register /dev/backing
	bcache_register /dev/fast
	must wait_for 20 test -b /dev/bcache0
	must wait_for 20 bcache_set
	bcache_set
	must attribute "$BCACHE/attach" "${SET##*/}"
	must attribute "$SET/congested_read_threshold_us" 0
	must attribute "$SET/congested_write_threshold_us" 0
	must attribute "$SET/io_error_limit" 100000
	must attribute "$BCACHE/io_error_limit" 100000
	must attribute "$BCACHE/sequential_cutoff" 0
	must attribute "$BCACHE/writeback_running" 0
	must attribute "$BCACHE/writeback_percent" 0
	must attribute "$BCACHE/writeback_delay" 0
	cache_mode none
}

# cache_mode MODE: of what is written from now on
cache_mode()
{
	must attribute "$BCACHE/cache_mode" "$1"
}

# write_files MODE DIRECTORY VERSION [COUNT]: files of 256 KiB
write_files()
{
	local i

	cache_mode "$1"
	mkdir -p "$MNT/$2"
	for ((i = 0; i < ${4:-6}; i++)); do
		must blockmap tag "$MNT/$2/$i" "$3" 262144
	done
	cache_mode none
}

# bcache_map: what is where, to $T/map; nothing is bad meanwhile
bcache_map()
{
	must blockmap tagged "$MNT" /dev/fast /dev/backing $BCACHE_START \
		$((BCACHE_MIB * 1048576 - BCACHE_START))
	printf '%s\n' "$OUT" >"$T/map"
}

# prune: no node is in memory but the two dozen that bcache keeps
prune()
{
	must attribute "$SET/internal/prune_cache" 1000000000
}

# has_bad_nodes: it is told that nodes of the btree are bad, or other metadata
has_bad_nodes()
{
	damage_has ' flags=unresolved,unmapped layer=bcache metadata '
}

# place FILE OFFSET: "FAST BACKING", the sectors where the byte is; - where it is not
place()
{
	local at

	at=$(disk_offset "$1" "$2")
	/usr/bin/python3 -IS -c '
import sys
at, fast, backing = int(sys.argv[1]), *sys.argv[2:4]
found = {fast: "-", backing: "-"}
with open(sys.argv[4], encoding="ascii") as lines:
    for line in lines:
        pos, length, *places = line.split()
        if int(pos) <= at < int(pos) + int(length):
            for text in places:
                dev, offset = text.split("+")
                found[dev] = (int(offset) + at - int(pos)) // 512
print(found[fast], found[backing])
' "$at" "$(<"/sys/block/fast/dev")" "$(<"/sys/block/backing/dev")" "$T/map"
}

# dirty_is STATE: clean or dirty
dirty_is()
{
	[[ $(<"$BCACHE/state") == "$1" ]]
}
