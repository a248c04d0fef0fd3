#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# md with copies and with parity: one bad sector, bad sectors of as many members as are
# needed for a loss, beside each other and at the same place, md's own list of bad blocks,
# a member that fails, sectors that become good again.
# group: stack-md
# timeout: 1800
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

# make test has a mirror in stack-depth
[[ ! $LONG ]] || check_array 1 raid1 "" 2 320
check_array 1 raid5 left-symmetric 3 170
check_log
end
