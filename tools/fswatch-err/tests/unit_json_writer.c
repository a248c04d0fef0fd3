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

static void expect(struct tap *tap, struct written *written, const char *want,
		   const char *name)
{
	if (fclose(written->json.out))
		abort();
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
		snprintf(code, sizeof(code), c < 0x20 ? "\\u%04x" : "%c", c);
		snprintf(want, sizeof(want), "[\"a%s\"]",
			 letters[c] ? letters[c] : code);
		begin(&w);
		json_open_list(&w.json, NULL);
		json_put_string(&w.json, NULL, one);
		json_close_list(&w.json);
		if (fclose(w.json.out))
			abort();
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
	       "[\"\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\\"\\\\/\x7f\",{\"a\":[1]}]",
	       "escapes");
}

static bool wants(const void *arg, const char *key)
{
	return !strcmp(key, arg);
}

/* members that are left out, with what is in them, and what is in those that are not */
/* more than the writer keeps at once, and a character where that ends */
static void test_long(struct tap *tap)
{
	char value[3000], want[sizeof(value) + 32];
	size_t plain, len;
	struct written w;
	bool same = true;

	for (plain = 200; plain < 2200; plain++) {
		memset(value, 'a', sizeof(value));
		memcpy(value + plain, "\xc3\xa4\n", 3);
		len = plain + 700;
		value[len] = '\0';
		snprintf(want, sizeof(want), "{\"k\":\"%.*s\xc3\xa4\\n%s\"}\n",
			 (int)plain, value, value + plain + 3);
		begin(&w);
		json_open_object(&w.json, NULL);
		json_put_string(&w.json, "k", value);
		json_close_object(&w.json);
		json_end_line(&w.json);
		if (fclose(w.json.out))
			abort();
		same = same && !strcmp(w.text, want);
		free(w.text);
	}
	ok(tap, same, "strings that are longer than what is kept");
}

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
	test_bytes(&tap);
	test_escapes(&tap);
	test_long(&tap);
	test_wanted(&tap);
	return tap.failed != 0;
}
