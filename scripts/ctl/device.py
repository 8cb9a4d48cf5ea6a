# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The virtio-gpu devices of a VM, found in QEMU's tree of objects.

qom-list-types would have QEMU load every module that is installed, into a VM that
runs, so devices are recognized by the names of their types.
"""
import re

from clean import clean
from qmp import Lost, Refused, objects

FOLDERS = ('/machine/peripheral', '/machine/peripheral-anon', '/machine/unattached')
CHILD = re.compile(r'child<(virtio-(?:gpu|vga)[a-z-]*)>')
CONSOLE = re.compile(r'console\[(\d{1,4})\]')
MAX_HEADS = 16
# Every device of ours has it, the stock one has not.
OURS = 'renderer-info'
PROFILE = 'profile-info'


class Missing(Exception):
    """There is no such device, head or property: a sentence with the remedy."""


def listed(monitor, path):
    """Names and types of an object's properties."""
    return {str(entry.get('name')): str(entry.get('type'))
            for entry in objects(monitor.execute('qom-list', path=path), monitor.who)}


class Device:
    """One device; path is that of the outer one, on PCI."""

    def __init__(self, monitor, folder, name, kind):
        self.monitor = monitor
        self.path = f'{folder}/{name}'
        self.id = name if folder == FOLDERS[0] else None
        self.kind = kind
        self.backend = self.path if kind.endswith('-device') \
            else self.path + '/virtio-backend'
        self.properties = listed(monitor, self.backend)

    @property
    def name(self):
        return clean(self.id or self.path)

    @property
    def is_ours(self):
        return OURS in self.properties

    def get(self, name, kind):
        """A property, which must be of this type of Python's."""
        value = self.monitor.execute('qom-get', path=self.backend, property=name)
        if not isinstance(value, kind) or isinstance(value, bool) or \
                kind is int and not 0 <= value < 1 << 64:
            raise Lost(f'{self.monitor.who} says that {name} of {self.name} is'
                       f' "{clean(value)}"; is it QEMU?')
        return value

    @property
    def profile(self):
        """Which and where it is from; "none"; None where there are no profiles."""
        return self.get(PROFILE, str) if PROFILE in self.properties else None

    def set(self, name, value):
        self.monitor.execute('qom-set', path=self.backend, property=name, value=value)

    @property
    def num_heads(self):
        number = self.get('max_outputs', int)
        if not 1 <= number <= MAX_HEADS:
            raise Lost(f'{self.monitor.who} says that {self.name} has'
                       f' {clean(number)} heads; is it QEMU?')
        return number

    def check_head(self, head):
        last = self.num_heads - 1
        if head > last:
            has = f'heads 0 to {last}' if last else 'head 0 only'
            raise Missing(f'{self.name} has {has}; start it with'
                          f' max_outputs={head + 1} for head {head}')

    def need(self, name, what):
        """A property that the device must have to do something."""
        if not self.is_ours:
            raise Missing(f'{self.name} is QEMU\'s own virtio-gpu, which cannot {what};'
                          ' start QEMU by qemu-system-x86_64-virtio-gpu')
        if name not in self.properties:
            raise Missing(f'{self.name} is of a version of qemu-virtio-gpu that cannot'
                          f' {what}; install this one\'s modules and start the VM again')


def find(monitor):
    """All devices, those with an id first."""
    devices = []
    for folder in FOLDERS:
        try:
            children = listed(monitor, folder)
        except Refused as error:
            if error.kind == 'DeviceNotFound':
                continue        # none without an id, for instance
            raise
        for name, kind in sorted(children.items()):
            match = CHILD.fullmatch(kind)
            if match:
                devices.append(Device(monitor, folder, name, match[1]))
    if not devices:
        raise Missing(f'{monitor.who} has no virtio-gpu; start QEMU with'
                      ' -device virtio-gpu-pci,id=gpu or one of its kin')
    return devices


def choose(monitor, wanted):
    """The devices that were asked for: all, or the one with this id or path."""
    devices = find(monitor)
    if wanted is None:
        return devices
    chosen = [device for device in devices if wanted in (device.id, device.path)]
    if not chosen:
        names = ', '.join(device.name for device in devices)
        raise Missing(f'there is no virtio-gpu "{clean(wanted)}"; --device can be'
                      f' {names}')
    return chosen


def choose_one(monitor, wanted):
    devices = choose(monitor, wanted)
    if len(devices) > 1:
        names = ', '.join(device.name for device in devices)
        raise Missing(f'{monitor.who} has several; say which with --device: {names}')
    return devices[0]


def consoles(monitor):
    """(path of a device, head) to the number of QEMU's console."""
    found = {}
    for name in listed(monitor, '/backend'):
        match = CONSOLE.fullmatch(name)
        if not match:
            continue
        try:
            device, head = (monitor.execute('qom-get', path=f'/backend/{name}',
                                            property=what)
                            for what in ('device', 'head'))
        except Refused:
            continue            # a console of text, which has neither
        if isinstance(device, str) and isinstance(head, int):
            found[device, head] = int(match[1])
    return found
