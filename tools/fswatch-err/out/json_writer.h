/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON as it is written, without a tree: each call puts out what it is told. The
 * caller closes what it opens, in order. A value that is whole, and a line of a list,
 * are in @out; what is open may be here in part. That @out failed is the caller's to look at.
 *
 * @key is the name of the member, or NULL in a list and for the outermost value.
 */
#ifndef FSW_JSON_WRITER_H
#define FSW_JSON_WRITER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	bool comma; /* something is before the next value */
	/*
	 * If it is set: is a member of the object that is open then wanted? Those that
	 * are not are left out with all that is in them.
	 */
	bool (*wants)(const void *arg, const char *key);
	const void *arg;
	unsigned int depth; /* in what is open since @wants was set */
	unsigned int skipped; /* open, and left out */
	unsigned int nested; /* objects and lists that are open */
	size_t used; /* of @text, which goes to @out in larger pieces */
	char text[1024];
};

void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_list(struct json *json, const char *key);
void json_close_list(struct json *json);

/* an object of a list, in a line of its own, and the end of such a list */
void json_open_line(struct json *json);
void json_close_lines(struct json *json);

/* end the line of the outermost object: the next may follow */
void json_end_line(struct json *json);

void json_put_u64(struct json *json, const char *key, uint64_t value);
void json_put_bool(struct json *json, const char *key, bool value);
/* bytes that are not valid UTF-8 are replaced by U+FFFD */
void json_put_string(struct json *json, const char *key, const char *value);
/* what is JSON already; without @key members, or values of a list */
void json_put_json(struct json *json, const char *key, const char *value);
void json_put_base64(struct json *json, const char *key, const char *value);
/*
 * As a string; if bytes had to be replaced there is a second member @key_raw with
 * all of them in base64.
 */
void json_put_bytes(struct json *json, const char *key, const char *value);
void json_put_uuid(struct json *json, const char *key, const uint8_t *uuid);
/* "major:minor" */
void json_put_dev(struct json *json, const char *key, uint32_t major,
		  uint32_t minor);

#endif /* FSW_JSON_WRITER_H */
