/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON as it is written, without a tree: each call puts out what it is told. The
 * caller closes what it opens, in order. What is put goes to @out in large pieces, all of
 * it with json_end_line() and json_flush(). That @out failed is the caller's to look at.
 *
 * @key is the name of the member, of JSON_KEY_MAX bytes at most, or NULL in a list and
 * for the outermost value.
 */
#ifndef FSW_JSON_WRITER_H
#define FSW_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define JSON_KEY_MAX 64

#define JSON_TEXT (32 * 1024)
#define JSON_KEPT 1024

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
	uint64_t flushed; /* bytes that went to @out */
	size_t used; /* of @text */
	char text[JSON_TEXT]; /* the last, behind which nothing is cleared */
};

/* as { .out = out }, but without clearing the text: for what is done for each event */
void json_begin(struct json *json, FILE *out);

void json_open_object(struct json *json, const char *key);
void json_close_object(struct json *json);
void json_open_list(struct json *json, const char *key);
void json_close_list(struct json *json);

/* an object of a list, in a line of its own, and the end of such a list */
void json_open_line(struct json *json);
void json_close_lines(struct json *json);

/* end the line of the outermost object: the next may follow */
void json_end_line(struct json *json);
/* what was put is to be seen, although more is to come */
void json_flush(struct json *json);

void json_put_u64(struct json *json, const char *key, uint64_t value);

/*
 * Members that are numbers of a structure, as a table; each is there if all of its @bits
 * are in @present. What goes before their values is put together when this is compiled: a
 * long list has many of them.
 */
enum json_number_type {
	JSON_U32,
	JSON_U64,
	JSON_DEV, /* "major:minor", of two numbers of 32 bits */
};

struct json_number {
	const char *key;
	char begin[16]; /* "key": */
	uint8_t len; /* of that */
	uint8_t type;
	uint16_t at; /* in the structure */
	uint32_t bits;
};

#define JSON_NUMBER(key, type, at, bits)                              \
	{                                                             \
		key, "\"" key "\":", sizeof(key) + 2, type, at, bits, \
	}

void json_put_numbers(struct json *json, const struct json_number *numbers,
		      size_t nr, uint32_t present, const void *from);

void json_put_bool(struct json *json, const char *key, bool value);
/*
 * Bytes that are not valid UTF-8 are replaced by U+FFFD; false if there were any. What
 * does something to a terminal is escaped.
 */
bool json_put_string(struct json *json, const char *key, const char *value);
/* what is JSON already; without @key members, or values of a list */
void json_put_json(struct json *json, const char *key, const char *value);

/* members that are put again as they were put before, behind others or as the first */
struct json_text {
	size_t len;
	char text[JSON_KEPT];
};

/* where in the text it is, for json_keep() */
uint64_t json_position(const struct json *json);
/* keep what was put since @from; false if it was too long, then @text says nothing */
bool json_keep(const struct json *json, uint64_t from, struct json_text *text);
void json_put_kept(struct json *json, const struct json_text *text);
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
