# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What was asked of a host and what it said, in a file of JSON.

    {"format": 1, "program": "/usr/local/bin", "tree": {"/": {"sys": {...}}}}

A folder is an object, and a name in it may be a path of several. A file is a
string, what was looked for in it alone; "-> TARGET" is a symbolic link,
"node MODE UID:GID usable" (or "closed") a device node, "?" something that was
only asked whether it is there.
"""
import json
import os
import re

from host import Host, Node

FORMAT = 1
LINK = '-> '
NODE = re.compile(r'node ([0-7]{1,4}) (\d{1,10}):(\d{1,10}) (usable|closed)\Z')
THERE = '?'


def _anonymous(text):
    return re.sub(r'/home/[^/:\s]+', '/home/user', text)


class RecordError(Exception):
    """Why a file is no record."""


def _flatten(tree):
    """Path to string, or to None for a folder."""
    flat = {}
    todo = [('', tree)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, dict):
            flat.setdefault(path, None)
            for name, inner in value.items():
                todo.append((os.path.normpath(f'/{path}/{name}').replace('//', '/'),
                             inner))
        elif isinstance(value, str):
            flat[path] = value
        else:
            raise RecordError(f'{path} is neither folder nor text')
    for path in list(flat):
        while path not in ('', '/'):
            path = os.path.dirname(path)
            flat.setdefault(path, None)
    return flat


class Record(Host):
    """Answers as the recorded host did."""

    def __init__(self, data):
        if not isinstance(data, dict) or data.get('format') != FORMAT \
                or not isinstance(data.get('tree'), dict):
            raise RecordError(f'it is no record of format {FORMAT}')
        program = data.get('program')
        self.program = program if isinstance(program, str) \
            and program.isprintable() else None
        self.flat = _flatten(data['tree'])
        self.folders = {}
        for path in self.flat:
            if path not in ('', '/'):
                folder, name = os.path.split(path)
                self.folders.setdefault(folder, []).append(name)

    @classmethod
    def load(cls, path):
        try:
            with open(path, encoding='utf-8') as file:
                return cls(json.load(file))
        except (ValueError, RecursionError) as error:
            raise RecordError(f'it is no JSON: {error}') from error

    def content(self, path):
        value = self.flat.get(path)
        if value is None or value == THERE or value.startswith(LINK) \
                or NODE.match(value):
            return None
        return value.encode('utf-8', 'surrogatepass')

    def listing(self, path):
        return self.folders.get(path)

    def target(self, path):
        value = self.flat.get(path)
        return value[len(LINK):] if value and value.startswith(LINK) else None

    def exists(self, path):
        return path in self.flat

    def node(self, path):
        match = NODE.match(self.flat.get(path) or '')
        if not match:
            return None
        return Node(int(match[1], 8), int(match[2]), int(match[3]),
                    match[4] == 'usable')


class Recorder(Host):
    """Asks another host and keeps what it said, and nothing else of it."""

    def __init__(self, host):
        self.host = host
        self.program = host.program
        self.flat = {}
        self.found = {}

    def text(self, path):
        text = self.host.text(path)
        if text is not None:
            self.flat[path] = text
        return text

    def find(self, path, pattern):
        found = self.host.find(path, pattern)
        if found or self.host.exists(path):
            kept = self.found.setdefault(path, [])
            kept += [match for match in dict.fromkeys(found) if match not in kept]
            self.flat[path] = '\n'.join(kept)
        return found

    def names(self, folder, pattern='*'):
        names = self.host.names(folder, pattern)
        if names or self.host.exists(folder):
            self.flat.setdefault(folder, None)
        for name in names:
            self.flat.setdefault(f'{folder}/{name}', THERE)
        return names

    def target(self, path):
        target = self.host.target(path)
        if target is not None:
            self.flat[path] = LINK + target
        return target

    def exists(self, path):
        there = self.host.exists(path)
        if there:
            self.flat.setdefault(path, THERE)
        return there

    def node(self, path):
        node = self.host.node(path)
        if node:
            usable = 'usable' if node.usable else 'closed'
            self.flat[path] = f'node {node.mode:04o} {node.uid}:{node.gid} {usable}'
        return node

    def data(self):
        """The record, without the names of home folders."""
        parents = {os.path.dirname(path) for path in self.flat}
        tree = {}
        for path, value in sorted(self.flat.items()):
            # What turned out to be a folder is what was asked in it.
            if value in (None, THERE) and path in parents:
                continue
            folder, name = os.path.split(_anonymous(path))
            tree.setdefault(folder, {})[name] = {} if value is None \
                else _anonymous(value)
        return {'format': FORMAT,
                'program': _anonymous(self.program) if self.program else None,
                'tree': tree}
