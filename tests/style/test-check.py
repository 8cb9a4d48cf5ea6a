#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-check.py CHECK: tests how scripts/check.py counts. Prints TAP."""
import importlib.util
import sys

# name, result and output of a program, passed, failed, skipped, text reported
CASES = (
    ('cases that pass', 'OK', '1..2\nok 1 a\nok 2 - b\n', 2, 0, 0, ''),
    ('a case that fails, with its diagnosis', 'FAIL',
     '1..2\nok 1 a\n# 3 is not 4\nnot ok 2 b\n', 1, 1, 0, '3 is not 4'),
    ('a failing case of a program that also exits 1', 'ERROR',
     '1..1\nnot ok 1 a\n', 0, 1, 0, 't: a'),
    ('a crash after a case that passed', 'FAIL', '1..2\nok 1 a\n', 1, 1, 0,
     'exit status'),
    ('a program that ran out of time', 'TIMEOUT', 'ok 1 a\n', 1, 1, 0, 'timeout'),
    ('a skipped case and why', 'OK', '1..1\nok 1 a # SKIP no /dev/kvm\n', 0, 0, 1,
     't: a: no /dev/kvm'),
    ('a skipped program and why', 'SKIP', '1..0 # SKIP no kernel\n', 0, 0, 1,
     't: no kernel'),
    ('a program without cases', 'OK', '', 1, 0, 0, ''),
    ('a program without cases that fails', 'FAIL', '', 0, 1, 0, 'fail'),
    ('a program that skips by its exit status', 'SKIP', 'no kernel\n', 0, 0, 1,
     'no kernel'),
    ('a known failure', 'OK', '1..1\nnot ok 1 a # TODO later\n', 1, 0, 0, ''),
)


def main():
    spec = importlib.util.spec_from_file_location('check', sys.argv[1])
    check = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(check)
    print(f'1..{len(CASES)}')
    bad = False
    for number, case in enumerate(CASES, 1):
        name, result, output, passed, failed, skipped, text = case
        tally = check.Tally()
        tally.add_program('t', result, 1, output)
        got = (tally.passed, len(tally.failed), len(tally.skipped))
        good = (got == (passed, failed, skipped)
                and text in '\n'.join(tally.failed + tally.skipped))
        if not good:
            bad = True
            print(f'# expected {(passed, failed, skipped)} and "{text}",'
                  f' got {got} and {tally.failed + tally.skipped}')
        print(f'{"ok" if good else "not ok"} {number} - {name}')
    return 1 if bad else 0


sys.exit(main())
