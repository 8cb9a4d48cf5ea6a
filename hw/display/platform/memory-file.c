/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "memory-file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

/* Of a file that we made. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/*
 * No other can be sealed.  Pages of a hugetlbfs are not all there although the
 * file is long enough.
 */
static bool is_shared_memory(int file, uint64_t bytes)
{
    int seals = fcntl(file, F_GET_SEALS);
    struct stat info;

    if (seals < 0 || (!(seals & F_SEAL_SHRINK) &&
                      fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK))) {
        return false;
    }
    return fstat(file, &info) == 0 && (uint64_t)info.st_size >= bytes;
}

bool vgpu_memory_file_keeps(int file, uint64_t bytes)
{
    struct statfs system;

    if (fstatfs(file, &system)) {
        return false;
    }
    switch (system.f_type) {
    case DMA_BUF_MAGIC:
        return true;
    case TMPFS_MAGIC:
        return is_shared_memory(file, bytes);
    default:
        return false;
    }
}

int vgpu_memory_file_make(uint64_t bytes)
{
    int file = memfd_create("virtio-gpu", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (file >= 0 &&
        (ftruncate(file, (off_t)bytes) || fcntl(file, F_ADD_SEALS, SEALS))) {
        close(file);
        return -1;
    }
    return file;
}

bool vgpu_memory_file_is_ours(int file)
{
    const off_t page = sysconf(_SC_PAGESIZE);
    struct stat info;

    return fcntl(file, F_GET_SEALS) == SEALS && fstat(file, &info) == 0 &&
           info.st_size % page == 0;
}

void *vgpu_memory_file_map(int file, uint64_t bytes)
{
    void *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

    return data == MAP_FAILED ? NULL : data;
}

void vgpu_memory_file_unmap(void *data, uint64_t bytes)
{
    munmap(data, bytes);
}
