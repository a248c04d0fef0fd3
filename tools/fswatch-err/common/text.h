/* SPDX-License-Identifier: GPL-2.0-only */
/* Bytes into text: UTF-8, escapes, times, UUIDs. */
#ifndef FSW_TEXT_H
#define FSW_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define TEXT_TIME_MAX 40 /* bytes that hold any time, NUL included */
#define TEXT_UUID_MAX 37
#define TEXT_SIZE_MAX 48

/*
 * Length in bytes of the UTF-8 character at the beginning of @s, of which
 * @len (at least 1) bytes can be read; 0 if it is not valid UTF-8.
 */
size_t text_utf8_length(const char *s, size_t len);
bool text_is_utf8(const char *s);

/* the code point of a valid character of @n bytes */
uint32_t text_code_point(const char *s, size_t n);
/*
 * Does this do something to a terminal, or to a reader: a control character, a separator
 * of lines, one that changes the direction of writing? None is above U+FFFF.
 */
bool text_is_unsafe(uint32_t code_point);

/*
 * Safe to print on a terminal: bytes that are not valid UTF-8, control characters,
 * characters that change the direction of writing, and the backslash become \NNN
 * (octal) for each byte; all else is left as it is. A string to free(), or NULL if
 * there is no memory.
 */
char *text_escape(const char *s);

/* 2026-11-22T22:05:47.123456789Z of nanoseconds since the epoch */
void text_time_utc(uint64_t ns, char buf[TEXT_TIME_MAX]);

/* 2026-11-22T22:05:47+00:00, in the local time zone */
void text_time_local(uint64_t ns, char buf[TEXT_TIME_MAX]);

enum time_format {
	TIME_ISO, /* as text_time_local() */
	TIME_CTIME, /* Sun Nov 22 22:05:47 2026 */
	TIME_RAW, /* 1795385147.123456789: seconds since the epoch */
	TIME_DELTA, /* +0.123456: seconds since the time before */
};

/* "iso", "ctime", "raw" or "delta"; or -1 */
int text_time_format(const char *name);

/* how times are printed, one after the other */
struct time_style {
	enum time_format format;
	uint64_t before; /* the time before, nanoseconds; 0 if there is none */
};

void text_time(struct time_style *style, uint64_t ns, char buf[TEXT_TIME_MAX]);

/* 512B, 4K, 1.5M, as lsblk has them: at most one digit behind the point */
void text_size(uint64_t bytes, char buf[TEXT_SIZE_MAX]);

void text_uuid(const uint8_t uuid[16], char buf[TEXT_UUID_MAX]);

/* the reverse; false if @s is no UUID */
bool text_to_uuid(const char *s, uint8_t uuid[16]);

/* a decimal number without sign; false if @s is anything else */
bool text_to_u64(const char *s, uint64_t *value);

#endif /* FSW_TEXT_H */
