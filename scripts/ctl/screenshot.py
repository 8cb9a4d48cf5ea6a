# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What a head shows, as a PNG file of ours.

QEMU may run as another user, in another folder, in a sandbox: it writes into memory
that we lend it, and the file is written here when the picture is whole.
"""
import os
import stat
import struct
import sys
import tempfile

from device import Missing, consoles
from qmp import Lost

SIGNATURE = b'\x89PNG\r\n\x1a\n'
END = b'\0\0\0\0IEND\xaeB`\x82'
SIZE = struct.Struct('>II')
SIZE_AT = 16


class NotWritten(Exception):
    """The file could not be written: a sentence."""


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


def _replace(path, png):
    """The file is the old one or the new one, whatever happens."""
    path = os.path.realpath(path)
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(path), delete=False) as file:
        try:
            file.write(png)
            file.flush()
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(file.name, 0o666 & ~mask)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def write(path, png):
    try:
        if path == '-':
            sys.stdout.buffer.write(png)
            sys.stdout.buffer.flush()
        elif os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode):
            with open(path, 'wb') as file:
                file.write(png)
        else:
            _replace(path, png)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise NotWritten(f'{path}: {error.strerror}; name another file') from None
