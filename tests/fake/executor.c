/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "executor.h"

#include <inttypes.h>
#include <string.h>

#include "fake-fault.h"

/* Address space, not memory. */
#define GUEST_BYTES (2ull << 30)

/* What the stock device has without the property. */
#define DEFAULT_HOSTMEM (256ull << 20)
#define DEFAULT_RESOURCES 65536

/* Ours. */
#define DEFAULT_HOSTMEM_3D (1ull << 30)
#define DEFAULT_CONTEXTS 1024

struct chain {
    unsigned queue;
    GArray *out;                /* of struct fake_piece */
    GArray *in;
    bool started;
    bool done;
    uint32_t used;
    unsigned order;             /* among those that came back */
    struct fake_executor *executor;
};

struct fake_executor {
    struct fake_host *host;
    struct vgpu_device *dev;
    uint64_t features;          /* negotiated */
    GPtrArray *chains;          /* by token */
    unsigned first;             /* every chain before it is done */
    unsigned num_back;
    fake_executor_tap *tap;
    void *tap_opaque;
};

static void chain_free(void *data)
{
    struct chain *chain = data;

    g_array_unref(chain->out);
    g_array_unref(chain->in);
    g_free(chain);
}

struct fake_executor *fake_executor_create(void)
{
    struct fake_executor *executor = g_new0(struct fake_executor, 1);

    executor->host = fake_host_create(GUEST_BYTES);
    executor->chains = g_ptr_array_new_with_free_func(chain_free);
    return executor;
}

void fake_executor_destroy(struct fake_executor *executor)
{
    vgpu_device_destroy(executor->dev);
    fake_host_destroy(executor->host);
    g_ptr_array_unref(executor->chains);
    g_free(executor);
}

void fake_executor_set_tap(struct fake_executor *executor,
                           fake_executor_tap *seen, void *opaque)
{
    executor->tap = seen;
    executor->tap_opaque = opaque;
}

static uint64_t offered_features(const struct script_device *device)
{
    uint64_t features = 0;

    features |= device->edid ? VGPU_F_EDID : 0;
    features |= device->resource_uuid ? VGPU_F_RESOURCE_UUID : 0;
    features |= device->blob ? VGPU_F_RESOURCE_BLOB : 0;
    features |= device->blob_alignment ? VGPU_F_BLOB_ALIGNMENT : 0;
    features |= device->virgl ? VGPU_F_VIRGL : 0;
    features |= device->virgl && device->context_init ? VGPU_F_CONTEXT_INIT
                                                      : 0;
    return features;
}

static bool executor_begin(void *opaque, const struct script_device *device,
                           GString *why)
{
    struct fake_executor *executor = opaque;
    struct vgpu_device_config config = {
        .num_scanouts = device->max_outputs,
        .features = offered_features(device),
        .blob_alignment = device->blob_alignment,
        .window_bytes = device->virgl && device->hostmem
                        ? FAKE_WINDOW_BYTES : 0,
        .max_hostmem = device->max_hostmem ? device->max_hostmem
                                           : DEFAULT_HOSTMEM,
        .max_resources = device->max_resources ? device->max_resources
                                               : DEFAULT_RESOURCES,
        .max_hostmem_3d = device->max_hostmem_3d ? device->max_hostmem_3d
                                                 : DEFAULT_HOSTMEM_3D,
        .max_contexts = device->max_contexts ? device->max_contexts
                                             : DEFAULT_CONTEXTS,
    };

    executor->features = config.features & ~(uint64_t)device->refused_features;
    if (!(executor->features & VGPU_F_RESOURCE_BLOB)) {
        executor->features &= ~VGPU_F_BLOB_ALIGNMENT;
    }
    fake_host_power_on(executor->host, device->max_outputs, device->xres,
                       device->yres);
    executor->host->translates = device->iommu;
    executor->host->faults.venus = device->venus;
    executor->dev = fake_host_device(executor->host, &config);
    return true;
}

static void check_reset_state(struct fake_executor *executor, GString *why)
{
    const struct fake_host *host = executor->host;
    struct vgpu_budget_usage usage = vgpu_device_memory(executor->dev);

    if (guest_memory_num_mappings(host->memory)) {
        g_string_append_printf(why, "after a reset: %u mappings of guest "
                               "memory are left. ",
                               guest_memory_num_mappings(host->memory));
    }
    if (host->num_dmabufs) {
        g_string_append_printf(why, "after a reset: %u dma-bufs are open. ",
                               host->num_dmabufs);
    }
    if (vgpu_device_num_resources(executor->dev) || usage.pixels ||
        usage.held || usage.hosted != fake_renderer_kept() ||
        vgpu_device_num_contexts(executor->dev)) {
        g_string_append_printf(why, "after a reset: %u resources, %u contexts, "
                               "%" PRIu64 " bytes of pixels, %" PRIu64
                               " bytes held, %" PRIu64 " hosted. ",
                               vgpu_device_num_resources(executor->dev),
                               vgpu_device_num_contexts(executor->dev),
                               usage.pixels, usage.held, usage.hosted);
    }
    for (unsigned id = 0; id < host->num_scanouts; id++) {
        if (host->scanouts[id].enabled || host->scanouts[id].cursor_visible) {
            g_string_append_printf(why, "after a reset: scanout %u still "
                                   "shows something. ", id);
        }
    }
}

static void executor_reset(void *opaque)
{
    struct fake_executor *executor = opaque;

    fake_host_reset(executor->host, executor->dev);
}

static bool executor_end(void *opaque, GString *why)
{
    struct fake_executor *executor = opaque;
    unsigned num_done = 0;

    executor->host->faults.window_held = false;
    executor_reset(executor);
    for (unsigned i = 0; i < executor->chains->len; i++) {
        struct chain *chain = g_ptr_array_index(executor->chains, i);

        num_done += chain->done;
    }
    if (num_done != executor->host->num_completed) {
        g_string_append_printf(why, "%u requests were completed %u times. ",
                               num_done, executor->host->num_completed);
    }
    check_reset_state(executor, why);
    g_clear_pointer(&executor->dev, vgpu_device_destroy);
    g_ptr_array_set_size(executor->chains, 0);
    executor->first = 0;
    executor->num_back = 0;
    return why->len == 0;
}

static uint64_t executor_memory(void *opaque, uint64_t bytes,
                                enum script_memory kind)
{
    struct fake_executor *executor = opaque;
    uint64_t addr;

    if (kind == SCRIPT_MEMORY_DEVICE) {
        return guest_memory_alloc_device(executor->host->memory, bytes);
    }
    addr = guest_memory_alloc(executor->host->memory, bytes,
                              kind == SCRIPT_MEMORY_RAM ||
                              kind == SCRIPT_MEMORY_ROM);
    if (addr && kind == SCRIPT_MEMORY_ROM) {
        guest_memory_set_read_only(executor->host->memory, addr, bytes);
    }
    return addr;
}

static void executor_write(void *opaque, uint64_t addr, const void *data,
                           size_t bytes)
{
    struct fake_executor *executor = opaque;

    memcpy(guest_memory_pointer(executor->host->memory, addr, bytes), data,
           bytes);
}

static void executor_read(void *opaque, uint64_t addr, void *data,
                          size_t bytes)
{
    struct fake_executor *executor = opaque;

    memcpy(data, guest_memory_pointer(executor->host->memory, addr, bytes),
           bytes);
}

static unsigned executor_add(void *opaque,
                             const struct script_chain *script_chain)
{
    struct fake_executor *executor = opaque;
    struct chain *chain = g_new0(struct chain, 1);

    chain->executor = executor;
    chain->queue = script_chain->queue;
    chain->out = g_array_new(FALSE, FALSE, sizeof(struct fake_piece));
    chain->in = g_array_new(FALSE, FALSE, sizeof(struct fake_piece));
    for (unsigned i = 0; i < script_chain->num; i++) {
        const struct script_descriptor *d = &script_chain->descriptors[i];
        struct fake_piece piece = { d->addr, d->bytes };

        g_array_append_val(d->device_writes ? chain->in : chain->out, piece);
    }
    g_ptr_array_add(executor->chains, chain);
    return executor->chains->len - 1;
}

/* Shows the request to whoever wants to see it. */
static void call_tap(struct fake_executor *executor, const struct chain *chain)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    uint32_t writable = 0;

    for (unsigned i = 0; i < chain->out->len; i++) {
        const struct fake_piece *piece =
            &g_array_index(chain->out, struct fake_piece, i);

        g_byte_array_append(bytes,
                            guest_memory_pointer(executor->host->memory,
                                                 piece->addr, piece->bytes),
                            piece->bytes);
    }
    for (unsigned i = 0; i < chain->in->len; i++) {
        writable += g_array_index(chain->in, struct fake_piece, i).bytes;
    }
    executor->tap(executor->tap_opaque, chain->queue, bytes->data, bytes->len,
                  writable);
}

static void chain_done(void *opaque, uint32_t used)
{
    struct chain *chain = opaque;

    chain->used = used;
    chain->done = true;
    chain->order = ++chain->executor->num_back;
}

static void run_chain(struct fake_executor *executor, struct chain *chain)
{
    struct fake_chain fake = {
        .queue = chain->queue,
        .features = executor->features,
        .out = (const void *)chain->out->data,
        .out_num = chain->out->len,
        .in = (const void *)chain->in->data,
        .in_num = chain->in->len,
    };

    if (executor->tap) {
        call_tap(executor, chain);
    }
    chain->started = true;
    fake_host_start(executor->host, executor->dev, &fake, chain_done, chain);
}

static void executor_kick(void *opaque, unsigned queue)
{
    struct fake_executor *executor = opaque;

    for (unsigned i = executor->first; i < executor->chains->len; i++) {
        struct chain *chain = g_ptr_array_index(executor->chains, i);

        if (chain->queue == queue && !chain->started) {
            run_chain(executor, chain);
        }
    }
    while (executor->first < executor->chains->len &&
           ((struct chain *)g_ptr_array_index(executor->chains,
                                              executor->first))->done) {
        executor->first++;
    }
}

static bool executor_wait(void *opaque, unsigned token, uint32_t *used_bytes)
{
    struct fake_executor *executor = opaque;
    struct chain *chain = g_ptr_array_index(executor->chains, token);

    *used_bytes = chain->used;
    return chain->done;
}

static unsigned executor_order(void *opaque, unsigned token)
{
    struct fake_executor *executor = opaque;
    struct chain *chain = g_ptr_array_index(executor->chains, token);

    return chain->done ? chain->order : 0;
}

static bool executor_scanout_size(void *opaque, unsigned id, uint32_t *width,
                                  uint32_t *height)
{
    struct fake_executor *executor = opaque;
    const struct fake_scanout *scanout = &executor->host->scanouts[id];

    *width = scanout->width;
    *height = scanout->height;
    return scanout->enabled;
}

static bool executor_scanout_read(void *opaque, unsigned id,
                                  const struct script_rect *rect,
                                  uint32_t *xrgb)
{
    struct fake_executor *executor = opaque;
    const struct fake_scanout *scanout = &executor->host->scanouts[id];

    for (uint32_t y = 0; y < rect->height; y++) {
        memcpy(xrgb + (size_t)y * rect->width,
               scanout->pixels + (size_t)(rect->y + y) * scanout->width +
               rect->x, rect->width * sizeof(*xrgb));
    }
    return true;
}

static bool executor_cursor(void *opaque, unsigned id,
                            struct script_cursor *cursor)
{
    struct fake_executor *executor = opaque;
    const struct fake_scanout *scanout = &executor->host->scanouts[id];

    cursor->visible = scanout->cursor_visible;
    cursor->x = scanout->cursor_x;
    cursor->y = scanout->cursor_y;
    cursor->hot_x = scanout->hot_x;
    cursor->hot_y = scanout->hot_y;
    cursor->width = scanout->cursor_width;
    cursor->height = scanout->cursor_height;
    memcpy(cursor->pixels, scanout->cursor, sizeof(cursor->pixels));
    return true;
}

static void executor_set_mode(void *opaque, unsigned id, uint32_t width,
                              uint32_t height)
{
    struct fake_executor *executor = opaque;
    struct vgpu_mode *mode = &executor->host->scanouts[id].mode;

    mode->rect = (struct vgpu_rect) { 0, 0, width, height };
    mode->enabled = width && height;
}

static uint32_t executor_num_resources(void *opaque)
{
    struct fake_executor *executor = opaque;

    return vgpu_device_num_resources(executor->dev);
}

static void executor_fault(void *opaque, const struct script_fault *fault)
{
    struct fake_executor *executor = opaque;

    fake_fault_set(executor->host, executor->dev, fault);
}

const struct script_ops fake_executor_ops = {
    .abilities = SCRIPT_CAN_RESIZE | SCRIPT_CAN_CURSOR | SCRIPT_CAN_COUNT |
                 SCRIPT_CAN_FAULT | SCRIPT_CAN_SEE_BLANK,
    .begin = executor_begin,
    .end = executor_end,
    .reset = executor_reset,
    .memory = executor_memory,
    .write = executor_write,
    .read = executor_read,
    .add = executor_add,
    .kick = executor_kick,
    .wait = executor_wait,
    .order = executor_order,
    .scanout_size = executor_scanout_size,
    .scanout_read = executor_scanout_read,
    .cursor = executor_cursor,
    .set_mode = executor_set_mode,
    .num_resources = executor_num_resources,
    .fault = executor_fault,
};
