# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The program under test, and VMs for it."""
import contextlib
import json
import os
import re
import subprocess
import sys

import qemu as real

CONTROL = re.compile(r'[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\U0010ffff]')
LONGEST_LINE = 500
# What hangs is given up.
PATIENCE_S = 60
REFUSED, USAGE, LOST = 1, 2, 3
NOBODY = 65534
SANDBOX = ('-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,'
           'resourcecontrol=deny')
TWO_GPUS = ('-device', 'virtio-gpu-pci,id=gpu,max_outputs=2', '-device', 'virtio-vga')


class Program:
    def __init__(self, path, qemu, interpreter=sys.executable):
        self.path = os.path.abspath(path)
        self.command = [*([interpreter] if interpreter else ()), self.path]
        self.qemu = qemu

    def start(self, *arguments, **options):
        return subprocess.Popen([*self.command, *arguments], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def end(self, process):
        """(exit status, standard output, standard error) of one that did not crash."""
        out, errors = process.communicate(timeout=PATIENCE_S)
        assert 'Traceback' not in errors, errors
        assert not CONTROL.search(out + errors), ascii(out + errors)
        if process.returncode:
            assert errors.startswith(os.path.basename(self.path) + ': ') and errors.count('\n') == 1, errors
            assert len(errors) < LONGEST_LINE, errors
        else:
            assert not errors, errors
        return process.returncode, out, errors

    def run(self, *arguments, **options):
        return self.end(self.start(*arguments, **options))

    def succeeds(self, *arguments, **options):
        status, out, errors = self.run(*arguments, **options)
        assert status == 0, errors
        return out

    def fails(self, status, words, *arguments, **options):
        got, _, errors = self.run(*arguments, **options)
        assert got == status and words in errors, \
            f'expected {status} and "{words}", got {got} and "{errors}"'

    @contextlib.contextmanager
    def vm(self, folder, *arguments, stock=False):
        """A VM that was never started: its monitor, and the socket of another."""
        modules = None if stock else os.environ['QEMU_MODULE_DIR']
        path = f'{folder}/qmp'
        with real.Qemu(self.qemu, modules).monitor(
                '-nodefaults', '-M', 'q35', '-S',
                '-qmp', f'unix:{path},server=on,wait=off', *arguments) as monitor:
            yield monitor, path


def devices(text):
    data = json.loads(text)
    assert data['schema'] == 1
    return data['devices']


def read(path):
    with open(path, 'rb') as file:
        return file.read()
