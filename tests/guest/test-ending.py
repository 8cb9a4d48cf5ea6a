#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A QEMU that ends fails its case with how it ended and what it said; TAP.

Programs that do only that stand in for QEMU, so there is no guest.
"""

import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

from run import Tap, run_case
from vm import VM, GuestError

GREETING = r"""echo '{"QMP": {}}' >&$1; read -r _ <&$1
echo '{"return": {}}' >&$1"""
ABORT = "echo 'hw/a.c: Assertion failed' >&2; kill -ABRT $$"
ABORTED = "QEMU was ended by SIGABRT and said: hw/a.c: Assertion failed"


def boot(vm):
    vm.boot()


def qmp(vm):
    vm.connect_monitor()
    vm.qmp("query-status")


def session(vm):
    vm.connect_monitor()
    vm.session_port.line(60, "a picture")


def differ(vm):
    """A case that fails while QEMU runs."""
    vm.connect_monitor()
    raise GuestError("another picture")


# What the stand-in does with QMP's descriptor in $1, the case, its error's end.
CASES = (
    ("at once, with a status", "echo 'no such device' >&2; exit 1", boot,
     "QEMU ended with status 1 and said: no such device"),
    ("at once, silently", "exit 0", boot,
     "QEMU ended with status 0 and said: nothing"),
    ("at once, by a signal", ABORT, boot, ABORTED),
    ("while it boots", f"{GREETING}; {ABORT}", boot, ABORTED),
    ("at a QMP command", f"{GREETING}; read -r _ <&$1; {ABORT}", qmp, ABORTED),
    ("while a program of the guest is waited for", f"{GREETING}; {ABORT}",
     session, ABORTED),
    ("not at all", f"{GREETING}; exec sleep 60", differ, "another picture"),
)


def stand_in(path, does):
    # VM names QMP's descriptor in the arguments.
    path.write_text(f"""#!/bin/bash
for word; do
    case $word in socket,id=monitor,fd=*) set -- "${{word##*=}}"; break ;; esac
done
ulimit -c 0
{does}
""")
    path.chmod(0o755)
    return str(path)


def error_of(work, does, case):
    qemu = stand_in(work / "qemu", does)
    with VM(work, [], work / "log", qemu=qemu) as vm:
        run = SimpleNamespace(vm=vm, lost=None, check_kernel_log=lambda: None)
        error = str(run_case(run, lambda run: case(run.vm)))
        ended = "QEMU ended in an earlier case"
        if run.lost != (None if vm.alive() else ended):
            return f"{error}; and later cases are told \"{run.lost}\""
        return error


def main():
    tap = Tap(len(CASES))
    for title, does, case, expected in CASES:
        with tempfile.TemporaryDirectory() as work:
            got = error_of(Path(work), does, case)
        tap.result(f"QEMU ends {title}", None if got.endswith(expected) else
                   f"expected ... {expected}\ngot {got}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
