# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""qemu-virtio-gpu-bench: how fast a guest draws.

Run in the guest. qemu-virtio-gpu-ctl bench sends it there by the guest agent, and
adds what the device says of itself meanwhile.
"""
import argparse
import os
import re
import signal
import sys

import compare
import files
import options
import place
import programs
import report
from clean import clean

NAME = 'qemu-virtio-gpu-bench'
FAILED, USAGE = 1, 2


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f'{NAME}: {message}; "{NAME} --help" says more', file=sys.stderr)
        sys.exit(USAGE)


def parse():
    parser = Parser(prog=NAME, description='Measures how fast this guest draws.')
    options.add(parser)
    arguments = parser.parse_args()
    options.check(parser, arguments)
    return arguments


def first(path, pattern, otherwise):
    """What a file says."""
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            found = re.search(pattern, file.read(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else otherwise


def guest():
    system = first('/etc/os-release', r'^PRETTY_NAME="?([^"\n]*)', 'Linux')
    processor = first('/proc/cpuinfo', r'^model name\s*: (.*)', os.uname().machine)
    return (f'{system}, Linux {os.uname().release}, {os.cpu_count()} processors'
            f' ({processor})')


def one_round(where, wanted, seconds):
    """A report of one value each."""
    scenes = [scene for scene in options.SCENES if scene.partition(':')[0] in wanted]
    # Without a scene one is drawn all the same, to learn who draws.
    program, said = programs.glmark2(where, scenes or options.SCENES[:1],
                                     seconds if scenes else 1)
    found = report.new(seconds, {'guest': guest(), **programs.facts(said),
                                 'drawn on': where.name, 'program': program,
                                 'scenes': ', '.join(wanted)})
    rates = programs.rates(said)
    for scene in scenes:
        scene = scene.partition(':')[0]
        if scene in rates:
            report.add(found, f'glmark2 {scene}', report.RATE, rates[scene])
        else:
            found['missing'][f'glmark2 {scene}'] = 'glmark2 does not support it here'
    if len(scenes) == len(options.SCENES) == len(rates):
        report.add_mean(found, rates.values())
    if options.GEARS in wanted:
        name, lack = programs.turning(where)
        try:
            if not lack:
                report.add(found, name, report.RATE, programs.turns(where, seconds))
        except programs.Failed as error:
            lack = clean(error)
        if lack:
            found['missing'][name] = lack
    return found


def measure(arguments):
    where = place.find()
    wanted = [name for name in options.NAMES if name in (arguments.only or options.NAMES)]
    whole = None
    for number in range(arguments.rounds):
        if sys.stderr.isatty():
            print(f'round {number + 1} of {arguments.rounds} ...', file=sys.stderr)
        found = one_round(where, wanted, arguments.seconds)
        if whole:
            report.join(whole, found)
        else:
            whole = found
    whole['facts']['device'] = 'not asked, "qemu-virtio-gpu-ctl bench" on the host does'
    return whole


def main():
    arguments = parse()
    try:
        return compare.judge(NAME, arguments, lambda: measure(arguments))
    except (files.NotWritten, report.Wrong, place.Nowhere, programs.Failed) as error:
        print(f'{NAME}: {error}', file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


if __name__ == '__main__':
    sys.exit(main())
