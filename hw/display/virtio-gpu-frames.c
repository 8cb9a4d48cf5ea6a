/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "hw/virtio/vgpu/dmabuf.h"
#include "mailbox.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "tiles.h"
#include "virtio-gpu-gl-scanout.h"
#include "virtio-gpu-pace.h"

/* Frames of a head at a time: shown, newest, being written. */
#define FRAMES_PER_HEAD 3

/* Every head may be this large, whatever max_hostmem is. */
#define ASSURED_WIDTH_PX 3840
#define ASSURED_HEIGHT_PX 2160

/* Displays that look at all do so every 3 s at least. */
#define LOOKS_FOR_NS (3500ll * SCALE_MS)

static void wake(VirtIOGPUBase *base, bool needed)
{
    if (needed) {
        qemu_bh_schedule(base->display_bh);
    }
}

/* --- device thread ---------------------------------------------------- */

static bool is_looked_at(const VirtIOGPUOutput *output)
{
    int64_t looked_at = qatomic_read_i64(&output->looked_at_ns);

    return looked_at && get_clock() - looked_at < LOOKS_FOR_NS;
}

/*
 * Whoever looks first sets looked_at_ns and then asks for unread; here it is
 * the other way round, so that one of the two notices.
 */
static void set_unread(VirtIOGPUOutput *output, bool unread)
{
    qatomic_store_release(&output->has_unread, unread);
    smp_mb();
}

static void set_unshared(VirtIOGPUOutput *output, bool unshared)
{
    if (!unshared) {
        pixman_region32_clear(&output->unshared);
    }
    qatomic_store_release(&output->has_unshared, unshared);
    smp_mb();
}

static void forget_unread(VirtIOGPUOutput *output)
{
    pixman_region32_clear(&output->unread);
    set_unread(output, false);
}

static bool display_enable(void *display, uint32_t id,
                           uint32_t width, uint32_t height)
{
    VirtIOGPUBase *base = display;
    VirtIOGPUOutput *output = &base->outputs[id];
    uint64_t bytes = FRAMES_PER_HEAD * vgpu_frame_bytes(width, height);
    uint64_t others = base->frame_bytes - output->frame_bytes;
    const struct vgpu_frame *old = vgpu_mailbox_picture(output->mailbox);
    bool same = old && old->width == width && old->height == height;
    bool wake_up;

    if (bytes > base->frame_bytes_max - others ||
        !vgpu_mailbox_enable(output->mailbox, width, height, &wake_up)) {
        return false;
    }
    if (!same) {
        forget_unread(output);
        set_unshared(output, false);
        output->is_shared = false;
    }
    output->frame_bytes = bytes;
    base->frame_bytes = others + bytes;
    wake(base, wake_up);
    return true;
}

static void display_disable(void *display, uint32_t id)
{
    VirtIOGPUBase *base = display;
    VirtIOGPUOutput *output = &base->outputs[id];

    forget_unread(output);
    set_unshared(output, false);
    output->is_shared = false;
    base->frame_bytes -= output->frame_bytes;
    output->frame_bytes = 0;
    wake(base, vgpu_mailbox_disable(output->mailbox));
}

/* Of another picture; no wake-up: the one before was not taken yet. */
static void count_one(VirtIOGPUOutput *output, vgpu_counter *pictures,
                      bool wake_up)
{
    vgpu_counter_add(pictures, 1);
    vgpu_counter_add(&output->gpu->metrics.frames_merged, !wake_up);
}

/* A flush, or a look, comes to no picture. */
static void lose(VirtIOGPUOutput *output, enum vgpu_frame_loss why)
{
    vgpu_counter_add(&output->gpu->metrics.frames_lost[why], 1);
}

static enum vgpu_status publish(VirtIOGPUOutput *output,
                                const struct vgpu_view *view,
                                const pixman_region32_t *changed)
{
    struct vgpu_mailbox *mailbox = output->mailbox;
    struct vgpu_frame *frame;
    enum vgpu_status status;
    bool wake_up;

    if (virtio_gpu_frames_lend(output, view, changed, &wake_up)) {
        count_one(output, &output->gpu->metrics.frames_lent, wake_up);
        wake(output->gpu, wake_up);
        return VGPU_OK;
    }
    frame = vgpu_mailbox_begin(mailbox, changed);
    if (!frame) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    status = vgpu_tiles_read(view, changed, frame);
    if (status == VGPU_OK) {
        wake_up = vgpu_mailbox_publish(mailbox);
        count_one(output, &output->gpu->metrics.frames_read, wake_up);
    } else {
        wake_up = vgpu_mailbox_abandon(mailbox);
    }
    wake(output->gpu, wake_up);
    return status;
}

/*
 * Brings the newest picture up to date with what was flushed.  Without a
 * frame to write to that waits for the next look; what cannot be read, for
 * the next flush.  Who looks meanwhile has it read between two commands, that
 * is, waits until it is: after QMP's stop too, where this may be the last
 * thing that the guest had asked for.
 */
static enum vgpu_status read_unread(VirtIOGPUOutput *output,
                                    const struct vgpu_view *view)
{
    const struct vgpu_frame *picture = vgpu_mailbox_picture(output->mailbox);
    int64_t start = get_clock();
    pixman_region32_t changed;
    enum vgpu_status status;

    virtio_gpu_pace_note(output);
    pixman_region32_init(&changed);
    status = vgpu_tiles_changed(view, picture, &output->unread, &changed);
    if (status == VGPU_OK && !pixman_region32_not_empty(&changed)) {
        lose(output, VGPU_FRAME_UNCHANGED);
    } else if (status == VGPU_OK) {
        status = publish(output, view, &changed);
    }
    pixman_region32_fini(&changed);
    vgpu_timing_add(&output->gpu->metrics.read, get_clock() - start);
    switch (status) {
    case VGPU_OK:
        forget_unread(output);
        return VGPU_OK;
    case VGPU_ERR_OUT_OF_MEMORY:
        lose(output, VGPU_FRAME_NO_ROOM);
        return VGPU_OK;
    default:
        lose(output, VGPU_FRAME_UNREADABLE);
        set_unread(output, false);
        return status;
    }
}

/*
 * Displays that can draw from the picture's memory, if it has such: the flush
 * waits until they have.  False: they are to get pixels.
 */
static bool share(VirtIOGPUOutput *output, const struct vgpu_view *view)
{
    struct vgpu_dmabuf *dmabuf = NULL;
    bool wake_up;

    output->is_shared = false;
    if (virtio_gpu_gl_takes_any(output)) {
        dmabuf = vgpu_view_dmabuf(view);
    }
    if (dmabuf && virtio_gpu_gl_takes(output, dmabuf)) {
        wake_up = vgpu_mailbox_share(output->mailbox, dmabuf,
                                     &output->unshared, vgpu_view_hold(view));
        output->is_shared = true;
        count_one(output, &output->gpu->metrics.frames_shared, wake_up);
    } else {
        wake_up = vgpu_mailbox_unshare(output->mailbox);
    }
    vgpu_dmabuf_unref(dmabuf);
    set_unshared(output, false);
    wake(output->gpu, wake_up);
    return output->is_shared;
}

static void add_damage(pixman_region32_t *region, const struct vgpu_rect *rect)
{
    pixman_region32_union_rect(region, region, rect->x, rect->y, rect->width,
                               rect->height);
    vgpu_damage_simplify(region);
}

static enum vgpu_status display_damage(void *display, uint32_t id,
                                       const struct vgpu_rect *rect,
                                       const struct vgpu_view *view)
{
    VirtIOGPUBase *base = display;
    VirtIOGPUOutput *output = &base->outputs[id];

    add_damage(&output->unread, rect);
    add_damage(&output->unshared, rect);
    set_unread(output, true);
    set_unshared(output, true);
    vgpu_counter_add(&base->metrics.frames_flushed, 1);
    if (base->reads_later || !is_looked_at(output)) {
        lose(output, VGPU_FRAME_UNSEEN);
        return VGPU_OK;
    }
    if (share(output, view)) {
        return VGPU_OK;
    }
    if (!virtio_gpu_pace_allows(output)) {
        lose(output, VGPU_FRAME_TOO_SOON);
        return VGPU_OK;
    }
    return read_unread(output, view);
}

/* Whether it was shared with those who look. */
static bool has_shared(VirtIOGPUOutput *output, const struct vgpu_view *view)
{
    if (output->has_unshared || !virtio_gpu_gl_takes_any(output)) {
        share(output, view);
    }
    return output->is_shared;
}

/* Whether somebody is to get pixels, @at_once or when it is time for them. */
static bool is_to_be_read(VirtIOGPUOutput *output, const struct vgpu_view *view,
                          bool at_once)
{
    return view && output->has_unread && is_looked_at(output) &&
           ((!has_shared(output, view) && virtio_gpu_pace_allows(output)) ||
            at_once);
}

/*
 * Reads what was flushed while nobody looked at it, or too soon.  @asked: those
 * who look now asked for it.
 */
static void fetch(VirtIOGPU *gpu, bool asked)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);

    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        VirtIOGPUOutput *output = &base->outputs[i];
        const struct vgpu_view *view = vgpu_device_view(gpu->device, i);
        bool at_once = asked && qatomic_xchg(&output->wants_pixels, false);

        /* There is no command to be answered with an error. */
        if (is_to_be_read(output, view, at_once) &&
            read_unread(output, view) != VGPU_OK) {
            vgpu_device_picture_lost(gpu->device, i);
        }
    }
}

void virtio_gpu_frames_fetch(VirtIOGPU *gpu)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    uint32_t asked = qatomic_load_acquire(&base->fetches_asked);

    if (asked != base->fetches_done) {
        fetch(gpu, true);
        qatomic_store_release(&base->fetches_done, asked);
        qemu_bh_schedule(base->display_bh);
    }
}

void virtio_gpu_frames_fetch_due(VirtIOGPU *gpu)
{
    fetch(gpu, false);
}

static void fetch_bh(void *opaque)
{
    virtio_gpu_frames_fetch(opaque);
}

const struct vgpu_display_ops virtio_gpu_display_ops = {
    .enable = display_enable,
    .disable = display_disable,
    .damage = display_damage,
    .cursor = virtio_gpu_pointer_define,
};

/* --- main loop -------------------------------------------------------- */

static void look(VirtIOGPUOutput *output)
{
    qatomic_set_i64(&output->looked_at_ns, get_clock());
    smp_mb();
}

void virtio_gpu_frames_glance(VirtIOGPUOutput *output)
{
    VirtIOGPUBase *base = output->gpu;

    look(output);
    if (qatomic_read(&output->has_unshared) ||
        (base->pace_ns && qatomic_read(&output->has_unread))) {
        qatomic_store_release(&base->fetches_asked, base->fetches_asked + 1);
        qemu_bh_schedule(base->fetch_bh);
    }
}

bool virtio_gpu_frames_look(VirtIOGPUOutput *output)
{
    VirtIOGPUBase *base = output->gpu;

    look(output);
    if (!qatomic_read(&output->has_unread)) {
        return false;
    }
    /* Read behind the request for it, which has a barrier. */
    qatomic_set(&output->wants_pixels, true);
    output->fetch = base->fetches_asked + 1;
    qatomic_store_release(&base->fetches_asked, output->fetch);
    qemu_bh_schedule(base->fetch_bh);
    return true;
}

bool virtio_gpu_frames_are_looked_at(VirtIOGPUBase *base)
{
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        if (is_looked_at(&base->outputs[i])) {
            return true;
        }
    }
    return false;
}

bool virtio_gpu_frames_are_fetched(VirtIOGPUOutput *output)
{
    uint32_t done = qatomic_load_acquire(&output->gpu->fetches_done);

    return (int32_t)(done - output->fetch) >= 0;
}

void virtio_gpu_frames_init(VirtIOGPU *gpu)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    uint64_t assured = (uint64_t)base->conf.max_outputs *
                       vgpu_frame_bytes(ASSURED_WIDTH_PX, ASSURED_HEIGHT_PX);

    base->frame_bytes_max = MAX(base->conf.max_hostmem, assured);
    if (base->frame_bytes_max <= UINT64_MAX / FRAMES_PER_HEAD) {
        base->frame_bytes_max *= FRAMES_PER_HEAD;
    }
    base->fetch_bh = aio_bh_new(gpu->ctx, fetch_bh, gpu);
    virtio_gpu_pace_init(gpu);
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        base->outputs[i].mailbox = vgpu_mailbox_create();
        pixman_region32_init(&base->outputs[i].unread);
        pixman_region32_init(&base->outputs[i].unshared);
    }
}

void virtio_gpu_frames_finish(VirtIOGPUBase *base)
{
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        g_clear_pointer(&base->outputs[i].mailbox, vgpu_mailbox_destroy);
        pixman_region32_fini(&base->outputs[i].unread);
        pixman_region32_fini(&base->outputs[i].unshared);
    }
}

uint64_t virtio_gpu_frames_bytes(VirtIOGPUBase *base)
{
    uint64_t bytes = 0;

    /* Before realize nobody has checked the number of outputs. */
    for (uint32_t i = 0; i < VGPU_MAX_SCANOUTS; i++) {
        if (base->outputs[i].mailbox) {
            bytes += vgpu_mailbox_bytes(base->outputs[i].mailbox);
        }
    }
    return bytes;
}
