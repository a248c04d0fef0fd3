// SPDX-License-Identifier: GPL-2.0-only
#include "json_writer.h"

#include <string.h>

#include "text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

void json_begin(struct json *json, FILE *out)
{
	/* not the text, of which nothing counts yet */
	memset(json, 0, offsetof(struct json, text));
	json->out = out;
}

void json_flush(struct json *json)
{
	fwrite_unlocked(json->text, 1, json->used, json->out);
	json->flushed += json->used;
	json->used = 0;
}

/* where the next @len bytes may be put, at most all of the text */
static char *room(struct json *json, size_t len)
{
	if (len > sizeof(json->text) - json->used)
		json_flush(json);
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
	memcpy(room(json, len), text, len);
	json->used += len;
}

static void put_text(struct json *json, const char *text)
{
	put(json, text, strlen(text));
}

static bool is_wanted(const struct json *json, const char *key)
{
	if (json->skipped)
		return false;
	return !json->wants || json->depth || !key ||
	       json->wants(json->arg, key);
}

/* what goes before a value; false if it is to be left out */
static bool begin(struct json *json, const char *key)
{
	char *to, *end;

	if (!is_wanted(json, key))
		return false;
	to = room(json, JSON_KEY_MAX + 4);
	if (json->comma)
		*to++ = ',';
	json->comma = true;
	if (key) {
		*to++ = '"';
		/* short: to call a function for it would take longer */
		for (end = to + JSON_KEY_MAX; *key && to < end;)
			*to++ = *key++;
		*to++ = '"';
		*to++ = ':';
	}
	json->used = to - json->text;
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
	json_flush(json);
}

#define DIGITS_MAX 20 /* of 64 bits */

/* the digits at @to, where DIGITS_MAX bytes are free; returns what is behind them */
static inline char *put_digits(char *to, uint64_t value)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324"
		"25262728293031323334353637383940414243444546474849"
		"50515253545556575859606162636465666768697071727374"
		"75767778798081828384858687888990919293949596979899";
	/* of the second half nothing counts: the copy is of the same size always */
	char digits[2 * DIGITS_MAX] = { 0 };
	char *const end = digits + DIGITS_MAX;
	char *at = end;

	for (; value >= 100; value /= 100) {
		at -= 2;
		memcpy(at, pairs + value % 100 * 2, 2);
	}
	if (value >= 10) {
		at -= 2;
		memcpy(at, pairs + value * 2, 2);
	} else {
		*--at = '0' + value;
	}
	memcpy(to, at, DIGITS_MAX);
	return to + (end - at);
}

static void put_u64(struct json *json, uint64_t value)
{
	char *to = room(json, DIGITS_MAX);

	json->used = put_digits(to, value) - json->text;
}

void json_put_u64(struct json *json, const char *key, uint64_t value)
{
	if (begin(json, key))
		put_u64(json, value);
}

/* "259:1" */
static char *put_dev(char *to, uint32_t major, uint32_t minor)
{
	*to++ = '"';
	to = put_digits(to, major);
	*to++ = ':';
	to = put_digits(to, minor);
	*to++ = '"';
	return to;
}

#define DEV_MAX (2 * DIGITS_MAX + 3)

static char *put_number(char *to, enum json_number_type type, const char *at)
{
	uint32_t narrow[2];
	uint64_t wide;

	switch (type) {
	case JSON_U32:
		memcpy(narrow, at, sizeof(narrow[0]));
		return put_digits(to, narrow[0]);
	case JSON_U64:
		memcpy(&wide, at, sizeof(wide));
		return put_digits(to, wide);
	case JSON_DEV:
		memcpy(narrow, at, sizeof(narrow));
		return put_dev(to, narrow[0], narrow[1]);
	}
	return to;
}

void json_put_numbers(struct json *json, const struct json_number *numbers,
		      size_t nr, uint32_t present, const void *from)
{
	const struct json_number *number;
	char *to;

	for (number = numbers; number < numbers + nr; number++) {
		if ((present & number->bits) != number->bits ||
		    !is_wanted(json, number->key))
			continue;
		to = room(json, 1 + sizeof(number->begin) + DEV_MAX);
		if (json->comma)
			*to++ = ',';
		json->comma = true;
		/* of the same size always, so that no function is called */
		memcpy(to, number->begin, sizeof(number->begin));
		to = put_number(to + number->len, number->type,
				(const char *)from + number->at);
		json->used = to - json->text;
	}
}

void json_put_bool(struct json *json, const char *key, bool value)
{
	if (!begin(json, key))
		return;
	put_text(json, value ? "true" : "false");
}

/* a character that a string cannot have as it is, or better has not; below U+10000 */
static void put_escaped(struct json *json, uint32_t c)
{
	static const char digits[] = "0123456789abcdef";
	static const char letters[] = "\b\t\n\f\r\"\\";
	const char *letter = c < 0x80 ? strchr(letters, (char)c) : NULL;
	char code[] = "\\u0000";
	int i;

	if (letter) {
		put_char(json, '\\');
		put_char(json, "btnfr\"\\"[letter - letters]);
		return;
	}
	for (i = 5; c; i--, c >>= 4)
		code[i] = digits[c & 15];
	put(json, code, sizeof(code) - 1);
}

/* what a string has as it is */
static const bool plain[256] = {
	[0x20 ... '"' - 1] = true,
	['"' + 1 ... '\\' - 1] = true,
	['\\' + 1 ... 0x7e] = true,
};

static bool is_plain(char c)
{
	return plain[(unsigned char)c];
}

#define PLAIN_MAX 1024 /* at once */

/* as far as it can be put as it is; returns what is behind that */
static const char *put_plain(struct json *json, const char *s)
{
	char *to = room(json, PLAIN_MAX);
	const char *end = to + PLAIN_MAX;

	while (to < end && is_plain(*s))
		*to++ = *s++;
	json->used = to - json->text;
	return s;
}

/* the string; false if bytes of it had to be replaced */
static bool put_string(struct json *json, const char *s)
{
	bool valid = true;
	uint32_t c;
	size_t n;

	put_char(json, '"');
	while (*(s = put_plain(json, s))) {
		if (is_plain(*s))
			continue;
		n = text_utf8_length(s, strnlen(s, 4));
		c = n ? text_code_point(s, n) : 0;
		if (!n) {
			put_text(json, REPLACEMENT);
			valid = false;
			n = 1;
		} else if (n == 1 || text_is_unsafe(c)) {
			put_escaped(json, c);
		} else {
			put(json, s, n);
		}
		s += n;
	}
	put_char(json, '"');
	return valid;
}

bool json_put_string(struct json *json, const char *key, const char *value)
{
	return !begin(json, key) || put_string(json, value);
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

uint64_t json_position(const struct json *json)
{
	return json->flushed + json->used;
}

bool json_keep(const struct json *json, uint64_t from, struct json_text *text)
{
	const uint64_t len = json_position(json) - from;

	/* the first of it may be gone already */
	if (from < json->flushed || len > sizeof(text->text))
		return false;
	memcpy(text->text, json->text + (from - json->flushed), len);
	text->len = len;
	return true;
}

void json_put_kept(struct json *json, const struct json_text *text)
{
	put(json, text->text, text->len);
	json->comma = true;
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
	if (begin(json, key))
		json->used =
			put_dev(room(json, DEV_MAX), major, minor) - json->text;
}
