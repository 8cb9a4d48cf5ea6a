/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "driver.h"

#include <string.h>

#include "command.h"

#define GUEST_BYTES (256ull << 20)

const struct vgpu_device_config driver_config = {
    .num_scanouts = 4,
    .features = VGPU_F_EDID | VGPU_F_RESOURCE_UUID | VGPU_F_RESOURCE_BLOB,
    .max_hostmem = 64 << 20,
    .max_resources = 65536,
};

const struct vgpu_device_config driver_config_3d = {
    .num_scanouts = 1,
    .features = VGPU_F_EDID | VGPU_F_RESOURCE_UUID | VGPU_F_RESOURCE_BLOB |
                VGPU_F_VIRGL | VGPU_F_CONTEXT_INIT,
    .max_hostmem = 64 << 20,
    .max_hostmem_3d = 1 << 30,
    .max_resources = 65536,
    .max_contexts = 64,
};

void fake_driver_init(struct fake_driver *driver,
                      const struct vgpu_device_config *config)
{
    memset(driver, 0, sizeof(*driver));
    driver->host = fake_host_create(GUEST_BYTES);
    fake_host_power_on(driver->host, config->num_scanouts, 1280, 800);
    driver->dev = fake_host_device(driver->host, config);
    driver->features = config->features;
    driver->request_addr = guest_memory_alloc(driver->host->memory,
                                              DRIVER_REQUEST_BYTES, true);
    driver->reply_addr = guest_memory_alloc(driver->host->memory,
                                            DRIVER_REPLY_BYTES, true);
}

void fake_driver_finish(struct fake_driver *driver)
{
    struct vgpu_budget_usage usage;

    fake_host_reset(driver->host, driver->dev);
    usage = vgpu_device_memory(driver->dev);
    g_assert_cmpuint(vgpu_device_num_resources(driver->dev), ==, 0);
    g_assert_cmpuint(usage.pixels, ==, 0);
    g_assert_cmpuint(usage.held, ==, 0);
    g_assert_cmpuint(usage.hosted, ==, 0);
    g_assert_cmpuint(vgpu_device_num_contexts(driver->dev), ==, 0);
    g_assert_cmpuint(guest_memory_num_mappings(driver->host->memory), ==, 0);
    vgpu_device_destroy(driver->dev);
    fake_host_destroy(driver->host);
}

uint32_t fake_driver_send(struct fake_driver *driver, enum vgpu_queue queue,
                          const uint8_t *bytes, size_t num_bytes,
                          uint32_t writable)
{
    struct fake_piece out = { driver->request_addr, num_bytes };
    struct fake_piece in = { driver->reply_addr, writable };
    struct fake_chain chain = {
        .queue = queue,
        .features = driver->features,
        .out = &out,
        .out_num = num_bytes != 0,
        .in = &in,
        .in_num = writable != 0,
    };
    uint8_t *reply;

    g_assert(num_bytes <= DRIVER_REQUEST_BYTES);
    g_assert(writable <= DRIVER_REPLY_BYTES);
    if (num_bytes) {
        memcpy(guest_memory_pointer(driver->host->memory, out.addr, num_bytes),
               bytes, num_bytes);
    }
    reply = guest_memory_pointer(driver->host->memory, in.addr,
                                 DRIVER_REPLY_BYTES);
    memset(reply, 0xa5, DRIVER_REPLY_BYTES);
    driver->used = fake_host_run(driver->host, driver->dev, &chain);
    for (uint32_t i = driver->used; i < DRIVER_REPLY_BYTES; i++) {
        g_assert_cmpuint(reply[i], ==, 0xa5);
    }
    memcpy(driver->reply, reply, DRIVER_REPLY_BYTES);
    return driver->used ? get_le32(reply) : 0;
}

static void put_arg(uint8_t *bytes, const struct command *command,
                    const struct driver_arg *arg)
{
    const struct field *field = command_field(command, arg->field);

    if (g_str_equal(arg->field, "fence")) {
        put_le(bytes + HEADER_FLAGS,
               get_le32(bytes + HEADER_FLAGS) | FLAG_FENCE, 4);
        put_le(bytes + HEADER_FENCE_ID, arg->value, 8);
        return;
    }
    if (g_str_equal(arg->field, "ring")) {
        put_le(bytes + HEADER_FLAGS,
               get_le32(bytes + HEADER_FLAGS) | FLAG_RING_IDX, 4);
        bytes[HEADER_RING_IDX] = arg->value;
        return;
    }
    if (g_str_equal(arg->field, "ctx")) {
        put_le(bytes + HEADER_CTX_ID, arg->value, 4);
        return;
    }
    g_assert(field && arg->index < field->count);
    put_le(bytes + field->offset + arg->index * field->bytes, arg->value,
           field->bytes);
}

uint32_t fake_driver_command(struct fake_driver *driver, const char *name,
                             const struct driver_arg *args,
                             const struct vgpu_mem_entry *entries,
                             uint32_t num_entries)
{
    const struct command *command = command_find(name);
    size_t num_bytes = command->bytes + 16ull * num_entries;
    g_autofree uint8_t *bytes = g_malloc0(num_bytes);

    put_le(bytes, command->type, 4);
    if (num_entries) {
        put_le(bytes + command_field(command, "nr_entries")->offset,
               num_entries, 4);
    }
    for (; args->field; args++) {
        put_arg(bytes, command, args);
    }
    for (uint32_t i = 0; i < num_entries; i++) {
        put_le(bytes + command->bytes + 16ull * i, entries[i].addr, 8);
        put_le(bytes + command->bytes + 16ull * i + 8, entries[i].length, 4);
    }
    return fake_driver_send(driver, (enum vgpu_queue)command->queue, bytes,
                            num_bytes, command->reply_bytes);
}
