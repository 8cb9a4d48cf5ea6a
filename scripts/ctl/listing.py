# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Which devices there are, their heads, and who looks."""
import outputs
from clean import clean
from device import consoles
from qmp import Refused, objects

NAME_WIDTH = 10


def _asked(monitor, command):
    """What a command tells; nothing where this QEMU has no such display."""
    try:
        return monitor.execute(command)
    except Refused as error:
        if error.kind != 'CommandNotFound':
            raise
        return None


def _address(peer):
    host, service = clean(peer.get('host', '')), clean(peer.get('service', ''))
    return ':'.join(part for part in (host, service) if part) or 'a local socket'


def _vnc_clients(monitor):
    """(display of the server, client's address); one without a display shows all."""
    for server in objects(_asked(monitor, 'query-vnc-servers') or [], monitor.who):
        for client in objects(server.get('clients', []), monitor.who):
            yield server.get('display'), 'VNC ' + _address(client)


def _spice_clients(monitor):
    """One address a client, which has several channels."""
    spice, = objects([_asked(monitor, 'query-spice') or {}], monitor.who)
    clients = {str(channel.get('connection-id')): 'SPICE ' + _address(channel)
               for channel in objects(spice.get('channels', []), monitor.who)}
    return list(clients.values())


def read(monitor, devices):
    """A description of each device."""
    numbers = consoles(monitor)
    vnc = list(_vnc_clients(monitor))
    spice = _spice_clients(monitor)
    for device in devices:
        heads = dict(enumerate(outputs.read(device)))
        yield {
            'id': device.id, 'path': device.path, 'type': device.kind,
            'ours': device.is_ours,
            'renderer': device.get('renderer-info', str) if device.is_ours else None,
            'profile': device.profile,
            'heads': [{'head': head, 'console': numbers.get((device.path, head)),
                       **heads.get(head, {})} for head in range(device.num_heads)],
            'viewers': spice + [address for display, address in vnc
                                if display in (None, device.id or device.kind)],
        }


def _line(name, text):
    return f'  {name:{NAME_WIDTH}} {text}'


def lines(description):
    """For a person."""
    yield f'{clean(description["id"] or description["path"])} ({description["type"]})'
    yield _line('renderer', clean(description['renderer'])
                if description['ours'] else 'not ours: QEMU\'s own virtio-gpu')
    if description['profile'] not in (None, 'none'):
        yield _line('profile', clean(description['profile']))
    for head in description['heads']:
        text = outputs.describe(head) + ', ' if 'xres' in head else ''
        yield _line(f'head {head["head"]}', f'{text}console {head["console"]}')
    for viewer in description['viewers']:
        yield _line('viewer', viewer)
