/* SPDX-License-Identifier: GPL-2.0-only */
/* The protocol's enumerations in words, spelled as in its specification. */
#ifndef FSW_NAMES_H
#define FSW_NAMES_H

#include <stdint.h>

#define FSW_WORD_MAX 24 /* bytes that hold any word, NUL included */

/*
 * The word for a value, or "unknown-NUMBER" for one that this program does not
 * know yet. @buf is only used for the latter.
 */
const char *fsw_kind_name(uint32_t kind, char buf[FSW_WORD_MAX]);
const char *fsw_cause_name(uint32_t cause, char buf[FSW_WORD_MAX]);
const char *fsw_meta_name(uint32_t meta, char buf[FSW_WORD_MAX]);
/* the same for bit @bit (0 to 31) of a record's flags */
const char *fsw_flag_name(unsigned int bit, char buf[FSW_WORD_MAX]);

#endif /* FSW_NAMES_H */
