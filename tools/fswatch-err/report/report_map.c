// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "html.h"
#include "text.h"

#define SECTOR 512

int report_map_init(struct report_map *map, size_t nr, uint64_t size)
{
	*map = (struct report_map){ .nr = nr, .unit = SECTOR };
	if (size) {
		map->fixed = true;
		map->unit = size / nr + (size % nr != 0);
	}
	map->marks = calloc(nr, 1);
	return map->marks ? 0 : -ENOMEM;
}

void report_map_free(struct report_map *map)
{
	free(map->marks);
	map->marks = NULL;
}

/* two marks become one, and there is room for as much again */
static void fold(struct report_map *map)
{
	uint8_t *marks = map->marks;
	size_t i;

	for (i = 0; i < map->nr / 2; i++)
		marks[i] = marks[2 * i] > marks[2 * i + 1] ? marks[2 * i] :
							     marks[2 * i + 1];
	for (; i < map->nr; i++)
		marks[i] = LOSS_NONE;
	map->unit *= 2;
}

void report_map_mark(struct report_map *map, uint64_t start, uint64_t end,
		     enum loss_level level)
{
	size_t i, last;

	if (start >= end)
		return;
	while (!map->fixed && map->unit <= UINT64_MAX / 2 / map->nr &&
	       end > map->unit * map->nr)
		fold(map);
	if (end > map->end)
		map->end = end;
	last = (end - 1) / map->unit;
	for (i = start / map->unit; i <= last && i < map->nr; i++) {
		if (map->marks[i] < level)
			map->marks[i] = level;
	}
}

void report_map_svg(FILE *out, const struct report_map *map, const char *what)
{
	static const char *const classes[] = {
		[LOSS_ACKNOWLEDGED] = "k", [LOSS_DEGRADED] = "g",
		[LOSS_UNOWNED] = "u",	   [LOSS_DOUBTFUL] = "d",
		[LOSS_BAD] = "b",
	};
	size_t i, from;

	/* no text in it: browsers without SVG would print that */
	fprintf(out,
		"<svg class=\"map\" viewBox=\"0 0 %zu 1\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"",
		map->nr);
	html_plain(out, what);
	fputs("\">", out);
	for (i = 0; i < map->nr;) {
		from = i;
		while (i < map->nr && map->marks[i] == map->marks[from])
			i++;
		if (map->marks[from])
			fprintf(out,
				"<rect class=\"%s\" x=\"%zu\" y=\"0\" width=\"%zu\" height=\"1\"/>",
				classes[map->marks[from]], from, i - from);
	}
	fputs("</svg>", out);
}
