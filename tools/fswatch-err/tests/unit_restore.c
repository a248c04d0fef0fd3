// SPDX-License-Identifier: GPL-2.0-only
/* From records to what is to be restored, and what is said of it afterwards. */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "restore_entry.h"
#include "restore_list.h"
#include "tap.h"

#define NR_RECORDS 11

static struct fserror_record records[NR_RECORDS];
static struct path_result results[3];
static char *names[][2] = { { "/srv/a", "/srv/b" }, { "/srv/n\nl" } };

#define BIT(attr) (1U << FSERROR_A_RECORD_##attr)
#define INODE (BIT(INO) | BIT(MAJOR) | BIT(MINOR) | BIT(OFFSET) | BIT(LENGTH))

static struct fserror_record make(uint32_t present, uint32_t kind, uint64_t ino,
				  uint64_t offset, uint64_t length)
{
	struct fserror_record rec = {
		.present = present | BIT(KIND) | BIT(DEVICE),
		.kind = kind,
		.ino = ino,
		.major = 259,
		.offset = offset,
		.length = length,
		.device = { .present = ~0U,
			    .major = 259,
			    .offset = 1 << 20 | offset,
			    .length = length },
		.fstype = "xfs",
	};

	return rec;
}

static void make_records(void)
{
	const uint32_t lost = FSERROR_KIND_DATA_LOST;

	results[0].state = PATH_OK;
	results[0].names = names[0];
	results[0].count = 2;
	results[1].state = PATH_OK;
	results[1].names = names[1];
	results[1].count = 1;
	results[2].state = PATH_UNLINKED;
	/* one file in pieces and in no order, others in between */
	records[0] = make(INODE, lost, 131, 8704, 512);
	records[1] = make(INODE, lost, 132, 0, 512);
	records[2] = make(INODE, lost, 131, 512, 512);
	records[3] = make(INODE, lost, 131, 9216, 512);
	records[4] = make(INODE, lost, 133, 0, 512);
	records[5] =
		make(INODE | BIT(META), FSERROR_KIND_METADATA, 131, 0, 512);
	records[5].meta = FSERROR_META_XATTR;
	records[6] = make(BIT(META), FSERROR_KIND_METADATA, 0, 0, 512);
	records[6].meta = FSERROR_META_SPACE_MAP;
	strcpy(records[6].fstype, "ext4");
	records[7] = make(0, FSERROR_KIND_MEDIA, 0, 4096, 512);
	records[7].flags = FSERROR_RECORD_FLAG_UNRESOLVED;
	strcpy(records[7].sb_id, "pmem1");
	records[8] = make(INODE, lost, 134, 0, 512);
	/* of which nobody has lost anything */
	records[9] = make(0, FSERROR_KIND_MEDIA, 0, 8192, 240);
	records[9].flags = FSERROR_RECORD_FLAG_UNOWNED;
	records[10] = make(INODE, FSERROR_KIND_DEGRADED, 131, 0, 512);
}

static void must(bool good)
{
	if (!good)
		abort();
}

static void fill(struct restore_list *list)
{
	size_t i;

	must(!restore_list_init(list));
	for (i = 0; i < NR_RECORDS; i++)
		must(!restore_list_add(list, &records[i]));
}

/* in the place of restore_batch_name(): what is mounted, and called so */
static void name(struct restore_batch *batch)
{
	struct restore_item *item;
	struct view *view;
	size_t i;

	free(batch->views.v);
	batch->views.v = calloc(batch->nr, sizeof(*batch->views.v));
	must(batch->views.v);
	for (i = 0; i < batch->nr; i++) {
		item = &batch->v[i];
		view = &batch->views.v[i];
		item->view = view;
		view->rec = item->rec;
		if (!*item->rec->sb_id) {
			view->source = "/dev/pmem0";
			view->target = "/srv";
		}
		if (item->rec->ino < 131 || item->rec->ino > 133)
			continue;
		view->paths = &results[item->rec->ino - 131];
		if (view->paths->count)
			item->name = view->paths->names[0];
	}
}

static void test_items(struct tap *tap, const struct restore_batch *items)
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
	   items->v[3].data && !items->v[3].name && !items->v[4].data &&
		   !items->v[5].data && !items->v[6].data,
	   "items: metadata and what is not resolved is no data");
}

/* a copy does not say of which filesystem it is */
static void test_filesystems(struct tap *tap)
{
	struct restore_list list;

	fill(&list);
	ok(tap, !list.several, "filesystems: one");
	restore_list_free(&list);
	records[5].minor = records[6].minor = records[7].minor = 1;
	fill(&list);
	ok(tap, !list.several,
	   "filesystems: one, of what else is damaged nothing is restored");
	restore_list_free(&list);
	records[8].minor = 1;
	fill(&list);
	ok(tap, list.several, "filesystems: several");
	restore_list_free(&list);
	records[5].minor = records[6].minor = records[7].minor = 0;
	records[8].minor = 0;
}

/* as if the first were healed, and of the second one block of two */
static void pretend(struct restore_batch *items)
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
	restore_say(&items->v[3].reason, "no handle");
	for (i = 4; i < 7; i++)
		restore_advise(&items->v[i]);
}

/* the last one is listed as damaged still */
static void tell(struct restore_report *report,
		 const struct restore_batch *items, size_t nr)
{
	size_t i;

	restore_report_begin(report);
	for (i = 0; i < nr; i++)
		must(!restore_report_item(report, &items->v[i]));
	restore_report_listed_begin(report);
	must(!restore_report_listed(report, &items->v[1]));
	restore_report_end(report, true);
}

static void test_text(struct tap *tap, const struct restore_batch *items)
{
	char *out, *err;
	size_t out_len, err_len;
	FILE *out_file = open_memstream(&out, &out_len);
	FILE *err_file = open_memstream(&err, &err_len);

	struct restore_report report = { .out = out_file, .err = err_file };

	tell(&report, items, items->nr);
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
		"not restored: inode 134 of xfs on /dev/pmem0: no handle\n"
		"not restored: space-map of ext4 on /dev/pmem0, offset 1048576 length 512 of the device: metadata is not touched: run 'e2fsck -f /dev/pmem0' when it is not mounted\n"
		"not restored: xfs on pmem1, offset 1052672 length 512 of the device: the filesystem cannot say whose bytes these are\n"
		"not restored: /srv/a (xattr): metadata is not touched: run 'xfs_scrub /srv', or 'xfs_repair /dev/pmem0' when it is not mounted\n"
		"not restored: /srv/n\\012l offset 0 length 512: it was written, but is listed as damaged still\n",
		"text: what was not, with what to do");
	free(out);
	free(err);
}

static void test_json(struct tap *tap, const struct restore_batch *items)
{
	struct restore_report report = { .as_json = true };
	FILE *file;
	char *out;
	size_t len;

	file = open_memstream(&out, &len);
	report.out = file;
	tell(&report, items, 2);
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
		"\"written\":4096,\"compared\":0,\"from_copy\":0,\"shared\":false,\"forced\":false,\"time_lost\":false,\"attributes_lost\":[]}\n],\"still_listed\":[\n{\"kind\":\"data-lost\",\"fstype\":\"xfs\",\"dev\":\"259:0\",\"source\":\"/dev/pmem0\",\"target\":\"/srv\",\"ino\":132,\"path\":\"/srv/n\\nl\",\"offset\":0,\"length\":512}\n],\"incomplete\":true}\n",
		"JSON: all of it");
	free(out);
}

static int count_one(void *arg, const struct fserror_record *rec)
{
	(void)rec;
	++*(size_t *)arg;
	return 0;
}

/* how many of the ranges that were written are listed, if this is all that is? */
static size_t listed_by(struct restore_batch *items,
			const struct fserror_record *recs, size_t nr_recs)
{
	struct sorter *now = restore_entries_new();
	struct restore_written written;
	size_t nr = 0, i;

	must(now && !restore_written_init(&written));
	for (i = 0; i < items->nr; i++)
		must(!restore_written_add(&written, &items->v[i]));
	must(written.bytes == 8192 + 4096);
	for (i = 0; i < nr_recs; i++)
		must(!restore_entry_add(now, &recs[i], NULL));
	must(!restore_written_finish(&written) && !sorter_finish(now));
	must(!restore_written_listed(&written, now, count_one, &nr));
	sorter_free(now);
	restore_written_free(&written);
	return nr;
}

static void test_recheck(struct tap *tap, struct restore_batch *items)
{
	struct fserror_record recs[4] = { records[0], records[1], records[4] };

	ok(tap, listed_by(items, recs, 0) == 0, "recheck: nothing is");
	recs[0].ino = 130;
	recs[1].ino = 135;
	ok(tap, listed_by(items, recs, 3) == 0, "recheck: damage of others");
	recs[0] = records[0];
	recs[0].offset = 4096;
	recs[0].length = 4096;
	ok(tap, listed_by(items, recs, 1) == 0, "recheck: damage elsewhere");
	ok(tap, listed_by(items, &records[0], 1) == 1,
	   "recheck: it is listed still");
	recs[0].length = 4097;
	ok(tap, listed_by(items, recs, 1) == 1,
	   "recheck: also if the damage begins before it");
	recs[0].offset = 0;
	recs[0].length = 1 << 20;
	ok(tap, listed_by(items, recs, 1) == 2,
	   "recheck: one record for all of it");
	recs[0] = records[0];
	recs[0].handle_len = 1;
	ok(tap, listed_by(items, recs, 1) == 0,
	   "recheck: another file that has the inode's number now");
	recs[0] = records[8];
	recs[1] = make(INODE, FSERROR_KIND_DATA_LOST, 132, 8192, 512);
	recs[2] = make(INODE, FSERROR_KIND_DATA_LOST, 132, 4000, 8);
	recs[3] = records[2];
	ok(tap, listed_by(items, recs, 4) == 2,
	   "recheck: of two files, but what was not written");
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
	struct restore_batch items;
	struct restore_list list;
	struct tap tap = { 0 };

	make_records();
	fill(&list);
	if (!ok(&tap,
		!restore_list_finish(&list) && list.files == 7 &&
			restore_list_next(&list, &items) == 1,
		"items: made"))
		return 1;
	name(&items);
	test_items(&tap, &items);
	test_filesystems(&tap);
	pretend(&items);
	test_text(&tap, &items);
	test_json(&tap, &items);
	test_recheck(&tap, &items);
	test_wait(&tap);
	restore_batch_free(&items);
	ok(&tap, !restore_list_next(&list, &items), "items: that was all");
	restore_list_free(&list);
	return tap.failed != 0;
}
