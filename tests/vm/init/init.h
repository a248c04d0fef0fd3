/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FSERROR_VM_INIT_H
#define FSERROR_VM_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* What the runner wants done; read from /job.conf in the initramfs. */
struct job {
	char **argv;
	char **env;
	const char *cwd;
	bool tty; /* give the job a terminal */
	bool merge; /* stderr goes where stdout goes */
	bool leak_check; /* kmemleak scan afterwards, if the kernel has it */
	bool probe; /* only say that the kernel boots */
	unsigned short rows;
	unsigned short cols;
};

/* job.c */
int job_read(const char *path, struct job *job);
int job_run(struct job *job, int port);

/* channel.c */
int channel_open(const char *name);
int channel_send(int port, char type, const void *data, size_t len);
int channel_text(int port, char type, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
int write_all(int fd, const void *data, size_t len);

/* root.c */
int root_mount_early(void);
int root_switch(void);
void root_umount_job(void);

/* health.c */
void health_start(bool leak_check);
void health_report(int port, bool leak_check);
void health_trace(void);

/* init.c */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int write_file(const char *path, const char *text);

#endif /* FSERROR_VM_INIT_H */
