// SPDX-License-Identifier: GPL-2.0-only
/* What is asked for: damage-get, fs-get, stat-get; and test-event. */
#include "internal.h"

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

static int keep_record(void *arg, const struct fserror_record *rec)
{
	struct fserror_records *records = arg;
	struct fserror_record *copy;
	void *v = records->v;
	int err;

	err = grow(&v, sizeof(*records->v), records->nr, &records->room);
	if (err)
		return err;
	records->v = v;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *rec;
	records->v[records->nr++] = copy;
	return 0;
}

static int damage_answer(struct request *request, const struct nlmsghdr *nlh,
			 struct fserror_why *why)
{
	const struct fserror_event_visitor visitor = { .record = keep_record,
						       .arg = request->arg };

	if (!fserror_is_command(request->client, nlh, FSERROR_CMD_DAMAGE_GET))
		return 0;
	return fserror_parse_damage(nlh, &visitor, why);
}

static void forget_records(void *arg)
{
	struct fserror_records *records = arg;

	while (records->nr)
		free(records->v[--records->nr]);
}

int fserror_client_damage(struct fserror_client *client,
			  const struct fserror_fs_id *fs,
			  struct fserror_records *records)
{
	struct request request = { client, damage_answer, records };
	struct nl_msg *msg;
	int err;

	memset(records, 0, sizeof(*records));
	msg = fserror_new_message(client->family, NLM_F_DUMP,
				  FSERROR_CMD_DAMAGE_GET,
				  FSERROR_FAMILY_VERSION);
	if (!msg)
		return fserror_no_message(client);
	if (fs && fserror_put_fs_id(msg, FSERROR_A_DAMAGE_FS, fs) < 0)
		err = fserror_no_message(client);
	else
		err = fserror_dump(client, "damage-get", msg, &request,
				   forget_records);
	nlmsg_free(msg);
	if (err < 0)
		fserror_records_free(records);
	return err;
}

void fserror_records_free(struct fserror_records *records)
{
	forget_records(records);
	free(records->v);
	memset(records, 0, sizeof(*records));
}

/* fs-get */

static int filesystem_answer(struct request *request,
			     const struct nlmsghdr *nlh,
			     struct fserror_why *why)
{
	struct fserror_filesystems *list = request->arg;
	struct fserror_filesystem *fs;
	void *v = list->v;
	int err;

	if (!fserror_is_command(request->client, nlh, FSERROR_CMD_FS_GET))
		return 0;
	err = grow(&v, sizeof(*list->v), list->nr, &list->room);
	if (err)
		return err;
	list->v = v;
	fs = malloc(sizeof(*fs));
	if (!fs)
		return -ENOMEM;
	err = fserror_parse_filesystem(nlh, fs, why);
	if (err)
		free(fs);
	else
		list->v[list->nr++] = fs;
	return err;
}

static void forget_filesystems(void *arg)
{
	struct fserror_filesystems *list = arg;

	while (list->nr)
		free(list->v[--list->nr]);
}

int fserror_client_filesystems(struct fserror_client *client,
			       struct fserror_filesystems *list)
{
	struct request request = { client, filesystem_answer, list };
	struct nl_msg *msg;
	int err;

	memset(list, 0, sizeof(*list));
	msg = fserror_new_message(client->family, NLM_F_DUMP,
				  FSERROR_CMD_FS_GET, FSERROR_FAMILY_VERSION);
	if (!msg)
		return fserror_no_message(client);
	err = fserror_dump(client, "fs-get", msg, &request, forget_filesystems);
	nlmsg_free(msg);
	if (err < 0)
		fserror_filesystems_free(list);
	return err;
}

void fserror_filesystems_free(struct fserror_filesystems *list)
{
	forget_filesystems(list);
	free(list->v);
	memset(list, 0, sizeof(*list));
}

/* stat-get */

static int stat_answer(struct request *request, const struct nlmsghdr *nlh,
		       struct fserror_why *why)
{
	if (!fserror_is_command(request->client, nlh, FSERROR_CMD_STAT_GET))
		return 0;
	fserror_stat_clear(request->arg);
	return fserror_parse_stat(nlh, request->arg, why);
}

int fserror_client_stat(struct fserror_client *client,
			struct fserror_stat **out)
{
	struct request request = { client, stat_answer, NULL };
	struct fserror_stat *stat;
	struct nl_msg *msg;
	int err;

	*out = NULL;
	stat = calloc(1, sizeof(*stat));
	msg = fserror_new_message(client->family, NLM_F_ACK,
				  FSERROR_CMD_STAT_GET, FSERROR_FAMILY_VERSION);
	if (!stat || !msg) {
		free(stat);
		nlmsg_free(msg);
		return fserror_no_message(client);
	}
	request.arg = stat;
	err = fserror_transact(&client->req, "stat-get", msg, &request);
	nlmsg_free(msg);
	if (err) {
		fserror_stat_free(stat);
		return err;
	}
	if (fserror_present(stat->present, FSERROR_A_STAT_BOOT_ID)) {
		memcpy(client->boot_id, stat->boot_id, FSERROR_UUID_LEN);
		client->has_boot_id = true;
	}
	*out = stat;
	return 0;
}

void fserror_stat_free(struct fserror_stat *stat)
{
	if (!stat)
		return;
	fserror_stat_clear(stat);
	free(stat);
}

/* test-event */

static int test_answer(struct request *request, const struct nlmsghdr *nlh,
		       struct fserror_why *why)
{
	if (!fserror_is_command(request->client, nlh, FSERROR_CMD_TEST_EVENT))
		return 0;
	return fserror_parse_test(nlh, request->arg, why);
}

int fserror_client_test(struct fserror_client *client,
			const struct fserror_fs_id *fs, uint64_t *seq)
{
	struct request request = { client, test_answer, seq };
	struct nl_msg *msg;
	int err;

	*seq = 0;
	msg = fserror_new_message(client->family, NLM_F_ACK,
				  FSERROR_CMD_TEST_EVENT,
				  FSERROR_FAMILY_VERSION);
	if (!msg)
		return fserror_no_message(client);
	if (fs && fserror_put_fs_id(msg, FSERROR_A_TEST_FS, fs) < 0)
		err = fserror_no_message(client);
	else
		err = fserror_transact(&client->req, "test-event", msg,
				       &request);
	nlmsg_free(msg);
	return err;
}
