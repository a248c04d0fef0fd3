/* SPDX-License-Identifier: GPL-2.0-only */
/* Records to feed a ledger with, and its losses as text. */
#ifndef ERRD_TEST_LOSSES_H
#define ERRD_TEST_LOSSES_H

#include "ledger.h"

extern const uint8_t test_boot[FSERROR_UUID_LEN];
extern const uint8_t next_boot[FSERROR_UUID_LEN];

/* of a filesystem with instance 1; the device is where the file is, 1 MiB further on */
struct fserror_record lost_bytes(uint64_t ino, uint64_t offset,
				 uint64_t length);
struct fserror_record on_device(uint32_t kind, uint64_t offset,
				uint64_t length);

/*
 * Those that are not closed, or all, as "ino:start+length" with letters: u content is
 * unknown, a acknowledged, p partial, and of what is closed the reason; of what is in
 * no file "device:..." with the kind. To be freed.
 */
char *spell_losses(struct ledger *ledger, bool closed);

/* an empty directory, which is removed by the second */
char *scratch_directory(void);
void remove_directory(char *dir);

/* a ledger in one, and its end */
struct ledger *open_scratch(char **dir);
void close_scratch(struct ledger *ledger, char *dir);

/*
 * Start a writer in a process of its own, and kill it after @us microseconds; false if it
 * ended by itself.
 */
bool kill_writer(void (*write)(const char *dir), const char *dir,
		 unsigned int us);

#endif /* ERRD_TEST_LOSSES_H */
