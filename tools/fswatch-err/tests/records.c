// SPDX-License-Identifier: GPL-2.0-only
#include "records.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int records_add(struct records *records, const struct fserror_record *rec)
{
	size_t room = records->room ? records->room * 2 : 64;
	struct fserror_record **v, *copy;

	if (records->nr == records->room) {
		v = reallocarray(records->v, room,
				 sizeof(struct fserror_record *));
		if (!v)
			return -ENOMEM;
		records->v = v;
		records->room = room;
	}
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *rec;
	records->v[records->nr++] = copy;
	return 0;
}

void records_free(struct records *records)
{
	while (records->nr)
		free(records->v[--records->nr]);
	free(records->v);
	memset(records, 0, sizeof(*records));
}
