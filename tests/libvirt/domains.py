#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Start the domains of contrib/libvirt with a libvirtd of our own; TAP.

Each is one boot of the test guest, under TCG, with the launcher of the build folder
as its emulator.
"""

import argparse
import signal
import sys
import time
from pathlib import Path

import daemon_cases
import domain_cases
from daemon import ROOT, GuestError, Libvirt
from domain import Domain
from run import Tap, run_case
from vm import build_image

GL_MEMORY_MIB = 1024
MEMORY_MIB = 512


def cases_of(name):
    traits = domain_cases.DOMAINS[name]
    return [(title, function) for title, trait, function in domain_cases.CASES
            if not trait or traits.get(trait)]


def run_domain(tap, libvirt, name, options):
    traits = domain_cases.DOMAINS[name]
    has_gl = traits.get("gl", False)
    work = options.output
    started = time.monotonic()
    domain = Domain(libvirt, name, build_image(gl=has_gl), options.launcher,
                    work, GL_MEMORY_MIB if has_gl else MEMORY_MIB)
    run = domain_cases.Run(domain, traits)
    failed_before = tap.failed
    try:
        for title, function in cases_of(name):
            tap.result(f"{name}: {title}", run_case(run, function))
    finally:
        run.close()
    if tap.failed == failed_before:
        for picture in [*work.glob("*.ppm"), *work.glob("*.png")]:
            picture.unlink()
    print(f"# {name}: {time.monotonic() - started:.1f} s", flush=True)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--launcher", type=Path, default=ROOT /
                        "build/qemu-system-x86_64-virtio-gpu")
    parser.add_argument("--qemu", default="/usr/bin/qemu-system-x86_64")
    parser.add_argument("--output", type=Path,
                        default=ROOT / "build/tests/libvirt")
    parser.add_argument("--domain", choices=list(domain_cases.DOMAINS),
                        help="start this one; without it, what libvirt finds "
                        "out and refuses is tested")
    return parser.parse_args()


def run_daemon(tap, libvirt, options):
    for title, function in daemon_cases.CASES:
        try:
            function(libvirt, options)
            tap.result(title)
        except GuestError as error:
            tap.result(title, error)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = parse()
    tap = Tap(len(cases_of(options.domain) if options.domain
                  else daemon_cases.CASES))
    try:
        with Libvirt(options.output) as libvirt:
            if options.domain:
                run_domain(tap, libvirt, options.domain, options)
            else:
                run_daemon(tap, libvirt, options)
    except GuestError as error:
        print(f"Bail out! {error}")
        return 1
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
