// SPDX-License-Identifier: GPL-2.0-only
#include "scan_print.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "format.h"
#include "text.h"

#define NS_PER_SEC UINT64_C(1000000000)
#define SHOW (NS_PER_SEC / 5) /* on a terminal */
#define TELL (NS_PER_SEC * 10) /* in JSON */

static void clear_line(struct scan_output *output)
{
	if (output->shown)
		fputs("\r\033[K", stderr);
	output->shown = false;
}

/* "sda1 (/srv, xfs)" */
static void put_name(FILE *out, const struct target *target)
{
	char *mount = target->want.mount ? text_escape(target->want.mount) :
					   NULL;

	fputs(target->name, out);
	if (mount || *target->fstype)
		fprintf(out, " (%s%s%s)", mount ? mount : "",
			mount && *target->fstype ? ", " : "", target->fstype);
	free(mount);
}

static void open_line(struct scan_output *output, struct json *json,
		      const char *event)
{
	json_begin(json, output->out);
	json_open_object(json, NULL);
	json_put_u64(json, "v", 2);
	json_put_string(json, "event", event);
}

static void close_line(struct json *json)
{
	json_close_object(json);
	json_end_line(json);
	fflush(json->out);
}

static void put_device(struct json *json, const struct target *target)
{
	json_put_string(json, "name", target->name);
	json_put_dev(json, "dev", major(target->want.dev),
		     minor(target->want.dev));
}

static void json_device(struct scan_output *output, const struct target *target)
{
	char word[FSERROR_WORD_MAX];
	struct json json;

	open_line(output, &json, "device");
	put_device(&json, target);
	if (*target->fstype)
		json_put_bytes(&json, "fstype", target->fstype);
	if (target->has_uuid)
		json_put_uuid(&json, "uuid", target->uuid);
	if (target->want.mount)
		json_put_bytes(&json, "target", target->want.mount);
	if (target->want.role)
		json_put_string(&json, "role",
				fserror_role_name(target->want.role, word));
	json_put_string(&json, "state", target_state_word(target->state));
	json_put_bool(&json, "whole", target->whole);
	json_put_bool(&json, "resumed", target->resumed);
	json_put_u64(&json, "size", target->size);
	json_put_u64(&json, "at", target->at);
	json_put_u64(&json, "read", target->read);
	json_put_u64(&json, "unread", target_unread(target));
	if (target->err)
		json_put_string(&json, "why", strerror(-target->err));
	close_line(&json);
}

void scan_begin(struct scan_output *output, const struct target *target)
{
	output->unread = 0;
	output->tell = output->before = output->before_read = 0;
	if (output->table->json) {
		json_device(output, target);
		return;
	}
	if (!target->whole || !target->want.fs_dev)
		return;
	fprintf(stderr, "%s: ", program_invocation_short_name);
	put_name(stderr, target);
	fprintf(stderr,
		": all of it is read, as what is in use is not known: %s\n",
		strerror(-target->err));
}

static void show(struct scan_output *output, const struct target *target,
		 uint64_t now)
{
	char read[TEXT_SIZE_MAX], rate[TEXT_SIZE_MAX];
	uint64_t took = (now - output->before) / 1000000;

	fputs("\r\033[K", stderr);
	put_name(stderr, target);
	text_size(target->read, read);
	fprintf(stderr, ": at %" PRIu64 " %%, %s read",
		target->size > 100 ? target->at / (target->size / 100) : 0,
		read);
	if (output->before && took) {
		text_size((target->read - output->before_read) * 1000 / took,
			  rate);
		fprintf(stderr, ", %s/s", rate);
	}
	if (target->unread->nr)
		fprintf(stderr, ", %zu %s could not be read",
			target->unread->nr,
			target->unread->nr == 1 ? "range" : "ranges");
	fflush(stderr);
	output->shown = true;
}

void scan_progress(struct scan_output *output, const struct target *target,
		   uint64_t now)
{
	if (now < output->tell || (!output->table->json && !output->progress))
		return;
	if (output->table->json) {
		if (output->tell)
			json_device(output, target);
		output->tell = now + TELL;
		return;
	}
	show(output, target, now);
	output->tell = now + SHOW;
	output->before = now;
	output->before_read = target->read;
}

/* ", 1K in 2 ranges could not be" */
static void put_unread(FILE *out, const struct target *target)
{
	size_t nr = target->unread->nr + target->before->nr;
	char size[TEXT_SIZE_MAX];

	if (!nr)
		return;
	text_size(target_unread(target), size);
	fprintf(out, ", %s in %zu %s could not be", size, nr,
		nr == 1 ? "range" : "ranges");
}

void scan_ended(struct scan_output *output, const struct target *target)
{
	static const char *const words[] = {
		[TARGET_WAITING] = "; it was not begun",
		[TARGET_READING] = "",
		[TARGET_DONE] = "",
		[TARGET_INTERRUPTED] = "; it was not read to its end",
		[TARGET_STUCK] = "; it does not answer any more",
		[TARGET_GONE] = "; it is not there any more",
	};
	char read[TEXT_SIZE_MAX];

	clear_line(output);
	if (output->table->json) {
		json_device(output, target);
		return;
	}
	put_name(output->out, target);
	if (target->state == TARGET_FAILED) {
		fprintf(output->out, ": it cannot be read: %s\n",
			strerror(-target->err));
		return;
	}
	text_size(target->read, read);
	fprintf(output->out, ": %s read", read);
	put_unread(output->out, target);
	fputs(words[target->state], output->out);
	fputc('\n', output->out);
}

void scan_unread(struct scan_output *output, const struct target *target,
		 uint64_t pos, uint64_t len, int err)
{
	struct json json;

	clear_line(output);
	if (output->table->json) {
		open_line(output, &json, "unread");
		put_device(&json, target);
		json_put_u64(&json, "offset", pos);
		json_put_u64(&json, "length", len);
		json_put_u64(&json, "errno", -err);
		close_line(&json);
		return;
	}
	if (output->unread++ == SCAN_UNREAD_MAX)
		warnx("%s: there are more, which only --json has one by one",
		      target->name);
	if (output->unread <= SCAN_UNREAD_MAX)
		warnx("%s: %" PRIu64 " bytes at %" PRIu64
		      " could not be read: %s",
		      target->name, len, pos, strerror(-err));
}

void scan_place(struct scan_output *output, const struct target *target,
		uint64_t pos, uint64_t len)
{
	if (output->table->json)
		json_device(output, target);
	else if (!target_unread(target))
		fprintf(output->out,
			"%s: %" PRIu64 " bytes at %" PRIu64 " can be read\n",
			target->name, len, pos);
}

int scan_views(void *arg, const struct views *views)
{
	struct scan_output *output = arg;
	const struct columns *only = table_members(output->table);
	struct json json;
	size_t i;

	if (!output->table->json)
		return list_views(&output->list, views);
	for (i = 0; i < views->nr; i++) {
		open_line(output, &json, "damage");
		json_open_object(&json, "damage");
		json.wants = only ? columns_want_key : NULL;
		json.arg = only;
		json_record_members(&json, &views->v[i], NULL);
		json_close_object(&json);
		json.wants = NULL;
		close_line(&json);
		output->list.any = true;
	}
	return 0;
}

void scan_end(struct scan_output *output, const struct targets *targets,
	      bool incomplete, const char *resume)
{
	struct json json;

	if (!output->table->json)
		return;
	open_line(output, &json, "end");
	json_put_bool(&json, "read_all", targets_read(targets));
	json_put_bool(&json, "incomplete", incomplete);
	if (resume)
		json_put_bytes(&json, "resume", resume);
	close_line(&json);
}
