#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-stock-abi.py QEMU MODULES: our devices look like the stock ones.

Compares what the installed QEMU says with its own modules and with ours: the
properties, the QOM types, the BARs, features and queues; and starts every
versioned machine with our devices. Nothing of the stock device is recorded, it
is asked each time. Prints TAP.
"""
import difflib
import fnmatch
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from qemu import Qemu

PLAIN = ('virtio-gpu-pci', 'virtio-vga')
GL = ('virtio-gpu-gl-pci', 'virtio-vga-gl')
BACKENDS = ('virtio-gpu-device', 'virtio-gpu-gl-device')
GL_LAYOUTS = ('virtio-gpu-gl-pci', 'virtio-vga-gl')
LAYOUTS = ('virtio-gpu-pci', 'virtio-gpu-pci,hostmem=256M',
           'virtio-vga', 'virtio-vga,hostmem=256M')
OUR_TYPE = re.compile(r'^virtio-(gpu|vga)')
FOREIGN = ('vhost-user-gpu', 'vhost-user-vga')
VERSIONED = re.compile(r'^(pc-(i440fx|q35)-\d\S*)', re.M)
# Firmware of a PC maps the BARs within a second; TCG on a busy machine is slow.
FIRMWARE_S = 60


class Failure(Exception):
    pass


class Differences:
    """The file that lists how ours may differ."""

    def __init__(self, path):
        self.entries = []
        with open(path, encoding='utf-8') as f:
            for line in f:
                if line.strip() and not line.startswith('#'):
                    sign, pattern, text = line.rstrip('\n').split(None, 2)
                    self.entries.append((sign, pattern, text))

    def of(self, sign, name):
        return {property_name(text): text for s, pattern, text in self.entries
                if s == sign and fnmatch.fnmatch(name, pattern)}

    def types(self, sign):
        return {name: (parent, False) for s, name, parent in self.entries
                if s == sign}


def property_name(line):
    return line.split('=', 1)[0]


def properties(qemu, name):
    status, out, err = qemu.run('-M', 'none', '-device', name + ',help')
    lines = [' '.join(line.split()) for line in out.splitlines()
             if line.startswith('  ')]
    if status or not lines:
        raise Failure(f'{name},help: status {status}: {err.strip()}')
    return {property_name(line): line for line in lines}


def check_properties(stock, ours, differences, name):
    wanted = properties(stock, name)
    wanted.update(differences.of('~', name))
    added = differences.of('+', name)
    wanted.update(added)
    got = properties(ours, name)
    wrong = [f'{p}: expected "{wanted.get(p, "nothing")}",'
             f' got "{got.get(p, "nothing")}"'
             for p in sorted(wanted.keys() | got.keys())
             if wanted.get(p) != got.get(p)]
    if wrong:
        raise Failure('\n'.join(wrong))


def device_names(qemu):
    _, out, _ = qemu.run('-M', 'none', '-device', 'help')
    return set(re.findall(r'^name "([^"]+)"', out, re.M))


def check_device_help(stock, ours):
    want = {n for n in device_names(stock) if OUR_TYPE.match(n)}
    names = device_names(ours)
    got = {n for n in names if OUR_TYPE.match(n)}
    if want != got or want != set(PLAIN + GL + BACKENDS):
        raise Failure(f'stock lists {sorted(want)}, ours {sorted(got)}')
    foreign = [n for n in names if n.startswith(FOREIGN)]
    if foreign:
        raise Failure(f'ours must not register {foreign}')


def types(qemu):
    with qemu.monitor('-M', 'none') as monitor:
        return {t['name']: (t.get('parent'), t.get('abstract', False))
                for t in monitor.command('qom-list-types', abstract=True)
                if OUR_TYPE.match(t['name'])
                or t['name'].startswith(FOREIGN)}


def check_types(stock, ours, differences):
    not_ours = differences.types('s').items()
    want = {n: t for n, t in types(stock).items()
            if OUR_TYPE.match(n) and (n, t) not in not_ours}
    want.update(differences.types('t'))
    got = types(ours)
    for parent in ('virtio-gpu-base', 'virtio-gpu-pci-base', 'virtio-vga-base'):
        if not want.get(parent, (None, False))[1]:
            raise Failure(f'stock has no abstract {parent} to compare with')
    if want != got:
        raise Failure('\n'.join(
            f'{n}: stock {want.get(n)}, ours {got.get(n)}'
            for n in sorted(want.keys() | got.keys())
            if want.get(n) != got.get(n)))


def pci_function(text, ident):
    """The lines of "info pci" about one device, without its place."""
    for part in re.split(r'^  Bus +\d+, device.*\n', text, flags=re.M):
        if f'id "{ident}"' in part:
            return part
    return ''


def regions(text):
    """The lines of "info mtree" about the regions of the device."""
    wanted = re.compile(r'^ *[0-9a-f]{16}-.*'
                        r'(virtio|vga\.vram|bochs|qemu extended|edid|msix)')
    # The same region stands in several address spaces, in no fixed order.
    return sorted({line.strip() for line in text.splitlines()
                   if wanted.match(line)})


def layout(qemu, device):
    with qemu.monitor('-M', 'pc', '-accel', 'tcg', '-nodefaults',
                      '-device', device + ',id=gpu') as monitor:
        deadline = time.monotonic() + FIRMWARE_S
        while time.monotonic() < deadline:
            part = pci_function(monitor.hmp('info pci'), 'gpu')
            # The option ROM has an address only while the firmware copies it.
            if part and not re.search(r'BAR[0-5].*not mapped|BAR6.* at ', part):
                mapped = regions(monitor.hmp('info mtree'))
                if pci_function(monitor.hmp('info pci'), 'gpu') == part:
                    return part.splitlines() + mapped
            time.sleep(0.1)
    raise Failure(f'{device}: the firmware mapped no BARs: {part}')


def check_layout(stock, ours, device):
    want, got = layout(stock, device), layout(ours, device)
    if want != got:
        raise Failure('\n'.join(difflib.unified_diff(want, got, 'stock', 'ours',
                                                     lineterm='')))


def virtio_status(qemu, device):
    path = '/machine/peripheral/gpu/virtio-backend'
    with qemu.monitor('-M', 'pc', '-accel', 'tcg', '-nodefaults', '-S',
                      '-device', device + ',id=gpu') as monitor:
        status = monitor.command('x-query-virtio-status', path=path)
        queues = [monitor.command('x-query-virtio-queue-status', path=path,
                                  queue=n)['vring-num']
                  for n in range(status['num-vqs'])]
        return {'features': status['host-features'], 'queues': queues,
                'device-id': status['device-id'], 'name': status['name']}


def check_virtio(stock, ours, device):
    want, got = virtio_status(stock, device), virtio_status(ours, device)
    if want != got:
        raise Failure(f'stock {want}\nours {got}')


def versioned_machines(qemu):
    return VERSIONED.findall(qemu.run('-machine', 'help')[1])


def start(qemu, machine, devices):
    arguments = ['-M', machine, '-accel', 'tcg', '-nodefaults', '-S']
    for device in devices:
        arguments += ['-device', device]
    with qemu.monitor(*arguments) as monitor:
        monitor.command('query-status')


def each_machine(qemu, machines, check):
    """Run check(machine) on all cores; fail with what went wrong on which."""
    def one(machine):
        try:
            check(machine)
        except (Failure, RuntimeError) as problem:
            return f'{machine}: {problem}'
        return None
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = [p for p in pool.map(one, machines) if p]
    if problems:
        raise Failure('\n'.join(problems))


def check_refusal(qemu, device, words):
    """QEMU ends with one sentence that names cause and remedy."""
    arguments = []
    for part in device.split(' '):
        arguments += ['-device', part]
    status, _, err = qemu.run('-M', 'q35', '-accel', 'tcg', '-nodefaults',
                              '-display', 'none', '-S', *arguments)
    said = [line for line in err.splitlines()
            if '-device ' in line and ': info: ' not in line]
    if status != 1 or len(said) != 1 or not re.search(words, said[0]):
        raise Failure(f'{device}: status {status}: {err.strip()}')


# What cannot be had, and what the one sentence about it says.
REFUSALS = (
    ('virtio-gpu-pci,renderer=vulkan', 'vulkan.*choose 2d'),
    ('virtio-gpu-gl-pci,renderer=gpu,rendernode=/dev/null',
     '/dev/null.*render node.*renderer=software'),
    ('virtio-gpu-gl-pci,renderer=gpu,rendernode=/nowhere',
     '/nowhere.*No such file'),
    ('virtio-gpu-gl-pci,renderer=gpu,rendernode=0000:ff:1f.7',
     'no PCI device 0000:ff:1f.7.*lspci.*renderer=software'),
    ('virtio-gpu-gl-pci,renderer=gpu,rendernode=card0',
     'card0 is no render node.*PCI address'),
    ('virtio-gpu-gl-pci,renderer=software,rendernode-software=on',
     'rendernode-software=on is for renderer=gpu'),
    ('virtio-gpu-pci,rendernode=/dev/dri/renderD128',
     'renderer=gpu or auto.*2d'),
    ('virtio-gpu-gl-pci virtio-gpu-gl-pci', 'a second.*renderer=2d'),
    ('virtio-gpu-gl-pci,venus=on', 'venus=on needs blob=on'),
    ('virtio-gpu-gl-pci,venus=on,blob=on', 'venus=on needs.*hostmem='),
    ('virtio-gpu-pci,venus=on', 'venus=on needs 3D.*renderer=software'),
)


def cases(stock, stock_gl, ours):
    here = os.path.dirname(os.path.abspath(__file__))
    differences = Differences(os.path.join(here, 'differences'))
    machines = [m[0] for m in versioned_machines(stock)]
    for name in PLAIN + BACKENDS + GL:
        yield (f'properties of {name}',
               lambda name=name: check_properties(stock, ours, differences,
                                                  name))
    yield 'names in -device help', lambda: check_device_help(stock, ours)
    yield 'QOM types and their parents', lambda: check_types(stock, ours, differences)
    for device in LAYOUTS:
        yield (f'BARs of {device}',
               lambda device=device: check_layout(stock, ours, device))
    for device in PLAIN:
        yield (f'features and queues of {device}',
               lambda device=device: check_virtio(stock, ours, device))
    for device in PLAIN:
        yield (f'{len(machines)} versioned machines start with {device}',
               lambda device=device: each_machine(
                   ours, machines, lambda m: start(ours, m, [device])))
    yield ('microvm starts with virtio-gpu-device',
           lambda: start(ours, 'microvm', ['virtio-gpu-device']))
    for device in GL_LAYOUTS:
        yield (f'BARs of {device}',
               lambda device=device: check_layout(stock_gl, ours, device))
    for device in GL:
        yield (f'features and queues of {device}',
               lambda device=device: check_virtio(stock_gl, ours, device))
        yield (f'{len(machines)} versioned machines start with {device}',
               lambda device=device: each_machine(
                   ours, machines, lambda m: start(ours, m, [device])))
    for device, words in REFUSALS:
        yield (f'{device} is refused in one sentence',
               lambda device=device, words=words: check_refusal(ours, device,
                                                                words))


def main():
    binary, modules = sys.argv[1:]
    # Without a GPU stock has 3D by this accident only: Mesa's GBM takes any
    # character device and falls back to its software renderer.
    stock_gl = Qemu(binary, display='egl-headless,rendernode=/dev/null',
                    env={'GBM_ALWAYS_SOFTWARE': '1'})
    todo = list(cases(Qemu(binary), stock_gl, Qemu(binary, modules)))
    print(f'1..{len(todo)}', flush=True)
    bad = False
    for number, (name, check) in enumerate(todo, 1):
        try:
            check()
            print(f'ok {number} - {name}', flush=True)
        except (Failure, RuntimeError) as problem:
            bad = True
            print('\n'.join('# ' + line for line in str(problem).splitlines()))
            print(f'not ok {number} - {name}', flush=True)
    return 1 if bad else 0


sys.exit(main())
