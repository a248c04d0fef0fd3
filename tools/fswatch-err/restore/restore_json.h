/* SPDX-License-Identifier: GPL-2.0-only */
/* The report as JSON; what is called is as in restore_report_begin() and so on. */
#ifndef FSW_RESTORE_JSON_H
#define FSW_RESTORE_JSON_H

#include "restore.h"

void restore_json_begin(struct restore_report *report);
void restore_json_item(struct restore_report *report,
		       const struct restore_item *item);
void restore_json_listed_begin(struct restore_report *report);
void restore_json_listed(struct restore_report *report,
			 const struct restore_item *item);
void restore_json_end(struct restore_report *report, bool incomplete);

#endif /* FSW_RESTORE_JSON_H */
