// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records in JSON: what is made once for those that follow each other in a list is what
 * each of them would have had alone.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "examples.h"
#include "format.h"
#include "messages.h"
#include "tap.h"

static void must(bool good)
{
	if (!good)
		abort();
}

/*
 * All of @views, as lines; with what they have in common in @parts, if there are any, and
 * @after called for these after each line
 */
static char *write_views(const struct view *const *views, size_t nr,
			 struct json_parts *parts,
			 void (*after)(struct json_parts *parts))
{
	struct json json = { .out = NULL };
	char *text = NULL;
	size_t len, i;

	json.out = open_memstream(&text, &len);
	must(json.out);
	json_open_object(&json, NULL);
	json_open_list(&json, "damage");
	for (i = 0; i < nr; i++) {
		json_open_line(&json);
		json_record_members(&json, views[i], parts);
		json_close_object(&json);
		if (after)
			after(parts);
	}
	json_close_lines(&json);
	json_close_object(&json);
	json_end_line(&json);
	must(!fclose(json.out));
	return text;
}

/* each after the other, and after itself; says what is different */
static bool same_text(const struct view *a, const struct view *b)
{
	const struct view *const views[] = { a, b, b, a, a };
	struct json_parts parts = { .head.view = NULL };
	char *common = write_views(views, 5, &parts, NULL);
	char *alone = write_views(views, 5, NULL, NULL);
	bool same = !strcmp(common, alone);

	if (!same)
		printf("# got:  %s\n# want: %s\n", common, alone);
	free(common);
	free(alone);
	return same;
}

/* numbers that may be another one in the next record; of one instance, the rest may not */
#define NUMBER(member)                                  \
	{                                               \
		offsetof(struct fserror_record, member) \
	}
static const struct {
	size_t at;
} numbers[] = {
	NUMBER(seq),
	NUMBER(time),
	NUMBER(kind),
	NUMBER(error),
	NUMBER(cause),
	NUMBER(flags),
	NUMBER(meta),
	NUMBER(role),
	NUMBER(generation),
	NUMBER(nlink),
	NUMBER(ino),
	NUMBER(root),
	NUMBER(offset),
	NUMBER(length),
	NUMBER(instance),
	NUMBER(fs_seq),
	NUMBER(repeat),
	NUMBER(count),
	NUMBER(device.major),
	NUMBER(device.minor),
	NUMBER(device.offset),
	NUMBER(device.length),
	NUMBER(device.present),
	NUMBER(origin.major),
	NUMBER(origin.offset),
	NUMBER(layer),
};

static bool test_numbers(const struct view *view)
{
	struct fserror_record rec;
	struct view other = *view;
	bool good = true;
	size_t i;

	other.rec = &rec;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		rec = *view->rec;
		((char *)&rec)[numbers[i].at] ^= 1;
		good &= same_text(view, &other);
	}
	return good;
}

static bool test_present(const struct view *view)
{
	struct fserror_record rec;
	struct view other = *view;
	bool good = true;
	int attr;

	other.rec = &rec;
	for (attr = 1; attr <= FSERROR_A_RECORD_MAX; attr++) {
		rec = *view->rec;
		rec.present ^= UINT32_C(1) << attr;
		good &= same_text(view, &other);
	}
	return good;
}

static char *names_two[] = { "/srv/a\n\x1b[31m", "/srv/\xff" };
static char long_source[JSON_KEPT * 2];

static bool test_view(const struct view *view)
{
	static const struct path_result one = { PATH_OK, 0, 2, names_two, 1 };
	static const struct path_result two = { PATH_PARTIAL, EIO, 2, names_two,
						2 };
	struct view other = *view;
	bool good;

	other.boot_id = NULL;
	good = same_text(view, &other);
	other = *view;
	other.paths = NULL;
	good &= same_text(view, &other);
	other.paths = &one;
	good &= same_text(view, &other);
	other.paths = &two;
	good &= same_text(view, &other);
	other.source = "/dev/\"\x01\xfe\\";
	good &= same_text(view, &other);
	other.target = "/srv/\xe2\x82";
	good &= same_text(view, &other);
	/* it is too long to be kept, or just not */
	other.source = long_source;
	good &= same_text(view, &other);
	for (other.source += JSON_KEPT; *other.source; other.source++)
		good &= same_text(view, &other);
	return good;
}

static void test_pairs(struct tap *tap, bool live)
{
	static const struct path_result one = { PATH_OK, 0, 1, names_two, 1 };
	struct fserror_record recs[EXAMPLES_MAX];
	struct view views[EXAMPLES_MAX];
	bool pairs = true, numbers_good = true, present = true, view = true;
	size_t nr = examples_make(recs, live), i, j;

	for (i = 0; i < nr; i++)
		views[i] = (struct view){
			.rec = &recs[i],
			.boot_id = test_boot_id,
			.source = "/dev/pmem0",
			.target = "/srv",
			.paths = paths_possible(&recs[i]) ? &one : NULL,
		};
	for (i = 0; i < nr; i++) {
		for (j = 0; j < nr; j++)
			pairs &= same_text(&views[i], &views[j]);
		numbers_good &= test_numbers(&views[i]);
		present &= test_present(&views[i]);
		view &= test_view(&views[i]);
	}
	ok(tap, pairs, "%s: each example after each",
	   live ? "events" : "damage");
	ok(tap, numbers_good, "another number");
	ok(tap, present, "something that the other has not");
	ok(tap, view, "other names, mounts, boot id");
}

/* names that no member has, in what was kept */
static void spoil_kept(struct json_parts *parts)
{
	parts->head.text.text[1] = 'V';
	parts->middle.text.text[2] = 'F';
}

/* that it is put again is not seen in the text: it is what was kept, also if that is wrong */
static void test_kept(struct tap *tap)
{
	const struct fserror_record rec = record_data_lost(0);
	const struct view view = { .rec = &rec };
	const struct view *const views[] = { &view, &view };
	struct json_parts parts = { .head.view = NULL };
	char *text = write_views(views, 2, &parts, spoil_kept);

	ok(tap,
	   strstr(text, "\n{\"V\":2,") && strstr(text, "\"Flags\":") &&
		   !strncmp(text, "{\"damage\":[\n{\"v\":2,", 19),
	   "what is the same is not made again");
	free(text);
}

int main(void)
{
	struct tap tap = { 0 };

	memset(long_source, 's', sizeof(long_source) - 1);
	test_pairs(&tap, false);
	test_pairs(&tap, true);
	test_kept(&tap);
	return tap.failed != 0;
}
