#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Take what a guest needs out of unpacked Debian packages.

collect.py UNPACKED TREE LIST...

Copies the files that the lists name into TREE, and with each ELF file the shared
libraries that it links, those of these, and so on. A LIST has a pattern a line,
relative to UNPACKED. A library that TREE has in lib/ already is not copied.
"""

import shutil
import struct
import sys
from pathlib import Path

# Where Debian's ld.so looks without a cache, and the folders of some programs.
FOLDERS = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64",
           "usr/lib/x86_64-linux-gnu/systemd",
           "usr/lib/x86_64-linux-gnu/weston",
           "usr/lib/x86_64-linux-gnu/libweston-10",
           "usr/lib/x86_64-linux-gnu/piglit/lib"]

# elf.h
PT_LOAD, PT_DYNAMIC = 1, 2
DT_NULL, DT_NEEDED, DT_STRTAB = 0, 1, 5


def needed(data):
    """The names of the libraries that an ELF file of 64 bits links."""
    offset, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    headers = [struct.unpack_from("<IIQQQQ", data, offset + i * size)
               for i in range(count)]
    loads = [h for h in headers if h[0] == PT_LOAD]
    entries = []
    for _, _, start, _, _, length in (h for h in headers if h[0] == PT_DYNAMIC):
        entries = list(struct.iter_unpack("<QQ", data[start:start + length]))
    strings = [value for tag, value in entries if tag == DT_STRTAB]
    for tag, value in entries:
        if tag == DT_NULL:
            break
        if tag == DT_NEEDED:
            where = strings[0] + value
            # An address, which the segment that holds it maps to the file.
            at = next(where - h[3] + h[2] for h in loads
                      if h[3] <= where < h[3] + h[5])
            yield data[at:data.index(b"\0", at)].decode()


class Collection:
    """What has been copied from one folder into another."""

    def __init__(self, source, tree):
        self.source = source
        self.tree = tree
        self.done = set()
        self.libraries = {p.name for p in (tree / "lib").glob("lib*.so*")}
        self.libraries.add("ld-linux-x86-64.so.2")

    def add(self, path):
        """Copy a path, what it links to, and the libraries it needs."""
        name = path.relative_to(self.source)
        if name in self.done:
            return
        self.done.add(name)
        target = self.tree / name
        if path.is_dir() and not path.is_symlink():
            for below in path.iterdir():
                self.add(below)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target, follow_symlinks=False)
        if path.is_symlink():
            link = path.readlink()
            self.add(self.source / link.relative_to("/") if link.is_absolute()
                     else path.resolve())
            return
        data = path.read_bytes()
        if data[:4] == b"\x7fELF":
            for library in needed(data):
                self.add_library(library, name)

    def add_library(self, library, user):
        if library in self.libraries:
            return
        self.libraries.add(library)
        for folder in FOLDERS:
            path = self.source / folder / library
            if path.exists():
                self.add(path)
                return
        sys.exit(f"collect.py: /{user} needs {library}, which no package of "
                 "the lists has: add the one that has it to \"packages\"")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    source, tree, *lists = (Path(a).resolve() for a in sys.argv[1:])
    collection = Collection(source, tree)
    for names in lists:
        for line in names.read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            found = sorted(source.glob(line))
            if not found:
                sys.exit(f"collect.py: no package has /{line}: change {names}")
            for path in found:
                collection.add(path)


if __name__ == "__main__":
    main()
