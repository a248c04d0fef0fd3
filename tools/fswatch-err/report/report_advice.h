/* SPDX-License-Identifier: GPL-2.0-only */
/* What to do about what a report has. */
#ifndef FSW_REPORT_ADVICE_H
#define FSW_REPORT_ADVICE_H

#include "report.h"

struct report_advice {
	const char *words, *command; /* NULL: none */
};

/* the most urgent first; how many */
size_t report_advise(const struct report *report,
		     struct report_advice advice[REPORT_ADVICE]);

#endif /* FSW_REPORT_ADVICE_H */
