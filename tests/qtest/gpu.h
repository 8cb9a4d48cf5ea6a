/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A small driver of a virtio-gpu: starts the device, sends requests, judges
 * what every reply must fulfil (conformance matrix, B.1 and G).  Lives as
 * long as its guest; one thread.
 */
#ifndef TESTS_QTEST_GPU_H
#define TESTS_QTEST_GPU_H

#include "vring.h"
#include "wire.h"

#define QUEUE_CONTROL 0
#define QUEUE_CURSOR  1

/* For size: leave the queue disabled. */
#define GPU_NO_QUEUE UINT_MAX

/* All zero: every offered feature but RING_PACKED, full queues. */
struct gpu_options {
    uint64_t refuse;            /* feature bits not to accept */
    unsigned size[2];           /* 0: what the device offers */
    bool packed;
    bool msix;                  /* vector 0 config, 1 control, 2 cursor */
    bool direct;                /* no indirect tables in gpu_command() */
};

struct gpu {
    struct guest *guest;
    struct vdev *vdev;
    struct virtio_pci *pci;     /* NULL behind another transport */
    struct vtd *vtd;            /* NULL unless behind an IOMMU, see vtd.h */
    struct gpu_options options;
    uint64_t features;          /* negotiated */
    struct vring *queue[2];
    uint64_t request;           /* GPU_REQUEST_BYTES and GPU_REPLY_BYTES of */
    uint64_t reply;             /* guest RAM for gpu_command() */
};

#define GPU_REQUEST_BYTES (64 * 1024u)
#define GPU_REPLY_BYTES   (16 * 1024u)
#define GPU_POISON        0xa5

/* The first virtio-gpu of the guest, not started; @guest's is the PCI one. */
struct gpu *gpu_at(struct vdev *vdev, struct virtio_pci *pci);

/*
 * Starts QEMU with "-device @device" on @machine (NULL: "pc") and the driver
 * with @options (NULL: defaults).
 */
struct gpu *gpu_boot(const char *machine, const char *device,
                     const struct gpu_options *options);

/*
 * The same of "virtio-gpu-pci,id=gpu@properties", with defaults and, if
 * @displays, on QEMU's D-Bus display (display_of()).
 */
struct gpu *gpu_boot_with(const char *properties, bool displays);

/* What that number is now; of a PCI device with the id gpu. */
uint64_t gpu_property(struct gpu *gpu, const char *name);

/*
 * Adds case @name for each way that doorbells take through QEMU; @run gets the
 * way's properties, for gpu_boot_with() and its like.
 */
void gpu_add_kicks(const char *name, void (*run)(const void *properties));

/* The @number-th virtio-gpu on the PCI bus, not started. */
struct gpu *gpu_find(struct guest *guest, unsigned number);

/* Device reset, then the driver from the beginning; also the first start. */
void gpu_start(struct gpu *gpu, const struct gpu_options *options);

/* Reset, all guest RAM cleared, gpu_start(). */
void gpu_restart(struct gpu *gpu, const struct gpu_options *options);

/* Features that gpu_start() would accept. */
uint64_t gpu_wanted_features(struct gpu *gpu,
                             const struct gpu_options *options);

/* Allocates and enables one queue, MSI-X as options say. */
void gpu_start_queue(struct gpu *gpu, unsigned index);

void gpu_set_driver_ok(struct gpu *gpu);

/*
 * Sends a request in one readable and one writable buffer of poisoned bytes
 * (@room may be 0) and waits.  Returns used.len; the reply is copied to
 * @reply, and no byte behind used.len was touched.
 */
uint32_t gpu_command(struct gpu *gpu, unsigned queue, const void *request,
                     uint32_t bytes, void *reply, uint32_t room);

/*
 * A request that has a 24-byte answer: checks length and header against B.1
 * and returns the response type.
 */
uint32_t gpu_status(struct gpu *gpu, const void *request, uint32_t bytes);

/* gpu_status() that must be @want; @what names it in the failure. */
void gpu_expect(struct gpu *gpu, const void *request, uint32_t bytes,
                uint32_t want, const char *what);

/* GET_DISPLAY_INFO, which must succeed; works in any state of the device. */
void gpu_display_info(struct gpu *gpu, struct wire_display_info *info);

/*
 * Makes a GET_DISPLAY_INFO available and rings the doorbell, waits for
 * nothing.  Returns the id of the chain; the reply will be at gpu->reply.
 */
unsigned gpu_post_display_info(struct gpu *gpu);

/*
 * Ends the case when a chain of the control queue comes back although @why.
 * A device that does nothing cannot be waited for: it gets 50 ms.
 */
void gpu_expect_silence(struct gpu *gpu, const char *why);

/* The device answers a GET_DISPLAY_INFO as it should. */
void gpu_expect_alive(struct gpu *gpu);

/* NEEDS_RESET is set within patience. */
void gpu_expect_broken(struct gpu *gpu, const char *why);

#endif
