/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "script-executor.h"

#include <string.h>

#include "display.h"
#include "executor-memory.h"
#include "gpu.h"
#include "harness.h"
#include "screen.h"
#include "vtd.h"

#define RAM_MIB  768            /* touched only where a case writes */
#define RING_MAX 1024           /* descriptors, QEMU's limit */

/* Beside devices all of it is pinned; a script has a range of 64 MiB. */
#define PINNED_RAM_MIB 96

struct token {
    unsigned queue;
    uint32_t bytes;
    bool done;
};

struct executor {
    struct executor_options options;
    struct gpu *gpu;            /* of the present case */
    struct gpu_options gpu_options;
    GArray *tokens;             /* of struct token, of the present case */
    unsigned token_of[2][RING_MAX]; /* [queue][id of a chain in flight] */
    struct executor_memory memory;
    struct screen *shown;       /* last picture taken, of head shown_id */
    unsigned shown_id;
    unsigned num_outputs;       /* of the present device */
    gint64 looked_at;           /* monotonic, us */
    bool spoiled;               /* the guest is not fit for another case */
};

struct executor *executor_create(const struct executor_options *options)
{
    struct executor *ex = g_new0(struct executor, 1);

    ex->options = *options;
    ex->tokens = g_array_new(FALSE, TRUE, sizeof(struct token));
    return ex;
}

static void forget_picture(struct executor *ex)
{
    g_clear_pointer(&ex->shown, screen_free);
}

/*
 * A picture that nobody looks at is read when somebody does, then perhaps
 * with pixels of a later transfer.  The scripts expect those of the flush, so
 * there is always a look less than 3.5 s ago.
 */
static void keep_looking(struct executor *ex)
{
    gint64 now = g_get_monotonic_time();

    if (now - ex->looked_at < G_USEC_PER_SEC) {
        return;
    }
    for (unsigned id = 0; id < ex->num_outputs; id++) {
        screen_free(screen_take(ex->gpu->guest, "gpu", id));
    }
    ex->looked_at = g_get_monotonic_time();
}

static void start_driver(struct executor *ex)
{
    g_array_set_size(ex->tokens, 0);
    forget_picture(ex);
    gpu_start(ex->gpu, &ex->gpu_options);
}

static void find_gpu(struct executor *ex, struct guest *guest, bool iommu)
{
    struct gpu *gpu = guest->user;

    if (!gpu) {
        gpu = guest->user = gpu_find(guest, 0);
        gpu->vtd = iommu ? vtd_enable(gpu->pci->pci) : NULL;
        if (executor_device_is_assigned(&ex->options)) {
            executor_memory_assign(&ex->memory, guest);
        }
    } else {
        vdev_reset(gpu->vdev);
        guest_ram_clear(guest);
        if (iommu) {
            vtd_restore(gpu->vtd);
        }
    }
    ex->gpu = gpu;
}

static bool ex_begin(void *host, const struct script_device *device,
                     GString *why)
{
    struct executor *ex = host;
    struct guest_options options = {
        .machine = device->iommu ? "q35" : "pc",
        .displays = true,
        .alone = executor_device_is_assigned(&ex->options),
    };
    g_autofree char *name = NULL, *args = NULL;

    if (!executor_device_exists(&ex->options, device, why)) {
        return false;
    }
    name = executor_device_name(&ex->options, device);
    args = executor_device_arguments(&ex->options, device);
    options.keep = name;
    options.args = args;
    options.ram_mib = options.alone ? PINNED_RAM_MIB : RAM_MIB;
    find_gpu(ex, guest_start(&options), device->iommu);
    ex->gpu_options = (struct gpu_options){
        .packed = ex->options.packed,
        .refuse = executor_device_refused(&ex->options, device),
        .direct = ex->options.direct,
    };
    ex->spoiled = false;
    ex->num_outputs = device->max_outputs;
    ex->looked_at = -G_USEC_PER_SEC;
    executor_memory_begin(&ex->memory, ex->gpu);
    start_driver(ex);
    return true;
}

/* A case that is not run; @why is the name of what would be. */
static bool tell_device(void *host, const struct script_device *device,
                        GString *why)
{
    const struct executor *ex = host;

    if (executor_device_exists(&ex->options, device, why)) {
        g_autofree char *name = executor_device_name(&ex->options, device);

        g_string_append(why, name);
    }
    return false;
}

char *executor_case_device(struct executor *ex, const struct script *script,
                           unsigned index)
{
    const struct script_ops ops = {
        .abilities = executor_ops.abilities,
        .begin = tell_device,
    };
    g_autoptr(GString) transcript = g_string_new(NULL);
    struct script_report report = { transcript, g_string_new(NULL) };

    script_run_case(script, index, &ops, ex, &report);
    return g_string_free(report.messages, FALSE);
}

static bool all_back(struct executor *ex, GString *why)
{
    for (guint i = 0; i < ex->tokens->len; i++) {
        if (!g_array_index(ex->tokens, struct token, i).done) {
            g_string_append_printf(why, "chain %u did not come back\n", i);
            return false;
        }
    }
    return true;
}

static bool ex_end(void *host, GString *why)
{
    struct executor *ex = host;
    bool good = all_back(ex, why);

    forget_picture(ex);
    if (good) {
        vdev_reset(ex->gpu->vdev);
    }
    if (ex->spoiled || !good) {
        guest_stop(ex->gpu->guest);
    }
    ex->gpu = NULL;
    return good;
}

static void ex_reset(void *host)
{
    start_driver(host);
}

static void ex_fault(void *host, const struct script_fault *fault)
{
    struct executor *ex = host;

    if (fault->kind == SCRIPT_FAULT_REVOKE) {
        executor_memory_revoke(&ex->memory, fault->addr, fault->on);
        return;
    }
    if (fault->kind != SCRIPT_FAULT_UNMAP || !ex->gpu->vtd) {
        harness_skip("a real QEMU cannot be made to fail here");
    }
    vtd_protect(ex->gpu->vtd, fault->addr, fault->bytes,
                fault->on ? 0 : VTD_READ | VTD_WRITE);
}

static uint64_t ex_memory(void *host, uint64_t bytes, enum script_memory kind)
{
    struct executor *ex = host;

    return executor_memory_get(&ex->memory, bytes, kind);
}

static void ex_write(void *host, uint64_t addr, const void *data, size_t bytes)
{
    struct executor *ex = host;

    executor_memory_write(&ex->memory, addr, data, bytes);
}

static void ex_read(void *host, uint64_t addr, void *data, size_t bytes)
{
    struct executor *ex = host;

    executor_memory_read(&ex->memory, addr, data, bytes);
}

/*
 * QEMU's virtio core knows an indirect table only as the first descriptor of
 * a chain (T-435 says so), and a long chain does not fit the ring.
 */
static unsigned choose_direct(const struct executor *ex,
                              const struct script_chain *chain)
{
    const struct vring *ring = ex->gpu->queue[chain->queue];
    bool direct = ex->options.direct;

    if (chain->direct != SCRIPT_DIRECT_ANY) {
        direct = chain->direct > 0;
    }
    return direct && chain->num <= ring->num_free ? VRING_ALL_DIRECT : 0;
}

static unsigned ex_add(void *host, const struct script_chain *chain)
{
    struct executor *ex = host;
    g_autofree struct vring_buffer *buffers =
        g_new(struct vring_buffer, chain->num);
    struct token token = { .queue = chain->queue };

    keep_looking(ex);
    for (unsigned i = 0; i < chain->num; i++) {
        const struct script_descriptor *d = &chain->descriptors[i];

        buffers[i] = (struct vring_buffer){ d->addr, d->bytes,
                                            d->device_writes };
    }
    if (chain->num == 0) {
        token.done = true;      /* no ring can carry a chain of no bytes */
    } else {
        unsigned id = vring_add(ex->gpu->queue[chain->queue],
                                &(struct vring_chain){
                                    .buffers = buffers,
                                    .num = chain->num,
                                    .direct = choose_direct(ex, chain),
                                });

        ex->token_of[chain->queue][id] = ex->tokens->len;
    }
    g_array_append_val(ex->tokens, token);
    return ex->tokens->len - 1;
}

static void ex_kick(void *host, unsigned queue)
{
    struct executor *ex = host;

    forget_picture(ex);
    vring_kick(ex->gpu->queue[queue]);
}

static void take_all(struct executor *ex, unsigned queue)
{
    struct vring_done done;

    while (vring_take(ex->gpu->queue[queue], &done)) {
        struct token *token = &g_array_index(ex->tokens, struct token,
                                             ex->token_of[queue][done.id]);

        token->done = true;
        token->bytes = done.bytes;
    }
}

struct wait {
    struct executor *ex;
    unsigned token;
};

static bool token_done(void *data)
{
    struct wait *wait = data;
    struct token *token = &g_array_index(wait->ex->tokens, struct token,
                                         wait->token);

    take_all(wait->ex, token->queue);
    return token->done;
}

static bool ex_wait(void *host, unsigned token, uint32_t *used_bytes)
{
    struct wait wait = { host, token };

    if (!harness_poll(token_done, &wait)) {
        wait.ex->spoiled = true;
        return false;
    }
    *used_bytes = g_array_index(wait.ex->tokens, struct token, token).bytes;
    return true;
}

static const struct screen *picture(struct executor *ex, unsigned id)
{
    if (!ex->shown || ex->shown_id != id) {
        forget_picture(ex);
        ex->shown = screen_take(ex->gpu->guest, "gpu", id);
        ex->shown_id = id;
    }
    return ex->shown;
}

static bool ex_scanout_size(void *host, unsigned id, uint32_t *width,
                            uint32_t *height)
{
    const struct screen *screen = picture(host, id);

    *width = screen->width;
    *height = screen->height;
    return !screen_is_blank(screen);
}

static bool ex_scanout_read(void *host, unsigned id,
                            const struct script_rect *rect, uint32_t *xrgb)
{
    const struct screen *screen = picture(host, id);

    for (uint32_t y = 0; y < rect->height; y++) {
        memcpy(xrgb + (size_t)y * rect->width,
               screen->xrgb + (size_t)(rect->y + y) * screen->width + rect->x,
               (size_t)rect->width * 4);
    }
    return true;
}

static bool ex_cursor(void *host, unsigned id, struct script_cursor *cursor)
{
    struct executor *ex = host;
    struct display *display = display_of(ex->gpu->guest);
    struct display_view *view = display_watch(display, id);

    display_sync(display);
    /* A viewer stays, and costs time, but less than starting with devices. */
    ex->spoiled = !executor_device_is_assigned(&ex->options);
    cursor->visible = view->cursor_on && view->cursor_defined;
    cursor->x = view->x;
    cursor->y = view->y;
    cursor->hot_x = view->hot_x;
    cursor->hot_y = view->hot_y;
    cursor->width = view->cursor_width;
    cursor->height = view->cursor_height;
    memcpy(cursor->pixels, view->cursor, sizeof(cursor->pixels));
    return true;
}

static void ex_set_mode(void *host, unsigned id, uint32_t width,
                        uint32_t height)
{
    struct executor *ex = host;

    forget_picture(ex);
    display_set_mode(display_of(ex->gpu->guest), id, width, height);
    ex->spoiled = true;         /* the wish outlives a device reset */
}

static uint32_t ex_config_read(void *host, unsigned offset)
{
    struct executor *ex = host;

    return vdev_config(ex->gpu->vdev, offset);
}

static void ex_config_write(void *host, unsigned offset, uint32_t value)
{
    struct executor *ex = host;

    vdev_set_config(ex->gpu->vdev, offset, value);
}

const struct script_ops executor_ops = {
    .abilities = SCRIPT_CAN_RESIZE | SCRIPT_CAN_CURSOR | SCRIPT_CAN_CONFIG |
                 SCRIPT_CAN_SEE_BLANK | SCRIPT_CAN_FAULT,
    .begin = ex_begin,
    .end = ex_end,
    .reset = ex_reset,
    .memory = ex_memory,
    .write = ex_write,
    .read = ex_read,
    .add = ex_add,
    .kick = ex_kick,
    .wait = ex_wait,
    .scanout_size = ex_scanout_size,
    .scanout_read = ex_scanout_read,
    .cursor = ex_cursor,
    .set_mode = ex_set_mode,
    .config_read = ex_config_read,
    .config_write = ex_config_write,
    .fault = ex_fault,
};
