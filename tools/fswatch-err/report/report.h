/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a report has: filesystems, files, places, history, each with a bound, so that
 * memory and the page do not grow with what is damaged. What does not fit is counted.
 *
 *	REPORT_FILESYSTEMS, REPORT_DEVICES
 *	REPORT_FILES	with REPORT_RANGES ranges each, and a map of REPORT_FILE_MARKS
 *	REPORT_OTHERS	ranges that are of no file, or of metadata
 *	REPORT_HISTORY	the newest
 *
 * That is 8 MiB at most if each name has 4095 bytes, and 2 MiB if they have 100.
 */
#ifndef FSW_REPORT_H
#define FSW_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "loss_view.h"
#include "string_list.h"

#define REPORT_FILESYSTEMS 64
#define REPORT_DEVICES 128
#define REPORT_FILES 1000
#define REPORT_RANGES 8
#define REPORT_OTHERS 200
#define REPORT_HISTORY 200
#define REPORT_FILE_MARKS 128
#define REPORT_DEVICE_MARKS 512
#define REPORT_ADVICE 8

/* report_map.c: where something is, with a bounded number of marks */

struct report_map {
	size_t nr; /* marks */
	uint64_t unit; /* bytes of one */
	bool fixed; /* @unit follows from the size; else it grows with what is marked */
	uint64_t end; /* behind the last byte that was marked */
	uint8_t *marks; /* enum loss_level */
};

/* @size: 0 if it is not known. 0 or -ENOMEM */
int report_map_init(struct report_map *map, size_t nr, uint64_t size);
void report_map_free(struct report_map *map);
void report_map_mark(struct report_map *map, uint64_t start, uint64_t end,
		     enum loss_level level);
/* as inline SVG; @what says in words what it shows */
void report_map_svg(FILE *out, const struct report_map *map, const char *what);

/* report.c */

struct report_filesystem {
	uint64_t fs;
	char *fstype, *name, *target, *uuid;
	char *state, *reason, *action; /* NULL: nothing is known of that */
	uint64_t ranges, bytes, others, unowned, acknowledged;
};

struct report_device {
	size_t fs; /* index */
	uint32_t major, minor, role;
	struct report_map map;
	uint64_t bytes;
};

struct report_range {
	uint64_t start, end, id;
	enum loss_level level;
};

struct report_file {
	size_t fs;
	uint64_t root, ino;
	uint32_t generation, causes; /* bits */
	char *path;
	struct report_map map;
	struct report_range ranges[REPORT_RANGES];
	uint64_t nr, bytes, first_seen, last_seen;
	enum loss_level level;
};

struct report_other {
	size_t fs;
	uint64_t id, start, length, ino;
	bool has_ino;
	uint32_t kind, meta, cause, flags, major, minor;
	char *path, *layer;
	enum loss_level level;
	uint64_t last_seen;
};

struct report_past {
	uint64_t time;
	char *text; /* raw */
};

struct report {
	bool known; /* it is from the ledger */
	char *source; /* which */
	uint64_t now;
	struct report_filesystem fs[REPORT_FILESYSTEMS];
	size_t nr_fs;
	struct report_device devices[REPORT_DEVICES];
	size_t nr_devices;
	struct report_file *files; /* REPORT_FILES */
	size_t nr_files;
	uint16_t slots[4 * 1024]; /* of a hash: index of a file and 1 */
	struct report_other *others; /* REPORT_OTHERS */
	size_t nr_others;
	struct report_past *past; /* REPORT_HISTORY, sorted when it is printed */
	size_t nr_past;
	/* of all, also those that do not fit */
	uint64_t ranges, bytes, metadata, unresolved, unowned, degraded;
	uint64_t acknowledged;
	/* that do not fit */
	uint64_t more_fs, more_ranges, more_others, more_past;
	/* why there may be more: texts that are safe to print */
	struct string_list missing;
};

/* each that returns int returns 0 or -ENOMEM */
int report_init(struct report *report);
void report_free(struct report *report);

/* what is lost, or was; where it is to be asked for the size of a device: @sysfs */
int report_add(struct report *report, const struct loss_view *loss,
	       const char *sysfs);
/* a filesystem of which nothing need be lost; NULL if there is no memory, or no room */
struct report_filesystem *report_filesystem(struct report *report,
					    const struct loss_view *loss);
/* a copy of @text */
int report_add_past(struct report *report, uint64_t time, const char *text);
/* a name of the file that was found, or NULL */
const char *report_path(struct report *report, const struct loss_view *loss);

/* report_page.c */

/* the page; 0 or -ENOMEM. That @out failed is the caller's to look at */
int report_page(FILE *out, struct report *report);

#endif /* FSW_REPORT_H */
