// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patterns of restic restore --include-file.
 *
 * restic removes blanks at both ends of a line, a carriage return at its end,
 * empty lines and those that begin with #, puts in variables of the environment
 * where it finds a $, and takes what is left for a pattern of Go's
 * filepath.Match(), from the root of the snapshot if it begins with a slash.
 */
#include "filelist.h"

#include <string.h>

#include "text.h"

/*
 * A line cannot have a newline. This matches any character but those from 1 to
 * 9 and from 11 to the last one, and no name has a NUL: only the newline is
 * left.
 */
#define ONLY_NEWLINE "[^\x01-\x09\x0b-\xf4\x8f\xbf\xbf]"

/* the same without a character that is left: this matches nothing */
#define NOTHING "/[^\x01-\xf4\x8f\xbf\xbf]"

/* could a character be one of those that are removed from the end of a line? */
static bool may_be_blank(const char *s, size_t len)
{
	/* there are more than a dozen beyond ASCII: do not bet on which */
	return len > 1 || (unsigned char)*s <= ' ';
}

void filelist_restic(FILE *out, const char *name)
{
	size_t left, n;

	putc('/', out);
	if (*name == '/')
		name++;
	for (left = strlen(name); left; name += n, left -= n) {
		n = text_utf8_length(name, left);
		if (!n) {
			/* patterns are compared byte by byte */
			n = 1;
			putc(*name, out);
		} else if (*name == '\n') {
			fputs(ONLY_NEWLINE, out);
		} else if (*name == '$') {
			fputs("$$", out);
		} else if (strchr("\\*?[]", *name)) {
			fprintf(out, "\\%c", *name);
		} else if (n == left && may_be_blank(name, n)) {
			/* a set of one, so that the line ends in a bracket */
			fprintf(out, "[%.*s]", (int)n, name);
		} else {
			fwrite(name, 1, n, out);
		}
	}
	putc('\n', out);
}

void filelist_restic_end(FILE *out, size_t nr)
{
	/* a file without patterns makes restic restore the whole snapshot */
	if (!nr)
		fputs(NOTHING "\n", out);
}
