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
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define MCE_DIR "/sys/kernel/debug/mce-inject"
#define HWPOISON_FILE "/sys/kernel/debug/hwpoison/corrupt-pfn"
#define PORTS_DIR "/sys/class/virtio-ports"
#define MONITOR_PORT "fserror.monitor"

#define SECTOR_SIZE 512
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

/* the runner answers at once; QEMU's monitor needs a moment */
#define MONITOR_TIMEOUT_MS 30000

/* Where a byte is. All offsets and lengths are in bytes. */
struct place {
	char bdev[64]; /* the block device the filesystem or user sees */
	uint64_t bdev_offset;
	char disk[64]; /* the whole disk that the device is, or is part of */
	uint64_t disk_offset;
	uint64_t address; /* physical */
	uint64_t extent_left; /* bytes of the file's extent from here on; 0: no file */
};

struct options {
	unsigned int
		lsb; /* lowest valid address bit of a machine check; 0: default */
	const char *device; /* use this device for a file's extents */
	uint64_t count; /* how many times to inject ... */
	uint64_t step; /* ... and how many bytes further on each time */
};

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("fserror-inject: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(EXIT_FAILURE);
}

static uint64_t parse_number(const char *text, const char *what)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		die("%s is not %s", text, what);
	return value;
}

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

static bool read_line(const char *path, char *line, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fgets(line, (int)size, f);
	fclose(f);
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

/* The last part of the path that the link at @path leads to. */
static void link_name(const char *path, char *name, size_t size)
{
	char target[PATH_MAX];

	if (!realpath(path, target))
		die("%s: %s", path, strerror(errno));
	snprintf(name, size, "%s", strrchr(target, '/') + 1);
}

/*
 * The physical address of a pmem disk's first byte. The "resource" of a pfn
 * device (an fsdax namespace) is where its data begins, behind the page map; that
 * of a raw namespace is the namespace.
 */
static uint64_t disk_address(const char *disk)
{
	char path[PATH_MAX], line[64], device[64];

	snprintf(path, sizeof(path), "/sys/class/block/%s/device", disk);
	if (access(path, F_OK))
		die("%s is no pmem disk: it has no physical addresses", disk);
	link_name(path, device, sizeof(device));
	if (!strncmp(device, "btt", 3))
		die("%s is in sector mode (btt): its sectors have no fixed addresses",
		    disk);
	snprintf(path, sizeof(path), "/sys/class/block/%s/device/resource",
		 disk);
	if (!read_line(path, line, sizeof(line)))
		die("%s is no pmem disk: it has no physical addresses", disk);
	return parse_number(line, "a physical address");
}

/* From the device number to the disk, its offset there and the address. */
static void place_on_device(dev_t dev, uint64_t offset, struct place *place)
{
	char path[PATH_MAX + 8], target[PATH_MAX], line[64];
	uint64_t size, start = 0;

	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(dev),
		 minor(dev));
	if (!realpath(path, target))
		die("no block device %u:%u", major(dev), minor(dev));
	snprintf(place->bdev, sizeof(place->bdev), "%s",
		 strrchr(target, '/') + 1);
	snprintf(path, sizeof(path), "%s/size", target);
	if (!read_line(path, line, sizeof(line)))
		die("%s: %s", path, strerror(errno));
	size = parse_number(line, "a size") * SECTOR_SIZE;
	if (offset >= size)
		die("offset %" PRIu64 " is beyond the end of %s (%" PRIu64
		    " bytes)",
		    offset, place->bdev, size);

	snprintf(path, sizeof(path), "%s/start", target);
	if (read_line(path, line, sizeof(line))) {
		start = parse_number(line, "a sector") * SECTOR_SIZE;
		*strrchr(target, '/') = '\0';
	}
	snprintf(place->disk, sizeof(place->disk), "%s",
		 strrchr(target, '/') + 1);
	place->bdev_offset = offset;
	place->disk_offset = start + offset;
	place->address = disk_address(place->disk) + place->disk_offset;
}

static dev_t device_number(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		die("%s: %s", path, strerror(errno));
	if (!S_ISBLK(st.st_mode))
		die("%s is no block device", path);
	return st.st_rdev;
}

/* XFS keeps the data of some files on a device of its own: "rtdev=" of the mount. */
static dev_t realtime_device(dev_t dev)
{
	char line[4096], device[PATH_MAX];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	unsigned int maj, min;
	char *option;

	if (!f)
		die("/proc/self/mountinfo: %s", strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*d %*d %u:%u", &maj, &min) != 2 ||
		    makedev(maj, min) != dev)
			continue;
		option = strstr(line, "rtdev=");
		if (option &&
		    sscanf(option, "rtdev=%4095[^, \n]", device) == 1) {
			fclose(f);
			return device_number(device);
		}
	}
	fclose(f);
	die("the file is on a realtime device that /proc/self/mountinfo does not name");
}

static dev_t file_device(int fd, const char *name,
			 const struct options *options)
{
	struct fsxattr xattr;
	struct statfs fs;
	struct stat st;

	if (options->device)
		return device_number(options->device);
	if (fstat(fd, &st) || fstatfs(fd, &fs))
		die("%s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die("%s is no regular file", name);
	if (fs.f_type == BTRFS_SUPER_MAGIC)
		die("%s is on btrfs, whose extents name no place on a device",
		    name);
	if (!ioctl(fd, FS_IOC_FSGETXATTR, &xattr) &&
	    (xattr.fsx_xflags & FS_XFLAG_REALTIME))
		return realtime_device(st.st_dev);
	return st.st_dev;
}

static void place_in_file(const char *name, uint64_t offset,
			  const struct options *options, struct place *place)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} ask = {
		.map = {
			.fm_start = offset,
			.fm_length = ~offset,
			.fm_flags = FIEMAP_FLAG_SYNC,
			.fm_extent_count = 1,
		},
	};
	const struct fiemap_extent *extent = &ask.map.fm_extents[0];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	uint64_t skip;

	if (fd < 0)
		die("%s: %s", name, strerror(errno));
	if (offset >= FIEMAP_MAX_OFFSET)
		die("%" PRIu64 " is beyond the end of any file", offset);
	if (ioctl(fd, FS_IOC_FIEMAP, &ask.map))
		die("%s: FIEMAP: %s", name, strerror(errno));
	if (!ask.map.fm_mapped_extents || extent->fe_logical > offset)
		die("%s: there is no block at offset %" PRIu64
		    " (a hole, or beyond the end)",
		    name, offset);
	if (extent->fe_flags &
	    (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DATA_INLINE))
		die("%s: the data at offset %" PRIu64
		    " has no place on the device",
		    name, offset);
	skip = offset - extent->fe_logical;
	place_on_device(file_device(fd, name, options),
			extent->fe_physical + skip, place);
	place->extent_left = extent->fe_length - skip;
	close(fd);
}

static void print_place(const struct place *place)
{
	if (place->bdev[0]) {
		printf("BDEV=/dev/%s\n", place->bdev);
		printf("BDEV_OFFSET=%" PRIu64 "\n", place->bdev_offset);
		printf("DISK=/dev/%s\n", place->disk);
		printf("DISK_OFFSET=%" PRIu64 "\n", place->disk_offset);
		printf("SECTOR=%" PRIu64 "\n",
		       place->disk_offset / SECTOR_SIZE);
	}
	if (place->extent_left)
		printf("EXTENT_LEFT=%" PRIu64 "\n", place->extent_left);
	printf("ADDRESS=0x%" PRIx64 "\n", place->address);
	fflush(stdout);
}

/* A machine check that only the log and its listeners (nfit) see. */
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
	/* writing the bank is what injects */
	write_text(MCE_DIR "/bank", "1", "CONFIG_X86_MCE_INJECT");
}

/* memory_failure() of the page, with no machine check. */
static void inject_hwpoison(const struct place *place,
			    const struct options *options)
{
	char text[32];

	(void)options;
	snprintf(text, sizeof(text), "0x%" PRIx64,
		 place->address >> PAGE_SHIFT);
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
	TARGET_MAPPING,
	TARGET_REQUEST
};

struct command {
	const char *name;
	enum target target;
	void (*inject)(const struct place *place,
		       const struct options *options);
};

static const struct command commands[] = {
	{ "mce", TARGET_ADDRESS, inject_mce },
	{ "mce-dev", TARGET_DEVICE, inject_mce },
	{ "mce-file", TARGET_FILE, inject_mce },
	{ "srao", TARGET_ADDRESS, inject_srao },
	{ "srao-dev", TARGET_DEVICE, inject_srao },
	{ "srao-file", TARGET_FILE, inject_srao },
	{ "hwpoison-pfn", TARGET_ADDRESS, inject_hwpoison },
	{ "hwpoison-dev", TARGET_DEVICE, inject_hwpoison },
	{ "hwpoison-file", TARGET_FILE, inject_hwpoison },
	{ "map-dev", TARGET_DEVICE, inject_nothing },
	{ "map-file", TARGET_FILE, inject_nothing },
	{ "madvise", TARGET_MAPPING, NULL },
	{ "unplug", TARGET_REQUEST, NULL },
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
	      "\n"
	      "  --lsb BIT             lowest valid bit of the address in a machine check, 6 to\n"
	      "                        12: 6 is a cache line, 9 a sector, 12 a page; 6 by\n"
	      "                        default, 12 with srao\n"
	      "  --device DEV          the file's extents are on this device (default: found out)\n"
	      "  --count N             do it at N places ...\n"
	      "  --step BYTES          ... that are so far apart; 512 by default\n"
	      "  --help                this text\n",
	      to);
	exit(status);
}

static int run_command(const struct command *command, char **args,
		       const struct options *options)
{
	struct place place = { 0 };
	char request[128];
	uint64_t i;

	if (options->count > 1 && !command->inject)
		die("%s does not take --count", command->name);
	switch (command->target) {
	case TARGET_REQUEST:
		snprintf(request, sizeof(request), "device-del %s", args[0]);
		ask_monitor(request);
		return EXIT_SUCCESS;
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
			      options, &place);
		break;
	}
	print_place(&place);
	if (place.extent_left &&
	    (options->count - 1) * options->step >= place.extent_left)
		die("%s: the extent ends %" PRIu64 " bytes further on", args[0],
		    place.extent_left);
	for (i = 0; i < options->count; i++, place.address += options->step)
		command->inject(&place, options);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "lsb", required_argument, NULL, 'l' },
		{ "device", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'n' },
		{ "step", required_argument, NULL, 's' },
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
		bool one = command->target == TARGET_ADDRESS ||
			   command->target == TARGET_REQUEST;
		int want = one ? 1 : 2;

		if (strcmp(argv[optind], command->name))
			continue;
		if (argc - optind - 1 != want)
			die("%s takes %d argument%s; see --help", command->name,
			    want, want == 1 ? "" : "s");
		return run_command(command, argv + optind + 1, &options);
	}
	die("no command %s; see --help", argv[optind]);
}
