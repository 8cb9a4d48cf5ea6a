# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""All that is looked at, in its order: the host's checks, GPUs, routes."""
import collections
import itertools

import gpu
import iommu
import kernel
import nodes
import qemu
import software
import vfio
from check import Route, ok, unknown
from pci import find_gpus

Report = collections.namedtuple('Report', 'host gpus routes user')

# Those by which a guest gets 3D.
WITH_3D = ('software', 'gpu', 'venus', 'vfio')


def _check_pci(host, gpus):
    if not host.exists('/sys/bus/pci'):
        return unknown('pci', 'which PCI devices there are is not known',
                       'run this where /sys is mounted')
    count = len(gpus)
    return ok('pci', f'{count or "no"} GPU{"s" if count != 1 else ""} on PCI',
              gpus=count)


def _host_checks(host, gpus, launcher, memory):
    qemu_check = qemu.check_qemu(host, launcher)
    checks = (
        qemu_check,
        qemu.check_modules(host, launcher, qemu_check),
        software.check_virglrenderer(host),
        software.check_mesa(host),
        kernel.check_kernel(host),
        nodes.check_kvm(host),
        _check_pci(host, gpus),
        iommu.check_iommu(host),
        kernel.check_vfio_modules(host),
        kernel.check_vfio_dmabuf(host),
        kernel.check_memlock(host, memory),
        nodes.check_udmabuf(host),
        qemu.check_libvirt(host))
    return {check.name: check for check in checks}


def _venus_checks(host, launcher, found, is_software):
    yield software.check_virgl_has_venus(host, found['virglrenderer'])
    yield software.check_render_server(host)
    yield software.check_vulkan_loader(host)
    driver = software.check_vulkan_driver(host, is_software)
    yield driver
    yield found['qemu']
    yield found['modules']
    yield qemu.check_venus_module(host, launcher)
    yield driver


def _routes(host, gpus, launcher, found):
    """What is the hardware's comes first, what "make install" brings last."""
    ours = [found['qemu'], found['modules']]
    virgl = found['virglrenderer']
    on_software = Route('software', 'OpenGL without a GPU (renderer=software)',
                        [virgl, found['mesa'], *ours,
                         ok('software', f'OpenGL on llvmpipe: {virgl.says},'
                            f' {found["mesa"].says}')])
    opengl = gpu.check_gpu(host, gpus)
    on_gpu = Route('gpu', 'OpenGL on a render node (renderer=gpu)',
                   [*opengl, virgl, *ours, opengl[-1]])
    renders = on_gpu if on_gpu.works else on_software
    vulkan = itertools.chain(
        [check for check in renders.checks if check not in ours],
        _venus_checks(host, launcher, found, renders is on_software))
    assigned = vfio.check_vfio(host, gpus, found)
    return [on_software, on_gpu,
            Route('venus', 'Vulkan (venus=on,blob=on,hostmem=SIZE)', vulkan),
            Route('vfio', 'pictures of a GPU that the guest has (vfio-pci)',
                  [*assigned, *ours, assigned[-1]]),
            Route('dmabuf', 'guest memory shown without a copy (blob=on)',
                  [found['udmabuf'], *ours, found['udmabuf']])]


def look(host, memory):
    """Everything; memory is what a guest has, in bytes."""
    gpus = find_gpus(host)
    launcher = qemu.Launcher(host)
    found = _host_checks(host, gpus, launcher, memory)
    return Report(list(found.values()), gpus,
                  _routes(host, gpus, launcher, found), nodes.user(host))


def works(report):
    return any(route.works for route in report.routes if route.name in WITH_3D)
