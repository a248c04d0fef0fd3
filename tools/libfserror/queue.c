// SPDX-License-Identifier: GPL-2.0-only
/* Events that arrived and were not told yet. */
#include "internal.h"

#include <errno.h>
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
				  enum fserror_event_type type, uint32_t group)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return NULL;
	item->event.type = type;
	item->event.group = group;
	*queue->tail = item;
	queue->tail = &item->next;
	queue->length++;
	return item;
}

int fserror_queue_missed(struct queue *queue, uint32_t group, bool overrun)
{
	struct item *item;

	if (queue->head) {
		item = (struct item *)((char *)queue->tail -
				       offsetof(struct item, next));
		if (item->event.type == FSERROR_EVENT_MISSED &&
		    item->event.group == group)
			return 0;
	}
	item = fserror_queue_append(queue, FSERROR_EVENT_MISSED, group);
	if (!item)
		return -ENOMEM;
	item->event.overrun = overrun;
	return 0;
}

void fserror_queue_drop_missed(struct queue *queue, uint32_t group)
{
	struct item **at = &queue->head, *item;

	while ((item = *at)) {
		if (item->event.type == FSERROR_EVENT_MISSED &&
		    item->event.group == group) {
			*at = item->next;
			queue->length--;
			free(item);
		} else {
			at = &item->next;
		}
	}
	queue->tail = at;
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
