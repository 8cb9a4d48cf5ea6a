# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""PCI devices: GPUs, their functions, their IOMMU groups."""
from kernel import number

DEVICES = '/sys/bus/pci/devices'
GROUPS = '/sys/kernel/iommu_groups'
DISPLAY = 0x03
BRIDGE = 0x06

VENDORS = {0x1002: 'AMD', 0x10de: 'NVIDIA', 0x1a03: 'ASPEED', 0x1af4: 'virtio',
           0x8086: 'Intel'}
VIRTIO = 0x1af4
# Frame buffers of servers' consoles and of hypervisors, which render nothing:
# Cirrus, Matrox, QEMU's standard VGA, Hyper-V, XGI, HiSilicon, ASPEED, QXL, VirtualBox.
WITHOUT_RENDERING = (0x1013, 0x102b, 0x1234, 0x1414, 0x18ca, 0x19e5, 0x1a03, 0x1b36,
                     0x80ee)
# The kernel's own drivers for a GPU that has none.
DRIVERS = {0x1002: 'amdgpu', 0x10de: 'nouveau', 0x8086: 'i915'}


class Device:
    def __init__(self, host, address):
        folder = f'{DEVICES}/{address}'
        self.address = address
        self.folder = folder
        self.pci_class = number(host.text(f'{folder}/class')) or 0
        self.vendor = number(host.text(f'{folder}/vendor'))
        self.device = number(host.text(f'{folder}/device'))
        self.driver = host.link(f'{folder}/driver')
        self.group = host.link(f'{folder}/iommu_group')

    @property
    def is_display(self):
        return self.pci_class >> 16 == DISPLAY

    @property
    def is_bridge(self):
        return self.pci_class >> 16 == BRIDGE

    @property
    def renders(self):
        return self.vendor not in WITHOUT_RENDERING

    @property
    def is_for_vfio(self):
        """Also xe-vfio-pci and other vendors' kin."""
        return bool(self.driver) and self.driver.replace('_', '-').endswith('vfio-pci')

    @property
    def name(self):
        vendor = VENDORS.get(self.vendor, 'PCI')
        return f'{vendor} {self.ids} at {self.address}'

    @property
    def ids(self):
        return ':'.join('????' if part is None else f'{part:04x}'
                        for part in (self.vendor, self.device))


class Gpu(Device):
    """With what SR-IOV makes of it."""

    def __init__(self, host, address):
        super().__init__(host, address)
        self.physical = host.link(f'{self.folder}/physfn')
        self.total_vfs = number(host.text(f'{self.folder}/sriov_totalvfs')) or 0
        self.num_vfs = number(host.text(f'{self.folder}/sriov_numvfs')) or 0
        self.is_boot = host.text(f'{self.folder}/boot_vga') == '1'
        self.nodes = host.names(f'{self.folder}/drm', 'renderD*')

    @property
    def role(self):
        if self.physical:
            return 'virtual function'
        return 'physical function' if self.total_vfs else 'function'

    def facts(self):
        return {'address': self.address, 'ids': self.ids, 'driver': self.driver,
                'role': self.role, 'physical_function': self.physical,
                'total_vfs': self.total_vfs, 'vfs': self.num_vfs,
                'iommu_group': self.group, 'is_boot_display': self.is_boot,
                'render_nodes': self.nodes}


def find_gpus(host):
    """Devices that render, or that somebody gave to VFIO to be assigned."""
    gpus = []
    for address in host.names(DEVICES):
        found = Device(host, address)
        if found.is_display and found.vendor != VIRTIO and \
                (found.is_for_vfio or found.renders):
            gpus.append(Gpu(host, address))
    return gpus


def group_of(host, device):
    """The other devices of its IOMMU group."""
    return [Device(host, address)
            for address in host.names(f'{GROUPS}/{device.group}/devices')
            if address != device.address]


def bind_commands(device, driver='vfio-pci'):
    """How root gives a device to another driver, until the next boot."""
    lines = [f'modprobe {driver}',
             f'echo {driver} >{device.folder}/driver_override']
    if device.driver:
        lines.append(f'echo {device.address} >{device.folder}/driver/unbind')
    lines.append(f'echo {device.address} >/sys/bus/pci/drivers_probe')
    return '; '.join(lines)
