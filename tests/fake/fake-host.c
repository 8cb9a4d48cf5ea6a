/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fake-host.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake-chain.h"
#include "hw/virtio/vgpu/dmabuf.h"

/* What a disabled head's EDID prefers, as in QEMU. */
#define DEFAULT_WIDTH 1280
#define DEFAULT_HEIGHT 800

/* What the display takes unless a test says otherwise. */
#define MAX_PICTURE_PX (64u << 20)

static void *host_map(void *opaque, uint64_t addr, uint64_t *bytes,
                      bool write)
{
    struct fake_host *host = opaque;

    g_assert(*bytes > 0);
    return guest_memory_map(host->memory, addr, bytes, write);
}

static void host_unmap(void *opaque, void *pointer, uint64_t bytes,
                       bool write)
{
    struct fake_host *host = opaque;

    guest_memory_unmap(host->memory, pointer, bytes, write);
}

static bool host_translates(void *opaque)
{
    struct fake_host *host = opaque;

    return host->translates;
}

static bool host_device_find(void *opaque, uint64_t addr, uint64_t bytes,
                             struct vgpu_device_piece *piece)
{
    struct fake_host *host = opaque;

    g_assert(bytes > 0);
    return guest_memory_find_device(host->memory, addr, bytes, piece);
}

static void host_device_release(void *opaque, void *region)
{
    struct fake_host *host = opaque;

    guest_memory_release_device(host->memory, region);
}

static bool host_device_read(void *opaque, void *region, uint64_t offset,
                             void *dest, uint64_t bytes)
{
    struct fake_host *host = opaque;

    return guest_memory_read_device(host->memory, region, offset, dest, bytes);
}

/* Empty files: nobody reads them. */
static int make_dmabuf(struct fake_host *host)
{
    int fd;

    if (host->no_dmabuf) {
        return -1;
    }
    fd = memfd_create("dma-buf", MFD_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    host->num_dmabufs++;
    return fd;
}

static int host_device_dmabuf(void *opaque,
                              const struct vgpu_device_piece *pieces,
                              uint32_t count)
{
    struct fake_host *host = opaque;

    g_assert(count > 0);
    g_array_set_size(host->dmabuf, 0);
    g_array_append_vals(host->dmabuf, pieces, count);
    return make_dmabuf(host);
}

static int host_memory_dmabuf(void *opaque, const struct iovec *pieces,
                              uint32_t count)
{
    struct fake_host *host = opaque;

    g_assert(count > 0);
    g_array_set_size(host->dmabuf, 0);
    for (uint32_t i = 0; i < count; i++) {
        struct vgpu_device_piece piece = { .bytes = pieces[i].iov_len };

        piece.offset = guest_memory_offset(host->memory, pieces[i].iov_base);
        g_array_append_val(host->dmabuf, piece);
    }
    return make_dmabuf(host);
}

static void host_dmabuf_close(void *opaque, int fd)
{
    struct fake_host *host = opaque;

    g_assert_cmpint(close(fd), ==, 0);
    g_assert_cmpuint(host->num_dmabufs--, >, 0);
}

static void host_display_mode(void *opaque, uint32_t id,
                              struct vgpu_mode *mode)
{
    struct fake_host *host = opaque;

    g_assert(id < host->num_scanouts);
    *mode = host->scanouts[id].mode;
}

static void host_display_info_read(void *opaque)
{
    struct fake_host *host = opaque;

    host->num_info_reads++;
}

static size_t host_edid(void *opaque, uint32_t id,
                        uint8_t edid[VGPU_WIRE_EDID_BYTES])
{
    struct fake_host *host = opaque;
    const struct vgpu_mode *mode = &host->scanouts[id].mode;

    g_assert(id < host->num_scanouts);
    if (host->scanouts[id].no_edid) {
        return 0;
    }
    fake_edid(edid, mode->enabled ? mode->rect.width : DEFAULT_WIDTH,
              mode->enabled ? mode->rect.height : DEFAULT_HEIGHT);
    return 128;
}

static int64_t host_clock_ns(void *opaque)
{
    struct fake_host *host = opaque;

    host->now_ns += 1000;
    return host->now_ns;
}

static void host_make_uuid(void *opaque, uint8_t uuid[16])
{
    struct fake_host *host = opaque;

    memset(uuid, 0xc0, 16);
    vgpu_wire_put32(uuid, ++host->num_uuids);
    uuid[6] = 0x4a;             /* version 4 */
    uuid[8] = 0x8b;             /* variant of RFC 4122 */
}

static void host_guest_error(void *opaque, const struct vgpu_request *request,
                             const char *text)
{
    struct fake_host *host = opaque;

    for (const char *p = text; *p; p++) {
        g_assert((uint8_t)*p >= ' ' && *p != 0x7f);
    }
    host->num_guest_errors++;
    g_string_assign(host->last_error, vgpu_request_name(request));
    g_string_append_printf(host->last_error, ": %s", text);
}

const struct vgpu_host_ops fake_host_ops = {
    .map = host_map,
    .unmap = host_unmap,
    .translates = host_translates,
    .device_find = host_device_find,
    .device_release = host_device_release,
    .device_read = host_device_read,
    .device_dmabuf = host_device_dmabuf,
    .memory_dmabuf = host_memory_dmabuf,
    .dmabuf_close = host_dmabuf_close,
    .complete = fake_host_complete,
    .display_mode = host_display_mode,
    .display_info_read = host_display_info_read,
    .edid = host_edid,
    .clock_ns = host_clock_ns,
    .make_uuid = host_make_uuid,
    .window_map = fake_host_window_map,
    .window_unmap = fake_host_window_unmap,
    .guest_error = host_guest_error,
};

struct fake_scanout *fake_host_scanout(struct fake_host *host, uint32_t id)
{
    g_assert(id < host->num_scanouts);
    return &host->scanouts[id];
}

static bool display_enable(void *opaque, uint32_t id, uint32_t width,
                           uint32_t height)
{
    const struct fake_host *host = opaque;
    struct fake_scanout *scanout = fake_host_scanout(opaque, id);
    bool same = scanout->enabled && scanout->width == width &&
                scanout->height == height;

    g_assert(width > 0 && height > 0);
    if (scanout->refuses || (uint64_t)width * height > host->max_picture_px) {
        return false;
    }
    if (!same) {
        g_free(scanout->pixels);
        scanout->pixels = g_new0(uint32_t, (size_t)width * height);
    }
    scanout->enabled = true;
    scanout->width = width;
    scanout->height = height;
    return true;
}

static void display_disable(void *opaque, uint32_t id)
{
    struct fake_scanout *scanout = fake_host_scanout(opaque, id);

    g_clear_pointer(&scanout->pixels, g_free);
    g_clear_pointer(&scanout->dmabuf, vgpu_dmabuf_unref);
    scanout->enabled = false;
    scanout->width = 0;
    scanout->height = 0;
}

static bool share(struct fake_scanout *scanout, const struct vgpu_view *view)
{
    g_clear_pointer(&scanout->dmabuf, vgpu_dmabuf_unref);
    scanout->dmabuf = vgpu_view_dmabuf(view);
    scanout->token = scanout->dmabuf ? vgpu_view_hold(view) : 0;
    return scanout->dmabuf != NULL;
}

static enum vgpu_status display_damage(void *opaque, uint32_t id,
                                       const struct vgpu_rect *rect,
                                       const struct vgpu_view *view)
{
    struct fake_scanout *scanout = fake_host_scanout(opaque, id);
    struct vgpu_pixels dest = { .stride = scanout->width * 4 };

    g_assert(scanout->enabled);
    g_assert(!vgpu_rect_is_empty(rect));
    g_assert(vgpu_rect_is_inside(rect, scanout->width, scanout->height));
    dest.data = (uint8_t *)(scanout->pixels +
                            (size_t)rect->y * scanout->width + rect->x);
    g_array_append_val(scanout->damage, *rect);
    if (scanout->no_room) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    if (scanout->shares && share(scanout, view)) {
        return VGPU_OK;
    }
    return vgpu_view_read(view, rect, &dest);
}

static void display_cursor(void *opaque, uint32_t id,
                           const struct vgpu_cursor_image *image)
{
    struct fake_scanout *scanout = fake_host_scanout(opaque, id);

    scanout->cursor_visible = image != NULL;
    if (!image) {
        return;
    }
    g_assert(image->width >= VGPU_CURSOR_PX);
    g_assert(image->width <= VGPU_CURSOR_MAX_PX);
    g_assert(image->height >= VGPU_CURSOR_PX);
    g_assert(image->height <= VGPU_CURSOR_MAX_PX);
    g_assert(image->hot_x < image->width);
    g_assert(image->hot_y < image->height);
    scanout->cursor_width = image->width;
    scanout->cursor_height = image->height;
    scanout->hot_x = image->hot_x;
    scanout->hot_y = image->hot_y;
    for (unsigned y = 0; y < VGPU_CURSOR_PX; y++) {
        memcpy(scanout->cursor + y * VGPU_CURSOR_PX,
               image->pixels + (size_t)y * image->width, VGPU_CURSOR_PX * 4);
    }
}

const struct vgpu_display_ops fake_display_ops = {
    .enable = display_enable,
    .disable = display_disable,
    .damage = display_damage,
    .cursor = display_cursor,
};

struct fake_host *fake_host_create(uint64_t bytes)
{
    struct fake_host *host = g_new0(struct fake_host, 1);

    host->memory = guest_memory_create(bytes);
    host->last_error = g_string_new(NULL);
    host->dmabuf = g_array_new(FALSE, FALSE, sizeof(struct vgpu_device_piece));
    fake_chains_init(host);
    for (unsigned id = 0; id < VGPU_MAX_SCANOUTS; id++) {
        host->scanouts[id].damage = g_array_new(FALSE, FALSE,
                                                sizeof(struct vgpu_rect));
    }
    fake_host_power_on(host, 1, 1280, 800);
    return host;
}

void fake_host_destroy(struct fake_host *host)
{
    for (unsigned id = 0; id < VGPU_MAX_SCANOUTS; id++) {
        g_array_unref(host->scanouts[id].damage);
        g_free(host->scanouts[id].pixels);
        vgpu_dmabuf_unref(host->scanouts[id].dmabuf);
    }
    g_string_free(host->last_error, TRUE);
    g_array_unref(host->dmabuf);
    guest_memory_destroy(host->memory);
    fake_chains_finish(host);
    g_free(host);
}

void fake_host_power_on(struct fake_host *host, unsigned num_scanouts,
                        uint32_t width, uint32_t height)
{
    for (unsigned id = 0; id < VGPU_MAX_SCANOUTS; id++) {
        struct fake_scanout *scanout = &host->scanouts[id];
        GArray *damage = scanout->damage;

        g_free(scanout->pixels);
        vgpu_dmabuf_unref(scanout->dmabuf);
        g_array_set_size(damage, 0);
        *scanout = (struct fake_scanout) { .damage = damage };
    }
    host->scanouts[0].mode = (struct vgpu_mode) {
        .rect = { 0, 0, width, height },
        .enabled = true,
    };
    host->num_scanouts = num_scanouts;
    host->translates = false;
    host->no_dmabuf = false;
    host->max_picture_px = MAX_PICTURE_PX;
    host->num_completed = 0;
    host->num_info_reads = 0;
    host->num_guest_errors = 0;
    host->faults = (struct fake_faults) { 0 };
    guest_memory_clear(host->memory);
}

struct vgpu_device *fake_host_device(struct fake_host *host,
                                     const struct vgpu_device_config *config)
{
    bool has_3d = config->features & VGPU_F_VIRGL;
    struct vgpu_device_env env = {
        .host_ops = &fake_host_ops,
        .host = host,
        .display_ops = &fake_display_ops,
        .display = host,
        .renderer_ops = has_3d ? &fake_renderer_ops : &vgpu_pixman_ops,
        .renderer_host = { .fence_done = fake_host_fence_done, .opaque = host },
        .renderer_options = &host->faults,
        .metrics = &host->metrics,
    };

    return vgpu_device_create(config, &env, NULL);
}
