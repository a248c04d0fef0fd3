#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's Python library for netlink and its command line client, given our
# spec, against real events: tests/ynl has it.
# group: file
# timeout: 600
for tree in "$FSERROR_KERNEL_SRC" "$FSERROR_BUILD/linux-7.3" "$FSERROR_BUILD/7.3/src"; do
	[[ -d $tree/tools/net/ynl/pyynl ]] && break
done
exec /usr/bin/python3 -B "$FSERROR_TOP/tests/ynl/ynl_test.py" "$tree"
