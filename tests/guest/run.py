#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Run Debian's virtio_gpu driver against the device; TAP on stdout.

Each device is one boot of the guest, in which its cases run one after the
other. After every case the kernel's log is read: a warning of the graphics
stack, or a BUG or WARNING of anything, fails the case.
"""

import argparse
import re
import shutil
import signal
import sys
import time
from pathlib import Path

import cases
import desktop_cases
import gl_cases
import gl_long_cases
import size_cases
import sleep_cases
import venus_cases
from vm import MODULE, GuestError, GuestTimeout, VM, build_image

ROOT = Path(__file__).resolve().parents[2]
# With weston, monitors that change, S3 and S4, OpenGL and more of it, Vulkan.
SUITES = {"driver": cases, "desktop": desktop_cases,
          "size": size_cases, "sleep": sleep_cases, "gl": gl_cases,
          "gl-long": gl_long_cases, "venus": venus_cases}


class Tap:
    def __init__(self, count):
        self.number = self.failed = 0
        print(f"TAP version 13\n1..{count}", flush=True)

    def result(self, title, error=None, skip=None):
        self.number += 1
        self.failed += error is not None
        status = "ok" if error is None else "not ok"
        directive = f" # SKIP {skip}" if skip else ""
        print(f"{status} {self.number} - {title}{directive}")
        for line in str(error or "").splitlines():
            print(f"# {line}")
        sys.stdout.flush()


def run_case(run, function):
    """The error of one case, None if it passed."""
    if run.lost:
        return f"not run: {run.lost}"
    try:
        function(run)
        run.check_kernel_log()
    except GuestTimeout as error:
        run.lost = "the guest stopped answering in an earlier case"
        return error
    except GuestError as error:
        error = run.vm.complain(error)
        if not run.vm.alive():
            run.lost = "QEMU ended in an earlier case"
        return error
    return None


def cases_of(suite, device, stock):
    """The cases to run; where the stock device cannot, one that says so."""
    traits = suite.DEVICES[device]
    lacks = traits.get("stock_lacks")
    if stock and lacks and not Path(lacks).exists():
        return [(f"the stock device needs {lacks}", None)]
    return [(title, function) for title, trait, function in suite.CASES
            if not trait or traits.get(trait)]


def run_device(tap, device, chosen, image, options):
    """All cases of one device; pictures and logs stay if one fails."""
    if chosen[0][1] is None:
        tap.result(device, skip=chosen[0][0])
        return
    suite = options.suite
    traits = suite.DEVICES[device]
    work = options.output / re.sub(r"[, ]+", "+", device)
    shutil.rmtree(work, ignore_errors=True)
    started = time.monotonic()
    failed_before = tap.failed
    vm = VM(image, [*suite.BUSES, traits.get("device", device),
                    *suite.INPUTS], work,
            modules=options.modules, qemu=options.qemu,
            preload=options.preload, extra=suite.arguments(image, traits, work),
            memory=suite.MEMORY_MIB, has_vnc=traits.get("has_vnc", True))
    run = suite.Run(vm, traits, options)
    try:
        for title, function in chosen:
            tap.result(f"{device}: {title}", run_case(run, function))
    finally:
        run.close()
        vm.close()
    if tap.failed > failed_before:
        print(f"# {device}: logs and pictures are in {work}")
    else:
        for picture in work.glob("*.ppm"):
            picture.unlink()
    print(f"# {device}: {time.monotonic() - started:.1f} s", flush=True)


def parse(suites):
    parser = argparse.ArgumentParser(description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--modules", type=Path, default=ROOT / "build/modules",
                       help="folder with our modules (default build/modules)")
    which.add_argument("--stock", action="store_true",
                       help="run the stock modules instead")
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--preload", metavar="LIBRARY",
                        help="for QEMU: the sanitizer of the modules")
    parser.add_argument("--kernel", default="stable",
                        choices=("stable", "backports"))
    parser.add_argument("--suite", default=next(iter(suites)),
                        choices=list(suites),
                        help="which cases (default %(default)s)")
    parser.add_argument("--lacks", metavar="WHAT",
                        help="this host cannot run the suite: say that only")
    parser.add_argument("--viewer", type=Path,
                        default=ROOT / "build/tests/guest/viewer",
                        help="the program of tests/guest/viewer")
    parser.add_argument("--output", type=Path,
                        default=ROOT / "build/tests/guest")
    parser.add_argument("--device", action="append",
                        help="only this device; may be repeated")
    options = parser.parse_args()
    options.suite = suites[options.suite]
    known = list(options.suite.DEVICES)
    options.device = options.device or known
    for device in options.device:
        if device not in known:
            parser.error(f"no device \"{device}\"; there are {known}")
    if options.stock and options.suite.IMAGE.keys() & {"gl", "venus"}:
        parser.error("stock has no 3D on a display that the suite looks at; "
                     "piglit.py --compare runs it")
    if options.stock:
        options.modules = None
    elif not (options.modules / MODULE).is_file():
        bail(f"there is no {MODULE} in {options.modules}: run make, or test "
             "the stock modules with --stock")
    return options


def bail(reason):
    print(f"Bail out! {reason}")
    sys.exit(1)


def main(suites=SUITES):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = parse(suites)
    if options.lacks:
        print(f"1..0 # SKIP {options.lacks}")
        return 0
    try:
        image = build_image(options.kernel, **options.suite.IMAGE)
    except GuestError as error:
        bail(error)
    plan = [(device, cases_of(options.suite, device, options.stock))
            for device in options.device]
    tap = Tap(sum(len(chosen) for _, chosen in plan))
    for device, chosen in plan:
        try:
            run_device(tap, device, chosen, image, options)
        except GuestError as error:
            bail(error)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
