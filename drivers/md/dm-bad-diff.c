// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is the difference between two answers to the question what is bad?
 *
 * Ranges with a place are compared byte by byte: what is in the second list and
 * not, of the same cause, in the first went bad; what is in the first and not in
 * the second is good again. Ranges without a place are compared as a whole, by
 * where they come from.
 */
#include "dm-badrange.h"

#include <kunit/visibility.h>
#include <linux/blkdev.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

/* bytes from @start to @end, exclusive */
struct dm_bad_span {
	u64	start;
	u64	end;
};

/* sorted and disjoint */
struct dm_bad_spans {
	struct dm_bad_span	*span;
	size_t			nr;
};

static int dm_bad_span_cmp(const void *a, const void *b)
{
	const struct dm_bad_span *l = a, *r = b;

	return l->start < r->start ? -1 : l->start > r->start;
}

/* the bytes that are bad for one cause, or with 0 for any */
static int dm_bad_get_spans(const struct bdev_bad_list *list,
			    enum bdev_bad_cause cause,
			    struct dm_bad_spans *spans)
{
	struct dm_bad_span *last = NULL;
	size_t i, nr = 0;

	*spans = (struct dm_bad_spans) { };
	if (!list->nr)
		return 0;
	spans->span = kvmalloc_array(list->nr, sizeof(*spans->span), GFP_NOIO);
	if (!spans->span)
		return -ENOMEM;

	for (i = 0; i < list->nr; i++) {
		const struct bdev_bad_range *range = &list->ranges[i];

		if (range->layer || (cause && range->cause != cause))
			continue;
		spans->span[nr++] = (struct dm_bad_span) {
			.start	= range->pos,
			.end	= range->pos + range->len,
		};
	}
	sort(spans->span, nr, sizeof(*spans->span), dm_bad_span_cmp, NULL);

	for (i = 0; i < nr; i++) {
		struct dm_bad_span span = spans->span[i];

		if (last && span.start <= last->end) {
			last->end = max(last->end, span.end);
			continue;
		}
		last = &spans->span[spans->nr++];
		*last = span;
	}
	return 0;
}

/* the first span that ends behind @pos */
static size_t dm_bad_find_span(const struct dm_bad_spans *spans, u64 pos)
{
	size_t low = 0, high = spans->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (spans->span[mid].end <= pos)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int dm_bad_add_part(const struct bdev_bad_range *range, u64 start,
			   u64 end, enum bdev_bad_cause cause,
			   struct bdev_bad_list *edges)
{
	struct bdev_bad_range part = *range;

	part.origin_pos += start - range->pos;
	part.origin_len = end - start;
	part.pos = start;
	part.len = end - start;
	part.cause = cause;
	return bdev_bad_list_add(edges, &part);
}

/* Add the bytes of a range that are in none of the spans. */
static int dm_bad_add_missing(const struct bdev_bad_range *range,
			      const struct dm_bad_spans *spans,
			      enum bdev_bad_cause cause,
			      struct bdev_bad_list *edges)
{
	u64 pos = range->pos, end = range->pos + range->len;
	size_t i = dm_bad_find_span(spans, pos);
	int error = 0;

	for (; i < spans->nr && spans->span[i].start < end && !error; i++) {
		const struct dm_bad_span *span = &spans->span[i];

		if (pos < span->start)
			error = dm_bad_add_part(range, pos, span->start, cause,
						edges);
		pos = span->end;
	}
	if (pos < end && !error)
		error = dm_bad_add_part(range, pos, end, cause, edges);
	return error;
}

static bool dm_bad_has_layer(const struct bdev_bad_list *list,
			     const struct bdev_bad_range *range,
			     enum bdev_bad_cause cause)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		const struct bdev_bad_range *r = &list->ranges[i];

		if (r->layer && !strcmp(r->layer, range->layer) &&
		    (!cause || r->cause == cause) &&
		    r->origin_dev == range->origin_dev &&
		    r->origin_pos == range->origin_pos &&
		    r->origin_len == range->origin_len)
			return true;
	}
	return false;
}

/*
 * Add what is in @list for @cause, or with 0 for any, and not in @other for the
 * same, as bad for @edge, or with 0 for the cause that it has.
 */
static int dm_bad_add_difference(const struct bdev_bad_list *list,
				 const struct bdev_bad_list *other,
				 enum bdev_bad_cause cause,
				 enum bdev_bad_cause edge,
				 struct bdev_bad_list *edges)
{
	struct dm_bad_spans spans;
	unsigned int i;
	int error;

	error = dm_bad_get_spans(other, cause, &spans);
	if (error)
		return error;

	for (i = 0; i < list->nr && !error; i++) {
		const struct bdev_bad_range *range = &list->ranges[i];
		struct bdev_bad_range whole = *range;

		if (cause && range->cause != cause)
			continue;
		if (!range->layer) {
			error = dm_bad_add_missing(range, &spans,
						   edge ? edge : range->cause,
						   edges);
		} else if (!dm_bad_has_layer(other, range, cause)) {
			if (edge)
				whole.cause = edge;
			error = bdev_bad_list_add(edges, &whole);
		}
	}
	kvfree(spans.span);
	return error;
}

/**
 * dm_bad_diff - find out what went bad, and what became good
 * @before: what was bad, in bytes
 * @after: what is bad
 * @edges: to which what became good and what went bad is added, in this order
 *
 * What is bad for another cause than before went bad once more.
 *
 * Context: Process context, may sleep. Does not start I/O.
 * Return: 0 or -ENOMEM, in which case @edges may have grown.
 */
int dm_bad_diff(const struct bdev_bad_list *before,
		const struct bdev_bad_list *after,
		struct bdev_bad_list *edges)
{
	static const enum bdev_bad_cause causes[] = {
		BDEV_BAD_MEDIA, BDEV_BAD_MACHINE_CHECK, BDEV_BAD_REMOVED,
	};
	unsigned int i;
	int error;

	error = dm_bad_add_difference(before, after, 0, BDEV_BAD_CLEARED,
				      edges);
	for (i = 0; i < ARRAY_SIZE(causes) && !error; i++)
		error = dm_bad_add_difference(after, before, causes[i], 0,
					      edges);
	return error;
}
EXPORT_SYMBOL_IF_KUNIT(dm_bad_diff);
