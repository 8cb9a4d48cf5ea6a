# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A client of QEMU's D-Bus display, in Python by Gio."""

import socket
import threading
import time

import gi
from PIL import Image

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

import common  # noqa: E402
from vm import GuestError  # noqa: E402

DISPLAY = "org.qemu.Display1"
CONSOLE_PATH = "/org/qemu/Display1/Console_{}"
LISTENER_PATH = "/org/qemu/Display1/Listener"
# What QEMU calls without OpenGL in its own process.
LISTENER = Gio.DBusNodeInfo.new_for_xml("""
<node><interface name="org.qemu.Display1.Listener">
 <method name="Scanout">
  <arg type="u" name="width"/><arg type="u" name="height"/>
  <arg type="u" name="stride"/><arg type="u" name="pixman_format"/>
  <arg type="ay" name="data"/></method>
 <method name="Update">
  <arg type="i" name="x"/><arg type="i" name="y"/>
  <arg type="i" name="width"/><arg type="i" name="height"/>
  <arg type="u" name="stride"/><arg type="u" name="pixman_format"/>
  <arg type="ay" name="data"/></method>
 <method name="Disable"/>
 <method name="MouseSet">
  <arg type="i" name="x"/><arg type="i" name="y"/><arg type="i" name="on"/>
 </method>
 <method name="CursorDefine">
  <arg type="i" name="width"/><arg type="i" name="height"/>
  <arg type="i" name="hot_x"/><arg type="i" name="hot_y"/>
  <arg type="ay" name="data"/></method>
 <property name="Interfaces" type="as" access="read"/>
</interface></node>""").interfaces[0]

# Of pixman's formats, those with 32 bits, blue first: x8r8g8b8, a8r8g8b8.
FORMATS = (0x20020888, 0x20028888)

KEY_SECONDS = 0.06
SHIFT = 42
# Rows of a US keyboard by the number of their first key.
KEYS = {character: first + at
        for first, row in ((2, "1234567890-="), (16, "qwertyuiop[]\n"),
                           (30, "asdfghjkl;'"), (44, "zxcvbnm,./"), (57, " "))
        for at, character in enumerate(row)}


class Client:
    """with Client(vm) as client: client.shot()

    console is the number of QEMU's console: each head is one. beside is a
    client of another console, whose connection is used: QEMU has one. QEMU calls
    the listener on a thread of its own, which draws. The lock is that of what
    was drawn.
    """

    def __init__(self, vm, console=0, beside=None):
        self.path = CONSOLE_PATH.format(console)
        self.lock = threading.Lock()
        self.image = self.cursor = self.hot_spot = self.error = None
        self.calls = {}
        self.loop = self.thread = None
        try:
            self.bus = beside.bus if beside else self._connect(vm)
            self.listener = self._listen()
        except GLib.Error as error:
            raise GuestError(f"QEMU takes no listener: {error.message}")

    def _connect(self, vm):
        self.loop = GLib.MainLoop()
        self.thread = threading.Thread(target=self.loop.run, daemon=True)
        self.thread.start()
        ours, theirs = socket.socketpair()
        with theirs:
            vm.add_client("@dbus-display", theirs)
        bus = connection(ours)
        bus.start_message_processing()
        return bus

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self.listener.is_closed():
            self.listener.close_sync()
        if not self.loop:
            return
        if not self.bus.is_closed():
            self.bus.close_sync()
        self.loop.quit()
        self.thread.join()

    def _listen(self):
        ours, theirs = socket.socketpair()
        with theirs:
            fds = Gio.UnixFDList.new()
            handle = fds.append(theirs.fileno())
            self.bus.call_with_unix_fd_list_sync(
                None, self.path, f"{DISPLAY}.Console", "RegisterListener",
                GLib.Variant("(h)", (handle,)), None, Gio.DBusCallFlags.NONE,
                common.CLIENT_SECONDS * 1000, fds)
        listener = connection(ours)
        listener.register_object(LISTENER_PATH, LISTENER, self._on_call,
                                 lambda *_: GLib.Variant("as", []), None)
        listener.start_message_processing()
        return listener

    def call(self, interface, method, signature="()", *words):
        """Call a method of the console; its answer."""
        try:
            return self.bus.call_sync(
                None, self.path, f"{DISPLAY}.{interface}", method,
                GLib.Variant(signature, words), None, Gio.DBusCallFlags.NONE,
                common.CLIENT_SECONDS * 1000)
        except GLib.Error as error:
            raise GuestError(f"{interface}.{method}{words}: {error.message}")

    # Sees

    def _on_call(self, _bus, _sender, _path, _interface, method, words, call):
        with self.lock:
            self.calls[method] = self.calls.get(method, 0) + 1
            try:
                getattr(self, f"_on_{method}")(words)
            except ValueError as error:
                self.error = f"{method}: {error}"
        call.return_value(None)

    def _on_Scanout(self, words):
        self.image = pixels(*numbers(words, 4), words)

    def _on_Update(self, words):
        x, y, *shape = numbers(words, 6)
        if not self.image:
            raise ValueError("there was no Scanout before")
        self.image.paste(pixels(*shape, words), (x, y))

    def _on_Disable(self, _words):
        self.image = None

    def _on_MouseSet(self, words):
        self.cursor = words.unpack()

    def _on_CursorDefine(self, words):
        width, height, *self.hot_spot = numbers(words, 4)
        pixels(width, height, width * 4, FORMATS[1], words)

    def calls_so_far(self):
        with self.lock:
            return dict(self.calls)

    def shot(self):
        """What the client shows, without the pointer."""
        with self.lock:
            if self.error:
                raise GuestError(f"QEMU called what is wrong: {self.error}")
            if not self.image:
                raise GuestError("expected a picture from QEMU, got "
                                 f"{self.calls or 'no call'}")
            return common.from_image(self.image)

    def pointer(self):
        """Where the guest has the cursor: x, y, whether it is on; hot spot."""
        with self.lock:
            return self.cursor, self.hot_spot

    # Does

    def point(self, x, y):
        self.call("Mouse", "SetAbsPosition", "(uu)", x, y)

    def click(self):
        for method in ("Press", "Release"):
            self.call("Mouse", method, "(u)", 0)

    def key(self, number, down):
        self.call("Keyboard", "Press" if down else "Release", "(u)", number)

    def type(self, text):
        """On a US keyboard."""
        for character in text:
            if character.isupper():
                self.key(SHIFT, True)
            for down in (True, False):
                self.key(KEYS[character.lower()], down)
            if character.isupper():
                self.key(SHIFT, False)
            time.sleep(KEY_SECONDS)

    def resize(self, size):
        """Wish this size of the guest's screen."""
        self.call("Console", "SetUIInfo", "(qqiiuu)", 0, 0, 0, 0, *size)


def connection(sock):
    """A connection of D-Bus that owns this socket; it waits to be started."""
    stream = Gio.Socket.new_from_fd(sock.detach())
    return Gio.DBusConnection.new_sync(
        stream.connection_factory_create_connection(), None,
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
        Gio.DBusConnectionFlags.DELAY_MESSAGE_PROCESSING, None)


def numbers(words, count):
    return [words.get_child_value(at).unpack() for at in range(count)]


def pixels(width, height, stride, pixman_format, words):
    """An image of a call's last argument."""
    data = words.get_child_value(words.n_children() - 1).get_data_as_bytes()
    if pixman_format not in FORMATS:
        raise ValueError(f"pixels of format {pixman_format:#x}")
    if data.get_size() < stride * (height - 1) + width * 4:
        raise ValueError(f"{data.get_size()} bytes for {width}x{height}")
    return Image.frombytes("RGB", (width, height), data.get_data(), "raw",
                           "BGRX", stride)
