// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may ask, and who may listen.
 *
 * What the kernel does: an operation is refused unless both the opener of the
 * socket and the sender of the request have CAP_SYS_ADMIN in the initial user
 * namespace (netlink_capable()). Joining a group is refused unless the one who
 * joins has it (genl_bind()), whoever opened the socket; a socket that has joined
 * goes on hearing events when it is handed to somebody else, as any open file
 * does. Outside the initial network namespace there is no family, and no event
 * gets there.
 */
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"

#include "netlink.h"
#include "record.h"
#include "scratch.h"

#define NOBODY 65534

/* long enough for an event to arrive that is not to arrive */
#define SILENCE_MS 1000

static struct scratch scratch;

static const struct {
	const char *name;
	__u8 cmd;
	__u16 flags;
} operations[] = {
	{ "event-get", FSERROR_CMD_EVENT_GET, NLM_F_DUMP },
	{ "damage-get", FSERROR_CMD_DAMAGE_GET, NLM_F_DUMP },
	{ "fs-get", FSERROR_CMD_FS_GET, NLM_F_DUMP },
	{ "watch-set", FSERROR_CMD_WATCH_SET, 0 },
	{ "stat-get", FSERROR_CMD_STAT_GET, 0 },
	{ "test-event", FSERROR_CMD_TEST_EVENT, 0 },
};

/* Every operation on @nl is answered with @error, and a refusal with a text. */
static bool all_answer(struct __test_metadata *_metadata, struct nl *nl,
		       int error)
{
	struct nl_answer answer;
	bool as_expected = true;
	struct nl_msg msg;
	unsigned int i;
	int failed;

	for (i = 0; i < ARRAY_SIZE(operations); i++) {
		nl_msg_init(&msg, nl, operations[i].cmd, operations[i].flags);
		failed = nl_ask(nl, &msg, NULL, NULL, &answer);
		if (!failed && answer.error == error &&
		    (error != -EPERM ||
		     (!answer.replies && strstr(answer.text, "CAP_SYS_ADMIN"))))
			continue;
		as_expected = false;
		TH_LOG("%s: %d, answer %d \"%s\", %u replies",
		       operations[i].name, failed, answer.error, answer.text,
		       answer.replies);
	}
	return as_expected;
}

static bool join_by_bind(__u32 group)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	bool joined;

	if (group > 32) {
		close(fd);
		return false;
	}
	address.nl_groups = 1U << (group - 1);
	joined = !bind(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return joined;
}

static void become_nobody(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, setgroups(0, NULL));
	ASSERT_EQ(0, setresgid(NOBODY, NOBODY, NOBODY));
	ASSERT_EQ(0, setresuid(NOBODY, NOBODY, NOBODY));
}

/* All capabilities but one; the user stays root. */
static void drop_capability(struct __test_metadata *_metadata, int cap)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	ASSERT_EQ(0, syscall(SYS_capget, &header, data));
	data[CAP_TO_INDEX(cap)].effective &= ~CAP_TO_MASK(cap);
	data[CAP_TO_INDEX(cap)].permitted &= ~CAP_TO_MASK(cap);
	ASSERT_EQ(0, syscall(SYS_capset, &header, data));
}

static void write_file(struct __test_metadata *_metadata, const char *path,
		       const char *text)
{
	int fd = open(path, O_WRONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ((ssize_t)strlen(text), write(fd, text, strlen(text)));
	close(fd);
}

/* Become root of a new user namespace, as anybody may: unshare -U -r. */
static void become_namespace_root(struct __test_metadata *_metadata, int also)
{
	become_nobody(_metadata);
	/* one that has changed its user may not write its own maps otherwise */
	ASSERT_EQ(0, prctl(PR_SET_DUMPABLE, 1));
	ASSERT_EQ(0, unshare(CLONE_NEWUSER | also));
	write_file(_metadata, "/proc/self/setgroups", "deny");
	write_file(_metadata, "/proc/self/uid_map", "0 65534 1");
	write_file(_metadata, "/proc/self/gid_map", "0 65534 1");
	ASSERT_EQ(0, setresgid(0, 0, 0));
	ASSERT_EQ(0, setresuid(0, 0, 0));
}

/*
 * Two processes take turns: the test, root, and its child, who is somebody else.
 * The child must not use the harness's exit: what it found is its status.
 */
struct turns {
	int to_child[2];
	int to_parent[2];
};

static void turns_init(struct __test_metadata *_metadata, struct turns *turns)
{
	ASSERT_EQ(0, pipe(turns->to_child));
	ASSERT_EQ(0, pipe(turns->to_parent));
}

static bool turn_pass(const int *fds)
{
	return write(fds[1], "x", 1) == 1;
}

static bool turn_wait(const int *fds)
{
	struct pollfd pollfd = { .fd = fds[0], .events = POLLIN };
	char byte;

	return poll(&pollfd, 1, 20000) == 1 && read(fds[0], &byte, 1) == 1;
}

FIXTURE(root)
{
	struct nl nl;
};

FIXTURE_SETUP(root)
{
	struct stats stats;

	ASSERT_EQ(0, nl_open(&self->nl));
	/* what is still on its way is of another test */
	ASSERT_EQ(0, stats_wait_published(&stats, &self->nl));
}

FIXTURE_TEARDOWN(root)
{
	nl_close(&self->nl);
}

/* What the other tests find refused works for root, or they would prove nothing. */
TEST_F(root, may)
{
	EXPECT_TRUE(all_answer(_metadata, &self->nl, 0));
	EXPECT_EQ(0, nl_join(&self->nl));
}

TEST_F(root, nobody_may_not)
{
	struct nl nl;

	become_nobody(_metadata);
	/* that there is such a family is no secret */
	ASSERT_EQ(0, nl_open(&nl));
	EXPECT_TRUE(all_answer(_metadata, &nl, -EPERM));
	EXPECT_EQ(-EPERM, nl_join_group(&nl, nl.group));
	EXPECT_EQ(-EPERM, nl_join_group(&nl, nl.io_group));
	EXPECT_FALSE(join_by_bind(nl.group));
	EXPECT_FALSE(join_by_bind(nl.io_group));
	nl_close(&nl);
}

TEST_F(root, capability_counts_not_the_user)
{
	struct nl nl;

	drop_capability(_metadata, CAP_SYS_ADMIN);
	ASSERT_EQ(0, getuid());
	ASSERT_EQ(0, nl_open(&nl));
	EXPECT_TRUE(all_answer(_metadata, &nl, -EPERM));
	EXPECT_EQ(-EPERM, nl_join_group(&nl, nl.group));
	EXPECT_EQ(-EPERM, nl_join_group(&nl, nl.io_group));
	nl_close(&nl);
}

/* What lets one administer networks does not do. */
TEST_F(root, other_capabilities_are_not_needed)
{
	struct nl nl;

	drop_capability(_metadata, CAP_NET_ADMIN);
	ASSERT_EQ(0, nl_open(&nl));
	EXPECT_TRUE(all_answer(_metadata, &nl, 0));
	EXPECT_EQ(0, nl_join(&nl));
	nl_close(&nl);
}

/* Root opened it, somebody else asks. */
TEST_F(root, opened_by_root_used_by_nobody)
{
	become_nobody(_metadata);
	EXPECT_TRUE(all_answer(_metadata, &self->nl, -EPERM));
	EXPECT_EQ(-EPERM, nl_join_group(&self->nl, self->nl.group));
	EXPECT_EQ(-EPERM, nl_join_group(&self->nl, self->nl.io_group));
}

/* Somebody else opened it, root asks. */
TEST_F(root, opened_by_nobody_used_by_root)
{
	struct stats before, after;
	struct nl nl;

	/* opened with the rights of nobody, kept by root */
	ASSERT_EQ(0, setresuid(-1, NOBODY, -1));
	ASSERT_EQ(0, nl_open(&nl));
	ASSERT_EQ(0, setresuid(-1, 0, -1));
	ASSERT_EQ(0, stats_get(&before, &self->nl));
	EXPECT_TRUE(all_answer(_metadata, &nl, -EPERM));
	/* a test that is refused is no test */
	ASSERT_EQ(0, stats_get(&after, &self->nl));
	EXPECT_EQ(before.ring[FSERROR_GROUP_DAMAGE].last,
		  after.ring[FSERROR_GROUP_DAMAGE].last);
	EXPECT_TRUE(all_answer(_metadata, &self->nl, 0));
	nl_close(&nl);
}

/* A socket that root has joined to the group stays joined in other hands. */
TEST_F(root, joined_by_root_read_by_nobody)
{
	struct records records = { 0 };

	ASSERT_EQ(0, nl_join(&self->nl));
	ASSERT_EQ(0, scratch_fail_reads(&scratch, 1, 4096));
	become_nobody(_metadata);
	EXPECT_EQ(0, records_receive(&records, &self->nl, 1));
	EXPECT_TRUE(all_answer(_metadata, &self->nl, -EPERM));
	records_free(&records);
}

/* Root of a user namespace, in the initial network namespace. */
TEST_F(root, namespace_root_may_not)
{
	struct nl nl;

	become_namespace_root(_metadata, 0);
	ASSERT_EQ(0, getuid());
	ASSERT_EQ(0, nl_open(&nl));
	EXPECT_TRUE(all_answer(_metadata, &nl, -EPERM));
	EXPECT_EQ(-EPERM, nl_join_group(&nl, nl.group));
	EXPECT_EQ(-EPERM, nl_join_group(&nl, nl.io_group));
	EXPECT_FALSE(join_by_bind(nl.group));
	EXPECT_FALSE(join_by_bind(nl.io_group));
	nl_close(&nl);
}

struct families {
	unsigned int nr;
	bool ours;
};

static void look_for_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *end;
	struct families *families = data;
	int len;

	families->nr++;
	attr = nl_attrs(nlh, &len);
	end = (const struct nlattr *)((const char *)attr + len);
	for (; attr < end; attr = nl_next(attr, &len))
		if (nl_type(attr) == CTRL_ATTR_FAMILY_NAME &&
		    !strcmp(nl_data(attr), FSERROR_FAMILY_NAME))
			families->ours = true;
}

/* Root of a user namespace that has a network namespace: there is no family. */
TEST_F(root, no_family_in_another_network)
{
	__u16 family = self->nl.family;
	struct families families = { 0 };
	struct nl_answer answer;
	struct nl_msg msg;
	struct nl nl;

	become_namespace_root(_metadata, CLONE_NEWNET);
	EXPECT_EQ(-ENOENT, nl_open(&nl));

	/* not in the list */
	ASSERT_EQ(0, nl_open_for(&nl, GENL_ID_CTRL, 0, 0));
	nl_msg_init(&msg, &nl, CTRL_CMD_GETFAMILY, NLM_F_DUMP);
	ASSERT_EQ(0, nl_ask(&nl, &msg, look_for_family, &families, &answer));
	EXPECT_EQ(0, answer.error);
	EXPECT_LT(0, families.nr);
	EXPECT_FALSE(families.ours);
	nl_close(&nl);

	/* nor does it answer one who knows its number */
	ASSERT_EQ(0, nl_open_for(&nl, family, 0, 0));
	EXPECT_TRUE(all_answer(_metadata, &nl, -ENOENT));
	nl_close(&nl);
}

/*
 * Give the network namespace @netns_fd a number in ours, without which a socket
 * that wants to hear of all namespaces does not hear of that one.
 */
static bool number_namespace(int netns_fd)
{
	struct nl_answer answer;
	struct nl_msg msg;
	__s32 any = -1;
	struct nl nl;
	int error;

	if (nl_open_for(&nl, RTM_NEWNSID, 0, 0))
		return false;
	close(nl.fd);
	nl.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	/* struct rtgenmsg takes the place of the other header */
	nl_msg_init(&msg, &nl, AF_UNSPEC, 0);
	msg.genlh.version = 0;
	nl_put(&msg, NETNSA_NSID, &any, sizeof(any));
	nl_put(&msg, NETNSA_FD, &netns_fd, sizeof(netns_fd));
	error = nl_ask(&nl, &msg, NULL, NULL, &answer);
	nl_close(&nl);
	return !error && !answer.error;
}

/* Hear nothing, even with all that root of a namespace can turn on. */
static int listen_in_namespace(struct __test_metadata *_metadata,
			       const struct nl *known,
			       const struct turns *turns)
{
	int one = 1, netns_fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct records records = { 0 };
	struct nl nl;
	int heard;

	become_namespace_root(_metadata, CLONE_NEWNET);
	if (netns_fd < 0 || !number_namespace(netns_fd))
		return 10;
	if (nl_open_for(&nl, known->family, known->group, known->io_group))
		return 11;
	/* the group's number is free for all in this network: nobody sends there */
	if (nl_join(&nl))
		TH_LOG("not even the number of the group can be joined");
	if (setsockopt(nl.fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &one,
		       sizeof(one)))
		return 12;
	if (!turn_pass(turns->to_parent) || !turn_wait(turns->to_child))
		return 13;
	heard = nl_receive(&nl, SILENCE_MS, records_add, &records);
	return heard == -EAGAIN && !records.messages ? 0 : 14;
}

TEST_F(root, no_events_in_another_network)
{
	struct records records = { 0 };
	struct turns turns;
	int status;
	pid_t pid;

	turns_init(_metadata, &turns);
	ASSERT_EQ(0, nl_join(&self->nl));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(listen_in_namespace(_metadata, &self->nl, &turns));

	EXPECT_TRUE(turn_wait(turns.to_parent));
	EXPECT_EQ(0, scratch_fail_reads(&scratch, 1, 4096));
	/* it was sent: this socket has it */
	EXPECT_EQ(0, records_receive(&records, &self->nl, 1));
	EXPECT_TRUE(turn_pass(turns.to_child));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	records_free(&records);
}

int main(int argc, char **argv)
{
	if (geteuid())
		ksft_exit_skip("must be run by root\n");
	scratch_need(&scratch, "permission", true);
	return test_harness_run(argc, argv);
}
