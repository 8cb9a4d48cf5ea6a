/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "gpu.h"
#include "harness.h"
#include "qobject/qdict.h"

struct gpu *gpu_at(struct vdev *vdev, struct virtio_pci *pci)
{
    struct gpu *gpu = g_new0(struct gpu, 1);

    gpu->guest = vdev->guest;
    gpu->vdev = vdev;
    gpu->pci = pci;
    guest_at_stop(vdev->guest, g_free, gpu);
    return gpu;
}

struct gpu *gpu_find(struct guest *guest, unsigned number)
{
    struct virtio_pci *pci = virtio_pci_at(pci_find_gpu(guest, number));

    return gpu_at(&pci->vdev, pci);
}

struct gpu *gpu_boot(const char *machine, const char *device,
                     const struct gpu_options *options)
{
    g_autofree char *args = g_strdup_printf("-device %s", device);
    struct guest_options guest_options = {
        .machine = machine,
        .args = args,
    };
    struct gpu *gpu = gpu_find(guest_start(&guest_options), 0);

    gpu_start(gpu, options);
    return gpu;
}

struct gpu *gpu_boot_with(const char *properties, bool displays)
{
    g_autofree char *args = g_strdup_printf("-device virtio-gpu-pci,id=gpu%s",
                                            properties);
    struct guest_options guest_options = {
        .args = args,
        .displays = displays,
    };
    struct gpu *gpu = gpu_find(guest_start(&guest_options), 0);

    gpu_start(gpu, NULL);
    return gpu;
}

uint64_t gpu_property(struct gpu *gpu, const char *name)
{
    QDict *reply = qtest_qmp(gpu->guest->qts,
                             "{'execute': 'qom-get', 'arguments': {'path': "
                             "'/machine/peripheral/gpu/virtio-backend', "
                             "'property': %s}}", name);
    uint64_t value;

    expect_true(qdict_haskey(reply, "return"), "no property %s", name);
    value = qdict_get_int(reply, "return");
    qobject_unref(reply);
    return value;
}

uint64_t gpu_wanted_features(struct gpu *gpu,
                             const struct gpu_options *options)
{
    uint64_t wanted = vdev_features(gpu->vdev) & ~options->refuse;

    if (!options->packed) {
        wanted &= ~F_RING_PACKED;
    } else if (!(wanted & F_RING_PACKED)) {
        harness_skip("the device does not offer packed rings");
    }
    return wanted;
}

static void map_vector(struct gpu *gpu, unsigned index)
{
    unsigned vector = index + 1;

    if (gpu->options.msix) {
        expect_eq(virtio_pci_set_vector(gpu->pci, index, vector), vector,
                  "MSI-X vector of queue %u", index);
    }
}

void gpu_start_queue(struct gpu *gpu, unsigned index)
{
    unsigned max = gpu->vdev->ops->queue_max(gpu->vdev, index);
    unsigned size = gpu->options.size[index] ?: max;

    expect_true(max > 0, "queue %u does not exist", index);
    gpu->queue[index] = vring_create(gpu->vdev, index, size,
                                     gpu->features & F_RING_PACKED);
    map_vector(gpu, index);
    vring_enable(gpu->queue[index]);
}

void gpu_set_driver_ok(struct gpu *gpu)
{
    const struct vdev_ops *ops = gpu->vdev->ops;

    ops->set_status(gpu->vdev, ops->status(gpu->vdev) | STATUS_DRIVER_OK);
}

static void start_msix(struct gpu *gpu)
{
    if (gpu->options.msix) {
        pci_msix_enable(gpu->pci->pci);
        expect_eq(virtio_pci_set_config_vector(gpu->pci, 0), 0,
                  "MSI-X vector of the configuration");
    }
}

void gpu_start(struct gpu *gpu, const struct gpu_options *options)
{
    static const struct gpu_options defaults;
    const uint8_t want = STATUS_ACKNOWLEDGE | STATUS_DRIVER |
                         STATUS_FEATURES_OK;

    gpu->options = options ? *options : defaults;
    gpu->features = gpu_wanted_features(gpu, &gpu->options);
    expect_eq(vdev_negotiate(gpu->vdev, gpu->features), want,
              "status after FEATURES_OK");
    start_msix(gpu);
    for (unsigned i = 0; i < 2; i++) {
        gpu->queue[i] = NULL;
        if (gpu->options.size[i] != GPU_NO_QUEUE) {
            gpu_start_queue(gpu, i);
        }
    }
    gpu->request = guest_ram_alloc(gpu->guest, GPU_REQUEST_BYTES);
    gpu->reply = guest_ram_alloc(gpu->guest, GPU_REPLY_BYTES);
    gpu_set_driver_ok(gpu);
}

void gpu_restart(struct gpu *gpu, const struct gpu_options *options)
{
    vdev_reset(gpu->vdev);
    guest_ram_clear(gpu->guest);
    gpu_start(gpu, options);
}

uint32_t gpu_command(struct gpu *gpu, unsigned queue, const void *request,
                     uint32_t bytes, void *reply, uint32_t room)
{
    const struct vring_buffer buffers[] = {
        { gpu->request, bytes, false },
        { gpu->reply, room, true },
    };
    const struct vring_chain chain = {
        .buffers = buffers,
        .num = room ? 2 : 1,
        .direct = gpu->options.direct ||
                  !(gpu->features & F_INDIRECT_DESC) ? VRING_ALL_DIRECT : 0,
    };
    uint8_t *answer = guest_memory(gpu->guest, gpu->reply, GPU_REPLY_BYTES);
    uint64_t mark = gpu->guest->next_free;
    struct vring *ring = gpu->queue[queue];
    uint32_t used;
    unsigned id;

    expect_true(bytes <= GPU_REQUEST_BYTES && room < GPU_REPLY_BYTES,
                "the test's request is too long");
    memcpy(guest_memory(gpu->guest, gpu->request, bytes), request, bytes);
    memset(answer, GPU_POISON, room + 1);
    id = vring_add(ring, &chain);
    vring_kick(ring);
    used = vring_wait_for(ring, id);
    gpu->guest->next_free = mark;       /* the indirect table */
    expect_true(used <= room, "used.len %u with room for %u", used, room);
    for (uint32_t i = used; i < room + 1; i++) {
        expect_eq(answer[i], GPU_POISON, "byte %u, behind used.len %u", i,
                  used);
    }
    if (used) {
        memcpy(reply, answer, used);
    }
    return used;
}

/* B.1: flags, fence and context are echoed with FENCE, else zero. */
static void check_header(const struct wire_header *request,
                         const struct wire_header *reply)
{
    bool fenced = request->flags & FLAG_FENCE;

    expect_eq(reply->flags, fenced ? FLAG_FENCE : 0, "reply of 0x%x: flags",
              request->type);
    expect_eq(reply->fence_id, fenced ? request->fence_id : 0,
              "reply of 0x%x: fence_id", request->type);
    expect_eq(reply->ctx_id, fenced ? request->ctx_id : 0,
              "reply of 0x%x: ctx_id", request->type);
    expect_eq(reply->ring_idx, 0, "reply of 0x%x: ring_idx", request->type);
    for (unsigned i = 0; i < 3; i++) {
        expect_eq(reply->padding[i], 0, "reply of 0x%x: padding",
                  request->type);
    }
}

uint32_t gpu_status(struct gpu *gpu, const void *request, uint32_t bytes)
{
    const struct wire_header *header = request;
    unsigned queue = header->type >> 8 == 3 ? QUEUE_CURSOR : QUEUE_CONTROL;
    struct wire_header reply;
    uint32_t used = gpu_command(gpu, queue, request, bytes, &reply,
                                sizeof(reply));

    expect_eq(used, sizeof(reply), "reply of 0x%x: used.len", header->type);
    check_header(header, &reply);
    return reply.type;
}

void gpu_expect(struct gpu *gpu, const void *request, uint32_t bytes,
                uint32_t want, const char *what)
{
    expect_eq(gpu_status(gpu, request, bytes), want, "%s", what);
}

void gpu_display_info(struct gpu *gpu, struct wire_display_info *info)
{
    const struct wire_header request = { .type = CMD_GET_DISPLAY_INFO };
    uint32_t used = gpu_command(gpu, QUEUE_CONTROL, &request, sizeof(request),
                                info, sizeof(*info));

    expect_eq(used, sizeof(*info), "GET_DISPLAY_INFO: used.len");
    expect_eq(info->header.type, RESP_OK_DISPLAY_INFO, "GET_DISPLAY_INFO");
    check_header(&request, &info->header);
}

unsigned gpu_post_display_info(struct gpu *gpu)
{
    const struct wire_header request = { .type = CMD_GET_DISPLAY_INFO };
    const struct vring_buffer buffers[] = {
        { gpu->request, sizeof(request), false },
        { gpu->reply, sizeof(struct wire_display_info), true },
    };
    const struct vring_chain chain = { buffers, 2, VRING_ALL_DIRECT };
    unsigned id;

    memcpy(guest_memory(gpu->guest, gpu->request, sizeof(request)), &request,
           sizeof(request));
    id = vring_add(gpu->queue[QUEUE_CONTROL], &chain);
    vring_kick(gpu->queue[QUEUE_CONTROL]);
    return id;
}

void gpu_expect_silence(struct gpu *gpu, const char *why)
{
    struct vring_done done;

    guest_settle(gpu->guest);
    g_usleep(50 * 1000);
    expect_true(!vring_take(gpu->queue[QUEUE_CONTROL], &done),
                "a chain came back: %s", why);
}

void gpu_expect_alive(struct gpu *gpu)
{
    struct wire_display_info info;

    gpu_display_info(gpu, &info);
    expect_eq(info.modes[0].enabled, 1, "head 0 enabled");
}

static bool is_broken(void *data)
{
    struct gpu *gpu = data;

    return gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET;
}

void gpu_expect_broken(struct gpu *gpu, const char *why)
{
    g_autofree char *what = g_strdup_printf("NEEDS_RESET for %s", why);

    harness_wait(is_broken, gpu, what);
}

void gpu_add_kicks(const char *name, void (*run)(const void *properties))
{
    static const char *const ways[][2] = {
        { "ioeventfd", "" },
        { "no-ioeventfd", ",ioeventfd=off" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/%s/%s", name, ways[i][0]);

        harness_add_data(path, run, ways[i][1]);
    }
}
