# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A VNC client that asks for one thing: the shape of the cursor.

A screendump has no cursor in it, a VNC client is sent it apart. RFC 6143, and
the community's list of encodings for "cursor with alpha".
"""

import struct

RAW = 0
CURSOR_WITH_ALPHA = -314


class Client:
    """The client's end of an RFB session on a vm.Line."""

    def __init__(self, line, seconds):
        self.line = line
        self.seconds = seconds
        self._read("12s")
        self._write(b"RFB 003.008\n")
        self._read(f"{self._read('B')[0]}s")
        self._write(b"\1")                      # no authentication
        self._read("I")
        self._write(b"\1")                      # shared
        *_, name_length = self._read("HH16sI")
        self._read(f"{name_length}s")
        self._write(struct.pack(">BxHi", 2, 1, CURSOR_WITH_ALPHA))

    def _write(self, data):
        self.line.sock.sendall(data)

    def _read(self, layout):
        layout = ">" + layout
        data = self.line.bytes(struct.calcsize(layout), self.seconds,
                               "a message of the VNC server")
        return struct.unpack(layout, data)

    def cursor(self):
        """The next shape: width, height, hot spot's x and y, RGBA bytes."""
        self._write(struct.pack(">BBHHHH", 3, 1, 0, 0, 1, 1))
        while True:
            kind, = self._read("B")
            if kind == 0:                       # FramebufferUpdate
                for _ in range(self._read("xH")[0]):
                    found = self._rectangle()
                    if found:
                        return found
                self._write(struct.pack(">BBHHHH", 3, 1, 0, 0, 1, 1))
            elif kind == 3:                     # ServerCutText
                self._read(f"{self._read('3xI')[0]}s")
            elif kind != 2:                     # Bell
                raise ValueError(f"message {kind} of the VNC server")

    def _rectangle(self):
        x, y, width, height, encoding = self._read("HHHHi")
        if encoding == CURSOR_WITH_ALPHA:
            self._read("i")
            return width, height, x, y, self._read(f"{width * height * 4}s")[0]
        if encoding != RAW:
            raise ValueError(f"encoding {encoding} of the VNC server")
        self._read(f"{width * height * 4}s")
        return None
