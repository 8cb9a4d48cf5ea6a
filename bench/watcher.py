# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Clients that watch one pixel: bench-watch for SPICE and D-Bus, and VNC."""
import os
import subprocess
import threading
from collections import namedtuple

from sample import Failed
from viewer import Inbox, Viewer

# What a client has seen, and when, in seconds of time.perf_counter().
Pixel = namedtuple('Pixel', 'colour seconds')
Size = namedtuple('Size', 'width height seconds')
Mouse = namedtuple('Mouse', 'x y seconds')


class _Watching(Inbox):
    def wait_for_event(self, kind, *values):
        """The first of that kind that says this."""
        return self.wait_for(
            lambda event: isinstance(event, kind) and event[:-1] == values,
            f'{kind.__name__} {values}')


class Watcher(_Watching):
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
            raise Failed(f'{program} is not built; run make') from e
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        for line in self.process.stdout:
            kind, *values, ns = line.split()
            seconds = int(ns) / 1e9
            if kind == 'pixel':
                self.put(Pixel(int(values[0], 16), seconds))
            elif kind == 'size':
                self.put(Size(*map(int, values), seconds))
            elif kind == 'mouse':
                self.put(Mouse(*map(int, values), seconds))
        self.put(None)

    def wish(self, width, height):
        self.process.stdin.write(f'size {width} {height}\n')

    def close(self):
        self.process.kill()
        self.process.wait()
        self.thread.join()
        self.process.stdin.close()
        self.process.stdout.close()


class VncWatcher(_Watching):
    """A viewer, of whose updates the pixel is looked at."""

    def __init__(self, sock, x, y):
        super().__init__()
        self.at = x, y
        self.colour = None
        self.viewer = Viewer(sock, self._see)

    def _see(self, update):
        if update is None:
            self.put(None)
            return
        if update.size:
            self.put(Size(*update.size, update.seconds))
        colour = update.colour(*self.at)
        if colour is not None and colour != self.colour:
            self.colour = colour
            self.put(Pixel(colour, update.seconds))

    def wish(self, width, height):
        self.viewer.wish(width, height)

    def close(self):
        self.viewer.close()
