// SPDX-License-Identifier: GPL-2.0-only
#include "json_words.h"

#include <libfserror.h>

#include "text.h"

void json_put_time(struct json *json, const char *key, uint64_t ns)
{
	char text[TEXT_TIME_MAX];

	text_time_utc(ns, text);
	json_put_string(json, key, text);
}

void json_put_flags(struct json *json, uint32_t flags)
{
	char word[FSERROR_WORD_MAX];
	unsigned int bit;

	json_open_list(json, "flags");
	for (bit = 0; flags; bit++, flags >>= 1) {
		if (flags & 1)
			json_put_string(json, NULL,
					fserror_flag_name(bit, word));
	}
	json_close_list(json);
}
