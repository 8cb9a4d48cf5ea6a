/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "memory-file.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a file that we made. */
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

bool vgpu_memory_file_keeps(int file, uint64_t bytes)
{
    int seals = fcntl(file, F_GET_SEALS);
    struct stat info;

    if (seals < 0) {
        return true;
    }
    if (!(seals & F_SEAL_SHRINK) &&
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK)) {
        return false;
    }
    return fstat(file, &info) == 0 && (uint64_t)info.st_size >= bytes;
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
