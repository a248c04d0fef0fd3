// SPDX-License-Identifier: GPL-2.0-only
/* Records into files, names relative to a directory, and the JSON of both. */
#include <stdlib.h>

#include "damaged.h"
#include "files.h"
#include "tap.h"

static char *names_f[] = { "/srv/a b", "/srv/d/\xff", "/srv2/c" };
static char *names_g[] = { "/srv/d/g", "/srv/z" };
static char *names_root[] = { "/srv" };
static char *names_deep[] = { "/srv/d" };

static const struct path_result f = { PATH_OK, 0, 3, names_f, 3 };
static const struct path_result g = { PATH_PARTIAL, 0, 3, names_g, 2 };
static const struct path_result root = { PATH_OK, 0, 1, names_root, 1 };
static const struct path_result deep = { PATH_OK, 0, 1, names_deep, 1 };
static const struct path_result unlinked = { PATH_UNLINKED, 0, 0, NULL, 0 };
static const struct path_result stale = { PATH_STALE, 0, 0, NULL, 0 };

static struct fserror_record record(uint64_t ino, uint64_t offset,
				    uint64_t length)
{
	return (struct fserror_record){
		.present = 1 << FSERROR_A_RECORD_KIND |
			   1 << FSERROR_A_RECORD_MAJOR |
			   1 << FSERROR_A_RECORD_MINOR |
			   1 << FSERROR_A_RECORD_INO |
			   1 << FSERROR_A_RECORD_GENERATION |
			   1 << FSERROR_A_RECORD_OFFSET |
			   1 << FSERROR_A_RECORD_LENGTH,
		.kind = FSERROR_KIND_DATA_LOST,
		.major = 259,
		.minor = 1,
		.ino = ino,
		.generation = 7,
		.offset = offset,
		.length = length,
	};
}

struct scene {
	struct fserror_record recs[16];
	struct view v[16];
	struct views views;
};

static void add(struct scene *scene, struct fserror_record rec,
		const struct path_result *paths)
{
	size_t nr = scene->views.nr++;

	scene->recs[nr] = rec;
	scene->v[nr] = (struct view){ .rec = &scene->recs[nr], .paths = paths };
	scene->views.v = scene->v;
}

static struct damaged make(const struct scene *scene, const char *dir)
{
	struct damaged damaged;

	if (damaged_make(&damaged, &scene->views, dir))
		abort();
	return damaged;
}

static char *json(const struct damaged *damaged, bool incomplete)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file || files_json(file, damaged, incomplete) || fclose(file))
		abort();
	return text;
}

/* "OFFSET+LENGTH ..." of the only file, after checking that it is one */
static void ranges(struct tap *tap, const struct scene *scene, const char *want,
		   const char *name)
{
	struct damaged damaged = make(scene, NULL);
	char got[512] = "";
	size_t len = 0, i;

	ok(tap, damaged.nr_files == 1, "%s: one file", name);
	for (i = 0; i < damaged.files[0].nr_ranges; i++)
		len += snprintf(got + len, sizeof(got) - len, "%s%ju+%ju",
				i ? " " : "",
				(uintmax_t)damaged.files[0].ranges[i].offset,
				(uintmax_t)damaged.files[0].ranges[i].length);
	ok_string(tap, got, want, name);
	damaged_free(&damaged);
}

static void test_ranges(struct tap *tap)
{
	struct scene scene = { 0 };

	add(&scene, record(5, 8192, 512), &f);
	add(&scene, record(5, 0, 512), &f);
	add(&scene, record(5, 512, 512), &f);
	add(&scene, record(5, 8192, 512), &f);
	add(&scene, record(5, 1536, 512), &f);
	ranges(tap, &scene, "0+1024 1536+512 8192+512",
	       "ranges in order, joined where they touch");
	add(&scene, record(5, 1000, 8000), &f);
	ranges(tap, &scene, "0+9000", "one that spans others");
	add(&scene, record(5, UINT64_MAX - 10, 8), &f);
	add(&scene, record(5, UINT64_MAX - 5, UINT64_MAX), &f);
	ranges(tap, &scene, "0+9000 18446744073709551605+18446744073709551615",
	       "lengths that no file has");

	scene = (struct scene){ 0 };
	add(&scene, record(5, 0, 0), &f);
	scene.recs[0].present &=
		~(1 << FSERROR_A_RECORD_OFFSET | 1 << FSERROR_A_RECORD_LENGTH);
	ranges(tap, &scene, "", "metadata has no place in the file");
	scene.recs[0].present |= 1 << FSERROR_A_RECORD_LENGTH;
	ranges(tap, &scene, "", "nor has a length alone");
}

/* names with a slash after each */
static void names(struct tap *tap, const struct scene *scene, const char *dir,
		  const char *want, size_t outside)
{
	struct damaged damaged = make(scene, dir);
	char got[512] = "";
	size_t len = 0, i;

	for (i = 0; i < damaged.nr_names; i++)
		len += snprintf(got + len, sizeof(got) - len, "%s|",
				damaged.names[i].name);
	ok_string(tap, got, want, dir ? dir : "no directory");
	ok(tap, damaged.outside == outside, "%zu names are outside",
	   damaged.outside);
	damaged_free(&damaged);
}

static void test_names(struct tap *tap)
{
	struct scene scene = { 0 };

	names(tap, &scene, NULL, "", 0);
	add(&scene, record(9, 0, 512), &g);
	add(&scene, record(5, 0, 512), &f);
	add(&scene, record(9, 512, 512), &g);
	add(&scene, record(6, 512, 512), &unlinked);
	add(&scene, record(7, 512, 512), NULL);
	names(tap, &scene, NULL,
	      "/srv/a b|/srv/d/g|/srv/d/\xff|/srv/z|/srv2/c|", 0);
	names(tap, &scene, "/", "srv/a b|srv/d/g|srv/d/\xff|srv/z|srv2/c|", 0);
	names(tap, &scene, "/srv", "a b|d/g|d/\xff|z|", 1);
	names(tap, &scene, "/srv/d", "g|\xff|", 3);
	names(tap, &scene, "/sr", "", 5);
	names(tap, &scene, "/srv/d/g/h", "", 5);

	/* what was renamed between two searches */
	add(&scene, record(8, 512, 512), &g);
	names(tap, &scene, "/srv", "a b|d/g|d/\xff|z|", 1);

	scene = (struct scene){ 0 };
	add(&scene, record(9, 0, 512), &root);
	add(&scene, record(8, 0, 512), &deep);
	names(tap, &scene, "/srv", ".|d|", 0);
}

static void test_counts(struct tap *tap)
{
	struct scene scene = { 0 };
	struct damaged damaged;

	add(&scene, record(5, 0, 512), &unlinked);
	add(&scene, record(6, 0, 512), &unlinked);
	add(&scene, record(6, 4096, 512), &unlinked);
	add(&scene, record(7, 0, 512), &stale);
	add(&scene, record(7, 0, 512), &f);
	scene.recs[4].generation = 8;
	add(&scene, record(7, 0, 512), &g);
	scene.recs[5].minor = 2;
	/* a range that belongs to no file */
	add(&scene, record(0, 0, 512), NULL);
	scene.recs[6].present = 1 << FSERROR_A_RECORD_KIND;
	damaged = make(&scene, NULL);
	ok(tap, damaged.nr_files == 5,
	   "files differ by filesystem, inode and generation");
	ok(tap, damaged.unlinked == 2, "files without a name are counted");
	damaged_free(&damaged);
}

static void test_json(struct tap *tap)
{
	struct scene scene = { 0 };
	struct damaged damaged;
	char *got;

	damaged = make(&scene, NULL);
	got = json(&damaged, true);
	ok_string(tap, got, "{\"v\":1,\"incomplete\":true,\"files\":[]}\n",
		  "JSON of nothing");
	free(got);
	damaged_free(&damaged);

	add(&scene, record(9, 4096, 512), &unlinked);
	add(&scene, record(5, 512, 512), &f);
	add(&scene, record(5, 4096, 4096), &f);
	damaged = make(&scene, "/srv");
	got = json(&damaged, false);
	ok_string(
		tap, got,
		"{\"v\":1,\"incomplete\":false,\"files\":[\n"
		"{\"path\":\"a b\",\"path_state\":\"ok\",\"dev\":\"259:1\",\"ino\":5,\"gen\":7,"
		"\"ranges\":[{\"offset\":512,\"length\":512},{\"offset\":4096,\"length\":4096}]},\n"
		"{\"path\":\"d/\xef\xbf\xbd\",\"path_raw\":\"ZC//\",\"path_state\":\"ok\",\"dev\":\"259:1\",\"ino\":5,\"gen\":7,"
		"\"ranges\":[{\"offset\":512,\"length\":512},{\"offset\":4096,\"length\":4096}]},\n"
		"{\"path_state\":\"unlinked\",\"dev\":\"259:1\",\"ino\":9,\"gen\":7,"
		"\"ranges\":[{\"offset\":4096,\"length\":512}]}\n"
		"]}\n",
		"JSON of names, and of a file that has none");
	free(got);
	damaged_free(&damaged);
}

int main(void)
{
	struct tap tap = { 0 };

	test_ranges(&tap);
	test_names(&tap);
	test_counts(&tap);
	test_json(&tap);
	return tap.failed != 0;
}
