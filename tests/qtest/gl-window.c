/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "gl-window.h"

#include "draw.h"
#include "gl.h"
#include "harness.h"
#include "hw/pci/pci_regs.h"
#include "libqtest.h"

#define BAR 4

/* Of PIPE_RESOURCE_CREATE: a buffer that stays mapped while it is used. */
#define FLAGS_PERSISTENT 6u

struct map_blob {
    struct wire_header header;
    uint32_t resource_id;
    uint32_t padding;
    uint64_t offset;
};

struct map_info {
    struct wire_header header;
    uint32_t map_info;
    uint32_t padding;
};

void window_preload_shared(void)
{
    gl_preload("QTEST_SHARED_MEMORY");
}

struct gpu *window_boot(const char *size, uint32_t context)
{
    g_autofree char *properties = g_strdup_printf(",blob=on,hostmem=%s", size);
    struct gpu *gpu = gl_boot(properties, false, NULL);

    gl_create_context(gpu, context, "first");
    return gpu;
}

void window_create(struct gpu *gpu, uint32_t id, uint32_t bytes)
{
    const struct wire_create_3d shape = {
        .target = VIRGL_BUFFER, .format = VIRGL_R8,
        .bind = VIRGL_BIND_VERTEX_BUFFER,
        .width = bytes, .height = 1, .depth = 1, .array_size = 1,
        .flags = FLAGS_PERSISTENT,
    };
    const struct wire_create_blob request = {
        .header = { .type = CMD_RESOURCE_CREATE_BLOB, .ctx_id = 1 },
        .resource_id = id,
        .blob_mem = BLOB_MEM_HOST3D,
        .blob_flags = BLOB_MAPPABLE,
        .blob_id = id,
        .size = bytes,
    };
    struct virgl_stream stream;

    virgl_stream_init(&stream);
    virgl_pipe_resource_create(&stream, &shape, id);
    expect_eq(gl_submit(gpu, 1, &stream), RESP_OK_NODATA, "SUBMIT_3D");
    virgl_stream_finish(&stream);
    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_BLOB");
    gl_attach(gpu, 1, id);
}

uint32_t window_try_map(struct gpu *gpu, uint32_t id, uint64_t offset)
{
    const struct map_blob request = {
        .header.type = CMD_RESOURCE_MAP_BLOB,
        .resource_id = id,
        .offset = offset,
    };
    struct map_info info;
    uint32_t used = gpu_command(gpu, QUEUE_CONTROL, &request, sizeof(request),
                                &info, sizeof(info));

    if (info.header.type == RESP_OK_MAP_INFO) {
        expect_eq(used, sizeof(info), "used.len of MAP_BLOB of %u at 0x%" PRIx64,
                  id, offset);
        expect_eq(info.map_info, 1, "map_info: memory of llvmpipe is cached");
    }
    return info.header.type;
}

void window_map(struct gpu *gpu, uint32_t id, uint64_t offset)
{
    expect_eq(window_try_map(gpu, id, offset), RESP_OK_MAP_INFO,
              "MAP_BLOB of %u at 0x%" PRIx64, id, offset);
}

void window_unmap(struct gpu *gpu, uint32_t id)
{
    const struct wire_resource request = {
        .header.type = CMD_RESOURCE_UNMAP_BLOB,
        .resource_id = id,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "UNMAP_BLOB");
}

uint64_t window_address(struct gpu *gpu, uint64_t offset)
{
    return gpu->pci->pci->bar[BAR] + offset;
}

void window_switch(struct gpu *gpu, bool on)
{
    virtio_pci_ring_by_config(gpu->pci, !on);
    pci_command(gpu->pci->pci, PCI_COMMAND_MEMORY, on);
}

void window_move(struct gpu *gpu, uint64_t addr)
{
    window_switch(gpu, false);
    pci_move_bar(gpu->pci->pci, BAR, addr);
    window_switch(gpu, true);
}

void window_write(struct gpu *gpu, uint64_t offset, uint8_t byte,
                  uint32_t bytes)
{
    qtest_memset(gpu->guest->qts, window_address(gpu, offset), byte, bytes);
}

void window_expect(struct gpu *gpu, uint64_t offset, uint8_t byte,
                   uint32_t bytes, const char *what)
{
    g_autofree uint8_t *data = g_malloc(bytes);

    qtest_memread(gpu->guest->qts, window_address(gpu, offset), data, bytes);
    for (uint32_t i = 0; i < bytes; i++) {
        expect_eq(data[i], byte, "%s: byte %u at 0x%" PRIx64, what, i, offset);
    }
}

void window_expect_ends(struct gpu *gpu)
{
    window_create(gpu, 1, WINDOW_BYTES);
    window_map(gpu, 1, 0);
    window_write(gpu, 0, 0x11, WINDOW_BYTES);
    draw_unref(gpu, 1);
    window_expect(gpu, 0, 0, WINDOW_BYTES, "after UNREF");
    window_create(gpu, 1, WINDOW_BYTES);
    window_map(gpu, 1, 0);
    gl_destroy_context(gpu, 1);
    window_write(gpu, 0, 0x22, WINDOW_BYTES);
    window_expect(gpu, 0, 0x22, WINDOW_BYTES, "without the context");
    gpu_restart(gpu, NULL);
    gl_create_context(gpu, 1, "again");
    window_create(gpu, 1, WINDOW_BYTES);
    window_expect(gpu, 0, 0, WINDOW_BYTES, "after a reset");
    window_map(gpu, 1, 0);
}
