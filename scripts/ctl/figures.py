# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The property "statistics" of a device, as docs/metrics.md describes it.

A family that a version does not have counts as 0; one of another form is a Lost.
"""
from clean import clean
from qmp import Lost, objects


class Figures:
    """What a device had counted at one time."""

    def __init__(self, statistics, who):
        self.families, = objects([statistics], who)
        self.who = who

    def _number(self, value):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or \
                not 0 <= value < 1 << 64:
            raise Lost(f'{self.who} sent a figure that is no number; is it QEMU?')
        return value

    def _samples(self, name, labels):
        family = self.families.get(name, [])
        if isinstance(family, (int, float)):
            return [{'value': family}]
        if isinstance(family, dict):
            return [family]
        return [sample for sample in objects(family, self.who)
                if all(sample.get(key) == value for key, value in labels.items())]

    def total(self, name, **labels):
        """The sum of a family, or of what has these labels in it."""
        return sum(self._number(sample.get('value'))
                   for sample in self._samples(name, labels))

    def by(self, name, label):
        """The sum of a family for each value of a label that it has."""
        found = {}
        for sample in self._samples(name, {}):
            key = clean(sample.get(label, ''))
            found[key] = found.get(key, 0) + self._number(sample.get('value'))
        return found

    def timing(self, name, **labels):
        """How often something was timed, and the seconds of all of it."""
        samples = self._samples(name, labels)
        return tuple(sum(self._number(sample.get(key)) for sample in samples)
                     for key in ('count', 'sum'))

    def buckets(self, name, **labels):
        """Upper ends in seconds, the last one infinity, and how many are below."""
        found = {}
        for sample in self._samples(name, labels):
            for bucket in objects(sample.get('buckets'), self.who):
                end = bucket.get('le')
                end = float('inf') if end is None else self._number(end)
                found[end] = found.get(end, 0) + self._number(bucket.get('count'))
        return found


def growth(now, before, name, **labels):
    """What a histogram's buckets have more than before."""
    earlier = before.buckets(name, **labels) if before else {}
    return {end: count - earlier.get(end, 0)
            for end, count in now.buckets(name, **labels).items()}


def quantile(buckets, part):
    """The upper end of the bucket that this part of all lies in; None without any."""
    left = part * sum(buckets.values())
    for end in sorted(buckets):
        left -= buckets[end]
        if left <= 0 < buckets[end]:
            return end
    return None
