# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Samples to figures, figures to a table and to JSON."""
import statistics

from sample import (CPU_SPEED, HIGHER_IS_BETTER, PAIRS, RATE, SPEED, TIME)

# What a waiting time of one round says is how bad it was at its worst.
WORST = frozenset((TIME,))


class Figure:
    """One name: the samples of each module, one a round, in order."""

    def __init__(self, sample):
        self.name = sample.name
        self.unit = sample.unit
        self.ratio = sample.ratio
        self.limit = sample.limit
        self.more = sample.more
        self.values = {'stock': [], 'ours': []}
        self.refused = set()

    def add(self, who, value):
        if value is None:
            self.refused.add(who)
        else:
            self.values[who].append(value)

    def median(self, who):
        return statistics.median(self.values[who])

    def spread(self, who):
        """Half of the way from the smallest to the largest, of the median."""
        values = self.values[who]
        middle = self.median(who)
        return (max(values) - min(values)) / 2 / middle if middle else 0

    def ratios(self):
        """Ours over stock's, round by round."""
        return [o / s for o, s in zip(self.values['ours'],
                                      self.values['stock']) if s]

    def verdict(self):
        """
        '' where there is no target, else 'ok' or what is missed; 'unclear'
        where one of the rounds reached it.
        """
        if 'ours' in self.refused:
            return 'MISSED: refused'
        if not self.values['ours']:
            return ''
        if self.limit is not None:
            worst = max(self.values['ours'])
            if worst > self.limit:
                return f'MISSED <= {self.limit:g}'
            if self.ratio is None:
                return 'ok'
        if self.more is not None and self.values['stock']:
            most = self.median('stock') + self.more
            return ('ok' if self.median('ours') <= most else
                    f'MISSED <= stock + {self.more:g}')
        ratios = self.ratios()
        if self.ratio is None or not ratios:
            return ''
        # So that more is better for all.
        if self.unit in HIGHER_IS_BETTER:
            sign, bound = 1, '>='
        else:
            sign, bound = -1, '<='
        if sign * statistics.median(ratios) >= sign * self.ratio:
            return 'ok'
        if max(sign * ratio for ratio in ratios) >= sign * self.ratio:
            return f'unclear {bound} {self.ratio:g}'
        return f'MISSED {bound} {self.ratio:g}'

    def as_json(self):
        return {'name': self.name, 'unit': self.unit, 'values': self.values,
                'target_ratio': self.ratio, 'target_limit': self.limit,
                'target_more': self.more,
                'refused': sorted(self.refused), 'verdict': self.verdict()}


def _number(value, unit):
    if unit in (RATE, SPEED, CPU_SPEED, PAIRS):
        return f'{value:,.0f}'
    return f'{value:,.0f}' if value >= 1000 else f'{value:.3g}'


def _cell(figure, who):
    values = figure.values[who]
    if not values:
        return 'refused' if who in figure.refused else '-'
    text = _number(figure.median(who), figure.unit)
    if figure.unit in WORST:
        return f'{text} max {_number(max(values), figure.unit)}'
    return f'{text} ±{figure.spread(who) * 100:.0f}%'


def _ratio(figure):
    ratios = figure.ratios()
    if not ratios:
        return '-'
    return (f'{statistics.median(ratios):.2f} '
            f'({min(ratios):.2f}-{max(ratios):.2f})')


def table(figures, copies):
    """@copies: MB/s of memcpy by name of size, medians."""
    rows = [('', 'stock', 'ours', 'ours/stock', 'target')]
    unit = None
    # A unit stands where the first figure of it does.
    units = list(dict.fromkeys(f.unit for f in figures))
    for f in sorted(figures, key=lambda f: units.index(f.unit)):
        if f.unit != unit:
            unit = f.unit
            rows.append((f'-- {unit}', '', '', '', ''))
        rows.append((f.name, _cell(f, 'stock'), _cell(f, 'ours'), _ratio(f),
                     f.verdict()))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    lines = ['  '.join(cell.ljust(width) if i in (0, 4) else cell.rjust(width)
                       for i, (cell, width) in enumerate(zip(row, widths)))
             .rstrip() for row in rows]
    lines.append('')
    lines += [f'memcpy {name}: {rate:,.0f} MB/s'
              for name, rate in copies.items()]
    return '\n'.join(lines)


def shapes(figures, copies):
    """How much longer a transfer takes than one contiguous memcpy."""
    lines = ['time of a transfer over that of one contiguous memcpy of its '
             'size (aim: 1.2)']
    for f in figures:
        words = f.name.split()
        if words[0] != 'transfer' or words[1] not in copies:
            continue
        times = [f'{who} {copies[words[1]] / f.median(who):.2f}'
                 for who in ('stock', 'ours') if f.values[who]]
        lines.append(f'  {f.name[9:]:36} {"  ".join(times)}')
    return '\n'.join(lines) if len(lines) > 1 else ''
