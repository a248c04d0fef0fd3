#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Damaged files are restored from a borg repository.
# group: backup-borg
# only: test-all
. "$(dirname "$0")/backup.bash"

export BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes BORG_BASE_DIR=$T/borg

make_backup()
{
	borg init --encryption=none /mnt/borg && borg create /mnt/borg::fs1-monday /srv
}

backup_ready make_backup
at_end rm -rf /mnt/borg "$GOOD" "$LIST"
run_recipe borg /srv
run_command borg
run_whole borg
alive
finish
