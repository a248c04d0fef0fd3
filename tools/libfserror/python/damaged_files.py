#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which files below a directory have lost bytes: what a backup program begins with.

A program that makes backups looks at each file anyway. One that asks this first does not
put a damaged file in the place of the good copy that it has.

usage: damaged_files.py DIRECTORY

Exit status: 0 no file there is damaged, 3 some are, 4 none is known to be but that may
not be all, 1 an error. Of btrfs it does not say which, only that there may be some.
"""
import os
import sys

import fserror


def damaged_inodes():
    """{(device, inode): [(offset, length)]}, and whether that is all."""
    found, unknown = {}, []

    def see(record):
        if record.kind == "degraded":  # a good copy is left
            return
        if record.ino is None:
            # whose it is is not known, unless nobody owns it
            if "unowned" not in record.flags and record.kind != "metadata":
                unknown.append(record)
        elif record.fstype == b"btrfs":
            # os.stat() says the device of the subvolume, which no record has
            unknown.append(record)
        else:
            found.setdefault((record.dev, record.ino), []).append(
                (record.offset or 0, record.length or 0))

    with fserror.Client() as client:
        complete = client.damage(see)
    return found, complete and not unknown


def stop(error):
    """What cannot be looked at is no reason to say that all is well."""
    sys.exit(f"damaged_files: {error}")


def files_below(top):
    """All files and directories, without following symbolic links."""
    yield top
    for directory, names, files in os.walk(top, onerror=stop):
        for name in names + files:
            yield os.path.join(directory, name)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        damaged, complete = damaged_inodes()
    except fserror.Error as error:
        sys.exit(f"damaged_files: {error.strerror}")
    any_damaged = False
    for path in files_below(sys.argv[1]):
        try:
            stat = os.lstat(path)
        except FileNotFoundError:
            continue
        for offset, length in damaged.get((stat.st_dev, stat.st_ino), []):
            any_damaged = True
            print(f"{os.fsencode(path)!r} {offset} {length}")
    if not complete:
        print("damaged_files: there may be more", file=sys.stderr)
    sys.exit(3 if any_damaged else 0 if complete else 4)


if __name__ == "__main__":
    main()
