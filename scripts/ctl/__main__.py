# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""qemu-virtio-gpu-ctl: virtio-gpu of a VM that runs."""
import argparse
import json
import os
import signal
import sys
import time

import bench
import compare
import files
import listing
import options
import outputs
import report
import screenshot
import stats
from agent import UnixAgent, VirshAgent
from device import MAX_HEADS, Missing, choose, choose_one
from options import seconds
from qmp import Lost, Refused, UnixMonitor, VirshMonitor

NAME = 'qemu-virtio-gpu-ctl'
REFUSED = 1
USAGE = 2
LOST = 3
# Raised when a field changes or goes; new fields may come without.
SCHEMA = 1
TIMEOUT_S = 10
HOME_AND_CLEAR = '\033[H\033[J'


class Parser(argparse.ArgumentParser):
    def error(self, message):
        print(f'{NAME}: {message}; "{self.prog} --help" says more', file=sys.stderr)
        sys.exit(USAGE)


def head(text):
    if not (text.isascii() and text.isdigit() and len(text) <= 4
            and int(text) < MAX_HEADS):
        raise argparse.ArgumentTypeError(
            f'{text} is no head; they are numbered from 0 to {MAX_HEADS - 1}')
    return int(text)


def picture(text):
    if text != '-' and not text.lower().endswith('.png'):
        raise argparse.ArgumentTypeError(
            f'{text} does not end in .png, which is what is written')
    return text


def add_where(parser, default):
    """Options that may stand before the command or behind it."""
    parser.add_argument('--qmp', metavar='SOCKET', default=default,
                        help='QEMU\'s monitor, -qmp unix:SOCKET,server=on,wait=off')
    parser.add_argument('--domain', metavar='NAME', default=default,
                        help='a libvirt domain, instead')
    parser.add_argument('--connect', metavar='URI', default=default,
                        help='the libvirt that has the domain')
    parser.add_argument('--device', metavar='ID', default=default,
                        help='which virtio-gpu, where there are several')
    parser.add_argument('--timeout', type=seconds(0.1, 3600), metavar='SECONDS',
                        default=default,
                        help=f'how long an answer may take ({TIMEOUT_S})')


# Name, what it does, what it sets; mode sets what stands behind the head.
CHANGES = (
    ('connect', 'Plug a monitor into a head.', {'connected': True}),
    ('disconnect', 'Unplug a head\'s monitor.', {'connected': False}),
    ('mode', 'Give a head\'s monitor a mode.', {}),
    ('release', 'Leave a head to who looks at it.', {'control': 'client'}),
)


def add_change(command, members):
    command.add_argument('head', metavar='HEAD', type=head, help='the first is 0')
    if not members:
        command.add_argument('mode', metavar='WIDTHxHEIGHT[@HZ]', type=outputs.mode)
    if 'control' not in members:
        command.add_argument('--until-client', action='store_true',
                             help='until somebody who looks wishes something else')
    command.set_defaults(members=members)


def parse():
    parser = Parser(prog=NAME, description='Shows and changes the virtio-gpu of a VM'
                    ' that runs.')
    add_where(parser, None)
    where = argparse.ArgumentParser(add_help=False)
    add_where(where, argparse.SUPPRESS)
    commands = parser.add_subparsers(dest='command', metavar='COMMAND', required=True,
                                     parser_class=Parser)

    def add(name, run, text):
        command = commands.add_parser(name, parents=[where], help=text,
                                      description=text)
        command.set_defaults(run=run)
        return command
    add('list', run_list, 'Devices, heads and viewers.').add_argument(
        '--json', action='store_true', help='for programs')
    for name, text, members in CHANGES:
        add_change(add(name, run_change, text), members)
    shot = add('screenshot', run_screenshot, 'What a head shows, as PNG.')
    shot.add_argument('head', metavar='HEAD', nargs='?', type=head, default=0,
                      help='the first is 0')
    shot.add_argument('file', metavar='FILE.png', type=picture,
                      help='- is standard output')
    figures = add('stats', run_stats, 'What the devices say of themselves.')
    figures.add_argument('--json', action='store_true', help='for programs')
    figures.add_argument('--watch', nargs='?', type=seconds(0.1, 3600), const=1.0,
                         metavar='SECONDS', help='again and again (1)')
    measured = add('bench', run_bench, 'How fast the guest draws, by its agent.')
    measured.add_argument('--agent', metavar='SOCKET',
                          help='that of the guest agent\'s port, beside --qmp')
    options.add(measured)
    arguments = parser.parse_args()
    check_where(parser, arguments)
    return arguments


def check_where(parser, arguments):
    if bool(arguments.qmp) == bool(arguments.domain):
        parser.error('name the VM with --qmp SOCKET or with --domain NAME, and one of'
                     ' them')
    if arguments.connect and not arguments.domain:
        parser.error('--connect goes with --domain')
    if arguments.command == 'bench':
        options.check(parser, arguments)
        if bool(arguments.agent) != bool(arguments.qmp):
            parser.error('--agent SOCKET goes with --qmp, and not with --domain, whose'
                         ' agent libvirt has')


def to_json(data):
    print(json.dumps(data), flush=True)


def run_list(monitor, arguments):
    found = listing.read(monitor, choose(monitor, arguments.device))
    if arguments.json:
        to_json({'schema': SCHEMA, 'devices': list(found)})
        return
    for description in found:
        print(*listing.lines(description), sep='\n')


def run_change(monitor, arguments):
    device = choose_one(monitor, arguments.device)
    members = {**arguments.members, **getattr(arguments, 'mode', {})}
    if getattr(arguments, 'until_client', False):
        members['control'] = 'client'
    changed = outputs.change(device, arguments.head, members)
    print(f'head {arguments.head} of {device.name}: {outputs.describe(changed)}')


def run_screenshot(monitor, arguments):
    if arguments.file == '-' and sys.stdout.isatty():
        raise Missing('a PNG is nothing for a terminal; name a file, or direct the'
                      ' output to one')
    device = choose_one(monitor, arguments.device)
    png, width, height = screenshot.take(device, arguments.head)
    files.write(arguments.file, png)
    if arguments.file != '-':
        print(f'{arguments.file}: {width}x{height}, head {arguments.head} of'
              f' {device.name}')


def run_stats(monitor, arguments):
    devices = choose(monitor, arguments.device)
    before = None
    while True:
        look = stats.Look(devices)
        if arguments.json:
            to_json({'schema': SCHEMA, 'devices': look.for_program()})
        else:
            if arguments.watch and sys.stdout.isatty():
                print(HOME_AND_CLEAR, end='')
            elif before:
                print()
            print(*look.lines(before), sep='\n', flush=True)
        if not arguments.watch:
            return
        before = look
        time.sleep(arguments.watch)


def run_bench(monitor, arguments):
    with open_agent(arguments) as agent:
        return compare.judge(NAME, arguments,
                             lambda: bench.measure(monitor, agent, arguments))


def open_agent(arguments):
    timeout = arguments.timeout or TIMEOUT_S
    if arguments.agent:
        return UnixAgent(arguments.agent, timeout)
    return VirshAgent(arguments.domain, arguments.connect, timeout)


def open_monitor(arguments):
    timeout = arguments.timeout or TIMEOUT_S
    if arguments.qmp:
        return UnixMonitor(arguments.qmp, timeout)
    return VirshMonitor(arguments.domain, arguments.connect, timeout)


def main():
    arguments = parse()
    try:
        with open_monitor(arguments) as monitor:
            return arguments.run(monitor, arguments) or 0
    except (Missing, Refused, report.Wrong, files.NotWritten) as error:
        status = REFUSED
        print(f'{NAME}: {error}', file=sys.stderr)
    except Lost as error:
        status = LOST
        print(f'{NAME}: {error}', file=sys.stderr)
    except BrokenPipeError:
        # Who reads has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 0 if getattr(arguments, 'watch', None) else 128 + signal.SIGINT
    return status


if __name__ == '__main__':
    sys.exit(main())
