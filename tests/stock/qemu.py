# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The installed QEMU, with its own modules or with ours in front of them."""
import json
import os
import subprocess

TIMEOUT_S = 60


class Qemu:
    def __init__(self, binary, modules=None, display='none', env=None):
        self.binary = binary
        self.display = display
        self.env = {k: v for k, v in os.environ.items()
                    if k != 'QEMU_MODULE_DIR'}
        if modules:
            self.env['QEMU_MODULE_DIR'] = modules
        self.env.update(env or {})

    def run(self, *arguments):
        """Run to the end: (exit status, stdout, stderr)."""
        done = subprocess.run([self.binary, *arguments], env=self.env,
                              capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=TIMEOUT_S)
        return done.returncode, done.stdout, done.stderr

    def monitor(self, *arguments):
        return Monitor(self, arguments)


class Monitor:
    """A running QEMU and its QMP; a context manager that ends it."""

    def __init__(self, qemu, arguments):
        self.process = subprocess.Popen(
            [qemu.binary, '-display', qemu.display, '-qmp', 'stdio',
             *arguments],
            env=qemu.env, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __enter__(self):
        self.process.stdout.readline()
        self.command('qmp_capabilities')
        return self

    def command(self, name, **arguments):
        message = {'execute': name}
        if arguments:
            message['arguments'] = arguments
        try:
            self.process.stdin.write(json.dumps(message) + '\n')
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        for line in self.process.stdout:
            answer = json.loads(line)
            if 'return' in answer:
                return answer['return']
            if 'error' in answer:
                raise RuntimeError(answer['error']['desc'])
        raise RuntimeError('QEMU ended: ' + self.process.stderr.read().strip())

    def hmp(self, line):
        return self.command('human-monitor-command',
                            **{'command-line': line}).replace('\r', '')

    def __exit__(self, *unused):
        if self.process.poll() is None:
            try:
                self.command('quit')
                self.process.wait(TIMEOUT_S)
            except (RuntimeError, subprocess.TimeoutExpired):
                self.process.kill()
        self.process.communicate()
