#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A block with very many owners: up to 1024 are told one by one; for more there
# is one bulk event with the range, and the level has all of them.
# timeout: 900
. "$(dirname "$0")/lib.sh"

# owners OFFSET: a line for each of them from $T/owners, without the names
owners()
{
	local ino gen

	while read -r ino gen; do
		printf 'error kind=data-lost cause=machine-check errno=5 fstype=xfs dev=%s ino=%s gen=%s offset=%d length=512 nlink=1 device=%s+%d+512 origin=%s+%d+512\n' \
			"$dev" "$ino" "$gen" "$1" "$dev" $((base + $1)) "$dev" $((base + $1))
	done <"$T/owners"
}

pmem_xfs
must mkdir "$MNT/a" "$MNT/b"
must xfs_io -f -c "pwrite -q 0 4096" -c fsync "$MNT/source"
where -i "$MNT/source" | sed 's/.*ino=\([0-9]*\) gen=\([0-9]*\).*/\1 \2/' >"$T/owners"
must manyclones "$MNT/source" "$MNT/a" 1023
echo "$OUT" >>"$T/owners"
dev=$(dev_of "$MNT")
base=$(disk_offset "$MNT/source" 0)
watch

mce_file "$MNT/source" 0
got=
for ((i = 0; i < 1024; i++)); do
	next_event || break
	got+=$EVENT$'\n'
done
same_lines "1024 owners: 1024 events" "$got" "$(owners 0)"
nothing "and no more"
same_lines "the level has 1024" "$(damage)" "$(owners 0)"

must manyclones "$MNT/source" "$MNT/b" 76
echo "$OUT" >>"$T/owners"
mce_file "$MNT/source" 1024
expect "1100 owners: one bulk event" \
	"bulk kind=bulk cause=machine-check errno=5 fstype=xfs dev=$dev $(range /dev/pmem0 $((base + 1024)) 512)"
nothing "and no more"
same_lines "the level has 1100 for each of the two sectors" "$(damage)" \
	"$(owners 0; owners 1024)"
alive
finish
