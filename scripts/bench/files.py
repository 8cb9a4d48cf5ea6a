# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Files that others name and we write, root too."""
import errno
import os
import stat
import sys
import tempfile

STANDARD_OUTPUT = '-'


class NotWritten(Exception):
    """The file could not be written: a sentence."""


def _failure(path, error):
    return NotWritten(f'{path} cannot be written: {error.strerror}; name another file')


def _is_special(path):
    """A device, a pipe, a folder: not to be replaced."""
    return os.path.exists(path) and not stat.S_ISREG(os.stat(path).st_mode)


def check(path):
    """Whether write() can, before what takes long; nothing is left there."""
    if path == STANDARD_OUTPUT:
        return
    try:
        if os.path.isdir(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not _is_special(path):
            with tempfile.TemporaryFile(dir=os.path.dirname(os.path.realpath(path))):
                pass
        elif not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise _failure(path, error) from None


def _replace(path, data):
    """The file is the old one or the new one, whatever happens."""
    path = os.path.realpath(path)
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(path), delete=False) as file:
        try:
            file.write(data)
            file.flush()
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(file.name, 0o666 & ~mask)
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def write(path, data):
    """These bytes; - is standard output."""
    try:
        if path == STANDARD_OUTPUT:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        elif _is_special(path):
            with open(path, 'wb') as file:
                file.write(data)
        else:
            _replace(path, data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _failure(path, error) from None
