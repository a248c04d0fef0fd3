# SPDX-License-Identifier: GPL-2.0-only
"""What a file that runs in the VM says of itself, in the comment that it begins with."""

import re

HEADER = re.compile(r"^# (title|group|timeout|run|only|host|plain): (.*)$")


def read(path):
    """The lines "# NAME: VALUE", by name."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                break
            if match := HEADER.match(line.strip()):
                found[match[1]] = match[2]
    return found


def small(arguments):
    """Those of a table of the benchmark that it needs with small sizes, too: its own memory and
    disks will do then."""
    pairs = zip(arguments[::2], arguments[1::2])
    return [word for pair in pairs if pair[0] == "--append" for word in pair]
