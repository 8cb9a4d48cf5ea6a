# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A VNC client that wants whatever changes, at once (RFC 6143).

Pixels come raw, so what a change costs is what the server does about it. A
request for changes is on the way at all times.
"""
import queue
import socket
import struct
import threading
import time

from sample import Failed

WAIT_S = 60

RAW = 0
DESKTOP_SIZE = -223
EXTENDED_DESKTOP_SIZE = -308

NO_AUTHENTICATION = 1
SET_ENCODINGS, REQUEST, SET_DESKTOP_SIZE = 2, 3, 251
FRAMEBUFFER_UPDATE, BELL, CUT_TEXT = 0, 2, 3


class Ended(Exception):
    """The server has closed the connection."""


class NotSeen(Failed):
    """What was waited for did not come."""


class Update:
    """One FramebufferUpdate and when all of it had come."""

    def __init__(self):
        self.seconds = None
        self.rects = []
        self.size = None        # where it is another

    def bytes(self):
        return sum(len(pixels) for *_, pixels in self.rects)

    def colour(self, x, y):
        """The pixel at @x, @y as 0xRRGGBB; None where nothing came."""
        for left, top, width, height, pixels in self.rects:
            if left <= x < left + width and top <= y < top + height:
                at = ((y - top) * width + x - left) * 4
                return int.from_bytes(pixels[at:at + 3], 'little')
        return None


class Inbox:
    """What a thread has put into it, in order; None when it ends."""

    def __init__(self):
        self.things = queue.SimpleQueue()
        self.put = self.things.put

    def next(self, timeout=WAIT_S):
        """The next one; an error when there is none in time."""
        try:
            thing = self.things.get(timeout=timeout)
        except queue.Empty:
            thing = None
        if thing is None:
            raise NotSeen('the server sends nothing')
        return thing

    def wait_for(self, wanted, what):
        """The first of which wanted() is true."""
        end = time.perf_counter() + WAIT_S
        while time.perf_counter() < end:
            thing = self.next()
            if wanted(thing):
                return thing
        raise NotSeen(f'{what} does not reach the viewer')

    def drain(self):
        """What has come so far."""
        things = []
        while not self.things.empty():
            things.append(self.next())
        return things


class Viewer(Inbox):
    """
    Takes what the server on @sock sends; a thread of its own.  @see has every
    update in that thread, and None at the end; else they are kept.
    """

    def __init__(self, sock, see=None):
        super().__init__()
        self.sock = sock
        self.see = see or self.put
        sock.settimeout(WAIT_S)
        self.width, self.height = self._greet()
        self._request(incremental=False)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _greet(self):
        self._read('12s')
        self.sock.sendall(b'RFB 003.008\n')
        self._read(f'{self._read("B")[0]}s')
        self.sock.sendall(bytes([NO_AUTHENTICATION]))
        self._read('I')
        self.sock.sendall(b'\1')                # shared
        width, height, _, length = self._read('HH16sI')
        self._read(f'{length}s')
        self.sock.sendall(struct.pack('>BxHiii', SET_ENCODINGS, 3, RAW,
                                      DESKTOP_SIZE, EXTENDED_DESKTOP_SIZE))
        return width, height

    def _bytes(self, count):
        data = bytearray(count)
        view = memoryview(data)
        while view:
            got = self.sock.recv_into(view)
            if not got:
                raise Ended
            view = view[got:]
        return data

    def _read(self, layout):
        layout = '>' + layout
        return struct.unpack(layout, self._bytes(struct.calcsize(layout)))

    def _request(self, incremental=True):
        self.sock.sendall(struct.pack('>BBHHHH', REQUEST, incremental, 0, 0,
                                      self.width, self.height))

    def wish(self, width, height):
        """Another size, of one screen (RFB's extension SetDesktopSize)."""
        self.sock.sendall(struct.pack(
            '>BxHHBxIHHHHI', SET_DESKTOP_SIZE, width, height, 1,
            0, 0, 0, width, height, 0))

    def _run(self):
        try:
            while True:
                kind, = self._read('B')
                if kind == FRAMEBUFFER_UPDATE:
                    self._take_update()
                elif kind == CUT_TEXT:
                    self._bytes(self._read('3xI')[0])
                elif kind != BELL:
                    raise Ended
        except (Ended, OSError):
            self.see(None)

    def _take_update(self):
        update = Update()
        for _ in range(self._read('xH')[0]):
            x, y, width, height, encoding = self._read('HHHHi')
            if encoding == EXTENDED_DESKTOP_SIZE:
                self._bytes(16 * self._read('B3x')[0])
            if encoding in (DESKTOP_SIZE, EXTENDED_DESKTOP_SIZE):
                if (width, height) != (self.width, self.height):
                    update.size = self.width, self.height = width, height
            else:
                pixels = self._bytes(width * height * 4)
                update.rects.append((x, y, width, height, pixels))
        update.seconds = time.perf_counter()
        self._request()
        if update.rects or update.size:
            self.see(update)

    def wait_for_colour(self, x, y, colour):
        """The update that makes that pixel this colour."""
        return self.wait_for(lambda update: update.colour(x, y) == colour,
                             f'{colour:#x} at {x}, {y}')

    def wait_for_quiet(self, seconds):
        """Until nothing has come for so long."""
        while True:
            try:
                self.next(seconds)
            except NotSeen:
                return

    def close(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.sock.close()
