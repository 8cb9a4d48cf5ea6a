# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What renders without a GPU: virglrenderer, Mesa, Vulkan's drivers."""
import re

from check import missing, ok, unknown
from host import environment
from libraries import (TRIPLET, as_numbers, find_library, glob_library,
                       package_version, soname_version)

# virglrenderer's libtool version where it became 1.0.
SONAME_1_0 = (8, 0)
OLDEST = (0, 10, 4)

MESA_REMEDY = 'install libgl1-mesa-dri and libegl-mesa0'
RENDER_SERVER = '/usr/libexec/virgl_render_server'
# As hw/display/platform/vulkan-driver.c has them.
VULKAN_VARIABLES = ('VK_DRIVER_FILES', 'VK_ICD_FILENAMES')
VULKAN_FOLDER = 'vulkan/icd.d'
SOFTWARE_PREFIX = 'lvp_icd'


def _virgl_version(host, path):
    said = package_version(host, 'libvirglrenderer1')
    if not said:
        for config in (f'/usr/lib/{TRIPLET}', '/usr/lib64', '/usr/local/lib64'):
            found = host.find(f'{config}/pkgconfig/virglrenderer.pc',
                              r'^Version: *[\d.]+')
            said = said or (found[0].split()[-1] if found else None)
    soname = soname_version(host, path)
    if not said and soname:
        said = '1.0 or later' if soname >= SONAME_1_0 else 'before 1.0'
    return said, soname


def check_virglrenderer(host):
    path = find_library(host, 'libvirglrenderer.so.1')
    if not path:
        return missing('virglrenderer', 'there is no virglrenderer',
                       'install libvirglrenderer1')
    version, soname = _virgl_version(host, path)
    facts = {'path': path, 'version': version, 'soname': soname}
    known = as_numbers(version)
    if version and version[0].isdigit() and known < OLDEST:
        return missing('virglrenderer', f'virglrenderer {version} is too old',
                       'install virglrenderer 0.10.4 or later', **facts)
    return ok('virglrenderer', f'virglrenderer {version or "of unknown version"}',
              **facts)


def _mesa_version(host):
    for path in glob_library(host, 'libgallium-*.so'):
        match = re.search(r'libgallium-(\d+\.\d+(?:\.\d+)?)', path)
        if match:
            return match[1]
    return package_version(host, 'libgl1-mesa-dri', 'libegl-mesa0')


def has_mesa_driver(host, *names):
    """Since 24.3 all are in libgallium, whatever files stand for them."""
    return bool(glob_library(host, 'libgallium-*.so')) or \
        any(glob_library(host, f'dri/{name}_dri.so') for name in names)


def check_mesa(host):
    version = _mesa_version(host)
    facts = {'version': version,
             'egl': find_library(host, 'libEGL.so.1'),
             'mesa_egl': find_library(host, 'libEGL_mesa.so.0')}
    if not facts['egl']:
        return missing('mesa', 'there is no EGL', 'install libegl1 and libegl-mesa0',
                       **facts)
    # Without glvnd, libEGL.so.1 is Mesa's own.
    if find_library(host, 'libGLdispatch.so.0') and not facts['mesa_egl']:
        return missing('mesa', 'there is no EGL of Mesa\'s', MESA_REMEDY, **facts)
    if not find_library(host, 'libgbm.so.1'):
        return missing('mesa', 'there is no libgbm', 'install libgbm1', **facts)
    if not has_mesa_driver(host, 'swrast', 'kms_swrast'):
        return missing('mesa', 'Mesa has no software renderer here', MESA_REMEDY,
                       **facts)
    return ok('mesa', f'Mesa {version or "of unknown version"}', **facts)


def _xdg(host, name, default):
    said = environment(host, name) or default
    return [path for path in said.split(':') if path.startswith('/')]


def manifests(host):
    """In the order of the loader, and of vulkan-driver.c."""
    found = []
    for parent in (*_xdg(host, 'XDG_CONFIG_DIRS', '/etc/xdg'), '/etc',
                   *_xdg(host, 'XDG_DATA_DIRS', '/usr/local/share:/usr/share')):
        folder = f'{parent.rstrip("/")}/{VULKAN_FOLDER}'
        found += [f'{folder}/{name}' for name in host.names(folder, '*.json')]
    return list(dict.fromkeys(found))


def _library_is_there(host, manifest):
    said = host.find(manifest, r'"library_path"\s*:\s*"[^"\n]+"')
    if not said:
        return False
    path = said[0].split('"')[-2]
    if path.startswith('/'):
        return host.exists(path)
    if '/' in path:
        return host.exists(f'{manifest.rpartition("/")[0]}/{path}')
    return find_library(host, path) is not None


def check_vulkan_driver(host, is_software):
    """The driver that a render server of this route gets."""
    for variable in VULKAN_VARIABLES:
        chosen = environment(host, variable)
        if chosen:
            return ok('vulkan-driver', f'Vulkan by {variable}={chosen}',
                      manifest=chosen)
    found = [path for path in manifests(host) if not is_software
             or path.rpartition('/')[2].startswith(SOFTWARE_PREFIX)]
    kind = 'software ' if is_software else ''
    if not found:
        return missing('vulkan-driver', f'there is no {kind}Vulkan driver',
                       'install mesa-vulkan-drivers')
    usable = [path for path in found if _library_is_there(host, path)]
    if not usable or (is_software and usable[0] != found[0]):
        return missing('vulkan-driver', f'{found[0]} names a library that is not'
                       ' there', 'install mesa-vulkan-drivers again', found=found)
    return ok('vulkan-driver', f'Vulkan by {usable[0]}', manifest=usable[0],
              found=found)


def check_vulkan_loader(host):
    path = find_library(host, 'libvulkan.so.1')
    if not path:
        return missing('vulkan-loader', 'there is no loader of Vulkan',
                       'install libvulkan1')
    return ok('vulkan-loader', 'Vulkan\'s loader is there', path=path)


def check_render_server(host):
    program = environment(host, 'RENDER_SERVER_EXEC_PATH') or RENDER_SERVER
    if not host.exists(program):
        return missing('render-server', f'there is no {program}',
                       'install virgl-server')
    return ok('render-server', f'{program} is there', path=program)


def check_virgl_has_venus(host, virglrenderer):
    """Of virglrenderer itself; what our module was built for is its own matter."""
    version = virglrenderer.facts['version'] or ''
    if version == 'before 1.0' or (version[:1].isdigit()
                                   and as_numbers(version) < (1,)):
        return missing('venus-library', f'virglrenderer {version} cannot map Vulkan\'s'
                       ' memory into a guest', 'install virglrenderer 1.0 or later'
                       ' (Debian 13 has it) and build these modules with it')
    if not version:
        return unknown('venus-library', 'whether this virglrenderer is 1.0 or later'
                       ' is not known', 'try venus=on: the warning says whether')
    return ok('venus-library', f'virglrenderer {version} maps Vulkan\'s memory')
