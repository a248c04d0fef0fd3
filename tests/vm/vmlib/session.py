# SPDX-License-Identifier: GPL-2.0-only
"""One life of a VM: carry the job's input and output, wait for the verdict."""

import fcntl
import os
import selectors
import signal
import struct
import sys
import termios
import time
import tty

from . import channel
from .monitor import Monitor, Requests
from .qemu import say

# How long a kernel may take from QEMU's start to our init, and how long it may be
# silent on that way, in seconds. A booting kernel says something all the time.
BOOT_LIMIT = 300
BOOT_SILENCE = 60
# After the time is up: how long to wait for the guest to say where it hangs.
TRACE_LIMIT = 10

STDIN = 0
STDOUT = 1
STDERR = 2


class Outcome:
    """What came of it."""

    def __init__(self):
        self.ready = False
        self.status = None
        self.reports = b""
        self.problem = None


class Terminal:
    """Our terminal, given to the job while the VM runs."""

    def __init__(self, enabled):
        self.enabled = enabled
        self.saved = None

    def __enter__(self):
        if self.enabled:
            self.saved = termios.tcgetattr(STDIN)
            tty.setraw(STDIN)
        return self

    def __exit__(self, *_):
        if self.saved:
            termios.tcsetattr(STDIN, termios.TCSAFLUSH, self.saved)

    @staticmethod
    def size():
        """Rows and columns."""
        packed = fcntl.ioctl(STDIN, termios.TIOCGWINSZ, bytes(8))
        return struct.unpack("4H", packed)[:2]


def write_all(descriptor, data):
    """Write everything; False when nobody reads any more."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BrokenPipeError:
            return False
    return True


class Session:
    """Connects a running QEMU with our own input and output."""

    def __init__(self, process, sockets, console, limit, stdin, terminal):
        self.process = process
        self.sockets = sockets
        self.console = console
        self.console_size = 0
        self.limit = limit
        self.stdin = stdin
        self.terminal = terminal
        self.boot_limit = BOOT_LIMIT
        self.started = time.monotonic()
        self.heard = self.started
        self.traced = None
        self.outcome = Outcome()
        self.reader = channel.Reader()
        self.monitor = Monitor(sockets["qmp"])
        self.requests = Requests(sockets["monitor"], self.monitor)
        self.selector = selectors.PollSelector()

    def _register(self):
        self.selector.register(self.sockets["qmp"], selectors.EVENT_READ, self._qmp)
        self.selector.register(self.sockets["monitor"], selectors.EVENT_READ, self._request)
        self.selector.register(self.sockets["job"], selectors.EVENT_READ, self._job)
        self.selector.register(os.pidfd_open(self.process.pid), selectors.EVENT_READ, self._died)

    def _qmp(self):
        if not self.monitor.readable():
            self.selector.unregister(self.sockets["qmp"])

    def _request(self):
        if not self.requests.readable():
            self.selector.unregister(self.sockets["monitor"])

    def _died(self):
        # The last frames may still be in the socket: QEMU may have ended by itself.
        self.sockets["job"].setblocking(False)
        try:
            while self._job():
                pass
        except BlockingIOError:
            pass
        if self.outcome.status is None and not self.outcome.problem:
            self.outcome.problem = "the VM ended without a verdict"

    def _job(self):
        data = channel.receive(self.sockets["job"], 65536)
        if not data:
            if self.selector.get_map().get(self.sockets["job"]):
                self.selector.unregister(self.sockets["job"])
            return False
        try:
            for kind, payload in self.reader.feed(data):
                self._frame(kind, payload)
        except channel.BadFrame as bad:
            self.outcome.problem = f"the guest's init has sent {bad}"
        return True

    def _frame(self, kind, payload):
        if kind == channel.READY:
            self._ready()
        elif kind == channel.STDOUT:
            if not write_all(STDOUT, payload):
                self.outcome.problem = "nobody reads the output any more"
        elif kind == channel.STDERR:
            write_all(STDERR, payload)
        elif kind == channel.REPORT:
            self.outcome.reports += payload
        elif kind == channel.EXIT:
            self.outcome.status = int(payload)
        else:
            raise channel.BadFrame(f"a frame of unknown type {kind!r}")

    def _ready(self):
        self.outcome.ready = True
        if self.stdin:
            self.selector.register(STDIN, selectors.EVENT_READ, self._input)
        else:
            self._send(channel.STDIN)
        if self.terminal:
            self._resize()
            signal.signal(signal.SIGWINCH, lambda *_: self._resize())

    def _send(self, kind, payload=b""):
        channel.send(self.sockets["job"], channel.frame(kind, payload))

    def _resize(self):
        rows, columns = Terminal.size()
        self._send(channel.WINSIZE, f"{rows} {columns}".encode())

    def _input(self):
        data = os.read(STDIN, 4096)
        self._send(channel.STDIN, data)
        if not data:
            self.selector.unregister(STDIN)

    def _time_left(self):
        """Seconds until something must be done about the time, or None."""
        now = time.monotonic()
        if not self.outcome.ready:
            self._watch_boot(now)
            return 1
        if not self.limit:
            return None
        left = self.started + self.limit - now
        if self.traced:
            left = self.traced + TRACE_LIMIT - now
            if left <= 0:
                self.outcome.problem = f"no verdict within {self.limit} seconds (VM_TIMEOUT)"
        elif left <= 0:
            say(f"{self.limit} seconds (VM_TIMEOUT) are over; asking the kernel where it is")
            self._send(channel.TRACE)
            self.traced = now
            left = TRACE_LIMIT
        return max(left, 0.1)

    def _watch_boot(self, now):
        try:
            size = os.stat(self.console).st_size
        except FileNotFoundError:
            size = 0
        if size != self.console_size:
            self.console_size = size
            self.heard = now
        if now - self.started > self.boot_limit:
            self.outcome.problem = f"the kernel did not reach init in {self.boot_limit} seconds"
        elif now - self.heard > BOOT_SILENCE:
            self.outcome.problem = f"the kernel stopped before init and said nothing for {BOOT_SILENCE} seconds"

    def run(self):
        """Until the verdict, the VM's end, or the end of our patience."""
        self._register()
        while self.outcome.status is None and not self.outcome.problem:
            for key, _ in self.selector.select(self._time_left()):
                key.data()
        return self.outcome

    def end(self):
        """Stop QEMU and let go of everything."""
        if self.process.poll() is None:
            self.monitor.quit()
            try:
                self.process.wait(5)
            except Exception:  # pylint: disable=broad-except
                self.process.kill()
        self.process.wait()
        for sock in self.sockets.values():
            sock.close()


def stdin_is_terminal():
    """May we hand our terminal to the job?"""
    return sys.stdin is not None and os.isatty(STDIN)
