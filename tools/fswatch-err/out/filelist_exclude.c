// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patterns that leave files out, of rsync and tar.
 *
 * rsync --from0 --exclude-from: a pattern that begins with a slash is anchored at the
 * root of the transfer. Only in one with a wildcard is a backslash more than itself.
 *
 * tar --anchored --wildcards --exclude-from: a pattern of fnmatch(3) in each line, of
 * which tar removes blanks at its end. In the locale C it is compared byte by byte.
 */
#include "filelist.h"

#include <string.h>

/*
 * A line cannot have a newline. This matches any byte but those from 1 to 9 and from 11
 * to the last one, and no name has a NUL: only the newline is left.
 */
#define ONLY_NEWLINE "[!\x01-\x09\x0b-\xff]"

void filelist_not_rsync(FILE *out, const char *name)
{
	const bool wild = strpbrk(name, "*?[");

	putc('/', out);
	if (*name == '/')
		name++;
	for (; *name; name++) {
		if (wild && strchr("\\*?[]", *name))
			putc('\\', out);
		putc(*name, out);
	}
	putc('\0', out);
}

void filelist_not_tar(FILE *out, const char *name)
{
	if (*name == '/')
		name++;
	for (; *name; name++) {
		if (*name == '\n')
			fputs(ONLY_NEWLINE, out);
		else if (strchr("\\*?[]", *name))
			fprintf(out, "\\%c", *name);
		else if (!name[1] && strchr(" \t\v\f\r", *name))
			/* a set of one, so that the line ends in a bracket */
			fprintf(out, "[%c]", *name);
		else
			putc(*name, out);
	}
	putc('\n', out);
}
