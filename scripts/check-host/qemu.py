# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The QEMU that is installed, our modules for it, and libvirt."""
import re

from check import missing, ok, partial
from host import environment
from libraries import as_numbers, find_library, package_version

LAUNCHER = 'qemu-system-x86_64-virtio-gpu'
QEMU = 'qemu-system-x86_64'
PATH = '/usr/local/bin:/usr/bin:/bin'
# What these modules are written for; configure has the same.
SERIES = (10, 0)
MODULES = ('hw-display-virtio-gpu.so', 'hw-display-virtio-gpu-gl.so')
LAYER = 'virtio-gpu-memory-layer.json'
INSTALL = 'build and install the modules again: "make install"'
# With <qemu:override>.
LIBVIRT_OVERRIDE = (8, 2)


def _programs(host):
    said = f'{environment(host, "PATH") or ""}:{PATH}'
    folders = [host.program, *said.split(':')]
    return [folder.rstrip('/') for folder in dict.fromkeys(folders)
            if folder and folder.startswith('/')]


def _which(host, name):
    for folder in _programs(host):
        if host.exists(f'{folder}/{name}'):
            return f'{folder}/{name}'
    return None


def _in_launcher(host, path, pattern):
    found = host.find(path, pattern)
    return found[0].split("'")[1::2] if found else []


class Launcher:
    """What our launcher says: its QEMU, the stamp of that, where the modules are."""

    def __init__(self, host):
        self.path = _which(host, LAUNCHER)
        self.qemu = self.folder = self.stamp = None
        if not self.path:
            return
        said = _in_launcher(host, self.path,
                            r"^QEMU_MODULE_DIR='[^'\n]*' exec '[^'\n]*'")
        if len(said) == 2:
            self.folder, self.qemu = said
        stamp = host.find(self.path, r'qemu_stamp_[0-9a-f]{1,64}')
        self.stamp = stamp[0] if stamp else None


def check_qemu(host, launcher):
    path = launcher.qemu or _which(host, QEMU)
    if not path or not host.exists(path):
        return missing('qemu', f'there is no {path or QEMU}',
                       'install qemu-system-x86 (10.0)')
    said = host.find(path, r'QEMU emulator version [^\n\0]{1,200}')
    version = re.search(r'version ([\d.]+)(?: \((.*)\))?', said[0]) if said else None
    facts = {'path': path, 'version': version and version[1],
             'package': version and version[2]}
    shown = f'QEMU {version[1]}' if version else 'QEMU of unknown version'
    if version and as_numbers(version[1])[:2] != SERIES:
        return missing('qemu', f'{path} is {shown}, which these modules are not for',
                       'install QEMU 10.0 (on Debian 12 with -t bookworm-backports)',
                       **facts)
    return ok('qemu', f'{shown} ({version[2]})' if version and version[2] else shown,
              **facts)


def check_modules(host, launcher, qemu):
    facts = {'launcher': launcher.path, 'folder': launcher.folder,
             'stamp': launcher.stamp}
    if not launcher.path:
        return missing('modules', f'there is no {LAUNCHER} here',
                       'install the modules: "make install"', **facts)
    if not launcher.folder or not launcher.stamp:
        return missing('modules', f'{launcher.path} is not our launcher', INSTALL,
                       **facts)
    path = qemu.facts.get('path')
    if path and not host.find(path, launcher.stamp):
        return missing('modules', f'the modules were built for another QEMU than'
                       f' {path} is now', INSTALL, **facts)
    for name in MODULES:
        if not host.exists(f'{launcher.folder}/{name}'):
            return missing('modules', f'there is no {launcher.folder}/{name}', INSTALL,
                           **facts)
        if not host.find(f'{launcher.folder}/{name}', launcher.stamp):
            return missing('modules', f'{launcher.folder}/{name} is not for this QEMU',
                           INSTALL, **facts)
    return ok('modules', f'modules for it in {launcher.folder}', **facts)


def check_venus_module(host, launcher):
    """The module knows since it was built whether Venus' memory can be mapped: the
    sentence is that of hw/display/renderer/virgl/venus-server.c."""
    found = host.find(f'{launcher.folder}/{MODULES[1]}',
                      r'virglrenderer [\d.]+ cannot map')
    if found:
        return missing('venus-module', 'the modules were built with'
                       f' {found[0].rpartition(" cannot")[0]}',
                       'build them again with libvirglrenderer-dev 1.0 or later')
    if not host.exists(f'{launcher.folder}/{LAYER}'):
        return missing('venus-module', f'there is no {launcher.folder}/{LAYER}',
                       INSTALL)
    return ok('venus-module', 'the modules have Vulkan and its layer')


def _libvirt_version(host):
    path = find_library(host, 'libvirt.so.0')
    match = re.search(r'\.so\.0\.(\d{1,4})(\d{3})\.(\d{1,3})$',
                      host.link(path) or '') if path else None
    if match:
        return '.'.join(str(int(part)) for part in match.groups())
    return package_version(host, 'libvirt0', 'libvirt-daemon') if path else None


def check_libvirt(host):
    version = _libvirt_version(host)
    daemon = next((path for path in ('/usr/sbin/virtqemud', '/usr/sbin/libvirtd')
                   if host.exists(path)), None)
    facts = {'version': version, 'daemon': daemon}
    if not daemon:
        return missing('libvirt', 'libvirt is not installed',
                       'install libvirt-daemon-system, if domains are wanted', **facts)
    if not version:
        return partial('libvirt', f'{daemon} of unknown version', 'see which XML it'
                       ' takes: "virsh version"', **facts)
    if as_numbers(version)[:2] < LIBVIRT_OVERRIDE:
        return partial('libvirt', f'libvirt {version}: our own properties go into'
                       ' <qemu:commandline> ("-global virtio-vga-gl.renderer=software")',
                       'install libvirt 8.2 or later for <qemu:override>',
                       xml='qemu:commandline', **facts)
    return ok('libvirt', f'libvirt {version}: our own properties go into'
              ' <qemu:override>', xml='qemu:override', **facts)
