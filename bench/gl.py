# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""3D without a GPU: what a fence costs, and who waits for rendering."""
import statistics
import subprocess

from qemu import RoundTrips
from sample import TIME, Sample, needs

CLEARS = 512
WARM_UP = 32
CLEAR_SIDE = 256
RED = 0xff0000      # what it is cleared to
COPY_SIDE = 4096
WORK_MS = 500       # a stream's
CURSOR_LIMIT_MS = 5
QMP_LIMIT_MS = 50


def _percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _native_clears(machine, count):
    """Milliseconds of each such clear on this machine without a VM."""
    program = machine.program.replace('bench-machine', 'bench-gl')
    out = subprocess.run([program, str(CLEAR_SIDE), str(count)], check=True,
                         capture_output=True, text=True).stdout
    return [float(word) / 1e6 for word in out.split()]


@needs(gl=True, viewer=True)
def gl_clear(guest, machine, scale):
    """A small clear with a fence, one after the other."""
    count = max(WARM_UP, CLEARS // scale)
    guest.ask('start 1 1 1')
    guest.ask(f'gl-start {CLEAR_SIDE}')
    guest.ask(f'gl-clears {WARM_UP}')
    found = guest.ask(f'gl-clears {count}')
    spent = [machine.seconds(t) * 1e3 for t in
             guest.read_memory(found['samples'], found['count'])]
    native = statistics.median(_native_clears(machine, count))
    yield Sample('the work of a fenced clear, without a VM', native, TIME)
    yield Sample('fenced clear, p50', statistics.median(spent), TIME,
                 limit=native + 0.5)
    yield Sample('fenced clear, p99', _percentile(spent, 0.99), TIME)


def _copies_for(guest, machine):
    """How many copies are half a second of work."""
    guest.ask(f'gl-copies 2 {COPY_SIDE}')
    guest.ask('run control 1 1')
    ticks = guest.ask('run control 1 1')['ticks']
    each = machine.seconds(ticks) * 1e3 / 2
    return max(2, min(70, round(WORK_MS / each)))


@needs(gl=True, viewer=True)
def gl_stall(guest, machine, scale):
    """How long others wait while a stream takes half a second."""
    guest.ask('start 1 1 1')
    guest.ask('move')
    guest.ask(f'gl-start {COPY_SIDE}')
    copies = _copies_for(guest, machine)
    spinning = machine.spin()
    try:
        with RoundTrips(guest) as trips:
            guest.ask('stall 0 4096')
        control = max(trips.seconds) * 1e3
    finally:
        spinning.kill()
        spinning.wait()
    guest.ask(f'gl-copies {max(2, copies // scale)} {COPY_SIDE}')
    with RoundTrips(guest) as trips:
        result = guest.ask('stall 1 0')
    yield Sample('stream of copies', machine.seconds(result['ticks']) * 1e3,
                 TIME)
    yield Sample('longest cursor answer during it',
                 machine.seconds(result['answer']) * 1e3, TIME,
                 limit=CURSOR_LIMIT_MS)
    yield Sample('longest cursor doorbell during it',
                 machine.seconds(result['doorbell']) * 1e3, TIME,
                 limit=CURSOR_LIMIT_MS)
    yield Sample('longest QMP round trip during it',
                 max(trips.seconds) * 1e3, TIME, limit=QMP_LIMIT_MS)
    yield Sample('longest QMP round trip with a core busy', control, TIME)


@needs(gl=True, viewer=True, orders=(
    'start 1 1 1', f'gl-start {CLEAR_SIDE}', 'gl-clears 1',
    f'scanout 1 {CLEAR_SIDE} {CLEAR_SIDE}',
    f'flush 1 {CLEAR_SIDE} {CLEAR_SIDE}', 'run control 1 1'))
def gl_first_frame(guest, machine, scale):
    """From QEMU's start until a viewer sees what OpenGL drew first."""
    middle = CLEAR_SIDE // 2
    update = guest.watch().wait_for_colour(middle, middle, RED)
    yield Sample('start to first frame of OpenGL',
                 (update.seconds - guest.started) * 1e3, TIME)


GROUPS = (gl_clear, gl_stall, gl_first_frame)
