/* SPDX-License-Identifier: GPL-2.0-only */
/* The least of TAP: run.sh numbers the lines. */
#ifndef FSW_TAP_H
#define FSW_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct tap {
	unsigned int failed;
};

static inline bool __attribute__((format(printf, 3, 4)))
ok(struct tap *tap, bool good, const char *fmt, ...)
{
	va_list ap;

	if (!good)
		tap->failed++;
	printf("%s - ", good ? "ok" : "not ok");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	return good;
}

static inline bool ok_string(struct tap *tap, const char *got, const char *want,
			     const char *name)
{
	bool good = got && !strcmp(got, want);

	ok(tap, good, "%s", name);
	if (!good)
		printf("# got:  %s\n# want: %s\n", got ? got : "(null)", want);
	return good;
}

static inline void skip(const char *name, const char *why)
{
	printf("ok - %s # SKIP %s\n", name, why);
}

#endif /* FSW_TAP_H */
