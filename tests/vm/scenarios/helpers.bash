# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# The helpers that are Python programs, run by helperd(1): to start Python takes half a
# second and more on the debug kernel. Sourced by stack.bash.

helperd "$T" stackmap blockmap raidmap >"$T/helperd.log" 2>&1 &
# so that "wait" does not wait for it
disown

# ask HELPER ARGUMENT...: what it prints, and its exit status. No program is started.
ask()
{
	local fd status answer text settings=() until=$((SECONDS + 60))

	until [[ -e $T/port ]] && exec {fd}<>"/dev/tcp/127.0.0.1/$(<"$T/port")"; do
		if ((SECONDS >= until)); then
			printf 'helperd does not answer: %s\n' "$(<"$T/helperd.log")" >&2
			return 1
		fi
		read -rt 0.1 <> <(:) || :
	done
	[[ ! ${UNIT-} ]] || settings+=("UNIT=$UNIT")
	[[ ! ${STACKMAP_BOTTOM-} ]] || settings+=("STACKMAP_BOTTOM=$STACKMAP_BOTTOM")
	{
		printf '%d\n' $((2 + ${#settings[@]} + $#))
		printf '%s\0' "$PWD" ${#settings[@]} "${settings[@]}" "$@"
	} >&"$fd"
	if ! read -r status answer <&"$fd"; then
		printf 'helperd has not answered: %s\n' "$(<"$T/helperd.log")" >&2
		status=1
	else
		IFS= read -r -d '' text <"$answer.out" || printf '%s' "$text"
		IFS= read -r -d '' text <"$answer.err" || printf '%s' "$text" >&2
	fi
	exec {fd}>&-
	return "$status"
}

stackmap()
{
	ask stackmap "$@"
}

blockmap()
{
	ask blockmap "$@"
}

raidmap()
{
	ask raidmap "$@"
}
