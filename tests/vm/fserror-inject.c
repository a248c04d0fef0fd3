// SPDX-License-Identifier: GPL-2.0-only
/*
 * fserror-inject: make a piece of an NVDIMM bad, the way hardware would.
 *
 * It runs in the test VM, as root. What is to become bad is named by its
 * physical address, by a place on a block device, or by a place in a file; the
 * answer is printed as NAME=VALUE lines, fit for a shell's eval.
 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fserror-place.h"

#define MCE_DIR "/sys/kernel/debug/mce-inject"
#define HWPOISON_FILE "/sys/kernel/debug/hwpoison/corrupt-pfn"
#define PORTS_DIR "/sys/class/virtio-ports"
#define MONITOR_PORT "fserror.monitor"

#define PAGE_SHIFT 12

/*
 * An uncorrected error of a data load: valid, uncorrected, enabled, the MISC and
 * ADDR registers valid, signalled; error code 0x134 ("data load").
 */
#define MCE_STATUS "0xbd00000000100134"
/* MISC: bits 8:6 say "a physical address", bits 5:0 the lowest valid bit of it */
#define MCE_MISC_PHYSICAL 0x80
#define MCE_LSB_DEFAULT 6
#define SRAO_LSB_DEFAULT 12

/* the kernel has room for a few dozen machine checks that nobody has looked at */
#define MCE_BATCH 8
#define MCE_PAUSE_US 10000

/* the runner answers at once; QEMU's monitor needs a moment */
#define MONITOR_TIMEOUT_MS 30000

struct options {
	unsigned int
		lsb; /* lowest valid address bit of a machine check; 0: default */
	const char *device; /* use this device for a file's extents */
	uint64_t count; /* how many times to inject ... */
	uint64_t step; /* ... and how many bytes further on each time */
	bool time; /* tell when */
};

/* CLOCK_MONOTONIC in microseconds just before the last injection */
static uint64_t triggered_us;

static void write_text(const char *path, const char *text, const char *needs)
{
	size_t len = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s (needs root and %s)", path, strerror(errno), needs);
	if (write(fd, text, len) != (ssize_t)len)
		die("cannot write \"%s\" to %s: %s", text, path,
		    strerror(errno));
	close(fd);
}

static void mark_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	triggered_us =
		(uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/*
 * A machine check that only the log and its listeners (nfit) see. The kernel forgets
 * what it was told of one when it has been injected.
 */
static void inject_mce(const struct place *place, const struct options *options)
{
	char text[32];

	/* the kernel takes the last byte for a newline */
	write_text(MCE_DIR "/flags", "sw\n", "CONFIG_X86_MCE_INJECT");
	write_text(MCE_DIR "/status", MCE_STATUS, "CONFIG_X86_MCE_INJECT");
	snprintf(text, sizeof(text), "%#x",
		 MCE_MISC_PHYSICAL |
			 (options->lsb ? options->lsb : MCE_LSB_DEFAULT));
	write_text(MCE_DIR "/misc", text, "CONFIG_X86_MCE_INJECT");
	snprintf(text, sizeof(text), "0x%" PRIx64, place->address);
	write_text(MCE_DIR "/addr", text, "CONFIG_X86_MCE_INJECT");
	mark_time();
	/* writing the bank is what injects */
	write_text(MCE_DIR "/bank", "1", "CONFIG_X86_MCE_INJECT");
}

/* One for each line of a file, which has the offset in bytes on the device. */
static int run_list(const char *device, const char *name,
		    const struct options *options)
{
	FILE *f = fopen(name, "re");
	struct place begin = { 0 }, place;
	unsigned long lines = 0;
	char line[64];

	if (!f)
		die("%s: %s", name, strerror(errno));
	place_on_device(device_number(device), 0, &begin);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		place = begin;
		place.address += parse_number(line, "an offset in bytes");
		inject_mce(&place, options);
		if (++lines % MCE_BATCH == 0)
			usleep(MCE_PAUSE_US);
	}
	fclose(f);
	printf("COUNT=%lu\n", lines);
	return EXIT_SUCCESS;
}

/* memory_failure() of the page, with no machine check. */
static void inject_hwpoison(const struct place *place,
			    const struct options *options)
{
	char text[32];

	(void)options;
	snprintf(text, sizeof(text), "0x%" PRIx64,
		 place->address >> PAGE_SHIFT);
	mark_time();
	write_text(HWPOISON_FILE, text, "CONFIG_HWPOISON_INJECT");
}

static int open_monitor(void)
{
	char path[PATH_MAX], name[64];
	struct dirent *entry;
	DIR *dir = opendir(PORTS_DIR);
	int tries, fd = -1;

	if (!dir)
		die("no virtio ports: this is not the test VM");
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), PORTS_DIR "/%s/name",
			 entry->d_name);
		if (!read_line(path, name, sizeof(name)) ||
		    strcmp(name, MONITOR_PORT))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		/* one process at a time can have it open */
		for (tries = 0; tries < 100 && fd < 0; tries++) {
			fd = open(path, O_RDWR | O_CLOEXEC);
			if (fd < 0 && errno != EBUSY)
				die("%s: %s", path, strerror(errno));
			if (fd < 0)
				usleep(50000);
		}
		closedir(dir);
		if (fd < 0)
			die("%s is busy", path);
		return fd;
	}
	die("no virtio port %s: the VM was not started by tests/vm/run",
	    MONITOR_PORT);
}

/* Ask the runner, which has QEMU's monitor, for something. */
static void ask_monitor(const char *request)
{
	struct pollfd pfd = { .events = POLLIN };
	char line[512];
	size_t len = 0;
	ssize_t n;

	pfd.fd = open_monitor();
	n = snprintf(line, sizeof(line), "%s\n", request);
	if (write(pfd.fd, line, (size_t)n) != n)
		die("cannot write to QEMU's monitor: %s", strerror(errno));
	do {
		if (poll(&pfd, 1, MONITOR_TIMEOUT_MS) != 1)
			die("QEMU's monitor does not answer");
		n = read(pfd.fd, line + len, sizeof(line) - 1 - len);
		if (n <= 0)
			die("QEMU's monitor has gone");
		len += (size_t)n;
		line[len] = '\0';
	} while (!strchr(line, '\n') && len < sizeof(line) - 1);
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "ok"))
		die("%s: %s", request, line);
	close(pfd.fd);
}

/* A machine check exception as the patrol scrubber raises it, on every CPU. */
static void inject_srao(const struct place *place,
			const struct options *options)
{
	char request[64];

	snprintf(request, sizeof(request), "mce-srao 0x%" PRIx64 " %u",
		 place->address,
		 options->lsb ? options->lsb : SRAO_LSB_DEFAULT);
	mark_time();
	ask_monitor(request);
}

static void inject_nothing(const struct place *place,
			   const struct options *options)
{
	(void)place;
	(void)options;
}

static const char *bus_code(int code)
{
	switch (code) {
	case BUS_MCEERR_AR:
		return "BUS_MCEERR_AR";
	case BUS_MCEERR_AO:
		return "BUS_MCEERR_AO";
	case BUS_ADRERR:
		return "BUS_ADRERR";
	default:
		return "other";
	}
}

/* printf() in a handler of a synchronous signal, in a process that does nothing else. */
static void on_sigbus(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	printf("SIGNAL=SIGBUS\nCODE=%s\n", bus_code(info->si_code));
	if (info->si_code == BUS_MCEERR_AR || info->si_code == BUS_MCEERR_AO)
		printf("LSB=%d\n", info->si_addr_lsb);
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

/* The process that maps the page, poisons it and takes the signal. */
static void __attribute__((noreturn))
poison_mapping(int fd, uint64_t offset, const char *name)
{
	struct sigaction action = { .sa_sigaction = on_sigbus,
				    .sa_flags = SA_SIGINFO };
	long size = sysconf(_SC_PAGESIZE);
	volatile unsigned char *page;

	page = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd,
		    (off_t)(offset - offset % (uint64_t)size));
	if (page == MAP_FAILED)
		die("%s: mmap: %s", name, strerror(errno));
	sigaction(SIGBUS, &action, NULL);
	(void)page[offset % (uint64_t)size];
	if (madvise((void *)page, (size_t)size, MADV_HWPOISON))
		die("%s: MADV_HWPOISON: %s (needs root and CONFIG_MEMORY_FAILURE)",
		    name, strerror(errno));
	(void)page[offset % (uint64_t)size];
	printf("SIGNAL=none\n");
	exit(EXIT_FAILURE);
}

static int run_madvise(const char *name, uint64_t offset)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	int status;
	pid_t pid;

	if (fd < 0)
		die("%s: %s", name, strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid)
		poison_mapping(fd, offset, name);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %s", strerror(errno));
	close(fd);
	if (WIFSIGNALED(status))
		die("the mapping process was killed by signal %d",
		    WTERMSIG(status));
	return WEXITSTATUS(status);
}

enum target {
	TARGET_ADDRESS,
	TARGET_DEVICE,
	TARGET_FILE,
	TARGET_LIST,
	TARGET_MAPPING,
	TARGET_REQUEST
};

struct command {
	const char *name;
	enum target target;
	void (*inject)(const struct place *place,
		       const struct options *options);
	const char *request; /* what the runner is asked for ... */
	int words; /* ... with so many arguments */
};

static const struct command commands[] = {
	{ "mce", TARGET_ADDRESS, inject_mce, NULL, 0 },
	{ "mce-dev", TARGET_DEVICE, inject_mce, NULL, 0 },
	{ "mce-file", TARGET_FILE, inject_mce, NULL, 0 },
	{ "list-mce", TARGET_LIST, NULL, NULL, 0 },
	{ "srao", TARGET_ADDRESS, inject_srao, NULL, 0 },
	{ "srao-dev", TARGET_DEVICE, inject_srao, NULL, 0 },
	{ "srao-file", TARGET_FILE, inject_srao, NULL, 0 },
	{ "hwpoison-pfn", TARGET_ADDRESS, inject_hwpoison, NULL, 0 },
	{ "hwpoison-dev", TARGET_DEVICE, inject_hwpoison, NULL, 0 },
	{ "hwpoison-file", TARGET_FILE, inject_hwpoison, NULL, 0 },
	{ "map-dev", TARGET_DEVICE, inject_nothing, NULL, 0 },
	{ "map-file", TARGET_FILE, inject_nothing, NULL, 0 },
	{ "madvise", TARGET_MAPPING, NULL, NULL, 0 },
	{ "unplug", TARGET_REQUEST, NULL, "device-del", 1 },
	{ "cxl-poison", TARGET_REQUEST, NULL, "cxl-poison", 3 },
	{ "cxl-media", TARGET_REQUEST, NULL, "cxl-media", 4 },
	{ "cxl-dram", TARGET_REQUEST, NULL, "cxl-dram", 4 },
};

static void __attribute__((noreturn)) usage(FILE *to, int status)
{
	fputs("usage: fserror-inject [OPTION...] COMMAND ARGUMENT...\n"
	      "\n"
	      "Make a piece of an NVDIMM bad. Runs in the test VM, as root.\n"
	      "Offsets are in bytes. What was hit is printed as NAME=VALUE lines.\n"
	      "\n"
	      "a machine check in the log, without memory_failure():\n"
	      "  mce ADDRESS           at this physical address\n"
	      "  mce-dev DEV OFFSET    at this place of a pmem disk or a partition of one\n"
	      "  mce-file FILE OFFSET  at this place of a file\n"
	      "  list-mce DEV LIST     at each place of the device that a line of the file LIST\n"
	      "                        has; the place is not printed, but how many there were\n"
	      "a real machine check exception through QEMU's monitor (patrol scrub, SRAO):\n"
	      "  srao ADDRESS | srao-dev DEV OFFSET | srao-file FILE OFFSET\n"
	      "memory_failure() alone:\n"
	      "  hwpoison-pfn ADDRESS | hwpoison-dev DEV OFFSET | hwpoison-file FILE OFFSET\n"
	      "  madvise FILE OFFSET   map the page and MADV_HWPOISON it; tells what signal the\n"
	      "                        mapping process got, and fails if it got none\n"
	      "nothing, only tell where it is:\n"
	      "  map-dev DEV OFFSET | map-file FILE OFFSET\n"
	      "take a virtio disk of the VM away (see tests/vm/run --disk):\n"
	      "  unplug NAME\n"
	      "have a memory device of CXL add poison to its list, or report an event\n"
	      "(see tests/vm/run --cxl); DPA is a device physical address, with flags in an event:\n"
	      "  cxl-poison NAME DPA LENGTH\n"
	      "  cxl-media NAME DPA DESCRIPTOR TYPE | cxl-dram NAME DPA DESCRIPTOR TYPE\n"
	      "\n"
	      "  --lsb BIT             lowest valid bit of the address in a machine check, 6 to\n"
	      "                        12: 6 is a cache line, 9 a sector, 12 a page; 6 by\n"
	      "                        default, 12 with srao\n"
	      "  --device DEV          the file's extents are on this device (default: found out)\n"
	      "  --count N             do it at N places ...\n"
	      "  --step BYTES          ... that are so far apart; 512 by default\n"
	      "  --time                tell when: TIME_US is CLOCK_MONOTONIC in microseconds just\n"
	      "                        before the last injection\n"
	      "  --help                this text\n",
	      to);
	exit(status);
}

static int ask_for(const struct command *command, char **args)
{
	char request[256];
	int len, i;

	len = snprintf(request, sizeof(request), "%s", command->request);
	for (i = 0; i < command->words && len < (int)sizeof(request); i++)
		len += snprintf(request + len, sizeof(request) - (size_t)len,
				" %s", args[i]);
	if (len >= (int)sizeof(request))
		die("%s: arguments too long", command->name);
	ask_monitor(request);
	return EXIT_SUCCESS;
}

static int run_command(const struct command *command, char **args,
		       const struct options *options)
{
	struct place place = { 0 };
	uint64_t i;

	if (options->count > 1 && !command->inject)
		die("%s does not take --count", command->name);
	if (options->time &&
	    (!command->inject || command->inject == inject_nothing))
		die("%s does not take --time", command->name);
	switch (command->target) {
	case TARGET_REQUEST:
		return ask_for(command, args);
	case TARGET_LIST:
		return run_list(args[0], args[1], options);
	case TARGET_MAPPING:
		return run_madvise(args[0],
				   parse_number(args[1], "an offset in bytes"));
	case TARGET_ADDRESS:
		place.address = parse_number(args[0], "a physical address");
		break;
	case TARGET_DEVICE:
		place_on_device(device_number(args[0]),
				parse_number(args[1], "an offset in bytes"),
				&place);
		break;
	case TARGET_FILE:
		place_in_file(args[0],
			      parse_number(args[1], "an offset in bytes"),
			      options->device, &place);
		break;
	}
	print_place(&place);
	if (place.extent_left &&
	    (options->count - 1) * options->step >= place.extent_left)
		die("%s: the extent ends %" PRIu64 " bytes further on", args[0],
		    place.extent_left);
	for (i = 0; i < options->count; i++, place.address += options->step)
		command->inject(&place, options);
	if (options->time)
		printf("TIME_US=%" PRIu64 "\n", triggered_us);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "lsb", required_argument, NULL, 'l' },
		{ "device", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'n' },
		{ "step", required_argument, NULL, 's' },
		{ "time", no_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options options = { .count = 1, .step = SECTOR_SIZE };
	uint64_t lsb;
	size_t i;
	int c;

	while ((c = getopt_long(argc, argv, "h", longopts, NULL)) != -1) {
		switch (c) {
		case 'l':
			lsb = parse_number(optarg, "a bit number");
			/* the kernel has no use for the address of more than a page */
			if (lsb < 6 || lsb > PAGE_SHIFT)
				die("--lsb is from 6 to 12");
			options.lsb = (unsigned int)lsb;
			break;
		case 'd':
			options.device = optarg;
			break;
		case 'n':
			options.count = parse_number(optarg, "a number");
			if (!options.count)
				die("--count is at least 1");
			break;
		case 's':
			options.step =
				parse_number(optarg, "a length in bytes");
			break;
		case 't':
			options.time = true;
			break;
		case 'h':
			usage(stdout, EXIT_SUCCESS);
		default:
			usage(stderr, EXIT_FAILURE);
		}
	}
	if (optind == argc)
		usage(stderr, EXIT_FAILURE);
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct command *command = &commands[i];
		int want = command->target == TARGET_REQUEST ? command->words :
			   command->target == TARGET_ADDRESS ? 1 :
							       2;

		if (strcmp(argv[optind], command->name))
			continue;
		if (argc - optind - 1 != want)
			die("%s takes %d argument%s; see --help", command->name,
			    want, want == 1 ? "" : "s");
		return run_command(command, argv + optind + 1, &options);
	}
	die("no command %s; see --help", argv[optind]);
}
