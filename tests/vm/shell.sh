#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# `make shell`: an interactive shell in the VM, with pmem ready to be used.
set -u

for number in 0 1; do
	ndctl create-namespace --force --reconfig="namespace$number.0" --mode=fsdax >/dev/null ||
		echo "namespace$number.0 could not be made fsdax"
done
cat <<'TEXT'
A VM with two empty NVDIMMs, /dev/pmem0 and /dev/pmem1 (fsdax). You are root.
The host's files are here read-only; /tmp, /mnt and /run are writable and go away.

  mkfs.xfs -m rmapbt=1 /dev/pmem0 && mkdir /mnt/a && mount -o dax=always /dev/pmem0 /mnt/a
  seq 100000 >/mnt/a/f
  fswatch-err monitor &
  fserror-inject mce-file /mnt/a/f 12800      a machine check below that byte
  dd if=/dev/zero of=/mnt/a/f bs=4k count=1 seek=3 conv=notrunc     writing makes it good
  fserror-inject --help                       other ways to break it

`exit` ends the VM.
TEXT
cd /tmp || exit
exec bash -i
