# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The programs that draw, and what they say of how fast.

glmark2 asks for a swap interval of 0 by itself, so that nothing waits for a screen.
"""
import os
import re
import select
import shutil
import subprocess
import time

from clean import clean

# The first that is installed; those of OpenGL ES are for what has no other.
GLMARK2 = {'DRM': ('glmark2-es2-drm', 'glmark2-drm'),
           'Wayland': ('glmark2-es2-wayland', 'glmark2-wayland'),
           'X11': ('glmark2-es2', 'glmark2')}
TURNING = {'DRM': 'kmscube', 'Wayland': 'es2gears_wayland', 'X11': 'glxgears'}
PACKAGES = {'glmark2-es2': 'glmark2-es2-x11', 'es2gears_wayland': 'mesa-utils',
            'glxgears': 'mesa-utils'}
# It says each time what it has done since it began, the others since they said so.
CUMULATIVE = 'kmscube'
# The primary plane of virtio-gpu refuses the ARGB that glmark2 asks for.
OPTIONS = {'DRM': ('--visual-config', 'alpha=0')}
WINDOW = ('-s', '800x600')
# Beside drawing: a guest without 3D, or without KVM, takes minutes for a scene.
PATIENCE_S = 300
RATE = re.compile(r'^\[(\w+)\].*: FPS: \d+ FrameTime: ([\d.]+) ms', re.MULTILINE)
# What shows itself so while it says rates.
ERROR = re.compile(r'Error: (.*)')
TURNED = re.compile(r'(\d+) frames in ([\d.]+) sec')


class Failed(Exception):
    """Nothing was measured: a sentence."""


def _install(program):
    return (f'{program} is not installed; apt-get install'
            f' {PACKAGES.get(program, program)}')


def rates(said):
    """Frames a second of each scene, of what glmark2 printed."""
    return {name: round(1e3 / max(float(milliseconds), 1e-3), 1)
            for name, milliseconds in RATE.findall(said)}


def facts(said):
    """Who drew, and how large."""
    def line(name):
        found = re.search(rf'^ *{name}: +(.*)$', said, re.MULTILINE)
        return clean(found[1]) if found else 'not known'
    return {'drawn by': line('GL_RENDERER'), 'OpenGL': line('GL_VERSION'),
            'size': line('Surface Size')}


def _failure(program, place, said):
    errors = ERROR.findall(said)
    reason = clean(errors[0]) if errors else 'it showed no rate'
    if place.kind == 'DRM':
        remedy = ('run this in the session of the desktop, or end that: one program'
                  ' at a time has the whole screen, and root only may take it')
    else:
        remedy = f'see what "{program}" says there'
    return Failed(f'{program} did not draw on {place.name}: {reason}; {remedy}')


def glmark2(place, scenes, seconds):
    """The program's name, and what it printed about these scenes."""
    names = GLMARK2[place.kind]
    program = next(filter(shutil.which, names), None)
    if not program:
        raise Failed(_install(names[0]))
    command = [program, *OPTIONS.get(place.kind, WINDOW)]
    for scene in scenes:
        command += ['-b', f'{scene}:duration={seconds}']
    limit = PATIENCE_S + len(scenes) * seconds * 3
    try:
        said = subprocess.run(
            command, env=place.environment, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors='replace',
            timeout=limit, check=False, **place.identity()).stdout
    except subprocess.TimeoutExpired:
        raise Failed(f'{program} took longer than {limit} s for {len(scenes)} scenes of'
                     f' {seconds} s; choose with --only') from None
    if ERROR.search(said) or not rates(said):
        raise _failure(program, place, said)
    return program, said


def turning(place):
    """What turns there, and why it cannot, if so."""
    program = TURNING[place.kind]
    return program, None if shutil.which(program) else _install(program)


def turns(place, seconds):
    """Frames a second that it says, of so many seconds at least."""
    program = TURNING[place.kind]
    # To a terminal it says what it has at once; and kmscube ends where it can read.
    ours, theirs = os.openpty()
    with subprocess.Popen(program, env=place.environment, stdin=theirs, stdout=theirs,
                          stderr=theirs, **place.identity()) as process:
        os.close(theirs)
        try:
            said = _listen(ours, program, seconds)
        finally:
            process.kill()
            os.close(ours)
    found = turned(program, said)
    if not found:
        raise Failed(f'{program} said no rate on {place.name}: '
                     f'{clean(said.strip()[-80:]) or "nothing"}')
    frames, spent = found
    return round(frames / spent, 1)


def turned(program, said):
    """Frames and seconds in all, None before the first were said."""
    found = [(int(frames), float(spent)) for frames, spent in TURNED.findall(said)
             if float(spent) > 0]
    if program == CUMULATIVE:
        found = found[-1:]
    return tuple(map(sum, zip(*found))) if found else None


def _listen(terminal, program, seconds):
    said = ''
    deadline = time.monotonic() + PATIENCE_S + seconds
    while (turned(program, said) or (0, 0))[1] < seconds:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            break
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:
            break               # it ended
        said += data.decode(errors='replace')
    return said
