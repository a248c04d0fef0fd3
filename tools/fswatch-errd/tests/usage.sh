#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The program without a kernel; the unit, the catalog, the example of a hook. Prints
# TAP without numbers.

set -u -o pipefail

build=${1:?usage: usage.sh BUILD-DIRECTORY}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
errd=$build/fswatch-errd
failed=0

say() { # STATUS NAME
	if [ "$1" = 0 ]; then
		echo "ok - usage: $2"
	else
		echo "not ok - usage: $2"
		failed=1
	fi
}

# NAME STATUS PATTERN COMMAND...: it ends so, and says something like that
ends() {
	local name=$1 want=$2 pattern=$3 status good=1
	shift 3
	"$@" >"$work/said" 2>&1
	status=$?
	[ $status = "$want" ] && { [ -z "$pattern" ] || grep -qE -- "$pattern" "$work/said"; } && good=0
	[ $good = 0 ] || sed "s/^/# $status: /" "$work/said"
	say $good "$name"
}

ends "--help" 0 "--check-config" "$errd" --help
ends "--version" 0 "^fswatch-errd [0-9.]+$" "$errd" --version
ends "an option that there is not" 2 "Try" "$errd" --nonsense
ends "an argument" 2 "what is 'x'" "$errd" x
echo "port = 5x;" >"$work/conf"
ends "a mistake in the configuration, with its line" 2 "conf:1: " \
	"$errd" --check-config --config "$work/conf"
ends "with it the daemon does not start" 2 "conf:1: " "$errd" --config "$work/conf"
ends "the configuration that is shipped" 0 "" \
	"$errd" --check-config --config "$here/etc/fswatch-errd.conf"
# all that it shows is right, and is what holds without it
sed 's/^#\([a-z]\)/\1/' "$here/etc/fswatch-errd.conf" >"$work/conf"
ends "and all that is behind a # there" 0 "" \
	"$errd" --check-config --config "$work/conf"
if [ ! -d /sys/fs/fserror ]; then
	echo "ledger = \"$work/ledger\"; port = 0;" >"$work/conf"
	unshare --user --map-root-user --net true 2>/dev/null &&
		ends "without the family in the kernel" 3 "no fserror family" \
			unshare --user --map-root-user --net "$errd" -f --config "$work/conf"
fi

# every kind of news has its words, once
grep -oE '[0-9a-f]{32}' "$here/out/words.c" | sort >"$work/ids"
sed -n 's/^-- //p' "$here/etc/fswatch-errd.catalog" | sort >"$work/catalog"
ends "the catalog has all messages" 0 "" diff "$work/ids" "$work/catalog"
ends "which differ" 1 "" grep -q . <(uniq -d "$work/ids")

schemas=$here/Documentation
"$build/tests/unit_hooks" input >"$work/inputs"
bad=0 kinds=$(jq -r '.news[].news' "$work/inputs" | sort -u | paste -sd ' ')
while read -r input; do
	/usr/bin/python3 "$here/tests/schema.py" "$schemas" fswatch-errd-hook.schema.json \
		<<<"$input" >"$work/said" || { bad=1 && sed 's/^/# /' "$work/said"; }
done <"$work/inputs"
say $bad "what hooks read fits its schema: $kinds"
[ "$kinds" = "acknowledged buffered-read changed closed lost more shutdown unowned" ]
say $? "with all that there is to tell"
ends "which refuses something else" 1 "news" /usr/bin/python3 "$here/tests/schema.py" \
	"$schemas" fswatch-errd-hook.schema.json <<<'{"v":1,"host":"a","hook":"b"}'

cat >"$work/sendmail" <<EOF
#!/bin/sh
cat >$work/mail
EOF
chmod +x "$work/sendmail"
echo '{"v":1,"news":[{"id":1,"news":"lost","time":"2026-01-01T00:00:00Z","text":"lost: loss 1"}]}' |
	FSERROR_COUNT=1 FSERROR_NEWS=lost FSERROR_SEVERITY=critical SENDMAIL=$work/sendmail "$here/etc/mail"
say $? "the mail hook"
ends "which says what is lost" 0 "lost: loss 1" cat "$work/mail"
ends "to whom, and that it is urgent" 0 "^Subject: .*LOST on" cat "$work/mail"

echo '{"v":1,"news":[{"id":2,"news":"unowned","time":"2026-01-01T00:00:00Z","text":"unowned: loss 2"}]}' |
	FSERROR_COUNT=1 FSERROR_NEWS=unowned FSERROR_SEVERITY=warning SENDMAIL=$work/sendmail "$here/etc/mail"
ends "or not" 0 "^Subject: .*warning on" cat "$work/mail"

if command -v systemd-analyze >/dev/null; then
	sed -e "s|@sbindir@|$build|" "$here/etc/fswatch-errd.service.in" \
		>"$work/fswatch-errd.service"
	ends "the unit is right" 0 "" env SYSTEMD_MAN_PATH= systemd-analyze verify --man=no \
		"$work/fswatch-errd.service"
	[ ! -s "$work/said" ]
	say $? "and nothing is said against it"
	# as it is explained there, and no more
	ends "it is as closed as it can be" 0 "" systemd-analyze security --offline=true \
		--no-pager --threshold=50 "$work/fswatch-errd.service"
fi
exit $failed
