/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the device asks of whoever runs it.
 *
 * QEMU's glue is one host, tests/fake/ the second.  All of these are called
 * on the device thread unless they say otherwise; none may call back into
 * the device.
 */
#ifndef HW_VIRTIO_VGPU_HOST_H
#define HW_VIRTIO_VGPU_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_request;

/* What the user wants an output to be; GET_DISPLAY_INFO reports it. */
struct vgpu_mode {
    struct vgpu_rect rect;      /* position among the outputs, size in px */
    bool enabled;
};

/* What has become of a change of the window when the host returns. */
enum vgpu_window_answer {
    VGPU_WINDOW_DONE,           /* it is so, for every vCPU and every device */
    VGPU_WINDOW_LATER,          /* vgpu_device_window_done() will say */
    VGPU_WINDOW_FULL,           /* only of window_map(): there is no room */
};

/*
 * Memory of another device of the guest's: a piece of one of its regions, which
 * of a PCI device is what lies behind a BAR.  The guest can take it away at any
 * time, by switching the device off for example, so there are no pointers to it.
 */
struct vgpu_device_piece {
    void *region;               /* the host's; the same for the same region */
    uint64_t offset;            /* bytes, in the region */
    uint64_t bytes;
};

struct vgpu_host_ops {
    /*
     * Makes guest memory readable, and writable with @write: @addr is a DMA
     * address of the guest, *@bytes how much is wanted.  Returns a pointer that
     * stays valid until unmap(), with *@bytes shortened to what lies in one
     * piece there, or NULL when @addr is not backed by memory, or not by such
     * as the device may write.  Device registers are not memory, whatever a
     * bounce buffer could do about it, and memory of a device is not this one's.
     */
    void *(*map)(void *host, uint64_t addr, uint64_t *bytes, bool write);

    /*
     * Ends a mapping made by map(): all values as it returned them.  What was
     * mapped with @write counts as written.
     */
    void (*unmap)(void *host, void *pointer, uint64_t bytes, bool write);

    /*
     * True when DMA addresses pass a translation that the guest can change
     * at any time (virtio 1.3, 6: ACCESS_PLATFORM behind an IOMMU).  Then
     * nothing is kept mapped between two commands.
     */
    bool (*translates)(void *host);

    /*
     * Finds memory of another device's at DMA address @addr: of @bytes what lies
     * in one piece.  Its region is held until device_release().  False when
     * there is something else, or nothing.
     */
    bool (*device_find)(void *host, uint64_t addr, uint64_t bytes,
                        struct vgpu_device_piece *piece);
    void (*device_release)(void *host, void *region);

    /*
     * Copies @bytes of a region that is held.  False when it cannot be read at
     * this moment; @dest is then partly written, and the host has said why.
     */
    bool (*device_read)(void *host, void *region, uint64_t offset, void *dest,
                        uint64_t bytes);

    /*
     * A dma-buf of @count pieces, at least one, one behind the other: of a region
     * that is held, or of memory that is mapped.  Returns a descriptor for
     * dmabuf_close(), or -1 when it cannot be had, and the host has said why.
     */
    int (*device_dmabuf)(void *host, const struct vgpu_device_piece *pieces,
                         uint32_t count);
    int (*memory_dmabuf)(void *host, const struct iovec *pieces,
                         uint32_t count);
    void (*dmabuf_close)(void *host, int fd);

    /*
     * The request is finished: its reply is in @request->reply, of
     * @request->reply_bytes bytes, and the host owns the request again.
     * Called exactly once for each request that was executed.
     */
    void (*complete)(void *host, struct vgpu_request *request);

    /* The mode that the user wishes on scanout @id, below num_scanouts. */
    void (*display_mode)(void *host, uint32_t id, struct vgpu_mode *mode);

    /*
     * GET_DISPLAY_INFO is about to be answered; display_mode() calls for it
     * follow.  The host may note that the guest has seen the present modes.
     */
    void (*display_info_read)(void *host);

    /*
     * Writes the EDID of scanout @id, disabled or not.  Returns its size, a
     * multiple of 128, or 0 when there is none.
     */
    size_t (*edid)(void *host, uint32_t id, uint8_t edid[VGPU_WIRE_EDID_BYTES]);

    /* A clock that does not go back.  Any thread. */
    int64_t (*clock_ns)(void *host);

    /* A new version 4 UUID in RFC 4122 byte order. */
    void (*make_uuid)(void *host, uint8_t uuid[16]);

    /*
     * Shows @bytes of this process's memory to the guest at @offset of the
     * host-visible window, or takes what is shown as @id away; both are whole
     * pages that are free for it.  Nothing is waited for.  Only on devices with
     * a window.
     */
    enum vgpu_window_answer (*window_map)(void *host, uint32_t id,
                                          uint64_t offset, void *data,
                                          uint64_t bytes);
    enum vgpu_window_answer (*window_unmap)(void *host, uint32_t id);

    /*
     * The guest made a mistake.  @text is one line without a newline, already
     * free of control characters.  The host counts it and decides how often
     * to log.  Any thread that runs a request.
     */
    void (*guest_error)(void *host, const struct vgpu_request *request,
                        const char *text);
};

#endif
