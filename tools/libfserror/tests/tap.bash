# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# TAP of tests that are shell scripts; sourced. With $TAP_PREFIX each name begins with it.
# $work is a directory for what a command says, $failed is 1 after a failure.

failed=0

say() { # STATUS NAME
	if [ "$1" = 0 ]; then
		echo "ok - ${TAP_PREFIX-}$2"
	else
		echo "not ok - ${TAP_PREFIX-}$2"
		failed=1
	fi
}

# NAME COMMAND...: it succeeds; what it says is shown if it does not
works() {
	local name=$1 status
	shift
	# shellcheck disable=SC2154 # from who sources this
	"$@" >"$work/said" 2>&1
	status=$?
	[ $status = 0 ] || sed 's/^/# /' "$work/said"
	say $status "$name"
}
