# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Where programs can draw: on a desktop, its user's or our own, or on the whole screen.

A guest agent runs programs as root and outside of any session, so that of the
person at the screen is found by its processes.
"""
import glob
import os
import pwd

KEYS = ('WAYLAND_DISPLAY', 'XDG_RUNTIME_DIR', 'DISPLAY', 'XAUTHORITY')
# Below are greeters and services.
FIRST_PERSON = 1000


class Nowhere(Exception):
    """There is no screen: a sentence."""


class Place:
    """kind is Wayland, X11 or DRM; what a program needs to draw there."""

    def __init__(self, kind, variables, user=None):
        self.kind = kind
        # In a window Mesa waits for no vertical blank.
        self.environment = {**{key: value for key, value in os.environ.items()
                               if key not in KEYS},
                            **variables, 'vblank_mode': '0'}
        if user:
            self.environment['HOME'] = user.pw_dir
        self.user = user

    @property
    def name(self):
        if self.kind == 'DRM':
            return 'the whole screen (DRM)'
        return f'a window ({self.kind}' + (f', user {self.user.pw_name})' if self.user
                                           else ')')

    def identity(self):
        """For subprocess: whose process it is."""
        if not self.user:
            return {}
        return {'user': self.user.pw_uid, 'group': self.user.pw_gid,
                'extra_groups': os.getgrouplist(self.user.pw_name, self.user.pw_gid)}


def _kind(variables):
    """What these variables lead to; None where nothing answers there."""
    name, folder = variables.get('WAYLAND_DISPLAY'), variables.get('XDG_RUNTIME_DIR', '')
    if name and os.path.exists(os.path.join(folder, name)):
        return 'Wayland'
    display = variables.get('DISPLAY', '')
    if display.startswith(':'):
        number = display[1:].partition('.')[0]
        return 'X11' if os.path.exists(f'/tmp/.X11-unix/X{number}') else None
    return 'X11' if display else None


def _chosen(environment):
    return {key: environment[key] for key in KEYS if key in environment}


def _environment_of(process):
    with open(f'{process}/environ', 'rb') as file:
        pairs = (entry.partition(b'=') for entry in file.read().split(b'\0'))
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}


def _sessions():
    """(is a greeter's, newest first, place) of each process on a desktop."""
    for process in glob.glob('/proc/[0-9]*'):
        try:
            owner = os.stat(process).st_uid
            variables = _chosen(_environment_of(process))
            user = None if owner == os.geteuid() else pwd.getpwuid(owner)
        except (OSError, KeyError):
            continue            # it ended, or is not ours to look at
        kind = _kind(variables)
        if kind:
            yield (0 < owner < FIRST_PERSON, -int(os.path.basename(process)),
                   Place(kind, variables, user))


def find():
    own = _chosen(os.environ)
    kind = _kind(own)
    if kind:
        return Place(kind, own)
    found = sorted(_sessions(), key=lambda session: session[:2])
    if found:
        return found[0][2]
    if not glob.glob('/dev/dri/card*'):
        raise Nowhere('there is no /dev/dri/card0 and no desktop to draw on; load the'
                      ' module virtio_gpu, and give the VM a virtio-gpu')
    return Place('DRM', {})
