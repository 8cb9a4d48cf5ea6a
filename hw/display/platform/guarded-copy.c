/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "guarded-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Stays in the processor's cache between the two halves of a copy. */
#define FILE_BYTES (128u << 10)

struct vgpu_guarded_copy {
    int file;
    uint8_t *data;              /* all of it, mapped */
};

struct vgpu_guarded_copy *vgpu_guarded_copy_create(void)
{
    struct vgpu_guarded_copy *copy = g_new0(struct vgpu_guarded_copy, 1);
    int error;

    copy->file = memfd_create("virtio-gpu-guarded-copy", MFD_CLOEXEC);
    if (copy->file < 0) {
        goto err_copy;
    }
    if (ftruncate(copy->file, FILE_BYTES) < 0) {
        goto err_file;
    }
    copy->data = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, copy->file, 0);
    if (copy->data == MAP_FAILED) {
        goto err_file;
    }
    return copy;

err_file:
    error = errno;
    close(copy->file);
    errno = error;
err_copy:
    g_free(copy);
    return NULL;
}

void vgpu_guarded_copy_destroy(struct vgpu_guarded_copy *copy)
{
    if (copy) {
        munmap(copy->data, FILE_BYTES);
        close(copy->file);
        g_free(copy);
    }
}

bool vgpu_guarded_copy(struct vgpu_guarded_copy *copy, void *dest,
                       const void *source, size_t bytes)
{
    const uint8_t *from = source;
    uint8_t *to = dest;

    while (bytes) {
        ssize_t done = pwrite(copy->file, from, MIN(bytes, FILE_BYTES), 0);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return false;
        }
        memcpy(to, copy->data, done);
        from += done;
        to += done;
        bytes -= done;
    }
    return true;
}
