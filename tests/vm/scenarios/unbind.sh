#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The namespace is unbound below a mounted filesystem of four allocation groups,
# with files in the inode cache and others: it returns (the mainline code spins
# for ever), and all that was on it is told. A filesystem that a user has frozen
# is still frozen afterwards (the mainline code thaws it).
# timeout: 600
. "$(dirname "$0")/lib.sh"

SECOND=/mnt/second

# unbind DEVICE: it is left to spin if it does not return
unbind()
{
	rm -f "$T/unbound"
	(echo "$1" >/sys/bus/nd/drivers/nd_pmem/unbind && : >"$T/unbound") &
	if wait_for 120 test -e "$T/unbound"; then
		ok "unbinding $1 returns"
	else
		not_ok "unbinding $1 returns" "it has not after 120 seconds"
		# nothing can be put back
		CLEANUPS=()
		end
	fi
}

# what a name can be found for depends on how far the removal is
no_paths()
{
	# shellcheck disable=SC2001 # of every line
	sed 's/ path_state=.*//' <<<"$1"
}

fsdax 1
fsdax 0
CLEANUPS=()
mkxfs /dev/pmem0
mount_fs /dev/pmem0 dax=always
for group in 0 1 2 3 4 5; do
	must mkdir "$MNT/dir$group"
	must xfs_io -f -c "pwrite -q 0 40000" -c fsync "$MNT/dir$group/file"
done
must xfs_io -f -c "falloc 0 65536" -c fsync "$MNT/dir1/unwritten"
must cp --reflink=always "$MNT/dir2/file" "$MNT/dir2/clone"
agblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p')
dblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.datablocks = //p')
want=
groups=
for file in "$MNT"/dir*/{file,clone}; do
	want+=$(data_lost "$file" 0 40000 removed)$'\n'
	groups+=$(($(disk_offset "$file" 0) / (agblocks * 4096)))$'\n'
done
want+=$(data_lost "$MNT/.barrier" 0 4096 removed)$'\n'
is "the files are in all groups" "$(sort -u <<<"${groups%$'\n'}" | tr '\n' ' ')" "0 1 2 3 "
for group in 0 1 2 3; do
	want+=$(metadata header /dev/pmem0 $((group * agblocks * 4096)) 16384 removed)$'\n'
done
whole=$(media xfs /dev/pmem0 0 $((dblocks * 4096)) removed)
remount /dev/pmem0 dax=always
must md5sum "$MNT"/dir{0,2,3}/file

mkxfs /dev/pmem1
must mkdir -p "$SECOND"
must mount -o dax=always /dev/pmem1 "$SECOND"
must xfs_io -f -c "pwrite -q 0 8192" -c fsync "$SECOND/file"
second=$(data_lost "$SECOND/file" 512 512)
watch

unbind pfn0.0
mce_file "$SECOND/file" 512
# all up to the error of the other filesystem
got=
while next_event && [[ $EVENT != "$second" ]]; do
	got+=$EVENT$'\n'
done
is "the other filesystem is heard" "$EVENT" "$second"
same_lines "every file with data and every header is told, once" \
	"$(no_paths "$(grep -E 'kind=data-lost|meta=header' <<<"$got")")" \
	"$(no_paths "${want%$'\n'}")"
is "what else is told is metadata, and the shutdown" \
	"$(grep -v -E 'kind=data-lost|meta=(header|log|space-map|inode-index|inodes|refcount|directory) |kind=shutdown' <<<"${got%$'\n'}")" ""
is "the log is told" "$(grep -c 'meta=log ' <<<"$got")" 1
is "the shutdown is told once" "$(grep -c 'kind=shutdown' <<<"$got")" 1
level "the level: all of it is bad" "$whole" "$second"
umount_works
level "and nothing of it when it is not mounted any more" "$second"

# nothing can be opened any more when it has been shut down; FITHAW is refused if
# the filesystem is not frozen
exec 9<"$SECOND"
must xfs_freeze -f "$SECOND"
unbind pfn1.0
check "a filesystem that a user has frozen is still frozen" \
	python3 -c 'import fcntl; fcntl.ioctl(0, 0xC0045878, 0)' <&9
exec 9<&-
check "the second filesystem can be unmounted" umount "$SECOND"
stop_monitor
check_log 'Shutting down filesystem|filesystem has been shut down|User initiated shutdown'
end
