#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-linear: several segments, several devices, one device in two segments in the
# other order, on a partition below, and what kpartx makes above: dm on dm.
# group: stack
# timeout: 900
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1

dm linear1 <<<"0 819200 linear /dev/pmem0 2048"
check_stack /dev/mapper/linear1

dm linear2 <<END
0 262144 linear /dev/pmem0 524288
262144 262144 linear /dev/pmem1 4096
524288 262144 linear /dev/pmem0 8192
END
check_stack /dev/mapper/linear2 short

dm above <<<"0 716800 linear /dev/mapper/linear2 2048"
check_stack /dev/mapper/above brief

undo_all

fsdax 0
fsdax 1
must sfdisk -q /dev/pmem1 <<<$'label: gpt\nsize=400M\nsize=400M'
wait_for 10 test -b /dev/pmem1p2 || not_ok "set-up: partitions"
at_end wipefs -q -a /dev/pmem1
dm part <<<"0 614400 linear /dev/pmem1p2 2048"
check_stack /dev/mapper/part short
undo_all
check_log
end
