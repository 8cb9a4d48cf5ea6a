/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-migration.h"

#include "hw/virtio/vgpu/format.h"
#include "migration/qemu-file.h"
#include "qemu/bswap.h"
#include "qemu/error-report.h"

#define HEAD_WORDS 10
#define FB_WORDS 6
#define WORD 4

/* What follows a section's fields: its footer, or a subsection. */
#define SECTION_FOOTER 0x7e
#define SUBSECTION 0x05
#define LAST_MARK 0x08

/*
 * Whether the stock device of QEMU 10.0 writes and expects a head's fb.  For
 * head 0 the version decides.  For the others it looks for the version in
 * memory that holds something else, which mostly comes to this.
 */
static bool is_usual(uint32_t head, unsigned version)
{
    switch (head) {
    case 0:
        return version >= 2;
    case 2:
    case 3:
        return false;
    default:
        return true;
    }
}

static uint32_t rect_offset(const VirtIOGPUHeadState *head)
{
    return head->y * head->fb.stride + head->x * head->fb.bytes_per_pixel;
}

void virtio_gpu_heads_describe(VirtIOGPUOutput *output,
                               const struct vgpu_saved_scanout *saved,
                               VirtIOGPUHeadState *head)
{
    *head = (VirtIOGPUHeadState) {
        .resource_id = saved->resource_id,
        .width = saved->rect.width,
        .height = saved->rect.height,
        .x = saved->rect.x,
        .y = saved->rect.y,
        .cursor_resource_id = saved->cursor.resource_id,
        .hot_x = saved->cursor.hot_x,
        .hot_y = saved->cursor.hot_y,
        .cursor_x = output->cursor_x,
        .cursor_y = output->cursor_y,
        /* A blob has no shape but this. */
        .has_fb = saved->is_blob ||
                  is_usual(output->index,
                           output->gpu->conf.scanout_vmstate_version),
    };
    if (saved->resource_id) {
        head->fb.pixman_format = vgpu_format_pixman(saved->layout.format);
        head->fb.bytes_per_pixel = VGPU_BYTES_PER_PIXEL;
        head->fb.width = saved->layout.width;
        head->fb.height = saved->layout.height;
        head->fb.stride = saved->layout.stride;
        head->fb.offset = saved->layout.offset + rect_offset(head);
    }
}

bool virtio_gpu_heads_understand(const VirtIOGPUHeadState *head, bool is_blob,
                                 struct vgpu_saved_scanout *saved)
{
    uint64_t skipped = (uint64_t)head->y * head->fb.stride +
                       (uint64_t)head->x * VGPU_BYTES_PER_PIXEL;

    *saved = (struct vgpu_saved_scanout) {
        .resource_id = head->resource_id,
        .is_blob = is_blob,
        .rect = { head->x, head->y, head->width, head->height },
        .cursor = { head->cursor_resource_id, head->hot_x, head->hot_y },
    };
    if (!is_blob) {
        return true;
    }
    saved->layout = (struct vgpu_layout) {
        .format = vgpu_format_of_pixman(head->fb.pixman_format),
        .width = head->fb.width,
        .height = head->fb.height,
        .stride = head->fb.stride,
        .offset = head->fb.offset - skipped,
    };
    return head->has_fb && skipped <= head->fb.offset;
}

void virtio_gpu_heads_put(QEMUFile *f, const VirtIOGPUHeadState *heads,
                          uint32_t num)
{
    for (uint32_t i = 0; i < num; i++) {
        const VirtIOGPUHeadState *h = &heads[i];
        const uint32_t words[HEAD_WORDS + FB_WORDS] = {
            h->resource_id, h->width, h->height, h->x, h->y,
            h->cursor_resource_id, h->hot_x, h->hot_y, h->cursor_x,
            h->cursor_y,
            h->fb.pixman_format, h->fb.bytes_per_pixel, h->fb.width,
            h->fb.height, h->fb.stride, h->fb.offset,
        };

        for (unsigned w = 0; w < (h->has_fb ? HEAD_WORDS + FB_WORDS
                                            : HEAD_WORDS); w++) {
            qemu_put_be32(f, words[w]);
        }
    }
}

static void decode(const uint8_t *p, bool has_fb, VirtIOGPUHeadState *h)
{
    uint32_t words[HEAD_WORDS + FB_WORDS] = { 0 };

    for (unsigned w = 0; w < (has_fb ? HEAD_WORDS + FB_WORDS : HEAD_WORDS);
         w++) {
        words[w] = ldl_be_p(p + w * WORD);
    }
    *h = (VirtIOGPUHeadState) {
        .resource_id = words[0], .width = words[1], .height = words[2],
        .x = words[3], .y = words[4], .cursor_resource_id = words[5],
        .hot_x = words[6], .hot_y = words[7], .cursor_x = words[8],
        .cursor_y = words[9], .has_fb = has_fb,
        .fb = { words[10], words[11], words[12], words[13], words[14],
                words[15] },
    };
}

static bool fb_is_possible(const VirtIOGPUHeadState *h)
{
    return vgpu_format_of_pixman(h->fb.pixman_format) ||
           !(h->fb.pixman_format | h->fb.width | h->fb.height | h->fb.stride |
             h->fb.offset);
}

/* Not whether it is right, but whether it can have been meant as a head. */
static bool is_possible(const uint8_t *p, bool has_fb)
{
    VirtIOGPUHeadState h;

    decode(p, has_fb, &h);
    return h.width <= VGPU_MAX_AXIS_PX && h.height <= VGPU_MAX_AXIS_PX &&
           h.x <= VGPU_MAX_AXIS_PX && h.y <= VGPU_MAX_AXIS_PX &&
           (!h.resource_id || (h.width && h.height)) &&
           (!has_fb || fb_is_possible(&h));
}

/* The bytes ahead, and which divisions of them into heads come out even. */
typedef struct Division {
    const uint8_t *bytes;
    size_t num_bytes;
    uint32_t num_heads;
    unsigned version;
    bool without_footers;       /* send-section-footer=off: too little to go */
                                /* by, only what is usual is taken */
    /* [heads][of these with fb]: from there on it does. */
    bool even[VGPU_MAX_SCANOUTS + 1][VGPU_MAX_SCANOUTS + 1];
} Division;

static size_t position(uint32_t heads, uint32_t with_fb)
{
    return ((size_t)heads * HEAD_WORDS + (size_t)with_fb * FB_WORDS) * WORD;
}

/* What comes next in a stream: without footers another section, or its end. */
static bool is_mark(const Division *d, uint8_t byte)
{
    return byte == SECTION_FOOTER || byte == SUBSECTION ||
           (d->without_footers && byte <= LAST_MARK);
}

static bool is_end(const Division *d, uint32_t with_fb)
{
    size_t at = position(d->num_heads, with_fb);

    return at < d->num_bytes && is_mark(d, d->bytes[at]);
}

static bool can_be(const Division *d, uint32_t head, uint32_t with_fb,
                   bool has_fb)
{
    size_t end = position(head + 1, with_fb + has_fb);

    if (d->without_footers && has_fb != is_usual(head, d->version)) {
        return false;
    }
    return end <= d->num_bytes && d->even[head + 1][with_fb + has_fb] &&
           is_possible(d->bytes + position(head, with_fb), has_fb);
}

static void divide(Division *d)
{
    for (uint32_t k = 0; k <= d->num_heads; k++) {
        d->even[d->num_heads][k] = is_end(d, k);
    }
    for (uint32_t head = d->num_heads; head-- > 0;) {
        for (uint32_t k = 0; k <= head; k++) {
            d->even[head][k] = can_be(d, head, k, false) ||
                               can_be(d, head, k, true);
        }
    }
}

/*
 * Which heads have an fb stands nowhere, see is_usual(): it is found by where
 * the section ends and by what can be meant.
 */
int virtio_gpu_heads_get(QEMUFile *f, VirtIOGPUHeadState *heads, uint32_t num,
                         unsigned version)
{
    Division d = { .num_heads = num, .version = version };
    uint32_t with_fb = 0;
    uint8_t *bytes;

    d.num_bytes = qemu_peek_buffer(f, &bytes, position(num, num) + 1, 0);
    d.bytes = bytes;
    divide(&d);
    if (!d.even[0][0]) {
        d.without_footers = true;
        divide(&d);
    }
    if (!d.even[0][0]) {
        error_report("virtio-gpu: the scanouts in the stream are damaged");
        return -EINVAL;
    }
    for (uint32_t i = 0; i < num; i++) {
        bool has_fb = is_usual(i, version);

        if (!can_be(&d, i, with_fb, has_fb)) {
            has_fb = !has_fb;
        }
        decode(bytes + position(i, with_fb), has_fb, &heads[i]);
        with_fb += has_fb;
    }
    qemu_file_skip(f, position(num, with_fb));
    return 0;
}
