#!/usr/bin/zsh -f
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: complete.zsh DIRECTORY TYPED: what a tab makes of it, by the completion there.
# The program is found by PATH.

zmodload zsh/zpty || exit 1
zpty shell zsh -f -i
zpty -w shell "PS1=; unsetopt beep; fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D"
# a key that prints the line instead of running it
zpty -w shell 'show() { print -r -- "<$BUFFER>"; BUFFER=; zle accept-line }; zle -N show'
zpty -w shell 'bindkey "^X" show; echo ready-$((1))'
while zpty -r shell line; do
	[[ $line = *ready-1* ]] && break
done
zpty -w -n shell "$2"$'\t\C-x'
while zpty -r shell line; do
	[[ $line = *'<'*'>'* ]] && break
done
print -r -- ${${line#*<}%%>*}
zpty -d shell
