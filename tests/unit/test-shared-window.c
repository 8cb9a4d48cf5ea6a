/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Memory that comes and goes in a range of addresses while others use all of it.
 */
#include "platform/shared-window.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <glib.h>

#define PAGE  4096u
#define MIB   (1u << 20)
#define PIECE (2 * MIB)
#define MANY  4096u
#define LOCKED (7 * MIB)

/* What the rest of a process maps or not meanwhile. */
#define MAPS_SLACK 8

struct memory {
    uint8_t *data;
    uint64_t bytes;
};

static struct memory memory_new(uint64_t bytes, uint8_t byte)
{
    int fd = memfd_create("test", MFD_CLOEXEC);
    struct memory memory = { .bytes = bytes };

    g_assert_cmpint(ftruncate(fd, (off_t)bytes), ==, 0);
    memory.data = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    g_assert_true(memory.data != MAP_FAILED);
    close(fd);
    memset(memory.data, byte, bytes);
    return memory;
}

static void memory_free(struct memory *memory)
{
    munmap(memory->data, memory->bytes);
}

static struct vgpu_shared_window *create(uint64_t bytes)
{
    struct vgpu_shared_window *window = vgpu_shared_window_create(bytes);

    g_assert_nonnull(window);
    return window;
}

static uint8_t *at(const struct vgpu_shared_window *window, uint64_t offset)
{
    return (uint8_t *)vgpu_shared_window_data(window) + offset;
}

static void show(struct vgpu_shared_window *window, uint64_t offset,
                 const struct memory *memory)
{
    int error = vgpu_shared_window_show(window, offset, memory->data,
                                        memory->bytes);

    g_assert_cmpint(error, ==, 0);
}

static void hide(struct vgpu_shared_window *window, uint64_t offset,
                 const struct memory *memory)
{
    vgpu_shared_window_hide(window, offset, memory->bytes);
}

/* Kernel mappings between two addresses. */
static unsigned count_maps(const uint8_t *data, uint64_t bytes)
{
    FILE *file = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned count = 0;

    while (fgets(line, sizeof(line), file)) {
        uint64_t start = g_ascii_strtoull(line, NULL, 16);

        count += start >= (uintptr_t)data && start < (uintptr_t)data + bytes;
    }
    fclose(file);
    return count;
}

/* What the scratch file holds: of the one window that exists. */
static uint64_t scratch_bytes(void)
{
    GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);
    uint64_t bytes = 0;
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_strconcat("/proc/self/fd/", name, NULL);
        g_autofree char *target = g_file_read_link(path, NULL);
        struct stat info;

        if (target && strstr(target, "memfd:virtio-gpu-window") &&
            stat(path, &info) == 0) {
            bytes = (uint64_t)info.st_blocks * 512;
        }
    }
    g_dir_close(dir);
    return bytes;
}

static void expect(const uint8_t *data, uint8_t byte, uint64_t bytes)
{
    for (uint64_t i = 0; i < bytes; i++) {
        if (data[i] != byte) {
            g_error("byte %" G_GUINT64_FORMAT " is 0x%02x, expected 0x%02x", i,
                    data[i], byte);
        }
    }
}

static void test_scratch(void)
{
    struct vgpu_shared_window *window = create(64 * MIB);

    g_assert_cmpuint((uintptr_t)at(window, 0) % PIECE, ==, 0);
    expect(at(window, 0), 0, PAGE);
    expect(at(window, 64 * MIB - PAGE), 0, PAGE);
    for (uint64_t i = 0; i < 64 * MIB; i += PAGE) {
        *at(window, i) = 1;
    }
    g_assert_cmpuint(scratch_bytes(), ==, PIECE);
    g_assert_cmpuint(count_maps(at(window, 0), 64 * MIB), ==, 32);
    vgpu_shared_window_destroy(window);
}

/* Bounded however large the window is, and small enough where it is. */
static void test_sizes(void)
{
    static const uint64_t sizes[] = {
        PAGE, 64 * PAGE, PIECE + PAGE, 1ull << 32, 1ull << 36,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct vgpu_shared_window *window = create(sizes[i]);

        g_assert_cmpuint(count_maps(at(window, 0), sizes[i]), <=,
                         VGPU_SHARED_WINDOW_MAPPINGS);
        *at(window, sizes[i] - 1) = 1;
        vgpu_shared_window_destroy(window);
    }
    vgpu_shared_window_destroy(NULL);
}

static void test_shown(void)
{
    struct vgpu_shared_window *window = create(16 * MIB);
    struct memory memory = memory_new(16 * PAGE, 0x11);

    g_assert_true(vgpu_shared_window_takes(memory.data));
    show(window, 3 * PAGE, &memory);
    expect(at(window, 0), 0, 3 * PAGE);
    expect(at(window, 3 * PAGE), 0x11, memory.bytes);
    expect(at(window, 19 * PAGE), 0, PAGE);
    memset(memory.data, 0x22, memory.bytes);
    expect(at(window, 3 * PAGE), 0x22, memory.bytes);
    memset(at(window, 3 * PAGE), 0x33, memory.bytes);
    expect(memory.data, 0x33, memory.bytes);
    hide(window, 3 * PAGE, &memory);
    expect(at(window, 0), 0, 32 * PAGE);
    memset(at(window, 0), 0x44, PIECE);
    expect(memory.data, 0x33, memory.bytes);
    show(window, 16 * MIB - memory.bytes, &memory);
    memory_free(&memory);
    expect(at(window, 16 * MIB - 16 * PAGE), 0x33, 16 * PAGE);
    vgpu_shared_window_destroy(window);
}

/* Over several pieces of scratch, and from the middle of memory. */
static void test_large(void)
{
    struct vgpu_shared_window *window = create(32 * MIB);
    struct memory memory = memory_new(7 * MIB, 0x11);
    struct memory part = { memory.data + PAGE, 6 * MIB };
    uint64_t offset = PIECE - PAGE;

    memset(at(window, 0), 0x55, PIECE);
    show(window, offset, &part);
    *(memory.data + PAGE) = 0x22;
    g_assert_cmphex(*at(window, offset), ==, 0x22);
    hide(window, offset, &part);
    expect(at(window, 0), 0x55, 32 * MIB);
    g_assert_cmpuint(count_maps(at(window, 0), 32 * MIB), ==, 16);
    g_assert_cmpuint(scratch_bytes(), ==, PIECE);
    memory_free(&memory);
    vgpu_shared_window_destroy(window);
}

static void expect_refused(struct vgpu_shared_window *window,
                           const struct memory *memory, int error)
{
    g_assert_cmpint(vgpu_shared_window_show(window, PIECE - PAGE, memory->data,
                                            memory->bytes), ==, error);
    expect(at(window, 0), 0x66, 2 * PIECE);
    g_assert_cmpuint(count_maps(at(window, 0), 16 * MIB), ==, 8);
}

static void test_refused(void)
{
    struct vgpu_shared_window *window = create(16 * MIB);
    struct memory memory = memory_new(4 * PAGE, 0);
    struct memory longer = { memory.data, 5 * PAGE };
    int fd = open("/proc/self/exe", O_RDONLY);
    struct memory read_only = {
        mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0), 2 * PAGE,
    };
    struct memory private = {
        mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 2 * PAGE,
    };

    memset(at(window, 0), 0x66, PIECE);
    expect_refused(window, &private, -EINVAL);
    g_assert_false(vgpu_shared_window_takes(private.data));
    expect_refused(window, &read_only, -EACCES);
    expect_refused(window, &longer, -ENXIO);
    close(fd);
    memory_free(&memory);
    memory_free(&private);
    memory_free(&read_only);
    vgpu_shared_window_destroy(window);
}

/* The kernel's own memory, which is marked as a graphics driver's is. */
static void test_device(void)
{
    struct vgpu_shared_window *window;
    struct perf_event_attr event = {
        .type = PERF_TYPE_SOFTWARE, .size = sizeof(event),
        .config = PERF_COUNT_SW_DUMMY,
    };
    int fd = (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, 0);
    struct memory memory = { .bytes = 2 * PAGE };

    if (fd < 0) {
        g_test_skip("no perf_event_open(), whose memory is a device's");
        return;
    }
    memory.data = mmap(NULL, memory.bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
                       fd, 0);
    g_assert_true(memory.data != MAP_FAILED);
    window = create(16 * MIB);
    memset(at(window, 0), 0x66, PIECE);
    expect_refused(window, &memory, -EFAULT);
    g_assert_false(vgpu_shared_window_takes(memory.data));
    memory_free(&memory);
    close(fd);
    vgpu_shared_window_destroy(window);
}

/* Against a model, which knows of each page what it shows. */
static void test_random(void)
{
    enum { PAGES = 2048, OBJECTS = 12 };
    struct vgpu_shared_window *window = create(PAGES * PAGE);
    struct memory objects[OBJECTS];
    unsigned where[OBJECTS] = { 0 };        /* page and 1; 0: nowhere */
    uint8_t model[PAGES] = { 0 };
    GRand *rand = g_rand_new_with_seed(7);

    for (unsigned i = 0; i < OBJECTS; i++) {
        objects[i] = memory_new(PAGE << i % 11, (uint8_t)(i + 1));
    }
    for (unsigned round = 0; round < 3000; round++) {
        unsigned i = (unsigned)g_rand_int_range(rand, 0, OBJECTS);
        unsigned pages = (unsigned)(objects[i].bytes / PAGE);
        unsigned to = (unsigned)g_rand_int_range(rand, 0, PAGES - (int)pages + 1);
        bool is_free = true;

        if (where[i]) {
            hide(window, (where[i] - 1) * PAGE, &objects[i]);
            memset(model + where[i] - 1, 0, pages);
            where[i] = 0;
        }
        for (unsigned page = to; page < to + pages; page++) {
            is_free &= model[page] == 0;
        }
        if (is_free) {
            show(window, to * PAGE, &objects[i]);
            memset(model + to, (int)i + 1, pages);
            where[i] = to + 1;
        }
        for (unsigned page = round % 7; page < PAGES; page += 7) {
            g_assert_cmphex(*at(window, page * PAGE), ==, model[page]);
        }
    }
    for (unsigned i = 0; i < OBJECTS; i++) {
        if (where[i]) {
            hide(window, (where[i] - 1) * PAGE, &objects[i]);
        }
        memory_free(&objects[i]);
    }
    g_assert_cmpuint(count_maps(at(window, 0), PAGES * PAGE), ==, 4);
    g_rand_free(rand);
    vgpu_shared_window_destroy(window);
}

/* As QEMU advises the kernel about memory of the guest. */
static void test_renewed(void)
{
    struct vgpu_shared_window *window = create(16 * MIB);
    struct memory memory = memory_new(PAGE, 0x11);

    madvise(at(window, 0), 16 * MIB, MADV_DONTFORK);
    madvise(at(window, 0), 16 * MIB, MADV_HUGEPAGE);
    g_assert_cmpint(vgpu_shared_window_renew(window), ==, 0);
    for (uint64_t offset = 0; offset < 16 * MIB; offset += 2 * PAGE) {
        show(window, offset, &memory);
        hide(window, offset, &memory);
    }
    g_assert_cmpuint(count_maps(at(window, 0), 16 * MIB), ==, 8);
    memory_free(&memory);
    vgpu_shared_window_destroy(window);
}

/* A figure: what showing and hiding takes with so many shown. */
static void measure(struct vgpu_shared_window *window,
                    const struct memory *memory, unsigned shown)
{
    gint64 began = g_get_monotonic_time();
    enum { ROUNDS = 4096 };

    for (unsigned i = 0; i < ROUNDS; i++) {
        show(window, (shown + i % 64) * 2ull * PAGE, memory);
        hide(window, (shown + i % 64) * 2ull * PAGE, memory);
    }
    g_test_message("%u shown: shows and hides one in %.2f us", shown,
                   (double)(g_get_monotonic_time() - began) / ROUNDS);
}

static void test_many(void)
{
    struct vgpu_shared_window *window = create(256 * MIB);
    struct memory memory = memory_new(MANY * PAGE, 0);
    struct memory page = memory_new(PAGE, 0);
    gint64 began;

    for (unsigned i = 0; i < MANY; i++) {
        struct memory part = { memory.data + i * PAGE, PAGE };

        if (i == 0 || i == 256) {
            measure(window, &page, i);
        }
        show(window, i * 2ull * PAGE, &part);
        *(uint32_t *)at(window, i * 2ull * PAGE) = i;
    }
    measure(window, &page, MANY);
    g_assert_cmpuint(count_maps(at(window, 0), 256 * MIB), <=,
                     128 + 2 * MANY);
    for (unsigned i = 0; i < MANY; i++) {
        g_assert_cmpuint(*(uint32_t *)(memory.data + i * PAGE), ==, i);
    }
    began = g_get_monotonic_time();
    for (unsigned i = 0; i < MANY; i++) {
        vgpu_shared_window_hide(window, i * 2ull * PAGE, PAGE);
    }
    g_test_message("%u hidden in %" PRId64 " us", MANY,
                   g_get_monotonic_time() - began);
    g_assert_cmpuint(count_maps(at(window, 0), 256 * MIB), ==, 128);
    memory_free(&page);
    memory_free(&memory);
    vgpu_shared_window_destroy(window);
}

/* The process has as many kernel mappings as it may: nothing is shown or lost. */
static void test_no_mappings(void)
{
    struct vgpu_shared_window *window = create(32 * MIB);
    struct memory memory = memory_new(8 * MIB, 0x11);
    uint64_t room = 65600ull * 2 * PAGE;
    uint8_t *filler = mmap(NULL, room, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool is_full = false;
    int error;

    g_assert_true(filler != MAP_FAILED);
    show(window, PAGE, &memory);
    /* From here to its end nothing is allocated. */
    for (uint64_t i = 0; i < room && !is_full; i += 2 * PAGE) {
        is_full = mprotect(filler + i, PAGE, PROT_READ) != 0;
    }
    error = vgpu_shared_window_show(window, 16 * MIB, memory.data,
                                    memory.bytes);
    hide(window, PAGE, &memory);
    munmap(filler, room);

    if (!is_full) {
        g_test_skip("the kernel allows more mappings than the test makes");
    } else {
        g_assert_cmpint(error, ==, -ENOMEM);
    }
    memset(at(window, 0), 0x22, 32 * MIB);
    expect(memory.data, 0x11, memory.bytes);
    show(window, PAGE, &memory);
    expect(at(window, PAGE), 0x11, memory.bytes);
    hide(window, PAGE, &memory);
    g_assert_cmpuint(scratch_bytes(), ==, PIECE);
    g_assert_cmpuint(count_maps(at(window, 0), 32 * MIB), <=,
                     16 + MAPS_SLACK);
    memory_free(&memory);
    vgpu_shared_window_destroy(window);
}

/*
 * All memory is locked (-overcommit mem-lock=on), within a limit: what is shown comes
 * out although the limit has no room for it twice.
 */
static void lock_and_hide(void)
{
    struct __user_cap_header_struct who = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct none[2] = { 0 };
    struct rlimit limit = { LOCKED, LOCKED };
    struct memory memory, filler;
    struct vgpu_shared_window *window;

    g_assert_cmpint(setrlimit(RLIMIT_MEMLOCK, &limit), ==, 0);
    g_assert_cmpint(syscall(SYS_capset, &who, none), ==, 0);
    g_assert_cmpint(mlockall(MCL_FUTURE), ==, 0);
    window = create(4 * MIB);
    memory = memory_new(3 * MIB / 2, 0x11);
    show(window, MIB, &memory);
    filler = memory_new(MIB, 0x22);
    g_assert_cmpint(vgpu_shared_window_show(window, 3 * MIB, filler.data, MIB),
                    ==, -EAGAIN);
    hide(window, MIB, &memory);
    expect(at(window, 0), 0, 4 * MIB);
}

static void test_locked(void)
{
    struct rlimit limit;

    if (!g_test_subprocess()) {
        getrlimit(RLIMIT_MEMLOCK, &limit);
        if (limit.rlim_max < LOCKED) {
            g_test_skip("this process may not lock memory");
            return;
        }
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        return;
    }
    lock_and_hide();
}

/* A guest's access that found nothing; QEMU would end as the test does. */
static void fault(int number)
{
    static const char text[] = "Bail out! an access found nothing\n";

    (void)number;
    if (write(STDOUT_FILENO, text, sizeof(text) - 1) > 0) {
        _exit(EXIT_FAILURE);
    }
    _exit(EXIT_FAILURE + 1);
}

struct users {
    struct vgpu_shared_window *window;
    uint64_t bytes;
    atomic_bool stop;
    unsigned long accesses;     /* when it has ended */
};

/* A vCPU under TCG: reads and writes everywhere, at any time. */
static void *use(void *opaque)
{
    struct users *users = opaque;
    unsigned long count = 0;

    while (!atomic_load_explicit(&users->stop, memory_order_relaxed)) {
        for (uint64_t i = 0; i < users->bytes; i += PAGE, count += 2) {
            _Atomic uint32_t *word = (_Atomic uint32_t *)at(users->window, i);

            atomic_store_explicit(word, (uint32_t)i, memory_order_relaxed);
            atomic_load_explicit(word, memory_order_relaxed);
        }
    }
    users->accesses = count;
    return NULL;
}

/* When hide() has returned, nobody writes what was shown. */
static void expect_still(struct memory *memory)
{
    memset(memory->data, 0xaa, memory->bytes);
    for (unsigned i = 0; i < 20; i++) {
        expect(memory->data, 0xaa, PAGE);
    }
    expect(memory->data, 0xaa, memory->bytes);
}

static void test_used_meanwhile(void)
{
    unsigned rounds = g_test_thorough() ? 1000000 : 20000;
    struct users users = { .window = create(8 * MIB), .bytes = 3 * PIECE };
    struct memory small = memory_new(8 * PAGE, 0);
    struct memory large = memory_new(3 * MIB, 0);
    GThread *user;

    signal(SIGSEGV, fault);
    signal(SIGBUS, fault);
    user = g_thread_new("user", use, &users);
    for (unsigned i = 0; i < rounds; i++) {
        struct memory *memory = i % 8 ? &small : &large;
        uint64_t offset = i % 29 * 16 * PAGE;

        show(users.window, offset, memory);
        if (i % 3 == 0) {
            g_thread_yield();
        }
        hide(users.window, offset, memory);
        if (i % 64 == 0) {
            expect_still(memory);
        }
    }
    atomic_store(&users.stop, true);
    g_thread_join(user);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
    g_test_message("%lu accesses while %u were shown and hidden",
                   users.accesses, rounds);
    memory_free(&small);
    memory_free(&large);
    vgpu_shared_window_destroy(users.window);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shared-window/scratch", test_scratch);
    g_test_add_func("/shared-window/sizes", test_sizes);
    g_test_add_func("/shared-window/shown", test_shown);
    g_test_add_func("/shared-window/large", test_large);
    g_test_add_func("/shared-window/refused", test_refused);
    g_test_add_func("/shared-window/device", test_device);
    g_test_add_func("/shared-window/random", test_random);
    g_test_add_func("/shared-window/renewed", test_renewed);
    g_test_add_func("/shared-window/many", test_many);
    g_test_add_func("/shared-window/no-mappings", test_no_mappings);
    g_test_add_func("/shared-window/locked", test_locked);
    g_test_add_func("/shared-window/used-meanwhile", test_used_meanwhile);
    return g_test_run();
}
