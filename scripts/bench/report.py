# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A report: what was measured, and of what.

    {'schema': 1, 'made': '2026-11-29T10:00:00Z', 'seconds': 5,
     'facts': {'drawn by': 'virgl', ...},
     'figures': {'glmark2 build': {'unit': 'frames/s', 'values': [250.0, 263.0]}},
     'missing': {'kmscube': 'it is not installed'}}

One from a file, or from a guest, is not trusted: check() raises Wrong.
"""
import json
import math
import statistics
import time

import files
from clean import clean

SCHEMA = 1
# A guest that means no good cannot make it longer.
MOST_ENTRIES = 200
RATE, DELAY, BOUND, SHARE, OFTEN = ('frames/s', 'ms', 'ms at most', '% of a processor',
                                    'requests/s')
# Which of two is the better one; the others are not judged.
BETTER = {RATE: max, DELAY: min}
NAME_WIDTH = 24
UNIT_WIDTH = 16
MEAN = 'glmark2, geometric mean'


class Wrong(Exception):
    """What is no report, or cannot be read: a sentence."""


def new(seconds, facts):
    return {'schema': SCHEMA, 'made': time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
            'seconds': seconds,
            'facts': {name: clean(text) for name, text in facts.items()},
            'figures': {}, 'missing': {}}


def add(report, name, unit, value):
    figure = report['figures'].setdefault(name, {'unit': unit, 'values': []})
    figure['values'].append(round(value, 6))


def add_mean(report, rates):
    """Of one round's scenes."""
    add(report, MEAN, RATE, math.exp(sum(math.log(max(rate, 0.1)) for rate in rates)
                                     / len(rates)))


def join(report, more):
    """Add the rounds of another one of the same guest."""
    for name, figure in more['figures'].items():
        for value in figure['values']:
            add(report, name, figure['unit'], value)
    report['missing'].update(more['missing'])


def _is_number(value, low):
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and low <= value < 1e12)


def _are_texts(value):
    return (isinstance(value, dict) and len(value) <= MOST_ENTRIES and
            all(isinstance(text, str) and clean(text) == text
                for pair in value.items() for text in pair))


def _is_figure(figure):
    if not isinstance(figure, dict) or not isinstance(figure.get('unit'), str):
        return False
    values = figure.get('values')
    return (clean(figure['unit']) == figure['unit'] and isinstance(values, list)
            and 0 < len(values) <= MOST_ENTRIES
            and all(_is_number(value, 0) for value in values))


def check(text, who):
    """The report in a text."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or 'schema' not in data:
        raise Wrong(f'{who} has no report in it; name a file that --json wrote')
    if data['schema'] != SCHEMA:
        raise Wrong(f'{who} is a report of another version, {clean(data["schema"])}'
                    f' where {SCHEMA} is understood; measure it again')
    figures = data.get('figures')
    if not (isinstance(data.get('made'), str) and clean(data['made']) == data['made']
            and _is_number(data.get('seconds'), 1) and _are_texts(data.get('facts'))
            and _are_texts(data.get('missing')) and isinstance(figures, dict)
            and _are_texts({name: '' for name in figures})
            and all(map(_is_figure, figures.values()))):
        raise Wrong(f'{who} is a report that somebody changed or cut short; measure it'
                    ' again')
    return data


def load(path):
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read(1 << 20)
    except OSError as error:
        raise Wrong(f'{path}: {error.strerror}; name a file that --json wrote') from None
    except ValueError:
        text = ''
    return check(text, path)


def save(path, report):
    files.write(path, (json.dumps(report, indent=1) + '\n').encode())


def number(value):
    """For a person: three digits that count."""
    return f'{value:.0f}' if value >= 100 else f'{value:.3g}'


def spread(figure):
    """Median, least and most."""
    values = figure['values']
    return statistics.median(values), min(values), max(values)


def lines(report, remarks=None):
    """For a person; remarks have a word to some figures."""
    remarks = remarks or {}
    rounds = max((len(figure['values']) for figure in report['figures'].values()),
                 default=0)
    yield (f'{report["made"]}, {rounds} round{"s" if rounds != 1 else ""} of'
           f' {report["seconds"]:g} s')
    for name, text in report['facts'].items():
        yield f'  {name:10} {text}'
    yield (f'{"":{NAME_WIDTH}} {"median":>8} {"least":>8} {"most":>8}  '
           + (f'{"":{UNIT_WIDTH}} over the baseline' if remarks else '')).rstrip()
    for name, figure in report['figures'].items():
        middle = ' '.join(f'{number(value):>8}' for value in spread(figure))
        unit = figure['unit']
        yield (f'{name:{NAME_WIDTH}} {middle}  {unit:{UNIT_WIDTH}}'
               f' {remarks.get(name, "")}').rstrip()
    for name, reason in report['missing'].items():
        yield f'{name:{NAME_WIDTH}} not measured: {reason}'
