# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A VNC server that listens, beside the one of VM.vnc(), which does not."""

from vm import GuestError

DISPLAY_0 = 5900
# The first display number that is free.
LISTENING = ("-vnc", "127.0.0.1:0,to=99")
WITH_WEBSOCKET = ("-vnc", "127.0.0.1:0,to=99,websocket=on")


def port(vm, websocket=False):
    """The TCP port of the server, or of its websocket."""
    ports = [int(server["service"])
             for display in vm.qmp("query-vnc-servers")
             for server in display["server"]
             if server["websocket"] == websocket]
    if len(ports) != 1:
        raise GuestError(f"expected one port of the VNC server, got {ports}")
    return ports[0]
