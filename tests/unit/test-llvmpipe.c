/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Fences of llvmpipe are not freed while they are signalled.  The real Mesa
 * draws; the moment that matters is made long by functions of the C library's
 * that stand here before its own.
 */
#include "platform/llvmpipe.h"

#include <dlfcn.h>
#include <epoxy/gl.h>
#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/egl.h"

#define THREADS 2
#define THREAD_NAME "llvmpipe-"

/* The last signal of a scene takes until two more are drawn, or so long. */
#define STEPS_IN_SIGNAL 30
#define STEP_US 100

#define SCENES 200
#define PICTURES 4
#define PICTURE_PX 64

/* What the guard waits for a mutex: so often, so long, 5 s in all. */
#define WAIT_STEPS 50
#define WAIT_STEP_NS (100 * 1000 * 1000)

typedef int cond_fn(pthread_cond_t *cond);
typedef int lock_fn(pthread_mutex_t *mutex, clockid_t clock,
                    const struct timespec *until);

/* What each of Mesa's threads is waking, or NULL. */
static pthread_cond_t *_Atomic signalled[THREADS];
static atomic_uint scenes, signals, early_ends;

/* How often the guard waited, and how many of its next waits are over at once. */
static unsigned waits, waits_to_end;

/* --- in the C library's place ------------------------------------------ */

static pthread_cond_t *_Atomic *place_of_thread(void)
{
    char name[16] = "";
    unsigned long number;

    pthread_getname_np(pthread_self(), name, sizeof(name));
    if (!g_str_has_prefix(name, THREAD_NAME)) {
        return NULL;
    }
    number = strtoul(name + strlen(THREAD_NAME), NULL, 10);
    g_assert_cmpuint(number, <, THREADS);
    return &signalled[number];
}

int pthread_cond_broadcast(pthread_cond_t *cond)
{
    cond_fn *real = (cond_fn *)dlsym(RTLD_NEXT, "pthread_cond_broadcast");
    pthread_cond_t *_Atomic *place = place_of_thread();
    unsigned number;
    int ret;

    if (!place) {
        return real(cond);
    }
    atomic_store(place, cond);
    number = atomic_fetch_add(&signals, 1) + 1;
    for (unsigned i = 0; number % THREADS == 0 && i < STEPS_IN_SIGNAL &&
                         atomic_load(&scenes) < number / THREADS + 2; i++) {
        g_usleep(STEP_US);
    }
    ret = real(cond);
    atomic_store(place, NULL);
    return ret;
}

/* One that is too early waits, so that the test goes on. */
int pthread_cond_destroy(pthread_cond_t *cond)
{
    cond_fn *real = (cond_fn *)dlsym(RTLD_NEXT, "pthread_cond_destroy");

    for (unsigned i = 0; i < THREADS; i++) {
        if (atomic_load(&signalled[i]) == cond) {
            atomic_fetch_add(&early_ends, 1);
            while (atomic_load(&signalled[i]) == cond) {
                g_usleep(STEP_US);
            }
        }
    }
    return real(cond);
}

/* Only the guard calls it.  As after SIGCONT: the deadline is past. */
int pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock,
                            const struct timespec *until)
{
    lock_fn *real = (lock_fn *)dlsym(RTLD_NEXT, "pthread_mutex_clocklock");
    struct timespec now;
    int64_t ns;

    clock_gettime(clock, &now);
    ns = (until->tv_sec - now.tv_sec) * G_GINT64_CONSTANT(1000000000) +
         until->tv_nsec - now.tv_nsec;
    g_assert_cmpint(ns, <=, WAIT_STEP_NS);
    g_assert_cmpint(until->tv_nsec, <, 1000000000);
    waits++;
    if (waits_to_end > 0) {
        waits_to_end--;
        return ETIMEDOUT;
    }
    return real(mutex, clock, until);
}

/* --- the real Mesa ------------------------------------------------------ */

static void make_pictures(GLuint framebuffers[PICTURES])
{
    GLuint textures[PICTURES];

    glGenTextures(PICTURES, textures);
    glGenFramebuffers(PICTURES, framebuffers);
    for (unsigned i = 0; i < PICTURES; i++) {
        glBindTexture(GL_TEXTURE_2D, textures[i]);
        glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, PICTURE_PX, PICTURE_PX, 0,
                     GL_RGBA, GL_UNSIGNED_BYTE, NULL);
        glBindFramebuffer(GL_FRAMEBUFFER, framebuffers[i]);
        glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0,
                               GL_TEXTURE_2D, textures[i], 0);
    }
}

/* One scene each, and no more than one that nobody signals yet. */
static void draw_scenes(unsigned count)
{
    GLuint framebuffers[PICTURES];

    make_pictures(framebuffers);
    for (unsigned i = 0; i < count && !atomic_load(&early_ends); i++) {
        glBindFramebuffer(GL_FRAMEBUFFER, framebuffers[i % PICTURES]);
        glClearColor((GLfloat)(i % 2), 1, 0, 1);
        glClear(GL_COLOR_BUFFER_BIT);
        glFlush();
        atomic_fetch_add(&scenes, 1);
        while (atomic_load(&signals) < i * THREADS) {
            g_usleep(STEP_US);
        }
    }
    glFinish();
}

static void draw(bool is_guarded)
{
    g_autofree char *error = NULL;
    struct vgpu_egl *egl;
    void *context;

    g_setenv("LP_NUM_THREADS", G_STRINGIFY(THREADS), TRUE);
    egl = vgpu_egl_open_software(&error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(g_str_has_prefix(vgpu_egl_renderer(egl), "llvmpipe"));
    g_assert_true(!is_guarded || vgpu_llvmpipe_guard_fences());
    context = vgpu_egl_create_context(egl, NULL, 3, 2);
    g_assert_true(vgpu_egl_make_current(egl, context));
    draw_scenes(SCENES);
    vgpu_egl_destroy_context(egl, context);
    vgpu_egl_close(egl);
    g_test_message("%u signals, %u fences freed too early",
                   atomic_load(&signals), atomic_load(&early_ends));
    g_assert_cmpuint(atomic_load(&signals), >, 0);
}

/* The guard stays: each has a process of its own. */
static void test_guarded(void)
{
    g_test_trap_subprocess("/llvmpipe/guarded/subprocess", 0, 0);
    g_test_trap_assert_passed();
}

static void test_guarded_subprocess(void)
{
    draw(true);
    g_assert_cmpuint(atomic_load(&early_ends), ==, 0);
}

/* Without the fault the guard has no use: a later Mesa is no failure of ours. */
static void test_fault(void)
{
    g_test_trap_subprocess("/llvmpipe/fault/subprocess", 0, 0);
    if (!g_test_trap_has_passed()) {
        g_test_skip("this Mesa frees no fence too early: platform/llvmpipe.c may "
                    "go, when no supported one does");
    }
}

static void test_fault_subprocess(void)
{
    draw(false);
    if (atomic_load(&early_ends) == 0) {
        g_error("no fence was freed too early");
    }
}

/* --- stand-ins for its libraries ----------------------------------------- */

struct linking {
    const char *library;
    bool is_guarded;
};

static const struct linking linkings[] = {
    { "libgallium-lazy", true },
    { "libgallium-now", true },
    { "libgallium-none", false },
    { "libvulkan_lvp", true },
    { "iris_dri", true },
};

typedef void destroy_fn(pthread_mutex_t *mutex);

struct holder {
    pthread_mutex_t mutex;
    atomic_bool holds, is_through;
};

static gpointer hold(gpointer opaque)
{
    struct holder *holder = opaque;

    pthread_mutex_lock(&holder->mutex);
    atomic_store(&holder->holds, true);
    g_usleep(200 * STEP_US);
    atomic_store(&holder->is_through, true);
    pthread_mutex_unlock(&holder->mutex);
    return NULL;
}

static char *path_of(const char *name)
{
    return g_strdup_printf("%s/%s.so", g_getenv("FAKE_DRIVERS"), name);
}

static destroy_fn *load(const char *path)
{
    void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);

    g_assert_nonnull(library);
    return (destroy_fn *)dlsym(library, "fake_driver_destroy");
}

static void expect_wait(destroy_fn *destroy, bool is_guarded)
{
    struct holder holder = { .mutex = PTHREAD_MUTEX_INITIALIZER };
    GThread *thread = g_thread_new("holder", hold, &holder);

    while (!atomic_load(&holder.holds)) {
        g_usleep(STEP_US);
    }
    destroy(&holder.mutex);
    g_assert_cmpint(atomic_load(&holder.is_through), ==, is_guarded);
    g_thread_join(thread);
}

static void test_linking(gconstpointer data)
{
    const struct linking *c = data;
    g_autofree char *path = path_of(c->library);
    destroy_fn *destroy = load(path);

    g_assert_cmpint(vgpu_llvmpipe_guard_fences(), ==, c->is_guarded);
    g_assert_cmpint(vgpu_llvmpipe_guard_fences(), ==, c->is_guarded);
    expect_wait(destroy, c->is_guarded);
}

/* The outcome is the worst of them; what can be guarded is. */
static void test_two(void)
{
    g_autofree char *none = path_of("libgallium-none");
    g_autofree char *lavapipe = path_of("libvulkan_lvp");
    destroy_fn *destroy = load(lavapipe);

    g_assert_true(vgpu_llvmpipe_guard_fences());
    load(none);
    g_assert_false(vgpu_llvmpipe_guard_fences());
    expect_wait(destroy, true);
}

/* As linked with -z rodynamic: glibc leaves offsets in it as they are. */
static void test_readonly_dynamic(void)
{
    g_autofree char *from = path_of("libgallium-now");
    g_autofree char *directory = g_dir_make_tmp("llvmpipe-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "libgallium-ro.so",
                                             NULL);
    g_autofree char *file = NULL;
    ElfW(Phdr) *headers;
    destroy_fn *destroy;
    gsize bytes;

    g_assert_true(g_file_get_contents(from, &file, &bytes, NULL));
    headers = (ElfW(Phdr) *)(file + ((ElfW(Ehdr) *)file)->e_phoff);
    for (unsigned i = 0; i < ((ElfW(Ehdr) *)file)->e_phnum; i++) {
        if (headers[i].p_type == PT_DYNAMIC) {
            headers[i].p_flags &= ~(ElfW(Word))PF_W;
        }
    }
    g_assert_true(g_file_set_contents(path, file, (gssize)bytes, NULL));
    destroy = load(path);
    g_assert_true(vgpu_llvmpipe_guard_fences());
    expect_wait(destroy, true);
    g_unlink(path);
    g_rmdir(directory);
}

/* One wait is over since the process was stopped: the holder has the others. */
static void test_stopped(void)
{
    g_autofree char *path = path_of("libgallium-lazy");
    destroy_fn *destroy = load(path);

    g_assert_true(vgpu_llvmpipe_guard_fences());
    waits_to_end = 1;
    expect_wait(destroy, true);
    g_assert_cmpuint(waits, ==, 2);
}

/* One that nobody gives back does not keep the driver for ever. */
static void test_never_free(void)
{
    g_autofree char *path = path_of("libgallium-lazy");
    destroy_fn *destroy = load(path);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    g_assert_true(vgpu_llvmpipe_guard_fences());
    pthread_mutex_lock(&mutex);
    waits_to_end = WAIT_STEPS + 1;
    destroy(&mutex);
    g_assert_cmpuint(waits, ==, WAIT_STEPS);
}

static void test_nothing_loaded(void)
{
    g_assert_false(vgpu_llvmpipe_guard_fences());
}

/* Each has a process of its own, where nothing else is loaded. */
static void test_alone(gconstpointer inner)
{
    g_test_trap_subprocess(inner, 0, 0);
    g_test_trap_assert_passed();
}

static void add_linking(const struct linking *linking)
{
    g_autofree char *path = g_strconcat("/llvmpipe/linked/", linking->library,
                                        NULL);
    char *inner = g_strconcat(path, "/subprocess", NULL);

    g_test_add_data_func_full(path, inner, test_alone, g_free);
    g_test_add_data_func(inner, linking, test_linking);
}

static void add_alone(const char *name, GTestFunc function)
{
    g_autofree char *path = g_strconcat("/llvmpipe/", name, NULL);
    char *inner = g_strconcat(path, "/subprocess", NULL);

    g_test_add_data_func_full(path, inner, test_alone, g_free);
    g_test_add_func(inner, function);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/llvmpipe/nothing-loaded", test_nothing_loaded);
    for (size_t i = 0; i < G_N_ELEMENTS(linkings); i++) {
        add_linking(&linkings[i]);
    }
    add_alone("two", test_two);
    add_alone("readonly-dynamic", test_readonly_dynamic);
    add_alone("stopped", test_stopped);
    add_alone("never-free", test_never_free);
    g_test_add_func("/llvmpipe/guarded", test_guarded);
    g_test_add_func("/llvmpipe/guarded/subprocess", test_guarded_subprocess);
    g_test_add_func("/llvmpipe/fault", test_fault);
    g_test_add_func("/llvmpipe/fault/subprocess", test_fault_subprocess);
    return g_test_run();
}
