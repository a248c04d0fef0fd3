/* SPDX-License-Identifier: GPL-2.0-only */
/* Text into HTML: whatever it is, it is text there, and can be seen. */
#ifndef FSW_HTML_H
#define FSW_HTML_H

#include <stdio.h>

/*
 * Names, and whatever else others choose: first escaped as text_escape() does, so that
 * nothing is invisible or changes what stands beside it. 0 or -ENOMEM.
 */
int html_text(FILE *out, const char *text);

/* what is safe to print on a terminal already */
void html_plain(FILE *out, const char *text);

#endif /* FSW_HTML_H */
