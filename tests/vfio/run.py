#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Run test programs in a machine with VFIO; TAP on stdout.

One boot of the machine of rig.py, in which the programs of one plan run one
after the other, with the QEMU that is tested and our modules. Their cases are
this program's, by their names; afterwards the kernel's log is read, where a
BUG or WARNING is a failure.
"""

import argparse
import re
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import plans
from rig import (ROOT, GuestError, GuestTimeout, NoImage, Rig, build_image,
                 inherited, rig_image)

CASE = re.compile(r"(?P<status>ok|not ok) \d+ -? ?(?P<rest>.*)")
SKIPPED = re.compile(r"# SKIP (.*)")
COMPLAINT = re.compile(r"\b(BUG|WARNING|Oops|general protection)\b.*")
SETTINGS = ("QTEST_QEMU_BINARY", "QEMU_MODULE_DIR", "G_TEST_SRCDIR",
            "STOCK_QEMU_BINARY", "LD_PRELOAD", "ASAN_OPTIONS")


class Tap:
    """Cases of several programs as one test; the plan comes last."""

    def __init__(self):
        self.number = self.failed = 0
        print("TAP version 13", flush=True)

    def case(self, status, rest):
        self.number += 1
        self.failed += status != "ok"
        print(f"{status} {self.number} - {rest}", flush=True)

    def fail(self, title, error):
        for line in str(error).splitlines():
            print(f"# {line}")
        self.case("not ok", title)

    def relay(self, program, output, lacks):
        """The cases of a program's TAP; how many there were.

        Those that were not run for a reason in lacks are one case together.
        """
        before = self.number
        lacking = Counter()
        for line in output.splitlines():
            found = CASE.match(line)
            reason = found and SKIPPED.search(found["rest"])
            if reason and reason[1] in lacks:
                lacking[reason[1]] += 1
            elif reason:
                name = found["rest"].lstrip("/").replace("# SKIP", "not run:")
                self.case("not ok", f"{program}: {name}")
            elif found:
                name = found["rest"].lstrip("/")
                self.case(found["status"], f"{program}: {name}")
            elif line.startswith("#") or not line.startswith(("1..", "TAP")):
                print("# " + line.lstrip("# "))
        cases = self.number - before
        for reason, number in lacking.items():
            self.case("ok", f"{program}: {number} cases # SKIP {reason}")
        return cases


def run_program(tap, rig, plan, step, options):
    """One program of the plan, its faults are failed cases; whether it hangs."""
    command = [options.programs / step.program, "--tap", *step.arguments]
    environment = {**inherited(SETTINGS), **plan.settings(step),
                   "TMPDIR": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
    started = time.monotonic()
    log = options.output.resolve() / f"{step.title}.tap"
    log.write_text("")
    hung = failure = None
    try:
        if plan.guest:
            command += ["--image", build_image(options.kernel, assigned=True),
                        "--output", log.parent]
        status = rig.host(command, log, environment, step.seconds)
    except GuestError as error:
        hung, failure = isinstance(error, GuestTimeout), error
    failed = tap.failed
    cases = tap.relay(step.title, log.read_text(errors="replace"), step.lacks)
    print(f"# {step.title}: {time.monotonic() - started:.1f} s", flush=True)
    if failure:
        tap.fail(step.title, failure)
        return hung
    if not cases:
        tap.fail(step.title, f"it ended with status {status} and ran no case")
    elif status and tap.failed == failed:
        tap.fail(step.title, f"it ended with status {status}")
    return False


def check_kernel_log(tap, rig):
    found = COMPLAINT.search(rig.run("dmesg"))
    if found:
        tap.fail("the kernel's log", found[0])
    else:
        tap.case("ok", "the kernel's log")


def run_plan(tap, plan, image, options):
    devices = [device.arguments for device in plan.devices]
    modules = options.modules if plan.our_devices else None
    with Rig(image, devices, options.output, qemu=options.qemu,
             modules=modules) as rig:
        seconds = rig.boot()
        print(f"# Linux {rig.kernel}: up after {seconds:.1f} s", flush=True)
        for command in plan.preparation:
            rig.run(command)
        for address in plan.assigned:
            rig.assign(address)
        for step in plan.steps:
            if run_program(tap, rig, plan, step, options):
                break
        else:
            check_kernel_log(tap, rig)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", choices=list(plans.PLANS))
    parser.add_argument("--kernel", default="newest",
                        choices=("backports", "newest"))
    parser.add_argument("--optional", action="store_true",
                        help="skip where the kernel cannot be had")
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--programs", type=Path,
                        default=ROOT / "build/tests/qtest")
    parser.add_argument("--modules", type=Path,
                        default=ROOT / "build/qtest-modules",
                        help="ours, for the QEMU outside where a plan wants it")
    parser.add_argument("--output", type=Path, default=ROOT / "build/tests/vfio",
                        help="folder for logs")
    return parser.parse_args()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = parse()
    started = time.monotonic()
    try:
        image = rig_image(options.kernel)
    except NoImage as error:
        print(f"1..0 # SKIP {error}" if options.optional
              else f"Bail out! {error}")
        return 0 if options.optional else 1
    tap = Tap()
    try:
        run_plan(tap, plans.PLANS[options.plan], image, options)
    except GuestError as error:
        tap.fail("the machine", error)
    print(f"# {options.plan}: {time.monotonic() - started:.1f} s")
    if tap.failed:
        print(f"# logs are in {options.output}")
    print(f"1..{tap.number}", flush=True)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
