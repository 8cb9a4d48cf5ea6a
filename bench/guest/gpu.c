/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gpu.h"

#include "cpu.h"
#include "random.h"

#define VENDOR 0x1af4
#define DEVICE 0x1050

#define FORMAT_B8G8R8X8 2
#define PAGE 4096

/*
 * Memory for backings, far behind everything that is linked: the machine
 * has 256 MiB.
 */
#define POOL 0x2000000u

#define ARGUMENTS_MAX 18
#define FLAG_FENCE 1
#define EVENT_DISPLAY 1
#define EVENT_TICKS 500000  /* some 0.2 ms */
#define HEADS_MAX 16

struct request {
    uint32_t type;
    uint32_t flags;
    uint64_t fence_id;
    uint32_t ctx_id;
    uint32_t ring;
    uint32_t args[ARGUMENTS_MAX];
};
#define HEADER_BYTES 24
#define REPLY_WORDS 8       /* of MAP_BLOB, the longest of those in slots */

struct slot {
    struct request request;
    volatile uint32_t reply[REPLY_WORDS];
} __attribute__((aligned(64)));

struct entry {
    uint64_t addr;
    uint32_t length;
    uint32_t padding;
};

/* virtio 1.3, 5.7.4: struct virtio_gpu_config. */
struct config {
    uint32_t events_read;
    uint32_t events_clear;
    uint32_t num_scanouts;
    uint32_t num_capsets;
};

struct display_info {
    uint32_t header[HEADER_BYTES / 4];
    struct {
        struct gpu_rect rect;
        uint32_t enabled;
        uint32_t flags;
    } heads[HEADS_MAX];
};

static volatile struct config *config;
static volatile struct display_info display_info;
static struct virtio_queue queues[GPU_QUEUES];
static struct slot slots[GPU_QUEUES][QUEUE_MAX];
static struct entry entries[GPU_ENTRIES_MAX];
static uint16_t order[GPU_ENTRIES_MAX];

const char *gpu_start(const struct virtio_options *options)
{
    static struct pci_function function;
    const char *error;

    if (!pci_find(&function, VENDOR, DEVICE)) {
        return "no virtio-gpu on bus 0";
    }
    pci_enable(&function);
    error = virtio_start(&function, options, queues, GPU_QUEUES);
    config = virtio_config(&function);
    return error ? error : config ? 0 : "no configuration of the device";
}

struct virtio_queue *gpu_queue(unsigned index)
{
    return &queues[index];
}

static void set_desc(struct virtio_desc *desc, const volatile void *data,
                     uint32_t bytes, uint16_t flags)
{
    desc->addr = (uint32_t)(uintptr_t)data;
    desc->length = bytes;
    desc->flags = flags;
}

/* A request with @count arguments, to be filled in by the caller. */
static uint32_t *put(unsigned queue, unsigned ahead, uint32_t type,
                     unsigned count)
{
    struct virtio_queue *q = &queues[queue];
    unsigned index = virtio_slot(q, ahead);
    struct slot *slot = &slots[queue][index];

    slot->request.type = type;
    slot->request.flags = 0;
    slot->request.ctx_id = 0;
    for (unsigned i = 0; i < ARGUMENTS_MAX; i++) {
        slot->request.args[i] = 0;
    }
    set_desc(&q->chain[index][0], &slot->request, HEADER_BYTES + count * 4, 0);
    set_desc(&q->chain[index][1], slot->reply, sizeof(slot->reply),
             DESC_WRITE);
    /* Linux leaves no room for replies on the cursor queue. */
    virtio_set_chain(q, index, queue == GPU_CURSOR ? 1 : 2);
    return slot->request.args;
}

void gpu_put_create(unsigned ahead, uint32_t id, uint32_t width,
                    uint32_t height)
{
    uint32_t *args = put(GPU_CONTROL, ahead, GPU_CREATE_2D, 4);

    args[0] = id;
    args[1] = FORMAT_B8G8R8X8;
    args[2] = width;
    args[3] = height;
}

void gpu_put_unref(unsigned ahead, uint32_t id)
{
    put(GPU_CONTROL, ahead, GPU_UNREF, 2)[0] = id;
}

static void put_rect(uint32_t *args, const struct gpu_rect *rect)
{
    args[0] = rect->x;
    args[1] = rect->y;
    args[2] = rect->width;
    args[3] = rect->height;
}

void gpu_put_scanout(unsigned ahead, uint32_t id, uint32_t width,
                     uint32_t height)
{
    uint32_t *args = put(GPU_CONTROL, ahead, GPU_SET_SCANOUT, 6);
    struct gpu_rect rect = { .width = width, .height = height };

    put_rect(args, &rect);
    args[5] = id;
}

void gpu_put_flush_rect(unsigned ahead, uint32_t id,
                        const struct gpu_rect *rect)
{
    uint32_t *args = put(GPU_CONTROL, ahead, GPU_FLUSH, 6);

    put_rect(args, rect);
    args[4] = id;
}

void gpu_put_flush(unsigned ahead, uint32_t id, uint32_t width,
                   uint32_t height)
{
    struct gpu_rect rect = { .width = width, .height = height };

    gpu_put_flush_rect(ahead, id, &rect);
}

void gpu_retarget_flush(unsigned ahead, uint32_t id)
{
    unsigned index = virtio_slot(&queues[GPU_CONTROL], ahead);

    slots[GPU_CONTROL][index].request.args[4] = id;
}

void gpu_put_transfer(unsigned ahead, uint32_t id,
                      const struct gpu_rect *rect, uint32_t stride)
{
    uint32_t *args = put(GPU_CONTROL, ahead, GPU_TRANSFER_TO_HOST_2D, 8);

    put_rect(args, rect);
    args[4] = rect->y * stride + rect->x * 4;
    args[5] = 0;
    args[6] = id;
}

void gpu_put_move(unsigned ahead, uint32_t x, uint32_t y)
{
    uint32_t *args = put(GPU_CURSOR, ahead, GPU_MOVE_CURSOR, 8);

    args[1] = x;
    args[2] = y;
}

void gpu_put_display_info(unsigned ahead)
{
    struct virtio_queue *q = &queues[GPU_CONTROL];
    unsigned index = virtio_slot(q, ahead);

    put(GPU_CONTROL, ahead, GPU_GET_DISPLAY_INFO, 0);
    set_desc(&q->chain[index][1], &display_info, sizeof(display_info),
             DESC_WRITE);
    virtio_set_chain(q, index, 2);
}

bool gpu_get_mode(struct gpu_rect *mode)
{
    mode->x = 0;
    mode->y = 0;
    mode->width = display_info.heads[0].rect.width;
    mode->height = display_info.heads[0].rect.height;
    return display_info.header[0] == GPU_OK_DISPLAY_INFO;
}

void gpu_wait_for_event(void)
{
    /* Every look is an exit that takes the big lock: not too many of them. */
    while (!(config->events_read & EVENT_DISPLAY)) {
        for (uint64_t next = ticks() + EVENT_TICKS; ticks() < next;) {
            relax();
        }
    }
    config->events_clear = EVENT_DISPLAY;
}

uint32_t *gpu_put_context(unsigned ahead, uint32_t type, uint32_t context,
                          unsigned count)
{
    uint32_t *args = put(GPU_CONTROL, ahead, type, count);
    unsigned index = virtio_slot(&queues[GPU_CONTROL], ahead);

    slots[GPU_CONTROL][index].request.ctx_id = context;
    return args;
}

void gpu_put_stream(unsigned ahead, uint32_t context, const void *stream,
                    uint32_t bytes)
{
    struct virtio_queue *q = &queues[GPU_CONTROL];
    uint32_t *args = gpu_put_context(ahead, GPU_SUBMIT_3D, context, 2);
    unsigned index = virtio_slot(q, ahead);
    struct virtio_desc *chain = q->chain[index];

    args[0] = bytes;
    chain[2] = chain[1];
    set_desc(&chain[1], stream, bytes, 0);
    virtio_set_chain(q, index, 3);
}

void gpu_put_submit(unsigned ahead, uint32_t context, const void *stream,
                    uint32_t bytes)
{
    unsigned index = virtio_slot(&queues[GPU_CONTROL], ahead);

    gpu_put_stream(ahead, context, stream, bytes);
    slots[GPU_CONTROL][index].request.flags = FLAG_FENCE;
    slots[GPU_CONTROL][index].request.fence_id = index;
}

static void shuffle(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = random_below(i + 1);

        order[i] = order[other];
        order[other] = (uint16_t)i;
    }
}

void *gpu_memory(uint32_t offset)
{
    return (void *)(uintptr_t)(POOL + offset);
}

static uint32_t make_pages(uint32_t bytes)
{
    uint32_t count = bytes / PAGE;

    shuffle(count);
    for (uint32_t i = 0; i < count; i++) {
        entries[i].addr = POOL + (uint32_t)order[i] * PAGE;
        entries[i].length = PAGE;
    }
    return count;
}

/* As many as there can be, of 1 to about 4050 bytes for a full 4K image. */
static uint32_t make_scattered(uint32_t bytes)
{
    uint32_t count = GPU_ENTRIES_MAX;
    uint32_t left = bytes;

    shuffle(count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t after = count - i - 1;
        uint32_t length = 1 + 2 * random_below(left / (after + 1));

        if (after == 0 || length > left - after) {
            length = left - after;
        }
        entries[i].addr = POOL + (uint32_t)order[i] * PAGE +
                          random_below(PAGE / 64);
        entries[i].length = length;
        left -= length;
    }
    return count;
}

static uint32_t make_repeated(uint32_t bytes)
{
    uint32_t count = 0;

    for (uint32_t left = bytes; left; count++) {
        entries[count].addr = POOL;
        entries[count].length = left < GPU_REPEAT ? left : GPU_REPEAT;
        left -= entries[count].length;
    }
    return count;
}

static uint32_t make_entries(uint32_t bytes, enum gpu_shape shape,
                             uint32_t offset)
{
    switch (shape) {
    case GPU_PAGES:
        return make_pages(bytes);
    case GPU_SCATTERED:
        return make_scattered(bytes);
    case GPU_REPEATED:
        return make_repeated(bytes);
    case GPU_CONTIGUOUS:
        break;
    }
    entries[0].addr = POOL + offset;
    entries[0].length = bytes;
    return 1;
}

void gpu_put_backing(uint32_t id, uint32_t bytes, enum gpu_shape shape,
                     uint32_t offset)
{
    struct virtio_queue *q = &queues[GPU_CONTROL];
    uint32_t *args = put(GPU_CONTROL, 0, GPU_ATTACH_BACKING, 2);
    unsigned index = virtio_slot(q, 0);
    struct virtio_desc *chain = q->chain[index];

    args[0] = id;
    args[1] = make_entries(bytes, shape, offset);
    chain[2] = chain[1];
    set_desc(&chain[1], entries, args[1] * sizeof(entries[0]), 0);
    virtio_set_chain(q, index, 3);
}

static void clear_replies(unsigned queue, uint32_t count)
{
    for (uint32_t i = 0; i < count && i < queues[queue].size; i++) {
        slots[queue][virtio_slot(&queues[queue], i)].reply[0] = 0;
    }
}

uint64_t gpu_run(unsigned queue, unsigned depth, uint32_t count)
{
    struct virtio_queue *q = &queues[queue];
    uint32_t done = 0;
    uint32_t sent = count < depth ? count : depth;
    uint64_t start;

    if (sent > q->size) {
        sent = q->size;
    }
    depth = sent;
    clear_replies(queue, count);
    start = ticks();
    virtio_publish(q, (uint16_t)(q->published + sent));
    while (done < count) {
        uint16_t answered = virtio_poll(q);

        if (answered) {
            uint32_t next = (done += answered) + depth;

            if (next > count) {
                next = count;
            }
            if (next > sent) {
                virtio_publish(q, (uint16_t)(q->published + (next - sent)));
                sent = next;
            }
        }
    }
    return ticks() - start;
}

uint32_t gpu_bad_replies(unsigned queue, uint32_t count)
{
    struct virtio_queue *q = &queues[queue];
    uint32_t bad = 0;

    if (queue == GPU_CURSOR) {
        return 0;
    }
    for (uint32_t i = 1; i <= count && i <= q->size; i++) {
        unsigned index = virtio_slot(q, q->size - i);

        bad += slots[queue][index].reply[0] != GPU_OK &&
               slots[queue][index].reply[0] != GPU_OK_MAP_INFO;
    }
    return bad;
}
