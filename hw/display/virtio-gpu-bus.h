/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What virtio does by itself, taught about the device thread.
 *
 * When a driver's ring is malformed virtqueue_pop() raises a configuration
 * interrupt, on whichever thread it runs.  On QEMU 10.0 and 10.1 that needs
 * the big lock.  Since the bus and not the device says how interrupts are
 * raised, the bus of our device becomes one that leaves it to the main loop.
 *
 * When a driver takes bus mastering away virtio marks the device disabled and
 * only then stops its queues; a reply pushed in between would vanish.  On PCI
 * the write to the command register therefore happens under the glue lock.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_BUS_H
#define HW_DISPLAY_VIRTIO_GPU_BUS_H

#include "hw/virtio/virtio-bus.h"

/*
 * In realize, under the big lock.  Returns false on a bus that is not known
 * here: then virtqueue_pop() must be called with the big lock.
 */
bool virtio_gpu_bus_defer_interrupts(BusState *bus);

#endif
