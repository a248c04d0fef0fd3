/* SPDX-License-Identifier: GPL-2.0-only */
/* JSON as a tree of json-c. */
#ifndef FSW_JSON_TREE_H
#define FSW_JSON_TREE_H

#include <stdint.h>
#include <stdio.h>

struct json_object;

/*
 * Add a string member @key. Bytes that are no valid UTF-8 are replaced in it,
 * and then there is a second member @key_raw with the bytes in base64.
 * Returns 0 or -1.
 */
int json_add_bytes(struct json_object *obj, const char *key, const char *value);
int json_add_string(struct json_object *obj, const char *key,
		    const char *value);
int json_add_u64(struct json_object *obj, const char *key, uint64_t value);
int json_add_uuid(struct json_object *obj, const char *key,
		  const uint8_t *uuid);
/* "major:minor" */
int json_add_dev(struct json_object *obj, const char *key, uint32_t major,
		 uint32_t minor);
/* takes @value, which may be NULL: that is a failure */
int json_add(struct json_object *obj, const char *key,
	     struct json_object *value);

/* write @obj in one line with a newline */
int json_write(FILE *out, struct json_object *obj);

#endif /* FSW_JSON_TREE_H */
