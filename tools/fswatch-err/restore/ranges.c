// SPDX-License-Identifier: GPL-2.0-only
#include "ranges.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t range_end(uint64_t offset, uint64_t length)
{
	return length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
}

uint64_t range_down(uint64_t value, uint64_t unit)
{
	return value & ~(unit - 1);
}

uint64_t range_up(uint64_t value, uint64_t unit)
{
	return range_down(range_end(value, unit - 1), unit);
}

int ranges_add(struct ranges *ranges, uint64_t offset, uint64_t end)
{
	struct range *more;
	size_t room;

	if (end <= offset)
		return 0;
	if (ranges->nr == ranges->room) {
		room = ranges->room ? ranges->room * 2 : 8;
		more = reallocarray(ranges->v, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		ranges->v = more;
		ranges->room = room;
	}
	ranges->v[ranges->nr].offset = offset;
	ranges->v[ranges->nr].end = end;
	ranges->nr++;
	return 0;
}

static int compare(const void *pa, const void *pb)
{
	const struct range *a = pa, *b = pb;

	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

void ranges_merge(struct ranges *ranges)
{
	struct range *last;
	size_t i;

	if (!ranges->nr)
		return;
	qsort(ranges->v, ranges->nr, sizeof(*ranges->v), compare);
	last = ranges->v;
	for (i = 1; i < ranges->nr; i++) {
		if (ranges->v[i].offset > last->end)
			*++last = ranges->v[i];
		else if (ranges->v[i].end > last->end)
			last->end = ranges->v[i].end;
	}
	ranges->nr = last - ranges->v + 1;
}

void ranges_free(struct ranges *ranges)
{
	free(ranges->v);
	memset(ranges, 0, sizeof(*ranges));
}

uint64_t ranges_bytes(const struct ranges *ranges)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < ranges->nr; i++)
		bytes += ranges->v[i].end - ranges->v[i].offset;
	return bytes;
}

size_t ranges_after(const struct ranges *ranges, uint64_t offset)
{
	size_t low = 0, high = ranges->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (ranges->v[mid].end > offset)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

bool ranges_overlap(const struct ranges *ranges, uint64_t offset, uint64_t end)
{
	size_t i = ranges_after(ranges, offset);

	return i < ranges->nr && ranges->v[i].offset < end;
}

void ranges_piece(const struct ranges *ranges, uint64_t offset, uint64_t end,
		  struct range *piece, bool *inside)
{
	size_t i = ranges_after(ranges, offset);
	const struct range *range = i < ranges->nr ? &ranges->v[i] : NULL;

	*inside = range && range->offset <= offset;
	piece->offset = offset;
	piece->end = end;
	if (*inside && range->end < end)
		piece->end = range->end;
	else if (!*inside && range && range->offset < end)
		piece->end = range->offset;
}
