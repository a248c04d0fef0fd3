// SPDX-License-Identifier: GPL-2.0-only
/* JSON as it is written: what is escaped, and where the commas go. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_writer.h"
#include "tap.h"

struct written {
	struct json json;
	char *text;
	size_t len;
};

static void begin(struct written *written)
{
	*written = (struct written){ .text = NULL };
	written->json.out = open_memstream(&written->text, &written->len);
	if (!written->json.out)
		abort();
}

static void finish(struct written *written)
{
	json_flush(&written->json);
	if (fclose(written->json.out))
		abort();
}

static void expect(struct tap *tap, struct written *written, const char *want,
		   const char *name)
{
	finish(written);
	ok_string(tap, written->text, want, name);
	free(written->text);
}

static void test_forms(struct tap *tap)
{
	static const uint8_t uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
					  0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98,
					  0x76, 0x54, 0x32, 0x10 };
	struct written w;
	struct json *json = &w.json;

	begin(&w);
	json_open_object(json, NULL);
	json_close_object(json);
	json_end_line(json);
	json_open_object(json, NULL);
	json_put_u64(json, "zero", 0);
	json_put_u64(json, "most", UINT64_MAX);
	json_open_object(json, "in");
	json_close_object(json);
	json_open_list(json, "list");
	json_put_u64(json, NULL, 10);
	json_put_string(json, NULL, "s");
	json_open_list(json, NULL);
	json_close_list(json);
	json_open_object(json, NULL);
	json_put_bool(json, "yes", true);
	json_close_object(json);
	json_close_list(json);
	json_put_bool(json, "no", false);
	json_put_dev(json, "dev", 259, 1048575);
	json_put_uuid(json, "uuid", uuid);
	json_close_object(json);
	json_end_line(json);
	expect(tap, &w,
	       "{}\n{\"zero\":0,\"most\":18446744073709551615,\"in\":{},"
	       "\"list\":[10,\"s\",[],{\"yes\":true}],\"no\":false,"
	       "\"dev\":\"259:1048575\","
	       "\"uuid\":\"01234567-89ab-cdef-fedc-ba9876543210\"}\n",
	       "objects, lists, numbers");

	begin(&w);
	json_open_object(json, NULL);
	json_open_list(json, "none");
	json_close_lines(json);
	json_open_list(json, "two");
	json_open_line(json);
	json_put_u64(json, "a", 1);
	json_close_object(json);
	json_open_line(json);
	json_close_object(json);
	json_close_lines(json);
	json_put_u64(json, "b", 2);
	json_close_object(json);
	expect(tap, &w, "{\"none\":[],\"two\":[\n{\"a\":1},\n{}\n],\"b\":2}",
	       "a line for each");
}

struct numbers {
	uint32_t narrow, major, minor;
	uint64_t wide;
};

static const struct json_number numbers[] = {
	JSON_NUMBER("n", JSON_U32, offsetof(struct numbers, narrow), 1),
	JSON_NUMBER("dev", JSON_DEV, offsetof(struct numbers, major), 2 | 4),
	/* as long as it may be */
	JSON_NUMBER("thirteen_long", JSON_U64, offsetof(struct numbers, wide),
		    8),
};

static bool is_plain_number(const struct numbers *from)
{
	char want[128];
	struct written w;
	bool good;

	snprintf(want, sizeof(want),
		 "{\"n\":%u,\"dev\":\"%u:%u\",\"thirteen_long\":%ju}",
		 from->narrow, from->major, from->minor, (uintmax_t)from->wide);
	begin(&w);
	json_open_object(&w.json, NULL);
	json_put_numbers(&w.json, numbers, 3, 15, from);
	json_close_object(&w.json);
	finish(&w);
	good = !strcmp(w.text, want);
	if (!good)
		printf("# got:  %s\n# want: %s\n", w.text, want);
	free(w.text);
	return good;
}

static bool wants(const void *arg, const char *key)
{
	return !strcmp(key, arg);
}

static void test_numbers(struct tap *tap)
{
	struct numbers from = { 0 };
	uint64_t power = 1;
	struct written w;
	bool good = true;
	int digits, d;

	/* each length, and each pair of digits */
	for (digits = 1; digits <= 20; digits++, power *= 10) {
		for (d = -1; d <= 1; d++) {
			from.wide = power + d;
			from.narrow = from.minor = (uint32_t)from.wide;
			from.major = ~from.narrow;
			good &= is_plain_number(&from);
		}
	}
	for (from.wide = 0; from.wide < 20000; from.wide++) {
		from.narrow = from.major = (uint32_t)from.wide;
		good &= is_plain_number(&from);
	}
	from = (struct numbers){ UINT32_MAX, UINT32_MAX, UINT32_MAX,
				 UINT64_MAX };
	good &= is_plain_number(&from);
	ok(tap, good, "numbers are as printf() has them");

	from = (struct numbers){ 1, 2, 3, 4 };
	begin(&w);
	json_open_list(&w.json, NULL);
	for (d = 0; d < 16; d++) {
		json_open_object(&w.json, NULL);
		json_put_numbers(&w.json, numbers, 3, d, &from);
		json_close_object(&w.json);
	}
	json_close_list(&w.json);
	expect(tap, &w,
	       "[{},{\"n\":1},{},{\"n\":1},{},{\"n\":1},"
	       "{\"dev\":\"2:3\"},{\"n\":1,\"dev\":\"2:3\"},"
	       "{\"thirteen_long\":4},{\"n\":1,\"thirteen_long\":4},"
	       "{\"thirteen_long\":4},{\"n\":1,\"thirteen_long\":4},"
	       "{\"thirteen_long\":4},{\"n\":1,\"thirteen_long\":4},"
	       "{\"dev\":\"2:3\",\"thirteen_long\":4},"
	       "{\"n\":1,\"dev\":\"2:3\",\"thirteen_long\":4}]",
	       "those that are there");

	begin(&w);
	json_open_object(&w.json, NULL);
	w.json.wants = wants;
	w.json.arg = "dev";
	json_put_numbers(&w.json, numbers, 3, 15, &from);
	json_open_object(&w.json, "no");
	json_put_numbers(&w.json, numbers, 3, 15, &from);
	json_close_object(&w.json);
	w.json.arg = "yes";
	json_open_object(&w.json, "yes");
	json_put_numbers(&w.json, numbers, 3, 1, &from);
	json_close_object(&w.json);
	json_close_object(&w.json);
	expect(tap, &w, "{\"dev\":\"2:3\",\"yes\":{\"n\":1}}",
	       "those that are wanted");
}

/* what is to be kept begins @left bytes before the end of what the writer has */
static bool is_kept_or_gone(size_t left)
{
	static const char want[] = ",\"k\":\"0123456789\",\"u\":7";
	static char filler[JSON_TEXT + 1];
	static struct json_text text;
	struct written w;
	uint64_t from;
	bool kept, good;

	memset(filler, '1', sizeof(filler));
	filler[JSON_TEXT - left] = '\0';
	text.len = 0;
	begin(&w);
	json_open_object(&w.json, NULL);
	json_put_json(&w.json, "p", filler);
	from = json_position(&w.json);
	json_put_string(&w.json, "k", "0123456789");
	json_put_u64(&w.json, "u", 7);
	kept = json_keep(&w.json, from, &text);
	/* a string may be sent on its way early, that is for it to know */
	good = kept || left < 1200;
	good &= !kept || (text.len == strlen(want) &&
			  !memcmp(text.text, want, text.len));
	finish(&w);
	free(w.text);
	return good;
}

/* what is put again, of each length around what can be kept */
static void test_kept(struct tap *tap)
{
	static struct json_text text;
	char value[JSON_KEPT + 8];
	struct written w;
	bool good = true, kept;
	uint64_t from;
	size_t len;

	for (len = 0; len < sizeof(value); len++) {
		memset(value, 'v', len);
		value[len] = '\0';
		begin(&w);
		json_open_object(&w.json, NULL);
		json_put_u64(&w.json, "a", 1);
		from = json_position(&w.json);
		json_put_string(&w.json, "k", value);
		json_put_bool(&w.json, "b", true);
		kept = json_keep(&w.json, from, &text);
		good &= kept ==
			(text.len == len + strlen(",\"k\":\"\",\"b\":true"));
		json_close_object(&w.json);
		json_open_object(&w.json, NULL);
		json_put_u64(&w.json, "c", 3);
		if (kept)
			json_put_kept(&w.json, &text);
		json_put_u64(&w.json, "d", 4);
		json_close_object(&w.json);
		finish(&w);
		good &= !kept ||
			(w.len ==
				 2 * text.len +
					 strlen("{\"a\":1},{\"c\":3,\"d\":4}") &&
			 !memcmp(w.text + strlen("{\"a\":1"), text.text,
				 text.len) &&
			 !memcmp(w.text + text.len +
					 strlen("{\"a\":1},{\"c\":3"),
				 text.text, text.len));
		/* the short ones, and not those that would not fit */
		good &= kept || len > JSON_KEPT / 2;
		good &= !kept || len < JSON_KEPT;
		free(w.text);
	}
	ok(tap, good, "what was put is put again");
	good = true;
	for (len = 1; len < 2 * JSON_KEPT; len++)
		good &= is_kept_or_gone(len);
	ok(tap, good, "unless its begin is gone already");
}

static void test_bytes(struct tap *tap)
{
	/* base64: RFC 4648, section 10 */
	static const char *const base64[][2] = {
		{ "", "[\"\"]" },
		{ "f", "[\"Zg==\"]" },
		{ "fo", "[\"Zm8=\"]" },
		{ "foo", "[\"Zm9v\"]" },
		{ "foob", "[\"Zm9vYg==\"]" },
		{ "fooba", "[\"Zm9vYmE=\"]" },
		{ "foobar", "[\"Zm9vYmFy\"]" },
		{ "\xff\xfe\xfb", "[\"//77\"]" },
		{ "\xfb\xef\xbe", "[\"++++\"]" },
	};
	struct written w;
	struct json *json = &w.json;
	size_t i;

	begin(&w);
	json_open_object(json, NULL);
	json_put_bytes(json, "good", "/\xc3\xa4\xf0\x9f\x98\x80");
	json_put_bytes(json, "p", "a\xff\xc3\xa4\xe2\x82");
	json_put_string(json, "cut", "\xe2\x82");
	json_close_object(json);
	expect(tap, &w,
	       "{\"good\":\"/\xc3\xa4\xf0\x9f\x98\x80\","
	       "\"p\":\"a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd\","
	       "\"p_raw\":\"Yf/DpOKC\",\"cut\":\"\xef\xbf\xbd\xef\xbf\xbd\"}",
	       "each bad byte is replaced, and all are there in base64");
	for (i = 0; i < sizeof(base64) / sizeof(base64[0]); i++) {
		begin(&w);
		json_open_list(json, NULL);
		json_put_base64(json, NULL, base64[i][0]);
		json_close_list(json);
		expect(tap, &w, base64[i][1], "base64");
	}
}

/* each ASCII character, in JSON's words (RFC 8259, section 7) */
static void test_escapes(struct tap *tap)
{
	static const char *const letters[128] = {
		['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n",	 ['\f'] = "\\f",
		['\r'] = "\\r", ['"'] = "\\\"", ['\\'] = "\\\\",
	};
	char one[] = "ac", want[16], code[8];
	struct written w;
	bool good = true;
	int c;

	for (c = 1; c < 128; c++) {
		one[1] = c;
		snprintf(code, sizeof(code),
			 c < 0x20 || c == 0x7f ? "\\u%04x" : "%c", c);
		snprintf(want, sizeof(want), "[\"a%s\"]",
			 letters[c] ? letters[c] : code);
		begin(&w);
		json_open_list(&w.json, NULL);
		json_put_string(&w.json, NULL, one);
		json_close_list(&w.json);
		finish(&w);
		good &= !strcmp(w.text, want);
		free(w.text);
	}
	ok(tap, good, "each ASCII character");
	begin(&w);
	json_open_list(&w.json, NULL);
	json_put_string(&w.json, NULL, "\x01\b\t\n\v\f\r\x1f\"\\/\x7f");
	json_put_json(&w.json, NULL, "{\"a\":[1]}");
	json_close_list(&w.json);
	expect(tap, &w,
	       "[\"\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\\u007f\",{\"a\":[1]}]",
	       "escapes");
	begin(&w);
	json_open_object(&w.json, NULL);
	json_put_bytes(&w.json, "c1", "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0");
	json_put_bytes(&w.json, "turned",
		       "\xd8\x9c\xe2\x80\x8e\xe2\x80\xae\xe2\x81\xa6!");
	json_put_bytes(&w.json, "lines", "\xe2\x80\xa8\xe2\x80\xa9\xff");
	json_close_object(&w.json);
	expect(tap, &w,
	       "{\"c1\":\"\\u0080\\u009b\\u009f\xc2\xa0\","
	       "\"turned\":\"\\u061c\\u200e\\u202e\\u2066!\","
	       "\"lines\":\"\\u2028\\u2029\xef\xbf\xbd\","
	       "\"lines_raw\":\"4oCo4oCp/w==\"}",
	       "what a terminal obeys");
}

/* more than the writer keeps at once, and characters where that ends */
static bool is_long(size_t plain)
{
	static char value[JSON_TEXT + 2000], want[sizeof(value) + 32];
	const size_t len = plain + 700;
	struct written w;
	bool same;

	memset(value, 'a', len);
	memcpy(value + plain, "\xc3\xa4\n", 3);
	value[len] = '\0';
	snprintf(want, sizeof(want), "{\"k\":\"%.*s\xc3\xa4\\n%s\"}\n",
		 (int)plain, value, value + plain + 3);
	begin(&w);
	json_open_object(&w.json, NULL);
	json_put_string(&w.json, "k", value);
	json_close_object(&w.json);
	json_end_line(&w.json);
	finish(&w);
	same = !strcmp(w.text, want);
	free(w.text);
	return same;
}

/* as is_long(), with lines; the end is at another place in each of them */
static bool are_lines(struct numbers *from)
{
	char *want = NULL;
	struct written w;
	bool same;
	FILE *mem;
	size_t len;
	int i;

	mem = open_memstream(&want, &len);
	if (!mem)
		abort();
	fprintf(mem, "{\"l\":[");
	begin(&w);
	json_open_object(&w.json, NULL);
	json_open_list(&w.json, "l");
	for (i = 0; i < 700; i++) {
		from->narrow += 11;
		from->wide *= 3;
		json_open_line(&w.json);
		json_put_numbers(&w.json, numbers, 3, 15, from);
		json_put_u64(&w.json, "u", from->wide);
		json_put_dev(&w.json, "d", from->narrow, 1);
		json_put_bool(&w.json, "b", i & 1);
		json_put_bytes(&w.json, "s", "/\n\xff");
		json_put_json(&w.json, "j", "[1]");
		json_close_object(&w.json);
		fprintf(mem,
			"%s\n{\"n\":%u,\"dev\":\"%u:%u\",\"thirteen_long\":%ju,"
			"\"u\":%ju,\"d\":\"%u:1\",\"b\":%s,"
			"\"s\":\"/\\n\xef\xbf\xbd\",\"s_raw\":\"Lwr/\",\"j\":[1]}",
			i ? "," : "", from->narrow, from->major, from->minor,
			(uintmax_t)from->wide, (uintmax_t)from->wide,
			from->narrow, i & 1 ? "true" : "false");
	}
	json_close_lines(&w.json);
	json_close_object(&w.json);
	json_end_line(&w.json);
	fprintf(mem, "\n]}\n");
	if (fclose(mem))
		abort();
	finish(&w);
	same = len > 2 * JSON_TEXT && !strcmp(w.text, want);
	free(w.text);
	free(want);
	return same;
}

static void test_long(struct tap *tap)
{
	struct numbers from = { 1, 2, 3, 5 };
	bool same = true;
	size_t i;

	for (i = 900; i < 1100; i++)
		same &= is_long(i);
	for (i = JSON_TEXT - 1100; i < JSON_TEXT + 100; i++)
		same &= is_long(i);
	ok(tap, same, "strings that are longer than what is kept");
	same = true;
	for (i = 0; i < 100; i++)
		same &= are_lines(&from);
	ok(tap, same, "lines that are more than that");
}

/* members that are left out, with what is in them, and what is in those that are not */
static void test_wanted(struct tap *tap)
{
	struct written w;

	begin(&w);
	json_open_object(&w.json, NULL);
	w.json.wants = wants;
	w.json.arg = "b";
	json_put_u64(&w.json, "a", 1);
	json_open_object(&w.json, "c");
	json_put_u64(&w.json, "b", 2);
	json_open_list(&w.json, "d");
	json_put_bool(&w.json, NULL, true);
	json_close_list(&w.json);
	json_close_object(&w.json);
	json_open_object(&w.json, "b");
	json_put_bytes(&w.json, "a", "\xff");
	json_close_object(&w.json);
	json_put_uuid(&w.json, "e", (const uint8_t[16]){ 0 });
	json_close_object(&w.json);
	w.json.wants = NULL;
	expect(tap, &w, "{\"b\":{\"a\":\"\xef\xbf\xbd\",\"a_raw\":\"/w==\"}}",
	       "only what is wanted");
}

int main(void)
{
	struct tap tap = { 0 };

	test_forms(&tap);
	test_numbers(&tap);
	test_kept(&tap);
	test_bytes(&tap);
	test_escapes(&tap);
	test_long(&tap);
	test_wanted(&tap);
	return tap.failed != 0;
}
