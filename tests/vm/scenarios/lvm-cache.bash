# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of volumes with a cache have in common, as LVM2 makes them; sourced
# after stack.bash, disks.bash and maps.bash. The volume is vg/data on /dev/slow, and the
# filesystem's log is on pmem0, or it might move to the cache.

MIB=320
# of 64 KiB each, one directory for forty of them
FILES=${FILES:-400}
# further options of mkfs.xfs
MKFS=()
AFTER=
LVM_DISKS='^/dev/(slow|fast|nvme)'
: >"$T/spoilt"

# map_of KIND META CACHE ORIGIN: $T/map, as the metadata on the mapped device META say it
map_of()
{
	must dmsetup suspend --nolockfs vg-data
	must dd if="/dev/mapper/$2" of="$T/meta" bs=1M ${META_MIB:+count=$META_MIB} iflag=direct status=none
	must dmsetup resume --noudevsync vg-data
	must blockmap "$1" "$T/meta" "/dev/mapper/$3" "/dev/mapper/$4" $((MIB << 20))
	printf '%s\n' "$OUT" >"$T/map"
}

# disk_of NAME OFFSET [COUNT]: "DISK SECTOR", where sectors of the mapped device are
disk_of()
{
	local disk offset

	IFS=+ read -r disk offset _ < <(stackmap down "$(number "/dev/mapper/$1")" "$2" $((${3:-1} * 512)))
	printf '%s %d\n' "$(basename "$(readlink "/sys/dev/block/$disk")")" $((offset / 512))
}

# spoil_at NAME OFFSET [COUNT]: these, on the disk; remembered as those of the mapped
# device in ${bad[@]}
spoil_at()
{
	local disk sector

	read -r disk sector < <(disk_of "$@")
	spoil "$disk" "$sector" "${3:-1}"
	bad+=("$(number "/dev/mapper/$1")+$2+$((${3:-1} * 512))")
}

# metadata_no_place LAYER NAME OFFSET: a sector of the mapped device with the metadata
metadata_no_place()
{
	local disk sector

	read -r disk sector < <(disk_of "$2" "$3")
	no_place "a sector of the metadata has no place" "$1 metadata" "$disk" "$sector"
}

all_good()
{
	mend_all
	bad=()
}

# cached PLACES NAME NUMBER: "POS OFFSET" of a block that has so many, the first of them on
# that mapped device
cached()
{
	awk -v n="$1" -v dev="$(number "/dev/mapper/$2")+" 'NF == n + 2 && index($3, dev) == 1 {
		split($3, p, "+"); print $1, p[2] }' "$T/map" | sed -n "$3p"
}

# files: that are on the volume
files()
{
	mkxfs /dev/vg/data "${MKFS[@]}" -l logdev=/dev/pmem0,size=64m
	mount_fs /dev/vg/data logdev=/dev/pmem0
	must /usr/bin/python3 -IS -c '
import os, sys
for i in range(int(sys.argv[2])):
    if i < 40:
        os.mkdir(f"{sys.argv[1]}/d{i}")
    with open(f"{sys.argv[1]}/d{i % 40}/f{i}", "wb") as file:
        file.write(b"x" * 65536)
' "$MNT" "$FILES"
	must umount "$MNT"
}

# overwrite FROM STEP TO: every file of these, at once
overwrite()
{
	must /usr/bin/python3 -IS -c '
import mmap, os, sys
data = mmap.mmap(-1, 65536)
data.write(b"y" * 65536)
for i in range(*map(int, sys.argv[2:])):
    file = os.open(f"{sys.argv[1]}/d{i % 40}/f{i}", os.O_WRONLY | os.O_DIRECT)
    os.pwrite(file, data, 0)
    os.close(file)
' "$MNT" "$1" "$3" "$2"
}

# mount_data: and what is told of it is in $T/raw
mount_data()
{
	mount_fs /dev/vg/data logdev=/dev/pmem0
}

# nothing TEXT: is lost
nothing()
{
	wait_for "$EVENT_TIMEOUT" level_is "" || :
	is "$1" "$LEVEL" ""
}

# known WANT: as content that is not known, and nothing else
known()
{
	list_json >"$T/after.json" 2>&1 || return
	! jq -e '.damage[] | select((.flags // []) | index("content-unknown") | not)' \
		"$T/after.json" >/dev/null || return
	jq '.damage |= map(del(.flags))' "$T/after.json" >"$T/after"
	AFTER=$(blockmap told "$T/after" | grep ^lost)
	[[ $AFTER == "$1" ]]
}

# stays_known TEXT WANT: the loss, though all can be read again
stays_known()
{
	wait_for "$EVENT_TIMEOUT" known "$2" || diag "$(jq -c '.damage[0]' "$T/after.json")"
	same_lines "$1" "$AFTER" "$2"
}

# dropped TEXT ORIGIN: the cache, by force; what is left is that mapped device. Of a
# dm-cache that is in use LVM 2.03.16 first wants to write back what is dirty, and when it
# cannot, the volume is left suspended. Then it takes dmsetup.
dropped()
{
	lvm_run lvconvert -y --uncache --force vg/data >"$T/drop" 2>&1 ||
		dm_reload vg-data --noflush --nolockfs <<<"0 $((MIB * 2048)) linear /dev/mapper/$2 0"
	check "$1" test "$(dmsetup table vg-data | cut -d' ' -f3)" == linear
}

# cache_goes TEXT CACHE ORIGIN LEAST FILE COMMAND...: with COMMAND, and with it what that
# mapped device has alone, of LEAST files; FILE is not in it. Then the cache is dropped by
# force, so that what the origin has is read, which is something else.
cache_goes()
{
	local want count pos file offset

	want=$(blockmap lost "$MNT" "$T/map" "$(number "/dev/mapper/$2")+0+$((1 << 40))" | grep ^lost)
	count=$(cut -d' ' -f2 <<<"$want" | sort -u | wc -l)
	check "$1$count files have something to lose" test "$count" -ge "$4"
	read -r pos _ < <(cached 1 "$2" 200)
	read -r file offset < <(at_device "$pos")
	"${@:6}"
	wait_for 60 lost_is "$want" || :
	same_lines "$1the cache is gone: exactly what was in it alone is lost" "$LEVEL" "$want"
	check "$1what was not can be read" reads "$5" 4096 4096
	check "$1what was cannot" reads_fail "$file" "$offset" 4096
	dropped "$1it is dropped by force" "$3"
	stays_known "$1the loss stays known: it can be read, and is not what was written" "$want"
	check "$1it can be read" reads "$file" "$offset" 4096
	umount_works
}
