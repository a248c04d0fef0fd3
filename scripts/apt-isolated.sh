# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# apt with lists, sources and cache of its own, so that a package of another
# suite can be fetched and the machine's own apt state stays as it is.
# Sourced after lib.sh.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The address of the Debian archive that this machine's own apt uses.
archive_uri()
{
	# shellcheck disable=SC2016 # apt's variables, not ours
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		awk -F '|' '
			$1 == "Debian" && !known { known = $2 }
			$2 ~ /\/debian(\.list)?\/?$/ && !likely { likely = $2 }
			END { print known ? known : likely }'
}

# Make apt use DIR for everything of its own, and these suites of the archive.
# usage: apt_isolate DIR SUITE...
apt_isolate()
{
	dir=$1
	shift
	[ -r "$keyring" ] || die "$keyring is not there; the package debian-archive-keyring has it"
	uri=$(archive_uri)
	[ -n "$uri" ] || die "apt's configuration here names no Debian archive"
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
	for suite; do
		echo "deb [signed-by=$keyring] $uri $suite main"
	done >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-CONF
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "-";
		Dir::State::lists "$dir/lists";
		Dir::Cache "$dir/cache";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
	CONF
	export APT_CONFIG="$dir/apt.conf"
	logged "$dir/update.log" apt-get -o Acquire::Retries=3 update
}

# Download a package (signature and checksum are apt's to check) into the current directory.
# usage: apt_fetch LOG PACKAGE...
apt_fetch()
{
	log=$1
	shift
	logged "$log" apt-get -o Acquire::Retries=3 download "$@"
}
