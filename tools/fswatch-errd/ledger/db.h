/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the ledger share: connection and statements. */
#ifndef ERRD_DB_H
#define ERRD_DB_H

#include <sqlite3.h>

#include "ledger.h"

#define DB_STATEMENTS 96

/* a loss as it is stored; the rest of ledger_loss is of other tables */
struct row {
	struct ledger_loss l;
	/* what the range is counted in: file, or device and kind of thing */
	char space[192];
	/* names the device for ever: its role, and for one of several its number */
	int64_t dev;
};

struct interval {
	uint64_t start, end;
	int64_t dev;
	bool vague; /* whose all of it is was not said */
};

/* the list of damage that is being read */
struct level {
	uint64_t as_of;
	bool header, incomplete;
	int64_t fs; /* that is being listed, 0: none */
	uint64_t instance;
	struct interval *told; /* of it */
	size_t nr, room;
	int error; /* that ended it */
};

struct ledger {
	sqlite3 *db;
	enum ledger_mode mode;
	int lock; /* of the daemon */
	char error[4096 + 256];
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} cache[DB_STATEMENTS];
	int64_t open; /* losses that are not closed, -1: to be counted */
	uint64_t max_open; /* for the tests to change, as is the next */
	unsigned int step; /* rows that one transaction looks at, or changes */
	unsigned int rows; /* that this one did */
	unsigned int wait_ms; /* for others, between two transactions */
	/* up to where the loss is added of which a part is in the ledger already */
	uint64_t resume;
	uint8_t boot[FSERROR_UUID_LEN];
	/* news of this transaction */
	int64_t first_news;
	unsigned int news;
	uint64_t more, changed; /* not told one by one */
	struct level level;
};

/* db.c */

int db_open(struct ledger *ledger, const char *path);
/* the statement, ready to be bound; the text must be a constant. NULL: see db_fail() */
sqlite3_stmt *db_prepare(struct ledger *ledger, const char *sql);
/* 1: a row, 0: the end, or a negative errno */
int db_step(struct ledger *ledger, sqlite3_stmt *stmt);
/* bind @types, i: int64_t, t: text, b: a boot, a UUID or NULL; and run */
int db_run(struct ledger *ledger, const char *sql, const char *types, ...);
/* the same, for one number; *@value stays what it was if there is no row */
int db_number(struct ledger *ledger, int64_t *value, const char *sql,
	      const char *types, ...);
/* a statement or several, without arguments */
int db_exec(struct ledger *ledger, const char *sql);
/* words and errno of what SQLite said last */
int db_fail(struct ledger *ledger, const char *what);
int db_bind(struct ledger *ledger, sqlite3_stmt *stmt, const char *types, ...);
uint64_t db_now(void); /* CLOCK_REALTIME, nanoseconds */

/* ledger.c */

/*
 * What is one thing to the caller is done in steps: a part that has looked at, or
 * changed, ledger->step rows returns DB_MORE. When db_step_on() has committed it the
 * same is called again and goes on.
 */
#define DB_MORE LEDGER_MORE

static inline bool db_is_full(const struct ledger *ledger)
{
	return ledger->rows >= ledger->step;
}

/* filesystem.c */

/* number of the filesystem of a record; @make: if it is not there. 0: there is none */
int filesystem_find(struct ledger *ledger, const struct fserror_record *rec,
		    bool make, int64_t *fs);
int filesystem_unmounted(struct ledger *ledger,
			 const struct fserror_record *rec);

/* row.c */

#define ROW_COLUMNS                                                            \
	"id,fs,space,start,end,kind,meta,has_ino,root,ino,generation,in_file," \
	"has_device,placed,role,dev,major,minor,dstart,layer,origin_major,"    \
	"origin_minor,ostart,cause,error,flags,count,handle_type,handle,"      \
	"first_seen,last_seen,changed,boot,instance,condition,state,why,note"
#define ROW_NR_COLUMNS 38

/* what overlaps a place is longer than this, or begins at most this before it */
#define SHORT_BYTES 1048576

void row_read(struct row *row, sqlite3_stmt *stmt);
int row_insert(struct ledger *ledger, struct row *row);
/* all that can change of it */
int row_update(struct ledger *ledger, const struct row *row);
int row_delete(struct ledger *ledger, struct row *row, int64_t instead);

struct rows {
	struct row *v;
	size_t nr, room;
};

/* at most so many are read at a time: ROWS_CHUNK * sizeof(struct row) is 300 KiB */
#define ROWS_CHUNK 256

enum rows_which {
	ROWS_ALL,
	ROWS_TO_DOUBT, /* whose content is not known to be unknown, or not owned */
	ROWS_VAGUE, /* whose owners are not known */
};

void rows_free(struct rows *rows);
/*
 * The first ROWS_CHUNK of @space, not closed, that have bytes of [@start, @end), sorted.
 * All of these functions replace what @rows had.
 */
int rows_of_space(struct ledger *ledger, int64_t fs, const char *space,
		  uint64_t start, uint64_t end, struct rows *rows);
/* bytes of a device, and how far what is there was looked at */
struct span {
	int64_t fs, dev;
	uint64_t start, end;
	uint64_t from; /* places before this are done */
	bool longer; /* those that are short are */
};

/*
 * The next ROWS_CHUNK of those with a place in the span; none: that was all. What is
 * given is to be changed so that it is none of @which any more.
 */
int rows_of_device(struct ledger *ledger, struct span *span,
		   enum rows_which which, struct rows *rows);
/* the first ROWS_CHUNK of a filesystem, not closed, with a number above @id */
int rows_of_filesystem(struct ledger *ledger, int64_t fs, int64_t id,
		       struct rows *rows);
/* what is stored of the row with this number now: 1, or 0 if it is closed or gone */
int row_again(struct ledger *ledger, int64_t id, struct row *row);

/* loss.c: @a to @b are in the space of the row, and in its range */

/* 0, DB_MORE or a negative errno */
int loss_add(struct ledger *ledger, struct row *row);
int loss_close(struct ledger *ledger, struct row *row, uint64_t a, uint64_t b,
	       enum ledger_why why);
int loss_condition(struct ledger *ledger, struct row *row, uint64_t a,
		   uint64_t b, enum ledger_condition condition);
/* where bytes of the device are in the row */
void loss_place(const struct row *row, uint64_t dstart, uint64_t dend,
		uint64_t *a, uint64_t *b);

/* apply.c */

/* 1: it is a loss, and the row is filled; 0: it is none; or a negative errno */
int apply_row(struct ledger *ledger, const struct fserror_record *rec,
	      struct row *row);
/* 0, DB_MORE or a negative errno */
int apply_loss(struct ledger *ledger, struct row *row);

/* news.c */

int news_add(struct ledger *ledger, enum ledger_news_type type,
	     const struct ledger_loss *loss);
/* at the end of a transaction: those that are not told one by one */
int news_flush(struct ledger *ledger);

#endif /* ERRD_DB_H */
