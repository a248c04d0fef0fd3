/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A signal that would end the program, or a terminal that goes away, ends it after
 * the file at hand. If that takes longer than ten seconds, or at the second signal,
 * it ends at once: whatever it is at, no file is the worse for it.
 */
#ifndef FSW_RESTORE_STOP_H
#define FSW_RESTORE_STOP_H

/* in which the file at hand should be done */
#define RESTORE_STOP_SECONDS 10

/* from now on; output that nobody reads is an error, no end */
void restore_stop_begin(void);

/* the number of the signal, or 0 */
int restore_stopped(void);

#endif /* FSW_RESTORE_STOP_H */
