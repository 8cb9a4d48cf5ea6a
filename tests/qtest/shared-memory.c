/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Stands in front of virglrenderer in the QEMU that it is preloaded into: what is
 * mapped of a resource is shared memory, as Vulkan's is, and not OpenGL's own.
 * OpenGL sees nothing of it.  Resources from PRIVATE_FROM on stay as they are.  When
 * that of PINS is mapped guest memory is pinned from then on, as with VFIO; with that of
 * PINS_NOT QEMU must refuse it.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES   4096u
#define PRIVATE_FROM 0x8000u
#define PINS         0x7fffu
#define PINS_NOT     0x7ffeu

/* virglrenderer's thread for OpenGL calls all of these. */
static struct {
    void *data;
    uint64_t bytes;
} memory[PRIVATE_FROM];

/* virglrenderer's names. */
int virgl_renderer_resource_map(uint32_t id, void **data, uint64_t *bytes);
void virgl_renderer_resource_unref(uint32_t id);

static void *library(const char *name)
{
    void *handle = dlopen("libvirglrenderer.so.1", RTLD_NOW | RTLD_NOLOAD);
    void *function = handle ? dlsym(handle, name) : NULL;

    if (!function) {
        abort();
    }
    return function;
}

static void *make(uint64_t bytes)
{
    int fd = memfd_create("blob", MFD_CLOEXEC);
    void *data;

    if (fd < 0 || ftruncate(fd, (off_t)bytes)) {
        abort();
    }
    data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return data == MAP_FAILED ? NULL : data;
}

/* What VFIO asks of QEMU before it pins. */
static void pin(bool expected)
{
    int (*disable)(bool) = dlsym(RTLD_DEFAULT, "ram_block_discard_disable");

    if (!disable || (disable(true) == 0) != expected) {
        abort();
    }
}

int virgl_renderer_resource_map(uint32_t id, void **data, uint64_t *bytes)
{
    int (*real)(uint32_t, void **, uint64_t *) =
        library("virgl_renderer_resource_map");
    int ret = real(id, data, bytes);

    if (ret || id >= PRIVATE_FROM) {
        return ret;
    }
    if (!memory[id].data) {
        memory[id].bytes = (*bytes + PAGE_BYTES - 1) & -(uint64_t)PAGE_BYTES;
        memory[id].data = make(memory[id].bytes);
    }
    if (id == PINS || id == PINS_NOT) {
        pin(id == PINS);
    }
    *data = memory[id].data;
    *bytes = memory[id].bytes;
    return 0;
}

void virgl_renderer_resource_unref(uint32_t id)
{
    void (*real)(uint32_t) = library("virgl_renderer_resource_unref");

    if (id < PRIVATE_FROM && memory[id].data) {
        munmap(memory[id].data, memory[id].bytes);
        memory[id].data = NULL;
    }
    real(id);
}
