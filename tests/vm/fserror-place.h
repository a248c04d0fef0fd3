/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a byte of a device or of a file is, for fserror-inject. */
#ifndef FSERROR_PLACE_H
#define FSERROR_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SECTOR_SIZE 512

/* Where a byte is. All offsets and lengths are in bytes. */
struct place {
	char bdev[64]; /* the block device the filesystem or user sees */
	uint64_t bdev_offset;
	char disk[64]; /* the whole disk that the device is, or is part of */
	uint64_t disk_offset;
	uint64_t address; /* physical */
	uint64_t extent_left; /* bytes of the file's extent from here on; 0: no file */
};

void __attribute__((noreturn, format(printf, 1, 2))) die(const char *fmt, ...);
uint64_t parse_number(const char *text, const char *what);
bool read_line(const char *path, char *line, size_t size);

dev_t device_number(const char *path);
void place_on_device(dev_t dev, uint64_t offset, struct place *place);
void place_in_file(const char *name, uint64_t offset, const char *device,
		   struct place *place);
void print_place(const struct place *place);

#endif
