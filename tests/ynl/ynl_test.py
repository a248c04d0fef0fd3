#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The kernel's own netlink client understands the family from its spec alone.

Everything that is asked of the kernel is asked through tools/net/ynl of the
kernel tree, given Documentation/netlink/specs/fserror.yaml of this repository:
no code of ours knows a number or a format. The events are real: reads of an XFS
file whose blocks device-mapper refuses, a shutdown, and, where there is an NVDIMM
and fserror-inject, a machine check in a file. But for the one that is a test.

usage: ynl_test.py KERNEL-TREE, as root. Output is TAP.
"""

import ctypes
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile

from common import (
    PIECE,
    SECTOR,
    BrokenReads,
    Pmem,
    Tap,
    boot_id,
    named,
    receive,
    records_of,
    run,
)

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPEC = os.path.join(TOP, "Documentation/netlink/specs/fserror.yaml")
CLIENT = "tools/net/ynl/pyynl"

SILENCE_SECONDS = 1
CLONE_NEWNET = 0x40000000
ATTRIBUTES_OF_DEVICE = {"major", "minor", "role"}


class Tests:
    """All of them; the attributes of the object are what they share."""

    def __init__(self, tap, lib, filesystem, tree):
        self.tap = tap
        self.lib = lib
        self.filesystem = filesystem
        self.schema = os.path.join(tree, "Documentation/netlink/genetlink.yaml")
        client = os.path.join(tree, CLIENT, "cli.py")
        self.cli = ["/usr/bin/python3", "-B", client, "--spec", SPEC]

    def open(self):
        """A client of the kernel's library; that the spec is valid was tested first."""
        return self.lib.YnlFamily(SPEC, schema="")

    def ask(self, *arguments):
        """The kernel's command line client; its answer."""
        text = run(*self.cli, "--no-schema", "--output-json", *arguments)
        return json.loads(text)

    def spec(self):
        """The spec is what the kernel's schema allows."""
        result = subprocess.run(
            self.cli + ["--schema", self.schema, "--validate"], check=False
        )
        self.tap.equal("the spec is valid", 0, result.returncode)

    def stat_get(self):
        """do stat-get."""
        with self.open() as ynl:
            stat = ynl.do("stat-get", {})
        self.tap.equal("stat-get: boot id", boot_id(), stat["boot-id"])
        rings = stat["ring"]
        self.tap.equal(
            "stat-get: a ring for each group", ["damage", "io"], [ring["group"] for ring in rings]
        )
        self.tap.test(
            "stat-get: numbers",
            all(ring["size"] >= 16 and ring["overwritten"] >= 0 for ring in rings)
            and stat["told"] <= stat["told-max"],
            stat,
        )
        answer = self.ask("--do", "stat-get")
        self.tap.equal(
            "stat-get through cli.py",
            [ring["size"] for ring in rings],
            [ring["size"] for ring in answer["ring"]],
        )

    def fs_get(self):
        """dump fs-get."""
        with self.open() as ynl:
            found = [
                fs
                for fs in ynl.dump("fs-get", {})
                if (fs["major"], fs["minor"])
                == (self.filesystem.dev["major"], self.filesystem.dev["minor"])
            ]
        self.tap.equal("fs-get: it is there once", 1, len(found))
        if not found:
            return
        self.tap.equal("fs-get: type", "xfs", found[0]["fstype"])
        self.tap.equal("fs-get: UUID", self.filesystem.uuid, found[0]["uuid"])
        self.tap.test("fs-get: instance", found[0]["instance"] > 0, found[0])
        devices = found[0].get("device", [])
        self.tap.test(
            "fs-get: its device",
            len(devices) == 1
            and ATTRIBUTES_OF_DEVICE <= set(devices[0])
            and devices[0]["role"] == "data",
            devices,
        )

    def event(self):
        """Subscribe; a failed read arrives, decoded; event-get says the same."""
        offset = 3 * PIECE
        with self.open() as ynl:
            ynl.ntf_subscribe("io")
            self.filesystem.read(offset)
            messages = receive(ynl, 1)
            records = records_of(messages)
            self.tap.equal("io-ntf: one record", 1, len(records))
            if not records:
                return
            record = records[0]
            self.tap.equal("io-ntf: name", "io-ntf", messages[0]["name"])
            self.tap.equal("io-ntf: boot id", boot_id(), messages[0]["msg"]["boot-id"])
            expected = {
                "kind": "directio-read",
                "error": 5,
                "fstype": "xfs",
                "uuid": self.filesystem.uuid,
                "ino": self.filesystem.ino,
                "nlink": 1,
                "offset": offset,
                "length": PIECE,
                **self.filesystem.dev,
            }
            self.tap.equal(
                "io-ntf: fields", expected, {name: record.get(name) for name in expected}
            )
            self.tap.test(
                "io-ntf: instance and its own number",
                record.get("instance", 0) > 0 and record.get("fs-seq", 0) > 0,
                record,
            )
            self.tap.test(
                "io-ntf: what is not known is absent",
                not {"cause", "flags", "meta", "device", "origin", "layer"} & set(record),
                record,
            )
            answers = ynl.dump(
                "event-get",
                {"group": "io", "boot-id": boot_id(), "since": record["seq"] - 1},
            )
            dumped = records_of(
                {"msg": answer} for answer in answers
            )
            self.tap.equal("event-get since: the same record", [record], dumped)
            self.tap.equal(
                "event-get: as-of in the first message, and there alone",
                [record["seq"]],
                named(answers, "as-of"),
            )

    def order(self):
        """Records come in the order of their numbers."""
        with self.open() as ynl:
            ynl.ntf_subscribe("io")
            # not one behind the other: those would be one record
            for piece in range(50):
                self.filesystem.read(2 * piece * PIECE)
            records = records_of(receive(ynl, 50))
        self.tap.equal(
            "io-ntf: order", [2 * piece * PIECE for piece in range(50)], [r["offset"] for r in records]
        )
        first = records[0]["seq"] if records else 0
        self.tap.equal(
            "io-ntf: numbers without holes",
            list(range(first, first + 50)),
            [r["seq"] for r in records],
        )

    def watch_set(self):
        """A filter by kind and by filesystem, given by name."""
        with self.open() as ynl:
            ynl.ntf_subscribe("io")
            ynl.do("watch-set", {"kinds": ["shutdown", "metadata"]})
            watchers = ynl.do("stat-get", {}).get("watcher", [])
            portid = ynl.sock.getsockname()[0]
            self.tap.test(
                "watch-set: the socket is among the watchers",
                portid in [watcher["portid"] for watcher in watchers],
                watchers,
            )
            self.filesystem.read(0)
            self.tap.equal(
                "watch-set: kinds keep it out", [], records_of(receive(ynl, 1, SILENCE_SECONDS))
            )
            ynl.do(
                "watch-set",
                {"kinds": ["directio-read"], "fs": [{"uuid": self.filesystem.uuid}]},
            )
            self.filesystem.read(PIECE)
            self.tap.equal(
                "watch-set: kinds and UUID let it through",
                ["directio-read"],
                [r["kind"] for r in records_of(receive(ynl, 1))],
            )
            ynl.do("watch-set", {"causes": ["machine-check", "removed"]})
            self.filesystem.read(0)
            self.tap.equal(
                "watch-set: causes keep it out", [], records_of(receive(ynl, 1, SILENCE_SECONDS))
            )
            ynl.do("watch-set", {})
            self.filesystem.read(PIECE)
            self.tap.equal(
                "watch-set: nothing lets everything through", 1, len(records_of(receive(ynl, 1)))
            )

    def test_event(self):
        """A test, of a filesystem and of none: the answer is the record's number."""
        with self.open() as ynl:
            ynl.ntf_subscribe("damage")
            of_one = ynl.do("test-event", {"fs": self.filesystem.dev})
            of_none = ynl.do("test-event", {})
            records = records_of(receive(ynl, 2))
            damage = ynl.dump("damage-get", {"fs": self.filesystem.dev})
        damage = named(damage, "record")
        self.tap.equal(
            "test-event: the answers", [{"seq": record["seq"]} for record in records], [of_one, of_none]
        )
        known = {"seq", "time", "boottime", "kind"}
        names = {"major", "minor", "fstype", "uuid", "sb-id", "instance", "fs-seq"}
        self.tap.equal(
            "test-event: nothing else is claimed",
            [known | names, known],
            [set(record) for record in records],
        )
        self.tap.equal(
            "test-event: kind and filesystem",
            [("test", self.filesystem.uuid), ("test", None)],
            [(record["kind"], record.get("uuid")) for record in records],
        )
        self.tap.equal("test-event: is no damage", [], damage)
        answer = self.ask("--do", "test-event")
        self.tap.equal("test-event through cli.py", of_none["seq"] + 1, answer["seq"])

    def refused(self):
        """Errors arrive with text and the name of the attribute."""
        with self.open() as ynl:
            try:
                ynl.do("watch-set", {"fs": [{"major": 4095, "minor": 1048575}]})
                self.tap.test("refused: unknown filesystem", False)
            except self.lib.NlError as error:
                self.tap.test(
                    "refused: unknown filesystem",
                    error.error == errno.ENODEV
                    and "mounted" in error.nl_msg.extack["msg"]
                    and error.nl_msg.extack.get("bad-attr") == ".fs",
                    error.error,
                    error.nl_msg.extack,
                )
            try:
                ynl.do("test-event", {"fs": {"major": 4095, "minor": 1048575}})
                self.tap.test("refused: a test of an unknown filesystem", False)
            except self.lib.NlError as error:
                self.tap.test(
                    "refused: a test of an unknown filesystem",
                    error.error == errno.ENODEV
                    and "mounted" in error.nl_msg.extack["msg"]
                    and error.nl_msg.extack.get("bad-attr") == ".fs",
                    error.error,
                    error.nl_msg.extack,
                )
            minor = ynl.attr_sets["fs-id"]["minor"].value
            try:
                ynl.do("watch-set", {"fs": [{"major": 8}]})
                self.tap.test("refused: no minor", False)
            except self.lib.NlError as error:
                self.tap.test(
                    "refused: no minor",
                    error.error == errno.EINVAL
                    and "miss-nest" in error.nl_msg.extack
                    and error.nl_msg.extack.get("miss-type") == minor,
                    error.error,
                    error.nl_msg.extack,
                )
            self.refused_positions(ynl)

    def refused_positions(self, ynl):
        """Numbers that there are not, of another boot, of no boot."""
        other = bytes(16)
        for name, request, expected in (
            ("since that there is not yet", {"boot-id": boot_id(), "since": 2**63}, errno.ERANGE),
            ("since of another boot", {"boot-id": other, "since": 1}, errno.ESTALE),
            ("since without a boot", {"since": 1}, errno.EINVAL),
        ):
            try:
                ynl.dump("event-get", request)
                self.tap.test(f"refused: {name}", False)
            except self.lib.NlError as error:
                self.tap.equal(f"refused: {name}", expected, abs(error.error))

    def policy(self):
        """What the kernel checks can be asked."""
        with self.open() as ynl:
            policy = ynl.get_policy("watch-set", "do").to_dict()
        self.tap.equal("policy: kinds", 0x7FFE, policy["kinds"].get("mask"))
        self.tap.equal("policy: causes", 0xE, policy["causes"].get("mask"))

    def check_frames(self, name, answers, complete=True):
        """A list of one filesystem: a header, then a beginning, records, and an end."""
        answers = [answer for answer in answers if "progress" not in answer]
        shape = [next(iter(answer)) for answer in answers]
        expected = ["header", "begin"] + ["record"] * (len(shape) - 3) + ["end"]
        self.tap.equal(f"{name}: its frames", expected, shape)
        if shape != expected:
            return
        self.tap.equal(f"{name}: boot id", boot_id(), answers[0]["header"]["boot-id"])
        begin, end = answers[1]["begin"], answers[-1]["end"]
        self.tap.equal(f"{name}: one instance", begin["instance"], end["instance"])
        self.tap.equal(f"{name}: complete", complete, "complete" in end)
        self.tap.test(f"{name}: its devices", end.get("device"), end)

    def damage_get_nothing(self):
        """Nothing is bad on a loop device."""
        for name, request in (("damage-get", {}), ("damage-get ranges", {"ranges": True})):
            with self.open() as ynl:
                answers = ynl.dump("damage-get", {"fs": self.filesystem.dev, **request})
            self.tap.equal(f"{name}: nothing", [], named(answers, "record"))
            self.check_frames(name, answers)

    def shutdown(self):
        """The last one: the filesystem is of no use afterwards."""
        with self.open() as ynl:
            ynl.ntf_subscribe("damage")
            ynl.do("watch-set", {"fs": [self.filesystem.dev], "kinds": ["shutdown"]})
            self.filesystem.shutdown()
            records = records_of(receive(ynl, 1))
        self.tap.equal("shutdown", ["shutdown"], [r["kind"] for r in records])
        if records:
            self.tap.test("shutdown: of no inode", "ino" not in records[0], records[0])

    def machine_check(self, pmem):
        """A sector of a file is lost; damage-get goes on telling it."""
        offset = 8 * PIECE + 3 * SECTOR
        with self.open() as ynl:
            ynl.ntf_subscribe("damage")
            ynl.do("watch-set", {"fs": [pmem.dev], "kinds": ["data-lost"]})
            pmem.machine_check(offset)
            records = records_of(receive(ynl, 1))
            self.tap.equal("machine check: one record", 1, len(records))
            if not records:
                return
            expected = {
                "kind": "data-lost",
                "cause": "machine-check",
                "error": 5,
                "ino": pmem.ino,
                "offset": offset,
                "length": SECTOR,
                **pmem.dev,
            }
            self.tap.equal(
                "machine check: fields", expected, {name: records[0].get(name) for name in expected}
            )
            self.tap.equal(
                "machine check: bytes of the device",
                [SECTOR, SECTOR],
                [records[0][where].get("length") for where in ("device", "origin")],
            )
            answers = ynl.dump("damage-get", {"fs": pmem.dev})
            ranges = ynl.dump("damage-get", {"fs": pmem.dev, "ranges": True})
        self.check_frames("damage-get", answers)
        header = named(answers, "header")
        self.tap.test(
            "damage-get: as of the event or later",
            header and header[0]["as-of"] >= records[0]["seq"],
            header,
        )
        for absent in ("seq", "fs-seq", "time", "boottime"):
            records[0].pop(absent, None)
        self.tap.equal(
            "damage-get: the same without numbers and times",
            [records[0]],
            named(answers, "record"),
        )
        self.tap.equal(
            "damage-get ranges: the same range",
            [records[0]["device"]],
            [record["device"] for record in named(ranges, "record")],
        )

    def other_network(self):
        """In another network namespace there is no such family."""
        child = os.fork()
        if not child:
            status = 1
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
                os._exit(2)
            try:
                # the library keeps the list of families that it has once read
                run(*self.cli, "--no-schema", "--do", "stat-get", stderr=subprocess.DEVNULL)
            except subprocess.CalledProcessError:
                status = 0
            os._exit(status)
        _pid, status = os.waitpid(child, 0)
        self.tap.equal("no family in another network namespace", 0, status)


def run_all(tap, lib, tree, directory):
    """Everything that needs no NVDIMM, then what does."""
    filesystem = BrokenReads(directory)
    tests = Tests(tap, lib, filesystem, tree)
    try:
        tests.spec()
        tests.stat_get()
        tests.fs_get()
        tests.event()
        tests.order()
        tests.watch_set()
        tests.test_event()
        tests.refused()
        tests.policy()
        tests.damage_get_nothing()
        tests.other_network()
        tests.shutdown()
    finally:
        filesystem.remove()

    if not shutil.which("ndctl") or not shutil.which("fserror-inject"):
        tap.skip("machine check", "no ndctl or no fserror-inject")
        return
    second = os.path.join(directory, "pmem")
    os.mkdir(second)
    pmem = Pmem(second)
    try:
        tests.machine_check(pmem)
    finally:
        pmem.remove()


def main():
    """Find the kernel's client and run."""
    if len(sys.argv) != 2 or not os.path.isdir(os.path.join(sys.argv[1], CLIENT)):
        print(__doc__.rsplit("\n\n", maxsplit=1)[-1], file=sys.stderr)
        return 2
    tree = sys.argv[1]
    sys.path.insert(0, os.path.join(tree, CLIENT))
    import lib  # pylint: disable=import-outside-toplevel,import-error

    tap = Tap()
    print("TAP version 13", flush=True)
    with tempfile.TemporaryDirectory(prefix="fserror-ynl-") as directory:
        run_all(tap, lib, tree, directory)
    return tap.end()


if __name__ == "__main__":
    sys.exit(main())
