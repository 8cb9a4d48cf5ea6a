/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "render-program.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "render-server.h"
#include "vulkan-driver.h"

#define DEFAULT_PROGRAM "/usr/libexec/virgl_render_server"

/* Where virglrenderer's own looking-up finds it. */
#define PROGRAM_VARIABLE "RENDER_SERVER_EXEC_PATH"

/* The end of the program's socket that it finds as that descriptor. */
#define CHILD_SOCKET 3

/*
 * Address space is not memory: libraries, stacks, and what malloc() reserves
 * for the threads of a rasterizer.
 */
#define RESERVED_BYTES (4ull << 30)

/* The first to go when the host runs out of memory. */
#define OOM_SCORE "500"

static void limit(int resource, uint64_t bytes)
{
    struct rlimit limit = { bytes, bytes };

    setrlimit(resource, &limit);
}

static void be_killed_first(void)
{
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

    if (file >= 0) {
        ssize_t ignored = write(file, OOM_SCORE, strlen(OOM_SCORE));

        (void)ignored;
        close(file);
    }
}

/*
 * In the child, where only functions that are safe in a signal handler are.  The
 * group is what we end it by; our threads block signals.
 */
static void set_up_child(gpointer data)
{
    const struct vgpu_render_server_options *options = data;
    sigset_t none;

    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGCHLD, SIG_DFL);
    be_killed_first();
    if (options->process_bytes) {
        limit(RLIMIT_DATA, options->process_bytes);
        limit(RLIMIT_AS, MIN(options->process_bytes,
                             UINT64_MAX - RESERVED_BYTES) + RESERVED_BYTES);
    }
}

/* What the loader's variable, a list, has and one more. */
static char **add_to_list(char **env, const char *variable, const char *item)
{
    const char *old = g_environ_getenv(env, variable);
    g_autofree char *list = old && *old ? g_strdup_printf("%s:%s", item, old)
                                        : g_strdup(item);

    return g_environ_setenv(env, variable, list, TRUE);
}

static char **child_environment(const char *driver, const char *layers)
{
    char **env = g_get_environ();

    /* Else each thread of the rasterizer reserves address space. */
    env = g_environ_setenv(env, "MALLOC_ARENA_MAX", "4", FALSE);
    if (driver) {
        env = g_environ_setenv(env, "VK_DRIVER_FILES", driver, TRUE);
        env = g_environ_setenv(env, "VK_ICD_FILENAMES", driver, TRUE);
    }
    env = add_to_list(env, "VK_ADD_LAYER_PATH", layers);
    env = add_to_list(env, "VK_INSTANCE_LAYERS", VGPU_VULKAN_LAYER);
    return env;
}

static bool spawn(struct vgpu_render_program *program,
                  const struct vgpu_render_server_options *options, char **env,
                  int child_end, char **error)
{
    const char *path = options->where
                          ?: g_environ_getenv(env, PROGRAM_VARIABLE)
                          ?: DEFAULT_PROGRAM;
    g_autofree char *socket = g_strdup_printf("%d", CHILD_SOCKET);
    const char *argv[] = { path, "--socket-fd", socket, NULL };
    const int target = CHILD_SOCKET;
    g_autoptr(GError) why = NULL;
    GPid pid;

    if (!g_spawn_async_with_pipes_and_fds(
            NULL, argv, (const char *const *)env,
            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
            set_up_child, (gpointer)options, -1, -1, -1, &child_end, &target, 1,
            &pid, NULL, NULL, &program->said, &why)) {
        *error = g_strdup_printf(
            "%s cannot be started (%s): install virgl-server; where programs "
            "may not be started (-sandbox spawn=deny, libvirt) start it outside "
            "and name its socket with render-server=unix:PATH", path,
            why->message);
        return false;
    }
    program->pid = pid;
    return true;
}

static bool start(struct vgpu_render_program *program,
                  const struct vgpu_render_server_options *options,
                  char **error)
{
    g_autofree char *driver = NULL, *layers = NULL;
    g_auto(GStrv) env = NULL;
    int ends[2];
    bool ok;

    if (!vgpu_vulkan_driver_find(options->is_software, &driver, error)) {
        return false;
    }
    layers = vgpu_vulkan_layer_find(error);
    if (!layers) {
        return false;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
        *error = g_strdup_printf("no socket for it: %s", g_strerror(errno));
        return false;
    }
    env = child_environment(driver, layers);
    ok = spawn(program, options, env, ends[1], error);
    close(ends[1]);
    program->socket = ends[0];
    return ok;
}

static bool join(struct vgpu_render_program *program, const char *path,
                 char **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
        sizeof(address.sun_path)) {
        *error = g_strdup_printf("render-server=unix:%s is too long for a "
                                 "socket", path);
        return false;
    }
    program->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (program->socket < 0 ||
        connect(program->socket, (struct sockaddr *)&address,
                sizeof(address))) {
        *error = g_strdup_printf("render-server=unix:%s: %s: something has to "
                                 "listen there that starts virgl_render_server "
                                 "for each connection", path,
                                 g_strerror(errno));
        return false;
    }
    return true;
}

bool vgpu_render_program_reach(struct vgpu_render_program *program,
                               const struct vgpu_render_server_options *options,
                               char **error)
{
    const char *where = options->where;

    if (where && g_str_has_prefix(where, "unix:")) {
        return join(program, where + strlen("unix:"), error);
    }
    if (where && !g_path_is_absolute(where)) {
        *error = g_strdup_printf("render-server=%s is neither unix:PATH nor "
                                 "the path of a program", where);
        return false;
    }
    return start(program, options, error);
}

void vgpu_render_program_init(struct vgpu_render_program *program)
{
    *program = (struct vgpu_render_program) { .socket = -1, .said = -1 };
}

void vgpu_render_program_end(const struct vgpu_render_program *program)
{
    if (program->pid) {
        kill(-program->pid, SIGKILL);
        /* Before it had its group. */
        kill(program->pid, SIGKILL);
    }
}

void vgpu_render_program_finish(struct vgpu_render_program *program)
{
    if (program->pid) {
        vgpu_render_program_end(program);
        waitpid(program->pid, NULL, 0);
    }
    if (program->socket >= 0) {
        close(program->socket);
    }
    if (program->said >= 0) {
        close(program->said);
    }
}
