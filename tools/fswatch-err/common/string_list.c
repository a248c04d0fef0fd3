// SPDX-License-Identifier: GPL-2.0-only
#include "string_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int string_list_add(struct string_list *list, const char *string)
{
	char **v = reallocarray(list->v, list->nr + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	list->v = v;
	v[list->nr] = strdup(string);
	if (!v[list->nr])
		return -ENOMEM;
	list->nr++;
	return 0;
}

int string_list_add_once(struct string_list *list, const char *string)
{
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (!strcmp(list->v[i], string))
			return 0;
	}
	return string_list_add(list, string);
}

void string_list_free(struct string_list *list)
{
	while (list->nr)
		free(list->v[--list->nr]);
	free(list->v);
	memset(list, 0, sizeof(*list));
}
