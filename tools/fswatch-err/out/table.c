// SPDX-License-Identifier: GPL-2.0-only
/* The options that say how tables are printed. */
#include <err.h>
#include <unistd.h>

#include "columns.h"

void table_help(FILE *out)
{
	fputs(" -J, --json               JSON output\n"
	      " -r, --raw, -P, --pairs   fields, or NAME=\"value\", for programs\n"
	      " -n, --noheadings         do not print headings\n"
	      " -b, --bytes              print lengths in bytes, not as 4K\n"
	      " -o, --output <list>      columns to print; --output-all for all of them\n"
	      " -H, --list-columns       list the columns\n"
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
		return columns_parse(&table->columns, arg) ? -1 : 1;
	case TABLE_OUTPUT_ALL:
		table->chosen = true;
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
	if (table->json && table->chosen) {
		warnx("--json prints all that is known: --output does not go with it");
		return -1;
	}
	table->color = color_wanted(table->color, STDOUT_FILENO) ?
			       COLOR_ALWAYS :
			       COLOR_NEVER;
	return 0;
}
