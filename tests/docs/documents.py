# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What documents say, for tests that hold them to what there is.

A document is a text in Markdown or a manual page.
"""
import json
import re
import shlex
from pathlib import Path

LINK = re.compile(r'\]\(([^)#\s]+)(?:#[^)]*)?\)')
FENCED = re.compile(r'^```(\w*)\n(.*?)^```$', re.M | re.S)
FILLED_OFF = re.compile(r'^\.nf\n(.*?)^\.fi$', re.M | re.S)
INLINE = re.compile(r'(?<!`)`([^`\n]+)`(?!`)')
ROFF = {r'\-': '-', r'\e': '\\', r'\(aq': "'", r'\fI': '', r'\fB': '', r'\fR': ''}


def texts(root):
    """The documents in Markdown below a folder: path to text."""
    root = Path(root)
    paths = [*root.glob('*.md'), *root.glob('docs/*.md'), *root.glob('bench/*.md'),
             *root.glob('tests/*/*.md')]
    assert paths, f'{root} has no document'
    return {path: path.read_text(encoding='utf-8') for path in sorted(paths)}


def manuals(root):
    """The manual pages below docs/man, without roff's escapes: path to text."""
    paths = sorted(Path(root, 'docs/man').glob('*.[15]'))
    assert paths, f'{root} has no manual page'
    return {path: _plain(path.read_text(encoding='utf-8')) for path in paths}


def _plain(text):
    return re.sub('|'.join(map(re.escape, ROFF)), lambda found: ROFF[found[0]], text)


def broken_links(root):
    """Each link to a file that is not there, as "DOCUMENT: LINK"."""
    return [f'{path}: {link}' for path, text in texts(root).items()
            for link in LINK.findall(text)
            if '://' not in link and not (path.parent / link).exists()]


def commands(text):
    """The commands of its blocks, as lists of words: what is behind a backslash or
    within quotes goes on in the next line."""
    blocks = [block for language, block in FENCED.findall(text) if not language]
    for block in blocks + FILLED_OFF.findall(text):
        line = ''
        for more in block.splitlines(keepends=True):
            line += more
            if line.endswith('\\\n'):
                line = line[:-2]
                continue
            try:
                words = shlex.split(line, comments=True)
            except ValueError:              # a quotation that is still open
                continue
            line = ''
            if words:
                yield words


def devices(words):
    """(type, names of properties) of each -device and -global of a command or a part of
    one."""
    for option, value in zip(words, words[1:]):
        if option == '-device' and value.startswith('{'):
            given = json.loads(value)
            yield given.pop('driver'), set(given)
        elif option == '-global':
            kind, _, name = value.partition('=')[0].rpartition('.')
            yield kind, {name}
        elif option == '-device':
            kind, *given = value.split(',')
            yield kind, {one.partition('=')[0] for one in given if one != 'help'}


def inline(text):
    """What stands in a line between backquotes, as lists of words."""
    for said in INLINE.findall(text):
        try:
            yield shlex.split(said)
        except ValueError:
            continue
