// SPDX-License-Identifier: GPL-2.0-only
/* Records into files, names relative to a directory, and the JSON of both. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "lost_files.h"
#include "tap.h"

static char *names_f[] = { "/srv/a b", "/srv/d/\xff", "/srv2/c" };
static char *names_g[] = { "/srv/d/g", "/srv/z" };
static char *names_one[] = { "/srv/one" };
static char *names_root[] = { "/srv" };
static char *names_deep[] = { "/srv/d" };

static const struct path_result f = { PATH_OK, 0, 3, names_f, 3 };
static const struct path_result g = { PATH_PARTIAL, 0, 3, names_g, 2 };
static const struct path_result one = { PATH_OK, 0, 1, names_one, 1 };
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

static struct lost_files make(const struct scene *scene, const char *dir)
{
	struct lost_files files;
	size_t i;

	if (lost_files_init(&files, dir))
		abort();
	/* their order must not matter */
	for (i = scene->views.nr; i--;) {
		if (lost_files_add(&files, &scene->v[i]))
			abort();
	}
	return files;
}

static char *json(struct lost_files *files, bool incomplete)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!file || files_json(file, files, incomplete) || fclose(file))
		abort();
	return text;
}

/* what the visitors see */
struct seen {
	char text[512];
	size_t len, files;
};

static int see_name(void *arg, const struct lost_file *file)
{
	struct seen *seen = arg;

	seen->files++;
	if (file->name && !file->again)
		seen->len += snprintf(seen->text + seen->len,
				      sizeof(seen->text) - seen->len, "%s|",
				      file->name);
	return 0;
}

static int see_file(void *arg, const struct lost_file *file)
{
	struct seen *seen = arg;

	(void)file;
	seen->files++;
	return 0;
}

static int see_range(void *arg, uint64_t offset, uint64_t length)
{
	struct seen *seen = arg;

	seen->len += snprintf(seen->text + seen->len,
			      sizeof(seen->text) - seen->len, "%s%ju+%ju",
			      seen->len ? " " : "", (uintmax_t)offset,
			      (uintmax_t)length);
	return 0;
}

/* "OFFSET+LENGTH ..." of the only file, after checking that it is one */
static void ranges(struct tap *tap, const struct scene *scene, const char *want,
		   const char *name)
{
	static const struct lost_files_visitor visitor = { .begin = see_file,
							   .range = see_range };
	struct lost_files files = make(scene, NULL);
	struct seen seen = { .len = 0 };

	ok(tap, !lost_files_each(&files, &visitor, &seen) && seen.files == 1,
	   "%s: one file", name);
	ok_string(tap, seen.text, want, name);
	lost_files_free(&files);
}

static void test_ranges(struct tap *tap)
{
	struct scene scene = { 0 };

	add(&scene, record(5, 8192, 512), &one);
	add(&scene, record(5, 0, 512), &one);
	add(&scene, record(5, 512, 512), &one);
	add(&scene, record(5, 8192, 512), &one);
	add(&scene, record(5, 1536, 512), &one);
	ranges(tap, &scene, "0+1024 1536+512 8192+512",
	       "ranges in order, joined where they touch");
	add(&scene, record(5, 1000, 8000), &one);
	ranges(tap, &scene, "0+9000", "one that spans others");
	add(&scene, record(5, UINT64_MAX - 10, 8), &one);
	add(&scene, record(5, UINT64_MAX - 5, UINT64_MAX), &one);
	ranges(tap, &scene, "0+9000 18446744073709551605+18446744073709551615",
	       "lengths that no file has");

	scene = (struct scene){ 0 };
	add(&scene, record(5, 0, 0), &one);
	scene.recs[0].present &=
		~(1 << FSERROR_A_RECORD_OFFSET | 1 << FSERROR_A_RECORD_LENGTH);
	ranges(tap, &scene, "", "metadata has no place in the file");
	scene.recs[0].present |= 1 << FSERROR_A_RECORD_LENGTH;
	ranges(tap, &scene, "", "nor has a length alone");
}

/* names with a bar after each */
static void names(struct tap *tap, const struct scene *scene, const char *dir,
		  const char *want, size_t outside)
{
	static const struct lost_files_visitor visitor = { .begin = see_name };
	struct lost_files files = make(scene, dir);
	struct seen seen = { .len = 0 };

	if (lost_files_each(&files, &visitor, &seen))
		abort();
	ok_string(tap, seen.text, want, dir ? dir : "no directory");
	ok(tap, files.outside == outside, "%zu names are outside",
	   files.outside);
	lost_files_free(&files);
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
	static const struct lost_files_visitor visitor = { .begin = see_file };
	struct seen seen = { .len = 0 };
	struct scene scene = { 0 };
	struct lost_files files;

	add(&scene, record(5, 0, 512), &unlinked);
	add(&scene, record(6, 0, 512), &unlinked);
	add(&scene, record(6, 4096, 512), &unlinked);
	add(&scene, record(7, 0, 512), &stale);
	add(&scene, record(7, 0, 512), &one);
	scene.recs[4].generation = 8;
	add(&scene, record(7, 0, 512), &deep);
	scene.recs[5].minor = 2;
	/* a range that belongs to no file */
	add(&scene, record(0, 0, 512), NULL);
	scene.recs[6].present = 1 << FSERROR_A_RECORD_KIND;
	files = make(&scene, NULL);
	ok(tap, !lost_files_each(&files, &visitor, &seen) && seen.files == 5,
	   "files differ by filesystem, inode and generation");
	ok(tap, files.unlinked == 2, "files without a name are counted");
	lost_files_free(&files);
}

/* a file and what a snapshot has of it, neither of which has a name */
static struct lost_files make_roots(void)
{
	struct scene scene = { 0 };

	add(&scene, record(5, 4096, 512), &stale);
	add(&scene, record(5, 0, 512), &stale);
	add(&scene, record(5, 8192, 512), &stale);
	scene.recs[0].root = 257;
	scene.recs[1].root = 256;
	scene.recs[2].root = 257;
	scene.recs[0].present |= 1 << FSERROR_A_RECORD_ROOT;
	scene.recs[1].present |= 1 << FSERROR_A_RECORD_ROOT;
	scene.recs[2].present |= 1 << FSERROR_A_RECORD_ROOT;
	return make(&scene, NULL);
}

static void test_roots(struct tap *tap)
{
	struct lost_files files = make_roots();
	char *got;

	got = json(&files, false);
	ok_string(
		tap, got,
		"{\"v\":1,\"files\":[\n"
		"{\"path_state\":\"stale\",\"dev\":\"259:1\",\"ino\":5,\"gen\":7,\"root\":256,"
		"\"ranges\":[{\"offset\":0,\"length\":512}]},\n"
		"{\"path_state\":\"stale\",\"dev\":\"259:1\",\"ino\":5,\"gen\":7,\"root\":257,"
		"\"ranges\":[{\"offset\":4096,\"length\":512},{\"offset\":8192,\"length\":512}]}\n"
		"],\"incomplete\":false}\n",
		"files of two subvolumes that differ in nothing else");
	free(got);
	lost_files_free(&files);
}

static int stop(void *arg, const struct lost_file *file)
{
	(void)arg;
	(void)file;
	return -EIO;
}

/* more than is kept in memory */
static void test_many(struct tap *tap)
{
	static const struct lost_files_visitor visitor = { .begin = see_file,
							   .range = see_range };
	static const struct lost_files_visitor stops = { .begin = stop };
	struct view view = { .paths = &one };
	struct seen seen = { .len = 0 };
	struct fserror_record rec;
	struct lost_files files;
	size_t i;
	int err = 0;

	if (lost_files_init(&files, NULL))
		abort();
	view.rec = &rec;
	for (i = 0; i < 60000; i++) {
		rec = record(5, i * 7919 % 60000 * 512, 512);
		if (rec.offset != 44444 * 512)
			err |= lost_files_add(&files, &view);
	}
	err |= lost_files_each(&files, &visitor, &seen);
	ok(tap, !err && seen.files == 1, "a file with many ranges");
	ok_string(tap, seen.text, "0+22755328 22755840+7964160",
		  "ranges in any order, more than memory has");
	lost_files_free(&files);
	files = make(&(struct scene){ .views.nr = 0 }, NULL);
	rec = record(5, 0, 512);
	if (lost_files_add(&files, &view))
		abort();
	ok(tap, lost_files_each(&files, &stops, NULL) == -EIO,
	   "a visitor ends it");
	lost_files_free(&files);
}

static void test_json(struct tap *tap)
{
	struct scene scene = { 0 };
	struct lost_files files;
	char *got;

	files = make(&scene, NULL);
	got = json(&files, true);
	ok_string(tap, got, "{\"v\":1,\"files\":[],\"incomplete\":true}\n",
		  "JSON of nothing");
	free(got);
	lost_files_free(&files);

	add(&scene, record(9, 4096, 512), &unlinked);
	add(&scene, record(5, 512, 512), &f);
	add(&scene, record(5, 4096, 4096), &f);
	files = make(&scene, "/srv");
	got = json(&files, false);
	ok_string(
		tap, got,
		"{\"v\":1,\"files\":[\n"
		"{\"path\":\"a b\",\"path_state\":\"ok\",\"dev\":\"259:1\",\"ino\":5,\"gen\":7,"
		"\"ranges\":[{\"offset\":512,\"length\":512},{\"offset\":4096,\"length\":4096}]},\n"
		"{\"path\":\"d/\xef\xbf\xbd\",\"path_raw\":\"ZC//\",\"path_state\":\"ok\",\"dev\":\"259:1\",\"ino\":5,\"gen\":7,"
		"\"ranges\":[{\"offset\":512,\"length\":512},{\"offset\":4096,\"length\":4096}]},\n"
		"{\"path_state\":\"unlinked\",\"dev\":\"259:1\",\"ino\":9,\"gen\":7,"
		"\"ranges\":[{\"offset\":4096,\"length\":512}]}\n"
		"],\"incomplete\":true}\n",
		"JSON of names, and of a file that has none");
	free(got);
	lost_files_free(&files);
}

/* for schema.py */
static int print_roots(void)
{
	struct lost_files files = make_roots();
	char *text = json(&files, false);

	fputs(text, stdout);
	free(text);
	lost_files_free(&files);
	return 0;
}

int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	if (argc > 1 && !strcmp(argv[1], "json"))
		return print_roots();
	test_ranges(&tap);
	test_names(&tap);
	test_counts(&tap);
	test_many(&tap);
	test_json(&tap);
	test_roots(&tap);
	return tap.failed != 0;
}
