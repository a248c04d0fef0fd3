#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# md, the other levels and layouts: one bad sector, bad sectors of as many members as are
# needed for a loss, beside each other and at the same place, md's own list of bad blocks,
# a member that fails, sectors that become good again.
# group: stack-md
# timeout: 3600
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"

check_array 1 raid10 n2 4 170
check_array 1 raid10 f2 3 240
check_array 1 raid10 o2 3 240
check_array 2 raid6 left-symmetric 4 170
check_array 1 raid5 right-asymmetric 4 120
check_array 1 raid4 "" 3 170
check_array 0 raid0 "" 3 120
check_array 0 linear "" 2 170
check_log
end
