# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The kernel: its version, what is built into it, its modules and limits."""
import re

from check import missing, ok, partial, unknown

# Of capabilities(7): who has it may lock any amount of memory.
CAP_IPC_LOCK = 14
MIB = 1 << 20
# The first with VFIO_DEVICE_FEATURE_DMA_BUF.
DMABUF_VERSION = (6, 19)


def number(text, base=0):
    """An integer that a file says, or None."""
    try:
        return int(text[:32], base)
    except (TypeError, ValueError):
        return None


def release(host):
    """As uname -r says it; part of paths."""
    return re.sub(r'[^\w.+~-]', '', host.text('/proc/sys/kernel/osrelease') or '')


def version(host):
    """(6, 12) of 6.12.95-amd64, or None."""
    match = re.match(r'(\d{1,4})\.(\d{1,4})', release(host))
    return (int(match[1]), int(match[2])) if match else None


def is_virtual(host):
    return bool(host.find('/proc/cpuinfo', r'\bhypervisor\b'))


def config(host, option):
    """'y', 'm', 'n', or None where the kernel's configuration is not to be had."""
    pattern = rf'^(?:{option}=[ym]|# {option} is not set)$'
    for path in (f'/boot/config-{release(host)}', '/proc/config.gz'):
        found = host.find(path, pattern)
        if found:
            return 'n' if found[0].startswith('#') else found[0][-1]
    return None


def module_state(host, name):
    """'loaded', 'built in', 'available' or None."""
    folder = f'/lib/modules/{release(host)}'
    # Both spellings of a name are one module.
    file = '[-_]'.join(re.split('[-_]', name)) + r'\.ko'
    if host.exists('/sys/module/' + name.replace('-', '_')):
        return 'loaded'
    if host.find(f'{folder}/modules.builtin', rf'^[^\n]*/{file}$'):
        return 'built in'
    if host.find(f'{folder}/modules.dep', rf'^[^\n:]*/{file}[^\n:]*:'):
        return 'available'
    return None


def module_remedy(host, name, option):
    """What to do about a module that is not even available."""
    running = release(host)
    if not running:
        return 'run this where /proc is mounted, outside of the container'
    if config(host, option) == 'n':
        return f'boot a kernel that has {option}, as Debian\'s has'
    if config(host, option) == 'm' and not host.exists(f'/lib/modules/{running}'):
        return f'reboot: the modules of the running kernel {running} are gone'
    return (f'install the package with the module {name} of kernel {running}'
            ' (linux-modules-extra there where the distribution splits them)')


def check_kernel(host):
    known = version(host)
    if not known:
        return unknown('kernel', 'the kernel does not say its version',
                       'run this where /proc is mounted')
    return ok('kernel', 'Linux ' + release(host), release=release(host),
              is_virtual=is_virtual(host))


def check_vfio_modules(host):
    states = {name: module_state(host, name)
              for name in ('vfio-pci', 'vfio_iommu_type1')}
    if not release(host) and None in states.values():
        return unknown('vfio-modules', 'which modules this kernel has is not known',
                       'run this where /proc is mounted', **states)
    for name, state in states.items():
        if not state:
            option = 'CONFIG_' + name.replace('-', '_').upper()
            # Its own option is asked for only where VFIO as such is on.
            if config(host, 'CONFIG_VFIO') == 'n':
                option = 'CONFIG_VFIO'
            return missing('vfio-modules', f'this kernel has no {name}',
                           module_remedy(host, name, option), **states)
    says = ', '.join(f'{name} {state}' for name, state in states.items())
    return ok('vfio-modules', says, **states)


def check_vfio_dmabuf(host):
    """Whether the pictures of an assigned GPU come without a copy."""
    known = version(host)
    option = config(host, 'CONFIG_VFIO_PCI_DMABUF')
    facts = {'route': 'copy by the CPU', 'config': option}
    if known and known < DMABUF_VERSION:
        return partial('vfio-dmabuf', f'Linux {known[0]}.{known[1]} has no dma-bufs'
                       ' of VFIO devices: pictures are copied by CPU mapping',
                       'boot Linux 6.19 or later for pictures without a copy',
                       **facts)
    if option == 'n':
        return partial('vfio-dmabuf', 'this kernel was built without dma-bufs of'
                       ' VFIO devices: pictures are copied by CPU mapping',
                       'boot a kernel that has CONFIG_VFIO_PCI_DMABUF (it wants'
                       ' CONFIG_PCI_P2PDMA)', **facts)
    if not known:
        return unknown('vfio-dmabuf', 'whether this kernel has dma-bufs of VFIO'
                       ' devices is not known', 'run this where /proc is mounted')
    return ok('vfio-dmabuf', 'dma-bufs of VFIO devices: no copy of pictures',
              route='dma-buf', config=option)


def _may_lock_anything(host):
    found = host.find('/proc/self/status', r'^CapEff:\s*[0-9a-f]+$')
    mask = number(found[0].split()[-1], 16) if found else None
    return bool(mask and mask >> CAP_IPC_LOCK & 1)


def _bytes_of(word):
    return float('inf') if word == 'unlimited' else number(word, 10)


def _shown(limit):
    return 'unlimited' if limit == float('inf') else f'{limit // MIB} MiB'


def check_memlock(host, memory):
    """VFIO locks all of the guest's memory, which is so many bytes."""
    found = host.find('/proc/self/limits', r'^Max locked memory\s+\w+\s+\w+')
    words = found[0].split()[-2:] if found else []
    limits = [_bytes_of(word) for word in words]
    if not limits or None in limits:
        return unknown('memlock', 'the limit of locked memory is not known',
                       'run this where /proc is mounted')
    soft, hard = limits
    facts = {'soft': words[0], 'hard': words[1], 'memory': memory,
             'is_exempt': _may_lock_anything(host)}
    says = f'locked memory: {_shown(soft)}'
    if soft >= memory:
        return ok('memlock', says, **facts)
    if facts['is_exempt']:
        return ok('memlock', says + ', which does not count for this user', **facts)
    says += f', and a guest with {memory // MIB} MiB has all of it locked'
    if hard >= memory:
        return missing('memlock', says, f'start QEMU after "ulimit -l {memory >> 10}"',
                       **facts)
    return missing('memlock', says, 'put "USER - memlock unlimited" into'
                   ' /etc/security/limits.d/qemu.conf, USER being who runs QEMU, and'
                   ' log in again (libvirt raises the limit by itself)', **facts)
