# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What a host's files say: this machine's, a folder's, or a record's.

Everything that is asked is asked here, nothing is run and no device is opened, so
that what was asked can be recorded and asked again on another machine. Paths are
absolute, whatever the root. No answer raises: what is not there, cannot be read or
makes no sense is None or empty.
"""
import collections
import fnmatch
import mmap
import os
import re
import stat
import zlib

# Enough for any file of sysfs, and for what may be looked through.
TEXT_BYTES = 4096
FIND_BYTES = 1 << 30
UNPACKED_BYTES = 1 << 24
GZIP = b'\x1f\x8b'
MAX_NAMES = 4096
MAX_MATCHES = 64
MAX_LINKS = 40

# A device node; usable is None where its mode has to tell.
Node = collections.namedtuple('Node', 'mode uid gid usable')


def printable(data):
    """Bytes of a file as text that does nothing to a terminal."""
    text = bytes(data).decode('utf-8', 'replace').replace('\t', ' ')
    return ''.join(c for c in text if c.isprintable() or c == '\n').strip()


def unpacked(content):
    """The beginning of what was compressed; nothing where it is broken."""
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(
            content, UNPACKED_BYTES)
    except zlib.error:
        return b''


class Host:
    """The questions; where the answers are is a subclass's matter."""

    # The folder that this program is in, or None.
    program = None

    def content(self, path):
        """The bytes of a regular file, or None."""
        raise NotImplementedError

    def listing(self, path):
        """The names in a folder, or None."""
        raise NotImplementedError

    def target(self, path):
        """What a symbolic link says, or None."""
        raise NotImplementedError

    def exists(self, path):
        raise NotImplementedError

    def node(self, path):
        raise NotImplementedError

    def text(self, path):
        """The beginning of a small file without white space around it, or None."""
        content = self.content(path)
        return None if content is None else printable(content[:TEXT_BYTES])

    def find(self, path, pattern):
        """What matches the pattern, which is of ASCII, in a file of any size."""
        content = self.content(path)
        if content is None:
            return []
        if content[:2] == GZIP:
            content = unpacked(content)
        found = []
        for match in re.finditer(pattern.encode('ascii'), content, re.M):
            found.append(printable(match[0]))
            if len(found) == MAX_MATCHES:
                break
        return found

    def names(self, folder, pattern='*'):
        """The names in a folder that match, sorted; none that could harm a terminal."""
        names = fnmatch.filter(self.listing(folder) or [], pattern)
        return sorted(name for name in names if name.isprintable())[:MAX_NAMES]

    def link(self, path):
        """The last part of what a symbolic link says, or None."""
        target = self.target(path) or ''
        last = target.rstrip('/').rpartition('/')[2]
        return last if last and last.isprintable() else None


class Folder(Host):
    """The files below a root; "/" is this machine."""

    def __init__(self, root='/', program=None):
        self.root = root.rstrip('/')
        self.program = program

    def _resolve(self, path, last=True):
        """Where a path leads, without leaving the root; None: round and round."""
        if not self.root:
            return path
        parts = path.split('/')[::-1]
        done = []
        links = 0
        while parts:
            part = parts.pop()
            if part in ('', '.'):
                continue
            if part == '..':
                done = done[:-1]
                continue
            full = '/'.join([self.root, *done, part])
            if (parts or last) and os.path.islink(full):
                links += 1
                if links > MAX_LINKS:
                    return None
                target = os.readlink(full)
                if target.startswith('/'):
                    done = []
                parts += target.split('/')[::-1]
            else:
                done.append(part)
        return '/'.join([self.root, *done])

    def _ask(self, function, path, last=True):
        try:
            full = self._resolve(path, last)
            return None if full is None else function(full)
        except (OSError, ValueError):
            return None

    def content(self, path):
        def read(full):
            # A pipe would wait for its other end.
            fd = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(fd, 'rb') as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode) or about.st_size > FIND_BYTES:
                    return None
                if about.st_size > 1 << 20:
                    return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                return file.read(1 << 20)
        return self._ask(read, path)

    def listing(self, path):
        return self._ask(os.listdir, path)

    def target(self, path):
        return self._ask(os.readlink, path, last=False)

    def exists(self, path):
        return self._ask(os.stat, path) is not None

    def node(self, path):
        def look(full):
            about = os.stat(full)
            # Here the kernel knows about access lists as well.
            usable = None if self.root else os.access(full, os.R_OK | os.W_OK)
            return Node(stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid,
                        usable)
        return self._ask(look, path)


def environment(host, name):
    """A variable of this program's environment, or None."""
    found = host.find('/proc/self/environ',
                      rf'(?:\A|^|\0){name}=[^\0\n]*')
    return found[0].partition('=')[2] if found else None
