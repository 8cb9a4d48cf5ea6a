# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What a device says of itself, once or again and again."""
import time

from figures import Figures, quantile
from qmp import clean

NAME_WIDTH = 9
UNITS = ('B', 'KiB', 'MiB', 'GiB', 'TiB')
QUEUES = ('ctrl', 'cursor')
DROPPED = ('unchanged', 'unseen', 'no_room', 'too_soon', 'unreadable')


def amount(number):
    """Bytes for a person."""
    scale = 0
    while number >= 1024 and scale < len(UNITS) - 1:
        number /= 1024
        scale += 1
    return f'{number:.{1 if scale else 0}f} {UNITS[scale]}'


def milliseconds(seconds):
    if seconds is None:
        return '-'
    if seconds == float('inf'):
        return 'over 17 s'
    return f'{seconds * 1e3:.3g} ms'


class View:
    """One device's figures for a person; of the time since a look before, if any."""

    def __init__(self, now, before, seconds):
        self.now = now
        self.before = before
        self.seconds = seconds

    def count(self, name, form=str, **labels):
        """A counter, and how much it grew a second."""
        value = self.now.total(name, **labels)
        if not self.before:
            return form(value)
        grown = max(value - self.before.total(name, **labels), 0) / self.seconds
        rate = form(grown) if form is amount else f'{grown:.0f}'
        return f'{form(value)} ({rate}/s)'

    def quantiles(self, name, **labels):
        buckets = self.now.buckets(name, **labels)
        earlier = self.before.buckets(name, **labels) if self.before else {}
        grown = {end: count - earlier.get(end, 0) for end, count in buckets.items()}
        return ' / '.join(milliseconds(quantile(grown, part)) for part in (0.5, 0.99))

    def busy(self):
        seconds = self.now.total('busy_seconds_total')
        if not self.before:
            return f'{seconds:.3g} s'
        part = (seconds - self.before.total('busy_seconds_total')) / self.seconds
        return f'{max(part, 0):.1%} of a processor'

    def memory(self, kind):
        return (f'{amount(self.now.total("memory_bytes", kind=kind))} of'
                f' {amount(self.now.total("memory_limit_bytes", kind=kind))}')

    def rows(self):
        now = self.now.total
        yield 'requests', ', '.join(
            f'{queue} {self.count("requests_total", queue=queue)}' for queue in QUEUES)
        yield 'latency', ', '.join(
            f'{queue} {self.quantiles("queue_latency_seconds", queue=queue)}'
            for queue in QUEUES) + ' (half / 99 % at most)'
        yield 'thread', f'busy {self.busy()}'
        yield 'fences', (f'{now("fences")} waiting, the oldest for'
                         f' {milliseconds(now("oldest_fence_age_seconds"))}')
        yield 'frames', ', '.join(
            f'{what} {self.count(f"frames_{what}_total")}'
            for what in ('flushed', 'presented', 'merged'))
        yield 'dropped', ', '.join(
            f'{reason.replace("_", " ")} {now("frames_dropped_total", reason=reason)}'
            for reason in DROPPED)
        yield 'copied', ', '.join(
            f'{name} {self.count("transfer_bytes_total", amount, direction=key)}'
            for key, name in (('to_host', 'to the host'), ('from_host', 'from it')))
        yield '3D', (
            f'streams {self.count("transfer_bytes_total", amount, direction="stream")},'
            f' read back {self.count("readback_bytes_total", amount)}')
        yield 'memory', (f'guest\'s {self.memory("held")}, renderer\'s'
                         f' {self.memory("renderer")}, frames\''
                         f' {amount(now("frame_memory_bytes"))}')
        yield 'objects', f'{now("contexts")} contexts, {now("resources")} resources'
        yield 'trouble', (f'guest\'s errors {self.count("guest_errors_total")}, resets'
                          f' {now("resets_total")}')


class Look:
    """What the devices said at one time."""

    def __init__(self, devices):
        self.devices = devices
        self.read = []
        for device in devices:
            device.need('statistics', 'say how it does')
            self.read.append((device.get('renderer-info', str),
                              device.get('statistics', dict)))
        self.at = time.monotonic()

    def for_program(self):
        return [{'id': device.id, 'path': device.path, 'type': device.kind,
                 'renderer': renderer, 'statistics': statistics}
                for device, (renderer, statistics) in zip(self.devices, self.read)]

    def figures(self, index):
        return Figures(self.read[index][1], self.devices[index].monitor.who)

    def lines(self, before=None):
        """For a person; counters also by second, since a look before."""
        seconds = max(self.at - before.at, 1e-3) if before else None
        for index, device in enumerate(self.devices):
            yield f'{device.name} ({device.kind})'
            yield f'  {"renderer":{NAME_WIDTH}} {clean(self.read[index][0])}'
            view = View(self.figures(index),
                        before.figures(index) if before else None, seconds)
            for name, text in view.rows():
                yield f'  {name:{NAME_WIDTH}} {text}'
