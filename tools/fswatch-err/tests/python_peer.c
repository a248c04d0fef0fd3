// SPDX-License-Identifier: GPL-2.0-only
/*
 * libfserror for a program that shall not need a kernel: a client that is opened gets
 * what is in the file that $FSERROR_STREAM names. Its layouts, for who has them in
 * another language.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "stream.h"

size_t layout_of(const char *member);

/* client.c has it by another name */
int fserror_client_open(struct fserror_client **client)
{
	const char *path = getenv("FSERROR_STREAM");
	static struct peer peer; /* its ends stay open */

	if (!path) {
		*client = NULL;
		return -ENOMEM;
	}
	peer_open(&peer);
	*client = peer.client;
	return stream_load(&peer, path) ? -errno : 0;
}

#define MEMBER(type, name)                                   \
	{                                                    \
#type "." #name, offsetof(struct type, name) \
	}
#define SIZE(type)                         \
	{                                  \
#type, sizeof(struct type) \
	}

static const struct {
	const char *name;
	size_t value;
} layouts[] = {
	SIZE(fserror_range),
	SIZE(fserror_record),
	SIZE(fserror_event),
	SIZE(fserror_damage_visitor),
	SIZE(fserror_dump_header),
	MEMBER(fserror_record, seq),
	MEMBER(fserror_record, kind),
	MEMBER(fserror_record, cause),
	MEMBER(fserror_record, flags),
	MEMBER(fserror_record, meta),
	MEMBER(fserror_record, role),
	MEMBER(fserror_record, major),
	MEMBER(fserror_record, nlink),
	MEMBER(fserror_record, ino),
	MEMBER(fserror_record, root),
	MEMBER(fserror_record, length),
	MEMBER(fserror_record, count),
	MEMBER(fserror_record, device),
	MEMBER(fserror_record, origin),
	MEMBER(fserror_record, fstype),
	MEMBER(fserror_record, sb_id),
	MEMBER(fserror_record, layer),
	MEMBER(fserror_record, uuid),
	MEMBER(fserror_record, handle_type),
	MEMBER(fserror_record, handle_len),
	MEMBER(fserror_record, handle),
	MEMBER(fserror_event, type),
	MEMBER(fserror_event, group),
	MEMBER(fserror_event, first),
	MEMBER(fserror_event, record),
	MEMBER(fserror_dump_header, as_of),
	MEMBER(fserror_dump_end, instance),
};

/* in bytes: "fserror_record" its size, "fserror_record.ino" where it is; 0: none */
size_t layout_of(const char *member)
{
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		if (!strcmp(layouts[i].name, member))
			return layouts[i].value;
	}
	return 0;
}
