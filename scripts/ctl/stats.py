# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What a device says of itself, once or again and again."""
import time

from qmp import clean

# Of the device's properties those that tell how it does.
TEXTS = ('renderer-info',)
NOW_BYTES = ('frame-bytes',)
EVER_BYTES = ('readback-bytes',)
NAME_WIDTH = 16
UNITS = ('B', 'KiB', 'MiB', 'GiB', 'TiB')


def amount(number):
    """Bytes for a person."""
    scale = 0
    while number >= 1024 and scale < len(UNITS) - 1:
        number /= 1024
        scale += 1
    return f'{number:.{1 if scale else 0}f} {UNITS[scale]}'


def read(device):
    device.need('frame-bytes', 'say how it does')
    return {name: device.get(name, str if name in TEXTS else int)
            for name in TEXTS + NOW_BYTES + EVER_BYTES
            if name in device.properties}


class Look:
    """What the devices said at one time."""

    def __init__(self, devices):
        self.at = time.monotonic()
        self.devices = devices
        self.figures = [read(device) for device in devices]

    def for_program(self):
        return [{'id': device.id, 'path': device.path, 'type': device.kind, **figures}
                for device, figures in zip(self.devices, self.figures)]

    def lines(self, before=None):
        """For a person; a figure that grows also by second, since a look before."""
        for index, (device, figures) in enumerate(zip(self.devices, self.figures)):
            yield f'{device.name} ({device.kind})'
            for name, value in figures.items():
                text = clean(value) if name in TEXTS else amount(value)
                if name in EVER_BYTES and before:
                    grown = (value - before.figures[index][name]) / \
                        max(self.at - before.at, 1e-3)
                    text = f'{text:12} {amount(max(grown, 0))}/s'
                yield f'  {name:{NAME_WIDTH}} {text}'
