# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The product of all kinds of layers: the helper product(1) does it, in one process, for to
# start programs is what takes time on the debug kernel. Sourced after lib.sh.

# product TOP...: these upon all
product()
{
	local line

	mountpoint -q /sys/kernel/config || must mount -t configfs none /sys/kernel/config
	while IFS= read -r line; do
		case $line in
		"ok "*) ok "${line#ok }" ;;
		"not ok "*) not_ok "${line#not ok }" ;;
		"end "*) is "the helper runs to its end" "$line" "end 0" ;;
		*) printf '%s\n' "# ${line#\# }" ;;
		esac
	done < <(command product "$T" "$@" 2>&1; echo "end $?")
}

# check_product_log: a layer that has given up its last device takes XFS along
check_product_log()
{
	check_log '[Ss]hutting down filesystem'
}
