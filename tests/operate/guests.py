# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What the tests of operators' programs have in common: arguments, and cases on a guest."""
import argparse
from pathlib import Path

from vm import GuestError


def parser(description):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--modules", required=True)
    options.add_argument("--qemu", required=True)
    options.add_argument("--preload")
    options.add_argument("--output", type=Path, required=True)
    return options


def run_cases(tap, cases, run):
    """Each by its first line of text."""
    for case in cases:
        try:
            case(run)
            tap.result(case.__doc__)
        except (GuestError, OSError) as error:
            tap.result(case.__doc__, error)
