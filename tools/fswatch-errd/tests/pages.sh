#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The manual pages against the sources: each setting with its bounds and what holds without
# it, each metric, each field of the journal and variable of a hook, each option. Prints TAP
# without numbers.

set -u -o pipefail
export LC_ALL=C

build=${1:?usage: pages.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
TAP_PREFIX="pages: "
# shellcheck source=tools/libfserror/tests/tap.bash
. "$here/../libfserror/tests/tap.bash"

# NAME GOT WANT
same() {
	works "$1" diff <(echo "$3") <(echo "$2")
}

# a page without the marks that hyphens and fonts need
for page in "$here"/man/*.[578]; do
	sed -e 's/\\-/-/g' -e 's/\\f[A-Z]//g' -e 's/\\(dq/"/g' "$page" >"$work/${page##*/}"
done
conf=$work/fswatch-errd.conf.5

# the settings

settings=$(sed -nE 's/^\t\{ "([a-z-]+)", (PATH|NUMBER|ADDRESS|TRUTH), .*/\1/p' "$here/conf/conf.c" | sort)
same "fswatch-errd.conf(5) has each setting" \
	"$(grep -A1 '^\.TP$' "$conf" | sed -nE 's/^\.B ([a-z-]+)$/\1/p' | sort)" "$settings"
same "the configuration that is installed has each, too" \
	"$(sed -nE 's/^#([a-z-]+) = .*/\1/p' "$here/etc/fswatch-errd.conf" | sort)" "$settings"
sed -nE 's/^\t\{ "([a-z-]+)", NUMBER, [^,]*, ([0-9]+), ([0-9]+), ([0-9]+), .*/\1 \2 \3 \4/p' \
	"$here/conf/conf.c" >"$work/numbers"
while read -r name low high normal; do
	text=$(sed -n "/^\.B $name\$/,/^\.TP\$/p" "$conf" | tr '\n' ' ')
	[[ $text == *"$low to $high"* && $text == *"Default: $normal."* ]] ||
		echo "$name: not '$low to $high' and 'Default: $normal.'"
	grep -q "^#$name = $normal;" "$here/etc/fswatch-errd.conf" ||
		echo "$name: not $normal in the configuration that is installed"
done <"$work/numbers" >"$work/wrong"
same "with their bounds, and what holds without them" "$(cat "$work/wrong")" ""
same "of which there are some" "$(($(wc -l <"$work/numbers") > 5))" 1

# metrics, fields, variables, options

same "fswatch-errd-metrics(7) has each metric" \
	"$(grep -oE '^\.BR? fserror_[a-z_]+' "$work/fswatch-errd-metrics.7" | sed 's/^.* //; s/_total$//' | sort -u)" \
	"$(grep -ohE '"fserror_[a-z_]+"' "$here"/out/metrics*.c | tr -d '"' | sort -u)"
grep -ohE '"FSERROR_[A-Z_]+' "$here"/out/*.c | tr -d '"' | sort -u >"$work/words"
same "the pages have each field of the journal, and each variable of a hook" \
	"$(while read -r word; do
		grep -qE "$word\b" "$work/fswatch-errd.8" "$work/fswatch-errd-hooks.7" || echo "$word"
	done <"$work/words")" ""
same "of which there are some" "$(($(wc -l <"$work/words") > 10))" 1
same "fswatch-errd(8) has each option" \
	"$(sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$work/fswatch-errd.8" | grep '^\.B' |
		grep -oE -- '(^| |")--?[a-zA-Z][a-z-]*' | tr -d ' "' | sort -u)" \
	"$("$build/fswatch-errd" --help | sed -n '/^Options:/,/^$/p' |
		grep -oE -- '(^ | )--?[a-zA-Z][a-z-]*' | tr -d ' ' | sort -u)"
exit $failed
