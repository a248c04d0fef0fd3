// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of what is damaged as a stream: batches, names that are found, that nobody
 * asks for, that come twice, and that never come.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "list.h"
#include "listing.h"
#include "messages.h"
#include "peer.h"
#include "tap.h"
#include "watched.h"

#define PER_MESSAGE 50

static void must(bool good)
{
	if (!good)
		abort();
}

static struct peer peer;

int __wrap_fserror_client_open(struct fserror_client **client);
int __wrap_fserror_client_open(struct fserror_client **client)
{
	peer_open(&peer);
	*client = peer.client;
	return 0;
}

/* the search for names, in the threads: a name for each inode, or a disk that hangs */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static bool hangs;
static size_t looked_up; /* inodes */

int __wrap_paths_resolve(const struct mounts *mounts,
			 const struct fserror_record *const *recs, size_t nr,
			 const struct path_hooks *hooks,
			 struct path_batch *batch);
int __wrap_paths_resolve(const struct mounts *mounts,
			 const struct fserror_record *const *recs, size_t nr,
			 const struct path_hooks *hooks,
			 struct path_batch *batch)
{
	size_t i;

	(void)mounts;
	(void)hooks;
	pthread_mutex_lock(&lock);
	while (hangs)
		pthread_cond_wait(&opened, &lock);
	looked_up += nr;
	pthread_mutex_unlock(&lock);
	batch->results = calloc(nr, sizeof(*batch->results));
	batch->of = calloc(nr, sizeof(*batch->of));
	must(batch->results && batch->of);
	batch->nr_results = nr;
	batch->nr_records = nr;
	for (i = 0; i < nr; i++) {
		struct path_result *result = &batch->results[i];

		batch->of[i] = i;
		result->state = PATH_OK;
		result->names = calloc(1, sizeof(*result->names));
		must(result->names && asprintf(&result->names[0], "/srv/%ju",
					       (uintmax_t)recs[i]->ino) > 0);
		result->count = 1;
		result->links = 1;
	}
	return 0;
}

static void set_hanging(bool hanging)
{
	pthread_mutex_lock(&lock);
	hangs = hanging;
	pthread_cond_broadcast(&opened);
	pthread_mutex_unlock(&lock);
}

static size_t take_looked_up(void)
{
	size_t nr;

	pthread_mutex_lock(&lock);
	nr = looked_up;
	looked_up = 0;
	pthread_mutex_unlock(&lock);
	return nr;
}

/* the kernel's part, before the question: there is room for so much */

static void answer(size_t nr, size_t inodes, bool whole)
{
	struct nl_msg *msg = message_new(FSERROR_CMD_STAT_GET, 1, 0);
	struct fserror_record rec = record_data_lost(0);
	size_t i, j;

	message_put_boot_id(msg, FSERROR_A_STAT_BOOT_ID);
	peer_send(peer.req, msg);
	peer_send(peer.req, message_error(1, 0, NULL));
	msg = message_new(FSERROR_CMD_DAMAGE_GET, 2, NLM_F_MULTI);
	message_put_header(msg, 17);
	message_put_begin(msg, 3);
	peer_send(peer.req, msg);
	for (i = 0; i < nr; i += PER_MESSAGE) {
		msg = message_new(FSERROR_CMD_DAMAGE_GET, 2, NLM_F_MULTI);
		for (j = i; j < nr && j < i + PER_MESSAGE; j++) {
			rec.ino = 100 + j % inodes;
			rec.handle[0] = rec.ino;
			rec.handle[1] = rec.ino >> 8;
			rec.offset = j * 4096;
			message_put_record(msg, FSERROR_A_DAMAGE_RECORD, &rec);
		}
		peer_send(peer.req, msg);
	}
	if (!whole)
		return;
	msg = message_new(FSERROR_CMD_DAMAGE_GET, 2, NLM_F_MULTI);
	message_put_end(msg, 3, FSERROR_A_DUMP_END_COMPLETE);
	peer_send(peer.req, msg);
	peer_send(peer.req, message_done(2, 0, 0));
	watched_send(&peer, 3);
}

/* what is told */
struct told {
	size_t records, named, pending, batches;
	bool in_order;
	uint64_t next;
};

static int take(void *arg, const struct views *views)
{
	struct told *told = arg;
	const struct view *view;
	size_t i;

	told->batches++;
	for (i = 0; i < views->nr; i++) {
		view = &views->v[i];
		told->in_order &= view->rec->offset == told->next;
		told->next += 4096;
		told->records++;
		if (view->paths)
			told->pending += view->paths->state == PATH_PENDING;
		if (view->paths && view->paths->count == 1)
			told->named += strtoull(view->paths->names[0] + 5, NULL,
						10) == view->rec->ino;
	}
	return 0;
}

static uint64_t now_in_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static struct told run(struct listing *listing, bool names)
{
	struct told told = { .in_order = true };
	struct select select = { .kinds = 0 };

	must(listing_run(listing, &select, names, take, &told) == CMD_OK);
	return told;
}

static void begin(struct listing *listing, uint64_t timeout)
{
	must(listing_open(listing, timeout) == CMD_OK);
}

static void end(struct listing *listing)
{
	listing_close(listing);
	close(peer.req);
	close(peer.sub);
	close(peer.io);
}

static void test_batches(struct tap *tap)
{
	const size_t nr = 2 * LISTING_BATCH + 7;
	struct listing listing;
	struct told told;

	begin(&listing, 60);
	answer(nr, nr, true);
	told = run(&listing, true);
	ok(tap,
	   told.records == nr && told.batches == 3 && told.in_order &&
		   told.named == nr,
	   "batches, in the kernel's order, each with its names");
	ok(tap, take_looked_up() == nr, "each inode is looked up once");
	ok(tap, missing_nothing(&listing.missing), "and nothing is missing");
	end(&listing);

	begin(&listing, 60);
	answer(nr, 10, true);
	told = run(&listing, true);
	ok(tap, told.named == nr && take_looked_up() == 10,
	   "those that come again in a later batch are not");
	end(&listing);

	begin(&listing, 60);
	answer(nr, nr, true);
	told = run(&listing, false);
	ok(tap, told.records == nr && !told.named && !told.pending,
	   "without names");
	ok(tap, !take_looked_up() && missing_nothing(&listing.missing),
	   "nothing is looked up, nor missed");
	end(&listing);

	begin(&listing, 60);
	answer(0, 1, true);
	told = run(&listing, true);
	ok(tap, !told.batches && missing_nothing(&listing.missing),
	   "nothing is damaged");
	end(&listing);
}

static void test_disk_hangs(struct tap *tap)
{
	const size_t nr = LISTING_BATCH + 100;
	struct listing listing;
	struct told told;
	uint64_t from;

	set_hanging(true);
	begin(&listing, 1);
	answer(nr, nr, true);
	from = now_in_ms();
	told = run(&listing, true);
	ok(tap, now_in_ms() - from < 8000, "timeout: it ends, after %u ms",
	   (unsigned int)(now_in_ms() - from));
	ok(tap,
	   told.records >= LISTING_BATCH && told.pending == told.records &&
		   told.in_order,
	   "timeout: what was heard is told without names");
	ok(tap,
	   listing.missing.timed_out && !listing.missing.interrupted &&
		   missing_say(&listing.missing) == CMD_INCOMPLETE,
	   "timeout: and that they are missing is said");
	set_hanging(false);
	end(&listing);
}

static void test_interrupted(struct tap *tap)
{
	const size_t nr = LISTING_BATCH + 100;
	struct listing listing;
	struct told told;
	uint64_t from;

	set_hanging(true);
	begin(&listing, 60);
	answer(nr, nr, true);
	must(!kill(getpid(), SIGTERM));
	from = now_in_ms();
	told = run(&listing, true);
	ok(tap, now_in_ms() - from < 8000 && told.pending == told.records,
	   "signal: it ends");
	ok(tap,
	   listing.missing.interrupted &&
		   missing_say(&listing.missing) == CMD_INCOMPLETE,
	   "signal: and says so");
	set_hanging(false);
	end(&listing);
}

static void test_kernel_hangs(struct tap *tap)
{
	struct listing listing;
	struct told told;

	begin(&listing, 1);
	answer(30, 30, false);
	told = run(&listing, true);
	ok(tap, told.records == 30, "kernel: what it said is told");
	ok(tap,
	   listing.missing.timed_out && listing.missing.cut &&
		   missing_may_be_more(&listing.missing) &&
		   missing_say(&listing.missing) == CMD_INCOMPLETE,
	   "kernel: and that it did not come to its end");
	end(&listing);
}

/* what nobody gets is not looked up any more */
static void test_output_fails(struct tap *tap)
{
	const size_t nr = 4 * LISTING_BATCH;
	struct table_options table = { .json = true };
	struct list_output output = { .table = &table };
	struct select select = { .kinds = 0 };
	struct listing listing;
	int code;

	output.out = fopen("/dev/full", "w");
	must(output.out);
	begin(&listing, 60);
	answer(nr, nr, true);
	take_looked_up();
	code = listing_run(&listing, &select, true, list_views, &output);
	ok(tap, code == CMD_ERROR && take_looked_up() == LISTING_BATCH,
	   "output: when it fails the rest is not listed");
	list_end(&output, true);
	fclose(output.out);
	end(&listing);
}

/* threads that hang keep their memory, and the signal is not taken */
static void apart(struct tap *tap, void (*test)(struct tap *tap))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	must(pid >= 0);
	if (!pid) {
		tap->failed = 0;
		test(tap);
		_exit(tap->failed != 0);
	}
	must(waitpid(pid, &status, 0) == pid);
	tap->failed += status != 0;
}

int main(void)
{
	struct tap tap = { 0 };

	/* what did not end would hang the test */
	alarm(120);
	test_batches(&tap);
	apart(&tap, test_disk_hangs);
	apart(&tap, test_interrupted);
	test_kernel_hangs(&tap);
	test_output_fails(&tap);
	return tap.failed != 0;
}
