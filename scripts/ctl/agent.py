# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""QEMU's guest agent: by the socket of its port, or through libvirt.

It runs in the guest, so what it says is trusted even less than what QEMU says.
"""
import base64
import json
import random
import re
import time

from clean import clean
from qmp import Lost, Refused, UnixMonitor, VirshMonitor, decode, objects

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
    WHAT = 'the port\'s chardev'
    BUSY = 'it serves one program at a time, so end the other'

    def _greet(self):
        """What somebody else asked before is passed over."""
        mark = random.getrandbits(31)
        self._exchange('guest-sync-delimited', {'id': mark}, RESET,
                       lambda answer: answer.get('return') == mark)

    def _exchange(self, command, arguments, before=b'', wanted=lambda answer: True):
        """The first answer that is wanted."""
        request = {'execute': command, 'arguments': arguments}
        deadline = time.monotonic() + self.timeout
        self.socket.settimeout(self.timeout)
        try:
            self._send(before + json.dumps(request).encode() + b'\n', ())
            while True:
                line = self._line(deadline).rpartition(RESET)[2]
                answer = decode(line, self.who, PROTOCOL)
                if wanted(answer):
                    return answer
        except TimeoutError:
            raise Lost(f'the guest agent behind {self.who} did not answer in'
                       f' {self.timeout:g} s; start qemu-guest-agent in the guest, and'
                       ' end what else uses that socket') from None

    def _ask(self, command, arguments, descriptors):
        return self._exchange(command, arguments)


class VirshAgent(Agent, VirshMonitor):
    """That of a libvirt domain."""

    COMMAND = 'qemu-agent-command'

    def _failure(self, command, said):
        """libvirt has an error of the agent's end virsh, and quotes the command."""
        refused = re.search(rf"'{re.escape(command)}'(?:: *(.*))?$", said)
        if refused:
            return Refused(refused[1] or said)
        return Lost(f'virsh: {said}; give the domain a channel {PORT} and start'
                    ' qemu-guest-agent in the guest')
