/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "udmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/udmabuf.h>

#include "device-ioctl.h"

int vgpu_udmabuf_open(void)
{
    int fd = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);

    return fd < 0 ? -errno : fd;
}

int vgpu_udmabuf_make(int udmabuf, const struct vgpu_udmabuf_piece *pieces,
                      uint32_t count)
{
    g_autofree struct udmabuf_create_list *list = NULL;

    list = g_try_malloc0(sizeof(*list) +
                         (size_t)count * sizeof(list->list[0]));
    if (!list) {
        return -ENOMEM;
    }
    list->flags = UDMABUF_FLAGS_CLOEXEC;
    list->count = count;
    for (uint32_t i = 0; i < count; i++) {
        list->list[i].memfd = pieces[i].file;
        list->list[i].offset = pieces[i].offset;
        list->list[i].size = pieces[i].bytes;
    }
    return vgpu_device_ioctl(udmabuf, UDMABUF_CREATE_LIST, list);
}

const char *vgpu_udmabuf_complaint(int error)
{
    switch (error) {
    case ENOENT:
        return "there is no /dev/udmabuf: modprobe udmabuf";
    case EACCES:
    case EPERM:
        return "/dev/udmabuf may not be opened: let the user that runs QEMU "
               "read and write it";
    case EBADF:
    case EBADFD:
        return "the guest's memory is no memfd: give it by -object "
               "memory-backend-memfd,share=on";
    case EINVAL:
        return "the guest's buffer is no whole pages, is in more or larger "
               "pieces than udmabuf takes (its parameters list_limit and "
               "size_limit_mb), or the guest's memory is not sealed: take "
               "seal=off away from -object memory-backend-memfd";
    case EMFILE:
    case ENFILE:
        return "too many files are open: raise the limit (ulimit -n)";
    default:
        return g_strerror(error);
    }
}
