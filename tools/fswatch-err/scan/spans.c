// SPDX-License-Identifier: GPL-2.0-only
#include "spans.h"

#include <string.h>

static uint64_t end_of(const struct span *span)
{
	return span->pos + span->len;
}

/* @i and the one behind it become one */
static void join(struct spans *spans, size_t i)
{
	struct span *span = &spans->v[i];
	uint64_t end = end_of(span);

	if (end < end_of(span + 1))
		end = end_of(span + 1);
	span->len = end - span->pos;
	spans->nr--;
	memmove(span + 1, span + 2, (spans->nr - i - 1) * sizeof(*span));
}

static void join_nearest(struct spans *spans)
{
	uint64_t gap, least = UINT64_MAX;
	size_t i, nearest = 0;

	for (i = 0; i + 1 < spans->nr; i++) {
		gap = spans->v[i + 1].pos - end_of(&spans->v[i]);
		if (gap < least) {
			least = gap;
			nearest = i;
		}
	}
	join(spans, nearest);
}

void spans_add(struct spans *spans, uint64_t pos, uint64_t len)
{
	size_t i = spans->nr;

	/* nearly always it is the last */
	while (i && spans->v[i - 1].pos > pos)
		i--;
	memmove(&spans->v[i + 1], &spans->v[i],
		(spans->nr - i) * sizeof(spans->v[0]));
	spans->v[i] = (struct span){ pos, len };
	spans->nr++;
	if (i && end_of(&spans->v[i - 1]) >= pos)
		join(spans, --i);
	while (i + 1 < spans->nr && end_of(&spans->v[i]) >= spans->v[i + 1].pos)
		join(spans, i);
	if (spans->nr > SPANS_MAX)
		join_nearest(spans);
}

uint64_t spans_bytes(const struct spans *spans)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < spans->nr; i++)
		bytes += spans->v[i].len;
	return bytes;
}
