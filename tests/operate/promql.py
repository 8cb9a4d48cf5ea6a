# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Which metrics and labels of ours an expression of PromQL names.

It finds names and does not parse; that an expression is one is promtool's to say.
"""
import re

PREFIX = 'qemu_virtio_gpu_'
SELECTOR = re.compile(r'\b(' + PREFIX + r'\w+)\s*(?:\{([^}]*)\})?')
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"')
GROUPING = re.compile(r'\b(?:by|without|on|ignoring|group_left|group_right)\s*'
                      r'\(([\w\s,]*)\)')
KEPT = re.compile(r'\b(?:by|on)\s*\(([\w\s,]*)\)')
SAMPLE = re.compile(r'^(' + PREFIX + r'\w+)\{(.*)\} \S+$', re.M)

# What Prometheus adds to each sample.
ADDED = {'job', 'instance'}
# Samples of one device have the same of all of these.
WHOSE = ADDED | {'domain', 'device'}
# Of these an exposition has only values that came up.
OPEN = {'domain', 'device', 'command', 'result', 'route', 'renderer', 'version'} | ADDED


class Exposition:
    """The metrics of a text: by name, what values each label has."""

    def __init__(self, text):
        self.metrics = {}
        for name, labels in SAMPLE.findall(text):
            known = self.metrics.setdefault(name, {label: set() for label in ADDED})
            for label, _, value in MATCHER.findall(labels):
                known.setdefault(label, set()).add(value)

    def unknown(self, expression):
        """One sentence for each name in it that the device does not have."""
        named = set()
        for metric, matchers in SELECTOR.findall(expression):
            known = self.metrics.get(metric)
            if known is None:
                yield f'there is no {metric}'
                continue
            named |= set(known)
            for label, operator, value in MATCHER.findall(matchers):
                if label not in known:
                    yield f'{metric} has no label {label}'
                elif operator == '=' and label not in OPEN and \
                        value not in known[label]:
                    yield f'{metric} has no {label}="{value}"'
        for labels in GROUPING.findall(expression) if named else ():
            for label in re.findall(r'\w+', labels):
                if label not in named:
                    yield f'nothing here has a label {label}'


def mixes_devices(expression):
    """Whether it sums or joins by fewer labels than tell devices apart."""
    return any(not WHOSE <= set(re.findall(r'\w+', labels))
               for labels in KEPT.findall(expression))


def documented(text):
    """The expressions that docs/metrics.md shows."""
    found = re.findall(r'^ {4}(.*' + PREFIX + r'.*)$', text, re.M)
    assert found, 'the document shows no expression'
    return found
