#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# LVM2's RAID volumes, made with lvcreate: a bad sector of one leg is degraded, what is
# bad of as many as are needed for a loss is lost, a repair by LVM2 makes good what has a
# copy, a write makes good what has none. Bad metadata of the target are told as that.
# group: stack-md
# timeout: 1800
. "$(dirname "$0")/stack.bash"
. "$(dirname "$0")/disks.bash"
. "$(dirname "$0")/copies.bash"
. "$(dirname "$0")/md.bash"
. "$(dirname "$0")/dm-raid.bash"

volume_group 3
check_volume raid1 1 -m 1
# parity is the same code as in stack-md; the volume takes four minutes
[[ ! $LONG ]] || check_volume raid5 1 -i 2
check_log
end
