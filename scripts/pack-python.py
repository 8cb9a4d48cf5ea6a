#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""pack-python.py OUTPUT FILE...: makes one program of modules and __main__.py.

Python runs such an archive as it is. It is the same whenever it is made.
"""
import os
import sys
import zipfile

INTERPRETER = b'#!/usr/bin/python3\n'


def main():
    output, *files = sys.argv[1:]
    with open(output, 'wb') as program:
        program.write(INTERPRETER)
        with zipfile.ZipFile(program, 'w', zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(files):
                with open(path, 'rb') as file:
                    info = zipfile.ZipInfo(os.path.basename(path))
                    archive.writestr(info, file.read(), zipfile.ZIP_DEFLATED)
    os.chmod(output, 0o755)


main()
