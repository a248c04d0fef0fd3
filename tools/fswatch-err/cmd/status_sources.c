// SPDX-License-Identifier: GPL-2.0-only
/* What says what is bad of the disks of this machine, and what that does not say. */
#include "status.h"

#include <errno.h>
#include <stdlib.h>

#include "sources.h"
#include "text.h"

static int put_names(FILE *out, char *const *names, size_t nr)
{
	char *name;
	size_t i;

	for (i = 0; i < nr; i++) {
		name = text_escape(names[i]);
		if (!name)
			return -1;
		fprintf(out, "%s%s", i ? ", " : " ", name);
		free(name);
	}
	fputc('\n', out);
	return 0;
}

int status_sources(FILE *out, const struct sources *sources)
{
	const struct source_words *words;
	unsigned int type;

	for (type = 0; type < SOURCES; type++) {
		if (!sources->of[type].nr)
			continue;
		words = source_words(type);
		fprintf(out, "source %s:", words->type);
		if (put_names(out, sources->of[type].v, sources->of[type].nr))
			return -ENOMEM;
		fprintf(out,
			"    knows:  %s\n    soon:   %s\n    clears: %s\n    blind:  %s\n\n",
			words->knows, words->soon, words->clears, words->blind);
	}
	return 0;
}

void status_sources_json(struct json *json, const struct sources *sources)
{
	const struct source_words *words;
	unsigned int type;
	size_t i;

	json_open_list(json, "sources");
	for (type = 0; type < SOURCES; type++) {
		if (!sources->of[type].nr)
			continue;
		words = source_words(type);
		json_open_object(json, NULL);
		json_put_string(json, "type", words->type);
		json_open_list(json, "disks");
		for (i = 0; i < sources->of[type].nr; i++)
			json_put_bytes(json, NULL, sources->of[type].v[i]);
		json_close_list(json);
		json_put_string(json, "knows", words->knows);
		json_put_string(json, "soon", words->soon);
		json_put_string(json, "clears", words->clears);
		json_put_string(json, "blind", words->blind);
		json_close_object(json);
	}
	json_close_list(json);
}
