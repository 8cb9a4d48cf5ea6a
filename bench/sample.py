# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What a measurement yields, and what a group of them needs."""
import dataclasses

RATE = 'commands/s'
SPEED = 'MB/s'
TIME = 'ms'
COST = 'ns/command'
CPU = 'CPU ns/command'
CPU_SPEED = 'MB/s of CPU time'
PAIRS = 'pairs/s'
FLIP_CPU = 'CPU ms/flip'
UPDATES = 'updates/s'
MEMORY = 'KiB/1000 resources'
COUNT = 'fds/1000 resources'
SIZE = 'KiB'
FRAMES = 'frames/s'
FRAME_CPU = 'CPU ms/frame'
RATIO = 'ratio'
CORE = '% of a core'
HIGHER_IS_BETTER = frozenset((RATE, SPEED, CPU_SPEED, UPDATES, FRAMES,
                              PAIRS))


class Failed(Exception):
    """A measurement could not be made."""


@dataclasses.dataclass
class Sample:
    name: str
    value: float | None     # None: the device refused
    unit: str
    # Ours over stock's must be at least (at most for lower-is-better) this.
    ratio: float | None = None
    # Ours must be at most this.
    limit: float | None = None
    # Ours must be at most stock's and this.
    more: float | None = None


def needs(**wanted):
    """
    What a group wants to have around it.

    against  the folder of modules that it is measured against, not stock's
    viewer   QEMU is to have a VNC server
    client   vnc, spice, dbus or dbus_map: the server of that, for watch_pixel()
    device   properties of the device, as in -device
    orders   lines that the guest finds on its port when it starts
    kvm      why it means nothing without KVM
    desktop  it is given a Desktop instead of a Guest
    gl       the device has 3D: stock's by the trick that makes it start
    gl_guest it is given a Linux guest with Mesa
    preload  a library of the build folder that stands in front of QEMU's
    optional one module may not have what it is about: then there is the other
    trace    events of QEMU's that traced() tells of
    rounds   more than so many are not worth their time
    """
    def mark(group):
        group.needs = wanted
        return group
    return mark


def wishes(group):
    return getattr(group, 'needs', {})
