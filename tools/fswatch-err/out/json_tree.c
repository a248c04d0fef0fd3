// SPDX-License-Identifier: GPL-2.0-only
#include "json_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static char *replace(const char *s)
{
	size_t len = strlen(s), n;
	char *out = malloc(len * strlen(REPLACEMENT) + 1), *p = out;

	if (!out)
		return NULL;
	for (; len; s += n, len -= n) {
		n = text_utf8_length(s, len);
		if (n) {
			memcpy(p, s, n);
			p += n;
		} else {
			n = 1;
			p = stpcpy(p, REPLACEMENT);
		}
	}
	*p = '\0';
	return out;
}

static char *to_base64(const void *data, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *u = data;
	char *out = malloc((len + 2) / 3 * 4 + 1), *p = out;
	uint32_t group;
	size_t i;

	if (!out)
		return NULL;
	for (i = 0; i < len; i += 3) {
		group = (uint32_t)u[i] << 16;
		if (i + 1 < len)
			group |= (uint32_t)u[i + 1] << 8;
		if (i + 2 < len)
			group |= u[i + 2];
		*p++ = digits[group >> 18];
		*p++ = digits[group >> 12 & 63];
		*p++ = i + 1 < len ? digits[group >> 6 & 63] : '=';
		*p++ = i + 2 < len ? digits[group & 63] : '=';
	}
	*p = '\0';
	return out;
}

int json_add(struct json_object *obj, const char *key,
	     struct json_object *value)
{
	if (!value)
		return -1;
	if (json_object_object_add(obj, key, value)) {
		json_object_put(value);
		return -1;
	}
	return 0;
}

int json_add_string(struct json_object *obj, const char *key, const char *value)
{
	return json_add(obj, key, json_object_new_string(value));
}

int json_add_u64(struct json_object *obj, const char *key, uint64_t value)
{
	return json_add(obj, key, json_object_new_uint64(value));
}

int json_add_uuid(struct json_object *obj, const char *key, const uint8_t *uuid)
{
	char buf[TEXT_UUID_MAX];

	text_uuid(uuid, buf);
	return json_add_string(obj, key, buf);
}

int json_add_dev(struct json_object *obj, const char *key, uint32_t major,
		 uint32_t minor)
{
	char buf[32];

	snprintf(buf, sizeof(buf), "%u:%u", major, minor);
	return json_add_string(obj, key, buf);
}

/* @value as a JSON string, what is not UTF-8 replaced */
static struct json_object *new_text(const char *value)
{
	char *valid = replace(value);
	struct json_object *str = NULL;

	if (valid)
		str = json_object_new_string(valid);
	free(valid);
	return str;
}

static struct json_object *new_base64(const char *value)
{
	char *base64 = to_base64(value, strlen(value));
	struct json_object *str = NULL;

	if (base64)
		str = json_object_new_string(base64);
	free(base64);
	return str;
}

int json_add_bytes(struct json_object *obj, const char *key, const char *value)
{
	char raw[32];

	if (json_add(obj, key, new_text(value)))
		return -1;
	if (text_is_utf8(value))
		return 0;
	snprintf(raw, sizeof(raw), "%s_raw", key);
	return json_add(obj, raw, new_base64(value));
}

int json_write(FILE *out, struct json_object *obj)
{
	const char *text;

	text = json_object_to_json_string_ext(
		obj, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text || fprintf(out, "%s\n", text) < 0)
		return -ENOMEM;
	return 0;
}
