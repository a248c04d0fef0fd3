#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Is there something on a picture (PNG, 8 bits, not interlaced)? The colours of the maps
have to be. usage: picture.py FILE"""
import struct
import sys
import zlib

# of what is lost, and of what is acknowledged
COLOURS = ((0xC6, 0x28, 0x28), (0x78, 0x90, 0x9C))


def chunks(data):
    """Type and content of each chunk."""
    at = 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8:at + 8 + length]
        at += 12 + length


def predict(a, b, c):
    """The nearest of three to what a + b - c is."""
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def unfilter(kind, row, above, size):
    """A row as it was before it was filtered."""
    out = bytearray(row)
    for i, value in enumerate(row):
        a = out[i - size] if i >= size else 0
        b = above[i]
        c = above[i - size] if i >= size else 0
        add = (0, a, b, (a + b) // 2, predict(a, b, c))[kind]
        out[i] = (value + add) & 255
    return out


def main():
    """The number of colours."""
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    parts = list(chunks(data))
    width, height, _, colour, *_ = struct.unpack(">IIBBBBB", parts[0][1])
    size = {2: 3, 6: 4}[colour]
    raw = zlib.decompress(b"".join(content for kind, content in parts if kind == b"IDAT"))
    above = bytes(width * size)
    seen = set()
    for y in range(height):
        at = y * (width * size + 1)
        above = unfilter(raw[at], raw[at + 1:at + 1 + width * size], above, size)
        seen.update(zip(above[0::size], above[1::size], above[2::size]))
    print(f"{width} x {height}, {len(seen)} colours")
    if len(seen) < 20 or not set(COLOURS) <= seen:
        sys.exit("blank, or without the maps")


main()
