# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Two reports: how a figure was, and is."""
import sys

import files
import report
from options import WORSE
from report import BETTER, spread


class Change:
    """A figure that both have: now over then, with its scatter."""

    def __init__(self, now, then):
        self.better = BETTER.get(now['unit'])
        self.now, self.then = spread(now), spread(then)
        self.ratio = self._over(0, 0)
        self.low, self.high = self._over(1, 2), self._over(2, 1)

    def _over(self, mine, theirs):
        return self.now[mine] / self.then[theirs] if self.then[theirs] else None

    def __str__(self):
        if self.ratio is None:
            return 'the baseline is 0'
        return f'{self.ratio:.2f} ({self.low:.2f} to {self.high:.2f})' \
            if self.low is not None and self.high is not None else f'{self.ratio:.2f}'

    def is_worse(self, percent):
        """Beyond the tolerance, and not by chance: no round was like the baseline's."""
        if self.better is max:
            return (self.now[0] < self.then[0] * (1 - percent / 100)
                    and self.now[2] < self.then[1])
        if self.better is min:
            return (self.now[0] > self.then[0] * (1 + percent / 100)
                    and self.now[1] > self.then[2])
        return False


def changes(now, then):
    """Of each figure that both have, in the same unit."""
    figures = then['figures']
    return {name: Change(figure, figures[name])
            for name, figure in now['figures'].items()
            if name in figures and figures[name]['unit'] == figure['unit']}


def differences(now, then):
    """What was measured otherwise, so that ratios say something else."""
    pairs = [('seconds', now['seconds'], then['seconds'])]
    pairs += [(name, now['facts'].get(name, 'not known'), text)
              for name, text in then['facts'].items()]
    for name, ours, theirs in pairs:
        if ours != theirs:
            yield f'{name} was "{theirs}" in the baseline, and is "{ours}"'


def worse(now, then, percent):
    """A sentence for each figure that got worse by more, or a rate that is not there any more.

    Delays are those of all that was drawn, so of what was drawn otherwise not judged,
    and none where nothing was asked for.
    """
    alike = _drawn(now) == _drawn(then)
    found = changes(now, then)
    for name, change in found.items():
        if change.is_worse(percent) and (alike or change.better is max):
            yield f'{name} is {change} times the baseline'
    for name, figure in then['figures'].items():
        if alike and name not in found and BETTER.get(figure['unit']) is max:
            yield f'{name} was not measured, and the baseline has it'


def _drawn(found):
    return found['facts'].get('scenes'), found['seconds']


def judge(name, arguments, measure):
    """Measure, show and keep the report; the exit status."""
    then = report.load(arguments.baseline) if arguments.baseline else None
    if arguments.json:
        files.check(arguments.json)
    now = measure()
    if arguments.json != '-':
        remarks = {name: str(change) for name, change in changes(now, then).items()} \
            if then else {}
        print(*report.lines(now, remarks), sep='\n')
        for sentence in differences(now, then) if then else ():
            print(f'Not alike: {sentence}.')
    if arguments.json:
        report.save(arguments.json, now)
    if arguments.tolerance is None:
        return 0
    found = list(worse(now, then, arguments.tolerance))
    if found:
        more = f', and {len(found) - 1} more' if len(found) > 1 else ''
        print(f'{name}: {found[0]}{more}; more than {arguments.tolerance} % are worse'
              ' than the baseline allows', file=sys.stderr)
    return WORSE if found else 0
