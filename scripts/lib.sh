# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What the shell scripts here share; they source it.

me=${0##*/}

# what the patches touch, as make builds it
# shellcheck disable=SC2034
touched="block/ fs/ drivers/acpi/nfit/ drivers/block/ drivers/char/ drivers/cxl/ drivers/dax/ \
drivers/md/ drivers/nvdimm/ drivers/nvme/ drivers/scsi/ mm/memory-failure.o"

say()
{
	printf '%s: %s\n' "$me" "$*"
}

die()
{
	printf '%s: %s\n' "$me" "$*" >&2
	exit 1
}

# Run a command with its output in a log; on failure show the log's end.
# usage: logged LOG COMMAND...
logged()
{
	log=$1
	shift
	mkdir -p "$(dirname "$log")"
	if ! "$@" >"$log" 2>&1; then
		tail -n 30 "$log" >&2
		die "failed: $* (all of it in $log)"
	fi
}
