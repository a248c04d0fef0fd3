#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Names: a file that was renamed, one with hard links, one that was deleted while
# it is open, one deleted and its inode number used again.
# group: file
. "$(dirname "$0")/lib.sh"

pmem_xfs
must mkdir "$MNT/d1" "$MNT/d2"
must xfs_io -f -c "pwrite -q 0 8192" -c fsync "$MNT/d1/old"
must xfs_io -f -c "pwrite -q 0 8192" -c fsync "$MNT/d1/linked"
must ln "$MNT/d1/linked" "$MNT/d2/second"
must xfs_io -f -c "pwrite -q 0 8192" -c fsync "$MNT/gone"
must xfs_io -f -c "pwrite -q 0 8192" -c fsync "$MNT/with space
and newline"
watch

must mv "$MNT/d1/old" "$MNT/d2/new"
mce_file "$MNT/d2/new" 1024
new=$(data_lost "$MNT/d2/new" 1024 512)
expect "a file that was renamed has its new name" "$new"

mce_file "$MNT/d2/second" 0
linked=$(data_lost "$MNT/d1/linked" 0 512)
linked=${linked/paths=*/paths=$MNT/d1/linked,$MNT/d2/second}
expect "a file with two names has both" "$linked"

exec {held}<"$MNT/gone"
gone=$(data_lost "$MNT/gone" 4096 512)
at=$(disk_offset "$MNT/gone" 4096)
must rm "$MNT/gone"
must sync -f "$MNT"
mce_dev /dev/pmem0 "$at"
gone=${gone/nlink=1/nlink=0 flags=unlinked}
gone=${gone/path_state=ok*/path_state=unlinked}
expect "a file that was deleted and is still open" "$gone"
level "the level has them all" "$new" "$linked" "$gone"

exec {held}<&-
# inactivation runs in the background; a freeze waits for it
must xfs_freeze -f "$MNT"
must xfs_freeze -u "$MNT"
at=$((at / 512 * 512))
level "when it is closed nobody owns the block any more" "$new" "$linked" \
	"$(media xfs /dev/pmem0 "$at" 512 machine-check unowned)"
mce_dev /dev/pmem0 $((at + 512))
expect "nor what goes bad beside it" "$(media xfs /dev/pmem0 $((at + 512)) 512 machine-check unowned)"

mce_file "$MNT/with space
and newline" 512
next_event
is "a name that has a newline in it" \
	"$(jq -sr 'last | .paths[0]' "$T/raw")" "$MNT/with space
and newline"
# the line breaks in two here, at the newline
next_event
alive
finish
