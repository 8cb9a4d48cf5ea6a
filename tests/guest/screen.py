# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Pictures of 24-bit pixels: read from a screendump, drawn, compared."""

import struct
import zlib
from pathlib import Path

# What the kernel's text console calls colours 0 to 7 (drivers/tty/vt/vt.c).
CONSOLE_COLOURS = [bytes.fromhex(c) for c in (
    "000000", "aa0000", "00aa00", "aa5500",
    "0000aa", "aa00aa", "00aaaa", "aaaaaa")]
GREY = 7


class Picture:
    """width x height pixels of three bytes, red first, no padding."""

    def __init__(self, width, height, data=None):
        self.width = width
        self.height = height
        self.data = bytearray(data or bytes(width * height * 3))
        if len(self.data) != width * height * 3:
            raise ValueError(f"{len(self.data)} bytes for {width}x{height}")

    @property
    def pixels(self):
        return self.width * self.height

    @classmethod
    def read(cls, path):
        """A binary PPM file as QEMU writes it."""
        magic, size, depth, data = Path(path).read_bytes().split(b"\n", 3)
        if magic != b"P6" or depth != b"255":
            raise ValueError(f"{path} is not a PPM file of 8 bits a colour")
        width, height = map(int, size.split())
        # QEMU 10.0 writes the padding of its line buffer, too.
        stride = (width * 3 + 3) // 4 * 4
        if len(data) == stride * height:
            data = b"".join(data[y * stride:y * stride + width * 3]
                            for y in range(height))
        return cls(width, height, data)

    def write(self, path):
        header = f"P6\n{self.width} {self.height}\n255\n".encode()
        Path(path).write_bytes(header + self.data)

    def write_png(self, path):
        def chunk(kind, data):
            return (struct.pack(">I", len(data)) + kind + data +
                    struct.pack(">I", zlib.crc32(kind + data)))

        row = self.width * 3
        lines = b"".join(b"\0" + self.data[y * row:(y + 1) * row]
                         for y in range(self.height))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                               chunk(b"IDAT", zlib.compress(lines, 9)) +
                               chunk(b"IEND", b""))

    def pixel(self, x, y):
        where = (y * self.width + x) * 3
        return bytes(self.data[where:where + 3])

    def crop(self, x, y, width, height):
        """The bytes of a rectangle; what lies outside is left out."""
        x, y = max(x, 0), max(y, 0)
        right = min(x + width, self.width)
        return b"".join(
            self.data[(line * self.width + x) * 3:
                      (line * self.width + right) * 3]
            for line in range(y, min(y + height, self.height)))

    def black(self):
        return not any(self.data)

    def row(self, y, data, x=0):
        """Replace the pixels of row y from x on."""
        where = (y * self.width + x) * 3
        self.data[where:where + len(data)] = data

    def fill(self, x, y, width, height, colour):
        for line in range(y, y + height):
            self.row(line, colour * width, x)

    def difference(self, got):
        """In what the picture got differs from this one; None if in nothing."""
        if (got.width, got.height) != (self.width, self.height):
            return (f"expected {self.width}x{self.height} pixels, "
                    f"got {got.width}x{got.height}")
        if got.data == self.data:
            return None
        wrong = [i for i in range(0, len(self.data), 3)
                 if self.data[i:i + 3] != got.data[i:i + 3]]
        x, y = wrong[0] // 3 % self.width, wrong[0] // 3 // self.width
        return (f"{len(wrong)} of {self.width * self.height} pixels differ, "
                f"first at ({x}, {y}): expected {self.pixel(x, y).hex()}, "
                f"got {got.pixel(x, y).hex()}")


def coords(width, height, pan_x=0, pan_y=0):
    """The picture "coords" of kms.c: each pixel tells its own place."""
    picture = Picture(width, height)
    columns = range(pan_x, pan_x + width)
    red = bytes(x & 0xFF for x in columns)
    blue = {high: bytes(high << 4 | x >> 8 & 0xF for x in columns)
            for high in range(16)}
    row = bytearray(width * 3)
    row[0::3] = red
    for line in range(height):
        y = line + pan_y
        row[1::3] = bytes([y & 0xFF]) * width
        row[2::3] = blue[y >> 8 & 0xF]
        picture.row(line, row)
    return picture


def bars(width, height):
    """The picture "bars" of kms.c: a test card for people."""
    white, black = b"\xff\xff\xff", b"\0\0\0"
    colours = [bytes.fromhex(c) for c in (
        "ffffff", "ffff00", "00ffff", "00ff00",
        "ff00ff", "ff0000", "0000ff", "000000")]
    columns = range(width)
    grey = [x * 255 // (width - 1) for x in columns]
    blends = [bytes(g if c == 2 - x * 3 // width else 0 for c in range(3))
              for x, g in zip(columns, grey)]
    rows = {
        "colours": b"".join(colours[x * 8 // width] for x in columns),
        "grey": b"".join(bytes([g]) * 3 for g in grey),
        "blends": b"".join(blends),
        "odd": b"".join(white if x & 1 else black for x in columns),
        "even": b"".join(black if x & 1 else white for x in columns),
    }
    picture = Picture(width, height)
    for y in range(height):
        name = ("colours" if y < height // 2 else
                "grey" if y < height * 5 // 8 else
                "blends" if y < height * 6 // 8 else
                "even" if y < height * 7 // 8 and y & 1 else "odd")
        picture.row(y, rows[name])
        picture.row(y, white)
        picture.row(y, white, width - 1)
    for y in (0, height - 1):
        picture.row(y, white * width)
    return picture


class Font:
    """The console's glyphs, from the answer to kms "font"."""

    def __init__(self, answer):
        width, height, glyphs = answer.split()
        self.width, self.height = int(width), int(height)
        if self.width != 8:
            raise ValueError(f"a console font {width} pixels wide")
        self.glyphs = bytes.fromhex(glyphs)

    def draw(self, picture, column, line, text, ink=GREY, paper=0):
        """Text at a character position, in console colours."""
        for offset, character in enumerate(text.encode("latin-1")):
            for y in range(self.height):
                bits = self.glyphs[character * self.height + y]
                row = b"".join(
                    CONSOLE_COLOURS[ink if bits >> (7 - x) & 1 else paper]
                    for x in range(8))
                picture.row(line * self.height + y, row,
                            (column + offset) * self.width)
