# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""QEMU's guest agent: by the socket of its port, or through libvirt.

It runs in the guest, so what it says is trusted even less than what QEMU says.
"""
import base64
import json
import random
import time

from clean import clean
from qmp import Lost, UnixMonitor, VirshMonitor, decode, objects

PORT = 'org.qemu.guest_agent.0'
PROTOCOL = ('QMP as a guest agent does', f'name the socket of the port {PORT}')
ASK_EVERY_S = 0.2
# It ends a line for whoever reads on the other side, and begins a new one.
RESET = b'\xff'


class Agent:
    """What both ways have in common, beside a monitor's execute()."""

    def _started(self, command, data):
        program, *words = command
        answer = self.execute('guest-exec', path=program, arg=words, **{
            'input-data': base64.b64encode(data).decode(), 'capture-output': True})
        answer, = objects([answer], self.who)
        if not isinstance(answer.get('pid'), int):
            raise Lost(f'{self.who} started a program and did not say which; is it the'
                       ' guest agent?')
        return answer['pid']

    def run(self, command, data, limit):
        """(exit status, what it said, its errors) of a program that reads data."""
        process = self._started(command, data)
        deadline = time.monotonic() + limit
        while True:
            status, = objects([self.execute('guest-exec-status', pid=process)],
                              self.who)
            if status.get('exited') is True:
                break
            if time.monotonic() > deadline:
                raise Lost(f'{clean(command[0])} in the guest did not end in {limit} s,'
                           ' and goes on; see what it does there')
            time.sleep(ASK_EVERY_S)
        try:
            out, errors = (base64.b64decode(status.get(name, ''), validate=True)
                           for name in ('out-data', 'err-data'))
        except (TypeError, ValueError):
            raise Lost(f'{self.who} sent what is no output of a program; is it the'
                       ' guest agent?') from None
        return (status.get('exitcode', 'none, as it was killed'),
                out.decode(errors='replace'), errors.decode(errors='replace'))


class UnixAgent(Agent, UnixMonitor):
    """By the Unix socket of its port's chardev."""

    OPTION = ('-chardev socket,path={},server=on,wait=off,id=agent -device'
              f' virtserialport,chardev=agent,name={PORT}')

    def _greet(self):
        """What somebody else asked before is passed over."""
        mark = random.getrandbits(31)
        answer = self._exchange(RESET, 'guest-sync-delimited', {'id': mark})
        while answer.get('return') != mark:
            answer = self._exchange()

    def _exchange(self, before=b'', command=None, arguments=None):
        deadline = time.monotonic() + self.timeout
        self.socket.settimeout(self.timeout)
        try:
            if command:
                request = {'execute': command, 'arguments': arguments}
                self._send(before + json.dumps(request).encode() + b'\n', ())
            line = self._line(deadline)
        except TimeoutError:
            raise Lost(f'the guest agent behind {self.who} did not answer in'
                       f' {self.timeout:g} s; start qemu-guest-agent in the guest, and'
                       ' end what else uses that socket') from None
        return decode(line.rpartition(RESET)[2], self.who, PROTOCOL)

    def _ask(self, command, arguments, descriptors):
        return self._exchange(b'', command, arguments)


class VirshAgent(Agent, VirshMonitor):
    """That of a libvirt domain."""

    COMMAND = 'qemu-agent-command'
