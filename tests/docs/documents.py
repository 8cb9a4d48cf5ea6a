# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What documents say, for tests that hold them to what there is."""
import re
from pathlib import Path

LINK = re.compile(r'\]\(([^)#\s]+)(?:#[^)]*)?\)')


def texts(root):
    """The documents in Markdown below a folder: path to text."""
    root = Path(root)
    paths = [*root.glob('*.md'), *root.glob('docs/*.md'), *root.glob('bench/*.md')]
    assert paths, f'{root} has no document'
    return {path: path.read_text(encoding='utf-8') for path in sorted(paths)}


def broken_links(root):
    """Each link to a file that is not there, as "DOCUMENT: LINK"."""
    return [f'{path}: {link}' for path, text in texts(root).items()
            for link in LINK.findall(text)
            if '://' not in link and not (path.parent / link).exists()]
