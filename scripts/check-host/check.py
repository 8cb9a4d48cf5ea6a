# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A check is something looked at; a route is a chain of them."""
import collections

# From good to bad.
STATES = ('ok', 'partial', 'unknown', 'missing')

Check = collections.namedtuple('Check', 'name state says remedy facts')


def ok(name, says, **facts):
    return Check(name, 'ok', says, None, facts)


def partial(name, says, remedy, **facts):
    return Check(name, 'partial', says, remedy, facts)


def unknown(name, says, remedy, **facts):
    return Check(name, 'unknown', says, remedy, facts)


def missing(name, says, remedy, **facts):
    """The remedy is one thing to do, in the imperative."""
    return Check(name, 'missing', says, remedy, facts)


def worst(checks):
    """The first of those in the worst state; it has the remedy to begin with."""
    return max(checks, key=lambda check: STATES.index(check.state))


def until_missing(checks):
    """Later checks suppose that what comes before is there."""
    done = []
    for check in checks:
        done.append(check)
        if check.state == 'missing':
            break
    return done


def _merit(checks):
    """How near a chain of checks is to work: its state, then how far it gets."""
    decides = worst(checks)
    return -STATES.index(decides.state), checks.index(decides)


def best(chains):
    """Of several devices' chains the one that is nearest to work."""
    return max(chains, key=_merit)


class Route:
    """One way to give a guest graphics. It needs every check of its chain."""

    def __init__(self, name, title, checks):
        self.name = name
        self.title = title
        self.checks = until_missing(checks)
        decides = worst(self.checks)
        self.state = decides.state
        self.says = decides.says if decides.remedy else self.checks[-1].says
        self.remedy = decides.remedy

    @property
    def works(self):
        return self.state in ('ok', 'partial')
