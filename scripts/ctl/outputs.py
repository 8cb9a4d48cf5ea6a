# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The heads of a device: which monitors the guest finds, and who decides."""
import argparse
import re

from clean import clean
from qmp import Lost, objects

# What is shown of the members of docs/displays.md, and their types in JSON.
MEMBERS = {'name': str, 'connected': bool, 'xres': int, 'yres': int,
           'refresh': (int, float), 'control': str}
MODE = re.compile(r'(\d{1,5})x(\d{1,5})(?:@(\d{1,3}(?:\.\d{1,3})?)(?:Hz)?)?', re.ASCII)


def mode(text):
    """What is to be set for WIDTHxHEIGHT[@HZ]."""
    match = MODE.fullmatch(text)
    if not match:
        raise argparse.ArgumentTypeError(
            f'{text} is no mode; 1920x1080 and 2560x1440@144 are')
    members = {'xres': int(match[1]), 'yres': int(match[2])}
    if match[3]:
        members['refresh'] = float(match[3])
    return members


def read(device):
    """All heads, as the property has them; none of a device that has none."""
    if not device.is_ours or 'outputs' not in device.properties:
        return []
    heads = objects(device.monitor.execute('qom-get', path=device.backend,
                                           property='outputs'), device.monitor.who)
    for head in heads:
        wrong = [name for name, kind in MEMBERS.items()
                 if not isinstance(head.get(name), kind)]
        if wrong:
            raise Lost(f'{device.monitor.who} sent a head of {device.name} without'
                       f' {", ".join(wrong)}; is it QEMU?')
    return heads


def describe(head):
    """For a person."""
    rate = f'@{head["refresh"]:g}' if head['refresh'] else ''
    state = 'connected' if head['connected'] else 'not connected'
    return (f'{head["xres"]}x{head["yres"]}{rate}, {state},'
            f' "{clean(head["name"])}", decided by the {clean(head["control"])}')


def change(device, index, members):
    """Set members of one head; the head as it is then."""
    device.need('outputs', 'be given other monitors while it runs')
    device.check_head(index)
    device.set('outputs', [{}] * index + [members])
    heads = read(device)
    if index >= len(heads):
        raise Lost(f'{device.monitor.who} has lost head {index} of {device.name};'
                   ' is it QEMU?')
    return heads[index]
