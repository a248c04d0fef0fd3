// SPDX-License-Identifier: GPL-2.0-only
/* What is asked for: damage-get, fs-get, stat-get; and test-event. */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netlink/attr.h>

/* damage-get */

struct damage_visit {
	const struct fserror_damage_visitor *visitor;
	void *arg;
	struct request *request;
};

static int stop(struct request *request, int rc)
{
	request->stopped = rc;
	return rc;
}

static int visit_header(void *arg, const struct fserror_dump_header *header)
{
	struct damage_visit *visit = arg;

	return visit->visitor->header ?
		       stop(visit->request,
			    visit->visitor->header(visit->arg, header)) :
		       0;
}

static int visit_begin(void *arg, const struct fserror_dump_begin *begin)
{
	struct damage_visit *visit = arg;

	return visit->visitor->begin ?
		       stop(visit->request,
			    visit->visitor->begin(visit->arg, begin)) :
		       0;
}

static int visit_record(void *arg, const struct fserror_record *rec)
{
	struct damage_visit *visit = arg;

	return visit->visitor->record ?
		       stop(visit->request,
			    visit->visitor->record(visit->arg, rec)) :
		       0;
}

static int visit_end(void *arg, const struct fserror_dump_end *end)
{
	struct damage_visit *visit = arg;

	return visit->visitor->end ?
		       stop(visit->request,
			    visit->visitor->end(visit->arg, end)) :
		       0;
}

static int visit_progress(void *arg)
{
	struct damage_visit *visit = arg;

	return visit->visitor->progress ?
		       stop(visit->request,
			    visit->visitor->progress(visit->arg)) :
		       0;
}

static int damage_answer(struct request *request, const struct nlmsghdr *nlh,
			 struct fserror_why *why)
{
	static const struct fserror_damage_visitor visitor = {
		.header = visit_header,
		.begin = visit_begin,
		.record = visit_record,
		.end = visit_end,
		.progress = visit_progress,
	};

	if (!fserror_is_command(request->client, nlh, FSERROR_CMD_DAMAGE_GET))
		return 0;
	return fserror_parse_damage(nlh, &visitor, request->arg, why);
}

int fserror_damage_each(struct fserror_client *client,
			const struct fserror_fs_id *fs,
			enum fserror_damage_what what,
			const struct fserror_damage_visitor *visitor, void *arg)
{
	struct request request = { .client = client, .answer = damage_answer };
	struct damage_visit visit = { visitor, arg, &request };
	struct nl_msg *msg;
	int err;

	request.arg = &visit;
	msg = fserror_new_message(client->family, NLM_F_DUMP,
				  FSERROR_CMD_DAMAGE_GET,
				  FSERROR_FAMILY_VERSION);
	if (!msg)
		return fserror_no_message(client);
	if ((fs && fserror_put_fs_id(msg, FSERROR_A_DAMAGE_FS, fs) < 0) ||
	    (what == FSERROR_DAMAGE_RANGES &&
	     nla_put_flag(msg, FSERROR_A_DAMAGE_RANGES)))
		err = fserror_no_message(client);
	else
		err = fserror_transact(&client->req, "damage-get", msg,
				       &request);
	nlmsg_free(msg);
	return err;
}

/* fs-get */

struct filesystem_visit {
	int (*visit)(void *arg, const struct fserror_filesystem *fs);
	void *arg;
};

static int filesystem_answer(struct request *request,
			     const struct nlmsghdr *nlh,
			     struct fserror_why *why)
{
	const struct filesystem_visit *visit = request->arg;
	struct fserror_filesystem fs;
	int err;

	if (!fserror_is_command(request->client, nlh, FSERROR_CMD_FS_GET))
		return 0;
	err = fserror_parse_filesystem(nlh, &fs, why);
	if (!err)
		err = stop(request, visit->visit(visit->arg, &fs));
	fserror_filesystem_clear(&fs);
	return err;
}

int fserror_filesystems_each(struct fserror_client *client,
			     int (*visit)(void *arg,
					  const struct fserror_filesystem *fs),
			     void *arg)
{
	struct filesystem_visit each = { visit, arg };
	struct request request = { .client = client,
				   .answer = filesystem_answer,
				   .arg = &each };
	struct nl_msg *msg;
	int err;

	msg = fserror_new_message(client->family, NLM_F_DUMP,
				  FSERROR_CMD_FS_GET, FSERROR_FAMILY_VERSION);
	if (!msg)
		return fserror_no_message(client);
	err = fserror_transact(&client->req, "fs-get", msg, &request);
	nlmsg_free(msg);
	return err;
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
	struct request request = { .client = client, .answer = stat_answer };
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
	struct request request = { .client = client,
				   .answer = test_answer,
				   .arg = seq };
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
