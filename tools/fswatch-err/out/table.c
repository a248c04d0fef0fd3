// SPDX-License-Identifier: GPL-2.0-only
/* The options that say how tables are printed. */
#include <err.h>
#include <unistd.h>

#include "columns.h"

void table_help(FILE *out)
{
	fputs(" -J, --json               JSON output\n"
	      " -r, --raw                fields with a blank between them, for programs\n"
	      " -P, --pairs              NAME=\"value\", for programs\n"
	      " -n, --noheadings         do not print headings\n"
	      " -b, --bytes              print lengths in bytes, not as 4K\n"
	      " -o, --output <list>      these columns; +<list>: these besides the usual ones\n"
	      "     --output-all         all columns\n"
	      " -H, --list-columns       describe the columns\n"
	      "     --color[=<when>]     auto, always or never\n",
	      out);
}

int table_option(struct table_options *table, int c, const char *arg)
{
	int when;

	switch (c) {
	case 'J':
		table->json = true;
		return 1;
	case 'r':
		table->raw = true;
		return 1;
	case 'P':
		table->pairs = true;
		return 1;
	case 'n':
		table->noheadings = true;
		return 1;
	case 'b':
		table->bytes = true;
		return 1;
	case 'H':
		table->list_columns = true;
		return 1;
	case 'o':
		table->chosen = true;
		table->only = *arg != '+';
		return columns_parse(&table->columns, arg) ? -1 : 1;
	case TABLE_OUTPUT_ALL:
		table->chosen = true;
		table->only = false;
		columns_all(&table->columns);
		return 1;
	case TABLE_COLOR:
		when = color_parse(arg);
		if (when < 0) {
			warnx("--color: '%s' is not auto, always or never",
			      arg);
			return -1;
		}
		table->color = when;
		return 1;
	}
	return 0;
}

int table_finish(struct table_options *table)
{
	if (table->json + table->raw + table->pairs > 1) {
		warnx("--json, --raw and --pairs exclude each other");
		return -1;
	}
	table->color = color_wanted(table->color, STDOUT_FILENO) ?
			       COLOR_ALWAYS :
			       COLOR_NEVER;
	return 0;
}
