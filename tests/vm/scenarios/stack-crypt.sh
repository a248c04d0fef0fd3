#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# dm-crypt, made with cryptsetup as LUKS2; and one level deeper.
# only: test-all
# group: stack-target
# timeout: 900
. "$(dirname "$0")/stack.bash"

fsdax 0
fsdax 1
printf secret >"$T/key"
must cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \
	--sector-size 512 /dev/pmem0 "$T/key"
must cryptsetup open --disable-locks --key-file "$T/key" /dev/pmem0 crypt
at_end cryptsetup close --disable-locks crypt
check_stack /dev/mapper/crypt
dm above <<<"0 614400 linear /dev/mapper/crypt 2048"
check_stack /dev/mapper/above brief
undo_all
check_log
end
