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
import fcntl
import json
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SPEC = os.path.join(TOP, "Documentation/netlink/specs/fserror.yaml")
CLIENT = "tools/net/ynl/pyynl"

IMAGE_BYTES = 320 * 1024 * 1024
FILE_BYTES = 1024 * 1024
SECTOR = 512
PIECE = 4096
EVENT_SECONDS = 10
SILENCE_SECONDS = 1

FS_IOC_FIEMAP = 0xC020660B
XFS_IOC_GOINGDOWN = 0x8004587D
XFS_GOING_NOLOGFLUSH = 2
CLONE_NEWNET = 0x40000000


class Tap:
    """The results, one line each."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def test(self, name, good, *details):
        """One result; the details are shown if it is bad."""
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}", flush=True)
        if good:
            return
        self.failed += 1
        for detail in details:
            print(f"# {detail!r}", flush=True)

    def equal(self, name, expected, seen):
        """Two things are to be the same."""
        self.test(name, expected == seen, ("expected", expected), ("seen", seen))

    def skip(self, name, reason):
        """Something that cannot be tested here."""
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}", flush=True)

    def end(self):
        """The plan, and the exit status."""
        print(f"1..{self.count}", flush=True)
        return 1 if self.failed else 0


def run(*command, **options):
    """Run a program; its output on stdout is returned."""
    environment = dict(os.environ, DM_DISABLE_UDEV="1")
    result = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment, **options
    )
    return result.stdout


def extent_of(path):
    """Where a file of one extent is on its filesystem's device, in bytes."""
    request = struct.pack("=QQLLLL", 0, FILE_BYTES, 1, 0, 1, 0) + bytes(56)
    with open(path, "rb") as file:
        answer = fcntl.ioctl(file, FS_IOC_FIEMAP, request)
    mapped = struct.unpack_from("=L", answer, 20)[0]
    _logical, physical, length = struct.unpack_from("=QQQ", answer, 32)
    if mapped != 1 or length < FILE_BYTES:
        raise OSError("the file is not in one piece")
    return physical


class Filesystem:
    """XFS on a device; what is common to the ways to break it."""

    def __init__(self, directory):
        self.mnt = os.path.join(directory, "mnt")
        self.path = os.path.join(self.mnt, "file")
        self.device = None
        os.mkdir(self.mnt)

    def make(self, *options):
        """Format and mount it, with one file."""
        run("mkfs.xfs", "-q", "-f", *options, self.device)
        run("mount", "-t", "xfs", self.device, self.mnt)
        with open(self.path, "wb") as file:
            file.write(os.urandom(FILE_BYTES))
            os.fsync(file.fileno())

    @property
    def dev(self):
        """Major and minor number."""
        number = os.stat(self.mnt).st_dev
        return {"major": os.major(number), "minor": os.minor(number)}

    @property
    def uuid(self):
        """The UUID, 16 bytes, as it stands in the superblock of XFS."""
        # blkid reads other places too, and some of this device fail
        with open(self.device, "rb") as device:
            device.seek(32)
            return device.read(16)

    @property
    def ino(self):
        """Inode number of the file."""
        return os.stat(self.path).st_ino

    def shutdown(self):
        """Shut it down: one record."""
        directory = os.open(self.mnt, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.ioctl(directory, XFS_IOC_GOINGDOWN, struct.pack("=L", XFS_GOING_NOLOGFLUSH))
        os.close(directory)


class BrokenReads(Filesystem):
    """The blocks of the file cannot be read, yet they are not known to be bad."""

    NAME = "fserror-ynl-test"

    def __init__(self, directory):
        super().__init__(directory)
        image = os.path.join(directory, "image")
        with open(image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        self.loop = run("losetup", "--find", "--show", image).strip()
        sectors = IMAGE_BYTES // SECTOR
        run("dmsetup", "create", self.NAME, "--table", f"0 {sectors} linear {self.loop} 0")
        self.device = f"/dev/mapper/{self.NAME}"
        self.make()
        start = extent_of(self.path) // SECTOR
        end = start + FILE_BYTES // SECTOR
        # not an error target: what that has taken away is damage
        table = (
            f"0 {start} linear {self.loop} 0\n"
            f"{start} {end - start} flakey {self.loop} {start} 0 1\n"
            f"{end} {sectors - end} linear {self.loop} {end}\n"
        )
        run("dmsetup", "load", self.NAME, input=table)
        run("dmsetup", "suspend", "--nolockfs", self.NAME)
        run("dmsetup", "resume", self.NAME)

    def read(self, offset):
        """Fail to read: one record."""
        with mmap.mmap(-1, PIECE) as buffer:
            file = os.open(self.path, os.O_RDONLY | os.O_DIRECT)
            try:
                os.preadv(file, [buffer], offset)
            except OSError:
                return
            finally:
                os.close(file)
        raise OSError("the read did not fail")

    def remove(self):
        """Take it away."""
        run("umount", self.mnt)
        run("dmsetup", "remove", self.NAME)
        run("losetup", "--detach", self.loop)


class Pmem(Filesystem):
    """XFS with a reverse map on an NVDIMM."""

    def __init__(self, directory):
        super().__init__(directory)
        answer = json.loads(
            run("ndctl", "create-namespace", "-f", "-e", "namespace0.0", "-m", "fsdax")
        )
        self.device = "/dev/" + answer["blockdev"]
        self.make("-m", "rmapbt=1,reflink=0")

    def machine_check(self, offset):
        """Damage one sector of the file."""
        run("fserror-inject", "mce-file", self.path, str(offset))

    def remove(self):
        """Take it away."""
        run("umount", self.mnt)


def receive(ynl, number, seconds=EVENT_SECONDS):
    """Events until there are so many records; all messages that came."""
    messages = []
    records = 0
    for event in ynl.poll_ntf(duration=seconds):
        messages.append(event)
        records += len(event["msg"].get("record", []))
        if records >= number:
            break
    return messages


def records_of(messages):
    """The records of event messages, in their order."""
    return [record for message in messages for record in message["msg"].get("record", [])]


def boot_id():
    """The id of this boot, 16 bytes."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return uuid.UUID(file.read().strip()).bytes


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
        self.tap.test(
            "stat-get: numbers",
            stat["ring-size"] >= 16
            and stat["overwritten"] >= 0
            and sum(kind["count"] for kind in stat.get("kind", [])) == stat.get("last-seq", 0),
            stat,
        )
        answer = self.ask("--do", "stat-get")
        self.tap.equal("stat-get through cli.py", stat["ring-size"], answer["ring-size"])

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

    def event(self):
        """Subscribe; a failed read arrives, decoded; event-get says the same."""
        offset = 3 * PIECE
        with self.open() as ynl:
            ynl.ntf_subscribe("events")
            self.filesystem.read(offset)
            messages = receive(ynl, 1)
            records = records_of(messages)
            self.tap.equal("event-ntf: one record", 1, len(records))
            if not records:
                return
            record = records[0]
            self.tap.equal("event-ntf: name", "event-ntf", messages[0]["name"])
            self.tap.equal("event-ntf: boot id", boot_id(), messages[0]["msg"]["boot-id"])
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
                "event-ntf: fields", expected, {name: record.get(name) for name in expected}
            )
            self.tap.test(
                "event-ntf: what is not known is absent",
                not {"cause", "flags", "meta", "device", "origin", "layer"} & set(record),
                record,
            )
            dumped = records_of(
                {"msg": answer} for answer in ynl.dump("event-get", {"since": record["seq"] - 1})
            )
            self.tap.equal("event-get since: the same record", [record], dumped)

    def order(self):
        """Records come in the order of their numbers."""
        with self.open() as ynl:
            ynl.ntf_subscribe("events")
            for piece in range(50):
                self.filesystem.read(piece * PIECE)
            records = records_of(receive(ynl, 50))
        self.tap.equal(
            "event-ntf: order", [piece * PIECE for piece in range(50)], [r["offset"] for r in records]
        )
        first = records[0]["seq"] if records else 0
        self.tap.equal(
            "event-ntf: numbers without holes",
            list(range(first, first + 50)),
            [r["seq"] for r in records],
        )

    def watch_set(self):
        """A filter by kind and by filesystem, given by name."""
        with self.open() as ynl:
            ynl.ntf_subscribe("events")
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
            ynl.ntf_subscribe("events")
            of_one = ynl.do("test-event", {"fs": self.filesystem.dev})
            of_none = ynl.do("test-event", {})
            records = records_of(receive(ynl, 2))
            damage = ynl.dump("damage-get", {"fs": self.filesystem.dev})
        self.tap.equal(
            "test-event: the answers", [{"seq": record["seq"]} for record in records], [of_one, of_none]
        )
        known = {"seq", "time", "boottime", "kind"}
        names = {"major", "minor", "fstype", "uuid", "sb-id"}
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
            try:
                ynl.dump("event-get", {"since": 2**63})
                self.tap.test("refused: since of another boot", False)
            except self.lib.NlError as error:
                self.tap.test(
                    "refused: since of another boot",
                    error.error == errno.EINVAL and "newer" in error.nl_msg.extack["msg"],
                    error.error,
                    error.nl_msg.extack,
                )

    def policy(self):
        """What the kernel checks can be asked."""
        with self.open() as ynl:
            policy = ynl.get_policy("watch-set", "do").to_dict()
        self.tap.equal("policy: kinds", 0xFFE, policy["kinds"].get("mask"))
        self.tap.equal("policy: causes", 0x1E, policy["causes"].get("mask"))

    def damage_get_nothing(self):
        """Nothing is bad on a loop device."""
        with self.open() as ynl:
            self.tap.equal(
                "damage-get: nothing", [], ynl.dump("damage-get", {"fs": self.filesystem.dev})
            )

    def shutdown(self):
        """The last one: the filesystem is of no use afterwards."""
        with self.open() as ynl:
            ynl.ntf_subscribe("events")
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
            ynl.ntf_subscribe("events")
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
            damage = [answer["record"] for answer in ynl.dump("damage-get", {"fs": pmem.dev})]
        for absent in ("seq", "time", "boottime"):
            records[0].pop(absent, None)
        self.tap.equal("damage-get: the same without number and times", [records[0]], damage)

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
