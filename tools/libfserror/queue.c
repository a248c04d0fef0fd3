// SPDX-License-Identifier: GPL-2.0-only
/* Events that arrived and were not told yet. */
#include "internal.h"

#include <stdlib.h>

void fserror_queue_init(struct queue *queue)
{
	queue->head = NULL;
	queue->tail = &queue->head;
	queue->length = 0;
}

void fserror_queue_free(struct queue *queue)
{
	struct item *item;

	while ((item = queue->head)) {
		queue->head = item->next;
		free(item);
	}
	fserror_queue_init(queue);
}

struct item *fserror_queue_append(struct queue *queue,
				  enum fserror_event_type type)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return NULL;
	item->event.type = type;
	*queue->tail = item;
	queue->tail = &item->next;
	queue->length++;
	return item;
}

struct item *fserror_queue_take(struct queue *queue)
{
	struct item *item = queue->head;

	queue->head = item->next;
	if (!queue->head)
		queue->tail = &queue->head;
	queue->length--;
	return item;
}

void fserror_queue_pop(struct queue *queue)
{
	free(fserror_queue_take(queue));
}

void fserror_queue_prepend(struct queue *queue, struct queue *front)
{
	if (!front->head)
		return;
	*front->tail = queue->head;
	if (!queue->head)
		queue->tail = front->tail;
	queue->head = front->head;
	queue->length += front->length;
	fserror_queue_init(front);
}
