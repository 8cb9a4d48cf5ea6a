# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The route "vfio": a GPU, or a virtual function of one, is given to the guest."""
from check import best, missing, ok, until_missing
from nodes import check_node
from pci import bind_commands, group_of

CONTAINER = '/dev/vfio/vfio'
# Drivers that may have a device of a group that a guest has another of; they do no
# DMA of their own accord.
HARMLESS = ('pci-stub', 'pcieport')


def _bind_remedy(gpu):
    if gpu.total_vfs and not gpu.num_vfs:
        return (f'make a virtual function: "echo 1 >{gpu.folder}/sriov_numvfs" as root'
                f' (it can have {gpu.total_vfs}), and the host keeps its GPU')
    black = ' (the host\'s screen goes black)' if gpu.is_boot else ''
    return f'give it to vfio-pci{black}, as root: "{bind_commands(gpu)}"'


def _check_bound(gpu):
    if not gpu.is_for_vfio:
        holder = f'is with the driver {gpu.driver}' if gpu.driver else 'has no driver'
        return missing('binding', f'{gpu.name}, a {gpu.role}, {holder}',
                       _bind_remedy(gpu), **gpu.facts())
    return ok('binding', f'{gpu.name} is with {gpu.driver}', **gpu.facts())


def _check_group(host, gpu):
    if not gpu.group:
        return missing('group', f'{gpu.name} is in no IOMMU group',
                       'move it to a slot behind the IOMMU')
    others = group_of(host, gpu)
    facts = {'group': gpu.group, 'others': [device.address for device in others]}
    for device in others:
        if device.is_bridge or device.is_for_vfio or device.driver is None or \
                device.driver in HARMLESS:
            continue
        says = (f'IOMMU group {gpu.group} of {gpu.name} has {device.address} in it,'
                f' which the driver {device.driver} has')
        # The functions of one card belong together, as a GPU and its sound.
        if device.address.rpartition('.')[0] == gpu.address.rpartition('.')[0]:
            return missing('group', says, 'give that to vfio-pci as well, as root:'
                           f' "{bind_commands(device)}"', **facts)
        return missing('group', says, f'move {gpu.address} to a slot with a group of'
                       f' its own, or give up {device.address} to vfio-pci as well',
                       **facts)
    return ok('group', f'IOMMU group {gpu.group} is the guest\'s alone', **facts)


def _check_group_node(host, gpu):
    path = f'/dev/vfio/{gpu.group}'
    if not host.exists(path):
        return missing('group-node', f'there is no {path}', f'let udev make {path} (is'
                       ' this a container without it?)')
    return check_node(host, 'group-node', path)


def _check_container(host):
    if not host.exists(CONTAINER):
        return missing('container-node', f'there is no {CONTAINER}',
                       'load it: "modprobe -a vfio-pci vfio_iommu_type1"')
    return check_node(host, 'container-node', CONTAINER)


def _chain(host, gpu, found):
    """Of one device; found are the checks that are the host's."""
    yield found['iommu']
    yield found['vfio-modules']
    yield _check_bound(gpu)
    yield _check_group(host, gpu)
    yield _check_container(host)
    yield _check_group_node(host, gpu)
    yield found['memlock']
    dmabuf = found['vfio-dmabuf']
    yield dmabuf._replace(says=f'{gpu.name}, {dmabuf.says}')


def check_vfio(host, gpus, found):
    """The chain of the device that is nearest to be assigned."""
    if not gpus:
        if not host.exists('/sys/bus/pci'):
            return [found['pci']]
        return [missing('device', 'this host has no GPU to give to a guest',
                        'give this host a GPU, best one with SR-IOV')]
    # Of equals a virtual function is the better choice, as the host keeps its GPU.
    in_order = sorted(gpus, key=lambda gpu: (not gpu.physical, not gpu.total_vfs,
                                             gpu.is_boot))
    return best([until_missing(_chain(host, gpu, found)) for gpu in in_order])
