/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The block in which a file ends. Only a write of the whole block makes the
 * media good again, and a write of the whole block makes the file longer: so it
 * is cut to its size again. An append between the two would be lost, so nobody
 * else may have the file open. A process of its own does it, so that the death of
 * this one does not come between.
 */
#ifndef FSW_HEAL_TAIL_H
#define FSW_HEAL_TAIL_H

#include "heal_exchange.h"

/* 0 or a negative errno; -EBUSY if the file has no write lease (F_WRLCK) */
int heal_tail(const struct heal_blocks *tail);

#endif /* FSW_HEAL_TAIL_H */
