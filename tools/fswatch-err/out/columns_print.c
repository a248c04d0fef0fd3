// SPDX-License-Identifier: GPL-2.0-only
/* How each column of a record is filled, and the table of them. */
#include "columns.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include <libfserror.h>

#include "columns_known.h"

#define ALL_NAMES SIZE_MAX

/* cells; each returns a string to free() or NULL: nothing to say, or errno */

/* for programs smartcols itself encodes what is special, and nothing is lost */
static char *cell_text(const struct table_options *table, const char *s)
{
	if (!s)
		return NULL;
	return table->raw || table->pairs ? strdup(s) : text_escape(s);
}

static char *cell_time(struct table_options *table,
		       const struct fserror_record *rec)
{
	char buf[TEXT_TIME_MAX];

	if (!fserror_has(rec, FSERROR_A_RECORD_TIME))
		return NULL;
	text_time(&table->time, rec->time, buf);
	return strdup(buf);
}

static char *cell_u64(bool known, uint64_t value)
{
	char *cell;

	if (!known || asprintf(&cell, "%" PRIu64, value) < 0)
		return NULL;
	return cell;
}

static char *cell_length(const struct table_options *table, bool known,
			 uint64_t value)
{
	char buf[TEXT_SIZE_MAX];

	if (!known || table->bytes)
		return cell_u64(known, value);
	text_size(value, buf);
	return strdup(buf);
}

static char *cell_dev(bool known, uint32_t major, uint32_t minor)
{
	char *cell;

	if (!known || asprintf(&cell, "%u:%u", major, minor) < 0)
		return NULL;
	return cell;
}

/* @name: which of the names, or ALL_NAMES: one below the other */
static char *cell_paths(const struct path_result *paths, size_t name)
{
	char *cell = NULL, *text;
	size_t len = 0, i;
	FILE *mem;

	if (!paths || !paths->count)
		return NULL;
	if (name != ALL_NAMES)
		return strdup(paths->names[name]);
	mem = open_memstream(&cell, &len);
	if (!mem)
		return NULL;
	for (i = 0; i < paths->count; i++) {
		text = text_escape(paths->names[i]);
		if (!text) {
			fclose(mem);
			free(cell);
			return NULL;
		}
		fprintf(mem, "%s%s", i ? "\n" : "", text);
		free(text);
	}
	if (fclose(mem)) {
		free(cell);
		return NULL;
	}
	return cell;
}

static char *cell_flags(uint32_t flags)
{
	char *cell = NULL, word[FSERROR_WORD_MAX];
	unsigned int bit;
	size_t len = 0;
	FILE *mem;

	if (!flags)
		return NULL;
	mem = open_memstream(&cell, &len);
	if (!mem)
		return NULL;
	for (bit = 0; bit < 32; bit++) {
		if (flags & UINT32_C(1) << bit)
			fprintf(mem, "%s%s", ftell(mem) ? "," : "",
				fserror_flag_name(bit, word));
	}
	if (fclose(mem)) {
		free(cell);
		return NULL;
	}
	return cell;
}

static char *cell_uuid(const struct fserror_record *rec)
{
	char buf[TEXT_UUID_MAX];

	if (!fserror_has(rec, FSERROR_A_RECORD_UUID))
		return NULL;
	text_uuid(rec->uuid, buf);
	return strdup(buf);
}

static char *cell_range(const struct table_options *table,
			const struct fserror_range *range, int what)
{
	bool known = fserror_present(range->present, what);

	switch (what) {
	case FSERROR_A_RANGE_OFFSET:
		return cell_u64(known, range->offset);
	case FSERROR_A_RANGE_LENGTH:
		return cell_length(table, known, range->length);
	default:
		return cell_dev(known && fserror_present(range->present,
							 FSERROR_A_RANGE_MINOR),
				range->major, range->minor);
	}
}

#define HAS(attr) fserror_has(rec, FSERROR_A_RECORD_##attr)

static char *make_cell(enum column_id id, struct table_options *table,
		       const struct view *view, size_t name)
{
	const struct fserror_record *rec = view->rec;
	char word[FSERROR_WORD_MAX];

	switch (id) {
	case COL_PATH:
		return table->raw || table->pairs ?
			       cell_paths(view->paths, name) :
			       cell_paths(view->paths, ALL_NAMES);
	case COL_OFFSET:
		return cell_u64(HAS(OFFSET), rec->offset);
	case COL_LENGTH:
		return cell_length(table, HAS(LENGTH), rec->length);
	case COL_KIND:
		return strdup(fserror_kind_name(rec->kind, word));
	case COL_CAUSE:
		return HAS(CAUSE) ?
			       strdup(fserror_cause_name(rec->cause, word)) :
			       NULL;
	case COL_SOURCE:
		return cell_text(table, view->source);
	case COL_INO:
		return cell_u64(HAS(INO), rec->ino);
	case COL_META:
		return HAS(META) ? strdup(fserror_meta_name(rec->meta, word)) :
				   NULL;
	case COL_DEV_OFFSET:
		return cell_range(table, &rec->device, FSERROR_A_RANGE_OFFSET);
	case COL_DEV_LENGTH:
		return cell_range(table, &rec->device, FSERROR_A_RANGE_LENGTH);
	case COL_STATE:
		return view->paths ?
			       strdup(path_state_name(view->paths->state)) :
			       NULL;
	case COL_TARGET:
		return cell_text(table, view->target);
	case COL_FSTYPE:
		return cell_text(table, HAS(FSTYPE) ? rec->fstype : NULL);
	case COL_DEV:
		return cell_dev(HAS(MAJOR) && HAS(MINOR), rec->major,
				rec->minor);
	case COL_UUID:
		return cell_uuid(rec);
	case COL_GEN:
		return cell_u64(HAS(GENERATION), rec->generation);
	case COL_NLINK:
		return cell_u64(HAS(NLINK), rec->nlink);
	case COL_ERRNO:
		return cell_u64(HAS(ERROR), rec->error);
	case COL_FLAGS:
		return cell_flags(rec->flags);
	case COL_LAYER:
		return cell_text(table, HAS(LAYER) ? rec->layer : NULL);
	case COL_DEVICE:
		return cell_range(table, &rec->device, FSERROR_A_RANGE_MAJOR);
	case COL_ORIGIN:
		return cell_range(table, &rec->origin, FSERROR_A_RANGE_MAJOR);
	case COL_ORIGIN_OFFSET:
		return cell_range(table, &rec->origin, FSERROR_A_RANGE_OFFSET);
	case COL_ORIGIN_LENGTH:
		return cell_range(table, &rec->origin, FSERROR_A_RANGE_LENGTH);
	case COL_SEQ:
		return cell_u64(HAS(SEQ), rec->seq);
	case COL_TIME:
		return cell_time(table, rec);
	case COL_REPEAT:
		return cell_u64(HAS(REPEAT), rec->repeat);
	case COL_COUNT:
		return cell_u64(HAS(COUNT), rec->count);
	case COL_INSTANCE:
		return cell_u64(HAS(INSTANCE), rec->instance);
	case COL_FS_SEQ:
		return cell_u64(HAS(FS_SEQ), rec->fs_seq);
	case COL_ROLE:
		return HAS(ROLE) ? strdup(fserror_role_name(rec->role, word)) :
				   NULL;
	case COL_ROOT:
		return cell_u64(HAS(ROOT), rec->root);
	case COL_GROUP:
		return strdup(fserror_group_name(fserror_kind_group(rec->kind),
						 word));
	}
	return NULL;
}

static int add_column(struct libscols_table *table, const struct column *column)
{
	struct libscols_column *cl =
		scols_table_new_column(table, column->name, 0, column->flags);

	if (!cl)
		return -ENOMEM;
	if (!(column->flags & SCOLS_FL_WRAP))
		return 0;
	/* a newline begins the next name; those in names are escaped */
	if (scols_column_set_safechars(cl, "\n"))
		return -ENOMEM;
	return scols_column_set_wrapfunc(cl, scols_wrapnl_chunksize,
					 scols_wrapnl_nextchunk, NULL);
}

static const char *color_of(const struct fserror_record *rec)
{
	switch (rec->kind) {
	case FSERROR_KIND_CLEARED:
		return "green";
	case FSERROR_KIND_TEST:
	case FSERROR_KIND_MOUNT:
	case FSERROR_KIND_UNMOUNT:
		return "cyan";
	case FSERROR_KIND_DEGRADED:
		return "yellow";
	default:
		return "red";
	}
}

/* @name: the name that the line is for, if each has a line */
static int add_line(struct libscols_table *tb, struct table_options *table,
		    const struct view *view, size_t name)
{
	struct libscols_line *line = scols_table_new_line(tb, NULL);
	char *cell;
	size_t i;

	if (!line)
		return -ENOMEM;
	for (i = 0; i < table->columns.nr; i++) {
		errno = 0;
		cell = make_cell(table->columns.ids[i], table, view, name);
		if (!cell && errno == ENOMEM)
			return -ENOMEM;
		if (cell && scols_line_refer_data(line, i, cell)) {
			free(cell);
			return -ENOMEM;
		}
		if (table->columns.ids[i] == COL_KIND &&
		    scols_cell_set_color(scols_line_get_cell(line, i),
					 color_of(view->rec)))
			return -ENOMEM;
	}
	return 0;
}

static int add_view(struct libscols_table *tb, struct table_options *table,
		    const struct view *view)
{
	size_t lines = 1, i;
	int err = 0;

	if ((table->raw || table->pairs) && view->paths && view->paths->count)
		lines = view->paths->count;
	for (i = 0; i < lines && !err; i++)
		err = add_line(tb, table, view, i);
	return err;
}

int columns_print(FILE *out, struct table_options *table,
		  const struct views *views)
{
	struct libscols_table *tb = scols_new_table();
	int err = 0;
	size_t i;

	if (!tb)
		return -ENOMEM;
	scols_table_enable_noheadings(tb, table->noheadings);
	scols_table_enable_raw(tb, table->raw);
	scols_table_enable_export(tb, table->pairs);
	/* the cells are safe already, or encoded by the format */
	scols_table_enable_noencoding(tb, table->raw || table->pairs);
	scols_table_enable_colors(tb, table->color == COLOR_ALWAYS &&
					      !table->raw && !table->pairs);
	scols_table_set_stream(tb, out);
	for (i = 0; i < table->columns.nr && !err; i++)
		err = add_column(tb, &columns_known[table->columns.ids[i]]);
	for (i = 0; i < views->nr && !err; i++)
		err = add_view(tb, table, &views->v[i]);
	if (!err)
		err = scols_print_table(tb);
	scols_unref_table(tb);
	return err > 0 ? -EIO : err;
}
