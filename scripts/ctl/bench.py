# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""How fast a guest draws, and what its device says meanwhile.

The program of the guest, qemu-virtio-gpu-bench, is part of this one. The guest agent
runs it; nothing is installed and no file is written there.
"""
import pkgutil
import time

import options
import report
from clean import clean
from device import Missing, choose_one
from figures import Figures, growth, quantile
from qmp import Lost, Refused, objects
from stats import QUEUES

# Reads the program, and runs it without a file.
LOADER = ('import os, runpy, sys; file = os.memfd_create("bench");'
          ' os.write(file, sys.stdin.buffer.read());'
          ' runpy.run_path(f"/proc/self/fd/{file}", run_name="__main__")')
PROGRAM = 'qemu-virtio-gpu-bench'
PATIENCE_S = 900
LATENCY = 'queue_latency_seconds'


class Look:
    """What the device had counted at a time."""

    def __init__(self, device):
        self.figures = Figures(device.get('statistics', dict), device.monitor.who)
        self.at = time.monotonic()


def _add_delays(found, name, before, after, family, **labels):
    """Mean, and bounds of half and of 99 of 100, of what was counted between."""
    count, spent = (now - then for now, then in zip(
        *(look.figures.timing(family, **labels) for look in (after, before))))
    if count <= 0:
        return
    report.add(found, f'{name}, mean', report.DELAY, max(spent, 0) / count * 1e3)
    grown = growth(after.figures, before.figures, family, **labels)
    for part, title in ((0.5, 'half'), (0.99, '99 %')):
        end = quantile(grown, part)
        if end is None or end == float('inf'):
            found['missing'][f'{name}, {title}'] = 'it is longer than what is counted'
        else:
            report.add(found, f'{name}, {title}', report.BOUND, end * 1e3)


def add_device(found, before, after):
    """What the device counted in a round."""
    seconds = max(after.at - before.at, 1e-3)
    for queue in QUEUES:
        _add_delays(found, f'queue {queue}', before, after, LATENCY, queue=queue)
    _add_delays(found, 'fences', before, after, 'fence_wait_seconds')
    for name, unit, family, scale in (
            ('requests', report.OFTEN, 'requests_total', 1),
            ('device thread, busy', report.SHARE, 'busy_seconds_total', 100)):
        more = after.figures.total(family) - before.figures.total(family)
        report.add(found, name, unit, max(more, 0) * scale / seconds)


def _host(monitor):
    """Which QEMU, and how it runs the guest."""
    version, kvm = (objects([monitor.execute(command)], monitor.who)[0]
                    for command in ('query-version', 'query-kvm'))
    numbers, = objects([version.get('qemu')], monitor.who)
    number = '.'.join(str(numbers.get(part)) for part in ('major', 'minor', 'micro'))
    return (f'QEMU {number} {version.get("package", "")}'.strip()
            + (', KVM' if kvm.get('enabled') is True else ', no KVM'))


def _one_round(agent, arguments):
    """The report of the program in the guest."""
    command = ['python3', '-c', LOADER, '--json=-', '--rounds=1',
               f'--seconds={arguments.seconds}',
               *(f'--only={name}' for name in arguments.only or ())]
    program = pkgutil.get_data(__name__, PROGRAM)
    limit = PATIENCE_S + 4 * len(options.NAMES) * arguments.seconds
    try:
        status, out, errors = agent.run(command, program, limit)
    except Refused as error:
        raise Missing(f'the guest agent refused to run python3: {error}; install python3'
                      ' in the guest and allow it guest-exec, or run'
                      f' {PROGRAM} there by hand') from None
    if status != 0:
        said = errors.strip().splitlines() or [f'exit status {status}']
        raise Missing('in the guest, ' + clean(said[-1]))
    return report.check(out, f'what {agent.who} sent')


def measure(monitor, agent, arguments):
    device = choose_one(monitor, arguments.device)
    device.need('statistics', 'say how it does')
    renderer = device.get('renderer-info', str)
    host = _host(monitor)
    whole = None
    for _ in range(arguments.rounds):
        before = Look(device)
        found = _one_round(agent, arguments)
        if any(len(figure['values']) != 1 for figure in found['figures'].values()):
            raise Lost(f'{agent.who} sent a report of more than one round; is it the'
                       ' guest agent?')
        add_device(found, before, Look(device))
        if whole:
            report.join(whole, found)
        else:
            whole = found
    whole['facts'].update(device=clean(f'{device.name} ({device.kind}), {renderer}'),
                          host=clean(host))
    return whole
