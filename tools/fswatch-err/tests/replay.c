// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feeds a stream of messages, as the kernel sends them, through the client and
 * prints what comes out in one of the program's formats: for the golden tests.
 * What mounts and names there are is fixed here, because it is the machine's.
 */
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <netlink/attr.h>

#include "columns.h"
#include "examples.h"
#include "format.h"
#include "list.h"
#include "messages.h"
#include "peer.h"
#include "records.h"
#include "scan_print.h"
#include "status.h"

#define NOW UINT64_C(1795385200000000000)

static struct time_style iso;

static void must(bool good)
{
	if (!good)
		abort();
}

static char *names_plain[] = { "/srv/f" };
static char *names_linked[] = { "/srv/a b", "/srv/b\ttab", "/srv/c\xff\xfe" };
static char *names_one[] = { "/srv/d/\xe2\x82\xac" };

static const struct path_result results[EXAMPLES_PATHS] = {
	{ PATH_OK, 0, 1, names_plain, 1 },
	{ PATH_OK, 0, 3, names_linked, 3 },
	{ PATH_PARTIAL, 0, 2, names_one, 1 },
	{ PATH_UNLINKED, 0, 0, NULL, 0 },
	{ PATH_UNMOUNTED, 0, 0, NULL, 0 },
	{ PATH_STALE, 0, 0, NULL, 0 },
	{ PATH_DENIED, EPERM, 0, NULL, 0 },
	{ PATH_PARTIAL, EIO, 1, NULL, 0 },
};

static struct view view_of(const struct fserror_record *rec, size_t nr)
{
	struct view view = { .rec = rec, .boot_id = test_boot_id };

	if (fserror_has(rec, FSERROR_A_RECORD_MAJOR) && nr != 4) {
		view.source = nr == 2 ? "/dev/bad\xfe" : "/dev/pmem0";
		view.target = nr == 2 ? "/mnt/bad\xfe" : "/srv";
	}
	if (nr < EXAMPLES_PATHS)
		view.paths = &results[nr];
	else if (paths_possible(rec))
		view.paths = &results[0];
	return view;
}

/* text and JSON lines share this: @json or not */
static void print_view(const struct view *view, bool json)
{
	if (json)
		json_record(stdout, view, NULL);
	else
		must(!text_record(stdout, &iso, view));
}

static void print_sync(const struct sync_info *sync, bool json)
{
	if (json)
		json_sync(stdout, sync);
	else
		must(!text_sync(stdout, &iso, sync));
}

static void print_lost(const struct lost_info *lost, bool json)
{
	if (json)
		json_lost(stdout, lost);
	else
		must(!text_lost(stdout, &iso, lost));
}

static void print_others(bool json)
{
	static const struct sync_info syncs[] = {
		{ SYNC_START, 1, test_boot_id, 0, NOW, true, 0, false },
		{ SYNC_START, 1, test_boot_id, 41, NOW, true, 3, true },
		{ SYNC_START, 1, test_boot_id, 41, NOW, true, 0, true },
		{ SYNC_START, 1, NULL, 41, NOW, false, 0, false },
		{ SYNC_RECOVERED, 1, test_boot_id, 60, NOW, false, 0, false },
		{ SYNC_LOST, 1, test_boot_id, 61, NOW, true, 1, false },
		{ SYNC_LOST, 2, test_boot_id, 61, NOW, false, 0, false },
		{ SYNC_UNKNOWN, 1, test_boot_id, 62, NOW, true, 2, false },
	};
	static const struct missed_info missed[] = {
		{ 1, true, 41, NOW },
		{ 2, false, 41, NOW },
	};
	struct lost_info lost = { 1, test_boot_id, 17, 41, NOW };
	size_t i;

	for (i = 0; i < sizeof(syncs) / sizeof(syncs[0]); i++)
		print_sync(&syncs[i], json);
	print_lost(&lost, json);
	lost.group = FSERROR_GROUP_IO;
	print_lost(&lost, json);
	for (i = 0; !json && i < 2; i++)
		must(!text_missed(stdout, &iso, &missed[i]));
}

static void send_records(struct peer *peer, const struct fserror_record *recs,
			 size_t nr, bool live)
{
	struct nl_msg *msg;
	size_t i;

	for (i = 0; i < nr; i++) {
		msg = message_new(live ? FSERROR_CMD_DAMAGE_NTF :
					 FSERROR_CMD_DAMAGE_GET,
				  live ? 0 : 1, live ? 0 : NLM_F_MULTI);
		message_put_record(msg,
				   live ? FSERROR_A_EVENT_RECORD :
					  FSERROR_A_DAMAGE_RECORD,
				   &recs[i]);
		peer_send(live ? peer->sub : peer->req, msg);
	}
	if (!live)
		peer_send(peer->req, message_done(1, 0, 0));
}

static void replay_events(bool json)
{
	struct fserror_record recs[EXAMPLES_MAX];
	struct fserror_event *ev;
	struct peer peer;
	struct view view;
	size_t nr = 0;

	peer_open(&peer);
	peer_stream(&peer, FSERROR_GROUP_DAMAGE)->last = 40;
	send_records(&peer, recs, examples_make(recs, true), true);
	must(!fserror_client_pump(peer.client));
	while (fserror_client_next(peer.client, &ev) == 1) {
		must(ev->type == FSERROR_EVENT_RECORD);
		view = view_of(&ev->record, nr++);
		print_view(&view, json);
		fserror_event_free(ev);
	}
	/* one of the damage, which has no number and no time */
	recs[0] = record_data_lost(0);
	view = view_of(&recs[0], 0);
	print_view(&view, json);
	print_others(json);
	peer_close(&peer);
}

static const struct {
	const char *name;
	bool raw, pairs, bytes, noheadings;
	enum color_when color;
	const char *columns;
} formats[] = {
	{ .name = "list" },
	{ .name = "list-plus",
	  .columns = "+INO,META,DEV-OFFSET,DEV-LENGTH,STATE" },
	{ .name = "list-bytes", .bytes = true },
	{ .name = "list-raw", .raw = true },
	{ .name = "list-pairs", .pairs = true },
	{ .name = "list-color", .color = COLOR_ALWAYS },
	{ .name = "list-other",
	  .noheadings = true,
	  .columns =
		  "dev,Target,FSTYPE,UUID,GEN,NLINK,ERRNO,FLAGS,LAYER,DEVICE,ORIGIN,ORIGIN-OFFSET,ORIGIN-LENGTH,Repeat,COUNT,INSTANCE,ROLE,ROOT,GROUP" },
	{ 0 },
};

static int keep(void *arg, const struct fserror_record *rec)
{
	return records_add(arg, rec);
}

static void replay_damage(const char *format)
{
	static const struct fserror_damage_visitor visitor = { .record = keep };
	struct fserror_record recs[EXAMPLES_MAX];
	struct records records = { 0 };
	struct table_options table = { 0 };
	struct list_output list = { .out = stdout };
	struct view v[EXAMPLES_MAX];
	struct views views = { 0 };
	struct peer peer;
	size_t i;

	peer_open(&peer);
	send_records(&peer, recs, examples_make(recs, false), false);
	must(!fserror_damage_each(peer.client, NULL, FSERROR_DAMAGE_OWNERS,
				  &visitor, &records));
	for (i = 0; i < records.nr; i++)
		v[i] = view_of(records.v[i], i);
	views.v = v;
	views.nr = records.nr;
	columns_default(&table.columns);
	if (!strcmp(format, "list-json")) {
		table.json = true;
		list.table = &table;
		must(!list_views(&list, &views));
		list_end(&list, false);
	} else if (!strcmp(format, "list-only-json")) {
		table.json = true;
		table.only = true;
		list.table = &table;
		must(!columns_parse(&table.columns,
				    "path,Target,OFFSET,DEV-LENGTH,LAYER"));
		must(!list_views(&list, &views));
		list_end(&list, false);
	} else if (!strcmp(format, "list-empty-json")) {
		table.json = true;
		list.table = &table;
		list_end(&list, true);
	} else {
		for (i = 0; formats[i].name; i++) {
			if (!strcmp(format, formats[i].name))
				break;
		}
		must(formats[i].name);
		table.raw = formats[i].raw;
		table.pairs = formats[i].pairs;
		table.bytes = formats[i].bytes;
		table.noheadings = formats[i].noheadings;
		table.color = formats[i].color;
		must(!formats[i].columns ||
		     !columns_parse(&table.columns, formats[i].columns));
		list.table = &table;
		must(!list_views(&list, &views));
	}
	records_free(&records);
	peer_close(&peer);
}

static void put_kind(struct nl_msg *msg, uint32_t kind, uint64_t count)
{
	struct nlattr *nest =
		nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_STAT_KIND);

	message_put_uint(msg, FSERROR_A_KIND_COUNT_KIND, kind);
	message_put_uint(msg, FSERROR_A_KIND_COUNT_COUNT, count);
	nla_nest_end(msg, nest);
}

static void send_status(struct peer *peer)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_STAT_GET, 1, 0);
	struct nlattr *nest;

	message_put_boot_id(msg, FSERROR_A_STAT_BOOT_ID);
	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_STAT_RING);
	message_put_uint(msg, FSERROR_A_RING_GROUP, FSERROR_GROUP_DAMAGE);
	message_put_uint(msg, FSERROR_A_RING_FIRST_SEQ, 5);
	message_put_uint(msg, FSERROR_A_RING_LAST_SEQ, 4100);
	message_put_uint(msg, FSERROR_A_RING_PUBLISHED_SEQ, 4099);
	message_put_uint(msg, FSERROR_A_RING_SIZE, 4096);
	message_put_uint(msg, FSERROR_A_RING_OVERWRITTEN, 4);
	message_put_uint(msg, FSERROR_A_RING_UNSENT, 1);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_STAT_RING);
	message_put_uint(msg, FSERROR_A_RING_GROUP, FSERROR_GROUP_IO);
	message_put_uint(msg, FSERROR_A_RING_SIZE, 1024);
	message_put_uint(msg, FSERROR_A_RING_OVERWRITTEN, 0);
	message_put_uint(msg, FSERROR_A_RING_UNSENT, 0);
	nla_nest_end(msg, nest);
	message_put_uint(msg, FSERROR_A_STAT_TOLD, 17);
	message_put_uint(msg, FSERROR_A_STAT_TOLD_MAX, 65536);
	put_kind(msg, FSERROR_KIND_DATA_LOST, 4000);
	put_kind(msg, FSERROR_KIND_MEDIA, 0);
	put_kind(msg, FSERROR_KIND_CLEARED, 100);
	message_put_uint(msg, FSERROR_A_STAT_KERNEL_WATCHERS, 1);
	nest = nla_nest_start(msg, NLA_F_NESTED | FSERROR_A_STAT_WATCHER);
	message_put_uint(msg, FSERROR_A_WATCHER_PORTID, 1234);
	message_put_uint(msg, FSERROR_A_WATCHER_DROPS, 2);
	nla_nest_end(msg, nest);
	peer_send(peer->req, msg);
	peer_send(peer->req, message_error(1, 0, NULL));

	msg = message_new(FSERROR_CMD_FS_GET, 2, NLM_F_MULTI);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_MAJOR, 4095);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_MINOR, 7);
	nla_put_string(msg, FSERROR_A_FILESYSTEM_FSTYPE, "xfs");
	nla_put(msg, FSERROR_A_FILESYSTEM_UUID, sizeof(test_uuid), test_uuid);
	nla_put_string(msg, FSERROR_A_FILESYSTEM_SB_ID, "pmem0");
	nla_put_flag(msg, FSERROR_A_FILESYSTEM_CAN_RESOLVE);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_RECORDS, 4100);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_DATA_LOST, 4000);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_METADATA, 0);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_IO_ERRORS, 0);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_UNLISTED, 2);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_UNLISTED_METADATA, 1);
	nla_put_u32(msg, FSERROR_A_FILESYSTEM_MORE_DEVICES, 8);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_UNRESOLVED, 3);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_INSTANCE, 3);
	message_put_uint(msg, FSERROR_A_FILESYSTEM_KNOWN_SINCE, 5000000000);
	nla_put_flag(msg, FSERROR_A_FILESYSTEM_SHUTDOWN);
	message_put_device(msg, FSERROR_A_FILESYSTEM_DEVICE,
			   FSERROR_A_DEVICE_STATE_PENDING);
	message_put_device(msg, FSERROR_A_FILESYSTEM_DEVICE,
			   FSERROR_A_DEVICE_STATE_UNTOLD);
	peer_send(peer->req, msg);
	msg = message_new(FSERROR_CMD_FS_GET, 2, NLM_F_MULTI);
	nla_put_string(msg, FSERROR_A_FILESYSTEM_FSTYPE, "ext4");
	peer_send(peer->req, msg);
	peer_send(peer->req, message_done(2, 0, 0));
}

/* a sysfs in which the device is a disk of SCSI */
static void make_sysfs(char *dir)
{
	char command[256];

	must(mkdtemp(dir));
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p bus/scsi dev/block block/sda/device && "
		 "ln -s ../../../bus/scsi block/sda/device/subsystem && "
		 "ln -s ../../block/sda dev/block/4095:7",
		 dir);
	must(!system(command));
}

static void remove_sysfs(const char *dir)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	must(!system(command));
}

static void replay_status(bool json)
{
	char sysfs[] = "/tmp/replay.XXXXXX";
	struct status status = { .version = 1,
				 .sysfs = sysfs,
				 .mounts = mounts_load() };
	struct peer peer;

	make_sysfs(sysfs);

	peer_open(&peer);
	send_status(&peer);
	must(status.mounts && !fserror_client_stat(peer.client, &status.stat));
	must(!fserror_filesystems_each(peer.client, filesystems_add,
				       &status.filesystems));
	must(!sources_find(&status.sources, status.filesystems.v,
			   status.filesystems.nr, sysfs));
	must(!(json ? status_json(stdout, &status) :
		      status_text(stdout, &status)));
	sources_free(&status.sources);
	remove_sysfs(sysfs);
	mounts_free(status.mounts);
	filesystems_free(&status.filesystems);
	fserror_stat_free(status.stat);
	peer_close(&peer);
}

/* devices as a scan may end with them */
static void make_targets(struct targets *targets)
{
	struct target *v;
	unsigned int i;

	for (i = 0; i < 6; i++)
		must(!targets_add_device(targets, makedev(4095, i)));
	v = targets->v;
	for (i = 0; i < 6; i++) {
		v[i].state = TARGET_DONE;
		v[i].size = v[i].at = UINT64_C(10) << 30;
		v[i].read = UINT64_C(3) << 30;
		v[i].want.fs_dev = makedev(4095, 0);
		v[i].whole = false;
		strcpy(v[i].fstype, "xfs");
	}
	v[0].want.mount = strdup("/srv/a\tb");
	v[0].want.role = FSERROR_ROLE_DATA;
	v[0].has_uuid = true;
	memcpy(v[0].uuid, test_uuid, sizeof(v[0].uuid));
	spans_add(v[1].unread, 512, 512);
	spans_add(v[1].unread, 8192, 1024);
	v[1].want.role = FSERROR_ROLE_LOG;
	v[2].state = TARGET_INTERRUPTED;
	v[2].at = UINT64_C(4) << 30;
	v[2].whole = true;
	v[2].err = -EOPNOTSUPP;
	v[3].state = TARGET_STUCK;
	v[3].resumed = true;
	spans_add(v[3].before, 0, 4096);
	v[4].state = TARGET_GONE;
	v[5] = (struct target){ .want = v[5].want,
				.state = TARGET_FAILED,
				.err = -EPERM,
				.unread = v[5].unread,
				.before = v[5].before };
	strcpy(v[5].name, "sda");
}

static void replay_scan(bool json)
{
	struct table_options table = { .json = json };
	struct scan_output output = {
		.out = stdout,
		.table = &table,
		.list = { .table = &table, .out = stdout },
	};
	struct fserror_record rec = record_data_lost(0);
	struct view view = view_of(&rec, 0);
	const struct views views = { .v = &view, .nr = 1 };
	struct targets targets = { 0 };
	size_t i;

	columns_default(&table.columns);
	make_targets(&targets);
	for (i = 0; i < targets.nr; i++) {
		scan_begin(&output, &targets.v[i]);
		scan_progress(&output, &targets.v[i], NOW);
		scan_progress(&output, &targets.v[i], NOW + 1);
		if (i == 1)
			scan_unread(&output, &targets.v[i], 512, 512, -EIO);
		scan_ended(&output, &targets.v[i]);
	}
	scan_place(&output, &targets.v[0], 4096, 512);
	must(!scan_views(&output, &views));
	scan_end(&output, &targets, true, "/var/lib/scan");
	targets_free(&targets);
}

int main(int argc, char **argv)
{
	const char *format = argc == 2 ? argv[1] : "";

	setlocale(LC_ALL, "");
	setenv("TZ", "UTC0", 1);
	if (!strcmp(format, "text") || !strcmp(format, "json"))
		replay_events(!strcmp(format, "json"));
	else if (!strncmp(format, "list", 4))
		replay_damage(format);
	else if (!strcmp(format, "status") || !strcmp(format, "status-json"))
		replay_status(!strcmp(format, "status-json"));
	else if (!strcmp(format, "scan") || !strcmp(format, "scan-json"))
		replay_scan(!strcmp(format, "scan-json"));
	else
		return 1;
	return 0;
}
