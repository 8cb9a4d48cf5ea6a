# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What a head shows, as a PNG file of ours.

QEMU may run as another user, in another folder, in a sandbox: it writes into memory
that we lend it, and the file is written here when the picture is whole.
"""
import os
import struct

from device import Missing, consoles
from qmp import Lost

SIGNATURE = b'\x89PNG\r\n\x1a\n'
END = b'\0\0\0\0IEND\xaeB`\x82'
SIZE = struct.Struct('>II')
SIZE_AT = 16


def _console(device, head):
    """screendump's arguments for a head."""
    if device.id:
        return {'device': device.id, 'head': head}
    if consoles(device.monitor).get((device.path, head)) == 0:
        return {}
    raise Missing(f'{device.path} has no id, and QEMU takes screenshots by id, but for'
                  ' the first head of all; start it with id=NAME')


def _is_whole(png):
    return png.startswith(SIGNATURE) and png.endswith(END) \
        and len(png) >= SIZE_AT + SIZE.size + len(END)


def take(device, head):
    """The PNG file, its width and its height."""
    device.check_head(head)
    where = _console(device, head)
    # Memory, not a file: nothing that another user could not open.
    with os.fdopen(os.memfd_create('screenshot'), 'rb') as memory:
        with device.monitor.lent(memory.fileno()) as name:
            device.monitor.execute('screendump', filename=name, format='png', **where)
        png = memory.read()
    if not _is_whole(png):
        raise Lost(f'{device.monitor.who} wrote {len(png)} bytes that are no whole PNG;'
                   ' ask again')
    return png, *SIZE.unpack_from(png, SIZE_AT)
