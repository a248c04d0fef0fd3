#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The report: looked at in a browser, in one for terminals, and as a file. Prints TAP
# without numbers. usage: report.sh PROGRAM MAKE-LEDGER BOUNDS

set -u -o pipefail

program=${1:?usage: report.sh PROGRAM MAKE-LEDGER BOUNDS} make=${2:?} bounds=${3:?}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
TAP_PREFIX="report: "
# shellcheck source=tools/libfserror/tests/tap.bash
. "$here/../../libfserror/tests/tap.bash"

is() { # NAME GOT WANT
	[ "$2" = "$3" ] || echo "# got: $2"
	[ "$2" = "$3" ]
	say $? "$1"
}

has() { # NAME FILE TEXT
	grep -qF -- "$3" "$2"
	say $? "$1"
}

lacks() { # NAME FILE PATTERN
	! grep -qE -- "$3" "$2"
	say $? "$1"
}

# a page in a browser: what it makes of it, and a picture
browse() { # PAGE
	timeout 300 chromium --headless --no-sandbox --disable-gpu --no-first-run \
		--disable-dev-shm-usage --user-data-dir="$work/profile" \
		--window-size=1200,1600 --screenshot="$1.png" "file://$1" >"$work/browser" 2>&1 &&
		timeout 300 chromium --headless --no-sandbox --disable-gpu --no-first-run \
			--disable-dev-shm-usage --user-data-dir="$work/profile" \
			--dump-dom "file://$1" >"$1.dom" 2>>"$work/browser"
}

mkdir "$work/ledger" "$work/empty"
"$make" "$work/ledger" hostile || exit 1
page=$work/page.html

# the file

report() { # OPTION...
	"$program" report --html "$page" --known --ledger "$work/ledger" "$@"
}

(umask 0; report)
is "it is written" "$?" 0
is "whatever the umask, others do not read names" "$(stat -c %a "$page")" 640
(umask 077; report)
is "as the umask says, if that says less" "$(stat -c %a "$page")" 600
echo precious >"$work/precious"
ln -sf precious "$page"
report
is "a symbolic link is not followed" "$(cat "$work/precious") $(stat -c %F "$page")" \
	"precious regular file"
is "nothing else is left there" "$(cd "$work" && find . -maxdepth 1 -name '*page*')" ./page.html
before=$(stat -c %i "$page")
if [ "$(id -u)" = 0 ]; then
	# no room for it
	mkdir "$work/small"
	if mount -t tmpfs -o size=8k none "$work/small" 2>/dev/null; then
		echo old >"$work/small/page"
		"$program" report --html "$work/small/page" --known --ledger "$work/ledger" 2>"$work/said"
		is "a full disk is an error" "$?" 1
		is "that leaves what was there" "$(cd "$work/small" && find . -type f -exec cat {} +)" old
		umount "$work/small"
	fi
	rmdir "$work/small"
fi
"$program" report --html "$page" --known --ledger "$work/empty" 2>"$work/said"
is "without a ledger there is no page" "$? $(stat -c %i "$page")" "1 $before"
"$program" report --html "$work/none/page" --known --ledger "$work/ledger" 2>"$work/said"
is "a directory that there is not" "$? $(cat "$work/said")" \
	"1 fswatch-err: $work/none/page: No such file or directory"
"$program" report --html "$work/" --known --ledger "$work/ledger" 2>"$work/said"
is "nor is a directory a file" "$?" 1

mkfifo "$work/pipe"
ln -s /dev/null "$work/null"
ln -s /proc/self/fd/1 "$work/stdout"
for name in pipe null stdout; do
	before=$(stat -c '%F %i' "$work/$name")
	timeout 20 "$program" report --html "$work/$name" --known --ledger "$work/ledger" \
		2>"$work/said" >"$work/output"
	is "what is no file is not replaced: $name" "$? $(stat -c '%F %i' "$work/$name") $(cat "$work/said")" \
		"1 $before fswatch-err: $work/$name: Operation not supported"
done

# what is in it

report
lacks "the style loads nothing" "$page" '@import|url\('
works "it is UTF-8" iconv -f UTF-8 -t UTF-8 -o /dev/null "$page"
LC_ALL=C.UTF-8 grep -qP '[\x00-\x08\x0b-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}]' "$page"
is "without control characters, or what changes the direction" "$?" 1
has "whose letters are letters" "$page" "/srv/Grün"
has "names are text" "$page" "/srv/&lt;/td&gt;&lt;/table&gt;&lt;script&gt;document.title=&#39;pwned&#39;"
has "also what looks like an escape" "$page" "/srv/&amp;lt;b&amp;gt; &amp;amp; &#39;"
has "what changes the direction can be seen" "$page" '/srv/\342\200\256gnp.exe'
has "and what is no UTF-8" "$page" '/srv/\377\376'
works "it is well-formed, and nothing in it loads or runs anything" /usr/bin/python3 "$here/well_formed.py" "$page"

w3m -dump -cols 200 "$page" >"$work/text"
has "a terminal shows what is lost" "$work/text" "ranges of files, "
has "of which file" "$work/text" "/srv/a"
has "where" "$work/text" "1048576+4096"
has "that it can be read and is not what was written" "$work/text" ", not what was written)"
has "what is acknowledged" "$work/text" "acknowledged"
has "metadata" "$work/text" "metadata of inodes"
has "what no file has" "$work/text" "bad, no file has it"
has "what was not told of whom" "$work/text" "whose it is is not known"
has "what happened" "$work/text" "restored: 512 bytes of /srv/a at 8192"
has "what to do" "$work/text" "fswatch-err restore --known --from COPY"

if command -v chromium >/dev/null; then
	works "a browser shows it" browse "$page"
	dom=$page.dom
	has "with its own title" "$dom" "<title>What is lost on "
	lacks "that nobody has changed" "$dom" "<title>pwned|<script|<img"
	has "and names as they are" "$dom" \
		"/srv/&lt;/td&gt;&lt;/table&gt;&lt;script&gt;document.title='pwned'&lt;/script&gt;"
	is "each file in a row of its own" "$(grep -cE '^<tr><td class="t">/srv/' "$dom")" 11
	works "the picture is not blank" /usr/bin/python3 "$here/picture.py" "$page.png"
else
	echo "ok - report: in a browser # SKIP no chromium"
fi

# from the kernel, whose place a process takes
TMPDIR=$work "$bounds" 128000 report >"$work/bounds" 2>&1
grep -q "^ok - report: .* KiB" "$work/bounds"
say $? "of 128,000 ranges: $(sed -n 's/^ok - report: //p' "$work/bounds" | tail -n 1)"
has "what is told of them" "$work/report.html" "128000 ranges of files, 62.5M in all"
has "what there is no room for" "$work/report.html" "127000 more ranges are of files"
is "at most 1000 of them" "$(grep -c '<svg class="map" viewBox="0 0 128 1"' "$work/report.html")" 1000
[ "$(grep -o '<rect' "$work/report.html" | wc -l)" -lt $((1000 * 64 + 512)) ]
say $? "with bounded maps"
[ "$(stat -c %s "$work/report.html")" -lt 1000000 ]
say $? "in a page of $(stat -c %s "$work/report.html") bytes"
works "that is well-formed" /usr/bin/python3 "$here/well_formed.py" "$work/report.html"
exit $failed
