/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "shared-window.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib.h>

#define PAGE_BYTES   4096u
#define HUGE_BYTES   (2u << 20)
#define ACCESS       (PROT_READ | PROT_WRITE)

/*
 * The file is as long as the window, but holes: of it, all that is mapped is one
 * piece again and again, but for moments (see vgpu_shared_window_hide()).
 */
struct vgpu_shared_window {
    uint8_t *data;
    uint64_t bytes;
    uint64_t piece_bytes;
    int scratch;
};

/* Addresses that nothing else gets. */
static uint8_t *reserve(uint64_t bytes)
{
    uint64_t room = bytes + HUGE_BYTES;
    uint8_t *start = mmap(NULL, room, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    uint64_t before;

    if (start == MAP_FAILED) {
        return NULL;
    }
    before = -(uintptr_t)start % HUGE_BYTES;
    if (before) {
        munmap(start, before);
    }
    munmap(start + before + bytes, HUGE_BYTES - before);
    return start + before;
}

static void *try_scratch(const struct vgpu_shared_window *window,
                         uint64_t offset, uint64_t bytes, uint64_t from,
                         int how)
{
    return mmap(window->data + offset, bytes, ACCESS, MAP_SHARED | how,
                window->scratch, (off_t)from);
}

static bool map_scratch(const struct vgpu_shared_window *window,
                        uint64_t offset, uint64_t bytes, uint64_t from,
                        int how)
{
    void *place = try_scratch(window, offset, bytes, from, how);

    if (place == MAP_FAILED && errno == EAGAIN) {
        /* Locked memory: both would count against the limit for a moment. */
        munlock(window->data + offset, bytes);
        place = try_scratch(window, offset, bytes, from, how);
    }
    if (place == MAP_FAILED) {
        return false;
    }
    /* A core dump would have it once for each time that it is mapped. */
    madvise(place, bytes, MADV_DONTDUMP);
    return true;
}

/* @how is MAP_FIXED, or MAP_FIXED_NOREPLACE: only where there is nothing. */
static int cover(const struct vgpu_shared_window *window, uint64_t offset,
                 uint64_t bytes, int how)
{
    int error = 0;

    while (bytes) {
        uint64_t from = offset % window->piece_bytes;
        uint64_t piece = MIN(bytes, window->piece_bytes - from);

        if (!map_scratch(window, offset, piece, from, how) &&
            errno != EEXIST) {
            error = -errno;
        }
        offset += piece;
        bytes -= piece;
    }
    return error;
}

static bool set_up(struct vgpu_shared_window *window)
{
    window->scratch = memfd_create("virtio-gpu-window", MFD_CLOEXEC);
    if (window->scratch < 0 ||
        ftruncate(window->scratch, (off_t)window->bytes)) {
        return false;
    }
    window->data = reserve(window->bytes);
    return window->data && !vgpu_shared_window_renew(window);
}

struct vgpu_shared_window *vgpu_shared_window_create(uint64_t bytes)
{
    struct vgpu_shared_window *window = g_new0(struct vgpu_shared_window, 1);
    uint64_t part = (bytes - 1) / VGPU_SHARED_WINDOW_MAPPINGS + 1;
    int error;

    assert(bytes && bytes % PAGE_BYTES == 0);
    window->bytes = bytes;
    window->piece_bytes = MAX((part + PAGE_BYTES - 1) & -(uint64_t)PAGE_BYTES,
                              HUGE_BYTES);
    if (!set_up(window)) {
        error = errno;
        vgpu_shared_window_destroy(window);
        errno = error;
        return NULL;
    }
    return window;
}

void vgpu_shared_window_destroy(struct vgpu_shared_window *window)
{
    if (!window) {
        return;
    }
    if (window->data) {
        munmap(window->data, window->bytes);
    }
    if (window->scratch >= 0) {
        close(window->scratch);
    }
    g_free(window);
}

void *vgpu_shared_window_data(const struct vgpu_shared_window *window)
{
    return window->data;
}

int vgpu_shared_window_renew(struct vgpu_shared_window *window)
{
    return cover(window, 0, window->bytes, MAP_FIXED);
}

bool vgpu_shared_window_takes(const void *data)
{
    void *copy = mremap((void *)data, 0, PAGE_BYTES, MREMAP_MAYMOVE);

    if (copy == MAP_FAILED) {
        return false;
    }
    munmap(copy, PAGE_BYTES);
    return true;
}

/*
 * The same memory once more.  An old size of 0 asks for that; then the kernel does
 * not look how long the original is.
 */
static int duplicate(void *data, uint64_t bytes, uint8_t **copy)
{
    int error = 0;

    *copy = mremap(data, 0, bytes, MREMAP_MAYMOVE);
    if (*copy == MAP_FAILED) {
        return -errno;
    }
    if (mprotect(*copy, bytes, ACCESS)) {
        error = -errno;
    } else if (madvise(*copy + bytes - PAGE_BYTES, PAGE_BYTES,
                       MADV_POPULATE_WRITE) && errno == EFAULT) {
        error = -ENXIO;
    }
    if (error) {
        munmap(*copy, bytes);
    }
    return error;
}

/*
 * In two steps.  To duplicate it right into the window would take away the scratch
 * memory before the kernel has looked whether it can.  For a move of what is there it
 * asks before that whether there is room for mappings; what can still fail is memory
 * for a few records of the kernel's own, and then the gap is closed at once.
 */
int vgpu_shared_window_show(struct vgpu_shared_window *window, uint64_t offset,
                            void *data, uint64_t bytes)
{
    uint8_t *copy;
    int error;

    assert(offset <= window->bytes && bytes <= window->bytes - offset);
    error = duplicate(data, bytes, &copy);
    if (error) {
        return error;
    }
    if (mremap(copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED,
               window->data + offset) == MAP_FAILED) {
        error = -errno;
        munmap(copy, bytes);
        if (cover(window, offset, bytes, MAP_FIXED_NOREPLACE)) {
            g_error("the window has a gap: %s", g_strerror(errno));
        }
    }
    return error;
}

/*
 * At first in one step, which takes one mapping for another: that of the file's own
 * length cannot want for mappings.  Pieces of scratch can; those that do stay such.
 */
void vgpu_shared_window_hide(struct vgpu_shared_window *window, uint64_t offset,
                             uint64_t bytes)
{
    uint64_t from = offset % window->piece_bytes;
    bool is_inside = bytes <= window->piece_bytes - from;

    if (!map_scratch(window, offset, bytes, is_inside ? from : offset,
                     MAP_FIXED)) {
        g_error("what is in the window cannot be taken out: %s",
                g_strerror(errno));
    }
    if (!is_inside) {
        cover(window, offset, bytes, MAP_FIXED);
        fallocate(window->scratch,
                  FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  (off_t)window->piece_bytes,
                  (off_t)(window->bytes - window->piece_bytes));
    }
}
