# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's monitor, and what the guest may ask of it.

The guest writes one line to the port "fserror.monitor" and reads one line back:
"ok", or "error: " and the reason. `fserror-inject` is the guest's end.
"""

import json

from . import channel

# Patrol scrub found an uncorrected error, "software recoverable action optional":
# valid, uncorrected, enabled, misc and address valid, signalled; memory scrub.
SRAO_STATUS = 0xBD000000000000C0
# machine check in progress, restart possible
SRAO_MCG_STATUS = 0x5
# a physical address; the number of its low bits that are not significant is added
SRAO_MISC = 0x80
SRAO_LSB_MAX = 0x3F
# bank 0 is not used by Linux on some models
SRAO_BANK = 1

# what a device of CXL may be asked to do: the command, and its numbers
CXL = {
    "cxl-poison": ("cxl-inject-poison", ("start", "length")),
    "cxl-media": ("cxl-inject-general-media-event", ("dpa", "descriptor", "type")),
    "cxl-dram": ("cxl-inject-dram-event", ("dpa", "descriptor", "type")),
}
# what else an event has
CXL_EVENT = {"log": "failure", "flags": 0, "transaction-type": 0, "sub-type": 0}


class Monitor:
    """A QMP connection that sends one command at a time."""

    def __init__(self, sock):
        self.sock = sock
        self.data = b""
        self.waiting = []
        self._send({"execute": "qmp_capabilities"}, lambda reply: None)

    def _send(self, command, done):
        self.waiting.append(done)
        channel.send(self.sock, json.dumps(command).encode() + b"\n")

    def execute(self, name, arguments, done):
        """Run a QMP command; done(reply) is called with what QEMU answers."""
        self._send({"execute": name, "arguments": arguments}, done)

    def quit(self):
        """End the VM."""
        self._send({"execute": "quit"}, lambda reply: None)

    def readable(self):
        """There is something to read. False when QEMU has gone."""
        data = channel.receive(self.sock, 65536)
        if not data:
            return False
        self.data += data
        while b"\n" in self.data:
            line, self.data = self.data.split(b"\n", 1)
            message = json.loads(line)
            if "return" in message or "error" in message:
                self.waiting.pop(0)(message)
        return True


class Requests:
    """The lines that the guest sends, carried out one after the other."""

    def __init__(self, sock, monitor):
        self.sock = sock
        self.monitor = monitor
        self.data = b""

    def readable(self):
        """There is something to read. False when QEMU has gone."""
        data = channel.receive(self.sock, 4096)
        if not data:
            return False
        self.data += data
        while b"\n" in self.data:
            line, self.data = self.data.split(b"\n", 1)
            self._serve(line.decode(errors="replace").split())
        return True

    def _answer(self, text):
        channel.send(self.sock, text.strip().replace("\n", " ").encode() + b"\n")

    def _replied(self, reply):
        if "error" in reply:
            self._answer("error: " + reply["error"].get("desc", "unknown"))
        elif reply["return"]:
            # a command of the human monitor says something only if it fails
            self._answer("error: " + str(reply["return"]))
        else:
            self._answer("ok")

    def _serve(self, words):
        if len(words) == 3 and words[0] == "mce-srao":
            self._srao(words[1], words[2])
        elif len(words) == 2 and words[0] == "device-del":
            self.monitor.execute("device_del", {"id": words[1]}, self._replied)
        elif len(words) >= 2 and words[0] in CXL:
            self._cxl(words[0], words[1], words[2:])
        else:
            self._answer("error: unknown request: " + " ".join(words))

    def _cxl(self, what, device, numbers):
        command, names = CXL[what]
        try:
            arguments = dict(zip(names, (int(number, 0) for number in numbers), strict=True))
        except ValueError:
            self._answer(f"error: {what} takes a device, and the numbers {', '.join(names)}")
            return
        if what != "cxl-poison":
            arguments.update(CXL_EVENT)
        arguments["path"] = f"/machine/peripheral/{device}"
        self.monitor.execute(command, arguments, self._replied)

    def _srao(self, address, lsb):
        try:
            address = int(address, 0)
            misc = SRAO_MISC + min(int(lsb, 0), SRAO_LSB_MAX)
        except ValueError:
            self._answer(f"error: not an address and a bit number: {address} {lsb}")
            return
        line = (
            f"mce -b 0 {SRAO_BANK} {SRAO_STATUS:#x} {SRAO_MCG_STATUS:#x} "
            f"{address:#x} {misc:#x}"
        )
        self.monitor.execute("human-monitor-command", {"command-line": line}, self._replied)
