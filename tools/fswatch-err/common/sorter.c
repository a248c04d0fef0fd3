// SPDX-License-Identifier: GPL-2.0-only
#include "sorter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIGN 16
#define READ_MEMORY (2 * 1024 * 1024) /* bytes, of all runs together */
#define READ_LEAST 4096 /* bytes, of each */

/* in front of each entry, in memory and in the file */
struct head {
	_Alignas(ALIGN) size_t len;
};

/* one piece of the file that is sorted, while it is read */
struct run {
	off_t at, end; /* what was not read yet */
	char *buf;
	size_t size, from, to; /* of buf: what is read and not taken */
};

struct sorter {
	sorter_compare *compare;
	char *memory;
	size_t size, used;
	struct head **v; /* the entries in memory */
	size_t nr, room;
	int fd; /* of the file, -1: there is none */
	off_t written;
	struct run *runs;
	size_t nr_runs;
	size_t *heap; /* of runs, that with the first entry on top */
	size_t nr_heap;
	size_t next; /* without a file: of v */
	bool taken; /* the next entry was given out */
};

static size_t space_of(size_t len)
{
	return sizeof(struct head) + (len + ALIGN - 1) / ALIGN * ALIGN;
}

struct sorter *sorter_new(sorter_compare *compare, size_t memory)
{
	struct sorter *sorter = calloc(1, sizeof(*sorter));

	if (!sorter)
		return NULL;
	sorter->compare = compare;
	sorter->fd = -1;
	sorter->size = memory;
	/* pages of it that are never used cost nothing */
	sorter->memory = malloc(memory);
	if (!sorter->memory) {
		free(sorter);
		return NULL;
	}
	return sorter;
}

void sorter_free(struct sorter *sorter)
{
	size_t i;

	if (!sorter)
		return;
	for (i = 0; i < sorter->nr_runs; i++)
		free(sorter->runs[i].buf);
	free(sorter->runs);
	free(sorter->heap);
	free(sorter->v);
	free(sorter->memory);
	if (sorter->fd >= 0)
		close(sorter->fd);
	free(sorter);
}

static int compare_heads(const void *pa, const void *pb, void *arg)
{
	const struct head *a = *(struct head *const *)pa;
	const struct head *b = *(struct head *const *)pb;
	const struct sorter *sorter = arg;

	return sorter->compare(a + 1, a->len, b + 1, b->len);
}

static void sort_memory(struct sorter *sorter)
{
	if (sorter->nr)
		qsort_r(sorter->v, sorter->nr, sizeof(struct head *),
			compare_heads, sorter);
}

static int open_file(struct sorter *sorter)
{
	const char *dir = secure_getenv("TMPDIR");
	char *name;

	if (!dir || !*dir)
		dir = "/tmp";
	sorter->fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (sorter->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR)
		return -errno;
	/* a filesystem that needs a name for a while */
	if (asprintf(&name, "%s/fswatch-err.XXXXXX", dir) < 0)
		return -ENOMEM;
	sorter->fd = mkostemp(name, O_CLOEXEC);
	if (sorter->fd >= 0)
		unlink(name);
	free(name);
	return sorter->fd < 0 ? -errno : 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	ssize_t done;

	for (; len; data += done, len -= done) {
		done = write(fd, data, len);
		if (done >= 0)
			continue;
		if (errno != EINTR)
			return -errno;
		done = 0;
	}
	return 0;
}

/* the entries of the memory, which is sorted, one after the other */
static int write_entries(struct sorter *sorter)
{
	char buf[32768];
	size_t used = 0, space, i;
	int err = 0;

	for (i = 0; i < sorter->nr && !err; i++) {
		space = space_of(sorter->v[i]->len);
		if (used + space > sizeof(buf)) {
			err = write_all(sorter->fd, buf, used);
			used = 0;
		}
		if (err)
			break;
		if (space > sizeof(buf)) {
			err = write_all(sorter->fd, (char *)sorter->v[i],
					space);
		} else {
			memcpy(buf + used, sorter->v[i], space);
			used += space;
		}
		sorter->written += space;
	}
	return err ? err : write_all(sorter->fd, buf, used);
}

/* the memory becomes a run of the file */
static int spill(struct sorter *sorter)
{
	const off_t at = sorter->written;
	struct run *runs;
	int err;

	if (sorter->fd < 0) {
		err = open_file(sorter);
		if (err)
			return err;
	}
	runs = reallocarray(sorter->runs, sorter->nr_runs + 1, sizeof(*runs));
	if (!runs)
		return -ENOMEM;
	sorter->runs = runs;
	sort_memory(sorter);
	err = write_entries(sorter);
	if (err)
		return err;
	runs[sorter->nr_runs++] =
		(struct run){ .at = at, .end = sorter->written };
	sorter->nr = 0;
	sorter->used = 0;
	return 0;
}

static int make_room(struct sorter *sorter, size_t space)
{
	struct head **v;
	size_t room;
	char *memory;
	int err;

	if (sorter->used + space > sorter->size && sorter->nr) {
		err = spill(sorter);
		if (err)
			return err;
	}
	if (space > sorter->size) {
		memory = realloc(sorter->memory, space);
		if (!memory)
			return -ENOMEM;
		sorter->memory = memory;
		sorter->size = space;
	}
	if (sorter->nr < sorter->room)
		return 0;
	room = sorter->room ? sorter->room * 2 : 1024;
	v = reallocarray(sorter->v, room, sizeof(*v));
	if (!v)
		return -ENOMEM;
	sorter->v = v;
	sorter->room = room;
	return 0;
}

int sorter_add(struct sorter *sorter, const void *data, size_t len)
{
	const size_t space = space_of(len);
	struct head *head;
	int err;

	err = make_room(sorter, space);
	if (err)
		return err;
	head = (struct head *)(void *)(sorter->memory + sorter->used);
	/* with what fills it up: that is written, too */
	memset(head, 0, space);
	head->len = len;
	memcpy(head + 1, data, len);
	sorter->v[sorter->nr++] = head;
	sorter->used += space;
	return 0;
}

/* merging */

static struct head *first_of(const struct run *run)
{
	return (struct head *)(void *)(run->buf + run->from);
}

/* is the first entry in the buffer, whole? */
static bool has_first(const struct run *run)
{
	const size_t there = run->to - run->from;

	return there >= sizeof(struct head) &&
	       there >= space_of(first_of(run)->len);
}

static int read_more(const struct sorter *sorter, struct run *run)
{
	size_t room = run->size - run->to, left = run->end - run->at;
	ssize_t len;

	do {
		len = pread(sorter->fd, run->buf + run->to,
			    left < room ? left : room, run->at);
	} while (len < 0 && errno == EINTR);
	if (len <= 0)
		return len < 0 ? -errno : -EIO;
	run->to += len;
	run->at += len;
	return 0;
}

/* make the first entry whole; 1, 0 at the end of the run, or a negative errno */
static int load_first(const struct sorter *sorter, struct run *run)
{
	size_t need;
	char *buf;
	int err;

	if (has_first(run))
		return 1;
	memmove(run->buf, run->buf + run->from, run->to - run->from);
	run->to -= run->from;
	run->from = 0;
	while (!has_first(run)) {
		if (run->at == run->end)
			return run->to ? -EIO : 0;
		need = run->to >= sizeof(struct head) ?
			       space_of(first_of(run)->len) :
			       0;
		if (need > run->size) {
			buf = realloc(run->buf, need);
			if (!buf)
				return -ENOMEM;
			run->buf = buf;
			run->size = need;
		}
		err = read_more(sorter, run);
		if (err)
			return err;
	}
	return 1;
}

static bool is_before(const struct sorter *sorter, size_t a, size_t b)
{
	const struct head *first = first_of(&sorter->runs[sorter->heap[a]]);
	const struct head *second = first_of(&sorter->runs[sorter->heap[b]]);

	return sorter->compare(first + 1, first->len, second + 1, second->len) <
	       0;
}

static void sift_down(struct sorter *sorter, size_t at)
{
	size_t least, swap;

	for (;; at = least) {
		least = at;
		if (2 * at + 1 < sorter->nr_heap &&
		    is_before(sorter, 2 * at + 1, least))
			least = 2 * at + 1;
		if (2 * at + 2 < sorter->nr_heap &&
		    is_before(sorter, 2 * at + 2, least))
			least = 2 * at + 2;
		if (least == at)
			return;
		swap = sorter->heap[at];
		sorter->heap[at] = sorter->heap[least];
		sorter->heap[least] = swap;
	}
}

/* of all runs that have any left, the first entry of which is there */
static void make_heap(struct sorter *sorter)
{
	size_t i;

	sorter->nr_heap = 0;
	for (i = 0; i < sorter->nr_runs; i++) {
		if (sorter->runs[i].from < sorter->runs[i].to)
			sorter->heap[sorter->nr_heap++] = i;
	}
	for (i = sorter->nr_heap / 2; i--;)
		sift_down(sorter, i);
}

static int begin_merge(struct sorter *sorter)
{
	size_t size = READ_MEMORY / sorter->nr_runs / ALIGN * ALIGN, i;
	struct run *run;
	int rc;

	if (size < READ_LEAST)
		size = READ_LEAST;
	sorter->heap = calloc(sorter->nr_runs, sizeof(*sorter->heap));
	if (!sorter->heap)
		return -ENOMEM;
	for (i = 0; i < sorter->nr_runs; i++) {
		run = &sorter->runs[i];
		run->size = size;
		run->buf = malloc(size);
		if (!run->buf)
			return -ENOMEM;
		rc = load_first(sorter, run);
		if (rc < 0)
			return rc;
	}
	make_heap(sorter);
	return 0;
}

int sorter_finish(struct sorter *sorter)
{
	int err;

	if (!sorter->nr_runs) {
		sort_memory(sorter);
		return 0;
	}
	err = sorter->nr ? spill(sorter) : 0;
	if (err)
		return err;
	free(sorter->memory);
	sorter->memory = NULL;
	free(sorter->v);
	sorter->v = NULL;
	return begin_merge(sorter);
}

/* the entry on top was used: the run goes on, or is at its end */
static int advance(struct sorter *sorter)
{
	struct run *run = &sorter->runs[sorter->heap[0]];
	int rc;

	run->from += space_of(first_of(run)->len);
	rc = load_first(sorter, run);
	if (rc < 0)
		return rc;
	if (!rc)
		sorter->heap[0] = sorter->heap[--sorter->nr_heap];
	sift_down(sorter, 0);
	return 0;
}

/* what was given out is done with; 0 or a negative errno */
static int leave_taken(struct sorter *sorter)
{
	if (!sorter->taken)
		return 0;
	sorter->taken = false;
	if (!sorter->nr_runs) {
		sorter->next++;
		return 0;
	}
	return advance(sorter);
}

int sorter_peek(struct sorter *sorter, const void **data, size_t *len)
{
	const struct head *head;
	int err = leave_taken(sorter);

	if (err)
		return err;
	if (sorter->nr_runs) {
		if (!sorter->nr_heap)
			return 0;
		head = first_of(&sorter->runs[sorter->heap[0]]);
	} else {
		if (sorter->next == sorter->nr)
			return 0;
		head = sorter->v[sorter->next];
	}
	*data = head + 1;
	*len = head->len;
	return 1;
}

int sorter_next(struct sorter *sorter, const void **data, size_t *len)
{
	int rc = sorter_peek(sorter, data, len);

	sorter->taken = rc > 0;
	return rc;
}

struct sorter_mark {
	size_t next;
	off_t at[]; /* in the file, what is next of each run */
};

int sorter_set_mark(struct sorter *sorter, struct sorter_mark **mark)
{
	const struct run *run;
	size_t i;
	int err = leave_taken(sorter);

	if (err)
		return err;
	*mark = malloc(sizeof(**mark) + sorter->nr_runs * sizeof(off_t));
	if (!*mark)
		return -ENOMEM;
	(*mark)->next = sorter->next;
	for (i = 0; i < sorter->nr_runs; i++) {
		run = &sorter->runs[i];
		(*mark)->at[i] = run->at - (off_t)(run->to - run->from);
	}
	return 0;
}

int sorter_reset(struct sorter *sorter, const struct sorter_mark *mark)
{
	struct run *run;
	size_t i;
	int rc;

	sorter->taken = false;
	sorter->next = mark->next;
	for (i = 0; i < sorter->nr_runs; i++) {
		run = &sorter->runs[i];
		run->at = mark->at[i];
		run->from = 0;
		run->to = 0;
		rc = load_first(sorter, run);
		if (rc < 0)
			return rc;
	}
	if (sorter->nr_runs)
		make_heap(sorter);
	return 0;
}
