# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scenarios of backup programs have in common; sourced instead of lib.sh.
#
# /srv gets files with names that are hard to write down, a backup is made of it,
# every file is damaged, and the recipe of the manual page is run as it is
# printed there. Beside each file lies a neighbour whose name a careless program
# would take for it. It is changed after the backup, so that a program that
# touches it brings an old content back.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

MNT=/srv
MANUAL=("$FSERROR_TOP"/tools/fswatch-err/man/fswatch-err-{files,restore}.8)
GOOD=/var/tmp/good # where the recipes put what the backup has
LIST=/tmp/damaged # the list of names

# repeat CHARACTER: a name as long as can be
repeat()
{
	local name

	printf -v name '%255s' ''
	printf '%s_' "${name// /$1}"
}

long_newlines=$(repeat $'\n')
long_bytes=$(repeat $'\xff')
long_name=$(repeat n)

# shellcheck disable=SC1003,SC2016 # they are meant as they are
NAMES=(
	plain ' lead' 'trail ' ' ' $'\ttab\t' $'new\nline' $'end\n' $'\nstart'
	$'\n' $'cr\r' $'\x01\x7f' '*' '?' '[a]' '[!x]' 'a*b' 'a?b' '**' '{a,b}'
	'\' '\n' 'back\slash' 'a\012b' '$HOME' '${HOME}' '$$' 'end$' '#hash' ';semi'
	'-dash' '--help' '!bang' "'single'" '"double"' '`tick`' $'\xff\xfe'
	$'caf\xe9' $'caf\xc3\xa9' $'nbsp\xc2\xa0' $'\xe3\x80\x80' $'\xef\xbb\xbfbom'
	'+ pf:x' '- sh:**' 'sh:x' 'R x' 'host:x' '%41' '~' '...'
	"${long_name%_}" "${long_newlines%_}" "${long_bytes%_}"
)
NEIGHBOURS=(
	lead trail tab 'new line' $'new\tline' $'new\x0bline' newXline new line end
	start cr a x ab aXb '!' backslash n HOME '$' hash semi dash bang single
	double tick $'\xff' caf $'caf\xe8' nbsp $'\xc2\xa0' bom "${long_name%?_}"
	other $'other\n'
)
# each of them has a damaged file "f" and a neighbour "g"
DIRS=(' dir ' $'dir\nnew' '[dir]*' $'dir\xff$x')

# make_files: all but two have one block each
make_files()
{
	local name number=0

	for name in "${DIRS[@]}"; do
		must mkdir -- "$MNT/$name"
		printf 'the file in %s' "$name" >"$MNT/$name/f"
		printf 'beside the file in %s' "$name" >"$MNT/$name/g"
	done
	# first the names: a directory takes blocks as it grows
	for name in "${NAMES[@]}" "${NEIGHBOURS[@]}"; do
		: >"$MNT/$name"
	done
	for name in "${NAMES[@]}"; do
		printf '%*s' $((100 + 37 * ++number)) "$number $name" >"$MNT/$name"
	done
	for name in "${NEIGHBOURS[@]}"; do
		printf 'as it was: %s' "$name" >"$MNT/$name"
	done
	printf '%*s' 300001 "of many blocks" >"$MNT/big"
	must xfs_io -f -c "pwrite -q 1m 8k" -c "truncate 2m" "$MNT/sparse"
	must ln "$MNT/plain" "$MNT/ dir /linked"
	must ln "$MNT/plain" "$MNT/[dir]*/hard"$'\n'"link"
	must setfattr -n user.note -v "still here" "$MNT/plain" "$MNT/**" "$MNT/big"
	must chown 1234:4321 "$MNT/plain" "$MNT/*" "$MNT/big"
	must chmod 4751 "$MNT/plain" "$MNT/big" "$MNT/?"
	must touch -d '2001-02-03 04:05:06.123456789' "$MNT/plain" "$MNT/ " "$MNT/big"
	must sync -f "$MNT"
}

change_neighbours()
{
	local name

	for name in "${NEIGHBOURS[@]}" "${DIRS[@]/%//g}"; do
		printf 'changed after the backup: %s' "$name" >"$MNT/$name"
	done
	must sync -f "$MNT"
}

# wanted: the names of damaged files below $MNT, each with a NUL, sorted
wanted()
{
	printf '%s\0' "${NAMES[@]}" big sparse "${DIRS[@]/%//f}" " dir /linked" \
		"[dir]*/hard"$'\n'"link" | LC_ALL=C sort -z
}

# same_names TEXT: those on standard input, each with a NUL, are the wanted ones
same_names()
{
	LC_ALL=C sort -z >"$T/got"
	wanted >"$T/want"
	if cmp -s "$T/got" "$T/want"; then
		ok "$1"
	else
		not_ok "$1" "$(diff <(tr '\n\0' '\1\n' <"$T/got") <(tr '\n\0' '\1\n' <"$T/want") |
			cut -c 1-200 | head -n 20)"
	fi
}

# bad_sectors COUNT: so many sectors are known to be bad
bad_sectors()
{
	local lines

	mapfile -t lines </sys/block/pmem0/badblocks
	((${#lines[@]} == $1))
}

# make_bad FIRST COUNT: the first sector of so many blocks from the sector FIRST on
make_bad()
{
	must fserror-inject --count "$2" --step 4096 mce-dev /dev/pmem0 $(($1 * 512))
	BAD=$((BAD + $2))
	# the kernel has room for a few dozen machine checks that nobody has looked at
	wait_for "$EVENT_TIMEOUT" bad_sectors $BAD ||
		not_ok "set-up: $BAD sectors are bad" "$(</sys/block/pmem0/badblocks)"
}

# damage_files: a sector of each, of some more; as few programs as it can be done with
damage_files()
{
	local files=("${NAMES[@]}" "${DIRS[@]/%//f}") sectors sector first='' count=0

	mapfile -t sectors < <(xfs_io -c fiemap "${files[@]/#/$MNT/}" |
		sed -n 's/^\t0: \[0\.\.7\]: \([0-9]*\)\.\..*/\1/p' | sort -n)
	is "each file has its block" ${#sectors[@]} ${#files[@]}
	BAD=0
	for sector in "${sectors[@]}"; do
		if ((count == 20 || (count && sector != first + count * 8))); then
			make_bad "$first" "$count"
			count=0
		fi
		((count++)) || first=$sector
	done
	make_bad "$first" "$count"
	# within, and in the block that the end of the file is in
	mce_file "$MNT/big" 100000
	mce_file "$MNT/big" 299600
	mce_file "$MNT/sparse" 1050000
	BAD=$((BAD + 3))
	wait_for "$EVENT_TIMEOUT" bad_sectors $BAD ||
		not_ok "set-up: all are damaged" "$(</sys/block/pmem0/badblocks)"
}

# state FILE: everything that a restored file must still have, or have again
state()
{
	local all files

	(
		cd "$MNT" || exit
		mapfile -d '' all < <(find . -print0 | LC_ALL=C sort -z)
		mapfile -d '' files < <(find . -type f -print0 | LC_ALL=C sort -z)
		stat -c '%n %i %A %h %u:%g %s %y' -- "${all[@]}"
		sha256sum -- "${files[@]}"
		getfattr -d -m - -- "${files[@]}"
	) >"$1" 2>"$1.errors"
	is "all can be read" "$(<"$1.errors")" ""
}

# same_but_inode FILE: such a state without the inodes of files, and without
# directories, whose time changes when a file is made anew in them
same_but_inode()
{
	sed -E '/ [0-9]+ d[rwxsStT-]{9} /d; s/ [0-9]+ (-[rwxsStT-]{9} )/ \1/' "$1"
}

# backup_ready COMMAND...: the files, their backup by this command, the damage
backup_ready()
{
	pmem_xfs
	make_files
	must "$@"
	change_neighbours
	state "$T/before"
	damage_files
}

# recipe NAME: its commands, as the manual pages print them
recipe()
{
	sed 's/\\-/-/g; s/\\e/\\/g; s/\\(dq/"/g' "${MANUAL[@]}" |
		sed -n "/^\.\\\\\" recipe $1\$/,/^\.Ed/{ s/^# //p; /^\t/p }"
}

# run_recipe NAME [DIR]: word for word, and see that everything is as before the
# damage; DIR of what comes out of the backup is what /srv was
run_recipe()
{
	local commands

	commands=$(recipe "$1")
	is "the manual page has a recipe that restores" \
		"$(grep -c 'fswatch-err' <<<"$commands")" 2
	check "the recipe works" bash -e -c "$commands"
	same_names "exactly the damaged files came out of the backup" \
		< <(cd "$GOOD${2-}" && find . -type f -printf '%P\0')
	state "$T/after"
	check "content, hard links, owners, times and attributes are as before" \
		diff "$T/before" "$T/after"
	is "nothing is bad any more" "$(</sys/block/pmem0/badblocks)" ""
	level "and nothing is listed"
}

# run_whole NAME: the recipe for whole files, with some that are damaged again
run_whole()
{
	local commands

	mce_file "$MNT/plain" 0
	mce_file "$MNT/big" 299600
	mce_file "$MNT/"$'\n' 0
	commands=$(
		recipe "$1" | grep '^fswatch-err files'
		recipe whole-move
		recipe "whole-$1"
		recipe whole-clear
	)
	is "the manual page has a recipe for whole files" "$(grep -vc $'^\t' <<<"$commands")" 8
	check "the recipe for whole files works" bash -e -c "$commands"
	state "$T/after"
	check "content, hard links, owners, times and attributes are as before" \
		diff <(same_but_inode "$T/before") <(same_but_inode "$T/after")
	is "nothing is bad any more" "$(</sys/block/pmem0/badblocks)" ""
	level "and nothing is listed"
}

# run_command NAME: the recipe that asks the program for each file
run_command()
{
	local commands

	# of each a good byte is left, to be compared
	mce_file "$MNT/*" 0
	mce_file "$MNT/${long_newlines%_}" 0
	mce_file "$MNT/big" 299600
	commands=$(recipe "command-$1")
	is "the manual page has a recipe that asks for each file" \
		"$(grep -c 'fswatch-err restore' <<<"$commands")" 1
	check "the recipe that asks for each file works" bash -e -c "$commands"
	state "$T/after"
	check "content, hard links, owners, times and attributes are as before" \
		diff "$T/before" "$T/after"
	is "nothing is bad any more" "$(</sys/block/pmem0/badblocks)" ""
}
