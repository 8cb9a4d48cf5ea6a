/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "llvmpipe.h"

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define MUTEX_DESTROY "pthread_mutex_destroy"

/*
 * 5 s, of a mutex that its holder destroys, as POSIX forbids and programs do.  A
 * thread that signals has it for as long as a busy host keeps it from running.
 * Where the process was stopped, one step is over when it goes on, and the
 * thread has the others.
 */
#define WAIT_STEPS 50
#define WAIT_STEP_NS (100 * 1000 * 1000)
#define SECOND_NS (1000 * 1000 * 1000)

/* What llvmpipe is part of: of OpenGL's since Mesa 24.2, and Vulkan's. */
static const char *const libraries[] = { "libgallium-", "libvulkan_lvp.so" };

/*
 * Before 24.2: one file with a name for each driver, of which the C library
 * tells the first that it was loaded by.
 */
#define DRIVER_SUFFIX "_dri.so"

/* Never used where addresses have 32 bits, but compiled. */
#define SYMBOL_OF(info) ELF64_R_SYM((uint64_t)(info))

/* The dynamic section of a loaded library. */
struct linkage {
    const struct dl_phdr_info *info;
    const ElfW(Dyn) *dynamic;
    uintptr_t readonly_start, readonly_end;     /* once it is relocated */
};

struct references {
    unsigned changed;
    unsigned failed;
};

/* Libraries of llvmpipe's. */
struct outcome {
    unsigned guarded;
    unsigned unguarded;
};

static int destroy_when_free(pthread_mutex_t *mutex)
{
    struct timespec until;
    int ret = ETIMEDOUT;

    for (unsigned i = 0; i < WAIT_STEPS && ret == ETIMEDOUT; i++) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += WAIT_STEP_NS;
        until.tv_sec += until.tv_nsec / SECOND_NS;
        until.tv_nsec %= SECOND_NS;
        ret = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until);
    }
    if (ret == 0) {
        pthread_mutex_unlock(mutex);
    }
    return pthread_mutex_destroy(mutex);
}

static bool is_driver(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name), suffix = strlen(DRIVER_SUFFIX);

    for (size_t i = 0; i < sizeof(libraries) / sizeof(*libraries); i++) {
        if (strncmp(name, libraries[i], strlen(libraries[i])) == 0) {
            return true;
        }
    }
    return length > suffix && strcmp(name + length - suffix, DRIVER_SUFFIX) == 0;
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

/*
 * glibc puts addresses in place of the file's offsets; not where the section is
 * read-only, nor on RISC-V, and other C libraries never do.
 */
static const void *table_of(const struct linkage *linkage, ElfW(Sxword) tag)
{
    uintptr_t value = value_of(linkage, tag), start = linkage->info->dlpi_addr;

    return (const void *)(value && value < start ? start + value : value);
}

/* Tables of Elf64_Rela, as all hosts of 64 bits have but MIPS. */
static bool is_understood(const struct linkage *linkage)
{
    uintptr_t of_calls = value_of(linkage, DT_PLTREL);

    return sizeof(uintptr_t) == sizeof(uint64_t) &&
           (of_calls == DT_RELA || !of_calls) && !value_of(linkage, DT_REL);
}

static bool set_reference(const struct linkage *linkage, uintptr_t where)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *start = (void *)(where & -page);
    bool is_readonly = where >= linkage->readonly_start &&
                       where < linkage->readonly_end;

    if (__atomic_load_n((const uintptr_t *)where, __ATOMIC_RELAXED) ==
        (uintptr_t)destroy_when_free) {
        return true;
    }
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
                              struct references *references)
{
    const ElfW(Sym) *symbols = table_of(linkage, DT_SYMTAB);
    const char *names = table_of(linkage, DT_STRTAB);
    size_t count = table && symbols && names ? bytes / sizeof(*table) : 0;

    for (size_t i = 0; i < count; i++) {
        const ElfW(Sym) *symbol = &symbols[SYMBOL_OF(table[i].r_info)];

        if (strcmp(names + symbol->st_name, MUTEX_DESTROY) != 0) {
            continue;
        }
        if (set_reference(linkage, linkage->info->dlpi_addr +
                                   table[i].r_offset)) {
            references->changed++;
        } else {
            references->failed++;
        }
    }
}

static bool guard(const struct linkage *linkage)
{
    struct references references = { 0, 0 };

    if (!is_understood(linkage)) {
        return false;
    }
    change_references(linkage, table_of(linkage, DT_JMPREL),
                      value_of(linkage, DT_PLTRELSZ), &references);
    change_references(linkage, table_of(linkage, DT_RELA),
                      value_of(linkage, DT_RELASZ), &references);
    return references.changed > 0 && references.failed == 0;
}

/* Under the lock of the C library, which has libraries neither come nor go. */
static int look_at(struct dl_phdr_info *info, size_t size, void *opaque)
{
    struct outcome *outcome = opaque;
    struct linkage linkage;

    (void)size;
    if (is_driver(info->dlpi_name)) {
        linkage = linkage_of(info);
        if (guard(&linkage)) {
            outcome->guarded++;
        } else {
            outcome->unguarded++;
        }
    }
    return 0;
}

bool vgpu_llvmpipe_guard_fences(void)
{
    struct outcome outcome = { 0, 0 };

    dl_iterate_phdr(look_at, &outcome);
    return outcome.guarded > 0 && outcome.unguarded == 0;
}
