/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether to use colours: as util-linux decides it, see terminal-colors.d(5). */
#ifndef FSW_COLOR_H
#define FSW_COLOR_H

#include <stdbool.h>

enum color_when {
	COLOR_AUTO, /* on a terminal, unless it was switched off */
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* "auto", "always" or "never", NULL for the option without an argument; or -1 */
int color_parse(const char *when);

/* is output to @fd to have colours? */
bool color_wanted(enum color_when when, int fd);

#endif /* FSW_COLOR_H */
