# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What is no QEMU, or one that went wrong, on a Unix socket.

    with FakeQemu(path, answers_with(b'what?')) as qemu:
        ...

A behaviour is a function of a connection (its two files); when it returns, the
connection is closed.
"""
import contextlib
import json
import socket
import threading
import time

GREETING = {'QMP': {'version': {'qemu': {'major': 10, 'minor': 0, 'micro': 2},
                                'package': ''}, 'capabilities': []}}
# A little slower than the tests' --timeout takes to run out.
SLOW_BYTE_S = 0.05
GPU = '/machine/peripheral/gpu'

HEAD = {'name': 'left', 'connected': True, 'xres': 800, 'yres': 600, 'refresh': 59.94,
        'control': 'client'}
STATISTICS = {
    'requests_total': [
        {'queue': 'ctrl', 'command': 'RESOURCE_FLUSH', 'result': 'OK', 'value': 90},
        {'queue': 'ctrl', 'command': 'SET_SCANOUT', 'result': 'ERR_UNSPEC', 'value': 10},
        {'queue': 'cursor', 'command': 'MOVE_CURSOR', 'result': 'OK', 'value': 7}],
    'queue_latency_seconds': [
        {'queue': 'ctrl', 'count': 100, 'sum': 1, 'buckets': [
            {'le': 0.000256, 'count': 60}, {'le': 0.003, 'count': 38},
            {'le': None, 'count': 2}]},
        {'queue': 'cursor', 'count': 0, 'sum': 0, 'buckets': []}],
    'busy_seconds_total': 1.5, 'fences': 2, 'oldest_fence_age_seconds': 0.25,
    'frames_flushed_total': 90, 'frames_presented_total': 60, 'frames_merged_total': 20,
    'frames_dropped_total': [{'reason': 'unseen', 'value': 10}],
    'transfer_bytes_total': [{'direction': 'to_host', 'value': 5 << 30}],
    'memory_bytes': [{'kind': 'held', 'value': 3 << 20}],
    'memory_limit_bytes': [{'kind': 'held', 'value': 256 << 20}],
    'queue_depth': [{'queue': 'ctrl', 'value': 3}, {'queue': 'cursor', 'value': 0}],
    'decode_seconds': {'count': 4, 'sum': 8e-6}, 'render_seconds': {'count': 9, 'sum': 1},
    'execute_seconds': [{'command': 'RESOURCE_FLUSH', 'count': 3, 'sum': 0.001},
                        {'command': 'SET_SCANOUT', 'count': 1, 'sum': 0.003}],
    'fence_wait_seconds': {'count': 2, 'sum': 1, 'buckets': [
        {'le': 0.002, 'count': 1}, {'le': 1, 'count': 1}]},
    'watchdog_events_total': [{'of': 'command', 'value': 1}, {'of': 'fence', 'value': 0}],
    'frame_memory_bytes': 4096, 'contexts': 1, 'contexts_limit': 64, 'resources': 12,
    'resources_limit': 100,
    'guest_errors_total': [{'source': 'command', 'value': 3},
                           {'source': 'renderer', 'value': 1}],
    'resets_total': 5}


class FakeQemu:
    def __init__(self, path, behave):
        self.behave = behave
        self.threads = []
        self.ending = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        self.listener.settimeout(0.05)

    def __enter__(self):
        self._start(self._serve)
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def _start(self, run, *arguments):
        self.threads.append(threading.Thread(target=run, args=arguments))
        self.threads[-1].start()

    def _serve(self):
        while not self.ending.is_set():
            with contextlib.suppress(TimeoutError):
                self._start(self._talk, self.listener.accept()[0])

    def _talk(self, connection):
        with connection, contextlib.suppress(OSError):
            self.behave(Talk(connection, self.ending))


class Talk:
    """One connection, from QEMU's side."""

    def __init__(self, connection, ending):
        self.connection = connection
        self.ending = ending
        self.lines = connection.makefile('r', encoding='utf-8')

    def send(self, data):
        if not isinstance(data, bytes):
            data = json.dumps(data).encode() + b'\n'
        self.connection.sendall(data)

    def greet(self):
        self.send(GREETING)
        self.answer(self.hear(), {})

    def hear(self):
        line = self.lines.readline()
        if not line:
            raise OSError('the other side has gone')
        return json.loads(line)

    def answer(self, request, value):
        self.send({'return': value, 'id': request['id']})

    def wait(self):
        """Say nothing for as long as the test takes."""
        self.ending.wait()


def says_nothing(talk):
    talk.wait()


def sends(data):
    """Instead of a greeting."""
    def behave(talk):
        talk.send(data)
        talk.wait()
    return behave


def hangs_up(_talk):
    pass


def answers(data):
    """The same to everything but the greeting."""
    def behave(talk):
        talk.greet()
        while True:
            request = talk.hear()
            talk.send(data(request) if callable(data) else data)
    return behave


def hangs_up_in_answer(talk):
    talk.greet()
    talk.hear()
    talk.send(b'{"return": [{"na')


def never_answers(talk):
    talk.greet()
    talk.wait()


def only_events(talk):
    talk.greet()
    while not talk.ending.is_set():
        talk.send({'event': 'VNC_CONNECTED', 'data': {}})
        time.sleep(0.001)


def only_stale_answers(talk):
    """An agent's, to what somebody else asked."""
    while not talk.ending.wait(SLOW_BYTE_S):
        talk.send({'return': 1})


def byte_by_byte(talk):
    talk.greet()
    for byte in b'{"return": ' + b' ' * 1000 + b'[]}\n':
        talk.send(bytes([byte]))
        if talk.ending.wait(SLOW_BYTE_S):
            return


def endless(talk):
    talk.greet()
    talk.hear()
    while not talk.ending.is_set():
        talk.send(b'[' * (1 << 20))


def noisy(talk):
    """Right, between events, answers of others, and slowly."""
    talk.greet()
    while True:
        request = talk.hear()
        talk.send({'event': 'RTC_CHANGE', 'data': {'offset': 1}})
        talk.send({'return': 'another\'s', 'id': 'x'})
        time.sleep(0.01)
        talk.send({'event': 'RESET'})
        talk.answer(request, healthy(request))


def listed(**types):
    return [{'name': name, 'type': kind} for name, kind in types.items()]


def healthy(request):
    """What a VM with one device answers."""
    asked = request.get('arguments', {})
    path, name = asked.get('path'), asked.get('property')
    if request['execute'] == 'qom-list':
        return {
            '/machine/peripheral': listed(type='string', gpu='child<virtio-gpu-pci>'),
            GPU + '/virtio-backend': [
                *listed(max_outputs='uint32'),
                *({'name': figure, 'type': 'x'} for figure in
                  ('renderer-info', 'statistics', 'outputs'))],
            '/backend': [{'name': 'console[0]', 'type': 'child<x>'}],
        }.get(path, listed(type='string'))
    if request['execute'] == 'qom-get':
        return {'device': GPU, 'head': 0, 'max_outputs': 1, 'renderer-info': '2d: pixman',
                'statistics': STATISTICS, 'outputs': [HEAD]}[name]
    return {
        'query-vnc-servers': [{'id': 'default', 'display': 'gpu', 'clients': [
            {'host': '127.0.0.1', 'service': '4000'}]}],
        'query-spice': {'channels': [{'connection-id': 7, 'host': '::1', 'port': '1'}]},
        'add-fd': {'fdset-id': 0, 'fd': 9}, 'remove-fd': {}, 'screendump': {},
        'qom-set': {},
    }[request['execute']]
