#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""check.py BUILD MESON [TEST...]: runs the tests and counts their cases.

Meson counts programs; a person wants to know how many cases passed. The last
line is "N passed, N failed", with ", N skipped" where cases were skipped; what
failed and why something was skipped stands above it.
"""
import json
import os
import re
import subprocess
import sys

TAP_LINE = re.compile(r'^(?P<no>not )?ok\b\s*\d*\s*(?:-\s*)?(?P<name>[^#]*)'
                      r'(?:#\s*(?P<word>SKIP|TODO)\S*\s*(?P<why>.*))?$', re.I)
DIAGNOSIS_LINES = 30


class Tally:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def add_case(self, program, match, diagnosis):
        name = f'{program}: {match["name"].strip()}'
        word = (match['word'] or '').upper()
        if word == 'SKIP':
            self.skipped.append(f'{name}: {match["why"] or "no reason given"}')
        elif match['no'] and word != 'TODO':
            self.failed.append('\n'.join([name] + diagnosis[-DIAGNOSIS_LINES:]))
        else:
            self.passed += 1

    def add_program(self, program, result, returncode, stdout):
        """Add what one program of the test log did."""
        before = len(self.failed)
        cases = 0
        diagnosis = []
        for line in stdout.splitlines():
            match = TAP_LINE.match(line)
            if match:
                self.add_case(program, match, diagnosis)
                cases += 1
                diagnosis = []
            elif line.startswith('#'):
                diagnosis.append('  ' + line)
        everything = re.search(r'^1\.\.0\b\s*(?:#\s*SKIP\S*\s*(.*))?$', stdout,
                               re.M | re.I)
        if everything:
            self.skipped.append(f'{program}: {everything[1] or "no reason given"}')
        elif result == 'SKIP' and not cases:
            lines = stdout.strip().splitlines() or ['no reason given']
            self.skipped.append(f'{program}: {lines[-1]}')
        elif result in ('OK', 'EXPECTEDFAIL') and not cases:
            self.passed += 1
        elif result not in ('OK', 'SKIP', 'EXPECTEDFAIL') \
                and len(self.failed) == before:
            # It died, ran out of time or ended before its plan.
            self.failed.append(f'{program}: {result.lower()},'
                               f' exit status {returncode}')

    def report(self):
        for case in self.skipped:
            print(f'skipped: {case}')
        for case in self.failed:
            print(f'FAILED: {case}')
        line = f'{self.passed} passed, {len(self.failed)} failed'
        if self.skipped:
            line += f', {len(self.skipped)} skipped'
        print(line, flush=True)


def main():
    build, meson, *names = sys.argv[1:]
    # Meson names it after the setup.
    setups = [name.partition('=')[2] for name in names
              if name.startswith('--setup=')]
    log = os.path.join(build, 'meson-logs',
                       '-'.join(['testlog', *setups]) + '.json')
    if os.path.exists(log):
        os.unlink(log)
    done = subprocess.run([meson, 'test', '-C', build,
                           '--print-errorlogs', *names], check=False)
    tally = Tally()
    if os.path.exists(log):
        with open(log, encoding='utf-8') as f:
            for line in f:
                test = json.loads(line)
                tally.add_program(test['name'].split(' / ')[-1], test['result'],
                                  test['returncode'], test.get('stdout') or '')
    if not tally.passed and not tally.failed and not tally.skipped:
        tally.failed.append('meson test: no test ran, exit status '
                            f'{done.returncode}')
    tally.report()
    return 1 if tally.failed or done.returncode else 0


if __name__ == '__main__':
    sys.exit(main())
