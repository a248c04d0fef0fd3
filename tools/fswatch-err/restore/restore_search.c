// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file that was renamed since its copy was made: it is any of the same size and
 * time, whose good bytes are the same. If several are, what they have in the place
 * of the damage must be the same too.
 */
#include "restore.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "restore_stop.h"
#include "text.h"

#define PIECE_BYTES (64U << 10)

struct search {
	const struct restore_how *how;
	struct restore_item *item;
	const struct stat *of;
	struct copy *copy; /* what was found */
	char *name;
	bool several;
};

/* do both have the same in the place of the damage? 1, 0, or a negative errno */
static int same_bytes(const struct ranges *ranges, uint64_t size,
		      struct copy *a, struct copy *b)
{
	char *buf = malloc(2 * PIECE_BYTES);
	uint64_t at, end, len;
	int rc = buf ? 1 : -ENOMEM;
	size_t i;

	for (i = 0; rc == 1 && i < ranges->nr; i++) {
		end = ranges->v[i].end < size ? ranges->v[i].end : size;
		for (at = ranges->v[i].offset; rc == 1 && at < end; at += len) {
			len = end - at < PIECE_BYTES ? end - at : PIECE_BYTES;
			if (a->read(a, at, buf, len) ||
			    b->read(b, at, buf + PIECE_BYTES, len))
				rc = 0;
			else
				rc = !memcmp(buf, buf + PIECE_BYTES, len);
		}
	}
	free(buf);
	return rc;
}

/* is it of the same version, and has all that is needed? 1, 0, or -ENOMEM */
static int agrees(struct heal *heal, struct copy *copy)
{
	size_t i;
	int err;

	heal_forget(heal);
	err = heal_check(heal, copy);
	if (err || heal_agreement(heal) != HEAL_AGREES)
		return err;
	for (i = 0; i < heal->nr_runs; i++) {
		if (heal->runs[i].outcome != HEAL_WAITS)
			return 0;
	}
	return 1;
}

/* a file of the right size and time; 0 or -ENOMEM */
static int look_at(struct search *search, const char *name)
{
	struct heal *heal = &search->item->heal;
	char why[COPY_ERROR_MAX];
	struct copy *copy;
	int rc;

	copy = copy_open_at(search->how->source.from_fd, name, search->of, why);
	if (!copy)
		return 0;
	rc = agrees(heal, copy);
	if (rc == 1 && search->copy) {
		rc = same_bytes(&heal->damage, heal->file->size, search->copy,
				copy);
		if (!rc)
			search->several = true;
	} else if (rc == 1) {
		search->name = strdup(name);
		search->copy = copy;
		return search->name ? 0 : -ENOMEM;
	}
	copy_close(copy);
	return rc < 0 ? rc : 0;
}

static bool is_candidate(const struct search *search, const FTSENT *entry)
{
	const struct heal_file *file = search->item->heal.file;

	return entry->fts_info == FTS_F &&
	       (uint64_t)entry->fts_statp->st_size == file->size &&
	       heal_same_time(&file->mtime, &entry->fts_statp->st_mtim);
}

/* what is found there is opened again, from the directory on, without links */
static int walk(struct search *search)
{
	const char *from = search->how->source.from;
	char *const paths[] = { (char *)from, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	const char *name;
	FTSENT *entry;
	int err = 0;

	if (!fts)
		return errno == ENOMEM ? -ENOMEM : 0;
	while (!err && !search->several && !restore_stopped() &&
	       (entry = fts_read(fts))) {
		if (!is_candidate(search, entry))
			continue;
		name = entry->fts_path + strlen(from);
		err = look_at(search, name + strspn(name, "/"));
	}
	fts_close(fts);
	return err;
}

int restore_search(const struct restore_how *how, struct restore_item *item,
		   const struct stat *of, struct copy **copy)
{
	struct search search = { .how = how, .item = item, .of = of };
	int err = walk(&search);
	char *name = NULL;

	heal_forget(&item->heal);
	if (!err && search.several)
		err = restore_say(
			&item->reason,
			"several files of %s have its size, its time and its good bytes, but not the same in the place of the damage",
			how->source.from);
	else if (!err && search.copy)
		name = text_escape(search.name);
	if (name)
		err = restore_say(&item->found, "its copy is called %s", name);
	else if (!err && search.copy && !search.several)
		err = -ENOMEM;
	if (err || search.several) {
		copy_close(search.copy);
		search.copy = NULL;
	}
	*copy = search.copy;
	free(search.name);
	free(name);
	return err;
}
