# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Clients that watch one pixel: bench-watch for SPICE and D-Bus, and VNC."""
import os
import queue
import subprocess
import threading
import time
from collections import namedtuple

from sample import Failed
from viewer import NotSeen, Viewer

WAIT_S = 60

# What a client has seen, and when, in seconds of time.perf_counter().
Pixel = namedtuple('Pixel', 'colour seconds')
Size = namedtuple('Size', 'width height seconds')
Mouse = namedtuple('Mouse', 'x y seconds')


class _Events:
    """What came, in order; None at its end."""

    def __init__(self):
        self.events = queue.SimpleQueue()

    def next(self, timeout=WAIT_S):
        try:
            event = self.events.get(timeout=timeout)
        except queue.Empty as e:
            raise NotSeen('nothing comes any more') from e
        if event is None:
            raise NotSeen('the client has ended')
        return event

    def wait_for(self, *wanted):
        """The first event whose fields, but for the time, are these."""
        end = time.perf_counter() + WAIT_S
        while time.perf_counter() < end:
            event = self.next()
            if event[:-1] == wanted:
                return event
        raise NotSeen(f'{wanted} does not come')

    def drain(self):
        """What has come so far."""
        events = []
        while not self.events.empty():
            events.append(self.next())
        return events


class Watcher(_Events):
    """bench-watch; @source as for that."""

    def __init__(self, programs, client, source, x, y):
        super().__init__()
        program = os.path.join(programs, 'bench-watch')
        fds = [source] if isinstance(source, int) else []
        try:
            self.process = subprocess.Popen(
                [program, client, str(source), str(x), str(y)], text=True,
                bufsize=1, pass_fds=fds, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE)
        except FileNotFoundError as e:
            raise Failed(f'{program} is not built: libspice-client-glib-2.0-dev'
                         ' is missing; make bench installs it') from e
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        for line in self.process.stdout:
            kind, *values, ns = line.split()
            seconds = int(ns) / 1e9
            if kind == 'pixel':
                self.events.put(Pixel(int(values[0], 16), seconds))
            elif kind == 'size':
                self.events.put(Size(*map(int, values), seconds))
            elif kind == 'mouse':
                self.events.put(Mouse(*map(int, values), seconds))
        self.events.put(None)

    def wish(self, width, height):
        self.process.stdin.write(f'size {width} {height}\n')

    def close(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdin.close()
        self.process.stdout.close()


class VncWatcher(_Events):
    """A viewer, of whose updates the pixel is looked at."""

    def __init__(self, sock, x, y):
        super().__init__()
        self.at = x, y
        self.colour = None
        self.viewer = Viewer(sock, self._see)

    def _see(self, update):
        if update is None:
            self.events.put(None)
            return
        if update.size:
            self.events.put(Size(*update.size, update.seconds))
        colour = update.colour(*self.at)
        if colour is not None and colour != self.colour:
            self.colour = colour
            self.events.put(Pixel(colour, update.seconds))

    def wish(self, width, height):
        self.viewer.wish(width, height)

    def close(self):
        self.viewer.close()
