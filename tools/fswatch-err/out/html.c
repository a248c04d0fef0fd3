// SPDX-License-Identifier: GPL-2.0-only
#include "html.h"

#include <errno.h>
#include <stdlib.h>

#include "text.h"

void html_plain(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			fputc(*text, out);
			break;
		}
	}
}

int html_text(FILE *out, const char *text)
{
	char *escaped = text_escape(text);

	if (!escaped)
		return -ENOMEM;
	html_plain(out, escaped);
	free(escaped);
	return 0;
}
