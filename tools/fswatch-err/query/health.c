// SPDX-License-Identifier: GPL-2.0-only
#include "health.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filesystems.h"

static void worse(struct health *health, enum health_state state)
{
	if (health->state < state)
		health->state = state;
}

static void add_device(struct health *health,
		       const struct fserror_device_state *device)
{
	health->ranges += device->ranges;
	if (device->ranges)
		worse(health, HEALTH_DAMAGED);
	if (DEVICE_HAS(device, REMOVED))
		worse(health, HEALTH_REMOVED);
	if (DEVICE_HAS(device, UNKNOWN))
		worse(health, HEALTH_UNKNOWN);
	if (DEVICE_HAS(device, PENDING))
		worse(health, HEALTH_PENDING);
	/* the kernel says so, whatever sysfs has */
	if (DEVICE_HAS(device, UNTOLD))
		worse(health, HEALTH_SILENT);
}

int health_find(struct health *health, const struct fserror_filesystem *fs,
		const char *sysfs)
{
	size_t i;
	int err;

	*health = (struct health){ .io_errors = fs->io_errors,
				   .unlisted = fs->unlisted +
					       fs->unlisted_metadata };
	if (FS_HAS(fs, SHUTDOWN))
		worse(health, HEALTH_SHUTDOWN);
	if (fs->io_errors || health->unlisted)
		worse(health, HEALTH_ERRORS);
	for (i = 0; i < fs->nr_devices; i++)
		add_device(health, &fs->devices[i]);
	err = silent_find(&health->silent, fs, sysfs);
	if (health->silent.nr)
		worse(health, HEALTH_SILENT);
	if (err)
		health_free(health);
	return err;
}

void health_free(struct health *health)
{
	string_list_free(&health->silent);
}

const char *health_word(enum health_state state)
{
	static const char *const words[] = {
		[HEALTH_OK] = "ok",	      [HEALTH_SILENT] = "silent",
		[HEALTH_PENDING] = "pending", [HEALTH_UNKNOWN] = "unknown",
		[HEALTH_ERRORS] = "errors",   [HEALTH_DAMAGED] = "damaged",
		[HEALTH_REMOVED] = "removed", [HEALTH_SHUTDOWN] = "shutdown",
	};

	return words[state];
}

char *health_reason(const struct health *health)
{
	static const char *const reasons[] = {
		[HEALTH_OK] = "",
		[HEALTH_SILENT] =
			"nothing is known to be damaged, but not all of its devices tell",
		[HEALTH_PENDING] =
			"something changed that was not looked at yet",
		[HEALTH_UNKNOWN] = "a device did not say what is bad",
		[HEALTH_ERRORS] = "",
		[HEALTH_DAMAGED] = "",
		[HEALTH_REMOVED] = "a device is gone",
		[HEALTH_SHUTDOWN] = "it shut itself down",
	};
	const char *separator = "", *first = reasons[health->state];
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs(first, out);
	if (*first)
		separator = "; ";
	if (health->ranges) {
		fprintf(out, "%s%" PRIu64 " %s bad", separator, health->ranges,
			health->ranges == 1 ? "range of its devices is" :
					      "ranges of its devices are");
		separator = "; ";
	}
	if (health->io_errors) {
		fprintf(out, "%s%" PRIu64 " %s failed since it was mounted",
			separator, health->io_errors,
			health->io_errors == 1 ? "read or write" :
						 "reads or writes");
		separator = "; ";
	}
	if (health->unlisted)
		fprintf(out, "%s%" PRIu64 " %s in no list of damage", separator,
			health->unlisted,
			health->unlisted == 1 ? "loss is" : "losses are");
	if (fclose(out) || *text)
		return text;
	free(text);
	errno = 0;
	return NULL;
}

/* what stands before the option that chooses the filesystem, and behind it */
static const struct {
	const char *before, *after;
	bool chosen;
} actions[] = {
	[HEALTH_SILENT] = {
		"now and then read what is in use with 'fswatch-err scan",
		"'",
		true,
	},
	[HEALTH_PENDING] = { .before = "ask again in a while" },
	[HEALTH_UNKNOWN] = {
		.before = "read the kernel's log; the device is asked again every minute",
	},
	[HEALTH_ERRORS] = {
		"find the files with 'fswatch-err log",
		"', compare them with a copy",
		true,
	},
	[HEALTH_DAMAGED] = {
		"list the files with 'fswatch-err list",
		"', write them back from a copy, see fswatch-err-restore(8)",
		true,
	},
	[HEALTH_REMOVED] = {
		"list what is lost with 'fswatch-err list",
		"', bring the device back or restore to another one",
		true,
	},
	[HEALTH_SHUTDOWN] = {
		.before = "read the kernel's log, unmount and repair it, mount it again",
	},
};

char *health_action(const struct health *health, const char *option)
{
	const char *before = actions[health->state].before;
	const char *after = actions[health->state].after;
	char *text;

	errno = 0;
	if (!before)
		return NULL;
	if (asprintf(&text, "%s%s%s", before,
		     actions[health->state].chosen ? option : "",
		     after ? after : "") < 0)
		return NULL;
	return text;
}

char *health_blind(const struct health *health)
{
	char *text = NULL;
	size_t i, len;
	FILE *out;

	errno = 0;
	if (!health->silent.nr)
		return NULL;
	out = open_memstream(&text, &len);
	if (!out)
		return NULL;
	for (i = 0; i < health->silent.nr; i++)
		fprintf(out, "%s%s", i ? ", " : "", health->silent.v[i]);
	fprintf(out,
		" cannot tell what is bad: damage there shows only when a read fails");
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}
