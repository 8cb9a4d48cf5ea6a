# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Recorded machines: machines/*.json, as --record writes them and what is expected.

Beside a record's fields there are "about"; "base", a machine that this one is but
for its tree, where null takes something away; "expect", "remedies" and "says": the
state of a route or check, and what its sentences must have in them.
"""
import json
import os
import re

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'machines')
LINK = '-> '
NODE = re.compile(r'node (\d+) \S+ (usable|closed)\Z')
NEVER, ALWAYS = 0o000, 0o666


class Machine:
    def __init__(self, name):
        with open(os.path.join(FOLDER, name + '.json'), encoding='utf-8') as file:
            data = json.load(file)
        self.name = name
        self.about = data['about']
        self.expect = data['expect']
        self.remedies = data.get('remedies', {})
        self.says = data.get('says', {})
        self.program = data.get('program')
        base = data.get('base')
        self.files = dict(Machine(base).files) if base else {}
        self._add('', data['tree'])

    def _add(self, path, value):
        """A folder is kept as None, so that it is there when it is empty."""
        if isinstance(value, dict):
            self.files.setdefault(path, None)
            for name, inner in value.items():
                self._add(f'{path}/{name.strip("/")}' if name != '/' else path, inner)
        elif value is None:
            self.files = {other: kept for other, kept in self.files.items()
                          if other != path and not other.startswith(path + '/')}
        else:
            self.files[path] = value

    def record(self):
        return {'format': 1, 'program': self.program,
                'tree': {path or '/': {} if value is None else value
                         for path, value in self.files.items()}}

    def expand(self, root):
        """Make its files below root. Nodes become files that root's modes rule."""
        for path, value in sorted(self.files.items()):
            full = root + path
            if value is None:
                os.makedirs(full, exist_ok=True)
                continue
            # A link to a folder, in which something was asked, is that folder.
            if os.path.isdir(full) or any(p.startswith(path + '/') for p in self.files):
                continue
            os.makedirs(os.path.dirname(full), exist_ok=True)
            if value.startswith(LINK):
                os.symlink(value[len(LINK):], full)
                continue
            with open(full, 'w', encoding='utf-8') as file:
                file.write(value)
            node = NODE.match(value)
            if node:
                os.chmod(full, ALWAYS if node[2] == 'usable' else NEVER)


def names():
    return sorted(name[:-len('.json')] for name in os.listdir(FOLDER)
                  if name.endswith('.json'))
