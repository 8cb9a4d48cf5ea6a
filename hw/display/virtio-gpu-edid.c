/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "hw/display/edid.h"
#include "qemu/bswap.h"
#include "qemu/cutils.h"

#define BLOCK_BYTES 128
#define CHECKSUM_AT (BLOCK_BYTES - 1)

/* The CTA-861 extension: a tag, and where its timings start. */
#define CTA_TAG 0x02
#define CTA_TIMINGS_AT 2
#define CTA_DATA_AT 4

/* The base block's four descriptors, and that of range limits. */
#define DESCRIPTORS_AT 54
#define DESCRIPTOR_BYTES 18
#define NUM_DESCRIPTORS 4
#define RANGES_TAG 0xfd
#define DUMMY_TAG 0x10
#define VERTICAL_FAR 2                  /* 255 Hz are to be added */
#define HORIZONTAL_FAR 8                /* likewise 255 kHz */
#define CLOCK_STEP_HZ 10000000ull

/* EDID counts pixel clocks from 10 MHz up, and 24 bits of 10 kHz or 1 kHz. */
#define MIN_PIXEL_CLOCK_HZ 10000000ull
#define MAX_PIXEL_CLOCK_HZ (0xffffffull * 10000)
#define MAX_RATE_MHZ 500000
#define DEFAULT_RATE_MHZ 75000

/*
 * A video capability block: the quantization range can be chosen.  Without it
 * an extension that offers RGB is not conforming, and edid-decode says so.
 */
static const uint8_t video_capability[] = { 0xe2, 0x00, 0x40 };

/*
 * The rate nearest to the wish at which the picture has a pixel clock that EDID
 * can express: the generator adds 35% of width and 3.5% of height as blanking.
 */
static uint32_t possible_rate_mhz(uint32_t wished_mhz, uint32_t width,
                                  uint32_t height)
{
    uint64_t px = (uint64_t)(width + width * 35 / 100) *
                  (height + height * 35 / 1000);
    uint64_t lowest = px ? MIN_PIXEL_CLOCK_HZ * 1000 / px + 1 : 0;
    uint64_t highest = px ? MAX_PIXEL_CLOCK_HZ * 1000 / px : MAX_RATE_MHZ;
    uint32_t rate = MIN(wished_mhz, MIN(highest, MAX_RATE_MHZ));

    if ((rate ? rate : DEFAULT_RATE_MHZ) >= lowest) {
        return rate;
    }
    return MIN(lowest, MAX_RATE_MHZ);
}

static bool is_size_possible(uint32_t mm)
{
    return mm >= VIRTIO_GPU_MIN_SIZE_MM && mm <= VIRTIO_GPU_MAX_SIZE_MM;
}

static void set_checksum(uint8_t *block)
{
    uint8_t sum = 0;

    for (int i = 0; i < CHECKSUM_AT; i++) {
        sum += block[i];
    }
    block[CHECKSUM_AT] = -sum;
}

/* Adds the block above to an extension with room for it. */
static void add_video_capability(uint8_t *cta)
{
    uint8_t timings = cta[CTA_TIMINGS_AT];
    uint8_t *behind = cta + CHECKSUM_AT - sizeof(video_capability);

    if (timings < CTA_DATA_AT || timings > behind - cta ||
        !buffer_is_zero(behind, sizeof(video_capability))) {
        return;
    }
    memmove(cta + timings + sizeof(video_capability), cta + timings,
            behind - (cta + timings));
    memcpy(cta + timings, video_capability, sizeof(video_capability));
    cta[CTA_TIMINGS_AT] += sizeof(video_capability);
    set_checksum(cta);
}

/* Whole kHz or Hz that a byte of range limits, or two, have room for. */
static bool put_range(uint8_t *range, uint8_t *offsets, uint64_t thousandths,
                      uint8_t max_offset_bit)
{
    uint64_t min = thousandths / 1000;
    uint64_t max = DIV_ROUND_UP(thousandths, 1000);

    range[0] = MIN(range[0], min);
    if (max > range[1]) {
        bool is_far = max > UINT8_MAX;

        *offsets |= is_far ? max_offset_bit : 0;
        range[1] = is_far ? max - UINT8_MAX : max;
    }
    return min > 0 && max <= 2 * UINT8_MAX;
}

/*
 * The generator's range limits are the same for every mode: those of a monitor
 * that shows @info's.  Without room for them there are none.
 */
static void widen_ranges(uint8_t *edid, const qemu_edid_info *info)
{
    uint64_t rate = info->refresh_rate ? info->refresh_rate : DEFAULT_RATE_MHZ;
    uint64_t across = info->prefx + info->prefx * 35 / 100;
    uint64_t down = info->prefy + info->prefy * 35 / 1000;
    uint64_t clock = rate * across * down / (1000 * CLOCK_STEP_HZ);

    for (int i = 0; i < NUM_DESCRIPTORS; i++) {
        uint8_t *desc = edid + DESCRIPTORS_AT + i * DESCRIPTOR_BYTES;
        bool has_room;

        if (lduw_le_p(desc) || desc[3] != RANGES_TAG) {
            continue;
        }
        has_room = put_range(desc + 5, desc + 4, rate, VERTICAL_FAR) &
                   put_range(desc + 7, desc + 4, rate * down / 1000,
                             HORIZONTAL_FAR) &
                   (clock < UINT8_MAX);
        if (!has_room) {
            memset(desc, 0, DESCRIPTOR_BYTES);
            desc[3] = DUMMY_TAG;
        }
        set_checksum(edid);
        return;
    }
}

size_t virtio_gpu_control_edid(void *host, uint32_t id,
                               uint8_t edid[VGPU_WIRE_EDID_BYTES])
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(host);
    VirtIOGPUOutput *output = &base->outputs[id];
    const VirtIOGPUMonitor *told = &output->told;
    VirtIOGPUOutputConf conf;
    qemu_edid_info info = { };
    size_t bytes;

    qemu_mutex_lock(&base->modes_lock);
    conf = output->conf;
    info.prefx = told->mode.rect.width;
    info.prefy = told->mode.rect.height;
    info.refresh_rate = possible_rate_mhz(told->refresh_mhz, info.prefx,
                                          info.prefy);
    if (is_size_possible(told->width_mm) && is_size_possible(told->height_mm)) {
        info.width_mm = told->width_mm;
        info.height_mm = told->height_mm;
    }
    qemu_mutex_unlock(&base->modes_lock);
    info.name = conf.name;
    info.vendor = conf.vendor;
    info.serial = *conf.serial ? conf.serial : NULL;
    info.maxx = conf.xmax;
    info.maxy = conf.ymax;
    qemu_edid_generate(edid, VGPU_WIRE_EDID_BYTES, &info);
    widen_ranges(edid, &info);
    bytes = qemu_edid_size(edid);
    if (bytes > BLOCK_BYTES && edid[BLOCK_BYTES] == CTA_TAG) {
        add_video_capability(edid + BLOCK_BYTES);
    }
    return bytes;
}
