#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Run tests of OpenGL, chosen from piglit, in a guest; TAP on stdout.

piglit/expected has the tests and the result that each must have. With --compare
they run on the stock device first, in the same guest, and ours must find at
least what it finds: where stock passes, ours passes.
"""

import argparse
import re
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import desktop
import gl
from cases import is_trouble
from vm import GuestError, VM, build_image

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXPECTED = HERE / "piglit/expected"
DEVICE = "virtio-gpu-gl-pci"
MEMORY_MIB = 2048

FOLDER = "/usr/lib/x86_64-linux-gnu/piglit"
TEST_SECONDS, PATIENCE_SECONDS = 300, 360
RESULT = re.compile(r'PIGLIT: *\{"result": *"(\w+)"')
TIMED_OUT = 143                         # busybox's timeout

# virglrenderer ended the context at a stream that it does not understand, and
# all that comes for it is refused. Stock answers success instead.
RATE_LIMIT_SECONDS = 6
REFUSED = re.compile(r"response 0x1200 \(command 0x207\)|"
                     r"virtio_gpu_dequeue_ctrl_func: \d+ callbacks suppressed")


class Test:
    """One line of piglit/expected."""

    def __init__(self, line):
        self.expected, self.name, self.command = line.split("\t")

    def run(self, vm):
        """Its result, and what it printed."""
        status, said = vm.run_status(
            f"cd {FOLDER}; PIGLIT_PLATFORM=gbm PIGLIT_SOURCE_DIR={FOLDER} "
            f"timeout {TEST_SECONDS} bin/{self.command} -auto -fbo",
            PATIENCE_SECONDS)
        results = RESULT.findall(said)
        if status == TIMED_OUT:
            return "timeout", said
        return (results[-1] if results else f"status {status}"), said


def read_tests():
    lines = EXPECTED.read_text().splitlines()
    return [Test(line) for line in lines if not line.startswith("#")]


def record(results):
    """Write the expectations anew."""
    lines = EXPECTED.read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    body = [f"{results[t.name]}\t{t.name}\t{t.command}" for t in read_tests()]
    EXPECTED.write_text("\n".join(head + body) + "\n")


class Machine:
    """A guest that takes one test after the other, on ours or on stock."""

    def __init__(self, image, options, stock=False):
        self.whose = "stock" if stock else "ours"
        self.log = options.output / f"{self.whose}.log"
        self.log.write_text("")
        self.vm = VM(image, [DEVICE], options.output / self.whose,
                     modules=None if stock else options.modules,
                     preload=None if stock else options.preload,
                     qemu=options.qemu, memory=MEMORY_MIB,
                     **(gl.STOCK if stock else {}))
        self.vm.boot()
        desktop.load_driver(self.vm)
        self.vm.run("dmesg -c")

    def run(self, test):
        """Its result. What the kernel complains about meanwhile is an error."""
        started = time.monotonic()
        result, said = test.run(self.vm)
        with open(self.log, "a") as log:
            log.write(f"=== {test.name}: {result}, "
                      f"{time.monotonic() - started:.1f} s\n{said}\n")
        trouble = [line for line in self.vm.run("dmesg -rc").splitlines()
                   if is_trouble(line)]
        if not trouble:
            return result
        if all(REFUSED.search(line) for line in trouble):
            # So that the kernel does not keep the next test's to itself.
            self.vm.run(f"sleep {RATE_LIMIT_SECONDS}")
            return f"{result}, refused"
        raise GuestError(f"{result}, and the kernel says "
                         + " / ".join(trouble[:3]))


def results_of(image, options, tests, stock=False):
    """name -> result, of all tests in one boot."""
    machine = Machine(image, options, stock)
    results = {}
    with machine.vm:
        for number, test in enumerate(tests, 1):
            try:
                results[test.name] = machine.run(test)
            except GuestError as error:
                if machine.vm.process.poll() is not None:
                    raise
                results[test.name] = str(error)
            if number % 50 == 0:
                print(f"# {machine.whose}: {number} of {len(tests)}",
                      flush=True)
    print(f"# {machine.whose}: " + ", ".join(
        f"{count} {result}" for result, count
        in Counter(results.values()).most_common()), flush=True)
    return results


def judge(test, got, stock):
    """What is wrong with a result, None if nothing is."""
    if stock and stock[test.name] == "pass" != got[test.name]:
        return (f"expected pass as on the stock device, "
                f"got {got[test.name]}: {test.command}")
    if got[test.name] != test.expected:
        return (f"expected {test.expected}, got {got[test.name]}: "
                f"{test.command}")
    return None


def report(tests, got, stock):
    failed = 0
    for number, test in enumerate(tests, 1):
        wrong = judge(test, got, stock)
        failed += wrong is not None
        print(f"{'not ok' if wrong else 'ok'} {number} - "
              f"piglit: {test.name.replace('#', '')}")
        if wrong:
            print(f"# {wrong}")
        elif stock and stock[test.name] != got[test.name]:
            print(f"# {test.name}: {stock[test.name]} on the stock device")
    return failed


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", type=Path, default=ROOT / "build/modules")
    parser.add_argument("--qemu", default="qemu-system-x86_64")
    parser.add_argument("--preload", metavar="LIBRARY")
    parser.add_argument("--output", type=Path,
                        default=ROOT / "build/tests/guest/piglit")
    parser.add_argument("--compare", action="store_true",
                        help="run the stock device too")
    parser.add_argument("--record", action="store_true",
                        help="make what is found the expectation")
    parser.add_argument("--only", metavar="WORD",
                        help="tests with this in their names")
    return parser.parse_args()


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    options = parse()
    shutil.rmtree(options.output, ignore_errors=True)
    options.output.mkdir(parents=True)
    tests = [t for t in read_tests() if (options.only or "") in t.name]
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    try:
        image = build_image(piglit=True)
        stock = options.compare and results_of(image, options, tests, True)
        got = results_of(image, options, tests)
    except GuestError as error:
        print(f"Bail out! {error}")
        sys.exit(1)
    if options.record:
        record(got)
    print(f"# logs: {options.output}")
    return 1 if report(tests, got, stock) else 0


if __name__ == "__main__":
    sys.exit(main())
