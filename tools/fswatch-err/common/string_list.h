/* SPDX-License-Identifier: GPL-2.0-only */
/* A list of strings. */
#ifndef FSW_STRING_LIST_H
#define FSW_STRING_LIST_H

#include <stddef.h>

struct string_list {
	char **v;
	size_t nr;
};

/* add a copy; 0 or -ENOMEM */
int string_list_add(struct string_list *list, const char *string);
/* if it is not there yet */
int string_list_add_once(struct string_list *list, const char *string);
/* it is empty then */
void string_list_free(struct string_list *list);

#endif /* FSW_STRING_LIST_H */
