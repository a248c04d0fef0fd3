/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that ends when it is told to, whatever a disk does. The work is done in a
 * child, as a thread that waits for a disk keeps all of its process, so that whoever
 * waits for that process would wait for the disk as well. The parent does nothing that
 * can take long: it passes SIGHUP, SIGINT and SIGTERM on, and ends with what the child
 * ends with; or without it, two seconds after a signal, or after the time that the work
 * may take.
 */
#ifndef FSW_SUPERVISE_H
#define FSW_SUPERVISE_H

#include <stdint.h>

/*
 * Returns only in the child, to go on with the work, or if there can be no child: then
 * the work has nobody to watch it. To be called before there are threads.
 */
void supervise_start(void);

/*
 * For the child: wait @seconds for it after a signal, as it has to leave things in order,
 * and not two.
 */
void supervise_patience(uint64_t seconds);

/* for the child: end it if it is still at work when @seconds, and a little, are over */
void supervise_limit(uint64_t seconds);

/*
 * For the child: if it has to be ended, end with @code and print @line instead, which is
 * for who reads standard output and knows nothing else. It must be a constant.
 */
void supervise_instead(int code, const char *line);

/*
 * For the child, when all is written: what it is going to end with, in case that one of
 * its threads cannot end.
 */
void supervise_done(int code);

#endif /* FSW_SUPERVISE_H */
