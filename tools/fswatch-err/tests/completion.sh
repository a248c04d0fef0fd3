#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The completion of the command line, as bash calls it. Prints TAP without numbers.
#
# usage: completion.sh PROGRAM COMPLETION

program=${1:?usage: completion.sh PROGRAM COMPLETION} completion=${2:?}
failed=0

say() { # STATUS NAME
	if [ "$1" = 0 ]; then
		echo "ok - completion: $2"
	else
		echo "not ok - completion: $2"
		failed=1
	fi
}

# it asks the program that is found by its name
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$(realpath "$program")" "$work/fswatch-err"
PATH=$work:$PATH

# only bash itself may call it, while it completes
compopt() {
	options+=" $*"
}

# WORD...: complete the last one; what may follow is in COMPREPLY
complete_words() {
	COMP_WORDS=("$program" "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	options=
	"$function" "$program" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}

# WANT WORD...: exactly these words follow, in any order
gives() {
	local want=$1 got
	shift
	complete_words "$@"
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd ' ')
	want=$(tr ' ' '\n' <<<"$want" | sort | paste -sd ' ')
	[ "$got" = "$want" ]
	say $? "'$*' gives '$want'"
	[ "$got" = "$want" ] || echo "# got: $got"
}

# WANT WORD...: this is among what follows
offers() {
	local want=$1 reply
	shift
	complete_words "$@"
	for reply in "${COMPREPLY[@]}"; do
		[ "$reply" = "$want" ] && break
	done
	[ "$reply" = "$want" ]
	say $? "'$*' offers '$want'"
}

# shellcheck source=/dev/null
. "$completion"
function=$(complete -p fswatch-err | sed 's/.*-F \([^ ]*\).*/\1/')
[ -n "$function" ]
say $? "there is one for fswatch-err"

commands=$("$program" --help | sed -n '/^Commands:/,/^$/s/^ \([a-z]\{1,\}\) .*/\1/p')
gives "$commands" ""
gives "list" li
gives "--help --version" -
gives "--version" --v
gives "monitor" help mon
gives "" nosuch --

# each option that a command's help has
for command in $commands; do
	[ "$command" = help ] && continue
	for option in $("$program" "$command" --help | grep '^ *-' |
		tr -c 'a-zA-Z\n-' '\n' | grep -xE -e '-(-[a-z-]+|[a-zA-Z])'); do
		offers "$option" "$command" "${option:0:-1}"
	done
done
gives "--pairs --path" list --pa
gives "--pairs --path" list -J --pa
offers "/proc" list -M /pr
offers "+PATH,INO" list -o +PATH,IN

# values
offers "/proc" list -m /pr
offers "/" check --mountpoint ""
offers "proc" list --source p
offers "tmpfs" list -t tmp
offers "tmpfs,proc" list -t tmpfs,p
gives "data-lost" list --kind data
gives "data-lost" list --kind = data
gives "data-lost,media data-lost,metadata" monitor --kind data-lost,me
gives "" monitor --kind data-lost,data
gives "media machine-check" list --cause m
gives "auto always never" list --color = ""
gives "always auto" monitor --color = a
gives "iso ctime raw delta" monitor --time-format ""
gives "ORIGIN ORIGIN-OFFSET ORIGIN-LENGTH" list -o ORI
gives "PATH,INO PATH,INSTANCE" list --output PATH,I
offers "/proc/self" list --path /proc/sel
columns=$("$program" list --list-columns | awk '{ print $1 }')
gives "$columns" list -o ""

# the words are those of the kernel's interface
for what in kind cause; do
	known=$(sed -n "/^enum fserror_$what {/,/^}/p" \
		"$(dirname "$0")/../../../include/uapi/linux/fserror_netlink.h" |
		sed -n "s/^\tFSERROR_${what^^}_\([A-Z_]*\).*/\1/p" |
		grep -v '^MAX$' | tr 'A-Z_' 'a-z-')
	gives "$known" list "--$what" ""
done

# those of other shells are made of the help
for shell in zsh:_fswatch-err fish:fswatch-err.fish; do
	"$(dirname "$completion")/generate" "$program" "${shell%%:*}" |
		diff -u "$(dirname "$completion")/${shell#*:}" - | sed 's/^/# /'
	[ "${PIPESTATUS[*]}" = "0 0 0" ]
	say $? "completion/${shell#*:} is what 'completion/generate ... ${shell%%:*}' makes"
done

# SHELL TYPED WANT: in a shell that is there
in_shell() {
	local got
	if ! command -v "$1" >/dev/null; then
		echo "ok - completion: $1: '$2' # SKIP no $1"
		return
	fi
	case $1 in
	zsh) got=$(PATH=$(dirname "$program"):$PATH timeout 60 zsh -f \
		"$(dirname "$0")/complete.zsh" "$(dirname "$completion")" "$2") ;;
	fish) got=$(PATH=$(dirname "$program"):$PATH HOME=/nonexistent timeout 60 \
		fish -N -c "source $(dirname "$completion")/fswatch-err.fish
			complete -C '$2'" 2>/dev/null | cut -f 1 | sort | paste -sd ' ') ;;
	esac
	[ "$got" = "$3" ]
	say $? "$1: '$2' gives '$3'"
	[ "$got" = "$3" ] || echo "# got: $got"
}
in_shell zsh "fswatch-err che" "fswatch-err check "
in_shell zsh "fswatch-err status --js" "fswatch-err status --json "
in_shell zsh "fswatch-err list --kind metad" "fswatch-err list --kind metadata,"
in_shell zsh "fswatch-err list --color=al" "fswatch-err list --color=always "
in_shell zsh "fswatch-err list -o PATH,INS" "fswatch-err list -o PATH,INSTANCE,"
in_shell fish "fswatch-err che" "check"
in_shell fish "fswatch-err list --p" "--pairs --path"
in_shell fish "fswatch-err list --kind data-lost,me" "data-lost,media data-lost,metadata"
in_shell fish "fswatch-err list -o PATH,INS" "PATH,INSTANCE"
in_shell fish "fswatch-err monitor --time-format " "ctime delta iso raw"

# a mount point with a blank and a backslash, quoted by bash itself
if unshare -m true 2>/dev/null; then
	work=$(mktemp -d)
	mkdir "$work/a b\\c"
	# shellcheck disable=SC2016 # for the inner shell
	got=$(unshare -m bash -c '
		mount -t tmpfs none "$1" && compopt() { :; } && . "$2" &&
		COMP_WORDS=("$3" list -m "$4") COMP_CWORD=3 &&
		_fswatch_err "$3" && printf "%s" "${COMPREPLY[0]}"' \
		bash "$work/a b\\c" "$completion" "$program" "$work/a")
	[ "$got" = "$work/a b\\c" ]
	say $? "a mount point with a blank: $got"
	rm -r "$work"
else
	echo "ok - completion: a mount point with a blank # SKIP no permission to mount"
fi
exit $failed
