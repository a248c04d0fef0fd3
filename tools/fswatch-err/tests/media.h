/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Media that go bad, for the tests of healing: a layer between the engine and the
 * file, which is the real one in a temporary directory. It knows which sectors are
 * bad, has garbage in them, lets no read of them through, and takes a write of a
 * whole block as making them good.
 */
#ifndef FSW_MEDIA_H
#define FSW_MEDIA_H

#include <inttypes.h>
#include <sys/types.h>

#include "heal.h"
#include "heal_file.h"
#include "scratch.h"

#define SECTOR 512U
#define BLOCK 4096U
#define BAD_MAX 64
#define TIB (UINT64_C(1) << 40)
#define GARBAGE '\xba'

enum media_kind {
	MEDIA_DISK, /* good sectors can be read */
	MEDIA_DAX, /* pages without a bad sector, and through the device */
	MEDIA_CLOSED, /* there is no device to read */
};

/* kept over fork(): the death of a process makes nothing good */
struct media_shared {
	struct range bad[BAD_MAX]; /* empty: not bad any more */
	unsigned int reads_of_bad;
	unsigned int steps;
	pid_t victim; /* to be killed before a file is cut */
};

extern struct media_shared *shared;

/* a disk whose sectors have this many bytes; 0: what it has */
extern uint32_t large_sector;

/* an attribute that each write takes away, and the set-user-ID bit; or NULL */
extern const char *stolen;

/* what /proc/swaps has; NULL: what it has here */
extern const char *swaps;

/* how a healing went */
struct outcome {
	int check, write;
	enum heal_agreement agreement;
	bool agrees, differs;
	uint64_t differs_at, compared, written, foreign, media_read;
	size_t nr_runs;
	struct heal_run runs[BAD_MAX];
	unsigned int writes;
	char error[COPY_ERROR_MAX];
};

struct attempt {
	enum media_kind kind;
	bool force;
	bool dry;
	bool lease;
	unsigned int newer; /* nanoseconds that the file is newer than the copy */
	const char *command; /* instead of the file "copy" */
	unsigned int write_fails, changes_at;
	bool write_wrong, read_back_fails;
	unsigned int dies_after; /* steps */
};

/* make the directory @dir, and remove it with what is in it */
void media_start(char *dir, size_t size);
void media_stop(void);

/* what the byte should be */
char right(uint64_t offset);

bool any_bad(uint64_t offset, uint64_t end);

/* a file and a copy of it, both as they should be; nothing is bad */
void make_pair(uint64_t size);

void patch(const char *name, uint64_t offset, const void *bytes, size_t len);

/* the sectors from @offset to @end go bad */
void damage(uint64_t offset, uint64_t end);

struct heal_opened open_file(bool keep_times);

/* the real file, without the layer */
struct heal_file *open_real(bool keep_times);

struct outcome heal_it(const struct attempt *attempt);
struct outcome heal_on(enum media_kind kind);

/* every byte is right, the size is that of the copy, nothing is bad */
bool healed(void);
bool all_done(const struct outcome *out);

#endif /* FSW_MEDIA_H */
