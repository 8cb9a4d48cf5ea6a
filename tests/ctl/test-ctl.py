#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-ctl.py PROGRAM QEMU: qemu-virtio-gpu-ctl with a real QEMU, with what is none,
and through a stand-in for virsh. Prints TAP."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, '..', folder) for folder in ('guest', 'host', 'stock')]

import bench_cases                                  # noqa: E402
import peer_cases                                   # noqa: E402
import vm_cases                                     # noqa: E402
from program import Program                         # noqa: E402
from tap import run_all                             # noqa: E402


def all_cases(program):
    named = [(case.__name__.replace('_', '-'), case)
             for case in vm_cases.CASES + peer_cases.CASES + bench_cases.CASES]
    for name, case in named + list(peer_cases.peers()):
        yield name, lambda folder, case=case: case(program, folder)


sys.exit(run_all(all_cases(Program(*sys.argv[1:]))))
