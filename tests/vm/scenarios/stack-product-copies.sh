#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Layers that have copies or parity, upon every other kind of layer: what is bad of the disk
# is degraded as long as one of all copies is good, and lost with the last one.
# group: stack-product-copies
# timeout: 1800
# only: test-all
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/product.bash"

product mirror raid1 raid5 raid10
check_product_log
end
