#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Damaged files are restored from an archive of GNU tar.
# group: backup
# only: test-all
. "$(dirname "$0")/backup.bash"

backup_ready tar -c --xattrs -f /mnt/srv.tar -C / srv
at_end rm -rf /mnt/srv.tar "$GOOD" "$LIST"
run_recipe tar /srv
same_names "the list has them, as they are in the archive" \
	< <(sed -z 's,^srv/,,' "$LIST")

run_whole tar

# nothing is damaged now: a list of nothing must not be taken for everything
must rm -r "$GOOD"
must mkdir "$GOOD"
check "the list of nothing is made" \
	bash -c "fswatch-err files -m /srv --format tar >$LIST"
check_fails "tar refuses it" "Not found in archive" \
	tar -x -f /mnt/srv.tar -C "$GOOD" --null -T "$LIST"
is "and extracts nothing" "$(find "$GOOD" -mindepth 1)" ""
alive
finish
