// SPDX-License-Identifier: GPL-2.0-only
#include "gathered.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare_answers(const void *pa, const void *pb)
{
	const struct answer *a = pa, *b = pb;

	return paths_compare(&a->rec, &b->rec);
}

void answer_free(struct answer *answer)
{
	if (answer)
		free(answer->asks);
	free(answer);
}

static void no_free(void *node)
{
	(void)node;
}

void gathered_forget_tree(struct gathered *gathered)
{
	tdestroy(gathered->tree, no_free);
	gathered->tree = NULL;
}

void gathered_free(struct gathered *gathered)
{
	gathered_forget_tree(gathered);
	while (gathered->nr)
		answer_free(gathered->v[--gathered->nr]);
	free(gathered->v);
	memset(gathered, 0, sizeof(*gathered));
}

/* room for one more of @size bytes in what has @nr of @room; 0 or -ENOMEM */
static int make_room(void *array, size_t nr, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 4;
	void *bigger;

	if (nr < *room)
		return 0;
	bigger = reallocarray(*(void **)array, more, size);
	if (!bigger)
		return -ENOMEM;
	*(void **)array = bigger;
	*room = more;
	return 0;
}

struct answer *gathered_put(struct gathered *gathered, struct answer *answer)
{
	struct answer **found;

	if (make_room(&gathered->v, gathered->nr, &gathered->room,
		      sizeof(struct answer *)))
		goto free_answer;
	found = tsearch(answer, &gathered->tree, compare_answers);
	if (!found)
		goto free_answer;
	if (*found != answer) {
		answer_free(answer);
		return *found;
	}
	gathered->v[gathered->nr++] = answer;
	return answer;

free_answer:
	answer_free(answer);
	return NULL;
}

struct answer *gathered_inode(struct gathered *gathered,
			      const struct fserror_record *rec)
{
	struct answer *answer = calloc(1, sizeof(*answer));

	if (!answer)
		return NULL;
	answer->rec = *rec;
	return gathered_put(gathered, answer);
}

int gathered_ask(struct answer *answer, const struct ask *ask)
{
	if (make_room(&answer->asks, answer->nr_asks, &answer->room,
		      sizeof(*answer->asks)))
		return -ENOMEM;
	answer->asks[answer->nr_asks++] = *ask;
	return 0;
}

int gathered_asks(struct gathered *gathered, const struct fserror_record *rec,
		  const struct ask *asks, size_t nr)
{
	struct answer *answer = gathered_inode(gathered, rec);
	size_t i;
	int err = answer ? 0 : -ENOMEM;

	for (i = 0; i < nr && !err; i++)
		err = gathered_ask(answer, &asks[i]);
	return err;
}
