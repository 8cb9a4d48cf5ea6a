# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""What the sources must look like: one function a rule.

A rule takes a Tree and yields one sentence for each place that breaks it. The
table of layers is that of docs/architecture.md.
"""
import fnmatch
import os
import re

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*', re.S)
SPDX = 'SPDX-License-Identifier: GPL-2.0-or-later'
COPYRIGHT = re.compile(r'Copyright \(c\) \d{4}')

MAX_FUNCTION_LINES = 90
MAX_FILE_LINES = 400
MAX_HEADER_BODY_LINES = 5

LIBRARY = 'hw/virtio/vgpu/'
LIBRARY_FOLDER = 'include/' + LIBRARY
CORE = 'hw/display/core/'
RENDERER = 'hw/display/renderer/'
PLATFORM = 'hw/display/platform/'
VULKAN = 'hw/display/vulkan/'
METRICS = 'hw/display/metrics/'
GLUE = 'hw/display/'
# Frames, the mailbox and the tiles are glue that the unit tests link without QEMU.
WITHOUT_QEMU = ('hw/display/frame.c', 'hw/display/frame.h',
                'hw/display/mailbox-frames.c',
                'hw/display/mailbox-internal.h',
                'hw/display/mailbox.c', 'hw/display/mailbox.h',
                'hw/display/profile.c', 'hw/display/profile.h',
                'hw/display/shared-picture.c', 'hw/display/shared-picture.h',
                'hw/display/stall.c', 'hw/display/stall.h',
                'hw/display/tiles.c', 'hw/display/tiles.h')

# Functions of the main loop, which holds the big lock, may use virtio_notify().
MAIN_LOOP_NOTIFIERS = {
    # The cursor queue is the main loop's.
    'hw/display/virtio-gpu-cursor.c': None,
    # Without irqfd the device thread leaves the interrupt to this one.
    'hw/display/virtio-gpu-status.c': ('raise_owed',),
}

# The C library as core may use it: no threads, no files, no clock.
PURE_LIBC = frozenset((
    'assert.h', 'ctype.h', 'errno.h', 'inttypes.h', 'limits.h', 'stdalign.h',
    'stdarg.h', 'stdatomic.h', 'stdbool.h', 'stddef.h', 'stdint.h', 'stdio.h',
    'stdlib.h', 'string.h', 'sys/mman.h', 'sys/uio.h', 'glib.h',
    # The compiler's own, in files that Meson chooses by processor.
    'immintrin.h'))
# Descriptors of dma-bufs end, and are doubled, in one place.
DESCRIPTORS = {'hw/display/core/dmabuf.c': frozenset(('fcntl.h', 'unistd.h'))}
# The interface names pixel formats by pixman's codes; it calls nothing of it.
INTERFACE_LIBRARIES = PURE_LIBC | {'pixman.h'}
SYSTEM_LIBC = PURE_LIBC | frozenset((
    'dirent.h', 'dlfcn.h', 'fcntl.h', 'link.h', 'malloc.h', 'math.h', 'poll.h',
    'pthread.h', 'signal.h', 'time.h', 'unistd.h'))
SOCKETS = frozenset(('arpa/inet.h', 'microhttpd.h', 'netdb.h', 'netinet/in.h'))
GRAPHICS = ('pixman.h', 'epoxy/', 'EGL/', 'GL/', 'GLES2/', 'GLES3/', 'gbm.h',
            'xf86drm', 'drm', 'virgl', 'vulkan/')
KERNEL = ('sys/', 'linux/', 'drm')


class Tree:
    """The sources under one folder: path to text."""

    def __init__(self, root, folders=('hw', 'include'),
                 names=('*.c', '*.h', 'meson.build')):
        self.root = root
        self.files = {}
        for folder in folders:
            for path, _, found in os.walk(os.path.join(root, folder)):
                for name in found:
                    full = os.path.join(path, name)
                    if any(fnmatch.fnmatch(name, n) for n in names):
                        with open(full, encoding='utf-8') as f:
                            self.files[os.path.relpath(full, root)] = f.read()

    def __contains__(self, path):
        return path in self.files

    def items(self):
        """The C sources."""
        return [(path, text) for path, text in self.everything()
                if path.endswith(('.c', '.h'))]

    def everything(self):
        return sorted(self.files.items())


def _without_comments(text):
    """The text with comments and strings emptied and its lines kept."""
    text = COMMENT.sub(lambda m: '\n' * m[0].count('\n'), text)
    return re.sub(r'"(\\.|[^"\\\n])*"', '""', text)


def includes(text):
    """Pairs of (is <system>, name), in their order."""
    return [(kind == '<', name)
            for kind, name in INCLUDE.findall(COMMENT.sub('', text))]


def is_own(tree, path, name):
    """Whether "name", included by path, is a header of this project."""
    beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
    return 'include/' + name in tree or beside in tree


def functions(text):
    """Yield (name, first line, lines of the body) of each function definition.

    The house style puts the brace of a function, and no other, alone into the
    first column.
    """
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith('{'):
            start = number
        elif line.startswith('}') and start:
            head = ' '.join(lines[max(0, start - 6):start - 1])
            names = re.findall(r'(\w+)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$', head)
            yield names[-1] if names else '?', start, number - start - 1
            start = None


def _starts(name, prefixes):
    return any(name.startswith(prefix) for prefix in prefixes)


def _layer_allows(tree, path, system, name):
    folder = os.path.dirname(path) + '/'
    beside = os.path.normpath(os.path.join(folder, name))
    library = name.startswith(LIBRARY)
    if path.startswith(LIBRARY_FOLDER):
        return name in INTERFACE_LIBRARIES if system else library
    if path.startswith(CORE):
        if system:
            return name in PURE_LIBC | DESCRIPTORS.get(path, frozenset())
        return library or (beside.startswith(CORE) and beside in tree)
    if path.startswith(RENDERER):
        if system:
            return name in SYSTEM_LIBC or _starts(name, GRAPHICS)
        shared = os.path.dirname(beside) + '/' == RENDERER
        return (library or ((shared or beside.startswith((folder, PLATFORM)))
                            and beside in tree))
    if path.startswith(PLATFORM):
        if system:
            return name in SYSTEM_LIBC or _starts(name, GRAPHICS + KERNEL)
        return beside.startswith(PLATFORM) and beside in tree
    if path.startswith(VULKAN):
        if system:
            return name in SYSTEM_LIBC or _starts(name, ('vulkan/', 'sys/'))
        return beside.startswith((VULKAN, PLATFORM)) and beside in tree
    if path.startswith(METRICS):
        if system:
            return name in SYSTEM_LIBC | SOCKETS or name.startswith('sys/')
        return ((beside.startswith(METRICS) and beside in tree)
                or name == LIBRARY + 'metrics.h')
    if path in WITHOUT_QEMU:
        return system or is_own(tree, path, name)
    return True


def layers(tree):
    """No layer includes what the table does not grant it."""
    for path, text in tree.items():
        for system, name in includes(text):
            if not _layer_allows(tree, path, system, name):
                yield f'{path} includes {name}, which its layer may not'


def _own_header(tree, path):
    name = os.path.basename(path)[:-1] + 'h'
    for folder, written in ((os.path.dirname(path), name),
                            ('include/hw/virtio/vgpu', LIBRARY + name),
                            ('include/hw/virtio', 'hw/virtio/' + name)):
        if f'{folder}/{name}' in tree:
            return written
    return None


def own_header_first(tree):
    """A source includes its own header first; after qemu/osdep.h in the glue."""
    for path, text in tree.items():
        names = [name for _, name in includes(text)]
        if not path.endswith('.c'):
            if 'qemu/osdep.h' in names:
                yield f'{path} includes qemu/osdep.h, which only sources do'
            continue
        if os.path.dirname(path) + '/' == GLUE and path not in WITHOUT_QEMU:
            if names[:1] != ['qemu/osdep.h']:
                yield f'{path} does not include qemu/osdep.h first'
            names = names[1:]
        own = _own_header(tree, path)
        if own and names[:1] != [own]:
            yield f'{path} does not include its own header {own} first'


def no_umbrella(tree):
    """A header declares something of its own."""
    for path, text in tree.items():
        if path.endswith('.h'):
            code = re.sub(r'^\s*#.*(\\\n.*)*$', '', COMMENT.sub('', text),
                          flags=re.M)
            if includes(text) and not code.strip():
                yield f'{path} only includes other headers'


def no_virtio_notify(tree):
    """Only the main loop uses virtio_notify(), which needs the big lock."""
    for path, text in tree.items():
        if path in MAIN_LOOP_NOTIFIERS and MAIN_LOOP_NOTIFIERS[path] is None:
            continue
        lines = _without_comments(text).splitlines()
        bodies = [(name, first, first + count)
                  for name, first, count in functions(text)]
        for number, line in enumerate(lines, 1):
            if re.search(r'\bvirtio_notify\s*\(', line):
                inside = [name for name, first, last in bodies
                          if first <= number <= last]
                if inside and inside[0] in MAIN_LOOP_NOTIFIERS.get(path, ()):
                    continue
                yield (f'{path}:{number} calls virtio_notify();'
                       ' the device thread uses virtio_notify_irqfd()')


def licence(tree):
    """Each source names its licence and has one copyright line."""
    for path, text in tree.everything():
        head = '\n'.join(text.splitlines()[:10])
        if SPDX not in head:
            yield f'{path} has no line "{SPDX}"'
        count = len(COPYRIGHT.findall(head))
        if count != 1:
            yield f'{path} has {count} copyright lines; one is wanted'


def function_sizes(tree):
    """No function is longer than can be read at once."""
    for path, text in tree.items():
        limit = (MAX_HEADER_BODY_LINES if path.endswith('.h')
                 else MAX_FUNCTION_LINES)
        for name, line, count in functions(text):
            if count > limit:
                yield (f'{path}:{line}: {name}() has {count} lines;'
                       f' {limit} is the most')


def built(tree):
    """Each source is built; a module that lacks one links and fails to load."""
    listed = tree.files.get('hw/display/meson.build', '')
    for path, _ in tree.items():
        if path.endswith('.c') and path.startswith(GLUE) \
                and f"'{path[len(GLUE):]}'" not in listed:
            yield f'{path} is not in hw/display/meson.build'


def no_todo(tree):
    """What is to be done stands in the issues."""
    for path, text in tree.items():
        found = re.search(r'\b(TODO|FIXME|XXX|HACK)\b', text)
        if found:
            yield f'{path} says {found[0]}'


RULES = (layers, own_header_first, no_umbrella, no_virtio_notify, licence,
         function_sizes, built, no_todo)


def remarks(tree):
    """Figures to judge by; none of them fails."""
    sizes = []
    for path, text in tree.items():
        lines = text.count('\n')
        if path.endswith('.c'):
            sizes += [count for _, _, count in functions(text)]
            if lines > MAX_FILE_LINES:
                yield f'{path} has {lines} lines; {MAX_FILE_LINES} is the aim'
    if sizes:
        sizes.sort()
        yield (f'{len(sizes)} functions, median {sizes[len(sizes) // 2]} lines,'
               f' 95th percentile {sizes[int(len(sizes) * 0.95)]} lines')
