# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A VNC client: raw pixels, sizes and cursor shapes, nothing else.

It is strict: whatever it did not ask for, or does not fit, is an error. RFC
6143, and the community's list of encodings for "extended desktop size" and
"cursor with alpha".
"""

import struct
import time

import screen

RAW = 0
DESKTOP_SIZE = -223
EXTENDED_DESKTOP_SIZE = -308
CURSOR_WITH_ALPHA = -314
ENCODINGS = (RAW, DESKTOP_SIZE, EXTENDED_DESKTOP_SIZE, CURSOR_WITH_ALPHA)

# What the client says, and the server.
SET_PIXEL_FORMAT, SET_ENCODINGS, UPDATE_REQUEST, POINTER = 0, 2, 3, 5
SET_DESKTOP_SIZE = 251
UPDATE, BELL, CUT_TEXT = 0, 2, 3

# Answers to a wish of ours for a size: 0 and 4, "forwarded", are good.
REFUSED = {1: "it is administratively prohibited", 2: "out of resources",
           3: "an invalid layout of screens"}
OWN_WISH = 1


class VncError(Exception):
    """The server said what it must not."""


class Client:
    """The client's end of an RFB session on a vm.Line.

    picture      what was received so far, a screen.Picture
    cursor_shape width, height, hot spot's x and y, BGRA bytes, or None
    """

    def __init__(self, line, seconds):
        self.line = line
        self.seconds = seconds
        self.cursor_shape = None
        self.shapes = 0
        self.answer = None
        self._read("12s")
        self._write(b"RFB 003.008\n")
        self._read(f"{self._read('B')[0]}s")
        self._write(b"\1")                      # no authentication
        self._read("I")
        self._write(b"\1")                      # shared
        width, height, _, name_length = self._read("HH16sI")
        self._read(f"{name_length}s")
        self.picture = screen.Picture(width, height)
        # 32 bits, little endian, red in bits 16 to 23.
        self._write(struct.pack(">B3xBBBBHHHBBB3x", SET_PIXEL_FORMAT, 32, 24,
                                0, 1, 255, 255, 255, 16, 8, 0))
        self._write(struct.pack(f">BxH{len(ENCODINGS)}i", SET_ENCODINGS,
                                len(ENCODINGS), *ENCODINGS))

    def _write(self, data):
        self.line.sock.sendall(data)

    def _read(self, layout, seconds=None):
        layout = ">" + layout
        data = self.line.bytes(struct.calcsize(layout), seconds or self.seconds,
                               "a message of the VNC server")
        return struct.unpack(layout, data)

    def request(self, incremental=True):
        """Ask for what changes, or for the whole picture."""
        self._write(struct.pack(">BBHHHH", UPDATE_REQUEST, incremental, 0, 0,
                                self.picture.width, self.picture.height))

    def update(self, seconds=None):
        """Wait for one update; its pixel rectangles (x, y, width, height)."""
        deadline = time.monotonic() + (seconds or self.seconds)
        while True:
            left = max(deadline - time.monotonic(), 0.001)
            kind, = self._read("B", left)
            if kind == UPDATE:
                found = [self._rectangle()
                         for _ in range(self._read("xH")[0])]
                return [area for area in found if area]
            if kind == CUT_TEXT:
                self._read(f"{self._read('3xI')[0]}s")
            elif kind != BELL:
                raise VncError(f"message {kind} of the VNC server")

    def whole(self):
        """Ask for the whole picture, and wait until all of it is here.

        The size comes first by itself, and the pixels still will: QEMU (10.0)
        forgets a client that has asked again when a new surface makes it drop
        what it was about to send (vnc_abort_display_jobs).
        """
        self.request(incremental=False)
        picture, missing = self.picture, self.picture.pixels
        while missing > 0:
            areas = self.update()
            if self.picture is picture:
                missing -= sum(width * height for _, _, width, height in areas)
            else:
                # QEMU first says a width that is a multiple of 16.
                picture, missing = self.picture, self.picture.pixels
            if areas and missing > 0:
                self.request()
        return self.picture

    def settle(self, seconds=0.3):
        """Take updates until none comes for a while."""
        self.request()
        while self.line.wait(seconds):
            self.update()
            self.request()

    def resize(self, width, height):
        """Wish a size; returns when the server said that it was passed on."""
        self.answer = None
        self._write(struct.pack(">BxHHBxIHHHHI", SET_DESKTOP_SIZE, width,
                                height, 1, 0, 0, 0, width, height, 0))
        self.request()
        while self.answer is None:
            self.update()
            self.request()
        if self.answer in REFUSED:
            raise VncError(f"the size {width}x{height} was refused: "
                           + REFUSED[self.answer])

    def cursor(self):
        """The next shape: width, height, hot spot's x and y, BGRA bytes."""
        shapes = self.shapes
        while self.shapes == shapes:
            self.request()
            self.update()
        return self.cursor_shape

    def point(self, x, y, buttons=0):
        """Move the pointer."""
        self._write(struct.pack(">BBHH", POINTER, buttons, x, y))

    def _rectangle(self):
        x, y, width, height, encoding = self._read("HHHHi")
        if encoding == RAW:
            self._pixels(x, y, width, height)
            return x, y, width, height
        if encoding == CURSOR_WITH_ALPHA:
            self._cursor(x, y, width, height)
        elif encoding == DESKTOP_SIZE:
            self._new_size(width, height)
        elif encoding == EXTENDED_DESKTOP_SIZE:
            for _ in range(self._read("B3x")[0]):
                self._read("IHHHHI")
            if x == OWN_WISH:
                self.answer = y
            if x != OWN_WISH or y == 0:
                self._new_size(width, height)
        else:
            raise VncError(f"encoding {encoding}, which was not asked for")
        return None

    def _new_size(self, width, height):
        if (width, height) != (self.picture.width, self.picture.height):
            self.picture = screen.Picture(width, height)

    def _cursor(self, hot_x, hot_y, width, height):
        if self._read("i")[0] != RAW:
            raise VncError("a cursor in another encoding than raw")
        data, = self._read(f"{width * height * 4}s")
        self.cursor_shape = width, height, hot_x, hot_y, data
        self.shapes += 1

    def _pixels(self, x, y, width, height):
        picture = self.picture
        if x + width > picture.width or y + height > picture.height:
            raise VncError(f"pixels at {x},{y} {width}x{height} on a screen of "
                           f"{picture.width}x{picture.height}")
        data, = self._read(f"{width * height * 4}s")
        colours = bytearray(width * height * 3)
        colours[0::3] = data[2::4]
        colours[1::3] = data[1::4]
        colours[2::3] = data[0::4]
        for line in range(height):
            picture.row(y + line,
                        colours[line * width * 3:(line + 1) * width * 3], x)
