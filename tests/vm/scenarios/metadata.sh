#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Bad metadata: headers, the log, the indexes, inodes, and what belongs to one
# inode: told as what it is, with the inode where there is one, and the report
# itself never shuts the filesystem down. Nothing of it is consumed here: each
# place is put right again before the next one.
# group: file
# timeout: 900
. "$(dirname "$0")/lib.sh"

# db COMMAND...: the numbers that xfs_db's last "p" prints
db()
{
	local args=() command

	for command; do
		args+=(-c "$command")
	done
	xfs_db -r "${args[@]}" /dev/pmem0 | sed 's/.*= //'
}

# byte FSBLOCK: where it is on the device
byte()
{
	echo $(((($1 >> agblklog) * agblocks + ($1 & ((1 << agblklog) - 1))) * 4096))
}

# try TEXT OFFSET LINE: the sector at OFFSET is bad; put right again
try()
{
	local text=$1 offset=$2 line=$3

	save_page /dev/pmem0 "$offset" "$T/page"
	mce_dev /dev/pmem0 "$offset"
	expect "$text" "$line"
	level "$text: the level" "$line"
	restore_page /dev/pmem0 "$offset" "$T/page"
	expect "$text: cleared" \
		"$(cleared "$line")"
}

pmem_xfs
value=$(head -c 3000 /dev/zero | tr '\0' v)
must mkdir "$MNT/dir"
must touch "$MNT/dir/"{1..200}
must ln -s "$(head -c 700 /dev/zero | tr '\0' s)" "$MNT/symlink"
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/file"
must setfattr -n user.large -v "$value" "$MNT/file"
must setfattr -n user.larger -v "$value" "$MNT/file"
commands=()
for ((i = 0; i < 100; i++)); do
	commands+=(-c "pwrite -q $((i * 8192)) 4096")
done
must xfs_io -f "${commands[@]}" -c fsync "$MNT/pieces"
dir=$(stat -c %i "$MNT/dir")
symlink=$(stat -c %i "$MNT/symlink")
file=$(stat -c %i "$MNT/file")
pieces=$(stat -c %i "$MNT/pieces")
last=$(find "$MNT" -printf '%i\n' | sort -n | tail -n 1)
must umount "$MNT"

read -rd '' agblocks agblklog logstart < <(db "sb 0" "p agblocks agblklog logstart")
read -rd '' bnoroot refcntroot < <(db "agf 3" "p bnoroot refcntroot")
inoroot=$(db "agi 3" "p root")
read -rd '' inopblog inodesize < <(db "sb 0" "p inopblog inodesize")
# first blocks, as filesystem blocks, of what the inodes have
dir_block=$(xfs_db -r -c "inode $dir" -c "bmap" /dev/pmem0 | sed -n 's/.*startblock \([0-9]*\) .*/\1/p' | head -n 1)
symlink_block=$(xfs_db -r -c "inode $symlink" -c "bmap" /dev/pmem0 | sed -n 's/.*startblock \([0-9]*\) .*/\1/p')
attr_block=$(xfs_db -r -c "inode $file" -c "bmap -a" /dev/pmem0 | sed -n 's/.*startblock \([0-9]*\) .*/\1/p' | tail -n 1)
map_block=$(xfs_db -r -c "inode $pieces" -c "p u3.bmbt.ptrs[1]" /dev/pmem0 | sed 's/.*[=:]//')
must mount -o dax=always /dev/pmem0 "$MNT"
ag3=$((agblocks * 3 * 4096))
watch

at=$((ag3 + 512))
try "the header of a group" "$at" "$(metadata header /dev/pmem0 "$at" 512)"
at=0
try "the superblock" "$at" "$(metadata header /dev/pmem0 "$at" 512)"
at=$(($(byte "$logstart") + 1048576))
try "the log" "$at" "$(metadata log /dev/pmem0 "$at" 512)"
at=$((ag3 + bnoroot * 4096))
try "the index of free space" "$at" "$(metadata space-map /dev/pmem0 "$at" 512)"
at=$((ag3 + refcntroot * 4096 + 1024))
try "the index of shared extents" "$at" "$(metadata refcount /dev/pmem0 "$at" 512)"
at=$((ag3 + inoroot * 4096))
try "the index of inodes" "$at" "$(metadata inode-index /dev/pmem0 "$at" 512)"
# the last inode of the last chunk is not in use
free=$((last | 63))
at=$(($(byte $((free >> inopblog))) + (free & ((1 << inopblog) - 1)) * inodesize))
check "the last inode is not the last of its chunk" test "$free" -gt "$last"
try "a chunk of inodes" "$at" "$(metadata inodes /dev/pmem0 "$at" 512)"
# inodes are numbered by where they are: the one in the bad sector is named
at=$(($(byte $((file >> inopblog))) + (file & ((1 << inopblog) - 1)) * inodesize))
try "an inode" "$at" "$(inode_metadata inodes "$MNT/file" /dev/pmem0 "$at" "$inodesize")"

at=$(($(byte "$dir_block") + 2048))
try "a block of a directory" "$at" "$(inode_metadata directory "$MNT/dir" /dev/pmem0 "$at" 512)"
at=$(byte "$symlink_block")
try "the target of a symbolic link" "$at" \
	"error kind=metadata cause=machine-check errno=5 fstype=xfs dev=$(dev_of "$MNT") ino=$symlink gen=$(
	)$(xfs_io -c "bulkstat_single $symlink" "$MNT" | sed -n 's/.*bs_gen = //p' | { read -r gen; echo $((gen)); }) nlink=1 meta=symlink $(
	)$(range /dev/pmem0 "$at" 512) path_state=ok paths=$MNT/symlink"
at=$(byte "$attr_block")
try "extended attributes" "$at" "$(inode_metadata xattr "$MNT/file" /dev/pmem0 "$at" 512)"
at=$(byte "$map_block")
try "the index of the extents of a file" "$at" \
	"$(inode_metadata extent-map "$MNT/pieces" /dev/pmem0 "$at" 512)"

# memory_failure() of metadata: the mainline code shuts the filesystem down
at=$((ag3 + bnoroot * 4096))
save_page /dev/pmem0 "$at" "$T/page"
must fserror-inject hwpoison-dev /dev/pmem0 "$at"
page=$(metadata space-map /dev/pmem0 "$at" 4096)
expect "memory_failure() of metadata" "$page"
restore_page /dev/pmem0 "$at" "$T/page"
expect "memory_failure() of metadata: cleared" \
	"$(cleared "$page")"

nothing "that is all"
level "nothing is bad any more"
alive
finish
