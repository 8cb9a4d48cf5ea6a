# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Libraries of the host, found as the dynamic linker would, and their versions."""
import re

from host import environment

TRIPLET = 'x86_64-linux-gnu'
FOLDERS = (f'/usr/local/lib/{TRIPLET}', '/usr/local/lib64', '/usr/local/lib',
           f'/usr/lib/{TRIPLET}', '/usr/lib64', '/usr/lib')
CONFIGURATION = '/etc/ld.so.conf.d'


def _paths(text):
    return [path.rstrip('/') for path in (text or '').split(':')
            if path.startswith('/') and len(path) > 1]


def folders(host):
    found = _paths(environment(host, 'LD_LIBRARY_PATH'))
    for name in host.names(CONFIGURATION, '*.conf'):
        found += _paths(':'.join(host.find(f'{CONFIGURATION}/{name}', r'^/[^\s:]+')))
    return list(dict.fromkeys(found + list(FOLDERS)))


def find_library(host, name):
    for folder in folders(host):
        if host.exists(f'{folder}/{name}'):
            return f'{folder}/{name}'
    return None


def glob_library(host, pattern):
    """Paths of all that match, or of what they are in a folder of."""
    folder_part, _, name = pattern.rpartition('/')
    found = []
    for folder in folders(host):
        inner = f'{folder}/{folder_part}' if folder_part else folder
        found += [f'{inner}/{name}' for name in host.names(inner, name)]
    return found


def package_version(host, *names):
    """The upstream version by dpkg of the first that is installed, or None."""
    for name in names:
        for said in host.find('/var/lib/dpkg/status',
                              rf'^Package: {re.escape(name)}\n'
                              r'(?:(?!Package: )[^\n]+\n)*?Version: [^\n]+'):
            version = re.search(r'^Version: (?:\d+:)?([\d.]+)', said, re.M)
            if version and 'Status: install ok installed' in said:
                return version[1].rstrip('.')
    return None


def soname_version(host, path):
    """(7, 7) of a link to libx.so.1.7.7, or None."""
    match = re.search(r'\.so\.\d{1,4}\.(\d{1,6})(?:\.(\d{1,6}))?$',
                      host.link(path) or path)
    return (int(match[1]), int(match[2] or 0)) if match else None


def as_numbers(version):
    """(0, 10, 4) of "0.10.4"."""
    return tuple(int(part[:9]) for part in re.findall(r'\d+', version or ''))
