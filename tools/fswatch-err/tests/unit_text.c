// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include <libfserror.h>

#include "tap.h"
#include "text.h"

static void test_utf8(struct tap *tap)
{
	static const struct {
		const char *s;
		bool valid;
		const char *what;
	} cases[] = {
		{ "", true, "empty" },
		{ "abc", true, "ASCII" },
		{ "\xc3\xa4", true, "two bytes" },
		{ "\xe2\x82\xac", true, "three bytes" },
		{ "\xf0\x9f\x98\x80", true, "four bytes" },
		{ "\xf4\x8f\xbf\xbf", true, "U+10FFFF" },
		{ "\xed\x9f\xbf", true, "below the surrogates" },
		{ "\xee\x80\x80", true, "above the surrogates" },
		{ "\xc3", false, "cut after one of two" },
		{ "\xe2\x82", false, "cut after two of three" },
		{ "\xf0\x9f\x98", false, "cut after three of four" },
		{ "\xc3(", false, "no tail" },
		{ "\x80", false, "tail alone" },
		{ "\xc0\xaf", false, "overlong slash" },
		{ "\xc1\xbf", false, "overlong of two" },
		{ "\xe0\x9f\xbf", false, "overlong of three" },
		{ "\xf0\x8f\xbf\xbf", false, "overlong of four" },
		{ "\xed\xa0\x80", false, "surrogate" },
		{ "\xf4\x90\x80\x80", false, "above U+10FFFF" },
		{ "\xf5\x80\x80\x80", false, "lead byte F5" },
		{ "\xff", false, "FF" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ok(tap, text_is_utf8(cases[i].s) == cases[i].valid, "utf8: %s",
		   cases[i].what);
}

static void test_escape(struct tap *tap)
{
	static const struct {
		const char *s, *escaped, *what;
	} cases[] = {
		{ "/srv/f", "/srv/f", "plain" },
		{ "a b", "a b", "blank stays" },
		{ "a\nb\tc", "a\\012b\\011c", "newline and tab" },
		{ "\x1b[31m", "\\033[31m", "escape sequence" },
		{ "\x7f", "\\177", "DEL" },
		{ "\xc2\x9b", "\\302\\233", "CSI as one character" },
		{ "\xc2\xa0", "\xc2\xa0", "first printable above C1" },
		{ "a\\012", "a\\134012", "backslash" },
		{ "\xff\xfe", "\\377\\376", "not UTF-8" },
		{ "\xc3\xa4\xc3", "\xc3\xa4\\303", "cut at the end" },
		{ "\xd8\x9c", "\\330\\234", "Arabic letter mark" },
		{ "\xe2\x80\xae", "\\342\\200\\256", "right-to-left override" },
		{ "\xe2\x81\xa6", "\\342\\201\\246", "isolate" },
		{ "\xe2\x80\xaf", "\xe2\x80\xaf",
		  "neighbour of the overrides" },
	};
	size_t i;
	char *s;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[64];

		snprintf(name, sizeof(name), "escape: %s", cases[i].what);
		s = text_escape(cases[i].s);
		ok_string(tap, s, cases[i].escaped, name);
		free(s);
	}
}

static void test_time(struct tap *tap)
{
	char buf[TEXT_TIME_MAX];

	text_time_utc(UINT64_C(1795385147123456789), buf);
	ok_string(tap, buf, "2026-11-22T22:05:47.123456789Z", "time: UTC");
	text_time_utc(UINT64_C(1795385147000000001), buf);
	ok_string(tap, buf, "2026-11-22T22:05:47.000000001Z",
		  "time: leading zeros of the nanoseconds");
	text_time_utc(0, buf);
	ok_string(tap, buf, "1970-01-01T00:00:00.000000000Z", "time: epoch");
	text_time_utc(UINT64_MAX, buf);
	ok_string(tap, buf, "2554-07-21T23:34:33.709551615Z", "time: the last");
	setenv("TZ", "UTC0", 1);
	tzset();
	text_time_local(UINT64_C(1795385147123456789), buf);
	ok_string(tap, buf, "2026-11-22T22:05:47+00:00", "time: local, UTC");
	setenv("TZ", "IST-5:30", 1);
	tzset();
	text_time_local(UINT64_C(1795385147123456789), buf);
	ok_string(tap, buf, "2026-11-23T03:35:47+05:30", "time: local, +05:30");
}

static void test_numbers(struct tap *tap)
{
	static const char *const bad[] = {
		"",   " 1",   "-1",  "+1",
		"1x", "0x10", "1.5", "18446744073709551616",
	};
	uint64_t value;
	size_t i;

	ok(tap, text_to_u64("0", &value) && value == 0, "number: 0");
	ok(tap,
	   text_to_u64("18446744073709551615", &value) && value == UINT64_MAX,
	   "number: the largest");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(tap, !text_to_u64(bad[i], &value), "number: not '%s'",
		   bad[i]);
}

static void test_time_styles(struct tap *tap)
{
	const uint64_t when = UINT64_C(1795385147123456789);
	struct time_style style = { .format = TIME_CTIME };
	char buf[TEXT_TIME_MAX];

	setenv("TZ", "UTC0", 1);
	tzset();
	text_time(&style, when, buf);
	ok_string(tap, buf, "Sun Nov 22 22:05:47 2026", "time: ctime");
	style.format = TIME_RAW;
	text_time(&style, when, buf);
	ok_string(tap, buf, "1795385147.123456789", "time: raw");
	style = (struct time_style){ .format = TIME_DELTA };
	text_time(&style, when, buf);
	ok_string(tap, buf, "+0.000000", "time: the first has no delta");
	text_time(&style, when + 1500000000, buf);
	ok_string(tap, buf, "+1.500000", "time: delta");
	text_time(&style, when, buf);
	ok_string(tap, buf, "-1.500000", "time: the clock was set back");
	ok(tap,
	   text_time_format("delta") == TIME_DELTA &&
		   text_time_format("DELTA") == -1,
	   "time: names of the formats");
}

static void test_sizes(struct tap *tap)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0B" },
		{ 512, "512B" },
		{ 1023, "1023B" },
		{ 1024, "1K" },
		{ 4096, "4K" },
		{ 1536, "1.5K" },
		{ (UINT64_C(1) << 20) - 1, "1023.9K" },
		{ UINT64_C(1) << 40, "1T" },
		{ UINT64_MAX, "15.9E" },
	};
	char buf[TEXT_SIZE_MAX];
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		text_size(sizes[i].bytes, buf);
		ok_string(tap, buf, sizes[i].text, sizes[i].text);
	}
}

static void test_uuids(struct tap *tap)
{
	static const char *const wrong[] = {
		"",
		"01234567-89ab-cdef-fedc-ba987654321",
		"01234567-89ab-cdef-fedc-ba98765432100",
		"0123456789abcdeffedcba9876543210",
		"01234567-89ab-cdef-fedc-ba987654321g",
		"01234567-89ab-cdef-fedc-ba98765432 0",
	};
	char buf[TEXT_UUID_MAX];
	uint8_t uuid[16];
	size_t i;

	if (ok(tap, text_to_uuid("01234567-89AB-cdef-fedc-ba9876543210", uuid),
	       "uuid: read")) {
		text_uuid(uuid, buf);
		ok_string(tap, buf, "01234567-89ab-cdef-fedc-ba9876543210",
			  "uuid: and written");
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ok(tap, !text_to_uuid(wrong[i], uuid), "uuid: not '%s'",
		   wrong[i]);
}

static void test_names(struct tap *tap)
{
	const uint8_t uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
				   0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98,
				   0x76, 0x54, 0x32, 0x10 };
	char buf[TEXT_UUID_MAX], word[FSERROR_WORD_MAX];

	text_uuid(uuid, buf);
	ok_string(tap, buf, "01234567-89ab-cdef-fedc-ba9876543210", "uuid");
	ok_string(tap, fserror_kind_name(5, word), "data-lost", "kind 5");
	ok_string(tap, fserror_kind_name(11, word), "test", "kind 11");
	ok_string(tap, fserror_kind_name(0, word), "unknown-0", "kind 0");
	ok_string(tap, fserror_kind_name(14, word), "unmount", "kind 14");
	ok_string(tap, fserror_kind_name(15, word), "unknown-15", "kind 15");
	ok_string(tap, fserror_role_name(4, word), "member", "role 4");
	ok_string(tap, fserror_group_name(2, word), "io", "group 2");
	ok_string(tap, fserror_flag_name(9, word), "late", "flag 9");
	ok_string(tap, fserror_kind_name(UINT32_MAX, word),
		  "unknown-4294967295", "largest kind");
	ok_string(tap, fserror_cause_name(2, word), "machine-check", "cause 2");
	ok_string(tap, fserror_meta_name(11, word), "internal-file", "meta 11");
	ok_string(tap, fserror_flag_name(4, word), "unmapped", "flag 4");
	ok_string(tap, fserror_flag_name(31, word), "unknown-31", "flag 31");
	ok(tap,
	   fserror_kind_from_name("data-lost") == FSERROR_KIND_DATA_LOST &&
		   fserror_kind_from_name("test") == FSERROR_KIND_TEST,
	   "kinds by name");
	ok(tap,
	   fserror_kind_from_name("") < 0 && fserror_kind_from_name("data") < 0,
	   "no such kinds");
	ok(tap, fserror_cause_from_name("removed") == FSERROR_CAUSE_REMOVED,
	   "cause by name");
}

int main(void)
{
	struct tap tap = { 0 };

	test_utf8(&tap);
	test_escape(&tap);
	test_time(&tap);
	test_time_styles(&tap);
	test_sizes(&tap);
	test_uuids(&tap);
	test_numbers(&tap);
	test_names(&tap);
	return tap.failed != 0;
}
