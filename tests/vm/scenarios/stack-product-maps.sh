#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Layers that have a map, and image files, upon every other kind of layer: a bad sector of
# the disk is the file's that has it now, and not its that had it before.
# group: stack-product-maps
# timeout: 1800
# only: test-all
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/product.bash"

product thin snapshot loop
check_product_log
end
