// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patterns of borg extract --patterns-from, and of borg create.
 *
 * borg reads the file as text: an invalid byte is an error, and a carriage
 * return ends a line. It removes blanks at both ends of a line. "+ pf:" is
 * followed by a whole path, which borg finds at once among any number of them;
 * "+ re:" by a regular expression of Python, which is tried for each file of
 * the archive: only for what "pf:" cannot have.
 */
#include "filelist.h"

#include <ctype.h>
#include <string.h>

#include "text.h"

static bool is_control(unsigned char c)
{
	return c < ' ' || c == 0x7f;
}

static bool can_be_path(const char *name)
{
	const char *p;

	for (p = name; *p; p++) {
		if (is_control(*p))
			return false;
	}
	return text_is_utf8(name);
}

static void write_path(FILE *out, char sign, const char *name)
{
	size_t len = strlen(name);
	unsigned char last = len ? name[len - 1] : '/';

	/* borg drops a slash at the end, after blanks: it protects them */
	fprintf(out, "%c pf:%s%s\n", sign, name,
		last == ' ' || last >= 0x80 ? "/" : "");
}

/*
 * The pattern is searched for in the path: it says where it begins and ends. In
 * Python's strings an invalid byte is half of a surrogate pair, from U+DC80 on.
 */
static void write_expression(FILE *out, char sign, const char *name)
{
	size_t left, n;

	fprintf(out, "%c re:\\A", sign);
	for (left = strlen(name); left; name += n, left -= n) {
		n = text_utf8_length(name, left);
		if (!n) {
			n = 1;
			fprintf(out, "\\udc%02x", (unsigned char)*name);
		} else if (n > 1 || *name == '/' ||
			   isalnum((unsigned char)*name)) {
			fwrite(name, 1, n, out);
		} else {
			fprintf(out, "\\x%02x", (unsigned char)*name);
		}
	}
	fputs("\\Z\n", out);
}

static void write_name(FILE *out, char sign, const char *name)
{
	if (*name == '/')
		name++;
	if (can_be_path(name))
		write_path(out, sign, name);
	else
		write_expression(out, sign, name);
}

void filelist_borg(FILE *out, const char *name)
{
	write_name(out, '+', name);
}

void filelist_not_borg(FILE *out, const char *name)
{
	write_name(out, '-', name);
}

void filelist_borg_end(FILE *out, size_t nr)
{
	(void)nr;
	/* without this, what no pattern matches is extracted, too */
	fputs("- sh:**\n", out);
}
