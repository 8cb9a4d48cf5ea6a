/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A virtio device as its driver sees it, whatever the transport: status,
 * features, queues, configuration (virtio 1.3, 2 and 4).  Lives as long as
 * its guest; one thread.
 */
#ifndef TESTS_QTEST_VDEV_H
#define TESTS_QTEST_VDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pci.h"

/* Device status, virtio 1.3, 2.1. */
#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER      2
#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8
#define STATUS_NEEDS_RESET 64
#define STATUS_FAILED      128

/* Features of any device, virtio 1.3, 6. */
#define F_INDIRECT_DESC     (1ull << 28)
#define F_EVENT_IDX         (1ull << 29)
#define F_VERSION_1         (1ull << 32)
#define F_ACCESS_PLATFORM   (1ull << 33)
#define F_RING_PACKED       (1ull << 34)
#define F_IN_ORDER          (1ull << 35)
#define F_NOTIFICATION_DATA (1ull << 38)
#define F_RING_RESET        (1ull << 40)

/* Interrupt status, virtio 1.3, 4.1.4.5 and 4.2.2. */
#define ISR_QUEUE  1
#define ISR_CONFIG 2

#define NO_VECTOR 0xffff

/* The three areas of a queue, virtio 1.3, 2.6. */
struct vdev_queue {
    unsigned size;
    uint64_t descriptors;
    uint64_t driver;
    uint64_t device;
};

struct vdev;

struct vdev_ops {
    uint32_t (*features)(struct vdev *vdev, uint32_t window);
    void (*accept)(struct vdev *vdev, uint32_t window, uint32_t bits);
    uint8_t (*status)(struct vdev *vdev);
    void (*set_status)(struct vdev *vdev, uint8_t status);
    unsigned (*queue_max)(struct vdev *vdev, unsigned index);
    void (*queue_enable)(struct vdev *vdev, unsigned index,
                         const struct vdev_queue *queue);
    void (*notify)(struct vdev *vdev, unsigned index);
    void (*config_read)(struct vdev *vdev, unsigned offset, unsigned bytes,
                        void *data);
    void (*config_write)(struct vdev *vdev, unsigned offset, unsigned bytes,
                         const void *data);
    uint32_t (*generation)(struct vdev *vdev);
    uint8_t (*take_isr)(struct vdev *vdev);     /* reads and acknowledges */
};

struct vdev {
    const struct vdev_ops *ops;
    struct guest *guest;
};

/* 32-bit registers of the configuration, virtio 1.3, 5.7.4. */
enum {
    CONFIG_EVENTS_READ = 0,
    CONFIG_EVENTS_CLEAR = 4,
    CONFIG_NUM_SCANOUTS = 8,
    CONFIG_NUM_CAPSETS = 12,
    CONFIG_BLOB_ALIGNMENT = 16,
};
uint32_t vdev_config(struct vdev *vdev, unsigned offset);
void vdev_set_config(struct vdev *vdev, unsigned offset, uint32_t value);

/* All 64 feature bits that the device offers. */
uint64_t vdev_features(struct vdev *vdev);

/* Writes 0 and waits until it is 0. */
void vdev_reset(struct vdev *vdev);

/*
 * Reset, ACKNOWLEDGE, DRIVER, @features, FEATURES_OK.  Returns the status
 * that is read back.
 */
uint8_t vdev_negotiate(struct vdev *vdev, uint64_t features);

/* A virtio device behind a PCI function. */
struct virtio_pci {
    struct vdev vdev;
    struct pci_function *pci;
    uint64_t common;            /* addresses of the structures */
    uint64_t notify;
    uint64_t isr;
    uint64_t device;
    uint32_t device_bytes;
    uint32_t notify_multiplier;
    bool rings_by_config;
};

/* Finds the structures; the BARs are mapped. */
struct virtio_pci *virtio_pci_at(struct pci_function *pci);

/* The virtio-gpu among the virtio-mmio transports of a microvm. */
struct vdev *virtio_mmio_find_gpu(struct guest *guest);

/* Registers of the common structure, virtio 1.3, 4.1.4.3. */
enum {
    COMMON_DEVICE_FEATURE_SELECT = 0x00,
    COMMON_DEVICE_FEATURE = 0x04,
    COMMON_DRIVER_FEATURE_SELECT = 0x08,
    COMMON_DRIVER_FEATURE = 0x0c,
    COMMON_CONFIG_VECTOR = 0x10,
    COMMON_NUM_QUEUES = 0x12,
    COMMON_STATUS = 0x14,
    COMMON_GENERATION = 0x15,
    COMMON_QUEUE_SELECT = 0x16,
    COMMON_QUEUE_SIZE = 0x18,
    COMMON_QUEUE_VECTOR = 0x1a,
    COMMON_QUEUE_ENABLE = 0x1c,
    COMMON_QUEUE_NOTIFY_OFF = 0x1e,
    COMMON_QUEUE_DESC = 0x20,
    COMMON_QUEUE_DRIVER = 0x28,
    COMMON_QUEUE_DEVICE = 0x30,
    COMMON_QUEUE_RESET = 0x3a,
};
uint32_t virtio_pci_get(struct virtio_pci *dev, unsigned offset,
                        unsigned bytes);
void virtio_pci_put(struct virtio_pci *dev, unsigned offset, unsigned bytes,
                    uint32_t value);

/* virtio 1.3, 2.6.1: resets the queue and waits until the device has. */
void virtio_pci_queue_reset(struct virtio_pci *dev, unsigned index);

/* Maps an event to an MSI-X vector; returns what is read back. */
unsigned virtio_pci_set_vector(struct virtio_pci *dev, unsigned queue,
                               unsigned vector);
unsigned virtio_pci_set_config_vector(struct virtio_pci *dev, unsigned vector);

/* Where a notification of this queue is written. */
uint64_t virtio_pci_doorbell(struct virtio_pci *dev, unsigned index);

/*
 * From now on doorbells are rung by way of configuration space, as virtio 1.3,
 * 4.1.4.9 has it, which the function answers with its BARs off; or in the BAR again.
 */
void virtio_pci_ring_by_config(struct virtio_pci *dev, bool on);

/* A notification with data, virtio 1.3, 4.1.5.2. */
void virtio_pci_notify_32(struct virtio_pci *dev, unsigned index,
                          uint32_t data);

#endif
