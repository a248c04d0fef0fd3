/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of fsbench have in common. Arguments are those after the command. */
#ifndef BENCH_FSBENCH_H
#define BENCH_FSBENCH_H

#include <stdbool.h>

unsigned long long now_us(void);
unsigned long long number(const char *text);

/* damage.c */
int damage(int argc, char **argv);

/* events.c */
int follow(int argc, char **argv);
int emit(const char *count);
int idle(const char *sockets);

/* ask.c: what userspace can ask without the family */
int getfsmap(int argc, char **argv, bool owners);
int walk(char **argv);
int places(const char *dir);

/* files.c */
int make_files(int argc, char **argv);
int interleave(char **argv);
int read_bad(char **argv);
int read_file(int argc, char **argv);

#endif
