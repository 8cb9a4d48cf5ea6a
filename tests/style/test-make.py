#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-make.py SOURCE: each check of the Makefile does something, here and with DEBIAN=.

A phony target without a rule is done at once, and make ends as if it had passed. Prints TAP.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

NOTHING = 'Nothing to be done'
# That which runs this has its own.
NOT_OURS = ('DEBIAN', 'MAKEFLAGS', 'MAKELEVEL', 'MFLAGS', 'TESTS')


def targets(makefile):
    phony = re.search(r'^\.PHONY:((?:.*\\\n)*.*)', makefile, re.MULTILINE)[1]
    return [name for name in phony.split() if re.fullmatch(r'check(-\w+)?|deb', name)]


def main():
    source = Path(sys.argv[1])
    names = targets((source / 'Makefile').read_text())
    cases = [(name, words) for name in names for words in ((), ('DEBIAN=trixie',))]
    environment = {name: value for name, value in os.environ.items()
                   if name not in NOT_OURS}
    print(f'1..{len(cases)}')
    failed = 0
    for number, (name, words) in enumerate(cases, 1):
        done = subprocess.run(['make', '-n', '-C', source, name, *words],
                              capture_output=True, text=True, check=False,
                              env={**environment, 'LC_ALL': 'C'})
        wrong = done.returncode or NOTHING in done.stdout
        failed += bool(wrong)
        print(f'{"not ok" if wrong else "ok"} {number} - make {" ".join((name, *words))}')
        if wrong:
            print(f'# {(done.stdout + done.stderr).strip()}')
    return 1 if failed or not cases else 0


sys.exit(main())
