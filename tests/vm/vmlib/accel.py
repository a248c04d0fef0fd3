# SPDX-License-Identifier: GPL-2.0-only
"""KVM or not: find out by booting.

A /dev/kvm can be there and not work (nested virtualisation that is only half
there), and QEMU then hangs or dies in the guest's first instructions. So the
kernel itself is booted once with an init that only says that it runs.
"""

import os
import tempfile

from . import initramfs
from .qemu import Machine, say
from .session import Session

# A machine with working KVM needs two or three.
PROBE_SECONDS = 15


def _read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _works(build, kernel):
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    say(f"/dev/kvm is there; seeing whether it works (at most {PROBE_SECONDS} seconds)")
    assets = os.path.join(build, "vm")
    with tempfile.TemporaryDirectory(prefix="probe-", dir=assets) as scratch:
        image = os.path.join(scratch, "initramfs")
        conf = initramfs.job_conf([("probe", "1")])
        initramfs.write(image, _read(os.path.join(assets, "init")), b"", conf)
        machine = Machine(kernel, "kvm")
        machine.nvdimms = []
        console = os.path.join(scratch, "console.log")
        process, sockets, _ = machine.start(image, console, scratch)
        session = Session(process, sockets, console, PROBE_SECONDS, False, False)
        session.boot_limit = PROBE_SECONDS
        try:
            outcome = session.run()
        finally:
            session.end()
    if outcome.status == 0:
        return True
    say("it does not work; using TCG, QEMU's software emulation")
    return False


def choose(build, kernel):
    """ "kvm" or "tcg"; the answer is kept in the build directory until the host reboots."""
    kept = os.path.join(build, "vm", "accel")
    boot = _read("/proc/sys/kernel/random/boot_id").decode().strip()
    words = _read(kept).decode().split()
    if len(words) == 2 and words[0] == boot and words[1] in ("kvm", "tcg"):
        return words[1]
    answer = "kvm" if _works(build, kernel) else "tcg"
    with open(kept, "w", encoding="ascii") as file:
        file.write(f"{boot} {answer}\n")
    return answer
