# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""From the guest's drawing to the client's pixel, over VNC, SPICE and D-Bus.

The guest has a screen of 1920x1080; the time starts with the order to draw.
"""
import random
import statistics
import time

from display import HEIGHT, WIDTH, cpu_of, show
from sample import CORE, TIME, UPDATES, Sample, needs
from watcher import Mouse, Pixel, Size

NAMES = {'vnc': 'VNC', 'spice': 'SPICE', 'dbus': 'D-Bus',
         'dbus_map': 'D-Bus, mapped'}
STRIDE = WIDTH * 4
STEP = 0x10305
FIRST = 0x40a060

AT = 100                        # of the pixel that is watched, px
SIDE = 16                       # of what is typed, px

KEYS_S = 0.05, 0.15             # between two of somebody who types fast
SCROLLS_S = 0.1, 0.15
VIDEO_S = 1 / 30
SEEN_MS = 40
JITTER_S = 2
QUIET_S = 10
SETTLE_S = 0.5
PICTURES = 8

# Of what somebody types, or does first after a while: ms, and of stock's.
AT_ONCE = {'limit': 20, 'ratio': 0.5}
MODES = (1280, 720), (1600, 900), (1024, 768), (1920, 1200)


class Paper:
    """The guest's screen, on which it types; a client watches a pixel."""

    def __init__(self, guest, client):
        self.guest = guest
        for order in show(WIDTH, HEIGHT):
            guest.ask(order)
        self.watcher = guest.watch_pixel(client, AT, AT)
        self.colour = FIRST
        guest.ask(f'draw 1 {AT} {AT} {SIDE} {SIDE} {STRIDE} {FIRST}')
        self.watcher.wait_for_event(Pixel, FIRST)

    def start(self):
        """Another colour; returns when, in seconds."""
        self.colour = (self.colour + STEP) & 0xffffff
        start = time.perf_counter()
        self.guest.tell('n')
        return start

    def end(self):
        self.guest.hear('n')


class Album:
    """
    Pictures of which every pixel differs, one after the other.  They are drawn
    before: KVM without hardware's help takes too long for that.
    """

    def __init__(self, guest, client):
        self.guest = guest
        for order in show(WIDTH, HEIGHT):
            guest.ask(order)
        for image in range(PICTURES):
            self._make(image)
        self.watcher = guest.watch_pixel(client, AT, AT)
        self.image = 0
        self.start()
        self.end()
        self.watcher.wait_for_event(Pixel, self.colour)

    def _make(self, image):
        bytes_ = STRIDE * HEIGHT
        for order in (f'wash {FIRST + image * STEP}',
                      f'create {image + 2} 1 {WIDTH} {HEIGHT}',
                      f'backing {image + 2} {bytes_} repeated',
                      f'transfer {image + 2} 0 0 {WIDTH} {HEIGHT} {STRIDE}',
                      'run control 1 1'):
            self.guest.ask(order)

    @property
    def colour(self):
        return FIRST + self.image * STEP

    def start(self):
        """The next one; returns when, in seconds."""
        self.image = (self.image + 1) % PICTURES
        start = time.perf_counter()
        self.guest.tell(f's {self.image + 2} {WIDTH} {HEIGHT}')
        return start

    def end(self):
        self.guest.hear('s')


def _draw(screen):
    """Seconds until the client has what is drawn next."""
    start = screen.start()
    seen = screen.watcher.wait_for_event(Pixel, screen.colour)
    screen.end()
    return seen.seconds - start


def _p99(seconds):
    return statistics.quantiles(seconds, n=100, method='inclusive')[-1]


def _percentiles(name, seconds, limit=None, ratio=None):
    yield Sample(f'{name}, p50', statistics.median(seconds) * 1e3, TIME,
                 limit=limit, ratio=ratio)
    yield Sample(f'{name}, p99', _p99(seconds) * 1e3, TIME)


def _drawing(client, what, kind, pauses, count, **targets):
    """Something changes now and then."""
    @needs(client=client)
    def measure(guest, machine, scale):
        screen = kind(guest, client)
        seconds = []
        for _ in range(max(4, count // scale)):
            time.sleep(random.uniform(*pauses))
            seconds.append(_draw(screen))
        yield from _percentiles(f'{NAMES[client]}, {what}', seconds, **targets)
    measure.__name__ = f'{client}_{what}'
    return measure


@needs(client='vnc')
def closed_loop(guest, machine, scale):
    """Draw, wait until it is seen, draw again."""
    screen = Paper(guest, 'vnc')
    start = time.perf_counter()
    seconds = [_draw(screen) for _ in range(max(4, 200 // scale))]
    rate = len(seconds) / (time.perf_counter() - start)
    yield Sample('VNC latency, no idle', statistics.median(seconds) * 1e3,
                 TIME, limit=SEEN_MS)
    yield Sample('VNC latency, no idle, p99', _p99(seconds) * 1e3, TIME)
    yield Sample('VNC closed loop', rate, UPDATES, 1.0)


def _after_idle(function, client, idle, figure, rounds=None, **targets):
    more = {'rounds': rounds} if rounds else {}

    @needs(client=client, **more)
    def measure(guest, machine, scale):
        screen = Paper(guest, client)
        # At random in what a server waits longer and longer between looks.
        time.sleep(idle / scale + random.uniform(0, JITTER_S))
        yield Sample(figure, _draw(screen) * 1e3, TIME, **targets)
    measure.__name__ = function
    return measure


def _age(event, shown):
    """Seconds since what is seen was shown, the last time before."""
    return min(event.seconds - began for colour, began in shown
               if colour == event.colour and began < event.seconds)


def _video(client):
    """All of the screen, 30 times a second, whoever keeps up."""
    @needs(client=client)
    def measure(guest, machine, scale):
        screen = Album(guest, client)
        shown = []
        start = time.perf_counter()
        for n in range(max(8, 90 // scale)):
            time.sleep(max(0, start + n * VIDEO_S - time.perf_counter()))
            began = screen.start()
            shown.append((screen.colour, began))
            screen.end()
        took = time.perf_counter() - start
        time.sleep(SETTLE_S)
        seen = [event for event in screen.watcher.drain()
                if isinstance(event, Pixel)]
        name = f'{NAMES[client]}, video'
        yield from _percentiles(name, [_age(event, shown) for event in seen],
                                ratio=1.0)
        yield Sample(f'{name}, frames seen', len(seen) / took, UPDATES, 1.0)
    measure.__name__ = f'{client}_video'
    return measure


def _quiet(client):
    """What a client costs while nothing changes."""
    @needs(client=client)
    def measure(guest, machine, scale):
        Paper(guest, client)
        # Servers look less and less often.
        time.sleep(QUIET_S / scale)
        main, others, seconds = cpu_of(guest,
                                       lambda: time.sleep(QUIET_S / scale))
        for who, ns in (('main thread', main), ('other threads', others)):
            yield Sample(f'{NAMES[client]}, idle, {who}', ns / seconds / 1e7,
                         CORE, more=0.05)
    measure.__name__ = f'{client}_quiet'
    return measure


@needs(client='dbus')
def dbus_pointer(guest, machine, scale):
    """From MOVE_CURSOR to the client's MouseSet."""
    screen = Paper(guest, 'dbus')
    seconds = []
    for n in range(max(4, 200 // scale)):
        time.sleep(random.uniform(0.005, 0.02))
        start = time.perf_counter()
        guest.tell(f'point {n + 10} 20')
        seen = screen.watcher.wait_for_event(Mouse, n + 10, 20)
        guest.hear('point')
        seconds.append(seen.seconds - start)
    yield from _percentiles('D-Bus, pointer', seconds)


def _resize(client):
    """The client wishes a size, the guest follows, the client has it."""
    @needs(client=client)
    def measure(guest, machine, scale):
        screen = Paper(guest, client)
        seconds = []
        for n in range(max(2, 8 // scale)):
            mode = MODES[n % len(MODES)]
            guest.tell(f'follow {n + 2}')
            start = time.perf_counter()
            screen.watcher.wish(*mode)
            seen = screen.watcher.wait_for_event(Size, *mode)
            guest.hear('follow')
            seconds.append(seen.seconds - start)
            time.sleep(SETTLE_S)
        yield Sample(f'{NAMES[client]}, resize, p50',
                     statistics.median(seconds) * 1e3, TIME)
    measure.__name__ = f'{client}_resize'
    return measure


GROUPS = tuple(group for client in NAMES for group in (
    _drawing(client, 'typing', Paper, KEYS_S, 100, **AT_ONCE),
    _drawing(client, 'scrolling', Album, SCROLLS_S, 50),
    _video(client), _quiet(client))) + (
        closed_loop, _after_idle('idle_10', 'vnc', 10, 'VNC latency, 10 s idle',
                                 limit=SEEN_MS),
        _after_idle('idle_30', 'vnc', 30, 'VNC latency, 30 s idle', 3,
                    **AT_ONCE),
        _after_idle('spice_idle', 'spice', 30, 'SPICE, after 30 s idle', 3,
                    **AT_ONCE),
        _after_idle('dbus_idle', 'dbus', 30, 'D-Bus, after 30 s idle', 3,
                    **AT_ONCE),
        dbus_pointer, _resize('vnc'), _resize('dbus'))
