/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records as a table: which columns there are and how each is filled; and the
 * options that say how tables are printed.
 */
#ifndef FSW_COLUMNS_H
#define FSW_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "color.h"
#include "text.h"
#include "view.h"

#define COLUMNS_MAX 64

struct columns {
	unsigned int ids[COLUMNS_MAX];
	size_t nr;
};

enum {
	TABLE_OUTPUT_ALL = 1100,
	TABLE_COLOR,
};

/* for getopt_long() */
#define TABLE_SHORTOPTS "JrPnbo:H"
#define TABLE_LONGOPTS                                                         \
	{ "json", no_argument, NULL, 'J' }, { "raw", no_argument, NULL, 'r' }, \
		{ "pairs", no_argument, NULL, 'P' },                           \
		{ "noheadings", no_argument, NULL, 'n' },                      \
		{ "bytes", no_argument, NULL, 'b' },                           \
		{ "output", required_argument, NULL, 'o' },                    \
		{ "output-all", no_argument, NULL, TABLE_OUTPUT_ALL },         \
		{ "list-columns", no_argument, NULL, 'H' },                    \
	{                                                                      \
		"color", optional_argument, NULL, TABLE_COLOR                  \
	}

struct table_options {
	bool json; /* for the command */
	bool raw; /* fields with blanks between them */
	bool pairs; /* NAME="value" */
	bool noheadings;
	bool bytes; /* lengths as plain numbers */
	bool list_columns; /* only tell which there are */
	enum color_when color; /* after table_finish() not COLOR_AUTO */
	bool chosen; /* columns were named */
	bool only; /* and not only added to those that are the default */
	struct columns columns;
	struct time_style time;
};

/* the columns of a list, and of events */
void columns_default(struct columns *columns);
void columns_monitor(struct columns *columns);
/* all that there are */
void columns_all(struct columns *columns);

/* do they show names of files, so that these are to be looked up? */
bool columns_want_names(const struct columns *columns);

/*
 * A list of names with commas; with a + before it they are added to those that are
 * there. -1 if one is not known, which has been said.
 */
int columns_parse(struct columns *columns, const char *list);
/* what there is: with descriptions, and the names alone for the help of commands */
void columns_help(FILE *out);
void columns_names(FILE *out);

/*
 * Has one of the columns what JSON has as member @key? For struct json; @arg are the
 * columns.
 */
bool columns_want_key(const void *arg, const char *key);

/* print the lines of the help */
void table_help(FILE *out);

/* take an option: 1, 0 if it is not one of these, or -1 after saying what is wrong */
int table_option(struct table_options *table, int c, const char *arg);

/* are columns to be printed, and not JSON or, with a monitor, sentences? */
static inline bool table_wanted(const struct table_options *table)
{
	return table->raw || table->pairs || (table->chosen && !table->json);
}

/* the columns whose members alone JSON is to have; NULL: all */
static inline const struct columns *
table_members(const struct table_options *table)
{
	return table->only ? &table->columns : NULL;
}

/* do the options go together? 0, or -1 after saying what is wrong */
int table_finish(struct table_options *table);

/*
 * Print the table; 0 or a negative errno. With raw and pairs, which are for
 * programs, a record with several names gets a line for each.
 */
int columns_print(FILE *out, struct table_options *table,
		  const struct views *views);

#endif /* FSW_COLUMNS_H */
