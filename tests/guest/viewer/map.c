/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "map.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char map_xml[] =
    "<node><interface name='" MAP_INTERFACE "'>"
    "<method name='ScanoutMap'>"
    "<arg type='h' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/></method>"
    "<method name='UpdateMap'>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/></method>"
    "</interface></node>";

struct mapping {
    void *memory;
    size_t size;                /* bytes */
};

static void unmap(pixman_image_t *image, void *data)
{
    struct mapping *mapping = data;

    (void)image;
    munmap(mapping->memory, mapping->size);
    g_free(mapping);
}

static bool on_scanout(struct view *view, GVariant *args, GUnixFDList *fds)
{
    struct pixels pixels;
    struct mapping *mapping;
    uint32_t offset;
    void *memory;
    int index, fd;

    g_variant_get(args, "(huuuuu)", &index, &offset, &pixels.width,
                  &pixels.height, &pixels.stride, &pixels.format);
    fd = fds ? g_unix_fd_list_get(fds, index, NULL) : -1;
    pixels.size = (size_t)pixels.stride * pixels.height;
    memory = mmap(NULL, pixels.size, PROT_READ, MAP_SHARED, fd, offset);
    if (fd >= 0) {
        close(fd);
    }
    if (memory == MAP_FAILED) {
        return false;
    }
    pixels.data = memory;
    if (!view_share(view, &pixels)) {
        munmap(memory, pixels.size);
        return false;
    }
    mapping = g_new(struct mapping, 1);
    *mapping = (struct mapping){ memory, pixels.size };
    pixman_image_set_destroy_function(view->picture, unmap, mapping);
    return true;
}

static bool on_update(struct view *view, GVariant *args)
{
    int x, y, width, height;

    g_variant_get(args, "(iiii)", &x, &y, &width, &height);
    if (!view->picture) {
        return false;
    }
    view->updates++;
    view->pixels += (uint64_t)width * height;
    return true;
}

bool map_call(struct view *view, const char *method, GVariant *args,
              GUnixFDList *fds)
{
    return strcmp(method, "ScanoutMap") ? on_update(view, args)
                                        : on_scanout(view, args, fds);
}
