# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Runs cases that assert, each with a folder of its own, and prints TAP."""
import tempfile


class Skip(Exception):
    """Why a case cannot be run here."""


def _run(case):
    """The words of a line of TAP: before its name, and behind it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            case(folder)
        except Skip as why:
            return 'ok', f' # SKIP {why}'
        except AssertionError as error:
            for line in str(error).splitlines() or ['a bare assertion']:
                print('#', line)
            return 'not ok', ''
    return 'ok', ''


def run_all(cases):
    """cases are pairs of name and function; the exit status."""
    cases = list(cases)
    print(f'1..{len(cases)}')
    failures = 0
    for number, (name, case) in enumerate(cases, 1):
        word, why = _run(case)
        failures += word != 'ok'
        print(f'{word} {number} - {name}{why}', flush=True)
    return 1 if failures else 0
