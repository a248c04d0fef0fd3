#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Whole rows of RAID5 are written where md has recorded bad blocks, and where members refuse
# writes. md handles adjacent stripes of such a write together; each of them has to find
# out about its own blocks. What was written is there when it is read again, or the write
# was an error; what the level says is true each time.
# group: stack-md
# timeout: 900
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

SECTORS=$((170 << 11))	# of a member
LATER=20480		# in a chunk: a stripe that is not the first of those handled together

# whole MEMBER: all of it can be read and written
whole()
{
	dm_reload "m$1" --nolockfs <<<"0 $SECTORS linear /dev/disk$1 0"
}

# refusing MEMBER: the block there is read as before, and writes of it fail
refusing()
{
	local behind=$((SECTOR + 8))

	dm_reload "m$1" --nolockfs <<END
0 $SECTOR linear /dev/disk$1 0
$SECTOR 8 flakey /dev/disk$1 $SECTOR 0 1000 1 error_writes
$behind $((SECTORS - behind)) linear /dev/disk$1 $behind
END
}

# write_row LETTER: all of the row. md handles only those stripes together that are not in
# its cache, so that is filled with others.
write_row()
{
	dd if=/dev/zero of="$MNT/d1/file" bs="$ROW" seek=$((BEGIN + ROW)) count=30 \
		oflag=direct,seek_bytes conv=notrunc status=none &&
		write_again "$1"
}

# write_again LETTER: the row once more, while its stripes are in the cache
write_again()
{
	dd if=<(letters "$1") of="$MNT/d1/file" bs="$ROW" seek="$BEGIN" count=1 \
		iflag=fullblock oflag=direct,seek_bytes conv=notrunc status=none
}

letters()
{
	head -c "$ROW" /dev/zero | tr '\0' "$1"
}

# row_is LETTER: what is read
row_is()
{
	dd if="$MNT/d1/file" bs=4096 skip="$BEGIN" count=$((ROW / 4096)) \
		iflag=direct,skip_bytes status=none | cmp - <(letters "$1")
}

recorded()
{
	local i

	for i in 0 1 2; do
		sed "s/^/$i /" "$MD_SYS/rd$i/bad_blocks"
	done
}

recorded_now()
{
	[[ $(recorded) == "$1" ]]
}

# recorded_is TEXT MEMBER...: md has recorded the block as bad of these, and nothing else
recorded_is()
{
	local want member

	want=$(for member in "${@:2}"; do echo "$member $SECTOR 8"; done | sort)
	wait_for 10 recorded_now "$want"
	same_lines "$1" "$(recorded)" "$want"
}

for i in 0 1 2; do
	null_disk "disk$i" 170
	dm "m$i" <<<"0 $SECTORS linear /dev/disk$i 0"
done
md raid5 left-symmetric /dev/mapper/m{0,1,2}
mkxfs "$MD"
mount_fs "$MD"
fill_files 4 1
BEGIN=$(first_row 1)
md_places "$(disk_offset "$MNT/d1/file" $((BEGIN + LATER)))"
SECTOR=$((AT[0] / 512))
ONE=${DISK[0]#disk}
TWO=${DISK[1]#disk}

check "a row is written" write_row a
for i in "$ONE" "$TWO"; do
	must attribute "$MD_SYS/rd$i/bad_blocks" "$SECTOR 8"
done
md_agrees "a block is recorded as bad of two members"
check "the row is written over that" write_row b
recorded_is "and nothing is recorded any more"
check "a stripe that is in the cache can be written" write_again b
recorded_is "and is good"
md_again
check "it is there when it is read again" row_is b
md_agrees "and the level knows"

md_forget
refusing "$ONE"
check "a member refuses to write a block, and the row is written" write_row c
recorded_is "the block is recorded as bad" "$ONE"
whole "$ONE"
md_agrees "and the level knows"
# md mends the block when somebody reads it, who may be mdadm or mount
md_again
check "what was written is read, and not what was there before" row_is c
recorded_is "md has mended the block"
md_agrees "which the level knows"

md_forget
must attribute "$MD_SYS/rd$TWO/bad_blocks" "$((SECTOR - LATER / 512)) 8"
refusing "$ONE"
check "the first stripe has a bad block, a later one is refused by another member" write_row d
recorded_is "that is recorded, and the first is good" "$ONE"
whole "$ONE"
md_again
check "all is read" row_is d

md_forget
refusing "$ONE"
refusing "$TWO"
check_fails "two members refuse, and the row cannot be written" "Input/output error" write_row e
recorded_is "the block is recorded as bad of both" "$ONE" "$TWO"
# md does not try members again that have refused, as long as the block is recorded
check_fails "nor can it be written once more" "Input/output error" write_row f
whole "$ONE"
whole "$TWO"
md_again
md_agrees "the level says that a block is lost"
check_fails "it cannot be read" "Input/output error" row_is f
md_forget
recorded_is "the administrator drops the records"
check "then the row is written" write_row g
md_again
check "and read" row_is g
md_agrees "and nothing is bad"
umount_works
undo_all
check_log
end
