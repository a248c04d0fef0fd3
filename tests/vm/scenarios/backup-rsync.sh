#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Damaged files are restored from a copy that rsync has made, and by rsync itself,
# which needs to be told that a file of the same size and time has changed.
# group: several
. "$(dirname "$0")/backup.bash"

# the tmpfs on /mnt has no attributes
must mkdir /mnt/backup
must mkfs.xfs -q -f /dev/pmem1
must mount /dev/pmem1 /mnt/backup
at_end unmount_quietly /mnt/backup

backup_ready rsync -aHAX /srv/ /mnt/backup/
at_end rm -rf "$GOOD" "$LIST"

# what the lists leave out is told
broken=$(wanted | tr '\n\0' '\2\n' | grep -c $'\2')
whole=$(wanted | tr '\n\0' '\2\n' | grep -vc $'\2')
names=$(fswatch-err files -m /srv 2>"$T/err")
is "lines leave out names with a newline, and exit status 4" \
	"$? $(grep -c "^/srv/" <<<"$names") $(<"$T/err")" \
	"4 $whole fswatch-err: $broken names are left out, which have a newline in them: use --format null"
fswatch-err files -m /srv --relative-to "/srv/ dir " --format null >"$T/names" 2>"$T/err"
is "names outside of a directory are left out, and exit status 4" \
	"$? $(tr '\0' '|' <"$T/names") $(<"$T/err")" \
	"4 f|linked| fswatch-err: $((broken + whole - 2)) names are left out, which are not below '/srv/ dir '"
is "JSON has every name, and a link's inode once for each" "$(
	fswatch-err files -m /srv --json |
		jq -r '[.v, .incomplete, (.files | length), ([.files[].ino] | unique | length),
			(.files[] | select(.path == "/srv/plain") | .ranges[0].length)] | @csv'
)" "1,false,$((broken + whole)),$((broken + whole - 2)),137"

run_recipe rsync
same_names "the list has them, from the root of the transfer" \
	< <(sed -z 's,^/,,' "$LIST")

run_whole rsync

# over the damaged file
at=$(disk_offset "$MNT/plain" 0)
mce_file "$MNT/plain" 0
must bash -c "fswatch-err files -m /srv --relative-to /srv --format rsync >$LIST"
must rsync -aHAX --from0 --files-from="$LIST" /mnt/backup/ /srv/
is "rsync takes a damaged file for unchanged" \
	"$(fswatch-err list --noheadings -m /srv --kind data-lost | wc -l)" 3
must rsync -aHAX --ignore-times --whole-file --from0 --files-from="$LIST" /mnt/backup/ /srv/
level "with --ignore-times it replaces the file, and nobody has the bad sector" \
	"$(media xfs /dev/pmem0 "$at" 512 machine-check unowned)"
state "$T/after"
check "content, hard links, owners, times and attributes are as before" \
	diff <(same_but_inode "$T/before") <(same_but_inode "$T/after")
alive
finish
