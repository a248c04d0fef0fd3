// SPDX-License-Identifier: GPL-2.0-only
#include "json_writer.h"

#include <string.h>

#include "text.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

static void put(const struct json *json, const char *text, size_t len)
{
	fwrite_unlocked(text, 1, len, json->out);
}

static void put_text(const struct json *json, const char *text)
{
	put(json, text, strlen(text));
}

static void put_char(const struct json *json, char c)
{
	putc_unlocked(c, json->out);
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
}

void json_put_u64(struct json *json, const char *key, uint64_t value)
{
	char digits[20], *at = digits + sizeof(digits);

	if (!begin(json, key))
		return;
	do {
		*--at = '0' + value % 10;
		value /= 10;
	} while (value);
	put(json, at, digits + sizeof(digits) - at);
}

void json_put_bool(struct json *json, const char *key, bool value)
{
	if (!begin(json, key))
		return;
	put_text(json, value ? "true" : "false");
}

/* a character that a string cannot have as it is */
static void put_escaped(const struct json *json, char c)
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

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* the string; false if bytes of it had to be replaced */
static bool put_string(const struct json *json, const char *s)
{
	size_t len = strlen(s), n;
	bool valid = true;

	put_char(json, '"');
	for (; len; s += n, len -= n) {
		for (n = 0; n < len && is_plain(s[n]);)
			n++;
		if (!n && (unsigned char)*s >= 0x80)
			n = text_utf8_length(s, len);
		if (n) {
			put(json, s, n);
			continue;
		}
		n = 1;
		if ((unsigned char)*s < 0x80) {
			put_escaped(json, *s);
		} else {
			put_text(json, REPLACEMENT);
			valid = false;
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

/* four digits for @len bytes, at most three */
static void put_group(const struct json *json, const char *s, size_t len)
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
	char buf[32];

	snprintf(buf, sizeof(buf), "%u:%u", major, minor);
	json_put_string(json, key, buf);
}
