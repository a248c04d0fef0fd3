// SPDX-License-Identifier: GPL-2.0-only
/*
 * Feeds streams that were captured from a kernel (see streams/) through the client
 * and prints what comes out in one of the program's formats: for the golden tests.
 * Mounts and names are those that there were, from files beside the streams.
 *
 * usage: captured DIRECTORY FORMAT
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "check.h"
#include "columns.h"
#include "filelist.h"
#include "files.h"
#include "format.h"
#include "list.h"
#include "lost_files.h"
#include "peer.h"
#include "records.h"
#include "status.h"
#include "stream.h"
#include "test_event.h"

#define NOW UINT64_C(1795385200000000000)
#define FILES_MAX 32
#define EVENTS_MAX 64

static struct time_style iso = { .format = TIME_ISO };

static void must(bool good)
{
	if (!good)
		abort();
}

/* a file, with the names that it had */
struct file_known {
	dev_t dev;
	uint64_t ino;
	struct path_result result;
};

struct machine {
	struct mounts *mounts;
	struct file_known files[FILES_MAX];
	unsigned int nr_files;
	uint64_t late; /* number of the event whose names are told late, too */
};

/* the mounts that there were, for mounts_load() */

int __real_proc_open(const char *name);
int __wrap_proc_open(const char *name);

static const char *directory;

int __wrap_proc_open(const char *name)
{
	char captured[PATH_MAX];

	must(!strcmp(name, "self/mountinfo"));
	snprintf(captured, sizeof(captured), "%s/mountinfo", directory);
	return open(captured, O_RDONLY | O_CLOEXEC);
}

/* the names */

static struct file_known *find_file(struct machine *machine, dev_t dev,
				    uint64_t ino)
{
	unsigned int i;

	for (i = 0; i < machine->nr_files; i++) {
		if (machine->files[i].dev == dev &&
		    machine->files[i].ino == ino)
			return &machine->files[i];
	}
	return NULL;
}

static void add_name(struct machine *machine, dev_t dev, uint64_t ino,
		     const char *name)
{
	struct file_known *file = find_file(machine, dev, ino);
	struct path_result *result;

	if (!file) {
		must(machine->nr_files < FILES_MAX);
		file = &machine->files[machine->nr_files++];
		file->dev = dev;
		file->ino = ino;
	}
	result = &file->result;
	result->names = reallocarray(result->names, result->count + 1,
				     sizeof(*result->names));
	must(result->names);
	result->names[result->count] = strdup(name);
	must(result->names[result->count]);
	result->count++;
	result->links = result->count;
}

/* lines of device, inode and name */
static void load_names(struct machine *machine)
{
	char path[PATH_MAX], *line = NULL;
	uint64_t dev, ino;
	size_t room = 0;
	ssize_t len;
	FILE *file;
	int at;

	snprintf(path, sizeof(path), "%s/names", directory);
	file = fopen(path, "r");
	if (!file)
		err(1, "%s", path);
	while ((len = getline(&line, &room, file)) > 0) {
		line[len - 1] = '\0';
		if (sscanf(line, "%" SCNu64 " %" SCNu64 "%n", &dev, &ino,
			   &at) != 2)
			errx(1, "%s: '%s'", path, line);
		add_name(machine, dev, ino, line + at + 1);
	}
	free(line);
	fclose(file);
}

static void free_names(struct machine *machine)
{
	struct path_result *result;
	unsigned int i;

	for (i = 0; i < machine->nr_files; i++) {
		result = &machine->files[i].result;
		while (result->count)
			free(result->names[--result->count]);
		free(result->names);
	}
}

static struct view view_of(struct machine *machine,
			   const struct fserror_client *client,
			   const struct fserror_record *rec)
{
	static const struct path_result unlinked = { .state = PATH_UNLINKED };
	const dev_t dev = makedev(rec->major, rec->minor);
	struct view view = { .rec = rec,
			     .boot_id = fserror_client_boot_id(client) };
	const struct file_known *file;

	view_mount(machine->mounts, dev, &view.source, &view.target);
	if (paths_possible(rec)) {
		/* all files that were there are known */
		file = find_file(machine, dev, rec->ino);
		view.paths = file ? &file->result : &unlinked;
	}
	return view;
}

/* the streams */

/*
 * Put a stream where the client finds it. Family and request have the numbers
 * that they had then.
 */
static void load_stream(struct peer *peer, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.stream", directory, name);
	if (stream_load(peer, path))
		err(1, "%s", path);
}

/* events */

static void print_view(const struct view *view, bool json)
{
	if (json)
		json_record(stdout, view, NULL);
	else
		must(!text_record(stdout, &iso, view));
}

/* a record whose names take a while to be found, and the names */
static void print_late_names(struct machine *machine, struct peer *peer,
			     const struct fserror_record *rec, bool json)
{
	static const struct path_result pending = { .state = PATH_PENDING };
	const struct view view = view_of(machine, peer->client, rec);
	const struct path_info info = { &view, rec->seq,
					fserror_kind_group(rec->kind), NOW };
	const struct path_info listed = { &view, 0, 0, NOW };
	struct view early = view;

	early.paths = &pending;
	print_view(&early, json);
	if (json) {
		json_path(stdout, &info);
		json_path(stdout, &listed);
	} else {
		must(!text_path(stdout, &iso, &info));
		must(!text_path(stdout, &iso, &listed));
	}
}

static void print_event(struct machine *machine, struct peer *peer,
			const struct fserror_event *event, bool json)
{
	const struct lost_info lost = {
		.group = event->group,
		.boot_id = fserror_client_boot_id(peer->client),
		.first = event->first,
		.last = event->last,
		.now = NOW,
	};
	const struct sync_info sync = {
		.reason = SYNC_RECOVERED,
		.group = event->group,
		.boot_id = fserror_client_boot_id(peer->client),
		.seq = fserror_client_last_seq(peer->client, event->group),
		.now = NOW,
	};
	struct view view;

	switch (event->type) {
	case FSERROR_EVENT_RECORD:
		view = view_of(machine, peer->client, &event->record);
		print_view(&view, json);
		if (event->record.seq == machine->late)
			print_late_names(machine, peer, &event->record, json);
		return;
	case FSERROR_EVENT_LOST:
		if (json)
			json_lost(stdout, &lost);
		else
			must(!text_lost(stdout, &iso, &lost));
		return;
	case FSERROR_EVENT_RECOVERED:
		if (json)
			json_sync(stdout, &sync);
		else
			must(!text_sync(stdout, &iso, &sync));
		return;
	case FSERROR_EVENT_MISSED:
		abort();
	}
}

static void print_events(struct machine *machine, struct peer *peer, bool json)
{
	struct fserror_event *event;

	while (fserror_client_next(peer->client, &event) == 1) {
		print_event(machine, peer, event, json);
		fserror_event_free(event);
	}
}

/* what was sent, then all of it again, as if nothing had arrived */
static void replay_events(struct machine *machine, bool json)
{
	static const char *const histories[] = { "history", "lost" };
	struct peer peer;
	size_t i;

	peer_open(&peer);
	load_stream(&peer, "events");
	must(!fserror_client_pump(peer.client));
	machine->late = 3;
	print_events(machine, &peer, json);
	machine->late = 0;
	peer_close(&peer);
	for (i = 0; i < sizeof(histories) / sizeof(histories[0]); i++) {
		peer_open(&peer);
		load_stream(&peer, histories[i]);
		must(!fserror_client_recover(peer.client,
					     FSERROR_GROUP_DAMAGE));
		print_events(machine, &peer, json);
		peer_close(&peer);
	}
}

/* damage */

static bool set_format(struct table_options *table, const char *format)
{
	columns_default(&table->columns);
	table->raw = !strcmp(format, "list-raw");
	table->pairs = !strcmp(format, "list-pairs");
	return table->raw || table->pairs || !strcmp(format, "list");
}

static void print_check(const struct views *views, bool json)
{
	struct check_counts counts = { .io_errors = 2 };
	size_t i;

	for (i = 0; i < views->nr; i++)
		must(!check_add(&counts, views->v[i].rec));
	must(!check_finish(&counts));
	if (json)
		check_json(stdout, &counts, false);
	else
		check_text(stdout, &counts, false);
	check_free(&counts);
}

/* the data of files, as fswatch-err files chooses it if it has no other choice */
static void choose_files(const struct views *views, struct views *chosen)
{
	uint32_t kind;
	size_t i;

	chosen->nr = 0;
	for (i = 0; i < views->nr; i++) {
		kind = views->v[i].rec->kind;
		if (kind == FSERROR_KIND_DATA_LOST ||
		    kind == FSERROR_KIND_MEDIA)
			chosen->v[chosen->nr++] = views->v[i];
	}
}

static int put_name(void *arg, const struct lost_file *file)
{
	return file->name && !file->again ? filelist_put(arg, file->name) : 0;
}

static void print_files(const struct views *views, const char *format)
{
	static const struct lost_files_visitor visitor = { .begin = put_name };
	struct filelist list = { .out = stdout };
	struct view v[EVENTS_MAX];
	struct views chosen = { .v = v };
	struct lost_files files;
	size_t i;
	int form;

	choose_files(views, &chosen);
	must(!lost_files_init(&files, NULL));
	for (i = 0; i < chosen.nr; i++)
		must(!lost_files_add(&files, &chosen.v[i]));
	form = filelist_format_from_word(format);
	if (!strcmp(format, "json")) {
		must(!files_json(stdout, &files, true));
	} else if (form >= 0) {
		list.format = form;
		must(!lost_files_each(&files, &visitor, &list) &&
		     !filelist_end(&list));
	} else {
		errx(1, "unknown format of files: '%s'", format);
	}
	lost_files_free(&files);
}

static void print_damage(const struct views *views, const char *format)
{
	struct table_options table = { .json = !strcmp(format, "list-json") };
	struct list_output list = { .table = &table, .out = stdout };

	if (!strcmp(format, "check") || !strcmp(format, "check-json")) {
		print_check(views, !strcmp(format, "check-json"));
	} else if (!strncmp(format, "files-", 6)) {
		print_files(views, format + 6);
	} else if (table.json || set_format(&table, format)) {
		must(!list_views(&list, views));
		list_end(&list, false);
	} else {
		errx(1, "unknown format: '%s'", format);
	}
}

static int keep(void *arg, const struct fserror_record *rec)
{
	return records_add(arg, rec);
}

static void replay_damage(struct machine *machine, const char *format)
{
	static const struct fserror_damage_visitor visitor = { .record = keep };
	struct records records = { 0 };
	struct view v[EVENTS_MAX];
	struct views views = { .nr = 0 };
	struct peer peer;
	size_t i;

	peer_open(&peer);
	load_stream(&peer, "damage");
	must(!fserror_damage_each(peer.client, NULL, FSERROR_DAMAGE_OWNERS,
				  &visitor, &records));
	must(records.nr <= EVENTS_MAX);
	for (i = 0; i < records.nr; i++)
		v[i] = view_of(machine, peer.client, records.v[i]);
	views.v = v;
	views.nr = records.nr;
	print_damage(&views, format);
	records_free(&records);
	peer_close(&peer);
}

static void replay_status(struct machine *machine, bool json)
{
	struct status status = { .version = 1,
				 .sysfs = "/nonexistent",
				 .mounts = machine->mounts };
	struct peer peer;

	peer_open(&peer);
	load_stream(&peer, "stat");
	must(!fserror_client_stat(peer.client, &status.stat));
	load_stream(&peer, "filesystems");
	must(!fserror_filesystems_each(peer.client, filesystems_add,
				       &status.filesystems));
	must(!(json ? status_json(stdout, &status) :
		      status_text(stdout, &status)));
	filesystems_free(&status.filesystems);
	fserror_stat_free(status.stat);
	peer_close(&peer);
}

int main(int argc, char **argv)
{
	struct machine machine = { .nr_files = 0 };
	const char *format;

	if (argc != 3)
		errx(1, "usage: captured DIRECTORY FORMAT");
	directory = argv[1];
	format = argv[2];
	setlocale(LC_ALL, "");
	setenv("TZ", "UTC0", 1);
	machine.mounts = mounts_load();
	must(machine.mounts);
	load_names(&machine);
	if (!strcmp(format, "text") || !strcmp(format, "json"))
		replay_events(&machine, !strcmp(format, "json"));
	else if (!strcmp(format, "status") || !strcmp(format, "status-json"))
		replay_status(&machine, !strcmp(format, "status-json"));
	else if (!strcmp(format, "test-json"))
		test_json(stdout, 15);
	else
		replay_damage(&machine, format);
	free_names(&machine);
	mounts_free(machine.mounts);
	return 0;
}
