/* SPDX-License-Identifier: GPL-2.0-only */
/* A real file, as heal.h wants it. */
#ifndef FSW_HEAL_FILE_H
#define FSW_HEAL_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "heal.h"
#include "heal_device.h"

/* what is opened to heal a file */
struct heal_opened {
	int fd;
	int dir_fd; /* a directory of its filesystem */
	bool unseen; /* a write to it does not change its times */
	const char *
		why; /* why it is not opened, if there is more to say than errno */
};

/*
 * Open the regular file that @found, of O_PATH, has open, to be healed. With
 * @keep_times a write shall not change its times, where that can be had. The
 * directory of @opened is there already, the rest is set. Returns 0 or a negative
 * errno; -EINVAL if it is no regular file. The time of access does not change by it.
 */
int heal_file_open(int found, bool keep_times, struct heal_opened *opened);

/*
 * What @opened has is closed with the file. @places, of the caller, say where the
 * damage is on the device, in the order of their offsets in the file. Returns 0
 * or a negative errno, and then it is still open.
 */
int heal_file_new(const struct heal_opened *opened,
		  const struct heal_place *places, size_t nr_places,
		  bool keep_times, struct heal_file **file);

/*
 * Could the time not be given back after a write, because somebody else could have
 * written meanwhile? And what else could not, a bit for each of enum heal_kept?
 */
bool heal_file_time_lost(const struct heal_file *file);
unsigned int heal_file_lost(const struct heal_file *file);

/*
 * Keep others from opening the file while it is written. That cannot be had if
 * somebody has it open already, and it ends when somebody wants to open it.
 */
void heal_file_lease(struct heal_file *file);

const struct stat *heal_file_stat(const struct heal_file *file);
/* how the writes have left it */
const struct stat *heal_file_left(const struct heal_file *file);

/* do other files have some of these bytes, too? false if that is not known */
bool heal_file_shared(const struct heal_file *file,
		      const struct ranges *ranges);
void heal_file_close(struct heal_file *file);

#endif /* FSW_HEAL_FILE_H */
