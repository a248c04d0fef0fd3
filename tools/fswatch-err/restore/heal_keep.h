/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a write takes away from a file, also one that changes nothing in it: the
 * capabilities of a program, its set-user-ID and set-group-ID bits, and what
 * IMA and EVM have said of it.
 */
#ifndef FSW_HEAL_KEEP_H
#define FSW_HEAL_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* the last one is no attribute, but two bits of the mode */
enum heal_kept {
	HEAL_KEPT_CAPABILITY,
	HEAL_KEPT_IMA,
	HEAL_KEPT_EVM,
	HEAL_KEPT_SETID,
	HEAL_KEPT_NR,
};

struct heal_keep {
	struct {
		char *value; /* NULL: the file had none */
		size_t len;
	} xattr[HEAL_KEPT_SETID];
	mode_t mode; /* the two bits */
	unsigned int lost; /* a bit for each of enum heal_kept */
};

/* as the file @fd has them; 0 or a negative errno, and then there is nothing to free */
int heal_keep(struct heal_keep *keep, int fd);

/*
 * After a write: give back what it took. If others can have changed the file,
 * @alone is false, it stays as it is and counts as lost. *@given becomes true if
 * something was given back. 0 or a negative errno.
 */
int heal_give_back(struct heal_keep *keep, int fd, bool alone, bool *given);
void heal_keep_free(struct heal_keep *keep);

/* "security.capability", ... */
const char *heal_kept_name(enum heal_kept kept);

#endif /* FSW_HEAL_KEEP_H */
