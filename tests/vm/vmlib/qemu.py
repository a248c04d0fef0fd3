# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's command line."""

import ctypes
import os
import re
import shutil
import signal
import socket
import subprocess
import sys

QEMU = "qemu-system-x86_64"
# unpacked beside the installed one, which has the firmware
NEWER_QEMU = os.path.join("qemu", "bin", QEMU)
FIRMWARE = ("/usr/share/qemu", "/usr/share/seabios")

# What TCG pays for at each access to memory that misses, each copy to or from a program,
# and each byte of a string.
TCG_WITHOUT = ("la57", "smap", "smep", "pku", "umip", "erms", "fsrm")

# a device's memory and the windows of the host come in such units
CXL_UNIT = 256 << 20

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1

KERNEL_ARGUMENTS = (
    "console=ttyS0",
    "rdinit=/init",
    "nokaslr",
    # TCG translates a program anew wherever it is loaded to
    "norandmaps",
    "panic=-1",
    "oops=panic",
    "panic_on_warn=1",
    "kunit.enable=0",
    # scenarios make the disks of these drivers that they want
    "scsi_debug.add_host=0",
    "null_blk.nr_devices=0",
)


class Unusable(Exception):
    """The VM cannot be started; the text says what is needed."""


def die_with_parent():
    """In the child, before QEMU: however we end, the VM ends too."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Machine:
    """What the VM is made of."""

    def __init__(self, kernel, accel="tcg"):
        self.kernel = kernel
        self.accel = accel
        self.cpus = 2
        self.memory = "3G"
        self.nvdimms = ["1G", "1G"]
        self.virtio_pmem = None
        self.disks = []
        self.nvmes = []
        self.cxls = []
        self.newer_qemu = None
        self.append = []
        self.native_hotplug = False
        self.copy_mc = False

    def _nvdimm_arguments(self, directory):
        for number, size in enumerate(self.nvdimms):
            yield from ("-object", f"memory-backend-ram,id=pmem{number},size={size}")
            yield from ("-device", f"nvdimm,id=nvdimm{number},memdev=pmem{number}")
        if self.virtio_pmem:
            # a flush is an fsync(2) of the file
            path = os.path.join(directory, "virtio-pmem")
            yield from (
                "-object",
                f"memory-backend-file,id=virtio-pmem,share=on,mem-path={path},size={self.virtio_pmem}",
            )
            yield from ("-device", "virtio-pmem-pci,memdev=virtio-pmem")

    def _cxl_arguments(self):
        """Memory devices of CXL, below one host bridge: SIZE of persistent memory, or SIZE+SIZE with volatile memory before it."""
        if self.cxls:
            yield from ("-device", "pxb-cxl,bus_nr=64,bus=pcie.0,id=cxl")
        for number, sizes in enumerate(self.cxls):
            *volatile, persistent = sizes.split("+")
            memory = f"persistent-memdev=cxl-pmem{number},lsa=cxl-labels{number}"
            yield from ("-object", f"memory-backend-ram,id=cxl-pmem{number},size={persistent}")
            yield from ("-object", f"memory-backend-ram,id=cxl-labels{number},size=1M")
            if volatile:
                yield from ("-object", f"memory-backend-ram,id=cxl-ram{number},size={volatile[0]}")
                memory += f",volatile-memdev=cxl-ram{number}"
            yield from ("-device", f"cxl-rp,bus=cxl,id=cxl-port{number},port={number},chassis=100,slot={number}")
            yield from ("-device", f"cxl-type3,bus=cxl-port{number},id=cxl{number},sn={number + 1},{memory}")

    def _machine(self):
        """What the machine can do."""
        if not self.cxls:
            return "q35,nvdimm=on"
        size = sum(to_bytes(size) for sizes in self.cxls for size in sizes.split("+"))
        size = -(-size // CXL_UNIT) * CXL_UNIT * 2
        return f"q35,nvdimm=on,cxl=on,cxl-fmw.0.targets.0=cxl,cxl-fmw.0.size={size}B"

    def _cpu(self):
        """What a CPU can do."""
        without = TCG_WITHOUT if self.accel == "tcg" else ()
        if self.copy_mc:
            without = [name for name in without if name != "erms"]
        return ",".join(("max", "vendor=GenuineIntel", *(f"{name}=off" for name in without)))

    def _program(self):
        """The installed QEMU, or the newer one where that is too old."""
        if not self.cxls:
            yield QEMU
            return
        yield self.newer_qemu
        for directory in FIRMWARE:
            yield from ("-L", directory)

    def _disk_arguments(self, directory):
        disks = [("virtio-blk-pci", disk) for disk in self.disks]
        disks += [("nvme", disk) for disk in self.nvmes]
        for number, (driver, disk) in enumerate(disks):
            name, size = disk.split("=", 1)
            yield from ("-drive", f"if=none,id=drive-{name},{disk_source(directory, name, size)}")
            yield from ("-device", f"pcie-root-port,id=port-{name},chassis={number + 1}")
            yield from (
                "-device",
                f"{driver},id={name},bus=port-{name},drive=drive-{name},serial={name}",
            )

    def arguments(self, initramfs, console, directory, fds):
        """The command line; fds maps a chardev's name to its descriptor."""
        accel = "tcg,thread=multi" if self.accel == "tcg" else self.accel
        sizes = [self.memory, *self.nvdimms, self.virtio_pmem or "0"]
        total = sum(to_bytes(size) for size in sizes)
        yield from self._program()
        yield from ("-no-user-config", "-nodefaults", "-display", "none", "-no-reboot")
        yield from ("-machine", self._machine(), "-accel", accel)
        if self.native_hotplug:
            # a slot has a power switch, and it is not ACPI that knows of it
            yield from ("-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off")
        yield from ("-cpu", self._cpu(), "-smp", str(self.cpus))
        yield from ("-m", f"{self.memory},slots={max(len(self.nvdimms), 1)},maxmem={total + (1 << 30)}B")
        yield from self._nvdimm_arguments(directory)
        yield from self._disk_arguments(directory)
        yield from ("-kernel", self.kernel, "-initrd", initramfs)
        yield from ("-append", " ".join((*KERNEL_ARGUMENTS, *self.append)))
        yield from ("-chardev", f"file,id=console,path={console}", "-serial", "chardev:console")
        for name, descriptor in fds.items():
            yield from ("-chardev", f"socket,id={name},fd={descriptor}")
        yield from ("-mon", "chardev=qmp,mode=control")
        yield from ("-device", "virtio-serial-pci")
        yield from ("-device", "virtserialport,chardev=job,name=fserror.job")
        yield from ("-device", "virtserialport,chardev=monitor,name=fserror.monitor")
        yield from (
            "-fsdev",
            "local,id=hostroot,path=/,security_model=none,readonly=on,multidevs=remap",
        )
        yield from ("-device", "virtio-9p-pci,fsdev=hostroot,mount_tag=hostroot")
        # last: the bus of the newest bridge is where QEMU would put the others
        yield from self._cxl_arguments()

    def start(self, initramfs, console, directory):
        """Start QEMU; give the process and our ends of its chardevs by name."""
        if not shutil.which(QEMU):
            raise Unusable(f"{QEMU} is not installed (Debian package qemu-system-x86)")
        if self.cxls and not os.access(self.newer_qemu, os.X_OK):
            raise Unusable(f"{self.newer_qemu} is not there: scripts/fetch-testing gets it, `make vm-qemu`")
        ours, theirs = {}, {}
        for name in ("qmp", "job", "monitor"):
            ours[name], theirs[name] = socket.socketpair()
        fds = {name: sock.fileno() for name, sock in theirs.items()}
        log = os.path.join(directory, "qemu.log")
        with open(log, "wb") as output:
            process = subprocess.Popen(
                list(self.arguments(initramfs, console, directory, fds)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=tuple(fds.values()),
                # a ^C is for us; we end QEMU ourselves
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        for sock in theirs.values():
            sock.close()
        return process, ours, log


def disk_source(directory, name, size):
    """
    Where a disk has its data: an empty file of that size, or an image that is not changed.
    With SIZE@SECTOR that sector of 512 bytes can be written, and never be read.
    nbd:PATH is served by somebody else, on that socket.
    """
    if size.startswith("nbd:"):
        return f"format=raw,file.driver=nbd,file.server.type=unix,file.server.path={size[4:]}"
    if "/" in size:
        return f"format=raw,file={os.path.realpath(size)},snapshot=on"
    size, _, bad = size.partition("@")
    path = os.path.join(directory, f"{name}.img")
    with open(path, "wb") as image:
        image.truncate(to_bytes(size))
    if not bad:
        return f"format=raw,file={path}"
    error = ",".join(
        f"inject-error.0.{what}" for what in ("event=none", "iotype=read", "errno=5", f"sector={int(bad)}")
    )
    return f"driver=blkdebug,image.driver=raw,image.file.driver=file,image.file.filename={path},{error}"


def to_bytes(size):
    """ "512M" and the like in bytes."""
    match = re.fullmatch(r"(\d+)([KMGT]?)", size)
    if not match:
        raise Unusable(f"not a size: {size} (say 512M or 2G)")
    return int(match[1]) << {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}[match[2]]


def say(text):
    """A line of the runner's own, apart from the job's output."""
    print(f"vm: {text}", file=sys.stderr, flush=True)
