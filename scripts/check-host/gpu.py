# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The route "gpu": OpenGL on a DRM render node."""
from check import best, missing, ok, unknown, until_missing
from libraries import glob_library
from nodes import check_node
from pci import DEVICES, DRIVERS
from software import has_mesa_driver

DRM = '/sys/class/drm'
# Drivers that have nodes and no GPU behind them.
SOFTWARE = ('vgem', 'vkms', 'simple-framebuffer', 'simpledrm', 'bochs-drm', 'ast',
            'mgag200', 'udl', 'cirrus', 'cirrus-qemu', 'qxl', 'hyperv_drm', 'faux',
            'faux_driver')
VIRTIO = ('virtio_gpu', 'virtio-pci')
# Kernel's driver to Mesa's.
MESA = {'i915': ('iris', 'crocus', 'i915'), 'xe': ('iris',), 'amdgpu': ('radeonsi',),
        'radeon': ('r300', 'r600', 'radeonsi'), 'nouveau': ('nouveau',),
        'vmwgfx': ('vmwgfx',), 'virtio_gpu': ('virtio_gpu',),
        'virtio-pci': ('virtio_gpu',)}


class RenderNode:
    def __init__(self, host, name):
        self.path = f'/dev/dri/{name}'
        self.driver = host.link(f'{DRM}/{name}/device/driver')
        self.address = host.link(f'{DRM}/{name}/device')
        if not self.driver and self.address in SOFTWARE:
            # vgem before Linux 6.14 has a device and no driver.
            self.driver = self.address

    @property
    def shown(self):
        return f'{self.path} ({self.driver or "without a driver"}, {self.address})'


def find_nodes(host):
    names = host.names(DRM, 'renderD*')
    return [RenderNode(host, name)
            for name in sorted(names, key=lambda name: (len(name), name))]


def _check_driver(node):
    facts = {'path': node.path, 'driver': node.driver, 'device': node.address}
    if not node.driver or node.driver in SOFTWARE:
        return missing('render-node', f'{node.path} has no GPU behind it'
                       f' ({node.driver or "no driver"})',
                       'give this host a GPU; renderer=software needs none', **facts)
    return ok('render-node', f'{node.shown} is there', **facts)


def _check_userspace(host, node):
    if node.driver in ('nvidia', 'nvidia-drm'):
        if not glob_library(host, 'gbm/nvidia-drm_gbm.so') or \
                not glob_library(host, 'libnvidia-egl-gbm.so.1'):
            return missing('gl-driver', f'NVIDIA\'s driver has no EGL on {node.path}',
                           'install libnvidia-egl-gbm1, with nvidia-egl-icd of the same'
                           ' version as the kernel\'s driver')
        return unknown('gl-driver', f'{node.shown}: NVIDIA\'s own OpenGL, on which this'
                       ' was never tried', 'try it with renderer=gpu;'
                       ' renderer=software works beside it')
    names = MESA.get(node.driver, (node.driver,))
    if not has_mesa_driver(host, *names):
        return missing('gl-driver', f'Mesa has no driver for {node.shown}',
                       'install libgl1-mesa-dri')
    if node.driver in VIRTIO:
        return unknown('gl-driver', f'{node.shown}: the host of this virtual machine'
                       ' decides what renders', 'try it with renderer=gpu; eglinfo'
                       ' shows whether it is llvmpipe')
    return ok('gl-driver', f'OpenGL on {node.shown}', mesa=list(names))


def _chain(host, node):
    yield _check_driver(node)
    yield check_node(host, 'access', node.path, 'render')
    yield _check_userspace(host, node)


def _no_node(gpu):
    """Why this GPU has no render node."""
    if gpu.is_for_vfio:
        return missing('render-node', f'{gpu.name} is given to {gpu.driver}',
                       'give it back to its driver, if no guest wants it: "echo'
                       f' >{gpu.folder}/driver_override; echo {gpu.address}'
                       f' >{gpu.folder}/driver/unbind; echo {gpu.address}'
                       ' >/sys/bus/pci/drivers_probe"')
    if gpu.driver == 'nvidia':
        return missing('render-node', f'{gpu.name} has no render node',
                       'load nvidia-drm with modeset: put "options nvidia-drm'
                       ' modeset=1" into /etc/modprobe.d/nvidia-drm.conf and reboot')
    if not gpu.driver:
        driver = DRIVERS.get(gpu.vendor)
        return missing('render-node', f'{gpu.name} has no driver',
                       f'load its driver: "modprobe {driver}" (a newer Intel GPU wants'
                       ' xe); "dmesg" says what it misses, often firmware'
                       if driver == 'i915' else
                       f'load its driver: "modprobe {driver}"; "dmesg" says what it'
                       ' misses, often firmware' if driver else
                       'install the driver of this GPU')
    return missing('render-node', f'{gpu.name} has no render node by {gpu.driver}',
                   f'see what "dmesg" says of {gpu.driver}, or boot a newer kernel')


def check_gpu(host, gpus):
    """The chain of the render node that is nearest to work."""
    if not host.exists(DEVICES) and not host.exists(DRM):
        return [unknown('render-node', 'which GPUs there are is not known',
                        'run this where /sys is mounted')]
    found = find_nodes(host)
    with_node = {node.address for node in found}
    chains = [[_no_node(gpu)] for gpu in gpus
              if gpu.renders and gpu.address not in with_node]
    chains += [until_missing(_chain(host, node)) for node in found]
    if not chains:
        return [missing('render-node', 'this host has no GPU',
                        'give this host a GPU; renderer=software needs none')]
    return best(chains)
