# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is measured.

A group is measured in one boot of the guest; it takes a Guest and a Machine
and yields a Sample for each figure.  Names of figures are stable: results of
different days are compared by them.
"""
import dataclasses
import subprocess

import clients
import desktop
import display
import doorbell
import gl
import glmark
import mapping
import split
from qemu import Refused, RoundTrips, processors
from sample import (COST, COUNT, CPU, CPU_SPEED, MEMORY, RATE, SPEED, TIME,
                    Sample, needs)

WIDTH, HEIGHT = 3840, 2160
FRAME_BYTES = WIDTH * HEIGHT * 4
STRIDE = WIDTH * 4
DEPTHS = (1, 16, 64)

# Runs of a few milliseconds each, of which the best counts: on a machine that
# others use too, that is the one that nobody disturbed.
REPEATS = 5
METRICS_REPEATS = 20

# start MSIX INTERRUPTS EVENT_INDEX, the guest's command
LIKE_LINUX = 'start 1 1 1'
POLLING = 'start 1 0 1'
BY_WIRE = 'start 0 1 1'


class Machine:
    """What bench-machine says about this machine."""

    def __init__(self, program):
        self.program = program
        self.ticks_per_s = self._number()

    def _number(self, *arguments):
        out = subprocess.run([self.program, *arguments], check=True,
                             capture_output=True, text=True).stdout
        return float(out)

    def copy_rate(self, size):
        """
        MB/s of one contiguous memcpy of @size bytes, while another processor
        is as busy as the guest keeps one that waits for a transfer.
        """
        spinning = self.spin()
        try:
            return self._number('copy', str(size)) / 1e6
        finally:
            spinning.kill()
            spinning.wait()

    def seconds(self, ticks):
        return ticks / self.ticks_per_s

    def spin(self):
        """A process that keeps a processor busy; kill it."""
        return subprocess.Popen([self.program, 'spin'])


@dataclasses.dataclass
class Run:
    """The same requests over and over, on one queue."""

    queue: str
    depth: int
    count: int

    def seconds_each(self, guest, machine, repeats=REPEATS):
        """Best time of a request, and CPU time beside the vCPU's."""
        command = f'run {self.queue} {self.depth} {self.count}'
        guest.ask(f'run {self.queue} {self.depth} {max(self.count // 8, 1)}')
        before = guest.cpu_ns()
        ticks = [guest.ask(command)['ticks'] for _ in range(repeats)]
        spent = guest.cpu_ns() - before
        return (machine.seconds(min(ticks)) / self.count,
                spent / repeats / self.count)


def _commands(guest, machine, scale, suffix=''):
    """Commands that cost the device next to nothing."""
    def samples(name, queue, depth, count):
        run = Run(queue, depth, max(64, count // scale))
        seconds, cpu_ns = run.seconds_each(guest, machine)
        name = f'{name} depth {depth}{suffix}'
        yield Sample(name, 1 / seconds, RATE, 1.3 if depth == 64 else 1.0)
        yield Sample(f'{name}, CPU', cpu_ns, CPU)

    guest.ask('create 1 1 64 64')
    guest.ask('flush 1 64 64')
    for depth in DEPTHS:
        yield from samples('RESOURCE_FLUSH', 'control', depth,
                           256 if depth == 1 else 8192)
    guest.ask('pairs 100 64 64')
    for depth in DEPTHS:
        yield from samples('CREATE_2D+UNREF', 'control', depth,
                           256 if depth == 1 else 8192)
    guest.ask('move')
    for depth in (1, 16):
        yield from samples('MOVE_CURSOR', 'cursor', depth,
                           256 if depth == 1 else 4096)


def commands(guest, machine, scale):
    guest.ask(LIKE_LINUX)
    yield from _commands(guest, machine, scale)


@needs(against='without-metrics')
def metrics_cost(guest, machine, scale):
    """What counting costs: against the same device, which counts nothing."""
    guest.ask(LIKE_LINUX)
    for name, prepare in (('RESOURCE_FLUSH', ('create 1 1 64 64',
                                              'flush 1 64 64')),
                          ('CREATE_2D+UNREF', ('pairs 100 64 64',))):
        for order in prepare:
            guest.ask(order)
        run = Run('control', 64, max(64, 8192 // scale))
        seconds, cpu_ns = run.seconds_each(guest, machine, METRICS_REPEATS)
        name = f'{name} depth 64, stock: ours without metrics'
        yield Sample(name, 1 / seconds, RATE, 0.99)
        yield Sample(f'{name}, CPU', cpu_ns, CPU)


def commands_apart(guest, machine, scale):
    if processors():
        guest.pin()
        guest.ask(LIKE_LINUX)
        yield from _commands(guest, machine, scale, ', vCPU apart')


def commands_polled(guest, machine, scale):
    guest.ask(POLLING)
    yield from _commands(guest, machine, scale, ', no interrupts')


def commands_wire(guest, machine, scale):
    guest.ask(BY_WIRE)
    yield from _commands(guest, machine, scale, ', no MSI-X')


RECTS = (
    # name, side or None for the whole image, transfers at depth 1 and 16
    ('3840x2160', WIDTH, HEIGHT, 4, 16),
    ('512x512', 512, 512, 64, 256),
    ('16x16', 16, 16, 256, 8192),
)


def _transfers(shape):
    def measure(guest, machine, scale):
        guest.ask(LIKE_LINUX)
        guest.ask(f'create 1 1 {WIDTH} {HEIGHT}')
        guest.ask(f'backing 1 {FRAME_BYTES} {shape}')
        for name, width, height, *counts in RECTS:
            at = 0 if width == WIDTH else 128
            guest.ask(f'transfer 1 {at} {at} {width} {height} {STRIDE}')
            for depth, count in zip((1, 16), counts):
                run = Run('control', depth, max(depth, count // scale))
                seconds, cpu_ns = run.seconds_each(guest, machine)
                size = width * height * 4 / 1e6
                figure = f'transfer {name} {shape} depth {depth}'
                yield Sample(figure, size / seconds, SPEED, 1.0)
                yield Sample(f'{figure}, CPU', size / cpu_ns * 1e9, CPU_SPEED)
    measure.__name__ = f'transfers_{shape}'
    return measure


# Slots of the control queue: as many transfers stand in it.
QUEUED = 64


def stall(guest, machine, scale):
    """How long others wait while the control queue is full of work."""
    guest.ask(LIKE_LINUX)
    guest.ask(f'create 1 1 {WIDTH} {HEIGHT}')
    guest.ask(f'backing 1 {FRAME_BYTES} contiguous')
    guest.ask('move')
    guest.ask(f'transfer 1 0 0 {WIDTH} {HEIGHT} {STRIDE}')
    guest.ask('run control 1 1')

    probes = max(16, 4096 // scale)
    yield from _waits(guest, machine, 'nothing queued', f'stall 0 {probes}')
    spinning = machine.spin()
    try:
        yield from _waits(guest, machine, 'nothing queued, a core busy',
                          f'stall 0 {probes}')
    finally:
        spinning.kill()
        spinning.wait()
    yield from _waits(guest, machine, f'{QUEUED} transfers queued',
                      f'stall {QUEUED} 0', limit=10)


def _waits(guest, machine, when, command, limit=None):
    with RoundTrips(guest) as trips:
        result = guest.ask(command)
    values = {name: machine.seconds(result[name]) for name in
              ('doorbell', 'answer', 'access', 'kick')}
    values['qmp'] = max(trips.seconds)
    names = {'doorbell': 'longest cursor doorbell',
             'answer': 'longest cursor answer',
             'access': 'longest access to another device',
             'qmp': 'longest QMP round trip'}
    if limit:
        names['kick'] = 'control doorbell'
        yield Sample(f'work, {when}', machine.seconds(result['ticks']) * 1e3,
                     TIME)
    for key, name in names.items():
        yield Sample(f'{name}, {when}', values[key] * 1e3, TIME, limit=limit)


def lookup(guest, machine, scale):
    """Does finding a resource get slower with their number?"""
    guest.ask(LIKE_LINUX)
    live = 0
    for count in (16, 1024, 16384, 65536):
        if count > 65536 // scale:
            return
        name = f'RESOURCE_FLUSH with {count} resources'
        try:
            guest.ask(f'create {live + 1} {count - live} 1 1')
        except Refused:
            yield Sample(name, None, COST, 1.0)
            return
        live = count
        guest.ask('flush 1 1 1')
        batches = max(1, 32 // scale)
        results = [guest.ask(f'lookup {count} {batches}')
                   for _ in range(REPEATS)]
        cost = min(r['ticks'] / r['commands'] for r in results)
        yield Sample(name, machine.seconds(cost) * 1e9, COST, 1.0)


def memory(guest, machine, scale):
    """What QEMU holds for images, filled and not."""
    count = max(1000, 8000 // scale)
    guest.ask(LIKE_LINUX)
    guest.ask('create 1 1000 64 64')
    guest.ask('fill 1 1000 64 64')
    start = guest.memory_kib(), guest.descriptors()
    guest.ask(f'create 1001 {count} 64 64')
    created = guest.memory_kib(), guest.descriptors()
    guest.ask(f'fill 1001 {count} 64 64')
    filled = guest.memory_kib()
    yield Sample('memory of 64x64 images, created',
                 (created[0] - start[0]) * 1000 / count, MEMORY, 1.0)
    yield Sample('memory of 64x64 images, filled',
                 (filled - start[0]) * 1000 / count, MEMORY, 1.0)
    yield Sample('descriptors of 64x64 images',
                 (created[1] - start[1]) * 1000 / count, COUNT, 1.0)
    guest.ask('create 20001 8 1920 1080')
    guest.ask('fill 20001 8 1920 1080')
    yield Sample('memory of 1920x1080 images, filled',
                 (guest.memory_kib() - filled) * 1000 / 8, MEMORY)


GROUPS = {group.__name__: group for group in (
    commands, commands_apart, commands_polled, commands_wire, metrics_cost,
    _transfers('contiguous'), _transfers('pages'), _transfers('scattered'),
    stall, lookup, memory, *display.GROUPS, *clients.GROUPS, *doorbell.GROUPS,
    *desktop.GROUPS, *gl.GROUPS, *mapping.GROUPS, *split.GROUPS,
    *glmark.GROUPS)}
