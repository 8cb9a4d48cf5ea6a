# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""qemu-virtio-gpu-check: which graphics this host can offer to guests."""
import argparse
import json
import os
import re
import sys

import output
import routes
from host import Folder
from record import Record, RecordError, Recorder

NAME = 'qemu-virtio-gpu-check'
UNITS = {'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}
NOTHING_WORKS = 1
USAGE = 2


def size(text):
    match = re.fullmatch(r'(\d{1,6})([MGT])', text)
    if not match or int(match[1]) == 0:
        raise argparse.ArgumentTypeError(f'{text} is no size; 4G is one')
    return int(match[1]) * UNITS[match[2]]


def parse():
    parser = argparse.ArgumentParser(
        prog=NAME, description='Says which graphics this host can offer to guests,'
        ' and what to change for what it cannot. Nothing is changed, run or opened.')
    parser.add_argument('--json', action='store_true',
                        help='for programs; qemu-virtio-gpu-check(1) describes it')
    parser.add_argument('--memory', type=size, default=size('4G'), metavar='SIZE',
                        help='memory of the guest that a GPU is given to (4G)')
    parser.add_argument('--record', metavar='FILE',
                        help='also write what was read to a file, for a bug report')
    parser.add_argument('--root', metavar='FOLDER|FILE', default='/',
                        help='ask the files below a folder, or a recorded file')
    return parser.parse_args()


def die(sentence):
    print(f'{NAME}: {sentence}', file=sys.stderr)
    sys.exit(USAGE)


def open_host(root):
    if root == '/':
        return Folder('/', os.path.dirname(os.path.abspath(sys.argv[0])))
    if os.path.isdir(root):
        return Folder(os.path.abspath(root))
    try:
        return Record.load(root)
    except OSError as error:
        die(f'--root={root}: {error.strerror}')
    except RecordError as error:
        die(f'--root={root}: {error}')


def write_record(recorder, path):
    try:
        with open(path, 'w', encoding='utf-8') as file:
            json.dump(recorder.data(), file, indent=1)
            file.write('\n')
    except OSError as error:
        die(f'--record={path}: {error.strerror}')


def main():
    arguments = parse()
    host = open_host(arguments.root)
    if arguments.record:
        host = Recorder(host)
    report = routes.look(host, arguments.memory)
    if arguments.record:
        write_record(host, arguments.record)
    try:
        sys.stdout.write(output.for_program(report) if arguments.json
                         else output.for_person(report))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0 if routes.works(report) else NOTHING_WORKS


if __name__ == '__main__':
    sys.exit(main())
