# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of dm-cache have in common; sourced after stack.bash, disks.bash and
# maps.bash.

BLOCK=64		# sectors
BLOCKS=384		# of the cache
FREE=4			# of these
ORIGIN_MIB=320

# restore DIRTY: metadata of a cache that has the blocks in $T/blocks; every third is
# clean, or all if DIRTY is empty. The content of the cache is that of the origin.
restore()
{
	local i dirty
	local -a oblocks

	mapfile -t oblocks <"$T/blocks"
	{
		printf '<superblock uuid="" block_size="%d" nr_cache_blocks="%d" policy="smq" hint_width="4">\n<mappings>\n' \
			$BLOCK $BLOCKS
		for ((i = 0; i < BLOCKS - FREE; i++)); do
			dirty=false
			((i % 3)) && dirty=${1:-false}
			printf '<mapping cache_block="%d" origin_block="%d" dirty="%s"/>\n' \
				"$i" "${oblocks[i]}" "$dirty"
		done
		printf '</mappings>\n<hints>\n</hints>\n<discards>\n</discards>\n</superblock>\n'
	} >"$T/restore.xml"
	must cache_restore -i "$T/restore.xml" -o /dev/meta
	must copy_blocks "${oblocks[@]:0:BLOCKS - FREE}"
}

# copy_blocks OBLOCK...: to the cache, one after the other
copy_blocks()
{
	/usr/bin/python3 -IS -c '
import os, sys
size = int(sys.argv[1]) * 512
origin, cache = (os.open(name, flags) for name, flags in
                 (("/dev/origin", os.O_RDONLY), ("/dev/fast", os.O_WRONLY | os.O_SYNC)))
data = bytearray()
for block in sys.argv[2:]:
    data += os.pread(origin, size, int(block) * size)
at = 0
while at < len(data):
    at += os.pwrite(cache, data[at:at + (1 << 20)], at)
' "$BLOCK" "$@"
}

# table MODE: of the cache
table()
{
	printf '0 %d cache /dev/meta /dev/fast /dev/origin %d 1 %s smq 2 migration_threshold 0' \
		$((ORIGIN_MIB * 2048)) $BLOCK "$1"
}

# dump: the map as the metadata say it
dump()
{
	must dmsetup suspend --nolockfs cached
	# the tool wants to have it for itself
	must dd if=/dev/meta of="$T/meta" bs=1M iflag=direct status=none
	must cache_dump -o "$T/dump.xml" "$T/meta"
	must dmsetup resume --noudevsync cached
	must blockmap cache "$T/dump.xml" /dev/fast /dev/origin $((ORIGIN_MIB << 20))
	printf '%s\n' "$OUT" >"$T/map"
}

# nth NUMBER WHICH: cache and origin block of the mapping that is dirty, or clean
nth()
{
	sed -n "s/.*cache_block=\"\([0-9]*\)\" origin_block=\"\([0-9]*\)\" dirty=\"$2\".*/\1 \2/p" \
		"$T/dump.xml" | sed -n "$1p"
}

# clean_of_file FIRST LAST SECTOR: of these clean mappings the first one of a file, $cache_block
# and $origin_block, and where in $file the sector of the block is, $at. The policy has put
# blocks of the filesystem itself where others were.
clean_of_file()
{
	local n

	for ((n = $1; n <= $2; n++)); do
		read -r cache_block origin_block < <(nth "$n" false)
		read -r file at < <(at_device $(((origin_block * BLOCK + $3) * 512)))
		[[ ! $file ]] || return
		diag "no file has cache block $cache_block, block $origin_block"
	done
	not_ok "set-up: of mappings $1 to $2 one is a file's"
	end
}

# set_up: disks, and a filesystem of which $T/blocks says what is to be cached
set_up()
{
	null_disk origin $ORIGIN_MIB
	null_disk fast $((BLOCK * BLOCKS / 2048))
	null_disk meta 8
	fsdax 0

	# The log is elsewhere, or it might move to the cache: losing that is not the
	# subject here.
	mkxfs /dev/origin -l logdev=/dev/pmem0,size=64m
	mount_fs /dev/origin logdev=/dev/pmem0
	must /usr/bin/python3 -IS -c '
import os, sys
for i in range(100):
    os.mkdir(f"{sys.argv[1]}/d{i}")
    with open(f"{sys.argv[1]}/d{i}/file", "wb") as file:
        file.write(bytes([64 + i]) * 327680)
' "$MNT"
	# what is preallocated behind the end of a file goes when it is closed for good
	remount /dev/origin logdev=/dev/pmem0
	# every second one, so that they are scattered
	blockmap blocks "$MNT" $((BLOCK * 512)) | sed -n 'n;p' >"$T/blocks"
	check "there are enough blocks to cache" test "$(wc -l <"$T/blocks")" -ge $((BLOCKS - FREE))
	must umount "$MNT"
}

# cached MODE [DIRTY]: the filesystem on the cache, mounted, watched, and the map of it
cached()
{
	: >"$T/spoilt"
	set_up
	restore "${2-}"
	dm cached <<<"$(table "$1")"
	mount_fs /dev/mapper/cached logdev=/dev/pmem0
	quiet
	dump
	monitor_raw
}
