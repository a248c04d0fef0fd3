# SPDX-License-Identifier: GPL-2.0-only
"""TAP, and filesystems that can be broken: what the YNL tests stand on."""

import fcntl
import json
import mmap
import os
import struct
import subprocess
import uuid

IMAGE_BYTES = 320 * 1024 * 1024
FILE_BYTES = 1024 * 1024
SECTOR = 512
PIECE = 4096
EVENT_SECONDS = 10

FS_IOC_FIEMAP = 0xC020660B
XFS_IOC_GOINGDOWN = 0x8004587D
XFS_GOING_NOLOGFLUSH = 2


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


def named(messages, name):
    """The answers of a dump that are this, in their order."""
    return [message[name] for message in messages if name in message]


def boot_id():
    """The id of this boot, 16 bytes."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return uuid.UUID(file.read().strip()).bytes
