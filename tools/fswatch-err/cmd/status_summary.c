// SPDX-License-Identifier: GPL-2.0-only
/* A paragraph for each filesystem: its state, why, what to do. */
#include "status.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "health.h"
#include "text.h"

/* " -M /srv", if it needs no quotes */
static void choosing_option(const char *target, char *buf, size_t size)
{
	const char *c;

	*buf = '\0';
	if (!target)
		return;
	for (c = target; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("/._+-", *c))
			return;
	}
	if (snprintf(buf, size, " -M %s", target) >= (int)size)
		*buf = '\0';
}

/* a line with a name before it; @text is freed, NULL: there is none, or errno */
static int put_line(FILE *out, const char *name, char *text)
{
	if (!text)
		return errno == ENOMEM ? -ENOMEM : 0;
	fprintf(out, "    %-8s%s\n", name, text);
	free(text);
	return 0;
}

static int put_name(FILE *out, const struct fserror_filesystem *fs,
		    const char *source, const char *target)
{
	char *where = text_escape(target ? target : fs->sb_id);
	char *from = source ? text_escape(source) : NULL;
	int err = where && (from || !source) ? 0 : -ENOMEM;

	if (!err)
		fprintf(out, "%s%s (%s%s%s)\n",
			*where ? where : "a filesystem without a name",
			target ? "" : ", not mounted here", fs->fstype,
			from ? " on " : "", from ? from : "");
	free(where);
	free(from);
	return err;
}

static int put_health(FILE *out, const struct health *health,
		      const char *option)
{
	int err;

	fprintf(out, "    state:  %s\n", health_word(health->state));
	err = put_line(out, "reason:", health_reason(health));
	if (!err)
		err = put_line(out, "action:", health_action(health, option));
	return err ? err : put_line(out, "blind:", health_blind(health));
}

static int put_filesystem(FILE *out, const struct status *status,
			  const struct fserror_filesystem *fs)
{
	const char *source, *target;
	struct health health;
	char option[512];
	int err;

	status_mount(status->mounts, fs, &source, &target);
	choosing_option(target, option, sizeof(option));
	err = health_find(&health, fs, status->sysfs);
	if (err)
		return err;
	err = put_name(out, fs, source, target);
	if (!err)
		err = put_health(out, &health, option);
	fputc('\n', out);
	health_free(&health);
	return err;
}

int status_summary(FILE *out, const struct status *status)
{
	size_t i;
	int err = 0;

	for (i = 0; i < status->filesystems.nr && !err; i++)
		err = put_filesystem(out, status, &status->filesystems.v[i]);
	return err;
}
