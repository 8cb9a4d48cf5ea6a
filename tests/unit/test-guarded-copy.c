/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Copies from mappings whose memory is gone.  A file that was made shorter is
 * what a device that was switched off is: whoever loads from there gets SIGBUS,
 * which is shown first, so that the copy is known to have met it.
 */
#include "platform/guarded-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096u
#define BYTES (100 * PAGE)

struct fixture {
    struct vgpu_guarded_copy *copy;
    int file;
    uint8_t *mapped;
    uint8_t *plain;             /* what is in the file */
    uint8_t *dest;
    atomic_bool enough;         /* the main thread has seen what it wants */
};

static void set_up(struct fixture *f, const void *unused)
{
    (void)unused;
    f->copy = vgpu_guarded_copy_create();
    g_assert_nonnull(f->copy);
    f->file = memfd_create("test", MFD_CLOEXEC);
    g_assert_cmpint(ftruncate(f->file, BYTES), ==, 0);
    f->plain = g_malloc(BYTES);
    for (uint32_t i = 0; i < BYTES; i++) {
        f->plain[i] = (i * 2654435761u) >> 24;
    }
    g_assert_cmpint(pwrite(f->file, f->plain, BYTES, 0), ==, BYTES);
    f->mapped = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, f->file, 0);
    g_assert_true(f->mapped != MAP_FAILED);
    f->dest = g_malloc0(BYTES);
}

static void tear_down(struct fixture *f, const void *unused)
{
    (void)unused;
    munmap(f->mapped, BYTES);
    close(f->file);
    g_free(f->plain);
    g_free(f->dest);
    vgpu_guarded_copy_destroy(f->copy);
}

/* More than the file behind it, at addresses that are no pages'. */
static void test_copies(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_true(vgpu_guarded_copy(f->copy, f->dest + 3, f->mapped + 5,
                                    BYTES - 9));
    g_assert_cmpmem(f->dest + 3, BYTES - 9, f->plain + 5, BYTES - 9);
    g_assert_cmpint(f->dest[2], ==, 0);
    g_assert_cmpint(f->dest[BYTES - 6], ==, 0);
    g_assert_true(vgpu_guarded_copy(f->copy, f->dest, f->mapped, 0));
}

static void expect_sigbus(const volatile uint8_t *byte)
{
    pid_t child = fork();
    int status;

    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        signal(SIGBUS, SIG_DFL);
        _exit(*byte == 0);
    }
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGBUS);
}

static void test_gone(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmpint(ftruncate(f->file, 50 * PAGE), ==, 0);
    expect_sigbus(f->mapped + 50 * PAGE);
    errno = 0;
    g_assert_false(vgpu_guarded_copy(f->copy, f->dest, f->mapped + 50 * PAGE,
                                     PAGE));
    g_assert_cmpint(errno, ==, EFAULT);
    /* Nor when it begins well. */
    g_assert_false(vgpu_guarded_copy(f->copy, f->dest, f->mapped, BYTES));
    g_assert_cmpmem(f->dest, 50 * PAGE, f->plain, 50 * PAGE);
    g_assert_true(vgpu_guarded_copy(f->copy, f->dest, f->mapped, 50 * PAGE));
}

static void test_comes_back(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmpint(ftruncate(f->file, 0), ==, 0);
    g_assert_false(vgpu_guarded_copy(f->copy, f->dest, f->mapped, BYTES));
    g_assert_cmpint(ftruncate(f->file, BYTES), ==, 0);
    g_assert_cmpint(pwrite(f->file, f->plain, BYTES, 0), ==, BYTES);
    g_assert_true(vgpu_guarded_copy(f->copy, f->dest, f->mapped, BYTES));
    g_assert_cmpmem(f->dest, BYTES, f->plain, BYTES);
}

/* The other thread only changes the file's length. */
static void *cut_and_mend(void *opaque)
{
    struct fixture *f = opaque;

    for (unsigned i = 0; !atomic_load(&f->enough); i++) {
        g_assert_cmpint(ftruncate(f->file, (i % 2) * BYTES), ==, 0);
    }
    return NULL;
}

static void test_at_any_time(struct fixture *f, const void *unused)
{
    GThread *thread = g_thread_new("cutter", cut_and_mend, f);
    unsigned outcomes[2] = { 0 };

    (void)unused;
    while (outcomes[false] < 200 || outcomes[true] < 200) {
        outcomes[vgpu_guarded_copy(f->copy, f->dest, f->mapped, BYTES)]++;
    }
    atomic_store(&f->enough, true);
    g_thread_join(thread);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/guarded-copy/copies", struct fixture, NULL, set_up,
               test_copies, tear_down);
    g_test_add("/guarded-copy/gone", struct fixture, NULL, set_up, test_gone,
               tear_down);
    g_test_add("/guarded-copy/comes-back", struct fixture, NULL, set_up,
               test_comes_back, tear_down);
    g_test_add("/guarded-copy/at-any-time", struct fixture, NULL, set_up,
               test_at_any_time, tear_down);
    return g_test_run();
}
