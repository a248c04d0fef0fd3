#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# FAN_FS_ERROR and the XFS health monitor hear of the losses too: of files in the
# inode cache and of others, with inode and generation, the health monitor also
# with the bytes, once each.
# group: file
# timeout: 900
. "$(dirname "$0")/lib.sh"

# listen VARIABLE COMMAND...: its lines can be read from the descriptor $VARIABLE;
# it ends when it gets a line through the descriptor ${VARIABLE}_IN
listen()
{
	local name=$1 line

	shift
	rm -f "$T/$name.in" "$T/$name.out"
	must mkfifo "$T/$name.in" "$T/$name.out"
	"$@" <"$T/$name.in" >"$T/$name.out" 2>"$T/$name.err" &
	exec {fd_in}>"$T/$name.in" {fd_out}<"$T/$name.out"
	printf -v "${name}_IN" '%s' "$fd_in"
	printf -v "$name" '%s' "$fd_out"
	if ! read -r -t "$EVENT_TIMEOUT" -u "$fd_out" line || [[ $line != ready ]]; then
		not_ok "set-up: $*" "$line" "$(<"$T/$name.err")"
		end
	fi
}

# hears TEXT FD LINE...: the next lines, in any order
hears()
{
	local text=$1 fd=$2 got='' i line

	shift 2
	for ((i = 0; i < $#; i++)); do
		read -r -t "$EVENT_TIMEOUT" -u "$fd" line || break
		got+=$line$'\n'
	done
	same_lines "$text" "$got" "$(printf '%s\n' "$@")"
}

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/warm"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/cold"
must cp --reflink=always "$MNT/cold" "$MNT/clone"
warm=$(where -i "$MNT/warm" | grep -o 'ino=.* gen=[0-9]*')
cold=$(where -i "$MNT/cold" | grep -o 'ino=.* gen=[0-9]*')
clone=$(where -i "$MNT/clone" | grep -o 'ino=.* gen=[0-9]*')
warm_at=$(disk_offset "$MNT/warm" 4096)
cold_at=$(disk_offset "$MNT/cold" 8192)
cold_lost=$(data_lost "$MNT/cold" 8192 512)
clone_lost=$(data_lost "$MNT/clone" 8192 512)
agblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p')
remount /dev/pmem0 dax=always
must stat "$MNT/warm"
watch
listen FAN fanerr "$MNT"
listen HEALTH healthmon "$MNT"

mce_dev /dev/pmem0 "$warm_at"
expect "a file in the cache is told" "$(data_lost "$MNT/warm" 4096 512)"
hears "FAN_FS_ERROR has the inode" "$FAN" "error=5 count=1 $warm"
hears "the health monitor has the inode, the bytes and the sector" "$HEALTH" \
	"media domain=5 daddr=$((warm_at / 512)) bbcount=1" \
	"datalost $warm pos=4096 len=512 error=5"

mce_dev /dev/pmem0 "$cold_at"
expect "an extent of two files that are not in the cache is told" "$cold_lost" "$clone_lost"
# it merges what was not read yet, so the second may be only a count
fan=
for ((i = 0; i < 2; i++)); do
	read -r -t "$EVENT_TIMEOUT" -u "$FAN" line || break
	fan+=$line$'\n'
	[[ $line == *count=2* ]] && break
done
case $fan in
"error=5 count=2 $cold"$'\n' | "error=5 count=1 $cold"$'\n'"error=5 count=1 $clone"$'\n' | \
"error=5 count=2 $clone"$'\n' | "error=5 count=1 $clone"$'\n'"error=5 count=1 $cold"$'\n')
	ok "FAN_FS_ERROR has both of them" ;;
*)
	not_ok "FAN_FS_ERROR has both of them" "$fan" ;;
esac
hears "the health monitor has both of them" "$HEALTH" \
	"media domain=5 daddr=$((cold_at / 512)) bbcount=1" \
	"datalost $cold pos=8192 len=512 error=5" "datalost $clone pos=8192 len=512 error=5"

must fserror-inject madvise "$MNT/warm" 32768
expect "a poisoned page is told" "$(data_lost "$MNT/warm" 32768 4096)"
hears "FAN_FS_ERROR has it once" "$FAN" "error=5 count=1 $warm"
hears "the health monitor has it once" "$HEALTH" \
	"media domain=5 daddr=$(((warm_at - 4096 + 32768) / 512)) bbcount=8" \
	"datalost $warm pos=32768 len=4096 error=5"

at=$((agblocks * 3 * 4096))
save_page /dev/pmem0 "$at" "$T/page"
mce_dev /dev/pmem0 "$at"
header=$(metadata header /dev/pmem0 "$at" 512)
expect "a bad header is told" "$header"
hears "FAN_FS_ERROR has it, of the superblock" "$FAN" "error=5 count=1"
# and that metadata of a group is sick: domain AG, type sick
hears "the health monitor has the sector, and the group" "$HEALTH" \
	"media domain=5 daddr=$((at / 512)) bbcount=1" "event domain=2 type=3"
restore_page /dev/pmem0 "$at" "$T/page"
expect "it is cleared" \
	"$(cleared "$header")"

# what is cleared is no error: the next thing they hear is the next error
barrier=$(where -i "$MNT/.barrier" | grep -o 'ino=.* gen=[0-9]*')
at=$(disk_offset "$MNT/.barrier" 512)
nothing "that is all"
hears "FAN_FS_ERROR has heard nothing else" "$FAN" "error=5 count=1 $barrier"
hears "the health monitor has heard nothing else" "$HEALTH" \
	"media domain=5 daddr=$((at / 512)) bbcount=1" \
	"datalost $barrier pos=512 len=512 error=5"
echo >&"$FAN_IN"
echo >&"$HEALTH_IN"
alive
umount_works
stop_monitor
heal_disk pmem0

# nobody can say whose a sector is without a reverse map
must mkfs.xfs -q -f -m rmapbt=0 /dev/pmem0
mount_fs /dev/pmem0 dax=always
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/file"
at=$(disk_offset "$MNT/file" 32768)
watch
listen NO_FAN fanerr "$MNT"
listen NO_MAP healthmon "$MNT"
mce_dev /dev/pmem0 "$((at + 8192))"
expect "without a reverse map: told without a file" "$(media xfs /dev/pmem0 $((at + 8192)) 512)"
# this fails, because the filesystem cannot handle it, but the page is poisoned
fserror-inject hwpoison-file "$MNT/file" 32768 >"$T/injected" 2>&1
expect "so is a page" "$(media xfs /dev/pmem0 "$at" 4096)"
hears "the health monitor has the page" "$NO_MAP" "media domain=5 daddr=$((at / 512)) bbcount=8"
echo >&"$NO_FAN_IN"
echo >&"$NO_MAP_IN"
is "FAN_FS_ERROR has heard nothing" "$(timeout 20 cat <&"$NO_FAN")" ""
alive
finish
