#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
The Python module with captured streams: its layouts, its numbers, what it tells.

usage: python_module.py STREAMS HEADER EXAMPLE

It runs with a library that needs no kernel, see python_peer.c. Prints TAP without numbers.
"""
import contextlib
import ctypes
import io
import os
import re
import sys
import tempfile

import fserror

FAILED = []


def say(good, name):
    """One line of TAP."""
    print(f"{'ok' if good else 'not ok'} - python: {name}")
    if not good:
        FAILED.append(name)


def test_layouts(library):
    """The structures are those of C."""
    wrong = []
    for name, kind in (("range", fserror._Range), ("record", fserror._Record),
                       ("event", fserror._Event), ("damage_visitor", fserror._Visitor),
                       ("dump_header", fserror._Header), ("dump_end", fserror._End)):
        size = library.layout_of(f"fserror_{name}".encode())
        if size and ctypes.sizeof(kind) != size:
            wrong.append(name)
        for member, *_ in kind._fields_:
            offset = library.layout_of(f"fserror_{name}.{member}".encode())
            if offset and getattr(kind, member).offset != offset:
                wrong.append(f"{name}.{member}")
    say(not wrong, f"structures {wrong}")


def test_numbers(header):
    """The attributes are those of the kernel's header."""
    with open(header, encoding="ascii") as file:
        text = file.read()
    for what, names in (("RECORD", fserror._RECORD), ("RANGE", fserror._RANGE)):
        found = re.findall(rf"^\tFSERROR_A_{what}_([A-Z_]+)(?: = 1)?,$", text, re.M)
        say([name.upper() for name in names.split()] == found,
            f"the attributes of a {what.lower()}")
    found = re.findall(r"^\tFSERROR_A_DUMP_END_([A-Z_]+)(?: = 1)?,$", text, re.M)
    say(found.index("COMPLETE") + 1 == fserror._END_COMPLETE, "the end of a list")


@contextlib.contextmanager
def replayed(path):
    """A client that hears what is in the file."""
    os.environ["FSERROR_STREAM"] = path
    with fserror.Client() as client:
        yield client


def test_damage(streams):
    """The list of damage."""
    records = []
    with replayed(f"{streams}/damage.stream") as client:
        complete = client.damage(records.append)
    say(complete, "the list is complete")
    lost = [(r.ino, r.offset, r.length) for r in records if r.kind == "data-lost"]
    say((133, 12800, 512) in lost and (136, 0, 4096) in lost and len(lost) == 8,
        f"files and their ranges: {lost}")
    first = records[0]
    say(first.dev == os.makedev(259, 0) and first.fstype == b"xfs" and
        first.cause == "machine-check" and first.device.length == 512 and
        first.seq is None and isinstance(first.handle, bytes) and first.handle,
        f"a record: {first!r}")
    say("unlinked" in [r for r in records if r.ino == 138][0].flags, "flags are words")

    def fails(_record):
        raise KeyError("mine")
    with replayed(f"{streams}/damage.stream") as client:
        try:
            client.damage(fails)
            say(False, "what the visitor raises is raised")
        except KeyError:
            say(True, "what the visitor raises is raised")
    with open(f"{streams}/damage.stream", "rb") as file:
        half = file.read()[:400]
    with tempfile.NamedTemporaryFile() as cut:
        cut.write(half)
        cut.flush()
        try:
            with replayed(cut.name):
                say(False, "a broken stream is an error")
        except fserror.Error as error:
            say(error.errno > 0, f"a broken stream is an error: {error}")


def test_events(streams):
    """Events come in their order, and what the list had is left out."""
    with replayed(f"{streams}/events.stream") as client:
        events = list(client.events(timeout=0))
    say([e.seq for e in events if e.kind != "directio-read"] == list(range(1, 14)),
        "events in the order of their numbers")
    with replayed(f"{streams}/events.stream") as client:
        client._as_of = 5
        seqs = [e.seq for e in client.events(timeout=0) if e.kind != "directio-read"]
    say(seqs == list(range(6, 14)), f"not those that a list had: {seqs}")


@contextlib.contextmanager
def files_of_btrfs():
    """The list has files only, which are on btrfs."""
    damage = fserror.Client.damage

    def changed(client, visit):
        def see(record):
            record.fstype = b"btrfs"
            return visit(record) if record.ino is not None else None
        return damage(client, see)
    fserror.Client.damage = changed
    try:
        yield
    finally:
        fserror.Client.damage = damage


def test_example(streams, example):
    """A program that makes backups, with a file whose inode is made to be damaged."""
    sys.path.insert(0, os.path.dirname(example))
    import damaged_files  # pylint: disable=import-outside-toplevel

    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/f\n"
        with open(path, "w", encoding="ascii"):
            pass
        os.environ["FSERROR_STREAM"] = f"{streams}/damage.stream"
        found, complete = damaged_files.damaged_inodes()
        say((os.makedev(259, 0), 134) in found and not complete,
            "the example: a range that nobody could map is not all")
        with files_of_btrfs():
            say(damaged_files.damaged_inodes() == ({}, False),
                "the example: on btrfs files are not compared by what os.stat() says")
        stat = os.lstat(path)
        damaged_files.damaged_inodes = lambda: ({(stat.st_dev, stat.st_ino): [(512, 4096)]},
                                                True)
        sys.argv = ["damaged_files", directory]
        out, code = io.StringIO(), None
        try:
            with contextlib.redirect_stdout(out):
                damaged_files.main()
        except SystemExit as end:
            code = end.code
        say(code == 3 and out.getvalue() == f"{os.fsencode(path)!r} 512 4096\n",
            f"the example: {code} {out.getvalue()!r}")


def main():
    """Run all."""
    streams, header, example = sys.argv[1:]
    library = ctypes.CDLL("libfserror.so.0")
    library.layout_of.restype = ctypes.c_size_t
    test_layouts(library)
    test_numbers(header)
    test_damage(streams)
    test_events(streams)
    test_example(streams, example)
    sys.exit(bool(FAILED))


main()
