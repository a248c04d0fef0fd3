// SPDX-License-Identifier: GPL-2.0-only
/* Which programs are hooks. */
#include "hooks.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

/* as run-parts(8) has it: no backups, no packages' leftovers, nothing hidden */
static bool is_name(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++) {
		if (!isalnum((unsigned char)*name) && *name != '-' &&
		    *name != '_')
			return false;
	}
	return true;
}

static bool others_may_write(const struct stat *st)
{
	return (st->st_uid && st->st_uid != geteuid()) ||
	       st->st_mode & (S_IWGRP | S_IWOTH);
}

bool hook_is_safe(int dirfd, const char *name, const char **why)
{
	struct stat dir, st;

	*why = NULL;
	if (fstat(dirfd, &dir) || fstatat(dirfd, name, &st, 0)) {
		*why = strerror(errno);
		return false;
	}
	if (others_may_write(&dir))
		*why = "others may write to its directory";
	else if (others_may_write(&st))
		*why = "others may write to it";
	else if (!S_ISREG(st.st_mode))
		*why = "it is no regular file";
	else if (!(st.st_mode & S_IXUSR))
		*why = "it is not executable";
	return !*why;
}

static struct hook *find(struct hooks *hooks, const char *name)
{
	struct hook *hook;
	size_t i;

	for (i = 0; i < hooks->nr; i++) {
		if (!strcmp(hooks->v[i].name, name))
			return &hooks->v[i];
	}
	if (hooks->nr == HOOKS_MAX) {
		if (!hooks->too_many)
			syslog(LOG_ERR, "%s: more than %d hooks: %s is not run",
			       hooks->conf->hooks, HOOKS_MAX, name);
		hooks->too_many = true;
		return NULL;
	}
	hook = &hooks->v[hooks->nr++];
	memset(hook, 0, sizeof(*hook));
	snprintf(hook->name, sizeof(hook->name), "%s", name);
	return hook;
}

static void forget_absent(struct hooks *hooks)
{
	size_t i, nr = 0;

	for (i = 0; i < hooks->nr; i++) {
		if (!hooks->v[i].there && !hooks->v[i].run.pid)
			continue;
		if (nr != i)
			hooks->v[nr] = hooks->v[i];
		nr++;
	}
	hooks->nr = nr;
}

void hooks_find(struct hooks *hooks)
{
	struct dirent *entry;
	struct hook *hook;
	const char *why;
	bool safe;
	size_t i;
	DIR *dir;

	for (i = 0; i < hooks->nr; i++)
		hooks->v[i].there = false;
	dir = opendir(hooks->conf->hooks);
	while (dir && (entry = readdir(dir))) {
		if (!is_name(entry->d_name))
			continue;
		hook = find(hooks, entry->d_name);
		if (!hook)
			continue;
		safe = hook_is_safe(dirfd(dir), entry->d_name, &why);
		if (!safe && !hook->refused)
			syslog(LOG_ERR, "%s/%s is not run: %s",
			       hooks->conf->hooks, hook->name, why);
		/* one that is refused stays known, so that it is said once */
		hook->refused = !safe;
		hook->there = true;
	}
	if (dir)
		closedir(dir);
	forget_absent(hooks);
}
