# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Device nodes, and whether this user may open them."""
from check import missing, ok
from kernel import config, module_remedy, module_state, number

READ_WRITE = 6
ROOT = 0


def _identity(host):
    """(effective uid, the set of groups); (None, empty) where it is not known."""
    lines = host.find('/proc/self/status', r'^(?:Uid|Gid|Groups):[\t\d ]*$')
    ids = {line.split(':')[0]: [number(word, 10) for word in line.split()[1:]]
           for line in lines}
    groups = ids.get('Gid', [])[1:2] + ids.get('Groups', [])
    # Real, effective, saved, of file systems.
    return dict(enumerate(ids.get('Uid', []))).get(1), set(groups)


def user(host):
    return _identity(host)[0]


def group_name(host, gid):
    """Its members stay out of what is recorded."""
    found = host.find('/etc/group', rf'^[\w.-]+:[^:\n]*:{gid}:')
    return found[0].split(':')[0] if found else str(gid)


def is_usable(host, node):
    if node.usable is not None:
        return node.usable
    uid, groups = _identity(host)
    if uid == ROOT:
        return True
    if uid == node.uid:
        bits = node.mode >> 6
    elif node.gid in groups:
        bits = node.mode >> 3
    else:
        bits = node.mode
    return bits & READ_WRITE == READ_WRITE


def _remedy(host, path, node, group):
    if node.gid != ROOT and node.mode >> 3 & READ_WRITE == READ_WRITE:
        name = group_name(host, node.gid)
        return (f'add the user that runs QEMU to the group {name}'
                f' ("usermod -aG {name} USER", and log in again)')
    if group:
        return (f'give it to the group {group} ("chgrp {group} {path}; chmod 660'
                f' {path}", by a rule of udev to make it last)')
    return (f'give it to the user that runs QEMU ("chown USER {path}", by a rule of'
            ' udev to make it last; libvirt does it by itself)')


def check_node(host, name, path, group=None):
    """A node that is there; group is whose it is by custom."""
    node = host.node(path)
    if not node:
        return missing(name, f'{path} is no device node',
                       f'let udev make {path} (is this a container without it?)')
    facts = {'path': path, 'mode': f'{node.mode:04o}',
             'group': group_name(host, node.gid)}
    if not is_usable(host, node):
        return missing(name, f'{path} may not be opened by this user',
                       _remedy(host, path, node, group), **facts)
    says = f'{path} may be opened'
    return ok(name, says + ' by root' if user(host) == ROOT else says, **facts)


def check_kvm(host):
    if host.exists('/dev/kvm'):
        return check_node(host, 'kvm', '/dev/kvm', 'kvm')
    if module_state(host, 'kvm'):
        return missing('kvm', 'there is no /dev/kvm, so guests run on TCG', 'turn on'
                       ' virtualization (VT-x or AMD-V) in the firmware, or in the'
                       ' hypervisor that this is a guest of, and load kvm_intel or'
                       ' kvm_amd')
    return missing('kvm', 'there is no /dev/kvm, so guests run on TCG',
                   module_remedy(host, 'kvm', 'CONFIG_KVM'))


def check_udmabuf(host):
    if host.exists('/dev/udmabuf'):
        return check_node(host, 'udmabuf', '/dev/udmabuf', 'kvm')
    state = module_state(host, 'udmabuf')
    says = 'there is no /dev/udmabuf, so pictures in guest memory are copied'
    if state == 'available':
        return missing('udmabuf', says, 'load it: "modprobe udmabuf"')
    if state or config(host, 'CONFIG_UDMABUF') == 'y':
        return missing('udmabuf', says, 'let udev make /dev/udmabuf'
                       ' (is this a container without it?)')
    return missing('udmabuf', says, module_remedy(host, 'udmabuf', 'CONFIG_UDMABUF'))
