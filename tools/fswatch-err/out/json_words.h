/* SPDX-License-Identifier: GPL-2.0-only */
/* Members of JSON objects that mean something to the kernel. */
#ifndef FSW_JSON_WORDS_H
#define FSW_JSON_WORDS_H

#include <stdint.h>

#include "json_writer.h"

/* nanoseconds since 1970, as RFC 3339 has it, in UTC */
void json_put_time(struct json *json, const char *key, uint64_t ns);

/* "flags": the words for FSERROR_RECORD_FLAG_* */
void json_put_flags(struct json *json, uint32_t flags);

#endif /* FSW_JSON_WORDS_H */
