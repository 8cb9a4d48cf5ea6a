#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Tests the rules themselves: each finds its sample and only that. Prints TAP."""
import os
import sys
import tempfile

import rules

HEAD = ('/* SPDX-License-Identifier: GPL-2.0-or-later */\n'
        '/* Copyright (c) 2026 The qemu-virtio-gpu authors */\n')
WIRE = {'include/hw/virtio/vgpu/wire.h': HEAD + 'enum wire { WIRE };\n'}


def function(lines, name='f'):
    return f'void {name}(void)\n{{\n' + '    x();\n' * lines + '}\n'


# name, rule that must complain (None: none may), files beside wire.h
CASES = (
    ('a source of each layer passes', None, {
        'hw/display/core/wire.c':
            HEAD + '#include "hw/virtio/vgpu/wire.h"\n#include <glib.h>\n'
            + function(90),
        'hw/display/core/arena.h': HEAD + 'struct arena;\n',
        'hw/display/core/arena.c': HEAD + '#include "arena.h"\n',
        'hw/display/platform/memfd.h': HEAD + '#include <stdint.h>\nint a;\n',
        'hw/display/platform/memfd.c':
            HEAD + '#include "memfd.h"\n#include <sys/mman.h>\n',
        'hw/display/renderer/virgl/egl.c':
            HEAD + '#include "../../platform/memfd.h"\n#include <EGL/egl.h>\n',
        'include/hw/virtio/virtio-gpu.h': HEAD + 'int b;\n',
        'hw/display/virtio-gpu-base.c':
            HEAD + '#include "qemu/osdep.h"\n#include "hw/virtio/virtio-gpu.h"\n',
        'hw/display/virtio-gpu-status.c':
            HEAD + '#include "qemu/osdep.h"\n'
            'static void raise_owed(VirtIOGPU *gpu)\n{\n'
            '    virtio_notify(vdev, vq);\n}\n',
    }),
    ('core must not include QEMU', rules.layers, {
        'hw/display/core/a.c': HEAD + '#include "qemu/iov.h"\n'}),
    ('core must not start threads', rules.layers, {
        'hw/display/core/a.c': HEAD + '#include <pthread.h>\n'}),
    ('core must not include a renderer', rules.layers, {
        'hw/display/renderer/pixman/image.h': HEAD + 'int a;\n',
        'hw/display/core/a.c': HEAD + '#include "../renderer/pixman/image.h"\n'}),
    ('core must not include QEMU side headers', rules.layers, {
        'include/hw/virtio/virtio-gpu.h': HEAD + 'int a;\n',
        'hw/display/core/a.c': HEAD + '#include "hw/virtio/virtio-gpu.h"\n'}),
    ('the interface must not include EGL', rules.layers, {
        'include/hw/virtio/vgpu/a.h': HEAD + '#include <EGL/egl.h>\nint a;\n'}),
    ('a renderer must not include core', rules.layers, {
        'hw/display/core/arena.h': HEAD + 'int a;\n',
        'hw/display/renderer/null/a.c': HEAD + '#include "../../core/arena.h"\n'}),
    ('a renderer must not include another', rules.layers, {
        'hw/display/renderer/pixman/image.h': HEAD + 'int a;\n',
        'hw/display/renderer/null/a.c': HEAD + '#include "../pixman/image.h"\n'}),
    ('platform must not know virtio-gpu', rules.layers, {
        'hw/display/platform/a.c': HEAD + '#include "hw/virtio/vgpu/wire.h"\n'}),
    ('the mailbox must not include QEMU', rules.layers, {
        'hw/display/mailbox.c': HEAD + '#include "qemu/osdep.h"\n'}),
    ('an include in a comment counts for nothing', None, {
        'hw/display/core/a.c': HEAD + '/*\n#include "qemu/iov.h"\n*/\n'}),
    ('the own header comes first', rules.own_header_first, {
        'hw/display/core/wire.c':
            HEAD + '#include <glib.h>\n#include "hw/virtio/vgpu/wire.h"\n'}),
    ('the glue starts with qemu/osdep.h', rules.own_header_first, {
        'hw/display/a.c': HEAD + '#include "hw/virtio/vgpu/wire.h"\n'}),
    ('the own header comes after qemu/osdep.h', rules.own_header_first, {
        'hw/display/a.h': HEAD + 'int a;\n',
        'hw/display/a.c': HEAD + '#include "qemu/osdep.h"\n#include "qemu/iov.h"\n'
                          '#include "a.h"\n'}),
    ('no header includes qemu/osdep.h', rules.own_header_first, {
        'hw/display/a.h': HEAD + '#include "qemu/osdep.h"\nint a;\n'}),
    ('no umbrella', rules.no_umbrella, {
        'include/hw/virtio/vgpu/all.h':
            HEAD + '#ifndef A\n#define A\n#include "hw/virtio/vgpu/wire.h"\n'
            '#endif\n'}),
    ('virtio_notify on the device thread', rules.no_virtio_notify, {
        'hw/display/virtio-gpu-queue.c':
            HEAD + '#include "qemu/osdep.h"\n'
            'static void push(VirtIOGPU *gpu)\n{\n'
            '    virtio_notify(vdev, vq);\n}\n'}),
    ('virtio_notify in a comment or as another function', None, {
        'hw/display/virtio-gpu-queue.c':
            HEAD + '#include "qemu/osdep.h"\n'
            'static void push(VirtIOGPU *gpu)\n{\n'
            '    /* not virtio_notify(vdev, vq) */\n'
            '    virtio_notify_irqfd(vdev, vq);\n}\n'}),
    ('no licence', rules.licence, {
        'hw/display/core/a.c': '/* Copyright (c) 2026 somebody */\n'}),
    ('no copyright', rules.licence, {
        'hw/display/core/a.c':
            '/* SPDX-License-Identifier: GPL-2.0-or-later */\n'}),
    ('two copyright lines', rules.licence, {
        'hw/display/core/a.c': HEAD + '/* Copyright (c) 2025 somebody */\n'}),
    ('a function of 91 lines', rules.function_sizes, {
        'hw/display/core/a.c': HEAD + function(91)}),
    ('a long function in a header', rules.function_sizes, {
        'hw/display/core/a.h': HEAD + function(6)}),
    ('a table of 200 lines', None, {
        'hw/display/core/a.c':
            HEAD + 'static const int a[] = {\n' + '    1,\n' * 200 + '};\n'}),
    ('a source that is not built', rules.built, {
        'hw/display/meson.build': HEAD + "files('core/wire.c')\n",
        'hw/display/core/wire.c': HEAD + '#include "hw/virtio/vgpu/wire.h"\n',
        'hw/display/core/a.c': HEAD}),
    ('something left to do', rules.no_todo, {
        'hw/display/core/a.c': HEAD + '/* TODO: all */\n'}),
)


def complaints(files):
    """Which rules complain about a tree of these files."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**WIRE, **files}.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w', encoding='utf-8') as f:
                f.write(text)
        tree = rules.Tree(root)
        if 'hw/display/meson.build' not in tree:
            tree.files['hw/display/meson.build'] = HEAD + ' '.join(
                f"'{path[len('hw/display/'):]}'" for path in files)
        return {rule: list(rule(tree)) for rule in rules.RULES}


def main():
    print(f'1..{len(CASES)}')
    bad = False
    for number, (name, expected, files) in enumerate(CASES, 1):
        found = complaints(files)
        got = [rule.__name__ for rule in rules.RULES if found[rule]]
        want = [expected.__name__] if expected else []
        if got != want:
            bad = True
            print(f'# expected {want}, got {got}: '
                  + '; '.join(p for ps in found.values() for p in ps))
        print(f'{"ok" if got == want else "not ok"} {number} - {name}')
    return 1 if bad else 0


sys.exit(main())
