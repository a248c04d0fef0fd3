// SPDX-License-Identifier: GPL-2.0-only
#include "text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_SEC UINT64_C(1000000000)

static bool is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t text_utf8_length(const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] < 0x80)
		return 1;
	if (u[0] >= 0xc2 && u[0] <= 0xdf)
		return len >= 2 && is_tail(u[1]) ? 2 : 0;
	if (u[0] >= 0xe0 && u[0] <= 0xef) {
		if (len < 3 || !is_tail(u[1]) || !is_tail(u[2]))
			return 0;
		/* not the shortest form, or half of a surrogate pair */
		if ((u[0] == 0xe0 && u[1] < 0xa0) ||
		    (u[0] == 0xed && u[1] > 0x9f))
			return 0;
		return 3;
	}
	if (u[0] >= 0xf0 && u[0] <= 0xf4) {
		if (len < 4 || !is_tail(u[1]) || !is_tail(u[2]) ||
		    !is_tail(u[3]))
			return 0;
		/* not the shortest form, or above U+10FFFF */
		if ((u[0] == 0xf0 && u[1] < 0x90) ||
		    (u[0] == 0xf4 && u[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

bool text_is_utf8(const char *s)
{
	size_t len = strlen(s), n;

	for (; len; s += n, len -= n) {
		n = text_utf8_length(s, len);
		if (!n)
			return false;
	}
	return true;
}

uint32_t text_code_point(const char *s, size_t n)
{
	static const unsigned char first_mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)s[0] & first_mask[n];
	size_t i;

	for (i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

bool text_is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	       c == 0x200e || c == 0x200f || /* direction marks */
	       (c >= 0x2028 && c <= 0x202e) || /* separators, embeddings */
	       (c >= 0x2066 && c <= 0x2069); /* isolates */
}

char *text_escape(const char *s)
{
	size_t len = strlen(s), n, shown;
	char *out = malloc(len * 4 + 1), *p = out;

	if (!out)
		return NULL;
	for (; len; s += n, len -= n) {
		n = text_utf8_length(s, len);
		if (n && *s != '\\' && !text_is_unsafe(text_code_point(s, n))) {
			memcpy(p, s, n);
			p += n;
			continue;
		}
		if (!n)
			n = 1;
		for (shown = 0; shown < n; shown++)
			p += sprintf(p, "\\%03o", (unsigned char)s[shown]);
	}
	*p = '\0';
	return out;
}

void text_time_utc(uint64_t ns, char buf[TEXT_TIME_MAX])
{
	time_t sec = ns / NS_PER_SEC;
	struct tm tm;
	size_t len;

	gmtime_r(&sec, &tm);
	len = strftime(buf, TEXT_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + len, TEXT_TIME_MAX - len, ".%09" PRIu64 "Z",
		 ns % NS_PER_SEC);
}

void text_time_local(uint64_t ns, char buf[TEXT_TIME_MAX])
{
	time_t sec = ns / NS_PER_SEC;
	struct tm tm;
	size_t len;

	localtime_r(&sec, &tm);
	len = strftime(buf, TEXT_TIME_MAX - 1, "%Y-%m-%dT%H:%M:%S%z", &tm);
	/* RFC 3339 has a colon in the offset, strftime() has none */
	memmove(buf + len - 1, buf + len - 2, 3);
	buf[len - 2] = ':';
}

int text_time_format(const char *name)
{
	static const char *const names[] = {
		[TIME_ISO] = "iso",
		[TIME_CTIME] = "ctime",
		[TIME_RAW] = "raw",
		[TIME_DELTA] = "delta",
	};
	int i;

	for (i = TIME_ISO; i <= TIME_DELTA; i++) {
		if (!strcmp(name, names[i]))
			return i;
	}
	return -1;
}

void text_time(struct time_style *style, uint64_t ns, char buf[TEXT_TIME_MAX])
{
	uint64_t before = style->before ? style->before : ns, delta;
	time_t sec = ns / NS_PER_SEC;
	struct tm tm;

	style->before = ns;
	switch (style->format) {
	case TIME_ISO:
		text_time_local(ns, buf);
		break;
	case TIME_CTIME:
		localtime_r(&sec, &tm);
		strftime(buf, TEXT_TIME_MAX, "%a %b %e %H:%M:%S %Y", &tm);
		break;
	case TIME_RAW:
		snprintf(buf, TEXT_TIME_MAX, "%" PRIu64 ".%09" PRIu64,
			 ns / NS_PER_SEC, ns % NS_PER_SEC);
		break;
	case TIME_DELTA:
		/* the clock may have been set back */
		delta = ns < before ? before - ns : ns - before;
		snprintf(buf, TEXT_TIME_MAX, "%c%" PRIu64 ".%06" PRIu64,
			 ns < before ? '-' : '+', delta / NS_PER_SEC,
			 delta % NS_PER_SEC / 1000);
		break;
	}
}

void text_size(uint64_t bytes, char buf[TEXT_SIZE_MAX])
{
	static const char units[] = "BKMGTPE";
	uint64_t unit = 1, tenths;
	unsigned int i = 0;

	while (bytes / unit >= 1024 && units[i + 1]) {
		unit *= 1024;
		i++;
	}
	/* the rest of a large number times 10 would not fit */
	tenths = i ? (bytes % unit) / (unit / 1024) * 10 / 1024 : 0;
	if (tenths)
		snprintf(buf, TEXT_SIZE_MAX, "%" PRIu64 ".%" PRIu64 "%c",
			 bytes / unit, tenths, units[i]);
	else
		snprintf(buf, TEXT_SIZE_MAX, "%" PRIu64 "%c", bytes / unit,
			 units[i]);
}

void text_uuid(const uint8_t uuid[16], char buf[TEXT_UUID_MAX])
{
	static const char digits[] = "0123456789abcdef";
	char *p = buf;
	int i;

	for (i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[uuid[i] >> 4];
		*p++ = digits[uuid[i] & 15];
	}
	*p = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_to_uuid(const char *s, uint8_t uuid[16])
{
	int i, high, low;

	for (i = 0; i < 16; i++) {
		if ((i == 4 || i == 6 || i == 8 || i == 10) && *s++ != '-')
			return false;
		high = hex_digit(s[0]);
		low = high < 0 ? -1 : hex_digit(s[1]);
		if (low < 0)
			return false;
		uuid[i] = high << 4 | low;
		s += 2;
	}
	return !*s;
}

bool text_to_u64(const char *s, uint64_t *value)
{
	char *end;

	/* strtoull() would take blanks and signs */
	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*value = strtoull(s, &end, 10);
	return !errno && !*end;
}
