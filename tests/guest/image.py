#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Make what QEMU boots out of unpacked Debian packages.

image.py vmlinux VMLINUZ OUTPUT
    the ELF kernel inside a bzImage: booted through PVH it needs no
    decompression, which takes a second or two under TCG

image.py initrd TREE OUTPUT --modules DIR NAME...
    an uncompressed cpio archive of TREE with the named kernel modules and
    what they depend on, and modprobe's lists. DIR holds one folder: the
    modules of one kernel version
"""

import argparse
import lzma
import os
import re
import stat
import struct
import subprocess
import sys
from pathlib import Path

# Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
HEADER_MAGIC = (0x202, b"HdrS")
SETUP_SECTS = 0x1F1
PAYLOAD_OFFSET = 0x248


def fail(message):
    sys.exit(f"image.py: {message}")


def decompress(data, what):
    if data.startswith(b"\xfd7zXZ\0"):
        return lzma.LZMADecompressor().decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        try:
            # The kernel's build appends the unpacked length to the frame.
            return subprocess.run(["zstd", "-dcq"], input=data[:-4],
                                  stdout=subprocess.PIPE, check=True).stdout
        except FileNotFoundError:
            fail(f"{what} is packed with zstd and there is no zstd here: "
                 "install the package zstd")
    fail(f"{what} is packed in a way this script does not know "
         f"({data[:4].hex()}): teach decompress() the format")


def vmlinux(bzimage):
    data = bzimage.read_bytes()
    where, magic = HEADER_MAGIC
    if data[where:where + 4] != magic:
        fail(f"{bzimage} is not a bzImage")
    setup = (data[SETUP_SECTS] or 4) + 1
    offset, length = struct.unpack_from("<II", data, PAYLOAD_OFFSET)
    start = setup * 512 + offset
    elf = decompress(data[start:start + length], bzimage.name)
    if elf[:4] != b"\x7fELF":
        fail(f"the payload of {bzimage} is not an ELF file")
    return elf


class Modules:
    """The kernel modules below a folder, by name."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}
        self.builtin = set()
        for path in folder.rglob("*.ko*"):
            self.files[self.name(path.name)] = path
        for path in folder.rglob("modules.builtin"):
            self.builtin |= {self.name(Path(line).name)
                             for line in path.read_text().split()}

    @staticmethod
    def name(file_name):
        return re.sub(r"\.ko(\.[a-z0-9]+)?$", "", file_name).replace("-", "_")

    def read(self, name):
        path = self.files[name]
        data = path.read_bytes()
        return data if data[:4] == b"\x7fELF" else decompress(data, path.name)

    def closure(self, names):
        """name -> (contents, direct dependencies), dependencies first."""
        found = {}

        def add(name):
            if name in found or name in self.builtin:
                return
            if name not in self.files:
                fail(f"the kernel package has no module {name}")
            data = self.read(name)
            text = re.search(rb"\0depends=([^\0]*)\0", data)
            depends = [self.name(d) for d in text[1].decode().split(",") if d]
            for other in depends:
                add(other)
            found[name] = (data, [d for d in depends if d in found])

        for name in names:
            add(name)
        return found


def dependency_lines(modules):
    """modules.dep: every module with all it needs, to be loaded last first."""
    needs = {}
    for name, (_, direct) in modules.items():
        needs[name] = set(direct).union(*(needs[d] for d in direct))
        others = " ".join(f"{n}.ko" for n in reversed(modules)
                          if n in needs[name])
        yield f"{name}.ko: {others}\n"


class Cpio:
    """A "newc" archive, written by hand so that root is not needed."""

    def __init__(self, output):
        self.output = output
        self.inode = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        encoded = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0,
                  *device, len(encoded), 0)
        header = b"070701" + b"".join(b"%08X" % f for f in fields) + encoded
        self.output.write(header + b"\0" * (-len(header) % 4))
        self.output.write(data + b"\0" * (-len(data) % 4))

    def add_tree(self, root):
        for path in sorted(root.rglob("*")):
            name = str(path.relative_to(root))
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                self.add(name, mode, os.readlink(path).encode())
            elif stat.S_ISDIR(mode):
                self.add(name, mode)
            else:
                self.add(name, mode, path.read_bytes())

    def finish(self):
        self.add("TRAILER!!!", 0)


def initrd(tree, output, folder, names):
    modules = Modules(folder).closure(names)
    version = next(folder.iterdir()).name
    where = f"lib/modules/{version}"
    with open(output, "wb") as file:
        cpio = Cpio(file)
        cpio.add("dev", stat.S_IFDIR | 0o755)
        cpio.add("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
        cpio.add_tree(tree)
        for part in ("lib/modules", where):
            cpio.add(part, stat.S_IFDIR | 0o755)
        for name, (data, _) in modules.items():
            cpio.add(f"{where}/{name}.ko", stat.S_IFREG | 0o644, data)
        lines = "".join(dependency_lines(modules)).encode()
        cpio.add(f"{where}/modules.dep", stat.S_IFREG | 0o644, lines)
        builtin = (folder / version / "modules.builtin").read_bytes()
        cpio.add(f"{where}/modules.builtin", stat.S_IFREG | 0o644, builtin)
        cpio.finish()


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("vmlinux")
    command.add_argument("bzimage", type=Path)
    command.add_argument("output", type=Path)
    command = commands.add_parser("initrd")
    command.add_argument("tree", type=Path)
    command.add_argument("output", type=Path)
    command.add_argument("--modules", nargs="+", required=True,
                         metavar=("DIR", "NAME"))
    args = parser.parse_args()
    if args.command == "vmlinux":
        args.output.write_bytes(vmlinux(args.bzimage))
    else:
        initrd(args.tree, args.output, Path(args.modules[0]), args.modules[1:])


if __name__ == "__main__":
    main()
