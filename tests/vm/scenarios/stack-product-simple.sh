#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Layers that have each byte at one place, upon every other kind of layer: a bad sector of
# the disk is the file's that has it, through both.
# group: stack-product-simple
# timeout: 1800
# only: test-all
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/product.bash"

product linear striped crypt integrity
check_product_log
end
