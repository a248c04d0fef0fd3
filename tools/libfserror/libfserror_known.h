/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: libfserror_known
 *
 * What a watcher knows to be bad: ranges of the devices of each mount, as they
 * follow from lists and events. Which files they belong to is not kept: that is to
 * be asked anew.
 */
#ifndef LIBFSERROR_KNOWN_H
#define LIBFSERROR_KNOWN_H

#include <libfserror.h>

#ifdef __cplusplus
extern "C" {
#endif

struct fserror_known;

/**
 * enum fserror_known_state - what is known of a range
 * @FSERROR_KNOWN_BAD: it is bad
 * @FSERROR_KNOWN_UNRESOLVED: it is bad, and not all owners were found
 * @FSERROR_KNOWN_UNKNOWN: it could not be found out whether it is bad
 * @FSERROR_KNOWN_CONTENT_UNKNOWN: it can be read, and was not written since it was
 *	bad
 * @FSERROR_KNOWN_COARSE: several pieces of it are bad
 * @FSERROR_KNOWN_DEGRADED: a copy of it is bad, nothing is lost
 */
enum fserror_known_state {
	FSERROR_KNOWN_BAD,
	FSERROR_KNOWN_UNRESOLVED,
	FSERROR_KNOWN_UNKNOWN,
	FSERROR_KNOWN_CONTENT_UNKNOWN,
	FSERROR_KNOWN_COARSE,
	FSERROR_KNOWN_DEGRADED,
};

/**
 * struct fserror_known_range - a range that is known
 * @instance: number of the mount
 * @major: major number of the device
 * @minor: minor number
 * @offset: first byte
 * @length: in bytes
 * @state: what is known of it
 * @cause: FSERROR_CAUSE_*, 0 if not known
 * @layer: the layer that cannot say where in the device it is; "" if it can
 * @origin_major: with a layer: the device where the damage is
 * @origin_minor: and its minor number
 */
struct fserror_known_range {
	uint64_t instance;
	uint32_t major, minor;
	uint64_t offset, length;
	enum fserror_known_state state;
	uint32_t cause;
	char layer[FSERROR_NAME_MAX];
	uint32_t origin_major, origin_minor;
};

/**
 * fserror_known_new - know nothing yet
 *
 * Return: the knowledge, for fserror_known_free(), or NULL if there is no memory.
 */
struct fserror_known *fserror_known_new(void);

/**
 * fserror_known_free - forget all
 * @known: the knowledge; NULL does nothing
 */
void fserror_known_free(struct fserror_known *known);

/**
 * fserror_known_apply - an event happened
 * @known: the knowledge
 * @rec: an event of the group damage, in the order in which they are told
 *
 * What the last list contained already is skipped.
 *
 * Return: 0, 1 if the damage has to be listed anew because the event says something
 * that is not understood, or -ENOMEM.
 */
int fserror_known_apply(struct fserror_known *known,
			const struct fserror_record *rec);

/**
 * fserror_known_visitor - to learn from a list of damage
 *
 * For fserror_damage_each(), with the knowledge as its argument, between
 * fserror_known_list_begin() and fserror_known_list_end().
 *
 * Return: the visitor.
 */
const struct fserror_damage_visitor *fserror_known_visitor(void);

/**
 * fserror_known_list_begin - a list of damage follows
 * @known: the knowledge
 */
void fserror_known_list_begin(struct fserror_known *known);

/**
 * fserror_known_list_end - the list is at its end
 * @known: the knowledge
 * @all: it ended well, and was of all filesystems: those that it did not contain
 *	are not mounted any more
 *
 * Return: 0, or 1 if it has to be asked for again: a filesystem was not complete.
 */
int fserror_known_list_end(struct fserror_known *known, bool all);

/**
 * fserror_known_list - ask for the ranges, and learn them
 * @known: the knowledge
 * @client: the client
 *
 * Return: 0, 1 as fserror_known_list_end(), or as fserror_damage_each().
 */
int fserror_known_list(struct fserror_known *known,
		       struct fserror_client *client);

/**
 * fserror_known_each - all that is known
 * @known: the knowledge
 * @visit: gets each range, sorted by instance, device and offset; ranges that touch
 *	and are the same are one. Behind those of a device: those that have no place.
 * @arg: for @visit
 *
 * Return: 0, or what @visit returned if that is not 0.
 */
int fserror_known_each(const struct fserror_known *known,
		       int (*visit)(void *arg,
				    const struct fserror_known_range *range),
		       void *arg);

/**
 * fserror_known_count - how many ranges are known
 * @known: the knowledge
 *
 * Return: their number; 0: nothing is damaged as far as is known.
 */
size_t fserror_known_count(const struct fserror_known *known);

/**
 * fserror_known_state_name - a state in words
 * @state: the state
 *
 * Return: the word.
 */
const char *fserror_known_state_name(enum fserror_known_state state);

#ifdef __cplusplus
}
#endif

#endif /* LIBFSERROR_KNOWN_H */
