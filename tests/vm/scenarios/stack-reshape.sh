#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# md raid5 that is grown by a member while sectors are bad: until that is done some rows
# have the old layout and some the new one. A bad sector of one member is no loss wherever
# it is, and nothing is told; those of two members have no place, and no file is named.
# When it is done, all is told where it is. With a member missing meanwhile, one bad sector
# is too much.
# group: stack-md
# timeout: 1200
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

reshapes()
{
	[[ $(<"$MD_SYS/sync_action") == reshape ]]
}

is_done()
{
	[[ $(<"$MD_SYS/sync_action") == idle && $(<"$MD_SYS/reshape_position") == none ]]
}

# without_place: what is told that has no place
without_place()
{
	local line

	damage | grep ' flags=unresolved,unmapped ' | while read -r line; do
		unplaced "$line"
	done | sort
}

no_place_is()
{
	[[ $(without_place) == "$1" ]]
}

# on_array DISK...: four disks, XFS on an array of these, and files; $at is a byte of the last
# one, $file, behind what is reshaped while this runs, and md_places knows where it is
on_array()
{
	local i

	for i in {0..3}; do
		null_disk "nullb$i" 170
	done
	md raid5 left-symmetric "$@"
	mkxfs "$MD"
	mount_fs "$MD"
	fill_files 4 8
	file=$MNT/d8/file
	before=$(sha256sum "$MNT"/d*/file)
	at=$(disk_offset "$file" $((2 << 20)))
	md_places "$at"
}

# slowly: KiB/s of each member
slowly()
{
	must attribute "$MD_SYS/sync_speed_min" 100
	must attribute "$MD_SYS/sync_speed_max" 200
}

# to_its_end: as fast as it can, until it is done
to_its_end()
{
	must attribute "$MD_SYS/sync_speed_max" system
	must attribute "$MD_SYS/sync_speed_min" system
	check "it comes to its end" wait_for 300 is_done
}

on_array /dev/nullb{0..2}
disks=("${DISK[@]}")
sectors=($((AT[0] / 512)) $((AT[1] / 512)))

slowly
must mdadm --quiet "$MD" --add /dev/nullb3
must mdadm --grow "$MD" --raid-devices=4 --backup-file="$T/backup"
check "it is being reshaped" wait_for 30 reshapes
level "and nothing is told"
null_bad "${disks[0]}" "${sectors[0]}" 1
level "a bad sector of one member: nothing is told"
null_bad "${disks[1]}" "${sectors[1]}" 2
want=$(printf 'kind=media flags=unresolved,unmapped layer=raid5 origin=%s\n' \
	"$(number "${disks[0]}")+$((sectors[0] * 512))+512" \
	"$(number "${disks[1]}")+$((sectors[1] * 512))+1024" | sort)
wait_for "$EVENT_TIMEOUT" no_place_is "$want" || :
same_lines "of two members: they have no place" "$(without_place)" "$want"
is "and no file is named" "$(damage | grep -cv ' flags=unresolved,unmapped ')" 0
null_good "${disks[1]}" "${sectors[1]}" 2
check "one of them is good again" wait_for "$EVENT_TIMEOUT" no_place_is ""
null_good "${disks[0]}" "${sectors[0]}" 1
check "it is still being reshaped" reshapes
to_its_end
level "and nothing is told then"
is "no file has changed" "$(sha256sum "$MNT"/d*/file)" "$before"

check "raidmap knows where sectors are" raidmap verify "$MD"
at=$(disk_offset "$file" $((2 << 20)))
md_places "$at"
null_bad "${DISK[0]}" $((AT[0] / 512)) 1
md_agrees "a bad sector is degraded"
null_bad "${DISK[1]}" $((AT[1] / 512)) 2
md_agrees "and of a second member, lost"
for i in {0..3}; do
	null_good "nullb$i" 0 $((170 << 11))
done
md_agrees "all disks are good again"
umount_works
undo_all

# the slot of a member is empty, and chunks become larger
on_array /dev/nullb{0..3}
[[ ${DISK[0]} == nullb3 ]] && i=1 || i=0
disk=${DISK[i]}
sector=$((AT[i] / 512))
must mdadm --quiet "$MD" --fail /dev/nullb3
must wait_for 10 mdadm --quiet "$MD" --remove /dev/nullb3
slowly
# a child of it looks after the backup until the end, so not with must
mdadm --grow "$MD" --chunk=128 --backup-file="$T/backup2" >"$T/grow" 2>&1 ||
	not_ok "set-up: mdadm --grow" "$(<"$T/grow")"
check "an array without a member is being reshaped" wait_for 30 reshapes
null_bad "$disk" "$sector" 1
want="kind=media flags=unresolved,unmapped layer=raid5 origin=$(number "$disk")+$((sector * 512))+512"
wait_for "$EVENT_TIMEOUT" no_place_is "$want" || :
same_lines "one bad sector is too much then: it has no place" "$(without_place)" "$want"
check "it is still being reshaped" reshapes
null_good "$disk" "$sector" 1
check "it is good again" wait_for "$EVENT_TIMEOUT" no_place_is ""
to_its_end
is "no file has changed" "$(sha256sum "$MNT"/d*/file)" "$before"
umount_works
undo_all
check_log
end
