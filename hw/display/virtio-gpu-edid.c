/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "hw/display/edid.h"
#include "qemu/cutils.h"

#define BLOCK_BYTES 128
#define CHECKSUM_AT (BLOCK_BYTES - 1)

/* The CTA-861 extension: a tag, and where its timings start. */
#define CTA_TAG 0x02
#define CTA_TIMINGS_AT 2
#define CTA_DATA_AT 4

/* A figure in cm, in one byte; less than one means nothing is known. */
#define MIN_SIZE_MM 10
#define MAX_SIZE_MM 2559

/* EDID counts pixel clocks from 10 MHz up, and 24 bits of 10 kHz or 1 kHz. */
#define MIN_PIXEL_CLOCK_HZ 10000000ull
#define MAX_RATE_MHZ 500000
#define DEFAULT_RATE_MHZ 75000

/*
 * A video capability block: the quantization range can be chosen.  Without it
 * an extension that offers RGB is not conforming, and edid-decode says so.
 */
static const uint8_t video_capability[] = { 0xe2, 0x00, 0x40 };

/*
 * The rate at which even a small picture has a pixel clock that EDID can
 * express: the generator adds 35% of width and 3.5% of height as blanking.
 */
static uint32_t possible_rate_mhz(uint32_t wished_mhz, uint32_t width,
                                  uint32_t height)
{
    uint64_t px = (uint64_t)(width + width * 35 / 100) *
                  (height + height * 35 / 1000);
    uint64_t lowest = px ? MIN_PIXEL_CLOCK_HZ * 1000 / px + 1 : 0;
    uint32_t rate = MIN(wished_mhz, MAX_RATE_MHZ);

    if ((rate ? rate : DEFAULT_RATE_MHZ) >= lowest) {
        return rate;
    }
    return MIN(lowest, MAX_RATE_MHZ);
}

static bool is_size_possible(uint32_t mm)
{
    return mm >= MIN_SIZE_MM && mm <= MAX_SIZE_MM;
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

size_t virtio_gpu_control_edid(void *host, uint32_t id,
                               uint8_t edid[VGPU_WIRE_EDID_BYTES])
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(host);
    VirtIOGPUOutput *output = &base->outputs[id];
    qemu_edid_info info = { .vendor = NULL };
    size_t bytes;

    qemu_mutex_lock(&base->modes_lock);
    info.prefx = output->mode.rect.width;
    info.prefy = output->mode.rect.height;
    info.refresh_rate = possible_rate_mhz(output->refresh_mhz, info.prefx,
                                          info.prefy);
    if (is_size_possible(output->width_mm) &&
        is_size_possible(output->height_mm)) {
        info.width_mm = output->width_mm;
        info.height_mm = output->height_mm;
    }
    qemu_mutex_unlock(&base->modes_lock);
    qemu_edid_generate(edid, VGPU_WIRE_EDID_BYTES, &info);
    bytes = qemu_edid_size(edid);
    if (bytes > BLOCK_BYTES && edid[BLOCK_BYTES] == CTA_TAG) {
        add_video_capability(edid + BLOCK_BYTES);
    }
    return bytes;
}
