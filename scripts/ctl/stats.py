# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What a device says of itself, once or again and again."""
import time

from clean import clean
from figures import Figures, growth, quantile

NAME_WIDTH = 9
UNITS = ('B', 'KiB', 'MiB', 'GiB', 'TiB')
QUEUES = ('ctrl', 'cursor')
LIMITED = ('contexts', 'resources')


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
        grown = growth(self.now, self.before, name, **labels)
        return ' / '.join(milliseconds(quantile(grown, part)) for part in (0.5, 0.99))

    def share(self, seconds, before):
        """Of a processor, or all of it where there was no look before."""
        if not self.before:
            return f'{seconds:.3g} s'
        return f'{max(seconds - before, 0) / self.seconds:.1%}'

    def busy(self):
        name = 'busy_seconds_total'
        return self.share(self.now.total(name),
                          self.before.total(name) if self.before else 0)

    def spent(self, name):
        return self.share(self.now.timing(name)[1],
                          self.before.timing(name)[1] if self.before else 0)

    def mean(self, name):
        """Of one of those that were timed."""
        count, seconds = self.now.timing(name)
        if self.before:
            earlier = self.before.timing(name)
            count, seconds = count - earlier[0], seconds - earlier[1]
        return milliseconds(seconds / count if count > 0 else None)

    def parts(self, name, label):
        """What a family has for each value of a label, now."""
        return ', '.join(f'{key.replace("_", " ")} {value}'
                         for key, value in self.now.by(name, label).items()) or '-'

    def limited(self, name):
        return f'{self.now.total(name)} of {self.now.total(f"{name}_limit")} {name}'

    def refused(self):
        return self.now.total('requests_total') - \
            self.now.total('requests_total', result='OK')

    def memory(self, kind):
        return (f'{amount(self.now.total("memory_bytes", kind=kind))} of'
                f' {amount(self.now.total("memory_limit_bytes", kind=kind))}')

    def work_rows(self):
        now = self.now.total
        yield 'requests', ', '.join(
            f'{queue} {self.count("requests_total", queue=queue)}'
            for queue in QUEUES) + f', of them refused {self.refused()}'
        yield 'in work', self.parts('queue_depth', 'queue')
        yield 'latency', ', '.join(
            f'{queue} {self.quantiles("queue_latency_seconds", queue=queue)}'
            for queue in QUEUES) + ' (half / 99 % at most)'
        yield 'thread', (f'busy {self.busy()}, renderer {self.spent("render_seconds")},'
                         f' pictures {self.spent("frame_read_seconds")}'
                         f'{" of a processor" if self.before else ""}')
        yield 'command', (f'decoded in {self.mean("decode_seconds")}, executed in'
                          f' {self.mean("execute_seconds")} (mean of every 64th)')
        yield 'fences', (f'{now("fences")} waiting, the oldest for'
                         f' {milliseconds(now("oldest_fence_age_seconds"))}; waits'
                         f' {self.quantiles("fence_wait_seconds")}')

    def picture_rows(self):
        yield 'frames', ', '.join(
            f'{what} {self.count(f"frames_{what}_total")}'
            for what in ('flushed', 'read', 'shared', 'lent', 'merged',
                         'presented'))
        yield 'dropped', self.parts('frames_dropped_total', 'reason')
        yield 'copied', ', '.join(
            f'{name} {self.count("transfer_bytes_total", amount, direction=key)}'
            for key, name in (('to_host', 'to the host'), ('from_host', 'from it')))
        yield '3D', (
            f'streams {self.count("transfer_bytes_total", amount, direction="stream")},'
            f' read back {self.count("readback_bytes_total", amount)}')

    def state_rows(self):
        now = self.now.total
        yield 'memory', (f'guest\'s {self.memory("held")}, its pixels'
                         f' {self.memory("pixels")}, renderer\'s'
                         f' {self.memory("renderer")}, frames\''
                         f' {amount(now("frame_memory_bytes"))}')
        yield 'objects', ', '.join(map(self.limited, LIMITED))
        yield 'errors', self.parts('guest_errors_total', 'source')
        yield 'watchdog', self.parts('watchdog_events_total', 'of')
        yield 'resets', f'{now("resets_total")}'

    def rows(self):
        for some in (self.work_rows, self.picture_rows, self.state_rows):
            yield from some()


class Look:
    """What the devices said at one time."""

    def __init__(self, devices):
        self.devices = devices
        self.read = []
        for device in devices:
            device.need('statistics', 'say how it does')
            self.read.append((device.get('renderer-info', str),
                              device.get('statistics', dict), device.profile))
        self.at = time.monotonic()

    def for_program(self):
        return [{'id': device.id, 'path': device.path, 'type': device.kind,
                 'renderer': renderer, 'profile': profile, 'statistics': statistics}
                for device, (renderer, statistics, profile)
                in zip(self.devices, self.read)]

    def figures(self, index):
        return Figures(self.read[index][1], self.devices[index].monitor.who)

    def lines(self, before=None):
        """For a person; counters also by second, since a look before."""
        seconds = max(self.at - before.at, 1e-3) if before else None
        for index, device in enumerate(self.devices):
            yield f'{device.name} ({device.kind})'
            yield f'  {"renderer":{NAME_WIDTH}} {clean(self.read[index][0])}'
            profile = self.read[index][2]
            if profile not in (None, 'none'):
                yield f'  {"profile":{NAME_WIDTH}} {clean(profile)}'
            view = View(self.figures(index),
                        before.figures(index) if before else None, seconds)
            for name, text in view.rows():
                yield f'  {name:{NAME_WIDTH}} {text}'
