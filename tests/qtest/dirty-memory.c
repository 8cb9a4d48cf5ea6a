/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Stands in front of virglrenderer in the QEMU that it is preloaded into, for a
 * GPU's driver that hands out memory as it came back: new textures and buffers are
 * full of DIRT, in level 0 and layer 0.  OpenGL lacks the extension that the
 * environment's LACKS names, which Mesa cannot be told.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#define DIRT 0x5a
#define TEXEL_BYTES 4u

/* virglrenderer's, as far as they are looked at. */
struct box {
    uint32_t x, y, z, w, h, d;
};

struct create {
    uint32_t handle, target, format, bind, width, height;
};

struct create_blob {
    uint32_t handle, context, memory, flags;
    uint64_t blob_id, bytes;
};

struct info {
    uint32_t handle, virgl_format, width, height;
    uint32_t others[16];
};

int virgl_renderer_resource_create(struct create *create, struct iovec *iov,
                                   uint32_t count);
int virgl_renderer_resource_create_blob(const struct create_blob *create);

bool epoxy_has_gl_extension(const char *name);

static void *function_of(const char *file, const char *name)
{
    void *handle = dlopen(file, RTLD_NOW | RTLD_NOLOAD);
    void *function = handle ? dlsym(handle, name) : NULL;

    if (!function) {
        abort();
    }
    return function;
}

static void *library(const char *name)
{
    return function_of("libvirglrenderer.so.1", name);
}

bool epoxy_has_gl_extension(const char *name)
{
    bool (*real)(const char *) = function_of("libepoxy.so.0",
                                             "epoxy_has_gl_extension");
    const char *lacks = getenv("LACKS");

    return !(lacks && strcmp(name, lacks) == 0) && real(name);
}

static void soil(uint32_t handle)
{
    int (*get_info)(int, struct info *) =
        library("virgl_renderer_resource_get_info");
    int (*write_iov)(uint32_t, uint32_t, int, uint32_t, uint32_t, struct box *,
                     uint64_t, struct iovec *, unsigned) =
        library("virgl_renderer_transfer_write_iov");
    struct info info = { 0 };
    struct box box = { .d = 1 };
    struct iovec iov;

    if (get_info((int)handle, &info)) {
        abort();
    }
    box.w = info.width;
    box.h = info.height;
    iov.iov_len = (size_t)box.w * box.h * TEXEL_BYTES;
    iov.iov_base = malloc(iov.iov_len);
    memset(iov.iov_base, DIRT, iov.iov_len);
    write_iov(handle, 0, 0, 0, 0, &box, 0, &iov, 1);
    free(iov.iov_base);
}

int virgl_renderer_resource_create(struct create *create, struct iovec *iov,
                                   uint32_t count)
{
    int (*real)(struct create *, struct iovec *, uint32_t) =
        library("virgl_renderer_resource_create");
    int ret = real(create, iov, count);

    if (ret == 0) {
        soil(create->handle);
    }
    return ret;
}

int virgl_renderer_resource_create_blob(const struct create_blob *create)
{
    int (*real)(const struct create_blob *) =
        library("virgl_renderer_resource_create_blob");
    int ret = real(create);

    if (ret == 0 && create->blob_id) {
        soil(create->handle);
    }
    return ret;
}
