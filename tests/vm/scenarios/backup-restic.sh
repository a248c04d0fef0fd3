#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Damaged files are restored from a restic repository. Needs a newer restic than
# Debian 12 has: scripts/fetch-restic gets it.
# only: test-all
# group: backup
. "$(dirname "$0")/backup.bash"

export RESTIC_REPOSITORY=/mnt/restic RESTIC_PASSWORD=secret RESTIC_CACHE_DIR=$T/cache
# what a name with a dollar sign must not be replaced by
export HOME=/plain

PATH=$FSERROR_BUILD/restic/bin:$PATH
if [[ ! -x $FSERROR_BUILD/restic/bin/restic ]]; then
	not_ok "set-up: a newer restic" "it is not there: scripts/fetch-restic gets it"
	end
fi

# the newest snapshot of the path is that of another host
# shellcheck disable=SC2016 # it is meant as it is
make_backup()
{
	restic --quiet init && restic --quiet backup --host fs1 /srv &&
		mkdir -p "$T/other" && echo "of another host" | tee "$T/other/plain" >"$T/other/big" &&
		unshare -m sh -c 'mount --bind "$1" /srv && restic --quiet backup --host fs2 /srv' sh "$T/other"
}

backup_ready make_backup
at_end rm -rf /mnt/restic "$GOOD" "$LIST"
run_recipe restic /srv
run_command restic
run_whole restic

# nothing is damaged now: a list of nothing must not be taken for everything
must rm -r "$GOOD"
check "the list of nothing is made" \
	bash -c "fswatch-err files -m /srv --format restic >$LIST"
check "restic reads it" restic restore latest --include-file "$LIST" --target "$GOOD"
is "and restores nothing" "$(find "$GOOD" -type f)" ""
alive
finish
