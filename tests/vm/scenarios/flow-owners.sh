#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Sectors go bad while extents move between files: exchange-range, collapse, reflink,
# truncate and unlink, all the time. No byte of a bad sector is left out, no file is
# named for a block that another one has had all the time, and when all is quiet the
# level is what FIEMAP says. FLOW_SECONDS takes longer.
# only: test-all
# timeout: 900
. "$(dirname "$0")/lib.sh"

SECONDS_OF_CHURN=${FLOW_SECONDS:-60}
STOP=$T/stop
# the xfs_io and the mkfs.xfs that know exchange-range
PATH=$FSERROR_BUILD/xfsprogs/bin:$PATH

fsdax 0
mkxfs /dev/pmem0 -i exchange=1
mount_fs /dev/pmem0 dax=always
must mkdir "$MNT/moving" "$MNT/still"
for i in {1..12}; do
	must xfs_io -f -c "pwrite -q -b 256k 0 2m" -c fsync "$MNT/moving/$i"
	must xfs_io -f -c "pwrite -q -b 256k 0 1m" -c fsync "$MNT/still/$i"
done
must sync -f "$MNT"

still=()
for file in "$MNT"/still/*; do
	ino=$(stat -c %i "$file")
	while read -r first _ from to; do
		still+=("$ino:$((first * 512)):$((from * 512)):$(((to - from + 1) * 512))")
		((${#still[@]} % 3)) || echo $(((from + 9) * 512)) >>"$T/candidates"
	done < <(extents "$file")
done
for file in "$MNT"/moving/*; do
	while read -r _ _ from to; do
		for ((at = from + 5; at < to; at += 1021)); do
			echo $((at * 512)) >>"$T/candidates"
		done
	done < <(extents "$file")
done
watch

churner()
{
	local one two dir=$MNT/moving n=0

	while [[ ! -e $STOP ]]; do
		one=$dir/$((RANDOM % 12 + 1))
		two=$dir/$((RANDOM % 12 + 1))
		case $((n++ % 6)) in
		0 | 1) xfs_io -c "exchangerange $two" "$one" ;;
		2) xfs_io -c "fcollapse 0 64k" -c "falloc 2031616 64k" "$one" ;;
		3) rm -f "$dir/clone" && cp --reflink=always "$one" "$dir/clone" ;;
		4) xfs_io -c "truncate 1m" -c "truncate 2m" "$one" ;;
		5) cp --reflink=always "$one" "$dir/gone" && rm "$dir/gone" ;;
		esac
	done
}

for _ in 1 2; do
	churner >/dev/null 2>>"$T/churn.err" &
done
end_at=$((SECONDS + SECONDS_OF_CHURN))
while ((SECONDS < end_at)) && read -r at; do
	mce_dev /dev/pmem0 "$at"
	echo "$at" >>"$T/hit"
done < <(shuf "$T/candidates")
: >"$STOP"
wait_for 60 bash -c "! pgrep -f exchangerange" || :
sleep 2
check "some sectors were hit" test "$(wc -l <"$T/hit")" -ge 20

# Not a write cleared what was told: the files are moved, not written. All that was
# hit is bad, and level and FIEMAP agree.
until_told()
{
	[[ $(list_json | jq '[.damage[] | select(.device.offset != null) | .device.length] | add // 0') -ge $((512 * $1)) ]]
}
wait_for 60 until_told "$(sort -u "$T/hit" | wc -l)"
is "no piece is missing, and no wrong file is named" \
	"$(covered "$T/raw" "$(dev_of "$MNT")" "$T/hit" "${still[@]}")" ""
alive
finish
