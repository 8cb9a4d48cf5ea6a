# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What the store costs a guest that rings a doorbell."""
from sample import TIME, Sample, needs

WIDTH, HEIGHT = 3840, 2160
QUEUED = 64
SECONDS = 3
INTERVAL_S = 100e-6
LIMIT_MS = 2

WITHOUT_KVM = ('under TCG every store to a device takes the big lock,'
               ' whatever the device does')


def _percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _percentiles(name, ticks, machine, limit):
    ordered = sorted(ticks)
    for what, value in (('p50', _percentile(ordered, 0.5)),
                        ('p99', _percentile(ordered, 0.99)),
                        ('p99.9', _percentile(ordered, 0.999)),
                        ('longest', ordered[-1])):
        yield Sample(f'{name}, {what}', machine.seconds(value) * 1e3, TIME,
                     limit=limit if what == 'p99.9' else None)


def _measure(guest, machine, scale, queued, when, limit=None):
    kiloticks = machine.ticks_per_s * SECONDS / scale / 1000
    interval = machine.ticks_per_s * INTERVAL_S
    found = guest.ask(f'doorbells {queued} {kiloticks:.0f} {interval:.0f}')
    for queue in ('cursor', 'control'):
        ticks = guest.read_memory(found[queue], found[f'{queue}_count'])
        yield from _percentiles(f'{queue} doorbell, {when}', ticks, machine,
                                limit)


def _doorbells(name, device, setting):
    @needs(device=device, kvm=WITHOUT_KVM)
    def measure(guest, machine, scale):
        guest.ask('start 1 1 1')
        guest.ask(f'create 1 1 {WIDTH} {HEIGHT}')
        guest.ask(f'backing 1 {WIDTH * HEIGHT * 4} contiguous 0')
        guest.ask('move')
        guest.ask(f'transfer 1 0 0 {WIDTH} {HEIGHT} {WIDTH * 4}')
        guest.ask('run control 1 1')
        yield from _measure(guest, machine, scale, QUEUED,
                            f'{QUEUED} transfers queued{setting}', LIMIT_MS
                            if not device else None)
        if not device:
            yield from _measure(guest, machine, scale, 0, 'nothing queued')
            spinning = machine.spin()
            try:
                yield from _measure(guest, machine, scale, 0,
                                    'nothing queued, a core busy')
            finally:
                spinning.kill()
                spinning.wait()
    measure.__name__ = name
    return measure


GROUPS = (_doorbells('doorbells', '', ''),
          _doorbells('doorbells_ioeventfd', 'ioeventfd=on', ', ioeventfd=on'),
          _doorbells('doorbells_exit', 'ioeventfd=off', ', ioeventfd=off'))
