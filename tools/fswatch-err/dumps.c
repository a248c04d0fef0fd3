// SPDX-License-Identifier: GPL-2.0-only
/* damage-get, fs-get and stat-get: the present state, asked for. */
#include "client_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* damage-get */

static int grow(void **v, size_t size, size_t nr, size_t *room)
{
	size_t more = *room ? *room * 2 : 64;
	void *p;

	if (nr < *room)
		return 0;
	p = reallocarray(*v, more, size);
	if (!p)
		return -ENOMEM;
	*v = p;
	*room = more;
	return 0;
}

static int keep_record(void *arg, const struct fsw_record *rec)
{
	struct fsw_records *records = arg;
	void *v = records->v;
	int err;

	err = grow(&v, sizeof(*records->v), records->nr, &records->room);
	if (err)
		return err;
	records->v = v;
	records->v[records->nr++] = *rec;
	return 0;
}

static int damage_answer(struct request *request, const struct nlmsghdr *nlh,
			 struct fsw_why *why)
{
	const struct fsw_event_visitor visitor = { .record = keep_record,
						   .arg = request->arg };

	if (!fsw_is_command(request->client, nlh, FSERROR_CMD_DAMAGE_GET))
		return 0;
	return fsw_parse_damage(nlh, &visitor, why);
}

static void forget_records(void *arg)
{
	struct fsw_records *records = arg;

	records->nr = 0;
}

int fsw_client_damage(struct fsw_client *client, const struct fsw_fs_id *fs,
		      struct fsw_records *records)
{
	struct request request = { client, damage_answer, records };
	struct nl_msg *msg;
	int err;

	memset(records, 0, sizeof(*records));
	msg = fsw_new_message(client->family, NLM_F_DUMP,
			      FSERROR_CMD_DAMAGE_GET, FSERROR_FAMILY_VERSION);
	if (!msg)
		return fsw_no_message(client);
	if (fs && fsw_put_fs_id(msg, FSERROR_A_DAMAGE_FS, fs) < 0)
		err = fsw_no_message(client);
	else
		err = fsw_dump(client, "damage-get", msg, &request,
			       forget_records);
	nlmsg_free(msg);
	if (err < 0)
		fsw_records_free(records);
	return err;
}

void fsw_records_free(struct fsw_records *records)
{
	free(records->v);
	memset(records, 0, sizeof(*records));
}

/* fs-get */

static int filesystem_answer(struct request *request,
			     const struct nlmsghdr *nlh, struct fsw_why *why)
{
	struct fsw_filesystems *list = request->arg;
	void *v = list->v;
	int err;

	if (!fsw_is_command(request->client, nlh, FSERROR_CMD_FS_GET))
		return 0;
	err = grow(&v, sizeof(*list->v), list->nr, &list->room);
	if (err)
		return err;
	list->v = v;
	err = fsw_parse_filesystem(nlh, &list->v[list->nr], why);
	if (!err)
		list->nr++;
	return err;
}

static void forget_filesystems(void *arg)
{
	struct fsw_filesystems *list = arg;

	list->nr = 0;
}

int fsw_client_filesystems(struct fsw_client *client,
			   struct fsw_filesystems *list)
{
	struct request request = { client, filesystem_answer, list };
	struct nl_msg *msg;
	int err;

	memset(list, 0, sizeof(*list));
	msg = fsw_new_message(client->family, NLM_F_DUMP, FSERROR_CMD_FS_GET,
			      FSERROR_FAMILY_VERSION);
	if (!msg)
		return fsw_no_message(client);
	err = fsw_dump(client, "fs-get", msg, &request, forget_filesystems);
	nlmsg_free(msg);
	if (err < 0)
		fsw_filesystems_free(list);
	return err;
}

void fsw_filesystems_free(struct fsw_filesystems *list)
{
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/* stat-get */

static int stat_answer(struct request *request, const struct nlmsghdr *nlh,
		       struct fsw_why *why)
{
	if (!fsw_is_command(request->client, nlh, FSERROR_CMD_STAT_GET))
		return 0;
	fsw_stat_free(request->arg);
	return fsw_parse_stat(nlh, request->arg, why);
}

int fsw_client_stat(struct fsw_client *client, struct fsw_stat *stat)
{
	struct request request = { client, stat_answer, stat };
	struct nl_msg *msg;
	int err;

	memset(stat, 0, sizeof(*stat));
	msg = fsw_new_message(client->family, NLM_F_ACK, FSERROR_CMD_STAT_GET,
			      FSERROR_FAMILY_VERSION);
	if (!msg)
		return fsw_no_message(client);
	err = fsw_transact(&client->req, "stat-get", msg, &request);
	nlmsg_free(msg);
	if (err) {
		fsw_stat_free(stat);
		return err;
	}
	if (fsw_present(stat->present, FSERROR_A_STAT_BOOT_ID)) {
		memcpy(client->boot_id, stat->boot_id, FSW_UUID_LEN);
		client->has_boot_id = true;
	}
	return 0;
}
