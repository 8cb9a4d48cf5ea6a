# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The report, for a person and for a program."""
import json
import re
import textwrap

from routes import works

# Raised when a field changes or goes; new fields may come without.
SCHEMA = 1
MARKS = {'ok': 'yes', 'partial': 'part', 'unknown': '?', 'missing': 'no'}
WIDTH = 78
NAME_WIDTH = 14
# No white space to textwrap, and in no text.
GLUE = '\x1f'
INDENT = ' ' * (NAME_WIDTH + 6)


def _fill(text, first, then):
    """What is quoted is a command, and stays whole to be copied."""
    joined = re.sub(r'"[^"]*"', lambda quoted: quoted[0].replace(' ', GLUE), text)
    return textwrap.fill(joined, WIDTH, initial_indent=first, subsequent_indent=then,
                         break_long_words=False, break_on_hyphens=False
                         ).replace(GLUE, ' ')


def _line(state, name, says):
    return _fill(says, f'{MARKS[state]:4} {name:{NAME_WIDTH}} ', INDENT)


def _remedy(text):
    return _fill(text, INDENT + '-> ', INDENT + '   ')


def _of_gpu(gpu):
    vfs = f', {gpu.num_vfs} of {gpu.total_vfs} virtual functions' \
        if gpu.total_vfs else ''
    group = f', IOMMU group {gpu.group}' if gpu.group else ''
    return f'     {"gpu":{NAME_WIDTH}} {gpu.name}, driver {gpu.driver or "none"}{group}{vfs}'


def for_person(report):
    lines = ['This host:']
    lines += [_line(check.state, check.name, check.says) for check in report.host]
    lines += [_of_gpu(gpu) for gpu in report.gpus]
    lines += ['', 'What it can offer to a guest:']
    for route in report.routes:
        lines.append(_line(route.state, route.name, route.says))
        if route.remedy:
            lines.append(_remedy(route.remedy))
    if report.user == 0:
        lines += ['', 'Asked as root, who may open everything. QEMU mostly runs as'
                  ' another user:', 'ask as that one.']
    return '\n'.join(lines) + '\n'


def _of_check(check):
    return {'name': check.name, 'state': check.state, 'says': check.says,
            'remedy': check.remedy, 'facts': check.facts}


def for_program(report):
    data = {
        'schema': SCHEMA,
        'works': works(report),
        'user': report.user,
        'host': [_of_check(check) for check in report.host],
        'gpus': [gpu.facts() for gpu in report.gpus],
        'routes': [{'name': route.name, 'title': route.title, 'state': route.state,
                    'says': route.says, 'remedy': route.remedy,
                    'checks': [_of_check(check) for check in route.checks]}
                   for route in report.routes],
    }
    return json.dumps(data, indent=2) + '\n'
