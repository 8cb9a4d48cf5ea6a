/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "llvmpipe.h"

#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MUTEX_DESTROY "pthread_mutex_destroy"

/*
 * Of a mutex that its holder destroys, as POSIX forbids and programs do.  A
 * thread that signals has it for as long as a busy host keeps it from running.
 */
#define LONGEST_WAIT_S 5

/* What llvmpipe is part of: of OpenGL's since Mesa 24.2, before, and Vulkan's. */
static const char *const libraries[] = {
    "libgallium-", "swrast_dri.so", "kms_swrast_dri.so", "libvulkan_lvp.so",
};

/* The dynamic section of a loaded library. */
struct linkage {
    const struct dl_phdr_info *info;
    const ElfW(Dyn) *dynamic;
    uintptr_t readonly_start, readonly_end;     /* once it is relocated */
};

struct outcome {
    unsigned changed;
    unsigned failed;
};

static int destroy_when_free(pthread_mutex_t *mutex)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LONGEST_WAIT_S;
    if (pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until) == 0) {
        pthread_mutex_unlock(mutex);
    }
    return pthread_mutex_destroy(mutex);
}

static bool is_driver(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;

    for (size_t i = 0; i < sizeof(libraries) / sizeof(*libraries); i++) {
        if (strncmp(name, libraries[i], strlen(libraries[i])) == 0) {
            return true;
        }
    }
    return false;
}

static struct linkage linkage_of(const struct dl_phdr_info *info)
{
    struct linkage linkage = { .info = info };
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;

        if (header->p_type == PT_DYNAMIC) {
            linkage.dynamic = (const ElfW(Dyn) *)start;
        } else if (header->p_type == PT_GNU_RELRO) {
            linkage.readonly_start = start & -page;
            linkage.readonly_end = (start + header->p_memsz) & -page;
        }
    }
    return linkage;
}

static uintptr_t value_of(const struct linkage *linkage, ElfW(Sxword) tag)
{
    for (const ElfW(Dyn) *d = linkage->dynamic; d && d->d_tag != DT_NULL; d++) {
        if (d->d_tag == tag) {
            return d->d_un.d_val;
        }
    }
    return 0;
}

/* glibc has put addresses in place of the file's offsets. */
static const void *table_of(const struct linkage *linkage, ElfW(Sxword) tag)
{
    return (const void *)value_of(linkage, tag);
}

static bool set_reference(const struct linkage *linkage, uintptr_t where)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)(where & -page);
    bool is_readonly = where >= linkage->readonly_start &&
                       where < linkage->readonly_end;

    if (is_readonly && mprotect(start, page, PROT_READ | PROT_WRITE)) {
        return false;
    }
    __atomic_store_n((uintptr_t *)where, (uintptr_t)destroy_when_free,
                     __ATOMIC_RELEASE);
    return !is_readonly || mprotect(start, page, PROT_READ) == 0;
}

/* A table of relocations: those by name are of functions and data elsewhere. */
static void change_references(const struct linkage *linkage,
                              const ElfW(Rela) *table, size_t bytes,
                              struct outcome *outcome)
{
    const ElfW(Sym) *symbols = table_of(linkage, DT_SYMTAB);
    const char *names = table_of(linkage, DT_STRTAB);
    size_t count = table && symbols && names ? bytes / sizeof(*table) : 0;

    for (size_t i = 0; i < count; i++) {
        const ElfW(Sym) *symbol = &symbols[ELF64_R_SYM(table[i].r_info)];

        if (strcmp(names + symbol->st_name, MUTEX_DESTROY) != 0) {
            continue;
        }
        if (set_reference(linkage, linkage->info->dlpi_addr +
                                   table[i].r_offset)) {
            outcome->changed++;
        } else {
            outcome->failed++;
        }
    }
}

/* Under the lock of the C library, which has libraries neither come nor go. */
static int guard(struct dl_phdr_info *info, size_t size, void *opaque)
{
    struct linkage linkage;

    (void)size;
    if (is_driver(info->dlpi_name)) {
        linkage = linkage_of(info);
        change_references(&linkage, table_of(&linkage, DT_JMPREL),
                          value_of(&linkage, DT_PLTRELSZ), opaque);
        change_references(&linkage, table_of(&linkage, DT_RELA),
                          value_of(&linkage, DT_RELASZ), opaque);
    }
    return 0;
}

bool vgpu_llvmpipe_guard_fences(void)
{
    struct outcome outcome = { 0, 0 };

    dl_iterate_phdr(guard, &outcome);
    return outcome.changed > 0 && outcome.failed == 0;
}
