// SPDX-License-Identifier: GPL-2.0-only
#include "scan_read.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "errand.h"
#include "patrol.h"

#define NS_PER_SEC UINT64_C(1000000000)
#define SAVE (NS_PER_SEC * 10)

/* what is left behind with a thread that does not come back */
struct reading {
	struct errand *errand;
	struct disk disk; /* the medium */
	struct disk_want want;
	int opened; /* what disk_open() said */
};

static uint64_t now_in_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

static bool is_woken(const struct scan_read *scan)
{
	struct pollfd fd = { .fd = scan->wakeup->fd, .events = POLLIN };

	return poll(&fd, 1, 0) > 0;
}

static void save(struct scan_read *scan, uint64_t now)
{
	scan->saved = now;
	if (!scan->failed && resume_save(scan->resume, scan->targets))
		scan->failed = true;
}

static void see(struct scan_read *scan, const struct patrol *patrol)
{
	const struct disk *disk = (const struct disk *)patrol->medium;
	struct target *target = scan->target;

	target->at = patrol->at;
	target->read = patrol->read;
	if (target->want.fs_dev && !disk->mapped && !target->whole) {
		target->whole = true;
		target->err = disk->unmapped;
	}
}

static bool tell(void *arg, const struct patrol *patrol)
{
	struct scan_read *scan = arg;
	uint64_t now = now_in_ns();

	see(scan, patrol);
	scan_progress(scan->output, scan->target, now);
	if (now - scan->saved >= SAVE)
		save(scan, now);
	/* nobody hears it, or it would be for nothing */
	return ferror(scan->output->out) || scan->failed;
}

static void tell_failed(void *arg, uint64_t pos, uint64_t len, int err)
{
	struct scan_read *scan = arg;

	scan_unread(scan->output, scan->target, pos, len, err);
}

static void do_open(void *arg)
{
	struct reading *reading = arg;

	reading->opened = disk_open(&reading->disk, &reading->want);
}

/* the target's disk, or NULL with what became of it in the target */
static struct reading *open_target(struct scan_read *scan)
{
	struct target *target = scan->target;
	struct reading *reading = calloc(1, sizeof(*reading));
	enum errand_end end;

	if (reading)
		reading->errand = errand_new();
	if (!reading || !reading->errand) {
		target->state = TARGET_FAILED;
		target->err = -errno;
		free(reading);
		return NULL;
	}
	reading->want = target->want;
	if (target->want.mount) {
		reading->want.mount = strdup(target->want.mount);
		if (!reading->want.mount)
			reading->want.fs_dev = 0;
	}
	end = errand_run(reading->errand, do_open, reading, scan->patience,
			 scan->wakeup);
	if (end == ERRAND_DONE)
		return reading;
	errand_free(reading->errand);
	target->state = end == ERRAND_STUCK ? TARGET_STUCK : TARGET_INTERRUPTED;
	return NULL;
}

static void close_reading(struct reading *reading)
{
	if (!errand_free(reading->errand))
		return;
	disk_close(&reading->disk);
	free(reading->want.mount);
	free(reading);
}

static enum target_state state_of(enum patrol_end end)
{
	switch (end) {
	case PATROL_DONE:
		break;
	case PATROL_INTERRUPTED:
		return TARGET_INTERRUPTED;
	case PATROL_STUCK:
		return TARGET_STUCK;
	case PATROL_GONE:
		return TARGET_GONE;
	}
	return TARGET_DONE;
}

/* what could not be read before; what is not tried again stays unread */
static enum patrol_end read_again(struct patrol *patrol, struct spans *before)
{
	enum patrol_end end = PATROL_DONE;
	size_t i;

	for (i = 0; i < before->nr; i++) {
		if (end == PATROL_DONE)
			end = patrol_range(patrol, before->v[i].pos,
					   before->v[i].len);
		else
			spans_add(patrol->unread, before->v[i].pos,
				  before->v[i].len);
	}
	before->nr = 0;
	return end;
}

static void read_target(struct scan_read *scan, struct reading *reading)
{
	struct target *target = scan->target;
	struct patrol patrol = {
		.medium = &reading->disk.medium,
		.errand = reading->errand,
		.wakeup = scan->wakeup,
		.rate = &scan->rate,
		.patience = scan->patience,
		.unread = target->unread,
		.at = target->at,
		.tell = tell,
		.failed = tell_failed,
		.arg = scan,
	};
	enum patrol_end end = PATROL_DONE;

	if (target->state != TARGET_DONE)
		end = patrol_run(&patrol);
	/* last, as a disk may get stuck there each time */
	if (end == PATROL_DONE)
		end = read_again(&patrol, target->before);
	see(scan, &patrol);
	target->state = state_of(end);
}

/* an earlier scan may have been of another disk with this name */
static void check_size(struct target *target, uint64_t size)
{
	if (target->resumed && target->size != size) {
		warnx("%s: it had another size in the earlier scan: it is read from its begin",
		      target->name);
		target->resumed = false;
		target->at = 0;
		target->before->nr = 0;
		target->state = TARGET_WAITING;
	}
	target->size = size;
}

static struct reading *begin(struct scan_read *scan)
{
	struct target *target = scan->target;
	struct reading *reading = open_target(scan);

	if (!reading)
		return NULL;
	if (reading->opened) {
		target->state = TARGET_FAILED;
		target->err = reading->opened;
		close_reading(reading);
		return NULL;
	}
	check_size(target, reading->disk.medium.size);
	target->block = reading->disk.medium.block;
	if (!reading->disk.mapped) {
		target->whole = true;
		target->err = reading->disk.unmapped;
	}
	return reading;
}

static void scan_one(struct scan_read *scan)
{
	struct target *target = scan->target;
	struct reading *reading = begin(scan);

	if (reading) {
		if (target->state == TARGET_WAITING)
			target->state = TARGET_READING;
		scan_begin(scan->output, target);
		read_target(scan, reading);
		close_reading(reading);
	}
	scan_ended(scan->output, target);
	save(scan, now_in_ns());
}

void scan_read_all(struct scan_read *scan)
{
	size_t i;

	scan->saved = now_in_ns();
	for (i = 0; i < scan->targets->nr && !scan->failed; i++) {
		if (is_woken(scan) || ferror(scan->output->out))
			break;
		scan->target = &scan->targets->v[i];
		scan_one(scan);
	}
}

bool scan_read_blocks(struct scan_read *scan, uint64_t block, uint64_t nr)
{
	struct target *target = scan->target = scan->targets->v;
	struct reading *reading = begin(scan);
	struct span place;
	uint64_t blocks;
	bool good;

	if (!reading) {
		scan_ended(scan->output, target);
		return true;
	}
	blocks = target->size / reading->disk.medium.block;
	good = block < blocks && nr <= blocks - block;
	if (good) {
		place.pos = block * reading->disk.medium.block;
		place.len = nr * reading->disk.medium.block;
		spans_add(target->before, place.pos, place.len);
		target->at = place.pos;
		target->state = TARGET_DONE;
		read_target(scan, reading);
		scan_place(scan->output, target, place.pos, place.len);
	} else {
		warnx("--at: '%s' has %" PRIu64 " blocks of %u bytes",
		      target->name, blocks, reading->disk.medium.block);
	}
	close_reading(reading);
	return good;
}
