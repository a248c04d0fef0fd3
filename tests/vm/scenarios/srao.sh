#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A real machine check exception, as the patrol scrubber raises it: the nfit
# driver and memory_failure() both hear of it, and there is one event, as fine as
# the finer of them: a sector if the address is good for a cache line, else the
# page. In a boot of its own: it switches lockdep off.
. "$(dirname "$0")/lib.sh"

pmem_xfs
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/warm"
must xfs_io -f -c "pwrite -q 0 65536" -c fsync "$MNT/cold"
cold=$(data_lost "$MNT/cold" 8192 512)
cold_at=$(disk_offset "$MNT/cold" 8192)
remount /dev/pmem0 dax=always
must stat "$MNT/warm"
watch

must fserror-inject --lsb 6 srao-file "$MNT/warm" 20480
warm=$(data_lost "$MNT/warm" 20480 512)
expect "a file in the cache: one event" "$warm"
# a page that memory_failure() has entered settles after a second
nothing "and not two"
settled()
{
	local now

	read -r now _ </proc/uptime
	((${now%.*} >= until))
}
read -r now _ </proc/uptime
until=$((${now%.*} + 3))
must wait_for 30 settled
nothing "not later either"
level "the level says the same" "$warm"

must fserror-inject --lsb 6 srao-dev /dev/pmem0 "$cold_at"
expect "a file that is not in the cache: one event" "$cold"
nothing "and not two"
must fserror-inject --lsb 6 srao-file "$MNT/warm" 21504
next=$(data_lost "$MNT/warm" 21504 512)
expect "another sector of a page that is poisoned" "$next"
nothing "is told once"
level "the level has all three" "$warm" "$next" "$cold"

# an address that is a page's, as the patrol scrubber of many machines gives it
must fserror-inject --lsb 12 srao-file "$MNT/warm" 40960
page=$(data_lost "$MNT/warm" 40960 4096)
expect "a page: one event of all of it" "$page"
nothing "and not two"

agblocks=$(xfs_io -c statfs "$MNT" | sed -n 's/geom.agblocks = //p')
at=$((agblocks * 3 * 4096))
save_page /dev/pmem0 "$at" "$T/page"
must fserror-inject --lsb 6 srao-dev /dev/pmem0 "$at"
header=$(metadata header /dev/pmem0 "$at" 512)
expect "a header: one event, and no shutdown" "$header"
restore_page /dev/pmem0 "$at" "$T/page"
expect "and it is cleared" \
	"$(cleared "$header")"
nothing "that is all"
alive
finish
