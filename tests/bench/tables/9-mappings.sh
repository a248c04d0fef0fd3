#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# title: A cache of 1 TiB with a million blocks, a thin pool with a million mappings
# run: --memory 5G
# timeout: 2400
. "$FSERROR_TOP/tests/bench/guest/lib.bash"
. "$FSERROR_TOP/tests/vm/scenarios/disks.bash"
. "$FSERROR_TOP/tests/vm/scenarios/maps.bash"

COUNT=$(sizes 8192 1048576)	# blocks of the cache, and mappings of the pool
MANY=$(sizes 20 500)		# bad sectors; null_blk keeps 512
CACHE_BLOCK=64			# sectors; a MiB of the cached device has one in the cache
POOL_BLOCK=128			# sectors
METADATA_MIB=128

# shuffled: 0 to COUNT - 1, each once, in no order
shuffled()
{
	seq 0 $((COUNT - 1)) | shuf --random-source=<(yes)
}

# cache_xml: which of the 32 blocks in a MiB is cached differs; every second one is dirty
cache_xml()
{
	printf '<superblock uuid="" block_size="%d" nr_cache_blocks="%d" policy="smq" hint_width="4">\n<mappings>\n' \
		$CACHE_BLOCK "$COUNT"
	shuffled | awk '{
		printf("<mapping cache_block=\"%d\" origin_block=\"%d\" dirty=\"%s\"/>\n",
		       NR - 1, $1 * 32 + $1 % 31, NR % 2 ? "true" : "false") }'
	printf '</mappings>\n<hints>\n</hints>\n<discards>\n</discards>\n</superblock>\n'
}

# pool_xml: a thin device, the blocks of which are anywhere in the pool
pool_xml()
{
	printf '<superblock uuid="" time="0" transaction="1" data_block_size="%d" nr_data_blocks="%d">\n' \
		$POOL_BLOCK "$COUNT"
	printf '<device dev_id="0" mapped_blocks="%d" transaction="0" creation_time="0" snap_time="0">\n' "$COUNT"
	shuffled | awk '{
		printf("<single_mapping origin_block=\"%d\" data_block=\"%d\" time=\"0\"/>\n", NR - 1, $1) }'
	printf '</device>\n</superblock>\n'
}

# filesystem DEV: of one large file; nothing is written any more, which might meet a bad
# sector of the metadata
filesystem()
{
	must mkfs.xfs -q -f -K -m rmapbt=1 -l size=64m "$1"
	mount_fs "$1"
	must xfs_io -f -c "pwrite -q -b 1m 0 8m" -c fsync "$MNT/file"
	quiet
}

# cached_sector: one of the file that is in the cache, where it is on /dev/fast
cached_sector()
{
	local at=$(($(disk_offset "$MNT/file" 0) / 512))

	awk -F '"' -v from=$(((at + CACHE_BLOCK - 1) / CACHE_BLOCK)) -v blocks=128 -v size=$CACHE_BLOCK '
		/<mapping / && $4 >= from && $4 < from + blocks { print $2 * size + 5; exit }' "$T/xml"
}

# pool_sector: one of the file, where it is on /dev/data
pool_sector()
{
	local at=$(($(disk_offset "$MNT/file" 0) / 512))

	awk -F '"' -v block=$((at / POOL_BLOCK)) -v size=$POOL_BLOCK -v rest=$((at % POOL_BLOCK)) '
		/<single_mapping / && $2 == block { print $4 * size + rest; exit }' "$T/xml"
}

# most_memory ROW COMMAND...: what the kernel needs while the command runs, beyond what it
# had before
most_memory()
{
	local row=$1 before

	shift
	before=$(kernel_memory)
	: >"$T/sampling"
	while [[ -e $T/sampling ]]; do
		kernel_memory
	done >"$T/samples" &
	must "$@"
	rm "$T/sampling"
	wait $!
	figure "$row" "memory of the kernel meanwhile, at most" bytes \
		$(($(sort -n "$T/samples" | tail -n 1) - before))
}

# questions: for as long as it takes to look at the memory several times
questions()
{
	local i

	for ((i = 0; i < 20; i++)); do
		fsbench damage ranges || return
	done
}

is_good()
{
	looked ranges && (($(of records "$LINE") == 0))
}

# measure NAME DISK BLOCK FIRST: how long it takes until the sector FIRST of the disk is told
# when it is bad, then with more of them; it has COUNT blocks of so many sectors
measure()
{
	local name=$1 disk=$2 block=$3 first=$4 begin round i

	for ((round = 0; round < ROUNDS; round++)); do
		begin=$(clock)
		null_bad "$disk" "$first" 1
		owned 1
		figure "$name, one bad sector" "until damage-get names the file" ms "$(ms $(($(clock) - begin)))"
		timed "$name, one bad sector" "damage-get" damage
		timed "$name, one bad sector" "damage-get, ranges" damage ranges
		most_memory "$name, one bad sector" questions
		for ((i = 0; i < MANY; i++)); do
			null_bad "$disk" $(((i * 7919 + 1) % COUNT * block + 3)) 1
		done
		settled 2
		timed "$name, $MANY more" "damage-get, ranges" damage ranges
		figure "$name, $MANY more" "ranges" "" "$(of records "$LINE")"
		most_memory "$name, $MANY more" questions
		begin=$(clock)
		null_good "$disk" 0 $((COUNT * block))
		wait_for 120 is_good || not_ok "set-up: all is good again" "$LINE"
		figure "$name, $MANY more" "until nothing is bad any more" ms "$(ms $(($(clock) - begin)))"
	done
}

null_disk origin "$COUNT"
null_disk fast $((COUNT * CACHE_BLOCK / 2048))
null_disk meta $METADATA_MIB
cache_xml >"$T/xml"
must cache_restore -i "$T/xml" -o /dev/meta
begin=$(clock)
dm cached <<<"0 $((COUNT * 2048)) cache /dev/meta /dev/fast /dev/origin $CACHE_BLOCK 1 writeback smq 2 migration_threshold 0"
figure "a cache of $COUNT blocks" "dmsetup create, for comparison" ms "$(ms $(($(clock) - begin)))"
filesystem /dev/mapper/cached
measure "a cache of $COUNT blocks" fast $CACHE_BLOCK "$(cached_sector)"
must umount "$MNT"
undo_all

null_disk data $((COUNT * POOL_BLOCK / 2048))
null_disk meta $METADATA_MIB
pool_xml >"$T/xml"
must thin_restore -i "$T/xml" -o /dev/meta
dm pool <<<"0 $((COUNT * POOL_BLOCK)) thin-pool /dev/meta /dev/data $POOL_BLOCK 0 1 skip_block_zeroing"
dm thin <<<"0 $((COUNT * POOL_BLOCK)) thin /dev/mapper/pool 0"
filesystem /dev/mapper/thin
measure "a pool of $COUNT mappings" data $POOL_BLOCK "$(pool_sector)"
must umount "$MNT"
measured
