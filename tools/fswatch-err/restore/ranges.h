/* SPDX-License-Identifier: GPL-2.0-only */
/* Sets of byte ranges. */
#ifndef FSW_RANGES_H
#define FSW_RANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct range {
	uint64_t offset, end; /* end is the first byte after it */
};

struct ranges {
	struct range *v;
	size_t nr, room;
};

/* the end of @length bytes from @offset on, no more than the greatest number */
uint64_t range_end(uint64_t offset, uint64_t length);

/* @value rounded to a multiple of @unit, a power of two */
uint64_t range_down(uint64_t value, uint64_t unit);
uint64_t range_up(uint64_t value, uint64_t unit);

/* 0 or -ENOMEM; nothing is added if @end is not above @offset */
int ranges_add(struct ranges *ranges, uint64_t offset, uint64_t end);

/* sort, and make one of those that overlap or touch */
void ranges_merge(struct ranges *ranges);
void ranges_free(struct ranges *ranges);

/* how many bytes; of merged ranges */
uint64_t ranges_bytes(const struct ranges *ranges);

/* the number of the first of the merged ranges that ends after @offset, or nr */
size_t ranges_after(const struct ranges *ranges, uint64_t offset);

/* is a byte of @offset to @end in the merged @ranges? */
bool ranges_overlap(const struct ranges *ranges, uint64_t offset, uint64_t end);

/*
 * Cut @offset to @end where one of the merged @ranges begins or ends: @piece
 * becomes the first part, *@inside whether it is in them. @offset < @end.
 */
void ranges_piece(const struct ranges *ranges, uint64_t offset, uint64_t end,
		  struct range *piece, bool *inside);

#endif /* FSW_RANGES_H */
