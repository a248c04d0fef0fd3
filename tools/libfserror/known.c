// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a watcher knows to be bad.
 *
 * What adds up is (instance, device, range). Records whose owners differ are of the
 * same range; a newer record of a range changes its state, and leaves its cause,
 * which is that of the first telling. What a layer could not place is of all of the
 * device and adds up by (instance, device, layer, origin device). Records without a
 * device range are history.
 *
 * A list is gathered beside what is known, for one mount at a time, and takes its
 * place only if its end says that it is complete. Events up to the as-of of the list
 * are contained in it.
 */
#include "libfserror_known.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "known_set.h"

struct mount {
	uint64_t instance;
	bool listed; /* by the list that is being read */
	struct known_set set;
};

struct fserror_known {
	struct mount *mounts; /* sorted by instance */
	size_t nr, room;
	uint64_t as_of;
	/* the list that is being read */
	uint64_t list_as_of;
	bool list_header; /* it said as of when it is */
	bool incomplete;
	uint64_t instance; /* that is being listed, 0 for none */
	struct known_set set; /* of that */
};

struct fserror_known *fserror_known_new(void)
{
	return calloc(1, sizeof(struct fserror_known));
}

void fserror_known_free(struct fserror_known *known)
{
	if (!known)
		return;
	while (known->nr)
		known_set_free(&known->mounts[--known->nr].set);
	free(known->mounts);
	known_set_free(&known->set);
	free(known);
}

/* the first mount that is not before @instance */
static size_t find_mount(const struct fserror_known *known, uint64_t instance)
{
	size_t low = 0, high = known->nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (known->mounts[middle].instance < instance)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* the mount, made if it is not there; NULL if there is no memory */
static struct mount *get_mount(struct fserror_known *known, uint64_t instance)
{
	size_t at = find_mount(known, instance), room;
	struct mount *mounts;

	if (at < known->nr && known->mounts[at].instance == instance)
		return &known->mounts[at];
	if (known->nr == known->room) {
		room = known->room ? known->room * 2 : 16;
		mounts = reallocarray(known->mounts, room, sizeof(*mounts));
		if (!mounts)
			return NULL;
		known->mounts = mounts;
		known->room = room;
	}
	memmove(known->mounts + at + 1, known->mounts + at,
		(known->nr - at) * sizeof(*known->mounts));
	known->nr++;
	known->mounts[at] = (struct mount){ .instance = instance };
	return &known->mounts[at];
}

static void drop_mount(struct fserror_known *known, size_t at)
{
	known_set_free(&known->mounts[at].set);
	known->nr--;
	memmove(known->mounts + at, known->mounts + at + 1,
		(known->nr - at) * sizeof(*known->mounts));
}

static void forget(struct fserror_known *known, uint64_t instance)
{
	size_t at = find_mount(known, instance);

	if (at < known->nr && known->mounts[at].instance == instance)
		drop_mount(known, at);
}

/* what a record says of its range */
static enum fserror_known_state state_of(const struct fserror_record *rec)
{
	if (rec->kind == FSERROR_KIND_DEGRADED)
		return FSERROR_KNOWN_DEGRADED;
	if (rec->flags & FSERROR_RECORD_FLAG_UNKNOWN)
		return FSERROR_KNOWN_UNKNOWN;
	if (rec->flags & FSERROR_RECORD_FLAG_CONTENT_UNKNOWN)
		return FSERROR_KNOWN_CONTENT_UNKNOWN;
	if (rec->flags & FSERROR_RECORD_FLAG_PARTIAL)
		return FSERROR_KNOWN_COARSE;
	if (rec->flags & FSERROR_RECORD_FLAG_UNRESOLVED)
		return FSERROR_KNOWN_UNRESOLVED;
	return FSERROR_KNOWN_BAD;
}

static bool has_range(const struct fserror_record *rec)
{
	const uint32_t all =
		1 << FSERROR_A_RANGE_MAJOR | 1 << FSERROR_A_RANGE_MINOR |
		1 << FSERROR_A_RANGE_OFFSET | 1 << FSERROR_A_RANGE_LENGTH;

	return fserror_has(rec, FSERROR_A_RECORD_DEVICE) &&
	       (rec->device.present & all) == all && rec->device.length;
}

/* what a record of a range does to the set of its mount; 0 or -ENOMEM */
static int apply_range(struct known_set *set, const struct fserror_record *rec)
{
	const bool gone = rec->kind == FSERROR_KIND_CLEARED &&
			  !(rec->flags & FSERROR_RECORD_FLAG_CONTENT_UNKNOWN);

	if (rec->flags & FSERROR_RECORD_FLAG_UNMAPPED)
		return gone ? known_unplaced_remove(set, rec) :
			      known_unplaced_add(set, rec, state_of(rec));
	return gone ? known_set_remove(set, &rec->device) :
		      known_set_add(set, &rec->device, state_of(rec),
				    rec->cause);
}

int fserror_known_apply(struct fserror_known *known,
			const struct fserror_record *rec)
{
	struct mount *mount;

	if (rec->seq && rec->seq <= known->as_of)
		return 0;
	switch (rec->kind) {
	case FSERROR_KIND_UNMOUNT:
		forget(known, rec->instance);
		return 0;
	case FSERROR_KIND_DATA_LOST:
	case FSERROR_KIND_METADATA:
	case FSERROR_KIND_MEDIA:
	case FSERROR_KIND_CLEARED:
	case FSERROR_KIND_BULK:
	case FSERROR_KIND_DEGRADED:
		break;
	default:
		return rec->kind > FSERROR_KIND_MAX;
	}
	/* a bulk that does not say of what is to be asked about */
	if (!has_range(rec) || !rec->instance)
		return rec->kind == FSERROR_KIND_BULK;
	mount = get_mount(known, rec->instance);
	return mount ? apply_range(&mount->set, rec) : -ENOMEM;
}

/* a list */

void fserror_known_list_begin(struct fserror_known *known)
{
	size_t i;

	for (i = 0; i < known->nr; i++)
		known->mounts[i].listed = false;
	known->list_header = false;
	known->incomplete = false;
	known->instance = 0;
	known_set_free(&known->set);
}

static int list_header(void *arg, const struct fserror_dump_header *header)
{
	struct fserror_known *known = arg;

	/* of several lists, what is contained in all */
	if (!known->list_header || header->as_of < known->list_as_of)
		known->list_as_of = header->as_of;
	known->list_header = true;
	return 0;
}

static int list_mount(void *arg, const struct fserror_dump_begin *begin)
{
	struct fserror_known *known = arg;

	/* one that did not end is not known */
	if (known->instance)
		known->incomplete = true;
	known_set_free(&known->set);
	known->instance = begin->instance;
	return 0;
}

static int list_record(void *arg, const struct fserror_record *rec)
{
	struct fserror_known *known = arg;

	if (!known->instance || !has_range(rec))
		return 0;
	return apply_range(&known->set, rec);
}

static int list_mount_end(void *arg, const struct fserror_dump_end *end)
{
	struct fserror_known *known = arg;
	struct mount *mount;

	if (end->instance != known->instance) {
		known->incomplete = true;
		return 0;
	}
	known->instance = 0;
	if (fserror_present(end->present, FSERROR_A_DUMP_END_GONE)) {
		known_set_free(&known->set);
		forget(known, end->instance);
		return 0;
	}
	mount = get_mount(known, end->instance);
	if (!mount)
		return -ENOMEM;
	mount->listed = true;
	if (!fserror_present(end->present, FSERROR_A_DUMP_END_COMPLETE)) {
		known->incomplete = true;
		known_set_free(&known->set);
		return 0;
	}
	known_set_free(&mount->set);
	mount->set = known->set;
	known->set = (struct known_set){ 0 };
	return 0;
}

const struct fserror_damage_visitor *fserror_known_visitor(void)
{
	static const struct fserror_damage_visitor visitor = {
		.header = list_header,
		.begin = list_mount,
		.record = list_record,
		.end = list_mount_end,
	};

	return &visitor;
}

int fserror_known_list_end(struct fserror_known *known, bool all)
{
	size_t i;

	if (known->instance)
		known->incomplete = true;
	known->instance = 0;
	known_set_free(&known->set);
	if (!all)
		return known->incomplete;
	for (i = known->nr; i > 0; i--) {
		if (!known->mounts[i - 1].listed)
			drop_mount(known, i - 1);
	}
	if (known->list_header && known->list_as_of > known->as_of)
		known->as_of = known->list_as_of;
	return known->incomplete;
}

int fserror_known_list(struct fserror_known *known,
		       struct fserror_client *client)
{
	int rc, again;

	fserror_known_list_begin(known);
	rc = fserror_damage_each(client, NULL, FSERROR_DAMAGE_RANGES,
				 fserror_known_visitor(), known);
	again = fserror_known_list_end(known, rc == 0);
	return rc ? rc : again;
}

/* to look at it */

int fserror_known_each(const struct fserror_known *known,
		       int (*visit)(void *arg,
				    const struct fserror_known_range *range),
		       void *arg)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < known->nr; i++)
		rc = known_set_each(&known->mounts[i].set,
				    known->mounts[i].instance, visit, arg);
	return rc;
}

size_t fserror_known_count(const struct fserror_known *known)
{
	size_t count = 0, i;

	for (i = 0; i < known->nr; i++)
		count += known_set_count(&known->mounts[i].set);
	return count;
}

const char *fserror_known_state_name(enum fserror_known_state state)
{
	static const char *const names[] = {
		[FSERROR_KNOWN_BAD] = "bad",
		[FSERROR_KNOWN_UNRESOLVED] = "unresolved",
		[FSERROR_KNOWN_UNKNOWN] = "unknown",
		[FSERROR_KNOWN_CONTENT_UNKNOWN] = "content-unknown",
		[FSERROR_KNOWN_COARSE] = "coarse",
		[FSERROR_KNOWN_DEGRADED] = "degraded",
	};

	return names[state];
}
