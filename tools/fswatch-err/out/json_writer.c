// SPDX-License-Identifier: GPL-2.0-only
#include "json_writer.h"

#include <string.h>

#include "text.h"

/* what has lines is a list in the outermost object */
#define LINES_NESTED 2

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static void flush(struct json *json)
{
	fwrite_unlocked(json->text, 1, json->used, json->out);
	json->used = 0;
}

/* where the next @len bytes may be put, at most all of the text */
static char *room(struct json *json, size_t len)
{
	if (len > sizeof(json->text) - json->used)
		flush(json);
	return json->text + json->used;
}

static void put_char(struct json *json, char c)
{
	*room(json, 1) = c;
	json->used++;
}

/* at most all of the text */
static void put(struct json *json, const char *text, size_t len)
{
	char *to = room(json, len);

	json->used += len;
	while (len--)
		*to++ = *text++;
}

static void put_text(struct json *json, const char *text)
{
	put(json, text, strlen(text));
}

/* what goes before a value; false if it is to be left out */
static bool begin(struct json *json, const char *key)
{
	if (json->skipped)
		return false;
	if (json->wants && !json->depth && key && !json->wants(json->arg, key))
		return false;
	if (json->comma)
		put_char(json, ',');
	json->comma = true;
	if (!key)
		return true;
	put_char(json, '"');
	put_text(json, key);
	put(json, "\":", 2);
	return true;
}

static void open_with(struct json *json, const char *key, char c)
{
	if (!begin(json, key)) {
		json->skipped++;
		return;
	}
	put_char(json, c);
	json->comma = false;
	json->nested++;
	if (json->wants)
		json->depth++;
}

static void close_with(struct json *json, char c)
{
	if (json->skipped) {
		json->skipped--;
		return;
	}
	if (json->depth)
		json->depth--;
	put_char(json, c);
	json->comma = true;
	json->nested--;
	if (json->nested <= LINES_NESTED)
		flush(json);
}

void json_open_object(struct json *json, const char *key)
{
	open_with(json, key, '{');
}

void json_close_object(struct json *json)
{
	close_with(json, '}');
}

void json_open_list(struct json *json, const char *key)
{
	open_with(json, key, '[');
}

void json_close_list(struct json *json)
{
	close_with(json, ']');
}

void json_open_line(struct json *json)
{
	if (json->comma)
		put_char(json, ',');
	put(json, "\n{", 2);
	json->comma = false;
	json->nested++;
}

void json_close_lines(struct json *json)
{
	if (json->comma)
		put_char(json, '\n');
	json_close_list(json);
}

void json_end_line(struct json *json)
{
	put_char(json, '\n');
	json->comma = false;
	flush(json);
}

static void put_u64(struct json *json, uint64_t value)
{
	char digits[20], *at = digits + sizeof(digits);

	do {
		*--at = '0' + value % 10;
		value /= 10;
	} while (value);
	put(json, at, digits + sizeof(digits) - at);
}

void json_put_u64(struct json *json, const char *key, uint64_t value)
{
	if (begin(json, key))
		put_u64(json, value);
}

void json_put_bool(struct json *json, const char *key, bool value)
{
	if (!begin(json, key))
		return;
	put_text(json, value ? "true" : "false");
}

/* a character that a string cannot have as it is */
static void put_escaped(struct json *json, char c)
{
	static const char digits[] = "0123456789abcdef";
	static const char *const letters = "\b\t\n\f\r\"\\";
	const char *letter = strchr(letters, c);
	char code[] = "\\u0000";

	if (letter) {
		put_char(json, '\\');
		put_char(json, "btnfr\"\\"[letter - letters]);
		return;
	}
	code[4] = digits[(unsigned char)c >> 4];
	code[5] = digits[c & 15];
	put(json, code, sizeof(code) - 1);
}

/* what a string has as it is */
static const bool plain[256] = {
	[0x20 ... '"' - 1] = true,
	['"' + 1 ... '\\' - 1] = true,
	['\\' + 1 ... 0x7f] = true,
};

static bool is_plain(char c)
{
	return plain[(unsigned char)c];
}

/* as far as it can be put as it is; returns what is behind that */
static const char *put_plain(struct json *json, const char *s)
{
	char *to = room(json, sizeof(json->text) / 4);
	const char *end = to + sizeof(json->text) / 4;

	while (to < end && is_plain(*s))
		*to++ = *s++;
	json->used = to - json->text;
	return s;
}

/* the string; false if bytes of it had to be replaced */
static bool put_string(struct json *json, const char *s)
{
	bool valid = true;
	size_t n;

	put_char(json, '"');
	while (*(s = put_plain(json, s))) {
		if (is_plain(*s))
			continue;
		if ((unsigned char)*s < 0x80) {
			put_escaped(json, *s++);
			continue;
		}
		n = text_utf8_length(s, strnlen(s, 4));
		if (n) {
			put(json, s, n);
			s += n;
		} else {
			put_text(json, REPLACEMENT);
			valid = false;
			s++;
		}
	}
	put_char(json, '"');
	return valid;
}

void json_put_string(struct json *json, const char *key, const char *value)
{
	if (!begin(json, key))
		return;
	put_string(json, value);
}

void json_put_json(struct json *json, const char *key, const char *value)
{
	size_t len = strlen(value), n;

	if (!begin(json, key))
		return;
	for (; len; value += n, len -= n) {
		n = len < sizeof(json->text) ? len : sizeof(json->text);
		put(json, value, n);
	}
}

/* four digits for @len bytes, at most three */
static void put_group(struct json *json, const char *s, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char u[3] = { 0 };
	char group[4];

	memcpy(u, s, len);
	group[0] = digits[u[0] >> 2];
	group[1] = digits[(u[0] & 3) << 4 | u[1] >> 4];
	group[2] = len > 1 ? digits[(u[1] & 15) << 2 | u[2] >> 6] : '=';
	group[3] = len > 2 ? digits[u[2] & 63] : '=';
	put(json, group, sizeof(group));
}

void json_put_base64(struct json *json, const char *key, const char *value)
{
	size_t len = strlen(value), n;

	if (!begin(json, key))
		return;
	put_char(json, '"');
	for (; len; value += n, len -= n) {
		n = len < 3 ? len : 3;
		put_group(json, value, n);
	}
	put_char(json, '"');
}

void json_put_bytes(struct json *json, const char *key, const char *value)
{
	char raw[32];

	if (!begin(json, key))
		return;
	if (put_string(json, value))
		return;
	snprintf(raw, sizeof(raw), "%s_raw", key);
	json_put_base64(json, raw, value);
}

void json_put_uuid(struct json *json, const char *key, const uint8_t *uuid)
{
	char buf[TEXT_UUID_MAX];

	text_uuid(uuid, buf);
	json_put_string(json, key, buf);
}

void json_put_dev(struct json *json, const char *key, uint32_t major,
		  uint32_t minor)
{
	if (!begin(json, key))
		return;
	put_char(json, '"');
	put_u64(json, major);
	put_char(json, ':');
	put_u64(json, minor);
	put_char(json, '"');
}
