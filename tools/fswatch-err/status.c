// SPDX-License-Identifier: GPL-2.0-only
/* fswatch-err status: the kernel's journal, filesystems, watchers. */
#include "cmd.h"

#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <json-c/json.h>
#include <libsmartcols.h>

#include <libfserror.h>

#include "format.h"

#include "status.h"
#include "text.h"

#define STAT_HAS(st, attr) fserror_present((st)->present, FSERROR_A_STAT_##attr)
#define FS_HAS(fs, attr) \
	fserror_present((fs)->present, FSERROR_A_FILESYSTEM_##attr)

void help_status(FILE *out)
{
	fputs("Usage:\n"
	      " fswatch-err status [options]\n\n"
	      "Show the kernel's journal of errors, its filesystems, and who watches.\n\n"
	      "Options:\n"
	      " -J, --json  JSON output\n\n"
	      " -h, --help  display this help\n\n"
	      "For more details see fswatch-err-status(8).\n",
	      out);
}

/* -1 to go on with, or an exit code */
static int parse_options(int argc, char **argv, bool *json)
{
	static const struct option longopts[] = {
		{ "json", no_argument, NULL, 'J' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*json = false;
	while ((c = getopt_long(argc, argv, "Jh", longopts, NULL)) != -1) {
		switch (c) {
		case 'J':
			*json = true;
			break;
		case 'h':
			help_status(stdout);
			return CMD_OK;
		default:
			return cmd_try_help();
		}
	}
	return cmd_end_options(argc, argv);
}

/* text */

static void text_ring(FILE *out, const struct fserror_stat *st)
{
	fprintf(out, "journal:          room for %u records", st->ring_size);
	if (STAT_HAS(st, LAST_SEQ))
		fprintf(out, ", holds %" PRIu64 " to %" PRIu64, st->first_seq,
			st->last_seq);
	else
		fputs(", empty", out);
	if (STAT_HAS(st, PUBLISHED_SEQ))
		fprintf(out, ", sent up to %" PRIu64, st->published_seq);
	fprintf(out, "; %" PRIu64 " overwritten, %" PRIu64 " of them unsent\n",
		st->overwritten, st->unsent);
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

static void filesystem_mount(const struct mounts *mounts,
			     const struct fserror_filesystem *fs,
			     const char **source, const char **target)
{
	*source = NULL;
	*target = NULL;
	if (FS_HAS(fs, MAJOR) && FS_HAS(fs, MINOR))
		view_mount(mounts, makedev(fs->major, fs->minor), source,
			   target);
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
	filesystem_mount(mounts, fs, &source, &target);
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
	    set_number(line, n++, FS_HAS(fs, UNRESOLVED), fs->unresolved))
		return -ENOMEM;
	return 0;
}

static int print_table(FILE *out, struct libscols_table *table)
{
	scols_table_set_stream(table, out);
	fputc('\n', out);
	return scols_print_table(table) ? -EIO : 0;
}

static int text_filesystems(FILE *out, const struct fserror_filesystems *list,
			    const struct mounts *mounts)
{
	static const char *const names[] = { "SOURCE", "TARGET", "FSTYPE",
					     "DEV", "RESOLVES" };
	static const char *const numbers[] = { "RECORDS", "DATA-LOST",
					       "METADATA", "IO-ERRORS",
					       "UNRESOLVED" };
	struct libscols_table *table = scols_new_table();
	int err = table ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; i < 5 && !err; i++) {
		if (!scols_table_new_column(table, names[i], 0, 0))
			err = -ENOMEM;
	}
	for (i = 0; i < 5 && !err; i++) {
		if (!scols_table_new_column(table, numbers[i], 0,
					    SCOLS_FL_RIGHT))
			err = -ENOMEM;
	}
	for (i = 0; i < list->nr && !err; i++)
		err = add_filesystem(table, list->v[i], mounts);
	if (!err)
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
	int err = 0;

	fprintf(out, "kernel family:    %s, version %u\n", FSERROR_FAMILY_NAME,
		status->version);
	if (STAT_HAS(st, BOOT_ID)) {
		text_uuid(st->boot_id, boot_id);
		fprintf(out, "boot id:          %s\n", boot_id);
	}
	text_ring(out, st);
	text_kinds(out, st);
	fprintf(out, "kernel watchers:  %u\n", st->kernel_watchers);
	fprintf(out, "sockets watching: %zu\n", st->nr_watchers);
	fprintf(out, "filesystems:      %zu\n", status->filesystems.nr);
	if (status->filesystems.nr)
		err = text_filesystems(out, &status->filesystems,
				       status->mounts);
	if (!err && st->nr_watchers)
		err = text_watchers(out, st);
	return err;
}

/* JSON */

static struct json_object *json_filesystem(const struct fserror_filesystem *fs,
					   const struct mounts *mounts)
{
	struct json_object *obj = json_object_new_object();
	const char *source, *target;

	if (!obj)
		return NULL;
	filesystem_mount(mounts, fs, &source, &target);
	if ((FS_HAS(fs, FSTYPE) && json_add_bytes(obj, "fstype", fs->fstype)) ||
	    (FS_HAS(fs, MAJOR) && FS_HAS(fs, MINOR) &&
	     json_add_dev(obj, "dev", fs->major, fs->minor)) ||
	    (FS_HAS(fs, UUID) && json_add_uuid(obj, "uuid", fs->uuid)) ||
	    (FS_HAS(fs, SB_ID) && json_add_bytes(obj, "sb_id", fs->sb_id)) ||
	    (source && json_add_bytes(obj, "source", source)) ||
	    (target && json_add_bytes(obj, "target", target)) ||
	    json_add(obj, "can_resolve",
		     json_object_new_boolean(FS_HAS(fs, CAN_RESOLVE))) ||
	    (FS_HAS(fs, RECORDS) &&
	     json_add_u64(obj, "records", fs->records)) ||
	    (FS_HAS(fs, DATA_LOST) &&
	     json_add_u64(obj, "data_lost", fs->data_lost)) ||
	    (FS_HAS(fs, METADATA) &&
	     json_add_u64(obj, "metadata", fs->metadata)) ||
	    (FS_HAS(fs, IO_ERRORS) &&
	     json_add_u64(obj, "io_errors", fs->io_errors)) ||
	    (FS_HAS(fs, UNRESOLVED) &&
	     json_add_u64(obj, "unresolved", fs->unresolved))) {
		json_object_put(obj);
		return NULL;
	}
	return obj;
}

/* add @value to the list, which takes it; NULL is a failure */
static int append(struct json_object *list, struct json_object *value)
{
	if (!value)
		return -1;
	if (json_object_array_add(list, value)) {
		json_object_put(value);
		return -1;
	}
	return 0;
}

static struct json_object *json_filesystems(const struct status *status)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; list && i < status->filesystems.nr; i++) {
		if (append(list, json_filesystem(status->filesystems.v[i],
						 status->mounts))) {
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

static struct json_object *json_kinds(const struct fserror_stat *st)
{
	struct json_object *obj = json_object_new_object();
	char word[FSERROR_WORD_MAX];
	size_t i;

	for (i = 0; obj && i < st->nr_kinds; i++) {
		if (json_add_u64(obj,
				 fserror_kind_name(st->kinds[i].kind, word),
				 st->kinds[i].count)) {
			json_object_put(obj);
			return NULL;
		}
	}
	return obj;
}

static struct json_object *json_watchers(const struct fserror_stat *st)
{
	struct json_object *list = json_object_new_array(), *obj;
	size_t i;

	for (i = 0; list && i < st->nr_watchers; i++) {
		obj = json_object_new_object();
		if (obj &&
		    (json_add_u64(obj, "portid", st->watchers[i].portid) ||
		     json_add_u64(obj, "drops", st->watchers[i].drops))) {
			json_object_put(obj);
			obj = NULL;
		}
		if (append(list, obj)) {
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

static int add_journal(struct json_object *obj, const struct fserror_stat *st)
{
	return (STAT_HAS(st, FIRST_SEQ) &&
		json_add_u64(obj, "first_seq", st->first_seq)) ||
	       (STAT_HAS(st, LAST_SEQ) &&
		json_add_u64(obj, "last_seq", st->last_seq)) ||
	       (STAT_HAS(st, PUBLISHED_SEQ) &&
		json_add_u64(obj, "published_seq", st->published_seq)) ||
	       (STAT_HAS(st, RING_SIZE) &&
		json_add_u64(obj, "ring_size", st->ring_size)) ||
	       (STAT_HAS(st, OVERWRITTEN) &&
		json_add_u64(obj, "overwritten", st->overwritten)) ||
	       (STAT_HAS(st, UNSENT) &&
		json_add_u64(obj, "unsent", st->unsent));
}

int status_json(FILE *out, const struct status *status)
{
	const struct fserror_stat *st = status->stat;
	struct json_object *obj = json_object_new_object();
	int err = -ENOMEM;

	if (!obj)
		return -ENOMEM;
	if (json_add(obj, "v", json_object_new_int(1)) ||
	    json_add_string(obj, "family", FSERROR_FAMILY_NAME) ||
	    json_add_u64(obj, "version", status->version) ||
	    (STAT_HAS(st, BOOT_ID) &&
	     json_add_uuid(obj, "boot_id", st->boot_id)) ||
	    add_journal(obj, st) || json_add(obj, "kinds", json_kinds(st)) ||
	    (STAT_HAS(st, KERNEL_WATCHERS) &&
	     json_add_u64(obj, "kernel_watchers", st->kernel_watchers)) ||
	    json_add(obj, "watchers", json_watchers(st)) ||
	    json_add(obj, "filesystems", json_filesystems(status)))
		goto put_obj;
	err = json_write(out, obj);

put_obj:
	json_object_put(obj);
	return err;
}

static int collect(struct fserror_client *client, struct status *status)
{
	int err;

	status->version = fserror_client_version(client);
	err = fserror_client_stat(client, &status->stat);
	if (err)
		return cmd_failed(client, err);
	err = fserror_client_filesystems(client, &status->filesystems);
	if (err < 0)
		return cmd_failed(client, err);
	status->incomplete = err == 1;
	status->mounts = mounts_load();
	if (!status->mounts) {
		warn("cannot look up mounts");
		return CMD_ERROR;
	}
	return CMD_OK;
}

int cmd_status(int argc, char **argv)
{
	struct status status = { 0 };
	struct fserror_client *client;
	bool json;
	int code, err;

	code = parse_options(argc, argv, &json);
	if (code >= 0)
		return code;
	err = fserror_client_open(&client);
	code = err ? cmd_failed(client, err) : collect(client, &status);
	if (code == CMD_OK) {
		err = json ? status_json(stdout, &status) :
			     status_text(stdout, &status);
		if (err) {
			warnx("cannot print the status: %s", strerror(-err));
			code = CMD_ERROR;
		} else if (status.incomplete) {
			warnx("filesystems came and went while they were being listed: this may be incomplete");
			code = CMD_INCOMPLETE;
		}
	}
	mounts_free(status.mounts);
	fserror_filesystems_free(&status.filesystems);
	fserror_stat_free(status.stat);
	fserror_client_close(client);
	return code;
}
