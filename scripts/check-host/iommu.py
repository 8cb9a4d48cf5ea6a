# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The IOMMU, and what to do where there is none."""
from check import missing, ok, unknown
from kernel import is_virtual

GROUPS = '/sys/kernel/iommu_groups'
TABLES = '/sys/firmware/acpi/tables'


def _words(host):
    """What the kernel's command line says of IOMMUs; the rest is the host's own."""
    return [word.strip() for word in host.find(
        '/proc/cmdline', r'(?:^|(?<= ))(?:intel_iommu|amd_iommu|iommu)=\S+')]


def _says_off(word):
    return 'off' in word.partition('=')[2].split(',')


def _remedy(host, tables, words):
    off = [word for word in words if _says_off(word)]
    if off:
        return f'take {off[0]} off the kernel\'s command line and reboot'
    if is_virtual(host) and not tables:
        return ('give this virtual machine an IOMMU where it is started (QEMU:'
                ' -machine q35,kernel-irqchip=split -device intel-iommu)')
    if 'DMAR' in tables:
        return 'add intel_iommu=on to the kernel\'s command line and reboot'
    if 'IVRS' in tables:
        return ('boot a kernel that has CONFIG_AMD_IOMMU; if it has, "dmesg | grep'
                ' AMD-Vi" says why it does not start')
    if host.find('/proc/cpuinfo', r'^vendor_id\s*: AuthenticAMD$'):
        return 'turn on the IOMMU (AMD-Vi) in the firmware\'s setup'
    return ('turn on VT-d in the firmware\'s setup (and intel_iommu=on on the'
            ' kernel\'s command line)')


def check_iommu(host):
    groups = host.names(GROUPS)
    tables = [name for name in host.names(TABLES) if name in ('DMAR', 'IVRS')]
    words = _words(host)
    facts = {'groups': len(groups), 'units': host.names('/sys/class/iommu'),
             'tables': tables, 'command_line': words}
    if groups:
        return ok('iommu', f'IOMMU on, groups: {len(groups)}', **facts)
    if not host.exists('/sys/kernel'):
        return unknown('iommu', 'whether there is an IOMMU is not known',
                       'run this where /sys is mounted', **facts)
    return missing('iommu', 'no IOMMU is on', _remedy(host, tables, words), **facts)
