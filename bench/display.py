# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What somebody sees who watches over VNC, and what showing it costs QEMU."""
import itertools
import time

from qemu import RoundTrips
from sample import FLIP_CPU, SIZE, TIME, UPDATES, Sample, needs

START = 'start 1 1 1'
WIDTH, HEIGHT = 1920, 1080
UHD_WIDTH, UHD_HEIGHT = 3840, 2160
UHD_BYTES = UHD_WIDTH * UHD_HEIGHT * 4
SIDE = 16
PLACE = 128

FLIP_CPU_MS = 0.5
FLIPS_A_SECOND = 30
FLIPPED = 256       # where the guest's square is
SETTLE_S = 0.5      # what threads do after the last byte was sent

# As the guest has them.
FIRST_COLOUR = 0x40a060
COLOUR_STEP = 0x10305

GREY = 0x808890


def show(width, height):
    """Orders: an image on the screen."""
    return (START, f'create 1 1 {width} {height}',
            f'backing 1 {width * height * 4} contiguous 0',
            f'scanout 1 {width} {height}')


def _transfer(image):
    """Orders: all of a 4K image; it has memory of its own from then on."""
    return (f'transfer {image} 0 0 {UHD_WIDTH} {UHD_HEIGHT} {UHD_WIDTH * 4}',
            'run control 1 1')


# Orders: a 4K screen with something on it, since the kernel gives no memory
# to what is all zeros.
GREY_SCREEN = (START, f'wash {GREY}', f'create 3 1 {UHD_WIDTH} {UHD_HEIGHT}',
               f'backing 3 {UHD_BYTES} repeated', *_transfer(3),
               f'scanout 3 {UHD_WIDTH} {UHD_HEIGHT}',
               f'flush 3 {UHD_WIDTH} {UHD_HEIGHT}', 'run control 1 1')
# Orders: two to flip between, equal but for the guest's square.
TWO_IMAGES = ('wash 0', *itertools.chain.from_iterable(
    (f'create {image} 1 {UHD_WIDTH} {UHD_HEIGHT}',
     f'backing {image} {UHD_BYTES} contiguous {(image - 1) * UHD_BYTES}',
     *_transfer(image)) for image in (1, 2)))

# Orders: two that differ in every pixel.
COLOURS = (GREY, 0x405060)
TWO_COLOURS = tuple(itertools.chain.from_iterable(
    (f'wash {colour}', f'create {image} 1 {UHD_WIDTH} {UHD_HEIGHT}',
     f'backing {image} {UHD_BYTES} repeated', *_transfer(image))
    for image, colour in zip((1, 2), COLOURS)))


def cpu_of(guest, work):
    """CPU time of the main thread and of the others in @work, and seconds."""
    start = time.perf_counter()
    before = guest.main_ns(), guest.cpu_ns()
    work()
    after = guest.main_ns(), guest.cpu_ns()
    main = after[0] - before[0]
    return main, after[1] - before[1] - main, time.perf_counter() - start


def flip_costs(name, count, idle, busy, updates, limit=FLIP_CPU_MS):
    """Of @count flips: what cpu_of() says of them, and of doing nothing."""
    main, others = ((b - i * busy[2] / idle[2]) / count / 1e6
                    for b, i in zip(busy[:2], idle[:2]))
    yield Sample(f'main thread, {name}', main, FLIP_CPU, limit=limit)
    yield Sample(f'other threads, {name}', others, FLIP_CPU)
    yield Sample(f'flips seen, {name}', len(updates) / busy[2], UPDATES)


def _watch_4k(guest):
    """A viewer that has seen a 4K screen."""
    for order in GREY_SCREEN:
        guest.ask(order)
    viewer = guest.watch()
    viewer.wait_for_colour(UHD_WIDTH - 1, UHD_HEIGHT - 1, GREY)
    return viewer


def _flip_images(guest, viewer, images, tail, x, colour):
    """
    The first flips change all of the screen; waits until that is over, when
    the pixel at @x, @x has @colour.
    """
    for order in (*images, f'flips 8 {tail}'):
        guest.ask(order)
    viewer.wait_for_colour(x, x, colour)
    time.sleep(SETTLE_S)
    viewer.drain()


def _flips(function, name, images, full, x, colour, limit=FLIP_CPU_MS):
    @needs(viewer=True)
    def measure(guest, machine, scale):
        viewer = _watch_4k(guest)
        count = max(8, 60 // scale)
        period = int(machine.ticks_per_s / FLIPS_A_SECOND)
        tail = f'{period} {UHD_WIDTH} {UHD_HEIGHT} {int(full)}'
        _flip_images(guest, viewer, images, tail, x, colour)
        idle = cpu_of(guest, lambda: time.sleep(count / FLIPS_A_SECOND))
        viewer.drain()
        busy = cpu_of(guest, lambda: guest.ask(f'flips {count} {tail}'))
        updates = viewer.drain()
        with RoundTrips(guest) as trips:
            guest.ask(f'flips {count} {tail}')
        yield from flip_costs(f'4K flip{name}', count, idle, busy, updates, limit)
        yield Sample(f'longest QMP round trip, 4K flips{name}',
                     max(trips.seconds) * 1e3, TIME)
    measure.__name__ = function
    return measure


_SQUARE = FLIPPED, (0x808080 + 7 * COLOUR_STEP) & 0xffffff
flips = _flips('flips', '', TWO_IMAGES, False, *_SQUARE)
flips_full = _flips('flips_full', ', all transferred', TWO_IMAGES, True,
                    *_SQUARE)
flips_video = _flips('flips_video', ', all changed', TWO_COLOURS, False,
                     0, COLOURS[1], limit=None)


@needs(viewer=True, orders=(
    *show(WIDTH, HEIGHT),
    f'draw 1 {PLACE} {PLACE} {SIDE} {SIDE} {WIDTH * 4} {FIRST_COLOUR}'))
def first_frame(guest, machine, scale):
    """From QEMU's start until a viewer sees what the guest draws first."""
    update = guest.watch().wait_for_colour(PLACE, PLACE, FIRST_COLOUR)
    yield Sample('start to first frame', (update.seconds - guest.started) * 1e3,
                 TIME)


@needs(viewer=True)
def frames(guest, machine, scale):
    """What a 4K screen takes, unseen and seen; the image counts."""
    guest.ask(START)
    guest.ask('create 9 1 64 64')
    guest.ask('fill 9 1 64 64')
    start = guest.memory_kib()
    for order in GREY_SCREEN[1:]:
        guest.ask(order)
    yield Sample('memory of a 4K screen, unseen', guest.memory_kib() - start,
                 SIZE)
    viewer = guest.watch()
    viewer.wait_for_colour(UHD_WIDTH - 1, UHD_HEIGHT - 1, GREY)
    yield Sample('memory of a 4K screen, seen', guest.memory_kib() - start,
                 SIZE)
    held = guest.device_property('frame-bytes')
    if held is not None:
        yield Sample('frames of a 4K screen, seen', held / 1024, SIZE)


GROUPS = (flips, flips_full, flips_video, first_frame, frames)
