#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What stack-dm-raid does, with the other types.
# group: stack-md
# timeout: 3600
# only: test-all
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"
. "$(dirname "$0")/dm-raid.bash"

volume_group 5
check_volume raid10 1 -i 2 -m 1
check_volume raid4 1 -i 2
check_volume raid5_ra 1 -i 3
check_volume raid6 2 -i 3
check_volume raid6_nr 2 -i 3
check_volume raid0 0 -i 2
check_log
end
