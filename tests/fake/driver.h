/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A driver for C tests: sends commands to a device on the fake host and
 * returns the reply.  Commands are built from the script language's tables,
 * one argument a field.  One thread.
 */
#ifndef TESTS_FAKE_DRIVER_H
#define TESTS_FAKE_DRIVER_H

#include "fake-host.h"

/* Longest request and reply. */
#define DRIVER_REQUEST_BYTES (2u << 20)
#define DRIVER_REPLY_BYTES 2048u

struct fake_driver {
    struct fake_host *host;
    struct vgpu_device *dev;
    uint64_t features;          /* negotiated; offered are the same */
    uint64_t request_addr;
    uint64_t reply_addr;
    uint32_t used;              /* of the last request */
    uint8_t reply[DRIVER_REPLY_BYTES];
};

/* What the tests use most: 4 heads, all features of 2D, 64 MiB. */
extern const struct vgpu_device_config driver_config;

/* One head, all features, 64 contexts, 64 MiB and 1 GiB of 3D. */
extern const struct vgpu_device_config driver_config_3d;

void fake_driver_init(struct fake_driver *driver,
                      const struct vgpu_device_config *config);

/* Resets, checks that nothing is left, and ends device and host. */
void fake_driver_finish(struct fake_driver *driver);

/*
 * Sends @bytes as they are.  Returns the reply's type, 0 when there is none.
 */
uint32_t fake_driver_send(struct fake_driver *driver, enum vgpu_queue queue,
                          const uint8_t *bytes, size_t num_bytes,
                          uint32_t writable);

/* A field's value, by the name it has in scripts; lists by index. */
struct driver_arg {
    const char *field;
    unsigned index;
    uint64_t value;
};

/*
 * Sends a command by name with its arguments, up to one without a field,
 * and @entries behind it; the reply buffer is as large as the success.
 */
uint32_t fake_driver_command(struct fake_driver *driver, const char *name,
                             const struct driver_arg *args,
                             const struct vgpu_mem_entry *entries,
                             uint32_t num_entries);

#define DRIVER_COMMAND(driver, name, ...) \
    fake_driver_command(driver, name, \
                        (const struct driver_arg[]) { __VA_ARGS__, { 0 } }, \
                        NULL, 0)
#define DRIVER_LIST(driver, name, entries, num_entries, ...) \
    fake_driver_command(driver, name, \
                        (const struct driver_arg[]) { __VA_ARGS__, { 0 } }, \
                        entries, num_entries)

/* Four arguments of a rectangle. */
#define DRIVER_RECT(x, y, w, h) \
    { "rect", 0, x }, { "rect", 1, y }, { "rect", 2, w }, { "rect", 3, h }

#endif
