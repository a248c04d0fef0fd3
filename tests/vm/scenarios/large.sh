#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Stacks that are large, or go in a circle: a table of 5000 targets; mapped devices that
# are each below the other; and a stripe of 8 TiB of which a leg goes. What is told of
# that is coarse, takes little memory and not long, and is exact again in a dump. When
# the leg is back nothing is bad, and what goes bad then is told as it is.
# only: test-all
# group: large
# timeout: 600
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"

fsdax 0
fsdax 1

### 5000 targets, of 64 KiB each, in turns on both of the disks

for ((i = 0; i < 5000; i++)); do
	echo "$((i * 128)) 128 linear /dev/pmem$((i % 2)) $((2048 + (i >> 1) * 128))"
done >"$T/table"
# too long for an argument
must dmsetup create many --noudevsync "$T/table"
must dmsetup mknodes many
at_end dm_remove many
check_stack /dev/mapper/many brief
dm_remove many

### a circle

# The second half of "turning" is its own first half, by way of "back"; the filesystem
# is in the first half. What is mapped can only be mounted above that, and a flush must not
# come there: it would go round for ever.
HALF=655360
dm turning <<<"0 $HALF linear /dev/pmem0 2048"
mkxfs /dev/mapper/turning
dm back <<<"0 $HALF linear /dev/mapper/turning 0"
dm_reload turning <<<"0 $HALF linear /dev/pmem0 2048
$HALF $HALF linear /dev/mapper/back 0"
straight()
{
	dmsetup info turning >/dev/null 2>&1 || return 0
	dm_reload turning <<<"0 $HALF linear /dev/pmem0 2048"
}
at_end straight
dm above <<<"0 $((2 * HALF)) linear /dev/mapper/turning 0"
must attribute "/sys/dev/block/$(stat -c %Hr:%Lr /dev/mapper/above)/queue/write_cache" "write through"
mount_fs /dev/mapper/above
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
watch
bad=$(data_lost "$MNT/file" 512 512)
mce_file "$MNT/file" 512
expect "a circle: a sector is told once" "$bad"
level "a circle: the level says the same" "$bad"
heal_file "$MNT/file" 512
expect "a circle: a write clears it" "$(cleared "$bad")"
alive
umount_works
stop_monitor
dm_remove above
straight
dm_remove back
dm_remove turning

### a stripe of 8 TiB, of virtual disks

TERA=$((1 << 31)) # in sectors
available()
{
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemAvailable:/ { print $2 }' /proc/meminfo
}

# settled PATTERN: the list of the filesystem is complete and fits the pattern; its line
# is left in $LIST, and in $MOST how many ranges there ever were
MOST=0
settled()
{
	local records

	LIST=$(fserror-dump --ranges --fs "$dev" | head -n 1)
	records=${LIST#* records=}
	records=${records%% *}
	((records <= MOST)) || MOST=$records
	# shellcheck disable=SC2053 # a pattern
	[[ $LIST == "$dev complete"* && $LIST != *pending* && $LIST == $1 ]]
}

null_disk leg0 $((4 << 20))
null_disk leg1 $((4 << 20))
dm gone <<<"0 $((4 * TERA)) linear /dev/leg1 0"
dm huge <<<"0 $((8 * TERA)) striped 2 128 /dev/leg0 0 /dev/mapper/gone 0"
must mkfs.xfs -q -f -K -m rmapbt=1 -d agcount=16,noalign -l size=64m /dev/mapper/huge
mount_fs /dev/mapper/huge
fill_files 4 1
must umount "$MNT"
# read-only, so that the log and what else is lost is not written
must mount -o ro /dev/mapper/huge "$MNT"
dev=$(dev_of "$MNT")
fserror-follow --ready >"$T/follow" 2>"$T/follow.err" &
follower=$!
must wait_for "$EVENT_TIMEOUT" grep -q ready "$T/follow"
before=$(available)
dm_reload gone --noflush --nolockfs <<<"0 $((4 * TERA)) error"
took wait_for 120 settled '* partial=[1-9]*'
diag "$LIST"
no_longer "a leg of 8 TiB goes: all of it is told before long" 60000
after=$(available)
check "it takes little memory" test $((before - after)) -lt $((128 << 10))
diag "$((before - after)) KiB"
# the checks of the debug kernel make its slabs larger, and what is freed is kept a while
range=$(</sys/kernel/slab/fserror_told_node/object_size)
check "and of $((4 * TERA / 128)) pieces less than 8 MiB is ever remembered" \
	test $((MOST * range)) -gt 0 -a $((65536 * range)) -lt $((8 << 20))
diag "$MOST ranges of $range bytes at most"
bytes=${LIST#* bytes=}
check "half of the volume, and not more than all of it" \
	test "${bytes% *}" -ge $((4 * TERA * 512)) -a "${bytes% *}" -le $((8 * TERA * 512))
records=${LIST#* records=}
check "in less ranges than there is room for" test "${records%% *}" -lt 65536
took fserror-dump --ranges --fs "$dev" >/dev/null
no_longer "and they are listed at once" 5000
took fserror-dump --show --first 300 --fs "$dev" >"$T/show"
no_longer "owners are looked up piece by piece" 10000
is "of exact pieces" "$(grep -c -v -E '^[a-z-]+ .*\+(65536|[0-9]{1,5}) flags=|^total' "$T/show")" 0

dm_reload gone --noflush --nolockfs <<<"0 $((4 * TERA)) linear /dev/leg1 0"
# readable: what is in the list is not bad, but may not be what was written (64)
readable()
{
	local flags

	settled '*' || return
	for flags in $(fserror-dump --ranges --show --fs "$dev" | sed -n 's/.* flags=\([^ ]*\).*/\1/p'); do
		((flags & 64)) || return
	done
}
check "the leg is back: nothing is bad" wait_for 60 readable
diag "$LIST"
kill -USR1 "$follower"
check "and a watcher knows" wait_for 60 bash -c "[[ \$(tail -n 1 $T/follow) == end ]]"
is "that nothing is" "$(grep -v -x -e ready -e end -e '.* content-unknown removed -' "$T/follow")" ""
kill -TERM "$follower"
wait "$follower"
is "the watcher ends well" $? 0
diag "$(<"$T/follow.err")"

watch
bad=$(data_lost "$MNT/d1/file" 8192 512 media)
bottom_of "$MNT/d1/file" 8192
null_bad "${BOTTOM_DEV#/dev/}" $((BOTTOM_OFFSET / 512)) 1
expect "what goes bad now is told as it is" "$bad"
umount_works
stop_monitor
undo_all
check_log 'metadata I/O error'
end
