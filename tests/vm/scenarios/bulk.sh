#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A block with very many owners: up to 1024 are told one by one; of more there are as
# many, and one bulk event with the range, and the level has all of them. After that
# there are 256 more in each second.
# only: test-all
# group: several
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

must manyclones "$MNT/source" "$MNT/b" 476
echo "$OUT" >>"$T/owners"
# bulk OFFSET: what is told instead of the rest
bulk()
{
	printf 'bulk kind=bulk cause=machine-check errno=5 fstype=xfs dev=%s %s' "$dev" \
		"$(range /dev/pmem0 $((base + $1)) 512)"
}

# owners_until_bulk OFFSET: the events about a sector; $GOT is how many owners came first
owners_until_bulk()
{
	local got=

	GOT=0
	while next_event && [[ $EVENT == "error kind=data-lost"* ]]; do
		got+=${EVENT%% path_state=*}$'\n'
		GOT=$((GOT + 1))
	done
	is "at $1: a bulk event stands for the rest" "$EVENT" "$(bulk "$1")"
	is "at $1: all others are owners, each once" \
		"$(sort <<<"${got%$'\n'}" | comm -23 - <(owners "$1" | sort))" ""
}

# what was used up is there again
sleep 5
mce_file "$MNT/source" 1024
owners_until_bulk 1024
# while they are looked up there are more
check "1500 owners: 1024 of them and a few" test "$GOT" -ge 1024 -a "$GOT" -lt 1500
begun=${EPOCHREALTIME/./}
mce_file "$MNT/source" 2048
owners_until_bulk 2048
passed=$(((${EPOCHREALTIME/./} - begun) / 1000))
# reading the events has taken its time, in which there were more
check "once more: not all either" test "$GOT" -lt 1500
diag "$GOT in $passed ms"
nothing "and no more"
same_lines "the level has 1500 for each of the sectors" "$(damage)" \
	"$(owners 0; owners 1024; owners 2048)"
alive
finish
