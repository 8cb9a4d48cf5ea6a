# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""The files of noVNC on a port of this machine, for a browser."""

import http.server
import threading
import urllib.parse
from pathlib import Path

from vm import GuestError

FILES = Path("/usr/share/novnc")
PAGE = "vnc.html"


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/":
            return super().do_GET()
        self.send_response(http.HTTPStatus.FOUND)
        self.send_header("Location", self.server.location())
        self.end_headers()
        return None

    def log_message(self, *_):
        """The terminal belongs to whoever started this."""


class Server(http.server.ThreadingHTTPServer):
    """with Server(PORT OF THE WEBSOCKET) as web: a browser at web.address.

    "/" is noVNC's page, which connects to that websocket of QEMU by itself and
    wishes the size of its window of the guest.
    """

    def __init__(self, websocket, port=0):
        if not (FILES / PAGE).is_file():
            raise GuestError(f"there is no {FILES / PAGE} here: install novnc")
        self.websocket = websocket
        try:
            super().__init__(("127.0.0.1", port), lambda *words: Handler(
                *words, directory=FILES))
        except OSError as error:
            raise GuestError(f"port {port} of 127.0.0.1 cannot be served: "
                             f"{error.strerror}; choose another with --port")
        self.address = f"http://127.0.0.1:{self.server_port}/"

    def location(self):
        # QEMU's websocket has no other path than the root.
        return f"/{PAGE}?" + urllib.parse.urlencode({
            "autoconnect": "true", "reconnect": "true", "resize": "remote",
            "host": "127.0.0.1", "port": self.websocket, "path": ""})

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
