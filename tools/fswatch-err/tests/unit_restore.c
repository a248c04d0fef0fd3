// SPDX-License-Identifier: GPL-2.0-only
/* From records to what is to be restored, and what is said of it afterwards. */
#include <stdlib.h>
#include <sys/sysmacros.h>

#include "restore.h"
#include "tap.h"

#define NR_RECORDS 11

static struct fserror_record records[NR_RECORDS];
static struct path_result results[3];
static struct view view_list[NR_RECORDS];
static char *names[][2] = { { "/srv/a", "/srv/b" }, { "/srv/n\nl" } };

#define BIT(attr) (1U << FSERROR_A_RECORD_##attr)
#define INODE (BIT(INO) | BIT(MAJOR) | BIT(MINOR) | BIT(OFFSET) | BIT(LENGTH))

static void add(size_t nr, uint32_t present, uint32_t kind, uint64_t ino,
		const struct path_result *paths, uint64_t offset,
		uint64_t length)
{
	struct fserror_record *rec = &records[nr];

	rec->present = present | BIT(KIND) | BIT(DEVICE);
	rec->kind = kind;
	rec->ino = ino;
	rec->major = 259;
	rec->offset = offset;
	rec->length = length;
	rec->device.present = ~0U;
	rec->device.major = 259;
	rec->device.offset = 1 << 20 | offset;
	rec->device.length = length;
	strcpy(rec->fstype, "xfs");
	view_list[nr].rec = rec;
	view_list[nr].paths = paths;
	view_list[nr].source = "/dev/pmem0";
	view_list[nr].target = "/srv";
}

static struct views make_views(void)
{
	struct views views = { .v = view_list, .nr = NR_RECORDS };

	results[0].state = PATH_OK;
	results[0].names = names[0];
	results[0].count = 2;
	results[1].state = PATH_OK;
	results[1].names = names[1];
	results[1].count = 1;
	results[2].state = PATH_UNLINKED;
	views.batch.results = results;
	views.batch.nr_results = 3;
	/* one file in pieces and in no order, others in between */
	add(0, INODE, FSERROR_KIND_DATA_LOST, 131, &results[0], 8704, 512);
	add(1, INODE, FSERROR_KIND_DATA_LOST, 132, &results[1], 0, 512);
	add(2, INODE, FSERROR_KIND_DATA_LOST, 131, &results[0], 512, 512);
	add(3, INODE, FSERROR_KIND_DATA_LOST, 131, &results[0], 9216, 512);
	add(4, INODE, FSERROR_KIND_DATA_LOST, 133, &results[2], 0, 512);
	add(5, INODE | BIT(META), FSERROR_KIND_METADATA, 131, &results[0], 0,
	    512);
	records[5].meta = FSERROR_META_XATTR;
	add(6, BIT(META), FSERROR_KIND_METADATA, 0, NULL, 0, 512);
	records[6].meta = FSERROR_META_SPACE_MAP;
	strcpy(records[6].fstype, "ext4");
	add(7, 0, FSERROR_KIND_MEDIA, 0, NULL, 4096, 512);
	records[7].flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	view_list[7].source = view_list[7].target = NULL;
	strcpy(records[7].sb_id, "pmem1");
	add(8, INODE, FSERROR_KIND_DATA_LOST, 134, NULL, 0, 512);
	/* of which nobody has lost anything */
	add(9, 0, FSERROR_KIND_MEDIA, 0, NULL, 8192, 240);
	records[9].flags = FSERROR_RECORD_FLAG_UNOWNED;
	add(10, INODE, FSERROR_KIND_DEGRADED, 131, &results[0], 0, 512);
	return views;
}

static void test_items(struct tap *tap, const struct restore_items *items)
{
	const struct restore_item *item = &items->v[0];

	ok(tap, items->nr == 7,
	   "items: one for a file, one for all else, none where nothing is lost");
	ok(tap,
	   item->data && item->damage.nr == 2 &&
		   item->damage.v[0].offset == 512 &&
		   item->damage.v[1].offset == 8704 &&
		   item->damage.v[1].end == 9728,
	   "items: its damage is put together");
	ok(tap,
	   item->nr_places == 3 && item->places[0].offset == 512 &&
		   item->places[0].on_device == (1 << 20 | 512) &&
		   item->places[0].device == makedev(259, 0) &&
		   item->places[2].offset == 9216,
	   "items: with the places on the device, in order");
	ok_string(tap, item->name, "/srv/a", "items: with a name");
	ok(tap,
	   !items->v[3].data && !items->v[4].data && !items->v[5].data &&
		   items->v[6].data && !items->v[6].name,
	   "items: metadata and what is not resolved is no data");
}

/* a copy does not say of which filesystem it is */
static void test_filesystems(struct tap *tap, const struct restore_items *items)
{
	ok(tap, restore_one_filesystem(items), "filesystems: one");
	records[5].minor = records[6].minor = records[7].minor = 1;
	ok(tap, restore_one_filesystem(items),
	   "filesystems: one, of what else is damaged nothing is restored");
	records[8].minor = 1;
	ok(tap, !restore_one_filesystem(items), "filesystems: several");
	records[5].minor = records[6].minor = records[7].minor = 0;
	records[8].minor = 0;
}

/* as if the first were healed, and of the second one block of two */
static void pretend(struct restore_items *items)
{
	struct restore_item *item = &items->v[0];
	size_t i;

	item->heal.nr_runs = 2;
	item->heal.runs = calloc(2, sizeof(*item->heal.runs));
	item->heal.runs[0].range = (struct range){ 0, 4096 };
	item->heal.runs[1].range = (struct range){ 8192, 12288 };
	item->heal.runs[0].outcome = HEAL_DONE;
	item->heal.runs[1].outcome = HEAL_DONE;
	item->heal.written = 8192;
	item->heal.compared = 14000;
	item->result = RESTORE_DONE;
	item->shared = true;
	for (i = 0; i < item->damage.nr; i++)
		ranges_add(&item->heal.damage, item->damage.v[i].offset,
			   item->damage.v[i].end);
	ranges_add(&item->heal.foreign, 0, 512);

	item = &items->v[1];
	item->heal.nr_runs = 2;
	item->heal.runs = calloc(2, sizeof(*item->heal.runs));
	item->heal.runs[0].range = (struct range){ 0, 4096 };
	item->heal.runs[0].outcome = HEAL_DONE;
	item->heal.runs[1].range = (struct range){ 8192, 12288 };
	item->heal.runs[1].outcome = HEAL_WRITE_FAILED;
	item->heal.runs[1].error = 5;
	item->heal.written = 4096;
	item->result = RESTORE_FAILED;
	ranges_add(&item->heal.damage, 0, 512);
	ranges_add(&item->heal.damage, 8192, 8704);

	restore_say(&items->v[2].reason, "the file has no name any more");
	restore_say(&items->v[6].reason, "no handle");
	for (i = 3; i < 6; i++)
		restore_advise(&items->v[i]);
}

static int tell(struct restore_report *report,
		const struct restore_items *items)
{
	size_t i;
	int err = 0;

	restore_report_begin(report);
	for (i = 0; !err && i < items->nr; i++)
		err = restore_report_item(report, &items->v[i]);
	return err ? err : restore_report_end(report, items, true);
}

static void test_text(struct tap *tap, const struct restore_items *items)
{
	char *out, *err;
	size_t out_len, err_len;
	FILE *out_file = open_memstream(&out, &out_len);
	FILE *err_file = open_memstream(&err, &err_len);

	struct restore_report report = { .out = out_file, .err = err_file };

	ok(tap, !tell(&report, items), "text: made");
	fclose(out_file);
	fclose(err_file);
	ok_string(
		tap, out,
		"/srv/a: 1536 bytes in 2 ranges restored, with 8192 bytes written\n"
		"/srv/a: 512 bytes beside the damage cannot be read: they come from the copy, too\n"
		"/srv/a: shared with other files: this one has got blocks of its own; the others are restored each by itself\n"
		"/srv/n\\012l: its other damage was restored\n",
		"text: what was done");
	ok_string(
		tap, err,
		"not restored: /srv/n\\012l offset 8192 length 512: cannot write: Input/output error\n"
		"not restored: inode 133 of xfs on /dev/pmem0: the file has no name any more\n"
		"not restored: /srv/a (xattr): metadata is not touched: run 'xfs_scrub /srv', or 'xfs_repair /dev/pmem0' when it is not mounted\n"
		"not restored: space-map of ext4 on /dev/pmem0, offset 1048576 length 512 of the device: metadata is not touched: run 'e2fsck -f /dev/pmem0' when it is not mounted\n"
		"not restored: xfs on pmem1, offset 1052672 length 512 of the device: the filesystem cannot say whose bytes these are\n"
		"not restored: inode 134 of xfs on /dev/pmem0: no handle\n",
		"text: what was not, with what to do");
	free(out);
	free(err);
}

static void test_json(struct tap *tap, const struct restore_items *items)
{
	struct restore_items two = { .v = items->v, .nr = 2 };
	struct restore_report report = { .as_json = true };
	FILE *file;
	char *out;
	size_t len;

	file = open_memstream(&out, &len);
	report.out = file;
	ok(tap, !tell(&report, &two), "JSON: made");
	fclose(file);
	ok_string(
		tap, out,
		"{\"v\":2,\"dry_run\":false,\"files\":[\n{"
		"\"result\":\"restored\",\"kind\":\"data-lost\",\"fstype\":\"xfs\",\"dev\":\"259:0\","
		"\"source\":\"/dev/pmem0\",\"target\":\"/srv\",\"ino\":131,\"path\":\"/srv/a\",\"ranges\":["
		"{\"offset\":512,\"length\":512,\"result\":\"restored\"},"
		"{\"offset\":8704,\"length\":1024,\"result\":\"restored\"}],"
		"\"written\":8192,\"compared\":14000,\"from_copy\":512,\"shared\":true,\"forced\":false,\"time_lost\":false,\"attributes_lost\":[]},\n{"
		"\"result\":\"failed\",\"kind\":\"data-lost\",\"fstype\":\"xfs\",\"dev\":\"259:0\","
		"\"source\":\"/dev/pmem0\",\"target\":\"/srv\",\"ino\":132,\"path\":\"/srv/n\\nl\",\"ranges\":["
		"{\"offset\":0,\"length\":512,\"result\":\"restored\"},"
		"{\"offset\":8192,\"length\":512,\"result\":\"failed\",\"reason\":\"cannot write: Input/output error\"}],"
		"\"written\":4096,\"compared\":0,\"from_copy\":0,\"shared\":false,\"forced\":false,\"time_lost\":false,\"attributes_lost\":[]}\n],\"still_listed\":[],\"incomplete\":true}\n",
		"JSON: all of it");
	free(out);
}

/* is something that was healed listed, if this is all that is? */
static bool listed_by(struct restore_items *items,
		      const struct fserror_record *rec)
{
	if (restore_recheck_begin(items))
		return false;
	restore_recheck(items, rec);
	return restore_recheck_any(items);
}

static void test_recheck(struct tap *tap, struct restore_items *items)
{
	struct restore_item *item = &items->v[0];
	struct fserror_record rec = records[0];

	rec.ino = 135;
	ok(tap, !listed_by(items, &rec), "recheck: damage of others");
	rec = records[0];
	rec.offset = 4096;
	rec.length = 4096;
	ok(tap, !listed_by(items, &rec), "recheck: damage elsewhere");
	ok(tap, listed_by(items, &records[0]), "recheck: it is listed still");
	ok(tap, !restore_recheck_begin(items) && !restore_recheck_any(items),
	   "recheck: it is not any more");
	restore_recheck_end(items);
	ok(tap, item->result == RESTORE_DONE, "recheck: so it was restored");
	listed_by(items, &records[0]);
	restore_recheck_end(items);
	ok(tap,
	   item->result == RESTORE_FAILED &&
		   item->heal.runs[0].outcome == HEAL_DONE &&
		   item->heal.runs[1].outcome == HEAL_STILL_BAD,
	   "recheck: what is listed at the end was not restored");
}

/* asked for the @calls-th time it answers @last, and 1 before */
struct answers {
	unsigned int calls;
	int last;
	unsigned int asked;
};

static int answer(void *arg)
{
	struct answers *answers = arg;

	return ++answers->asked == answers->calls ? answers->last : 1;
}

static void test_wait(struct tap *tap)
{
	struct answers answers = { .calls = 3 };

	ok(tap, !restore_wait(answer, &answers, 10000) && answers.asked == 3,
	   "wait: until it is as it should be");
	answers = (struct answers){ .calls = 2, .last = -5 };
	ok(tap,
	   restore_wait(answer, &answers, 10000) == -5 && answers.asked == 2,
	   "wait: not after an error");
	answers = (struct answers){ 0 };
	ok(tap,
	   restore_wait(answer, &answers, 250) == 1 && answers.asked >= 2 &&
		   answers.asked <= 4,
	   "wait: not for ever");
}

int main(void)
{
	struct restore_items items;
	struct tap tap = { 0 };
	struct views views = make_views();

	if (!ok(&tap, !restore_items_make(&items, &views), "items: made"))
		return 1;
	test_items(&tap, &items);
	test_filesystems(&tap, &items);
	pretend(&items);
	test_text(&tap, &items);
	test_json(&tap, &items);
	test_recheck(&tap, &items);
	test_wait(&tap);
	restore_items_free(&items);
	return tap.failed != 0;
}
