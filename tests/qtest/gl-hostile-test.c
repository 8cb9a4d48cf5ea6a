/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A guest that means harm (conformance matrix, SUBMIT_3D, EDGE-115, EDGE-118):
 * streams that are none, resources of others.  The context that did it may be
 * lost; others, the device and the VM go on.  The seed is GLib's: --seed repeats
 * a run.
 */
#include "qemu/osdep.h"

#include "draw.h"
#include "gl-image.h"
#include "gl-paint.h"
#include "gl-work.h"
#include "harness.h"

#define WIDTH  64u              /* px */
#define HEIGHT 64u
#define MINE   0xff40c080
#define SECRET 0xffc0ffee

#define LAST_COMMAND 61u
#define GARBAGE_STREAMS 60

/* A context that is painted with, to see that it goes on. */
struct witness {
    struct gl_paint paint;
    struct gl_image image;
    uint32_t argb;
};

static void witness_open(struct witness *witness, struct gpu *gpu)
{
    *witness = (struct witness){
        .image.texture = {
            .id = 70, .format = 1, .width = WIDTH, .height = HEIGHT,
        },
        .argb = MINE,
    };
    gl_image_create(&witness->image, gpu);
    gl_paint_open(&witness->paint, gpu, 90);
    gl_paint_on(&witness->paint, &witness->image.texture);
}

static void witness_check(struct witness *witness)
{
    witness->argb++;
    gl_paint_clear(&witness->paint, witness->argb);
    gl_paint_submit(&witness->paint);
    gl_image_fill(&witness->image, NULL, witness->argb);
    gl_image_check(&witness->image, "another context");
}

static void expect_lost(struct gpu *gpu, uint32_t context)
{
    struct virgl_stream stream;

    virgl_stream_init(&stream);
    virgl_nop(&stream, 0);
    expect_eq(gl_submit_fenced(gpu, context, &stream), RESP_ERR_UNSPEC,
              "SUBMIT_3D to a context that is lost");
    virgl_stream_finish(&stream);
}

static void test_lost(void)
{
    struct gpu *gpu = gl_boot_kept("");
    struct witness witness;
    struct virgl_stream stream;

    witness_open(&witness, gpu);
    virgl_stream_init(&stream);
    for (unsigned i = 0; i < 5; i++) {
        gl_create_context(gpu, 1, "lost");
        virgl_stream_clear(&stream);
        virgl_bind(&stream, VIRGL_OBJECT_BLEND, 4711);
        virgl_create_surface(&stream, 1, 4711, 1, 0);
        expect_eq(gl_submit_fenced(gpu, 1, &stream), RESP_ERR_UNSPEC,
                  "a fatal stream");
        expect_lost(gpu, 1);
        expect_lost(gpu, 1);
        expect_eq(gl_try_create_context(gpu, 1, "again"), RESP_ERR_CONTEXT_ID,
                  "CTX_CREATE of a number that is in use");
        witness_check(&witness);
        gl_destroy_context(gpu, 1);
    }
    virgl_stream_finish(&stream);
}

/* Nobody may crash; a context that is not lost yet is used on. */
static void submit_garbage(struct gpu *gpu, const struct virgl_stream *stream)
{
    if (gl_submit(gpu, 1, stream) != RESP_OK_NODATA) {
        gl_destroy_context(gpu, 1);
        gl_create_context(gpu, 1, "garbage");
    }
}

static void test_garbage(void)
{
    struct gpu *gpu = gl_boot_kept("");
    struct witness witness;
    struct virgl_stream stream;

    witness_open(&witness, gpu);
    gl_create_context(gpu, 1, "garbage");
    virgl_stream_init(&stream);
    for (unsigned i = 0; i < GARBAGE_STREAMS; i++) {
        unsigned num = g_test_rand_int_range(1, 200);

        virgl_stream_clear(&stream);
        for (unsigned k = 0; k < num; k++) {
            uint32_t word = g_test_rand_int();

            g_array_append_val(stream.words, word);
        }
        submit_garbage(gpu, &stream);
    }
    virgl_stream_finish(&stream);
    witness_check(&witness);
}

/* Every command with too few arguments, and with arguments out of range. */
static void test_commands(const void *data)
{
    static const unsigned lengths[] = { 1, 14 };
    const uint32_t *argument = data;
    struct gpu *gpu = gl_boot_kept("");
    struct witness witness;
    struct virgl_stream stream;
    uint32_t args[14];

    /* virglrenderer 0.10 prints this by itself, once for a context. */
    guest_expect_noise(gpu->guest, "minimal command length not okay");
    guest_expect_noise(gpu->guest, "String len ");
    for (unsigned i = 0; i < G_N_ELEMENTS(args); i++) {
        args[i] = *argument;
    }
    witness_open(&witness, gpu);
    gl_create_context(gpu, 1, "garbage");
    virgl_stream_init(&stream);
    for (unsigned command = 0; command <= LAST_COMMAND; command++) {
        unsigned objects = command && command < 4 ? 12 : 1;

        for (unsigned i = 0; i < G_N_ELEMENTS(lengths) * objects; i++) {
            virgl_stream_clear(&stream);
            virgl_command(&stream, command, i % objects, args,
                          lengths[i / objects]);
            submit_garbage(gpu, &stream);
        }
    }
    virgl_stream_finish(&stream);
    witness_check(&witness);
}

/* A header that promises more than follows. */
static void test_truncated(void)
{
    struct gpu *gpu = gl_boot_kept("");
    struct virgl_stream stream;
    struct witness witness;

    witness_open(&witness, gpu);
    gl_create_context(gpu, 1, "truncated");
    virgl_stream_init(&stream);
    virgl_nop(&stream, 7);
    g_array_set_size(stream.words, stream.words->len - 1);
    expect_eq(gl_submit_fenced(gpu, 1, &stream), RESP_ERR_UNSPEC,
              "a stream that is cut off");
    virgl_stream_finish(&stream);
    witness_check(&witness);
    gl_destroy_context(gpu, 1);
}

/* What a thief may say to get at texture 71, with 72 of its own. */
static void steal(struct virgl_stream *stream, unsigned way)
{
    const struct virgl_place theirs = {
        .resource = 71, .format = 1, .box = { 0, 0, 0, WIDTH, HEIGHT, 1 },
    };
    const struct virgl_place mine = {
        .resource = 72, .format = 1, .box = { 0, 0, 0, WIDTH, HEIGHT, 1 },
    };

    switch (way) {
    case 0:
        virgl_copy(stream, &mine, &theirs);
        break;
    case 1:
        virgl_blit(stream, &mine, &theirs);
        break;
    case 2:
        virgl_create_surface(stream, 1, 71, 1, 0);
        break;
    case 3:
        virgl_create_sampler_view(stream, 1, 71, 1);
        break;
    case 4:
        virgl_transfer(stream, &theirs, 0, false);
        break;
    case 5:
        virgl_transfer(stream, &theirs, 0, true);
        break;
    case 6:
        virgl_inline_write(stream, &theirs, (uint32_t[]){ MINE }, 4);
        break;
    case 7:
        virgl_create_query(stream, 1, VIRGL_OCCLUSION_COUNTER, 71);
        break;
    case 8:
        virgl_copy(stream, &theirs, &mine);
        break;
    }
}
#define NUM_WAYS 9

static void test_foreign(void)
{
    struct gpu *gpu = gl_boot_kept("");
    struct gl_image images[2] = {
        { .texture = { .id = 71, .format = 1, .width = WIDTH,
                       .height = HEIGHT } },
        { .texture = { .id = 72, .format = 1, .width = WIDTH,
                       .height = HEIGHT } },
    };
    struct virgl_stream stream;
    struct gl_paint owner;

    for (unsigned i = 0; i < 2; i++) {
        gl_image_create(&images[i], gpu);
    }
    gl_paint_open(&owner, gpu, 90);
    gl_paint_on(&owner, &images[0].texture);
    gl_paint_clear(&owner, SECRET);
    gl_paint_submit(&owner);
    gl_image_fill(&images[0], NULL, SECRET);
    virgl_stream_init(&stream);
    for (unsigned way = 0; way < NUM_WAYS; way++) {
        gl_create_context(gpu, 1, "thief");
        gl_attach(gpu, 1, 72);
        /* It may have been the thief's once. */
        gl_attach(gpu, 1, 71);
        gl_detach(gpu, 1, 71);
        memset(gl_memory(&images[0].texture), GPU_POISON, WIDTH * HEIGHT * 4);
        virgl_stream_clear(&stream);
        steal(&stream, way);
        expect_eq(gl_submit(gpu, 1, &stream), RESP_ERR_UNSPEC,
                  "theft, way %u", way);
        expect_eq(((uint32_t *)gl_memory(&images[0].texture))[0], 0xa5a5a5a5,
                  "memory of what was to be stolen, way %u", way);
        gl_destroy_context(gpu, 1);
        gl_image_check(&images[0], "what was to be stolen");
        gl_image_check(&images[1], "what it was to be stolen into");
    }
    virgl_stream_finish(&stream);
}

/*
 * A stream that reads several layers into memory in pieces: what comes is the
 * texture's, or nothing, but not what the host's heap held before.
 */
static void test_layers(void)
{
    struct gpu *gpu = gl_boot_kept("");
    struct gl_texture texture = {
        .id = 1, .target = VIRGL_2D_ARRAY, .array_size = 8, .width = WIDTH,
        .height = HEIGHT, .bare = true,
    };
    uint32_t bytes = WIDTH * HEIGHT * 4 * 8;
    uint64_t backing;
    uint32_t *words;
    struct virgl_stream stream;
    unsigned alien = 0;

    gl_create(&texture, gpu);
    backing = guest_ram_alloc(gpu->guest, 2 * bytes);
    draw_attach(gpu, 1, (struct wire_entry[]){
        { backing, bytes / 2, 0 }, { backing + bytes, bytes / 2, 0 },
    }, 2);
    words = guest_memory(gpu->guest, backing, 2 * bytes);
    memset(words, GPU_POISON, 2 * bytes);
    gl_create_context(gpu, 1, "layers");
    gl_attach(gpu, 1, 1);
    virgl_stream_init(&stream);
    virgl_transfer(&stream, &(struct virgl_place){
        .resource = 1, .box = { 0, 0, 0, WIDTH, HEIGHT, 8 },
    }, 0, false);
    for (unsigned i = 0; i < 20; i++) {
        gl_submit(gpu, 1, &stream);
    }
    virgl_stream_finish(&stream);
    for (uint32_t i = 0; i < 2 * bytes / 4; i++) {
        alien += words[i] != 0 && words[i] != 0xa5a5a5a5;
    }
    expect_eq(alien, 0, "words of something else");
}

/* Arguments of the transfers in streams: numbers of commands, and fields. */
enum {
    INLINE_WRITE = 9,
    TRANSFER = 43,
    COPY_TRANSFER = 45,
    GET_MEMORY_INFO = 50,
};
enum { LEVEL = 1, STRIDE = 3, BOX = 5, OFFSET = 11, DIRECTION, FLAGS };

struct attempt {
    const char *what;
    unsigned number;
    unsigned num_args;
    uint32_t last;              /* direction, or flags */
};

/* One field of an honest transfer of all of @texture is out of this world. */
static void try_extreme(struct gpu *gpu, const struct gl_texture *texture,
                        const struct attempt *attempt, unsigned field,
                        uint32_t value)
{
    uint32_t args[32] = {
        texture->id, 0, 0, 0, 0, 0, 0, 0, texture->width,
        MAX(texture->height, 1), 1,
    };
    struct virgl_stream stream;
    uint32_t status;

    if (attempt->number == COPY_TRANSFER) {
        args[OFFSET] = 2;
    }
    args[attempt->num_args - 1] = attempt->last;
    args[field] = value;
    gl_create_context(gpu, 1, "extreme");
    gl_attach(gpu, 1, texture->id);
    if (texture->id != 2) {
        gl_attach(gpu, 1, 2);
    }
    virgl_stream_init(&stream);
    virgl_command(&stream, attempt->number, 0, args, attempt->num_args);
    status = gl_submit_fenced(gpu, 1, &stream);
    /* Strides of single rows and layers mean nothing. */
    if (field == LEVEL || field >= BOX) {
        expect_eq(status, RESP_ERR_UNSPEC, "%s, field %u is 0x%x",
                  attempt->what, field, value);
    }
    virgl_stream_finish(&stream);
    gl_destroy_context(gpu, 1);
}

static void try_extremes(struct gpu *gpu, const struct gl_texture *texture,
                         const struct attempt *attempt)
{
    static const unsigned fields[] = {
        LEVEL, STRIDE, STRIDE + 1, BOX, BOX + 1, BOX + 2, BOX + 3, BOX + 4,
        BOX + 5,
    };
    static const uint32_t values[] = {
        0x7fffffff, 0x80000000, 0xfd050f80, 0xffffffff,
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        for (unsigned k = 0; k < G_N_ELEMENTS(values); k++) {
            try_extreme(gpu, texture, attempt, fields[i], values[k]);
        }
    }
}

/*
 * Transfers of resources that exist and are attached: what leaves them, or
 * their memory, is refused before the library counts with it.
 */
static void test_extremes(void)
{
    static const struct attempt attempts[] = {
        { "inline write", INLINE_WRITE, 31, 0 },
        { "transfer to the host", TRANSFER, 13, 1 },
        { "transfer from the host", TRANSFER, 13, 2 },
        { "copy to the host", COPY_TRANSFER, 14, 0 },
        { "copy from the host", COPY_TRANSFER, 14, 2 },
    };
    struct gpu *gpu = gl_boot_kept("");
    struct gl_texture textures[] = {
        { .id = 2, .bind = 1u << 19, .width = 4096 },
        { .id = 3, .width = 4, .height = 4 },
        { .id = 4, .width = 1, .height = 3 },
        { .id = 5, .target = VIRGL_2D_ARRAY, .array_size = 2, .format = 105,
          .bind = VIRGL_BIND_SAMPLER_VIEW, .width = 4, .height = 4 },
        { .id = 6, .target = VIRGL_BUFFER, .width = 64,
          .bind = VIRGL_BIND_VERTEX_BUFFER },
    };
    struct witness witness;

    for (unsigned i = 0; i < G_N_ELEMENTS(textures); i++) {
        gl_create(&textures[i], gpu);
    }
    witness_open(&witness, gpu);
    for (unsigned i = 0; i < G_N_ELEMENTS(attempts); i++) {
        for (unsigned k = 0; k < G_N_ELEMENTS(textures); k++) {
            try_extremes(gpu, &textures[k], &attempts[i]);
        }
        witness_check(&witness);
    }
}

static uint32_t ask_memory_info(struct gpu *gpu, uint32_t resource)
{
    struct virgl_stream stream;
    uint32_t status;

    gl_create_context(gpu, 1, "memory info");
    gl_attach(gpu, 1, resource);
    virgl_stream_init(&stream);
    virgl_command(&stream, GET_MEMORY_INFO, 0, &resource, 1);
    status = gl_submit_fenced(gpu, 1, &stream);
    virgl_stream_finish(&stream);
    gl_destroy_context(gpu, 1);
    return status;
}

/* The library writes it to the backing's first piece as it is. */
static void test_memory_info(void)
{
    struct gpu *gpu = gl_boot_kept("");
    struct gl_texture good = { .id = 2, .bind = 1u << 17, .width = 4096 };
    struct gl_texture bare = good;
    struct gl_texture small = good;
    uint64_t last = guest_ram_alloc(gpu->guest, 4096) + 4096 - 8;

    bare.id = 3;
    bare.bare = true;
    small.id = 4;
    small.bare = true;
    gl_create(&good, gpu);
    gl_create(&bare, gpu);
    gl_create(&small, gpu);
    draw_attach(gpu, 4, &(struct wire_entry){ last, 8, 0 }, 1);
    expect_eq(ask_memory_info(gpu, 2), RESP_OK_NODATA, "with room");
    expect_eq(ask_memory_info(gpu, 3), RESP_ERR_UNSPEC, "without backing");
    expect_eq(ask_memory_info(gpu, 4), RESP_ERR_UNSPEC, "into 8 bytes");
}

static unsigned count_lines(const char *text)
{
    unsigned num = 0;

    for (; *text; text++) {
        num += *text == '\n';
    }
    return num;
}

/* A library that prints a line for each mistake does not fill the disk. */
static void test_log(void)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .args = "-device virtio-gpu-gl-pci,id=gpu -d guest_errors",
    });
    struct gpu *gpu = gpu_find(guest, 0);
    gint64 begin = g_get_monotonic_time();
    g_autofree char *text = NULL;
    struct virgl_stream stream;
    unsigned seconds;

    guest_expect_noise(guest, "virtio-gpu: ");
    gpu_start(gpu, NULL);
    virgl_stream_init(&stream);
    virgl_create_surface(&stream, 1, 4711, 1, 0);
    for (unsigned i = 0; i < 1000; i++) {
        if (i % 25 == 0) {
            gl_create_context(gpu, 1 + i, "\n\033[2J");
        }
        gl_submit(gpu, 1 + i / 25 * 25, &stream);
    }
    virgl_stream_finish(&stream);
    seconds = (g_get_monotonic_time() - begin) / G_USEC_PER_SEC;
    text = guest_stderr(guest);
    expect_true(strstr(text, "virtio-gpu: "), "nothing was logged");
    expect_true(count_lines(text) < 10 * (seconds + 3),
                "%u lines were logged in %u s", count_lines(text), seconds);
    expect_true(!strchr(text, '\033'), "the guest's bytes are in the log");
}

int main(int argc, char **argv)
{
    static const uint32_t arguments[] = { 1, 0xffffffff };

    harness_init(&argc, &argv);
    harness_add("/T-399,T-400,T-361/lost", test_lost);
    harness_add("/T-399/garbage", test_garbage);
    for (unsigned i = 0; i < G_N_ELEMENTS(arguments); i++) {
        g_autofree char *path = g_strdup_printf("/T-399/commands/0x%x",
                                                arguments[i]);

        harness_add_data(path, test_commands, &arguments[i]);
    }
    harness_add("/T-399/truncated", test_truncated);
    harness_add("/T-111,T-110/foreign", test_foreign);
    harness_add("/gl-hostile/layers", test_layers);
    harness_add("/T-399/extremes", test_extremes);
    harness_add("/T-399/memory-info", test_memory_info);
    harness_add("/T-535,T-536/log", test_log);
    return harness_run();
}
