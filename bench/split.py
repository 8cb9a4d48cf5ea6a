# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Where the time from the guest's drawing to a D-Bus client's pixel goes.

QEMU's own trace events say when the device takes the first request and when the
D-Bus display is told; both devices have these.
"""
import random
import statistics
import time

from clients import KEYS_S, Album, Paper
from sample import TIME, Failed, Sample, needs
from watcher import Pixel

REQUESTS = ('virtio_gpu_cmd_res_xfer_toh_2d', 'virtio_gpu_cmd_set_scanout')
TOLD = 'dbus_update'
PARTS = 'order to device', 'device to display', 'display to client'


def _draw(screen):
    """When the order was given, and when the client had it."""
    began = screen.start()
    seen = screen.watcher.wait_for_event(Pixel, screen.colour)
    screen.end()
    return began, seen.seconds


def _parts(began, seen, events):
    """The three parts of the way, in seconds."""
    during = [e for e in events if began <= e.seconds <= seen]
    taken = [e.seconds for e in during if e.name in REQUESTS]
    told = [e.seconds for e in during if e.name == TOLD]
    if not taken or not told:
        raise Failed('QEMU did not trace what was drawn')
    return taken[0] - began, told[0] - taken[0], seen - told[0]


def _split(what, kind):
    @needs(client='dbus', trace=(*REQUESTS, TOLD))
    def measure(guest, machine, scale):
        screen = kind(guest, 'dbus')
        drawn = []
        for _ in range(max(4, 60 // scale)):
            time.sleep(random.uniform(*KEYS_S))
            drawn.append(_draw(screen))
        events = guest.traced()
        parts = zip(*(_parts(*times, events) for times in drawn))
        for part, seconds in zip(PARTS, parts):
            yield Sample(f'D-Bus, {what}, {part}',
                         statistics.median(seconds) * 1e3, TIME)
    measure.__name__ = f'dbus_{what}_split'
    return measure


GROUPS = _split('typing', Paper), _split('scrolling', Album)
