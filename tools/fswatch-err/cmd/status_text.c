// SPDX-License-Identifier: GPL-2.0-only
#include "status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <libsmartcols.h>

#include "text.h"

static void text_ring(FILE *out, const struct fserror_ring *ring)
{
	char word[FSERROR_WORD_MAX];

	int len =
		fprintf(out, "ring %s:", fserror_group_name(ring->group, word));

	fprintf(out, "%*sroom for %u records", len < 18 ? 18 - len : 1, "",
		ring->size);
	if (RING_HAS(ring, LAST_SEQ))
		fprintf(out, ", holds %" PRIu64 " to %" PRIu64, ring->first_seq,
			ring->last_seq);
	else
		fputs(", empty", out);
	if (RING_HAS(ring, PUBLISHED_SEQ))
		fprintf(out, ", sent up to %" PRIu64, ring->published_seq);
	fprintf(out, "; %" PRIu64 " overwritten, %" PRIu64 " of them unsent\n",
		ring->overwritten, ring->unsent);
}

static void text_kinds(FILE *out, const struct fserror_stat *st)
{
	char word[FSERROR_WORD_MAX];
	size_t i, told = 0;

	fputs("since boot:       ", out);
	for (i = 0; i < st->nr_kinds; i++) {
		if (!st->kinds[i].count)
			continue;
		fprintf(out, "%s%" PRIu64 " %s", told++ ? ", " : "",
			st->kinds[i].count,
			fserror_kind_name(st->kinds[i].kind, word));
	}
	fputs(told ? "\n" : "nothing\n", out);
}

static int set_cell(struct libscols_line *line, size_t n, const char *s)
{
	char *escaped;

	if (!s)
		return 0;
	escaped = text_escape(s);
	if (!escaped)
		return -ENOMEM;
	if (scols_line_refer_data(line, n, escaped)) {
		free(escaped);
		return -ENOMEM;
	}
	return 0;
}

static int set_number(struct libscols_line *line, size_t n, bool known,
		      uint64_t value)
{
	char buf[24];

	if (!known)
		return 0;
	snprintf(buf, sizeof(buf), "%" PRIu64, value);
	return scols_line_set_data(line, n, buf);
}

static int add_filesystem(struct libscols_table *table,
			  const struct fserror_filesystem *fs,
			  const struct mounts *mounts)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	const char *source, *target;
	char dev[32] = "";
	size_t n = 0;

	if (!line)
		return -ENOMEM;
	status_mount(mounts, fs, &source, &target);
	if (FS_HAS(fs, MAJOR) && FS_HAS(fs, MINOR))
		snprintf(dev, sizeof(dev), "%u:%u", fs->major, fs->minor);
	if (!source && FS_HAS(fs, SB_ID))
		source = fs->sb_id;
	if (set_cell(line, n++, source) || set_cell(line, n++, target) ||
	    set_cell(line, n++, FS_HAS(fs, FSTYPE) ? fs->fstype : NULL) ||
	    set_cell(line, n++, dev) ||
	    set_cell(line, n++, FS_HAS(fs, CAN_RESOLVE) ? "yes" : "no") ||
	    set_number(line, n++, FS_HAS(fs, RECORDS), fs->records) ||
	    set_number(line, n++, FS_HAS(fs, DATA_LOST), fs->data_lost) ||
	    set_number(line, n++, FS_HAS(fs, METADATA), fs->metadata) ||
	    set_number(line, n++, FS_HAS(fs, IO_ERRORS), fs->io_errors) ||
	    set_number(line, n++, FS_HAS(fs, UNRESOLVED), fs->unresolved) ||
	    set_number(line, n++, FS_HAS(fs, INSTANCE), fs->instance))
		return -ENOMEM;
	return 0;
}

static int print_table(FILE *out, struct libscols_table *table)
{
	scols_table_set_stream(table, out);
	fputc('\n', out);
	return scols_print_table(table) ? -EIO : 0;
}

static int text_filesystems(FILE *out, const struct filesystems *list,
			    const struct mounts *mounts)
{
	static const char *const names[] = { "SOURCE", "TARGET", "FSTYPE",
					     "DEV", "RESOLVES" };
	static const char *const numbers[] = {
		"RECORDS",   "DATA-LOST",  "METADATA",
		"IO-ERRORS", "UNRESOLVED", "INSTANCE",
	};
	struct libscols_table *table = scols_new_table();
	int err = table ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < 5 && !err; i++) {
		if (!scols_table_new_column(table, names[i], 0, 0))
			err = -ENOMEM;
	}
	for (i = 0; i < 6 && !err; i++) {
		if (!scols_table_new_column(table, numbers[i], 0,
					    SCOLS_FL_RIGHT))
			err = -ENOMEM;
	}
	for (i = 0; i < list->nr && !err; i++)
		err = add_filesystem(table, &list->v[i], mounts);
	if (!err)
		err = print_table(out, table);
	scols_unref_table(table);
	return err;
}

/* "pending, removed" */
static void device_states(const struct fserror_device_state *device, char *buf,
			  size_t size)
{
	static const struct {
		int attr;
		const char *name;
	} states[] = {
		{ FSERROR_A_DEVICE_STATE_PENDING, "pending" },
		{ FSERROR_A_DEVICE_STATE_UNKNOWN, "unknown" },
		{ FSERROR_A_DEVICE_STATE_PARTIAL, "partial" },
		{ FSERROR_A_DEVICE_STATE_REMOVED, "removed" },
		{ FSERROR_A_DEVICE_STATE_UNTOLD,
		  "its driver cannot tell what is bad" },
	};
	size_t i, len = 0;

	buf[0] = '\0';
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (fserror_present(device->present, states[i].attr))
			len += snprintf(buf + len, size - len, "%s%s",
					len ? ", " : "", states[i].name);
	}
}

static int add_device(struct libscols_table *table,
		      const struct fserror_filesystem *fs,
		      const struct fserror_device_state *device)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);
	char word[FSERROR_WORD_MAX], states[128], dev[32];

	if (!line)
		return -ENOMEM;
	snprintf(dev, sizeof(dev), "%u:%u", device->major, device->minor);
	device_states(device, states, sizeof(states));
	if (set_number(line, 0, FS_HAS(fs, INSTANCE), fs->instance) ||
	    set_cell(line, 1, dev) ||
	    set_cell(line, 2,
		     DEVICE_HAS(device, ROLE) ?
			     fserror_role_name(device->role, word) :
			     NULL) ||
	    set_number(line, 3, true, device->ranges) ||
	    set_cell(line, 4, states))
		return -ENOMEM;
	return 0;
}

static int text_devices(FILE *out, const struct filesystems *list)
{
	static const struct {
		const char *name;
		int flags;
	} columns[] = {
		{ "INSTANCE", SCOLS_FL_RIGHT }, { "DEVICE", 0 }, { "ROLE", 0 },
		{ "RANGES", SCOLS_FL_RIGHT },	{ "STATES", 0 },
	};
	struct libscols_table *table = scols_new_table();
	int err = table ? 0 : -ENOMEM;
	size_t i, j, nr = 0;

	for (i = 0; i < sizeof(columns) / sizeof(columns[0]) && !err; i++) {
		if (!scols_table_new_column(table, columns[i].name, 0,
					    columns[i].flags))
			err = -ENOMEM;
	}
	for (i = 0; i < list->nr; i++) {
		for (j = 0; j < list->v[i].nr_devices && !err; j++, nr++)
			err = add_device(table, &list->v[i],
					 &list->v[i].devices[j]);
	}
	if (!err && nr)
		err = print_table(out, table);
	scols_unref_table(table);
	return err;
}

static int text_watchers(FILE *out, const struct fserror_stat *st)
{
	struct libscols_table *table = scols_new_table();
	struct libscols_line *line;
	int err = 0;
	size_t i;

	if (!table ||
	    !scols_table_new_column(table, "PORT", 0, SCOLS_FL_RIGHT) ||
	    !scols_table_new_column(table, "DROPS", 0, SCOLS_FL_RIGHT))
		err = -ENOMEM;
	for (i = 0; i < st->nr_watchers && !err; i++) {
		const struct fserror_watcher *watcher = &st->watchers[i];

		line = scols_table_new_line(table, NULL);
		if (!line ||
		    set_number(line, 0,
			       fserror_present(watcher->present,
					       FSERROR_A_WATCHER_PORTID),
			       watcher->portid) ||
		    set_number(line, 1,
			       fserror_present(watcher->present,
					       FSERROR_A_WATCHER_DROPS),
			       watcher->drops))
			err = -ENOMEM;
	}
	if (!err)
		err = print_table(out, table);
	scols_unref_table(table);
	return err;
}

int status_text(FILE *out, const struct status *status)
{
	const struct fserror_stat *st = status->stat;
	char boot_id[TEXT_UUID_MAX];
	size_t i;
	int err = status_summary(out, status);

	if (!err)
		err = status_sources(out, &status->sources);
	fprintf(out, "kernel family:    %s, version %u\n", FSERROR_FAMILY_NAME,
		status->version);
	if (STAT_HAS(st, BOOT_ID)) {
		text_uuid(st->boot_id, boot_id);
		fprintf(out, "boot id:          %s\n", boot_id);
	}
	for (i = 0; i < st->nr_rings; i++)
		text_ring(out, &st->rings[i]);
	if (STAT_HAS(st, TOLD))
		fprintf(out, "ranges known:     %u, room for %u\n", st->told,
			st->told_max);
	text_kinds(out, st);
	fprintf(out, "kernel watchers:  %u\n", st->kernel_watchers);
	fprintf(out, "sockets watching: %zu\n", st->nr_watchers);
	fprintf(out, "filesystems:      %zu\n", status->filesystems.nr);
	if (status->filesystems.nr)
		err = text_filesystems(out, &status->filesystems,
				       status->mounts);
	if (!err && status->filesystems.nr)
		err = text_devices(out, &status->filesystems);
	if (!err && st->nr_watchers)
		err = text_watchers(out, st);
	return err;
}
