// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as the attributes of a message: the first byte of the input is the
 * command of the generic netlink header, which chooses the parser.
 *
 * What a parser accepts is looked at: names end in a NUL within their array, a
 * handle fits, nothing is present that the protocol does not know.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_name(bool present, const char *name)
{
	size_t len = strnlen(name, FSERROR_NAME_MAX);

	must(len < FSERROR_NAME_MAX && present == (len > 0));
}

/* bits above @max, and bit 0, stand for nothing */
static void check_present(uint32_t present, int max)
{
	must(!(present >> 1 >> max) && !(present & 1));
}

static int look_at_record(void *arg, const struct fserror_record *rec)
{
	size_t *count = arg;

	check_present(rec->present, FSERROR_A_RECORD_MAX);
	check_present(rec->device.present, FSERROR_A_RANGE_MAX);
	check_present(rec->origin.present, FSERROR_A_RANGE_MAX);
	check_name(fserror_has(rec, FSERROR_A_RECORD_FSTYPE), rec->fstype);
	check_name(fserror_has(rec, FSERROR_A_RECORD_SB_ID), rec->sb_id);
	check_name(fserror_has(rec, FSERROR_A_RECORD_LAYER), rec->layer);
	must(fserror_has(rec, FSERROR_A_RECORD_KIND));
	must(rec->handle_len <= FSERROR_HANDLE_MAX);
	must(fserror_has(rec, FSERROR_A_RECORD_HANDLE) ==
	     (rec->handle_len > 0));
	(*count)++;
	return 0;
}

static int look_at_lost(void *arg, const struct fserror_lost *lost)
{
	size_t *count = arg;

	must(lost->first <= lost->last);
	(*count)++;
	return 0;
}

static void check_filesystem(const struct fserror_filesystem *fs)
{
	check_present(fs->present, FSERROR_A_FILESYSTEM_MAX);
	check_name(fserror_present(fs->present, FSERROR_A_FILESYSTEM_FSTYPE),
		   fs->fstype);
	check_name(fserror_present(fs->present, FSERROR_A_FILESYSTEM_SB_ID),
		   fs->sb_id);
}

static void check_stat(const struct fserror_stat *st)
{
	size_t i;

	check_present(st->present, FSERROR_A_STAT_MAX);
	for (i = 0; i < st->nr_kinds; i++)
		check_present(st->kinds[i].present, FSERROR_A_KIND_COUNT_MAX);
	for (i = 0; i < st->nr_watchers; i++)
		check_present(st->watchers[i].present, FSERROR_A_WATCHER_MAX);
	for (i = 0; i < st->nr_rings; i++)
		check_present(st->rings[i].present, FSERROR_A_RING_MAX);
}

static int look_at_end(void *arg, const struct fserror_dump_end *end)
{
	size_t *count = arg, i;

	check_present(end->present, FSERROR_A_DUMP_END_MAX);
	for (i = 0; i < end->nr_devices; i++)
		check_present(end->devices[i].present,
			      FSERROR_A_DEVICE_STATE_MAX);
	(*count)++;
	return 0;
}

static int look_at_begin(void *arg, const struct fserror_dump_begin *begin)
{
	size_t *count = arg;

	check_present(begin->present, FSERROR_A_DUMP_BEGIN_MAX);
	check_name(fserror_present(begin->present, FSERROR_A_DUMP_BEGIN_FSTYPE),
		   begin->fstype);
	must(begin->instance);
	(*count)++;
	return 0;
}

static int parse(int cmd, const struct nlmsghdr *nlh, struct fserror_why *why)
{
	size_t count = 0;
	const struct fserror_event_parser parser = { .lost = look_at_lost,
						     .record = look_at_record,
						     .arg = &count };
	static const struct fserror_damage_visitor visitor = {
		.begin = look_at_begin,
		.record = look_at_record,
		.end = look_at_end,
	};
	struct fserror_event_head event;
	struct fserror_filesystem fs;
	struct fserror_stat st;
	uint64_t seq;
	int err;

	switch (cmd) {
	case FSERROR_CMD_DAMAGE_GET:
		err = fserror_parse_damage(nlh, &visitor, &count, why);
		break;
	case FSERROR_CMD_FS_GET:
		err = fserror_parse_filesystem(nlh, &fs, why);
		if (!err)
			check_filesystem(&fs);
		fserror_filesystem_clear(&fs);
		break;
	case FSERROR_CMD_STAT_GET:
		err = fserror_parse_stat(nlh, &st, why);
		if (!err)
			check_stat(&st);
		fserror_stat_clear(&st);
		break;
	case FSERROR_CMD_TEST_EVENT:
		err = fserror_parse_test(nlh, &seq, why);
		break;
	default:
		err = fserror_parse_event(nlh, &event, &parser, why);
		break;
	}
	/* a record has an attribute of 4 bytes at least, and so has its kind */
	must(count <= nlh->nlmsg_len / 4);
	return err;
}

/*
 * Inputs are changed with attributes in mind: an attribute that grows or shrinks
 * must take those along that it lies in, which bytes at random hardly ever do.
 */

#define ATTRS_MAX 256 /* of an input, that are looked at */
#define DEPTH_MAX 4
#define PAYLOAD_MAX 200 /* above every limit that the parser has */

struct place {
	size_t at; /* of the attribute's header */
	size_t in[DEPTH_MAX]; /* of those around it */
	unsigned int depth;
};

struct places {
	struct place v[ATTRS_MAX];
	size_t nr;
};

static struct nlattr attr_at(const uint8_t *data, size_t at)
{
	struct nlattr attr;

	memcpy(&attr, data + at, sizeof(attr));
	return attr;
}

/* the attributes between @at and @end, which lie in those of @around */
static void find_places(const uint8_t *data, size_t at, size_t end,
			const struct place *around, struct places *places)
{
	struct place place = *around;
	struct nlattr attr;

	for (; at + NLA_HDRLEN <= end; at += NLA_ALIGN(attr.nla_len)) {
		attr = attr_at(data, at);
		if (attr.nla_len < NLA_HDRLEN || attr.nla_len > end - at ||
		    places->nr == ATTRS_MAX)
			return;
		place.at = at;
		places->v[places->nr++] = place;
		if (attr.nla_type & NLA_F_NESTED && place.depth < DEPTH_MAX) {
			struct place inner = place;

			inner.in[inner.depth++] = at;
			find_places(data, at + NLA_HDRLEN, at + attr.nla_len,
				    &inner, places);
		}
	}
}

static void add_to_length(uint8_t *data, size_t at, long change)
{
	struct nlattr attr = attr_at(data, at);

	attr.nla_len += change;
	memcpy(data + at, &attr, sizeof(attr));
}

/*
 * Give the attribute @payload bytes, the last of them a NUL: it may be a name.
 * Returns the new size, 0 if that is too big.
 */
static size_t resize(uint8_t *data, size_t size, size_t max_size,
		     const struct place *place, size_t payload)
{
	struct nlattr attr = attr_at(data, place->at);
	size_t from = place->at + NLA_ALIGN(attr.nla_len);
	size_t to = place->at + NLA_ALIGN(NLA_HDRLEN + payload);
	size_t old_end = place->at + attr.nla_len;
	unsigned int i;

	/* the last one may lack its padding */
	if (from > size)
		from = size;
	if (to + (size - from) > max_size)
		return 0;
	memmove(data + to, data + from, size - from);
	if (to > old_end)
		memset(data + old_end, 'x', to - old_end);
	if (payload)
		data[place->at + NLA_HDRLEN + payload - 1] = '\0';
	add_to_length(data, place->at,
		      (long)(NLA_HDRLEN + payload) - attr.nla_len);
	for (i = 0; i < place->depth; i++)
		add_to_length(data, place->in[i], (long)to - (long)from);
	return to + (size - from);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	static const struct place outside;
	struct places places = { .nr = 0 };
	const struct place *place;
	size_t changed = 0;

	if (seed & 1 && size > 1)
		find_places(data, 1, size, &outside, &places);
	seed >>= 1;
	if (places.nr) {
		place = &places.v[seed % places.nr];
		seed /= ATTRS_MAX;
		changed = resize(data, size, max_size, place,
				 seed % (PAYLOAD_MAX + 1));
	}
	return changed ? changed : LLVMFuzzerMutate(data, size, max_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fserror_why why = { "" };
	struct genlmsghdr *gnlh;
	struct nlmsghdr *nlh;
	size_t len;
	int err;

	if (size < 1)
		return 0;
	/* exactly as long as the message is, so that a byte too far is noticed */
	len = NLMSG_HDRLEN + GENL_HDRLEN + size - 1;
	nlh = calloc(1, len);
	must(nlh);
	nlh->nlmsg_len = len;
	gnlh = NLMSG_DATA(nlh);
	gnlh->cmd = data[0];
	memcpy((char *)gnlh + GENL_HDRLEN, data + 1, size - 1);
	err = parse(data[0], nlh, &why);
	must(err == 0 || err == -EBADMSG);
	/* a refusal says why */
	must((err == 0) == !why.text[0]);
	free(nlh);
	return 0;
}
