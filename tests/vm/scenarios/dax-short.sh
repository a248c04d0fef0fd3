#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A read() of a DAX file may be the first to meet bad memory, which nobody has told of yet.
# It comes up short, or fails; the sector is found out and told, as one loss. Who reads to a
# buffer that he cannot write gets as little, and makes nothing bad.
# group: file
# only: test-all
# run: --copy-mc
. "$(dirname "$0")/lib.sh"

HOLE=/sys/module/memory_hole/parameters/hole

attribute()
{
	echo "$2" >"$1"
}

# hole FILE OFFSET: the kernel cannot read the page any more
hole()
{
	local place

	place=$(fserror-inject map-file "$1" "$2") || end
	must attribute "$HOLE" $(($(sed -n 's/^ADDRESS=//p' <<<"$place") / 4096))
}

mend()
{
	attribute "$HOLE" 0
}

# reads FILE OFFSET LENGTH [GOOD]: how many bytes read() returns, or why it fails; GOOD bytes
# of the buffer can be written, all if not said
reads()
{
	python3 -c '
import ctypes, errno, mmap, os, sys

name, offset, length = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
good = int(sys.argv[4]) if len(sys.argv) > 4 else length
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
libc.pread.restype = ctypes.c_ssize_t
libc.pread.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long]
buffer = libc.mmap(None, length, 3, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
if good < length and libc.munmap(buffer + good, length - good):
    sys.exit("munmap")
done = libc.pread(os.open(name, os.O_RDONLY), buffer, length, offset)
print(done if done >= 0 else errno.errorcode[ctypes.get_errno()])
' "$@"
}

pmem_xfs
must insmod "$FSERROR_BUILD/samples/$FSERROR_KERNEL/memory_hole.ko"
at_end mend
file=$MNT/file
must xfs_io -f -c "pwrite -q -S 0x11 -b 64k 0 65536" -c fsync "$file"
must cp --reflink=always "$file" "$MNT/clone"
watch

is "a buffer that can be written in part" "$(reads "$file" 0 65536 8192)" 8192
is "one that cannot be written at all" "$(reads "$file" 0 65536 0)" EFAULT
nothing "make nothing bad"

hole "$file" 20480
is "a read that meets bad memory comes up short" "$(reads "$file" 0 65536)" 20480
lost=("$(data_lost "$file" 20480 512 media)" "$(data_lost "$MNT/clone" 20480 512 media)")
expect "the sector is told, of all files that have it" "${lost[@]}"
is "the next read fails" "$(reads "$file" 20480 45056)" EIO
is "so does one of the other file" "$(reads "$MNT/clone" 20480 4096)" EIO
nothing "which is the same loss"
level "and is bad from now on" "${lost[@]}"

hole "$file" 40960
is "a read that can copy nothing fails" "$(reads "$file" 40960 8192)" EIO
next=("$(data_lost "$file" 40960 512 media)" "$(data_lost "$MNT/clone" 40960 512 media)")
expect "and that sector is told" "${next[@]}"
nothing "as one loss"
level "both are bad" "${lost[@]}" "${next[@]}"

mend
must rm "$MNT/clone"
heal_file "$file" 20480
heal_file "$file" 40960
is_good()
{
	[[ ! $(damage) ]]
}
check "writes make them good" wait_for 20 is_good
is "all can be read" "$(reads "$file" 0 65536)" 65536
alive
finish
