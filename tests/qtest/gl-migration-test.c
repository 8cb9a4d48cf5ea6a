/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Migration of a device with 3D: refused while there is something that only
 * the renderer's library has, with the names of whose it is; else as that of
 * any, and images that contexts drew to arrive with what was drawn.
 */
#include "qemu/osdep.h"

#include <sys/mman.h>

#include "libqtest.h"
#include "draw.h"
#include "gl-image.h"
#include "gl-work.h"
#include "harness.h"
#include "migrate.h"
#include "picture.h"
#include "qobject/qdict.h"

#define WIDTH   80u             /* px, of the images */
#define HEIGHT  60u
#define FIRST   10u             /* id of the first of them */

static const struct guest_options options_of_guest = {
    .args = "-device virtio-gpu-gl-pci,id=gpu,context-init=on",
    .ram_mib = 64,
};

static struct gpu *start_with(const struct guest_options *options)
{
    struct guest *guest = guest_start(options);
    struct gpu *gpu = gpu_find(guest, 0);

    gl_expect_noise(guest);
    gpu_start(gpu, NULL);
    return gpu;
}

static struct gpu *start(void)
{
    return start_with(&options_of_guest);
}

static void migrate(struct gpu *gpu)
{
    struct guest *receiver = migrate_receiver(&options_of_guest);

    gl_expect_noise(receiver);
    migrate_begin(gpu->guest, receiver);
    migrate_end(gpu->guest, receiver);
}

/* What QMP says to a migration that a blocker forbids; to be freed. */
static char *blocked(struct gpu *gpu)
{
    QDict *reply = qtest_qmp(gpu->guest->qts,
                             "{'execute': 'migrate', 'arguments': "
                             "{'uri': 'file:/dev/null'}}");
    char *text;

    expect_true(qdict_haskey(reply, "error"), "a migration was not refused");
    text = g_strdup(qdict_get_str(qdict_get_qdict(reply, "error"), "desc"));
    qobject_unref(reply);
    return text;
}

static void expect_text(const char *text, const char *part)
{
    expect_true(strstr(text, part), "no \"%s\" in: %s", part, text);
}

static void test_blocked(void)
{
    struct gpu *gpu = start();
    g_autofree char *one = NULL;
    g_autofree char *two = NULL;
    g_autofree char *less = NULL;

    gl_create_context(gpu, 1, "glxgears");
    guest_settle(gpu->guest);
    one = blocked(gpu);
    expect_text(one, "1 3D context ");
    expect_text(one, "1 (glxgears)");
    gl_create_context(gpu, 2, "two\nlines");
    guest_settle(gpu->guest);
    two = blocked(gpu);
    expect_text(two, "2 3D contexts ");
    expect_text(two, "1 (glxgears)");
    expect_text(two, "2 (two?lines)");
    gl_destroy_context(gpu, 1);
    guest_settle(gpu->guest);
    less = blocked(gpu);
    expect_text(less, "2 (two?lines)");
    expect_true(!strstr(less, "glxgears"), "a context that ended: %s", less);
    gl_destroy_context(gpu, 2);
    guest_settle(gpu->guest);
    migrate(gpu);
    gpu_expect_alive(gpu);
}

static bool is_cancelled(void *opaque)
{
    struct gpu *gpu = opaque;
    QDict *answer = qtest_qmp_assert_success_ref(
        gpu->guest->qts, "{'execute': 'query-migrate'}");
    bool cancelled = strcmp(qdict_get_str(answer, "status"), "cancelled") == 0;

    qobject_unref(answer);
    return cancelled;
}

/* A context comes while a migration runs that does not come to its end. */
static void check_blocked_after_cancel(const char *args)
{
    struct guest_options options = { .args = args, .ram_mib = 64 };
    struct gpu *gpu = start_with(&options);
    QTestState *qts = gpu->guest->qts;
    int fd = memfd_create("migration", MFD_CLOEXEC);
    g_autofree char *uri = g_strdup_printf("file:/proc/%d/fd/%d", getpid(), fd);
    g_autofree char *text = NULL;

    qtest_qmp_assert_success(qts, "{'execute': 'migrate-set-parameters', "
                             "'arguments': {'max-bandwidth': 4096}}");
    qtest_qmp_assert_success(qts, "{'execute': 'migrate', 'arguments': "
                             "{'uri': %s}}", uri);
    gl_create_context(gpu, 1, "glxgears");
    guest_settle(gpu->guest);
    /* QEMU may say that it came while it began, or wrote. */
    guest_expect_noise(gpu->guest, "ram_save_setup failed");
    guest_expect_noise(gpu->guest, "failed to save SaveStateEntry");
    qtest_qmp_assert_success(qts, "{'execute': 'migrate_cancel'}");
    harness_wait(is_cancelled, gpu, "the end of a migration");
    guest_settle(gpu->guest);
    text = blocked(gpu);
    expect_text(text, "1 (glxgears)");
    gl_destroy_context(gpu, 1);
    close(fd);
}

static void test_blocked_after_cancel(void)
{
    check_blocked_after_cancel(options_of_guest.args);
}

static void test_only_migratable(void)
{
    g_autofree char *args = g_strdup_printf("%s -only-migratable",
                                            options_of_guest.args);

    check_blocked_after_cancel(args);
}

/* A reset ends the contexts, and the blocker with them. */
static void test_blocked_until_reset(void)
{
    struct gpu *gpu = start();
    g_autofree char *text = NULL;

    gl_create_context(gpu, 1, "glxgears");
    guest_settle(gpu->guest);
    text = blocked(gpu);
    gpu_restart(gpu, NULL);
    gpu_expect_alive(gpu);
    guest_settle(gpu->guest);
    migrate(gpu);
    gpu_expect_alive(gpu);
}

/* Nobody's, but nobody could save it either; the guest goes on. */
static void test_texture(void)
{
    struct gpu *gpu = start();
    struct gl_image image = {
        .texture = { .id = 1, .format = 1, .width = WIDTH, .height = HEIGHT },
    };
    g_autofree char *reason = NULL;
    g_autofree char *text = NULL;

    gl_image_create(&image, gpu);
    gl_image_noise(&image, 1);
    guest_expect_noise(gpu->guest, "1 3D resources in the guest");
    guest_expect_noise(gpu->guest, "Save of field virtio-gpu");
    reason = migrate_refusal(gpu->guest, NULL);
    text = guest_stderr(gpu->guest);
    expect_text(text, "1 3D resources in the guest");
    gl_image_check(&image, "a texture after a refused migration");
    draw_unref(gpu, 1);
    migrate(gpu);
    gpu_expect_alive(gpu);
}

/* Images of 2D, transferred and then drawn to by a context. */
static void draw_images(struct picture *images, struct gpu *gpu)
{
    static const struct wire_rect rect = { 7, 9, 30, 20 };
    struct gl_paint paint;

    gl_paint_open(&paint, gpu, 1);
    for (unsigned i = 0; i < PICTURE_NUM_FORMATS; i++) {
        struct gl_texture texture = {
            .id = FIRST + i, .format = picture_formats[i], .width = WIDTH,
            .height = HEIGHT, .flags = TEXTURE_Y_0_TOP,
        };

        images[i] = (struct picture){
            .id = FIRST + i, .format = picture_formats[i], .width = WIDTH,
            .height = HEIGHT,
        };
        picture_create(&images[i], gpu);
        picture_noise(&images[i], NULL, i);
        picture_transfer(&images[i], NULL);
        if (gl_context_command(gpu, CMD_CTX_ATTACH_RESOURCE, 1, FIRST + i) ==
            RESP_OK_NODATA) {
            gl_paint_on(&paint, &texture);
            gl_paint_rect(&paint, &rect, 0xff304050);
            gl_paint_submit(&paint);
            picture_fill(&images[i], &rect, 0xff304050);
        }
    }
    gl_paint_close(&paint);
    draw_unref(gpu, paint.vertices.id);
}

static void expect_images(struct picture *images)
{
    for (unsigned i = 0; i < PICTURE_NUM_FORMATS; i++) {
        picture_show(&images[i], 0, NULL);
        picture_flush(&images[i], NULL);
        picture_expect_shown(&images[i], NULL, 0);
    }
}

/* A new program of 3D, where it came to. */
static void expect_3d(struct gpu *gpu)
{
    struct gl_work work;

    gl_work_open(&work, gpu, 3);
    gl_work_add(&work, 0xff708090, 1);
    gl_paint_submit(&work.paint);
    gl_work_check(&work, 0xff708090);
    gl_paint_close(&work.paint);
    draw_unref(gpu, work.target.id);
    draw_unref(gpu, work.paint.vertices.id);
}

static void test_images(void)
{
    struct gpu *gpu = start();
    struct picture images[PICTURE_NUM_FORMATS];

    draw_images(images, gpu);
    expect_images(images);
    migrate(gpu);
    picture_expect_shown(&images[PICTURE_NUM_FORMATS - 1], NULL, 0);
    expect_images(images);
    expect_3d(gpu);
    picture_noise(&images[2], NULL, 50);
    picture_transfer(&images[2], NULL);
    expect_images(images);
    migrate(gpu);
    expect_images(images);
}

/* Images that a context drew to, and are not saved: the guest goes on. */
static void test_images_refused(void)
{
    struct gpu *gpu = start();
    struct picture images[PICTURE_NUM_FORMATS];
    g_autofree char *text = NULL;

    draw_images(images, gpu);
    gl_create_context(gpu, 2, "late");
    guest_settle(gpu->guest);
    text = blocked(gpu);
    expect_images(images);
    gl_destroy_context(gpu, 2);
    guest_settle(gpu->guest);
    migrate(gpu);
    expect_images(images);
}

static char *hmp(struct gpu *gpu, const char *command)
{
    return qtest_hmp(gpu->guest->qts, "%s", command);
}

/* Back to where it was, whatever contexts there are since. */
static void test_snapshot(void)
{
    int fd = migrate_disk();
    g_autofree char *args = g_strdup_printf(
        "%s -drive if=none,id=disk,format=qcow2,file=/proc/%d/fd/%d",
        options_of_guest.args, getpid(), fd);
    struct picture images[PICTURE_NUM_FORMATS];
    struct gpu *gpu = start_with(&(struct guest_options){
        .args = args, .ram_mib = 32,
    });
    g_autofree char *refused = NULL;
    g_autofree char *saved = NULL;
    uint16_t avail, used;

    draw_images(images, gpu);
    gl_create_context(gpu, 2, "glxgears");
    guest_settle(gpu->guest);
    refused = hmp(gpu, "savevm none");
    expect_text(refused, "2 (glxgears)");
    gl_destroy_context(gpu, 2);
    guest_settle(gpu->guest);
    expect_images(images);
    avail = gpu->queue[0]->avail_idx;
    used = gpu->queue[0]->used_idx;
    saved = hmp(gpu, "savevm one");
    expect_true(!*saved, "savevm: %s", saved);
    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *loaded = NULL;
        struct gl_work work;

        gl_work_open(&work, gpu, 4);
        gl_attach(gpu, 4, FIRST);
        gl_paint_clear(&work.paint, 0xff000000 + i);
        gl_paint_submit(&work.paint);
        loaded = hmp(gpu, "loadvm one");
        expect_true(!*loaded, "loadvm: %s", loaded);
        gpu->queue[0]->avail_idx = avail;
        gpu->queue[0]->used_idx = used;
        expect_images(images);
        expect_3d(gpu);
    }
    close(fd);
}

static unsigned post_simple(struct posts *posts, uint32_t type,
                            uint32_t context, uint32_t resource)
{
    const struct wire_resource request = {
        .header.type = type, .header.ctx_id = context,
        .resource_id = resource,
    };

    return posts_send(posts, &request, type == CMD_CTX_DESTROY
                                       ? sizeof(request.header)
                                       : sizeof(request));
}

/* Nobody waits for its reply. */
static void post_cursor(struct gpu *gpu)
{
    const struct wire_cursor request = { .header.type = CMD_UPDATE_CURSOR };
    uint64_t memory = guest_ram_alloc(gpu->guest, 2 * GUEST_PAGE);
    const struct vring_buffer buffers[] = {
        { memory, sizeof(request), false },
        { memory + GUEST_PAGE, sizeof(struct wire_header), true },
    };

    memcpy(guest_memory(gpu->guest, memory, sizeof(request)), &request,
           sizeof(request));
    vring_add(gpu->queue[QUEUE_CURSOR], &(struct vring_chain){ buffers, 2, 0 });
    vring_kick(gpu->queue[QUEUE_CURSOR]);
}

static bool is_not_blocked(void *opaque)
{
    struct gpu *gpu = opaque;
    QDict *answer = qtest_qmp_assert_success_ref(
        gpu->guest->qts, "{'execute': 'query-migrate'}");
    bool blocked = qdict_haskey(answer, "blocked-reasons");

    qobject_unref(answer);
    return !blocked;
}

/*
 * The last context ends while the VM stops, so what a cursor update waits for
 * is executed when the VM is saved: among it a new context.
 */
static void test_context_before_cursor(void)
{
    const struct wire_ctx_create create = {
        .header.type = CMD_CTX_CREATE, .header.ctx_id = 2,
    };
    struct gpu *gpu = start();
    struct posts posts;
    struct gl_work work;
    g_autofree char *reason = NULL;

    gl_work_open(&work, gpu, 1);
    posts_init(&posts, gpu);
    guest_expect_noise(gpu->guest, "1 3D context in the guest");
    guest_expect_noise(gpu->guest, "Save of field virtio-gpu");
    gl_work_add(&work, 0xff708090, 500);
    gl_work_post(&work, &posts, NULL);
    post_simple(&posts, CMD_RESOURCE_UNREF, 0, work.target.id);
    post_simple(&posts, CMD_RESOURCE_UNREF, 0, work.paint.vertices.id);
    post_simple(&posts, CMD_CTX_DESTROY, 1, 0);
    posts_send(&posts, &create, sizeof(create));
    post_cursor(gpu);
    /* Then the end of the context waits for its work. */
    posts_wait(&posts, 0);
    g_usleep(20000);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'stop'}");
    harness_wait(is_not_blocked, gpu, "the end of the context");
    reason = migrate_refusal(gpu->guest, NULL);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'cont'}");
    posts_wait_all(&posts);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/gl-migration/blocked", test_blocked);
    harness_add("/gl-migration/blocked-until-reset",
                test_blocked_until_reset);
    harness_add("/gl-migration/blocked-after-cancel",
                test_blocked_after_cancel);
    harness_add("/gl-migration/only-migratable", test_only_migratable);
    harness_add("/gl-migration/texture", test_texture);
    harness_add("/gl-migration/images", test_images);
    harness_add("/gl-migration/images-refused", test_images_refused);
    harness_add("/gl-migration/snapshot", test_snapshot);
    harness_add("/gl-migration/context-before-cursor",
                test_context_before_cursor);
    return harness_run();
}
