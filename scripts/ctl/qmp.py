# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""QEMU's monitor: by its socket, or through libvirt.

    with UnixMonitor('/run/vm.qmp') as monitor:
        monitor.execute('qom-get', path='/machine', property='type')

What a monitor sends is not trusted: a wrong answer is a Lost, never a crash, and
what is printed of it has no control characters.
"""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time

from clean import clean

# QEMU's longest answers are some 100 KiB.
LONGEST_ANSWER = 16 << 20
CHUNK = 1 << 16
# struct sockaddr_un has room for this and a zero.
LONGEST_PATH = 107


class Lost(Exception):
    """No connection, or it broke: a sentence with the remedy."""


class Refused(Exception):
    """QEMU said no: a sentence."""

    def __init__(self, text, kind=''):
        super().__init__(text)
        self.kind = kind


QMP = ('QMP', 'name the socket of -qmp or of -mon mode=control')


def decode(text, who, protocol=QMP):
    """The JSON object that was sent."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        speaks, remedy = protocol
        begin = clean(text[:60].decode(errors='replace'))
        raise Lost(f'{who} does not speak {speaks}: it sent "{begin}"; {remedy}')
    return message


def answer_of(message, who):
    """What a command returns; Refused where QEMU refused it."""
    if 'return' in message:
        return message['return']
    error = message.get('error')
    if not isinstance(error, dict):
        raise Lost(f'{who} sent an answer that is neither a result nor an error;'
                   ' is it QEMU?')
    raise Refused(clean(error.get('desc', 'no reason given')),
                  clean(error.get('class', '')))


def objects(value, who):
    """A list of JSON objects, as it must be."""
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Lost(f'{who} sent no list of objects where QEMU has one; is it QEMU?')
    return value


class Monitor:
    """What both ways have in common."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Nothing is open."""

    def execute(self, command, **arguments):
        return answer_of(self._ask(command, arguments, ()), self.who)

    @contextlib.contextmanager
    def lent(self, descriptor):
        """The name under which QEMU can open what a descriptor of ours is of."""
        added = answer_of(self._ask('add-fd', {}, (descriptor,)), self.who)
        added, = objects([added], self.who)
        number, group = added.get('fd'), added.get('fdset-id')
        if not isinstance(number, int) or not isinstance(group, int):
            raise Lost(f'{self.who} took a descriptor and did not say where; is it'
                       ' QEMU?')
        try:
            # Not /dev/fdset/: QEMU 10.0 keeps a note of each PNG that it wrote there.
            yield f'/proc/self/fd/{number}'
        finally:
            # QEMU does not by itself when the connection goes.
            with contextlib.suppress(Lost, Refused):
                self.execute('remove-fd', **{'fdset-id': group})


class UnixMonitor(Monitor):
    """A monitor that listens on a Unix socket: -qmp unix:PATH,server=on,wait=off."""

    OPTION = '-qmp unix:{},server=on,wait=off'
    WHAT = '-qmp'
    BUSY = ('a monitor serves one program at a time, so end the other, give QEMU one'
            ' more -qmp, or name a libvirt domain with --domain')

    def __init__(self, path, timeout):
        self.who = path
        self.timeout = timeout
        self.received = bytearray()
        self.number = 0
        if len(os.fsencode(path)) > LONGEST_PATH:
            raise Lost(f'{path} is longer than the {LONGEST_PATH} bytes of a socket\'s'
                       ' name; go to its folder and name it from there')
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self._connect(path)
            self._greet()
        except BaseException:
            self.close()
            raise

    def close(self):
        self.socket.close()

    def _connect(self, path):
        self.socket.settimeout(self.timeout)
        try:
            self.socket.connect(path)
        except (TimeoutError, BlockingIOError):
            raise Lost(self._is_held()) from None
        except OSError as error:
            raise Lost(self._cannot_connect(error)) from None

    def _cannot_connect(self, error):
        path = self.who
        if isinstance(error, FileNotFoundError):
            return f'there is no {path}; start QEMU with {self.OPTION.format(path)}'
        if isinstance(error, ConnectionRefusedError):
            return (f'nobody listens on {path}: it is no socket, or its QEMU has ended;'
                    f' name {self.WHAT} of one that runs')
        if isinstance(error, PermissionError):
            return (f'{path} may not be opened; ask as the user that runs QEMU, or as'
                    ' root')
        return f'{path}: {error.strerror or error}; name the Unix socket of {self.WHAT}'

    def _greet(self):
        deadline = time.monotonic() + self.timeout
        try:
            greeting = decode(self._line(deadline), self.who)
        except TimeoutError:
            raise Lost(self._is_held()) from None
        if 'QMP' not in greeting:
            raise Lost(f'{self.who} does not greet as QEMU does; name the socket of'
                       ' -qmp')
        self.execute('qmp_capabilities')

    def _is_held(self):
        return f'{self.who} did not greet in {self.timeout:g} s; {self.BUSY}'

    def _line(self, deadline):
        while b'\n' not in self.received:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if len(self.received) > LONGEST_ANSWER:
                raise Lost(f'{self.who} sent more than {LONGEST_ANSWER >> 20} MiB for'
                           ' one answer; is it QEMU?')
            self.socket.settimeout(left)
            try:
                chunk = self.socket.recv(CHUNK)
            except ConnectionResetError:
                chunk = b''
            if not chunk:
                raise Lost(f'{self.who} closed the connection; see whether QEMU still'
                           ' runs, and ask again')
            self.received += chunk
        line, _, self.received = self.received.partition(b'\n')
        return bytes(line)

    def _send(self, data, descriptors):
        try:
            sent = (socket.send_fds(self.socket, [data], descriptors)
                    if descriptors else 0)
            self.socket.sendall(data[sent:])
        except TimeoutError:
            raise
        except OSError:
            raise Lost(f'{self.who} takes no commands any more; see whether QEMU still'
                       ' runs, and ask again') from None

    def _ask(self, command, arguments, descriptors):
        self.number += 1
        request = {'execute': command, 'arguments': arguments, 'id': self.number}
        deadline = time.monotonic() + self.timeout
        self.socket.settimeout(self.timeout)
        try:
            self._send(json.dumps(request).encode() + b'\n', descriptors)
            while True:
                message = decode(self._line(deadline), self.who)
                if message.get('id') == self.number:
                    return message
                # What cannot be parsed is answered without its id.
                if 'error' in message and 'id' not in message:
                    return message
        except TimeoutError:
            raise Lost(f'{self.who} did not answer "{command}" in {self.timeout:g} s;'
                       ' see whether QEMU is stopped by a debugger or a slow disk, or'
                       ' wait longer with --timeout') from None


class VirshMonitor(Monitor):
    """The monitor of a libvirt domain, which libvirt holds itself."""

    COMMAND = 'qemu-monitor-command'

    def __init__(self, domain, uri, timeout):
        self.who = f'domain {clean(domain)}'
        self.timeout = timeout
        program = shutil.which('virsh')
        if not program:
            raise Lost('there is no virsh here; install libvirt-clients, or name'
                       ' QEMU\'s own socket with --qmp')
        self.command = [program, '--quiet', *([f'--connect={uri}'] if uri else ()),
                        self.COMMAND, f'--domain={domain}']

    def _ask(self, command, arguments, descriptors):
        request = json.dumps({'execute': command, 'arguments': arguments})
        passed = [f'--pass-fds={number}' for number in descriptors]
        try:
            done = subprocess.run([*self.command, *passed, f'--cmd={request}'],
                                  check=False, capture_output=True,
                                  stdin=subprocess.DEVNULL, pass_fds=descriptors,
                                  timeout=self.timeout)
        except subprocess.TimeoutExpired:
            raise Lost(f'virsh did not answer "{command}" for {self.who} in'
                       f' {self.timeout:g} s; see whether libvirt answers "virsh list",'
                       ' or wait longer with --timeout') from None
        except OSError as error:
            raise Lost(f'virsh: {error.strerror}; name QEMU\'s own socket with'
                       ' --qmp') from None
        if done.returncode:
            said = done.stderr.decode(errors='replace')
            said = re.sub(r'^error: ', '', clean(said.replace('\nerror:', ':')))
            raise self._failure(command, said or 'it ended without a word')
        return decode(done.stdout, self.who)

    def _failure(self, _command, said):
        return Lost(f'virsh: {said}; see "virsh list" (--connect names another libvirt)')
