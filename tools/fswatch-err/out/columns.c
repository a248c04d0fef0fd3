// SPDX-License-Identifier: GPL-2.0-only
#include "columns.h"

#include <err.h>
#include <string.h>
#include <strings.h>

#include <libsmartcols.h>

#include "columns_known.h"

const struct column columns_known[] = {
	[COL_PATH] = { "PATH", "names of the file, one below the other",
		       SCOLS_FL_WRAP, "paths" },
	[COL_OFFSET] = { "OFFSET", "first damaged byte of the file",
			 SCOLS_FL_RIGHT, "offset" },
	[COL_LENGTH] = { "LENGTH", "number of damaged bytes", SCOLS_FL_RIGHT,
			 "length" },
	[COL_KIND] = { "KIND", "what was lost", 0, "kind" },
	[COL_CAUSE] = { "CAUSE", "why", 0, "cause" },
	[COL_SOURCE] = { "SOURCE", "source of the mount", 0, "source" },
	[COL_INO] = { "INO", "inode number", SCOLS_FL_RIGHT, "ino" },
	[COL_META] = { "META", "what bad metadata holds", 0, "meta" },
	[COL_DEV_OFFSET] = { "DEV-OFFSET",
			     "first damaged byte of the filesystem's device",
			     SCOLS_FL_RIGHT, "device" },
	[COL_DEV_LENGTH] = { "DEV-LENGTH", "number of damaged bytes there",
			     SCOLS_FL_RIGHT, "device" },
	[COL_STATE] = { "STATE", "are the names known, and if not, why", 0,
			"path_state" },
	[COL_TARGET] = { "TARGET", "mount point", 0, "target" },
	[COL_FSTYPE] = { "FSTYPE", "type of the filesystem", 0, "fstype" },
	[COL_DEV] = { "DEV", "device number of the filesystem", 0, "dev" },
	[COL_UUID] = { "UUID", "UUID of the filesystem", 0, "uuid" },
	[COL_GEN] = { "GEN", "generation of the inode", SCOLS_FL_RIGHT, "gen" },
	[COL_NLINK] = { "NLINK", "number of names of the inode", SCOLS_FL_RIGHT,
			"nlink" },
	[COL_ERRNO] = { "ERRNO", "error number", SCOLS_FL_RIGHT, "errno" },
	[COL_FLAGS] = { "FLAGS", "further facts", 0, "flags" },
	[COL_LAYER] = { "LAYER", "the layer that could not map the range", 0,
			"layer" },
	[COL_DEVICE] = { "DEVICE", "device of DEV-OFFSET", 0, "device" },
	[COL_ORIGIN] = { "ORIGIN", "device where the damage began", 0,
			 "origin" },
	[COL_ORIGIN_OFFSET] = { "ORIGIN-OFFSET", "first damaged byte there",
				SCOLS_FL_RIGHT, "origin" },
	[COL_ORIGIN_LENGTH] = { "ORIGIN-LENGTH",
				"number of damaged bytes there", SCOLS_FL_RIGHT,
				"origin" },
	[COL_SEQ] = { "SEQ", "number of the event", SCOLS_FL_RIGHT, "seq" },
	[COL_TIME] = { "TIME", "when it happened", 0, "time" },
	[COL_REPEAT] = { "REPEAT", "number of errors that it stands for",
			 SCOLS_FL_RIGHT, "repeat" },
	[COL_COUNT] = { "COUNT", "number of bad pieces in the range",
			SCOLS_FL_RIGHT, "count" },
	[COL_INSTANCE] = { "INSTANCE", "number of the mount", SCOLS_FL_RIGHT,
			   "instance" },
	[COL_FS_SEQ] = { "FS-SEQ", "number among the events of the mount",
			 SCOLS_FL_RIGHT, "fs_seq" },
	[COL_ROLE] = { "ROLE", "what the filesystem uses the device for", 0,
		       "role" },
	[COL_ROOT] = { "ROOT", "subvolume of the inode", SCOLS_FL_RIGHT,
		       "root" },
	[COL_GROUP] = { "GROUP", "group of the event", 0, "group" },
};

#define HELP_WIDTH 78
#define NR_KNOWN (sizeof(columns_known) / sizeof(columns_known[0]))

void columns_default(struct columns *columns)
{
	unsigned int id;

	columns->nr = 0;
	for (id = COL_PATH; id <= COL_SOURCE; id++)
		columns->ids[columns->nr++] = id;
}

void columns_monitor(struct columns *columns)
{
	columns_default(columns);
	memmove(columns->ids + 1, columns->ids,
		columns->nr * sizeof(*columns->ids));
	columns->ids[0] = COL_TIME;
	columns->nr++;
}

void columns_all(struct columns *columns)
{
	unsigned int id;

	columns->nr = 0;
	for (id = 0; id < NR_KNOWN; id++)
		columns->ids[columns->nr++] = id;
}

bool columns_want_names(const struct columns *columns)
{
	size_t i;

	for (i = 0; i < columns->nr; i++) {
		if (columns->ids[i] == COL_PATH || columns->ids[i] == COL_STATE)
			return true;
	}
	return false;
}

static int find_column(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < NR_KNOWN; i++) {
		if (strlen(columns_known[i].name) == len &&
		    !strncasecmp(columns_known[i].name, name, len))
			return i;
	}
	return -1;
}

int columns_parse(struct columns *columns, const char *list)
{
	const char *name = list;
	size_t len;
	int id;

	if (*list == '+')
		name++;
	else
		columns->nr = 0;
	for (;;) {
		len = strcspn(name, ",");
		id = find_column(name, len);
		if (id < 0) {
			warnx("unknown column: '%.*s'; --list-columns describes them",
			      (int)len, name);
			return -1;
		}
		if (columns->nr == COLUMNS_MAX) {
			warnx("too many columns: '%s'", list);
			return -1;
		}
		columns->ids[columns->nr++] = id;
		if (!name[len])
			return 0;
		name += len + 1;
	}
}

void columns_help(FILE *out)
{
	size_t i;

	for (i = 0; i < NR_KNOWN; i++)
		fprintf(out, " %14s  %s\n", columns_known[i].name,
			columns_known[i].help);
}

void columns_names(FILE *out)
{
	size_t i, len, at = 0;

	fputs("Columns (-H describes them):\n", out);
	for (i = 0; i < NR_KNOWN; i++) {
		len = strlen(columns_known[i].name);
		if (at && at + 1 + len > HELP_WIDTH) {
			fputc('\n', out);
			at = 0;
		}
		at += fprintf(out, " %s", columns_known[i].name);
	}
	fputc('\n', out);
}

bool columns_want_key(const void *arg, const char *key)
{
	const struct columns *columns = arg;
	size_t len = strlen(key), i;

	/* what an event is is told in any case */
	if (!strcmp(key, "v") || !strcmp(key, "event"))
		return true;
	/* the bytes of a name that is no text */
	if (len > 4 && !strcmp(key + len - 4, "_raw"))
		len -= 4;
	for (i = 0; i < columns->nr; i++) {
		const char *wanted = columns_known[columns->ids[i]].key;

		if (strlen(wanted) == len && !strncmp(wanted, key, len))
			return true;
	}
	return false;
}
