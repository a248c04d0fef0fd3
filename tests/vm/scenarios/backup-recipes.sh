#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The recipes that are installed, with each backup program: what is damaged is left out of
# a backup, so that it takes the place of nothing good, also what only fswatch-errd knows;
# and they bring it back.
# group: backup-recipes
# timeout: 900
# only: test-all
. "$(dirname "$0")/backup.bash"

RECIPES=$FSERROR_TOP/tools/fswatch-err/backup
PROGRAMS=(restic borg tar rsync)
COPY=/mnt/backup
export TMPDIR=$T FSERROR_LEDGER=$T/ledger HOME=/plain
export RESTIC_REPOSITORY=/mnt/restic RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=$T/cache
export BORG_REPO=/mnt/borg BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_BASE_DIR=$T/borg
PATH=$FSERROR_BUILD/restic/bin:$PATH

# recipe_backup PROGRAM NUMBER
recipe_backup()
{
	case $1 in
	restic) "$RECIPES/restic" backup /srv --quiet --host fs1 ;;
	borg) "$RECIPES/borg" backup /srv "fs1-$2" ;;
	tar) "$RECIPES/tar" backup /srv "/mnt/srv-$2.tar" ;;
	rsync) "$RECIPES/rsync" backup /srv "$COPY" --delete ;;
	esac
}

recipe_restore()
{
	case $1 in
	restic) "$RECIPES/restic" restore /srv --host fs1 ;;
	borg) "$RECIPES/borg" restore /srv --glob-archives 'fs1-*' ;;
	tar) "$RECIPES/tar" restore /srv /mnt/srv-2.tar /mnt/srv-1.tar ;;
	rsync) "$RECIPES/rsync" restore /srv "$COPY" ;;
	esac
}

# unpack PROGRAM: all of the last backup, to $GOOD; prints where /srv is
unpack()
{
	rm -rf "$GOOD"
	mkdir "$GOOD"
	case $1 in
	restic) restic --quiet restore latest --host fs1 --target "$GOOD" >&2 ;;
	borg) (cd "$GOOD" && borg extract --noxattrs ::fs1-2) ;;
	tar) tar -x -f /mnt/srv-2.tar -C "$GOOD" ;;
	esac
	echo "$GOOD/srv"
}

make_backups()
{
	local program

	restic --quiet init && borg init --encryption=none || return
	for program in "${PROGRAMS[@]}"; do
		recipe_backup "$program" 1 || return
	done
	# as it was when it was good
	(cd "$MNT" && wanted | xargs -0 sha256sum -- >"$T/sums")
}

# sorted_names: of the files below the working directory, each with a NUL
sorted_names()
{
	find . -type f -printf '%P\0' | LC_ALL=C sort -z
}

# copy_is_good: what is damaged is as it was in the copy of rsync
copy_is_good()
{
	(cd "$COPY" && sha256sum --quiet --check "$T/sums")
}

# ends TEXT STATUS PATTERN COMMAND...: it ends so, and says something like that
ends()
{
	local text=$1 want=$2 pattern=$3 out status

	shift 3
	out=$("$@" 2>&1)
	status=$?
	if ((status == want)) && [[ $out == *$pattern* ]]; then
		ok "$text"
	else
		not_ok "$text" "$* ended with $status, not $want" ${out:+"$out"}
	fi
}

# restored TEXT: everything is as before the damage
restored()
{
	state "$T/after"
	check "$1: content, hard links, owners, times and attributes are as before" \
		diff "$T/before" "$T/after"
	is "and nothing is bad any more" "$(</sys/block/pmem0/badblocks)" ""
}

# known_names: fswatch-errd knows all that is damaged, with its name
known_names()
{
	fswatch-err files --known --ledger "$T/ledger" --format null >"$T/known" 2>/dev/null &&
		(($(tr -dc '\0' <"$T/known" | wc -c) >= $1))
}

# the tmpfs on /mnt has no attributes
must mkdir "$COPY"
must mkfs.xfs -q -f /dev/pmem1
must mount /dev/pmem1 "$COPY"
at_end unmount_quietly "$COPY"
at_end rm -rf /mnt/restic /mnt/borg /mnt/srv-1.tar /mnt/srv-2.tar "$GOOD"

must mkdir "$T/hooks.d"
cat >"$T/errd.conf" <<EOF
ledger = "$T/ledger"; hooks = "$T/hooks.d"; port = 0;
EOF
fswatch-errd --foreground --config "$T/errd.conf" 2>"$T/errd.err" &
ERRD=$!
# shellcheck disable=SC2016 # what it is then
at_end eval 'kill -KILL $ERRD 2>/dev/null'
must wait_for 60 test -e "$T/ledger/ledger.db"

backup_ready make_backups
# one name of each file
wait_for 120 known_names $((${#NAMES[@]} + ${#DIRS[@]} + 2))
check "the daemon knows all damaged files" known_names $((${#NAMES[@]} + ${#DIRS[@]} + 2))

for program in "${PROGRAMS[@]}"; do
	ends "$program: a backup without the damaged files" 0 " damaged names are left out" \
		recipe_backup "$program" 2
	[[ $program != rsync ]] || continue
	same_lines "it has all other files" \
		"$(cd "$(unpack "$program")" && sorted_names | tr '\n\0' '\1\n')" \
		"$(cd "$MNT" && sorted_names | LC_ALL=C comm -z -23 - <(wanted) | tr '\n\0' '\1\n')"
done
check "in the copy of rsync the good content is kept" copy_is_good
check "what is not damaged is in it as it is now" cmp "$MNT/lead" "$COPY/lead"

ends "restic: all damaged files come back, from an older backup" 0 "" recipe_restore restic
restored restic
for program in borg tar rsync; do
	mce_file "$MNT/*" 0
	mce_file "$MNT/${long_newlines%_}" 0
	mce_file "$MNT/big" 299600
	ends "$program: damaged files come back" 0 "" recipe_restore "$program"
	restored "$program"
done
ends "without damage there is nothing to do" 0 "nothing is damaged" recipe_restore restic

# a disk that was replaced: nothing fails, and the kernel knows nothing
at=$(disk_offset "$MNT/big" 100000)
at_plain=$(disk_offset "$MNT/plain" 0)
mce_file "$MNT/big" 100000
mce_file "$MNT/plain" 0
wait_for 60 known_names 2
must umount "$MNT"
for place in "$at" "$at_plain"; do
	must dd if=/dev/zero of=/dev/pmem0 bs=512 seek=$((place / 512)) count=1 oflag=direct status=none
done
must mount -o dax=always /dev/pmem0 "$MNT"
is "after a mount the kernel knows of no damage" "$(fswatch-err files -M /srv)" ""
check_fails "and the file is another one" "differ" cmp "$MNT/big" "$COPY/big"
ends "a further name of a damaged file may be in the backup" 4 \
	"1 damaged files have names that are not known" recipe_backup restic 3
must unpack restic
check_fails "but none of those that the ledger knows" "No such file" ls "$GOOD/srv/big"
names=("$GOOD/srv/plain" "$GOOD/srv/ dir /linked" "$GOOD/srv/[dir]*/hard"$'\n'"link")
is "of the file with three names the ledger knows one" \
	"$(for name in "${names[@]}"; do [[ ! -e $name ]] || echo x; done | wc -l)" 2
ends "rsync is not run then" 4 "nothing good is replaced" recipe_backup rsync 3
check "so that its copy stays good" copy_is_good
ends "what only the daemon knows comes back, too" 0 "" recipe_restore restic
state "$T/after"
check "all is as before" diff "$T/before" "$T/after"
ends "then a backup is whole" 0 "" recipe_backup rsync 4
check "and good" copy_is_good

kill -TERM $ERRD
wait $ERRD
is "the daemon ends well" $? 0
diag "$(<"$T/errd.err")"
alive
finish
