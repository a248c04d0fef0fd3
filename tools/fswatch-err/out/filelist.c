// SPDX-License-Identifier: GPL-2.0-only
/* The formats that need no translation, and the choice among all. */
#include "filelist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

static void write_plain(FILE *out, const char *name)
{
	fprintf(out, "%s\n", name);
}

static void write_null(FILE *out, const char *name)
{
	fputs(name, out);
	putc('\0', out);
}

/*
 * rsync takes a # or ; at the beginning of a name for a comment, even with
 * --from0. A slash there it drops, and all names are below the source anyway.
 */
static void write_rsync(FILE *out, const char *name)
{
	if (*name != '/')
		putc('/', out);
	write_null(out, name);
}

/* tar has removed the first slash of each member's name */
static void write_tar(FILE *out, const char *name)
{
	write_null(out, name + (*name == '/'));
}

/*
 * An empty list makes tar extract the whole archive. No member is called "/":
 * tar says so and extracts nothing.
 */
static void end_tar(FILE *out, size_t nr)
{
	if (!nr)
		write_null(out, "/");
}

static const struct {
	const char *word;
	void (*write)(FILE *out, const char *name);
	void (*end)(FILE *out, size_t nr);
	void (*exclude)(FILE *out, const char *name);
} formats[] = {
	[FILELIST_PLAIN] = { "plain", write_plain, NULL, write_plain },
	[FILELIST_NULL] = { "null", write_null, NULL, write_null },
	[FILELIST_RSYNC] = { "rsync", write_rsync, NULL, filelist_not_rsync },
	[FILELIST_RESTIC] = { "restic", filelist_restic, filelist_restic_end,
			      filelist_restic },
	[FILELIST_BORG] = { "borg", filelist_borg, filelist_borg_end,
			    filelist_not_borg },
	[FILELIST_TAR] = { "tar", write_tar, end_tar, filelist_not_tar },
};

int filelist_format_from_word(const char *word)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (!strcmp(formats[i].word, word))
			return (int)i;
	}
	return -1;
}

/* with each wildcard, and each backslash among them, twice */
static size_t not_rsync_length(const char *name)
{
	size_t len = strlen(name);

	for (; *name; name++)
		len += strchr("\\*?[]", *name) != NULL;
	return len;
}

bool filelist_can_have(const struct filelist *list, const char *name,
		       const char **why)
{
	if (list->format == FILELIST_PLAIN && strchr(name, '\n')) {
		*why = "have a newline in them: use --format null";
		return false;
	}
	if (list->format == FILELIST_RSYNC && list->exclude &&
	    not_rsync_length(name) > FILELIST_NOT_RSYNC_MAX) {
		*why = "are too long for a pattern of rsync";
		return false;
	}
	return true;
}

bool filelist_recurses(const struct filelist *list)
{
	return list->format == FILELIST_RESTIC ||
	       list->format == FILELIST_BORG || list->format == FILELIST_TAR ||
	       (list->format == FILELIST_RSYNC && list->exclude);
}

/* @text, of which newlines and NULs are the format's */
static void show(FILE *out, const char *text, size_t len)
{
	size_t n;

	for (; len; text += n, len -= n) {
		n = text_utf8_length(text, len);
		if (*text == '\n' || !*text ||
		    (n && !text_is_unsafe(text_code_point(text, n))))
			fwrite(text, 1, n, out);
		else
			putc('?', out);
		n = n ? n : 1;
	}
}

/* @name, or with NULL the end */
static void write_piece(const struct filelist *list, FILE *out,
			const char *name)
{
	if (name && list->exclude)
		formats[list->format].exclude(out, name);
	else if (name)
		formats[list->format].write(out, name);
	/* what leaves out nothing has nothing in it */
	else if (!list->exclude && formats[list->format].end)
		formats[list->format].end(out, list->nr);
}

static int put(const struct filelist *list, const char *name)
{
	char *text = NULL;
	size_t len;
	FILE *memory;

	if (!list->shown) {
		write_piece(list, list->out, name);
		return 0;
	}
	memory = open_memstream(&text, &len);
	if (!memory)
		return -ENOMEM;
	write_piece(list, memory, name);
	if (fclose(memory)) {
		free(text);
		return -ENOMEM;
	}
	show(list->out, text, len);
	free(text);
	return 0;
}

int filelist_put(struct filelist *list, const char *name)
{
	list->nr++;
	return put(list, name);
}

int filelist_end(struct filelist *list)
{
	return put(list, NULL);
}
