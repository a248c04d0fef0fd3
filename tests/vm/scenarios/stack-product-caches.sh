#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Caches with what has not been written back, upon every other kind of layer: it is lost
# with the cache alone, and what is bad of the older bytes below it is nothing.
# group: stack-product-caches
# timeout: 1800
# only: test-all
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/product.bash"

product cache writecache bcache
check_product_log
end
