#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# bcache with a btree or a journal that is damaged, or contradicts itself, with checksums that
# are right: keys that claim the same bytes, places that do not exist, keys in the wrong order
# or the wrong node, generations that do not match, nodes that cannot be read. bcache may give
# up such a cache set. If it does not, sectors of both devices go bad, and all files are read:
# no file is told as lost that can be read, and nothing that cannot be read is passed over in
# silence: it is told as lost, or as not known, or there is something without a place.
# Meanwhile every question ends.
# group: stack-moving
# only: test-all
# timeout: 6000
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/maps.bash"
. "$(dirname "$0")/bcache.bash"

BCACHE_FAST_MIB=24
SIZE=$((12 << 20))
# which cases, with commas between; all of them if there are none
CASES=${FUZZ_CASES-}

# spoil_places FILE...: lines "DISK SECTOR"
spoil_places()
{
	local disk sector

	while read -r disk sector; do
		null_bad "$disk" "$sector" 1
	done < <(sort -u "$@")
}

# all_good: of both disks
all_good()
{
	null_good fast 0 $((BCACHE_FAST_MIB * 2048))
	null_good backing 0 $((BCACHE_MIB * 2048))
}

# save and put_back: all of the cache, and the superblock of the backing device
save()
{
	must dd if=/dev/fast of="$T/fast.image" bs=1M iflag=direct status=none
	must dd if=/dev/backing of="$T/super.image" bs=4096 skip=1 count=1 iflag=direct status=none
}

put_back()
{
	must dd if="$T/fast.image" of=/dev/fast bs=1M oflag=direct conv=notrunc status=none
	must dd if="$T/super.image" of=/dev/backing bs=4096 seek=1 count=1 oflag=direct conv=notrunc status=none
}

bcache_is_up()
{
	bcache_set && [[ -b /dev/bcache0 && -e $BCACHE/cache ]]
}

# bring_up: whether bcache takes both
bring_up()
{
	echo /dev/backing >/sys/fs/bcache/register
	echo /dev/fast >/sys/fs/bcache/register
	wait_for 5 bcache_is_up || return
	echo 0 >"$BCACHE/writeback_running"
	echo 100000 >"$SET/io_error_limit"
	echo 100000 >"$BCACHE/io_error_limit"
	echo 0 >"$SET/congested_read_threshold_us"
	sleep 1
	bcache_is_up
} 2>/dev/null

# settled: what the list says of files is what can be true. Of more than one answer of
# reads any may be.
settled()
{
	list_json >"$T/list.json" 2>"$T/list.err" || return
	WRONG=$(whatreads judge "$MNT" "$T/list.json" "$T/lost" 2>"$T/judge.err")
	[[ ! $WRONG ]]
}

is_exact()
{
	lost_is "$(<"$T/lost")"
}

# begin HOW [LEAF]: the image with this damage, registered and mounted; whether it was, and 2 if
# this leaf cannot have the damage
begin()
{
	no_bcache
	put_back
	if ! bcachefuzz "$1" /dev/fast ${2:+"$2"} >"$T/near" 2>"$T/fuzz.err"; then
		diag "$1${2:+, leaf $2}: $(tail -n 1 "$T/fuzz.err")"
		return 2
	fi
	bring_up && mount -o ro,logdev=/dev/pmem0 /dev/bcache0 "$MNT"
}

# begin_with HOW LEAF...: with the first of these leaves that can have the damage, and with
# which the filesystem can be mounted: there may be metadata of its own
begin_with()
{
	local how=$1 leaf

	shift
	for leaf; do
		begin "$how" "$leaf" && return
	done
	not_ok "$how: it is taken" "$(dmesg | grep bcache | tail -n 5)"
	return 1
}

wanted()
{
	[[ ! $CASES || ",$CASES," == *",$1,"* ]]
}

# exact HOW TEXT: what is told as lost is what cannot be read; judged HOW TEXT: see above
exact()
{
	damaged "$@" is_exact
}

judged()
{
	damaged "$@" settled
}

# join_leaves: those with few keys become one
join_leaves()
{
	NODES=$(btree_nodes)
	must attribute "$SET/internal/trigger_gc" 1
	must wait_for 20 has_fewer_nodes
}

btree_nodes()
{
	sed -n 's/^btree nodes:[[:space:]]*//p' "$SET/internal/bset_tree_stats"
}

has_fewer_nodes()
{
	[[ $(btree_nodes) -lt $NODES ]]
}

damaged()
{
	local how=$1 text="$1: $2"

	wanted "$how" || return 0
	begin_with "$how" '' {0..5} || return
	[[ $how != joined ]] || join_leaves
	spoil_places "$T/near" "$T/spread"
	must whatreads lost "$MNT"
	printf '%s\n' "$OUT" >"$T/lost"
	check "$text: something is lost" test -s "$T/lost"
	WRONG="nobody was asked"
	wait_for "$EVENT_TIMEOUT" "$3" || :
	if [[ $3 == is_exact ]]; then
		same_lines "$text: what is told is what cannot be read" "$LEVEL" "$(<"$T/lost")"
	else
		is "$text: nothing is wrong, and nothing silent" "$WRONG" ""
		diag "$text: $(<"$T/judge.err")"
	fi
	all_good
	diag "$SECONDS s"
	check "$text: all is good again" wait_for "$EVENT_TIMEOUT" level_is ""
	must umount "$MNT"
}

# refused HOW TEXT: bcache gives up the cache set, and says why. Who starts the backing device
# without it is told that nobody knows what of it is old.
refused()
{
	local text="$1: $2" leaf status

	wanted "$1" || return 0
	for leaf in '' 0 1 2 3 4 5; do
		begin "$1" "$leaf"
		status=$?
		((status == 2)) || break
	done
	if ((status != 1)); then
		not_ok "$text: it is refused" "$(dmesg | grep bcache | tail -n 8)"
		umount "$MNT" 2>/dev/null
		return
	fi
	is "$text: it is refused" "$(bcache_is_up; echo $?)" 1
	diag "$(dmesg | grep -E 'bcache: .*(error|spotted|bad|disabling)' | tail -n 3)"
	wait_for 20 set_is_gone
	start_alone
	must mount -o ro,logdev=/dev/pmem0 /dev/bcache0 "$MNT"
	check "$text: started without it, something has no place" wait_for "$EVENT_TIMEOUT" has_unplaced
	is "$text: and the layer is named" \
		"$(unplaced "$(damage | grep ' flags=unresolved,unmapped')" | sed 's/ origin.*//')" \
		"kind=media flags=unresolved,unmapped layer=bcache"
	must umount "$MNT"
}

# start_alone: the backing device, without its cache
start_alone()
{
	wait_for 10 backing_is_gone
	[[ -e /sys/block/backing/bcache ]] || bcache_register /dev/backing
	[[ -b /dev/bcache0 ]] || must attribute /sys/block/backing/bcache/running 1
	must wait_for 20 test -b /dev/bcache0
}

backing_is_gone()
{
	[[ ! -e /sys/block/backing/bcache ]]
}

set_is_gone()
{
	! bcache_set
}

# look_at_leaves: of each leaf NODE[N] is where it is on the cache, first sector and how many,
# and WHAT[N] what its keys may be about, first byte and length of the disk
look_at_leaves()
{
	local at length first last size

	size=$(blockdev --getsize64 /dev/bcache0)
	NODE=() WHAT=()
	while read -r at length first last; do
		NODE+=("$((at / 512))+$((length / 512))")
		last=$((first + last - BCACHE_START))
		first=$((first > BCACHE_START ? first - BCACHE_START : 0))
		WHAT+=("$first+$(((last < size ? last : size) - first))")
	done < <(bcachefuzz leaves /dev/fast)
}

# unknown_ranges: of the disk
unknown_ranges()
{
	list_json >"$T/list.json" 2>/dev/null || return
	jq -r '.damage[] | select((.flags // []) | index("unknown")) | .device |
		"\(.offset)+\(.length)"' "$T/list.json" | sort -u
}

some_unknown()
{
	[[ $(unknown_ranges) ]]
}

# ends_soon COMMAND...: whatever it says
ends_soon()
{
	timeout 60 "$@" >/dev/null
	(($? != 124))
}

: >"$T/spoilt"
fsdax 0
# in most buckets there is one key, and a node has room for 169 of them
make_bcache 4k
mkxfs /dev/bcache0 -l logdev=/dev/pmem0,size=64m
mount_fs /dev/bcache0 logdev=/dev/pmem0
write_files writethrough clean 1 2
write_files none plain 1 2
cache_mode writeback
must blockmap tag "$MNT/file" 1 $SIZE
must blockmap tag "$MNT/small" 1 524288 2048
cache_mode none
for at in 65536 131072; do
	echo "backing $((BCACHE_START / 512 + $(disk_offset "$MNT/plain/1" $at) / 512 + 3))"
done >"$T/plain"
must umount "$MNT"
no_bcache
must bcachefuzz show /dev/fast
diag "$OUT"
check "what the journal has is in the btree" grep -q 'the same$' <<<"$OUT"
must bcachefuzz places /dev/fast 24
cat - "$T/plain" <<<"$OUT" >"$T/spread"
printf '0 %d %s+%d\n' $((BCACHE_MIB * 1048576 - BCACHE_START)) "$(number backing)" "$BCACHE_START" >"$T/straight"
save
monitor_raw

exact none "a key without a pointer"
exact overlap "a key that claims the middle of another"
exact cover "a key that covers the one before"
exact same "two keys that have one place"
exact two "a key with two pointers"
exact stale "a generation that makes other keys stale"
exact journal-key "a key in the journal that claims part of another"
exact journal-sum "the newest entry of the journal has a wrong checksum"
exact again "a leaf that is in the place of the next one, too"
judged order "keys in the wrong order"
judged joined "keys in the wrong order, which garbage collection has joined with others"
judged inode "a key of another device among them"
judged beyond "a key of another leaf"
judged root-order "pointers in the wrong order"
judged seven "a pointer to a leaf seven times"
if wanted bad-leaf && begin_with none '' {0..5}; then
	# Of nodes that are in memory the keys are known. The others are not read, because that
	# would give up the cache set.
	must whatreads lost "$MNT"
	look_at_leaves
	for node in "${NODE[@]:1}"; do
		null_bad fast "${node%+*}" "${node#*+}"
	done
	check "bad-leaf: leaves in bad places are told" wait_for "$EVENT_TIMEOUT" has_bad_nodes
	# now nobody reads what is dropped
	prune
	null_bad fast "${NODE[0]%+*}" "${NODE[0]#*+}"
	check "bad-leaf: of some the keys are not known" wait_for "$EVENT_TIMEOUT" some_unknown
	unknown_ranges >"$T/unknown"
	is "bad-leaf: that is all that they may be about" \
		"$(comm -23 "$T/unknown" <(printf '%s\n' "${WHAT[@]}" | sort))" ""
	diag "$(wc -l <"$T/unknown") leaves of ${#WHAT[@]}"
	check "bad-leaf: but of others they are" test "$(wc -l <"$T/unknown")" -lt ${#WHAT[@]}
	check "bad-leaf: the cache set is there" bcache_is_up
	all_good
	check "bad-leaf: all is good again" wait_for "$EVENT_TIMEOUT" level_is ""
	must umount "$MNT"
fi
if wanted root-empty && begin_with root-empty 3; then
	# in the root, the empty one comes before it
	read -r at length _ < <(bcachefuzz leaves /dev/fast | sed -n 4p)
	prune
	null_bad fast $((at / 512)) $((length / 512))
	check "root-empty: what is not known is said" wait_for "$EVENT_TIMEOUT" not_known
	# the root is not in order, so nothing is known of what is elsewhere, and questions end
	spoil_places "$T/spread"
	check "root-empty: a question ends" ends_soon fswatch-err list --json
	all_good
	check "root-empty: all is good again" wait_for "$EVENT_TIMEOUT" level_is ""
	must umount "$MNT"
fi
if wanted live && begin_with none {0..5}; then
	# What reads it gives up the cache set, and a question reads it. So nothing is known then.
	# A leaf that is in memory is not read, so it is done to all of them, and some are dropped.
	for leaf in {0..31}; do
		bcachefuzz live-past /dev/fast "$leaf" 2>"$T/fuzz.err"
	done >"$T/near"
	prune
	spoil_places "$T/near"
	check "live: a key that has no place is met: it is not known" wait_for "$EVENT_TIMEOUT" not_known
	diag "$(dmesg | grep 'bcache: ' | tail -n 3)"
	all_good
	must umount "$MNT"
fi
refused past "a place behind the last bucket"
refused far "a place as far away as can be said"
refused super "a place in the superblock"
refused sum "a leaf with a wrong checksum"
undo_all
check_log 'XFS .*(Corruption of|Shutting down|shut down)'
end
