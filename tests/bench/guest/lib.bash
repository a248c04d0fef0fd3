# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What the tables of make bench have in common; each of them sources this in the VM.
# shellcheck source=tests/vm/scenarios/stack.bash
. "$FSERROR_TOP/tests/vm/scenarios/stack.bash"

ROUNDS=${BENCH_ROUNDS:-5}
QUICK=${BENCH_QUICK-}

# sizes QUICK NORMAL...: what to go through
sizes()
{
	local quick=$1

	shift
	if [[ $QUICK ]]; then
		echo "$quick"
	else
		echo "$*"
	fi
}

# figure ROW NAME UNIT VALUE
figure()
{
	printf 'BENCH %s | %s | %s | %s\n' "$@"
}

# measured: the last line of each table; that the log is clean is a test
measured()
{
	undo_all
	check_log "$@"
	ok "the table is complete"
	end
}

# of NAME LINE: a value of a line of NAME=VALUE words
of()
{
	field "$1" " $2"
}

# ms MICROSECONDS
ms()
{
	printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000))
}

# clock: microseconds
clock()
{
	of us "$(fsbench clock)"
}

# kernel_memory: bytes that cannot be reclaimed
kernel_memory()
{
	awk '/^SUnreclaim|^VmallocUsed|^Percpu/ { kib += $2 } END { print kib * 1024 }' /proc/meminfo
}

# timed ROW NAME COMMAND...: the time that fsbench prints; its line is left in $LINE
timed()
{
	local row=$1 name=$2

	shift 2
	LINE=$(fsbench "$@" 2>&1) || {
		not_ok "$row, $name" "$LINE"
		end
	}
	figure "$row" "$name" ms "$(ms "$(of us "$LINE")")"
}

# rate ROW NAME: records in each second, of the last timed
rate()
{
	local us

	us=$(of us "$LINE")
	figure "$1" "$2" /s $(($(of records "$LINE") * 1000000 / (us ? us : 1)))
}

# whole ROW NAME OUTPUT COMMAND...: a command from its start to its end; $TOOK is left
whole()
{
	local row=$1 name=$2 out=$3 begun=${EPOCHREALTIME/./} status

	shift 3
	"$@" >"$out" 2>"$T/whole.err"
	status=$?
	TOOK=$((${EPOCHREALTIME/./} - begun))
	# 3: check has found damage; 4: what this kernel watches may not be all that is mounted
	if ((status != 0 && status != 3 && status != 4)); then
		not_ok "$row, $name" "$* ended with $status" "$(<"$T/whole.err")"
		end
	fi
	figure "$row" "$name" ms "$(ms "$TOOK")"
}

# times ROW NAME MICROSECONDS OTHERS: how many times as long the first takes
times()
{
	figure "$1" "$2" x "$(awk -v a="$3" -v b="$4" 'BEGIN { printf("%.2f", a / (b ? b : 1)) }')"
}

# settled AT-LEAST [SECONDS]: the kernel has looked at what changed and told so many
# ranges, or this fails. The line of the last question is left in $LINE.
settled()
{
	wait_for "${2:-120}" settled_now "$1" || {
		not_ok "set-up: $1 ranges are told" "$LINE"
		end
	}
}

# looked [ranges]: the kernel has looked at all that changed; what it says is left in $LINE
looked()
{
	LINE=$(fsbench damage "$@") && [[ $LINE == *" busy=0 pending=0 "* ]]
}

settled_now()
{
	looked ranges && (($(of records "$LINE") >= $1))
}

# owned AT-LEAST: the same with owners
owned()
{
	wait_for 120 owned_now "$1" || {
		not_ok "set-up: $1 records" "$LINE"
		end
	}
}

owned_now()
{
	looked && (($(of records "$LINE") >= $1))
}

# drop_caches: a buffer of XFS has to be asked for more than once
drop_caches()
{
	local i

	for i in 1 2 3 4; do
		echo 3 >/proc/sys/vm/drop_caches
	done
}

# places DIR: the first block of each file, in bytes on the device, in an order that is
# as good as any
places()
{
	fsbench places "$1" | sort -n | sort -R --random-source=<(yes)
}

# with_errors DEV <PLACES: a table for dm: a sector at each place is an error
with_errors()
{
	sort -n | awk -v dev="$1" -v size="$(sectors "$1")" '
		{ at = int($1 / 512)
		  if (at > last)
			printf("%d %d linear %s %d\n", last, at - last, dev, last)
		  printf("%d 1 error\n", at)
		  last = at + 1 }
		END { printf("%d %d linear %s %d\n", last, size - last, dev, last) }'
}

# swap NAME <TABLE: dm_reload for a table that is too long for a command line
swap()
{
	cat >"$T/table"
	must dmsetup reload "$1" "$T/table"
	must dmsetup suspend --noflush "$1"
	must dmsetup resume --noudevsync "$1"
}
