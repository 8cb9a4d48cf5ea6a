# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Memory of the host in the guest's window: how fast it comes and goes, and who
waits for that."""
import statistics
import time

from qemu import Refused, RoundTrips
from sample import PAIRS, TIME, Sample, needs

WINDOW = 'blob=on,hostmem=64M'
PRELOADED = 'bench-shared-memory.so'

# First ids: those are shared in tests/qtest/shared-memory.c, these are not.
SHARED = 1000
PRIVATE = 0x8000

OTHERS = (1, 256, 1000, 4096)
MANY = 256
BY_TURNS = 30           # others are behind their pages, in the window
OTHERS_PAGE = 32
DEPTHS = (1, 64)
REPEATS = 5
RUN_S = 0.05            # of each of them
PAIRS_MAX = 4096
FILL_S_MAX = 60

STALL_OTHERS = (1, 1000)
STALL_DEPTH = 16
STALL_S = 5
INTERVAL_S = 100e-6


def _percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Window:
    """A guest with BY_TURNS blobs, and the others, which are mapped."""

    def __init__(self, guest, first):
        self.guest = guest
        self.first = first
        self.others = 0
        guest.ask('start 1 1 1')
        guest.ask('move')
        guest.ask('gl-start 64')
        guest.ask(f'blobs {first} {BY_TURNS}')

    def fill(self, others):
        """Has so many others mapped; returns how many seconds that took."""
        start = time.perf_counter()
        more = others - self.others
        first = self.first + BY_TURNS + self.others
        self.guest.ask(f'blobs {first} {more}')
        self.guest.ask(f'maps {first} {more} {OTHERS_PAGE + self.others}')
        self.others = others
        return time.perf_counter() - start

    def prepare(self, period):
        """The control queue's slots; see map-pairs of the guest."""
        self.guest.ask(f'map-pairs {self.first} {BY_TURNS} {period}')


def _seconds_each(guest, machine, depth, scale):
    """Best time of a pair."""
    def spend(pairs):
        ticks = guest.ask(f'run control {depth} {2 * pairs}')['ticks']
        return machine.seconds(ticks) / pairs

    trial = spend(4)
    pairs = max(4, min(PAIRS_MAX, int(RUN_S / scale / trial)))
    return min(spend(pairs) for _ in range(REPEATS))


def _rates(guest, machine, scale, first, kind):
    window = _Window(guest, first)
    filled_s = 0
    for others in OTHERS:
        # With many, QEMU takes a time that grows with the cube of their number.
        growth = (others / max(MANY, window.others)) ** 3
        if (others > OTHERS[-1] // min(scale, 16)
                or others > MANY and filled_s * growth > FILL_S_MAX):
            return
        name = f'MAP+UNMAP of {kind} memory, {others} others mapped, depth'
        try:
            filled_s = window.fill(others)
            window.prepare(0)
            for depth in DEPTHS:
                each = _seconds_each(guest, machine, depth, scale)
                yield Sample(f'{name} {depth}', 1 / each, PAIRS, 1.0)
        except Refused:
            for depth in DEPTHS:
                yield Sample(f'{name} {depth}', None, PAIRS, 1.0)
            return


@needs(gl=True, viewer=True, device=WINDOW, preload=PRELOADED, optional=True)
def gl_map(guest, machine, scale):
    """MAP_BLOB and UNMAP_BLOB of memory that is shared, as Vulkan's."""
    yield from _rates(guest, machine, scale, SHARED, 'shared')


@needs(gl=True, viewer=True, device=WINDOW, preload=PRELOADED, optional=True)
def gl_map_private(guest, machine, scale):
    """The same of memory of OpenGL's own."""
    yield from _rates(guest, machine, scale, PRIVATE, 'private')


def _delays(window, machine, scale, period, when):
    guest = window.guest
    window.prepare(period)
    kiloticks = machine.ticks_per_s * STALL_S / scale / 1000
    interval = machine.ticks_per_s * INTERVAL_S
    with RoundTrips(guest) as trips:
        found = guest.ask(f'map-stall {STALL_DEPTH} {kiloticks:.0f}'
                          f' {interval:.0f}')
    if period > 1:
        pairs = found['answered'] * (1 - 1 / period) / 2
        yield Sample(when.removeprefix('beside ') + ', meanwhile',
                     pairs / machine.seconds(found['ticks']), PAIRS)
    seconds = {'QMP round trip': trips.seconds}
    for queue, name in (('flush', 'RESOURCE_FLUSH'),
                        ('cursor', 'MOVE_CURSOR')):
        ticks = guest.read_memory(found[queue], found[f'{queue}_count'])
        seconds[name] = [machine.seconds(t) for t in ticks]
    for name, values in seconds.items():
        ordered = sorted(values)
        for what, value in (('p50', statistics.median(ordered)),
                            ('p99', _percentile(ordered, 0.99)),
                            ('longest', ordered[-1])):
            yield Sample(f'{name} {when}, {what}', value * 1e3, TIME)


def _stall(guest, machine, scale, first, kind):
    window = _Window(guest, first)
    if first == SHARED:
        yield from _delays(window, machine, scale, 1, 'beside flushes')
    for others in STALL_OTHERS:
        window.fill(others)
        yield from _delays(window, machine, scale, STALL_DEPTH,
                           f'beside MAP+UNMAP, {kind}, {others} others')


@needs(gl=True, viewer=True, device=WINDOW, preload=PRELOADED, optional=True)
def gl_map_stall(guest, machine, scale):
    """How long others wait while shared memory comes and goes."""
    yield from _stall(guest, machine, scale, SHARED, 'shared')


@needs(gl=True, viewer=True, device=WINDOW, preload=PRELOADED, optional=True)
def gl_map_stall_private(guest, machine, scale):
    """The same with memory of OpenGL's own."""
    yield from _stall(guest, machine, scale, PRIVATE, 'private')


GROUPS = (gl_map, gl_map_private, gl_map_stall, gl_map_stall_private)
