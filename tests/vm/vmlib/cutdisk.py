# SPDX-License-Identifier: GPL-2.0-only
"""A disk whose write cache is lost when the VM is.

QEMU alone cannot show what a power cut does: what the guest has written is in the host's
page cache, also if QEMU is killed. So this serves the disk to QEMU, by the protocol of
network block devices, and keeps what was not flushed in memory. When QEMU is gone without
having said good-bye, some of the sectors that were in that cache reach the disk, in any
order, and the others never do. What the disk would be like if the power went now can be had
at any time, as a copy.
"""

import os
import socket
import struct
import subprocess
import threading

SECTOR = 512

NBDMAGIC = 0x4E42444D41474943
OPTMAGIC = 0x49484156454F5054
REPLYMAGIC = 0x3E889045565A9
REQUEST = struct.Struct(">IHHQQI")
REQUEST_MAGIC = 0x25609513
SIMPLE_REPLY_MAGIC = 0x67446698

OPT_EXPORT_NAME, OPT_ABORT, OPT_LIST, OPT_INFO, OPT_GO = 1, 2, 3, 6, 7
REP_ACK, REP_INFO, REP_ERR_UNSUP = 1, 3, 0x80000001
# has flags, flush, forced unit access
FLAGS = 1 | 1 << 2 | 1 << 3
CMD_READ, CMD_WRITE, CMD_DISC, CMD_FLUSH = 0, 1, 2, 3
CMD_FLAG_FUA = 1
EINVAL = 22


class Gone(Exception):
    """The other end is not there any more."""


class CutDisk:
    """One image, served on a socket to one QEMU at a time."""

    def __init__(self, image, path, random):
        self.path = image
        self.image = os.open(image, os.O_RDWR)
        self.size = os.fstat(self.image).st_size
        self.random = random
        self.cache = {}  # sector number: content that is not flushed
        self.lost = 0  # sectors that never reached the disk, of all cuts
        self.torn = 0  # cuts of which some sectors did and some did not
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen(1)
        self.lock = threading.Lock()
        self.idle = threading.Event()
        self.idle.set()
        self.flushing = None  # called before what was written is flushed
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self.socket.accept()
            self.idle.clear()
            try:
                self._negotiate(connection)
                self._requests(connection)
            except (Gone, OSError):
                self._cut()
            connection.close()
            self.idle.set()

    @staticmethod
    def _receive(connection, size):
        data = b""
        while len(data) < size:
            piece = connection.recv(size - len(data))
            if not piece:
                raise Gone
            data += piece
        return data

    def _negotiate(self, connection):
        connection.sendall(struct.pack(">QQH", NBDMAGIC, OPTMAGIC, 3))
        self._receive(connection, 4)
        while True:
            _, option, length = struct.unpack(">QII", self._receive(connection, 16))
            self._receive(connection, length)
            if option == OPT_EXPORT_NAME:
                connection.sendall(struct.pack(">QH", self.size, FLAGS))
                return
            if option in (OPT_GO, OPT_INFO):
                info = struct.pack(">HQH", 0, self.size, FLAGS)
                connection.sendall(struct.pack(">QIII", REPLYMAGIC, option, REP_INFO, len(info)) + info)
                connection.sendall(struct.pack(">QIII", REPLYMAGIC, option, REP_ACK, 0))
                if option == OPT_GO:
                    return
            else:
                connection.sendall(struct.pack(">QIII", REPLYMAGIC, option, REP_ERR_UNSUP, 0))

    def _requests(self, connection):
        while True:
            _, flags, kind, cookie, offset, length = REQUEST.unpack(self._receive(connection, REQUEST.size))
            data = self._receive(connection, length) if kind == CMD_WRITE else b""
            if kind == CMD_FLUSH and self.cache and self.flushing:
                self.flushing()
            with self.lock:
                if kind == CMD_DISC:
                    self._flush()
                    return
                answer, error = self._carry_out(kind, flags, offset, length, data)
            connection.sendall(struct.pack(">IIQ", SIMPLE_REPLY_MAGIC, error, cookie) + answer)

    def _carry_out(self, kind, flags, offset, length, data):
        if kind == CMD_READ:
            return self._read(offset, length), 0
        if kind == CMD_WRITE:
            self._write(offset, data, flags & CMD_FLAG_FUA)
        elif kind == CMD_FLUSH:
            self._flush()
        else:
            return b"", EINVAL
        return b"", 0

    def _read(self, offset, length):
        data = bytearray(os.pread(self.image, length, offset))
        for sector in range(offset // SECTOR, (offset + length) // SECTOR):
            if sector in self.cache:
                at = sector * SECTOR - offset
                data[at : at + SECTOR] = self.cache[sector]
        return bytes(data)

    def _write(self, offset, data, through):
        first = offset // SECTOR
        for number in range(len(data) // SECTOR):
            self.cache[first + number] = data[number * SECTOR : (number + 1) * SECTOR]
            if through:
                self._keep(first + number)

    def _keep(self, sector):
        os.pwrite(self.image, self.cache.pop(sector), sector * SECTOR)

    def _flush(self):
        for sector in list(self.cache):
            self._keep(sector)

    def _survivors(self):
        """Without power each sector in the cache was written, or was not."""
        share = self.random.choice((0, 0.5, 1, self.random.random()))
        kept = [sector for sector in self.cache if self.random.random() < share]
        self.lost += len(self.cache) - len(kept)
        self.torn += 0 < len(kept) < len(self.cache)
        return kept

    def _cut(self):
        """The power is gone."""
        with self.lock:
            for sector in self._survivors():
                self._keep(sector)
            self.cache.clear()

    def as_if_cut(self, path):
        """A copy of the disk as it would be without power from now on."""
        with self.lock:
            subprocess.run(["cp", "--sparse=always", self.path, path], check=True)
            with open(path, "r+b") as copy:
                for sector in self._survivors():
                    copy.seek(sector * SECTOR)
                    copy.write(self.cache[sector])
