// SPDX-License-Identifier: GPL-2.0-only
#include "color.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "fswatch-err"

int color_parse(const char *when)
{
	static const char *const words[] = {
		[COLOR_AUTO] = "auto",
		[COLOR_ALWAYS] = "always",
		[COLOR_NEVER] = "never",
	};
	int i;

	if (!when)
		return COLOR_AUTO;
	for (i = COLOR_AUTO; i <= COLOR_NEVER; i++) {
		if (!strcmp(when, words[i]))
			return i;
	}
	return -1;
}

/*
 * How well does a file [[NAME]@][TERM].][enable|disable] fit? 0: not at all; else
 * more is better.
 */
static int score_file(const char *file, const char *term, bool *enable)
{
	const char *type = strrchr(file, '.');
	char name[256], *at;
	int score = 1;

	type = type ? type + 1 : file;
	if (!strcmp(type, "enable"))
		*enable = true;
	else if (!strcmp(type, "disable"))
		*enable = false;
	else
		return 0;
	if (type == file)
		return score;
	if ((size_t)snprintf(name, sizeof(name), "%.*s", (int)(type - file - 1),
			     file) >= sizeof(name))
		return 0;
	at = strchr(name, '@');
	if (at) {
		*at++ = '\0';
		if (!term || strcmp(at, term))
			return 0;
		score += 1;
	}
	if (*name && strcmp(name, PROGRAM))
		return 0;
	return *name ? score + 2 : score;
}

/* what the files of a directory say; -1 if it does not exist */
static int look_at(const char *path, const char *term, bool *enabled)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int best = 0, score;
	bool enable;

	if (!dir)
		return -1;
	while ((entry = readdir(dir))) {
		score = score_file(entry->d_name, term, &enable);
		/* of two that fit as well, the one that disables */
		if (score > best || (score && score == best && !enable)) {
			best = score;
			*enabled = enable;
		}
	}
	closedir(dir);
	return best;
}

/* the first directory of these that exists counts */
static bool enabled_by_files(const char *term)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
	bool enabled = true;
	char path[4096];

	if (config)
		snprintf(path, sizeof(path), "%s/terminal-colors.d", config);
	else
		snprintf(path, sizeof(path), "%s/.config/terminal-colors.d",
			 home ? home : "");
	if ((config || home) && look_at(path, term, &enabled) >= 0)
		return enabled;
	look_at("/etc/terminal-colors.d", term, &enabled);
	return enabled;
}

bool color_wanted(enum color_when when, int fd)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if (!isatty(fd) || !term || !strcmp(term, "dumb"))
		return false;
	if (no_color && *no_color)
		return false;
	return enabled_by_files(term);
}
