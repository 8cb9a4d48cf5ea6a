/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Preloaded into QEMU: /dev/udmabuf for hosts that have none.  What it makes is a
 * memfd of that size, whose bytes nobody looks at.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/udmabuf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int open64(const char *path, int flags, ...);

static int make(const char *name, off_t bytes)
{
    int fd = memfd_create(name, MFD_CLOEXEC);

    return fd < 0 || ftruncate(fd, bytes) ? -1 : fd;
}

/* Of the 64-bit offsets that QEMU and its modules are built with. */
int open64(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    va_list args;
    mode_t mode = 0;

    if (strcmp(path, "/dev/udmabuf") == 0) {
        return make("udmabuf", 0);
    }
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return real(path, flags, mode);
}

int ioctl(int fd, unsigned long request, ...)
{
    int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
    va_list args;
    void *argument;

    va_start(args, request);
    argument = va_arg(args, void *);
    va_end(args);
    if (request == UDMABUF_CREATE_LIST) {
        const struct udmabuf_create_list *list = argument;
        off_t bytes = 0;

        for (unsigned i = 0; i < list->count; i++) {
            bytes += (off_t)list->list[i].size;
        }
        return make("dma-buf", bytes);
    }
    return real(fd, request, argument);
}
