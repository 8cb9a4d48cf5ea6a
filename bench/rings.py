# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Who of a guest and its device that stand still is waiting for whom."""
import re
import tempfile
import time

from sample import Failed

QUEUES = ('control', 'cursor')
APART_S = 1
DEVICE = '/machine/peripheral/gpu/virtio-backend'


def _read16(guest, address):
    with tempfile.NamedTemporaryFile() as file:
        guest.execute('pmemsave', val=address, size=2, filename=file.name)
        return int.from_bytes(file.read(2), 'little')


def _queue(guest, number):
    """Indices as the device has them, and as they stand in a split ring."""
    status = guest.execute('x-query-virtio-queue-status', path=DEVICE, queue=number)
    avail, used, size = (status[name]
                         for name in ('vring-avail', 'vring-used', 'vring-num'))
    if not avail:
        return 'not there'
    return ', '.join((
        f'available {_read16(guest, avail + 2)} in the ring,'
        f' {status["shadow-avail-idx"]} seen, {status["last-avail-idx"]} taken',
        f'{status["inuse"]} in use',
        f'used {_read16(guest, used + 2)} in the ring, {status["used-idx"]} written,'
        f' {status["signalled-used"]} signalled',
        f'a kick wanted at {_read16(guest, used + 4 + 8 * size)}, flags'
        f' {_read16(guest, used)}'))


def _registers(guest):
    said = guest.execute('human-monitor-command', **{'command-line': 'info registers'})
    return re.search(r'EIP=(\w+)', said)[1]


def state(guest):
    """Twice, a second apart: what does not change hangs."""
    lines = []
    try:
        for _ in range(2):
            before = guest.cpu_ns()
            time.sleep(APART_S)
            lines.append(f'EIP {_registers(guest)}, threads busy'
                         f' {(guest.cpu_ns() - before) / APART_S / 1e7:.1f} %')
            lines += [f'{name} queue: {_queue(guest, number)}'
                      for number, name in enumerate(QUEUES)]
    except (Failed, OSError, KeyError, TypeError) as error:
        lines.append(f'and QEMU does not say more: {error}')
    return '\n  '.join(['its rings, twice:', *lines])
