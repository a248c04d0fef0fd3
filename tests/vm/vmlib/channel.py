# SPDX-License-Identifier: GPL-2.0-only
"""Frames between the runner and the guest's init; see tests/vm/init/proto.h."""

import struct

JOB_PORT = "fserror.job"
MONITOR_PORT = "fserror.monitor"

READY = b"R"
STDOUT = b"O"
STDERR = b"E"
REPORT = b"K"
EXIT = b"X"
STDIN = b"I"
WINSIZE = b"W"
TRACE = b"T"

HEADER = struct.Struct("<cI")
FRAME_MAX = 65536


class BadFrame(Exception):
    """The guest has sent something that is no frame."""


class Reader:
    """Cuts a stream of bytes into frames."""

    def __init__(self):
        self.data = b""

    def feed(self, data):
        """Take bytes; give the frames that are complete, as (type, payload)."""
        self.data += data
        frames = []
        while len(self.data) >= HEADER.size:
            kind, length = HEADER.unpack_from(self.data)
            if length > FRAME_MAX:
                raise BadFrame(f"a frame of {length} bytes")
            if len(self.data) < HEADER.size + length:
                break
            frames.append((kind, self.data[HEADER.size : HEADER.size + length]))
            self.data = self.data[HEADER.size + length :]
        return frames


def frame(kind, payload=b""):
    """One frame as bytes."""
    return HEADER.pack(kind, len(payload)) + payload


def receive(sock, size):
    """What there is to read; nothing when the other end has gone."""
    try:
        return sock.recv(size)
    except ConnectionResetError:
        return b""


def send(sock, data):
    """Send all; if the other end has gone, whoever reads from it will find out."""
    try:
        sock.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        pass
