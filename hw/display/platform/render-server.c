/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "render-server.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "relay.h"
#include "vulkan-driver.h"

#define DEFAULT_PROGRAM "/usr/libexec/virgl_render_server"

/* Where virglrenderer's own looking-up finds it. */
#define PROGRAM_VARIABLE "RENDER_SERVER_EXEC_PATH"

/* The end of the program's socket that it finds as that descriptor. */
#define CHILD_SOCKET 3

/* What a compiler of pipelines may need, and no person waits longer. */
#define USUAL_LIMIT_US (10 * G_USEC_PER_SEC)

/*
 * Address space is not memory: libraries, stacks, and what malloc() reserves
 * for the threads of a rasterizer.
 */
#define RESERVED_BYTES (4ull << 30)

/* The first to go when the host runs out of memory. */
#define OOM_SCORE "500"

/* The kernel's own part of what a socket has room for. */
#define MESSAGE_OVERHEAD 32

#define LINE_BYTES 256

struct vgpu_render_server {
    struct vgpu_render_server_options options;
    int socket;
    pid_t pid;                  /* 0: somebody else's */
    int said;                   /* its standard error, or -1 */
    char line[LINE_BYTES];      /* of that, so far; watch thread */
    size_t line_bytes;
    struct vgpu_relay relay;    /* watch thread */

    GThread *watch;
    int wake;                   /* eventfd, for the watch */
    GMutex lock;                /* of what follows */
    int64_t call_since_us;      /* 0: no call */
    bool watch_sleeps;          /* until it is woken */
    bool ends;
};

/* --- the program ------------------------------------------------------ */

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

static bool spawn(struct vgpu_render_server *server, char **env, int child_end,
                  char **error)
{
    const char *program = server->options.where
                          ?: g_environ_getenv(env, PROGRAM_VARIABLE)
                          ?: DEFAULT_PROGRAM;
    g_autofree char *socket = g_strdup_printf("%d", CHILD_SOCKET);
    const char *argv[] = { program, "--socket-fd", socket, NULL };
    const int target = CHILD_SOCKET;
    g_autoptr(GError) why = NULL;
    GPid pid;

    if (!g_spawn_async_with_pipes_and_fds(
            NULL, argv, (const char *const *)env,
            G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL,
            set_up_child, &server->options, -1, -1, -1, &child_end, &target, 1,
            &pid, NULL, NULL, &server->said, &why)) {
        *error = g_strdup_printf(
            "%s cannot be started (%s): install virgl-server; where programs "
            "may not be started (-sandbox spawn=deny, libvirt) start it outside "
            "and name its socket with render-server=unix:PATH", program,
            why->message);
        return false;
    }
    server->pid = pid;
    return true;
}

static bool start(struct vgpu_render_server *server, char **error)
{
    g_autofree char *driver = NULL, *layers = NULL;
    g_auto(GStrv) env = NULL;
    int ends[2];
    bool ok;

    if (!vgpu_vulkan_driver_find(server->options.is_software, &driver, error)) {
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
    ok = spawn(server, env, ends[1], error);
    close(ends[1]);
    server->socket = ends[0];
    return ok;
}

/* --- somebody else's -------------------------------------------------- */

static bool join(struct vgpu_render_server *server, const char *path,
                 char **error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >=
        sizeof(address.sun_path)) {
        *error = g_strdup_printf("render-server=unix:%s is too long for a "
                                 "socket", path);
        return false;
    }
    server->socket = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (server->socket < 0 ||
        connect(server->socket, (struct sockaddr *)&address,
                sizeof(address))) {
        *error = g_strdup_printf("render-server=unix:%s: %s: something has to "
                                 "listen there that starts virgl_render_server "
                                 "for each connection", path,
                                 g_strerror(errno));
        return false;
    }
    return true;
}

static bool reach(struct vgpu_render_server *server, char **error)
{
    const char *where = server->options.where;

    if (where && g_str_has_prefix(where, "unix:")) {
        return join(server, where + strlen("unix:"), error);
    }
    if (where && !g_path_is_absolute(where)) {
        *error = g_strdup_printf("render-server=%s is neither unix:PATH nor "
                                 "the path of a program", where);
        return false;
    }
    return start(server, error);
}

/* --- the watch -------------------------------------------------------- */

static void end_processes(const struct vgpu_render_server *server)
{
    if (server->pid) {
        kill(-server->pid, SIGKILL);
        /* Before it had its group. */
        kill(server->pid, SIGKILL);
    }
}

static void say(struct vgpu_render_server *server, const char *line)
{
    server->options.say(server->options.opaque, line);
}

static void warn(struct vgpu_render_server *server, const char *text)
{
    server->options.warn(server->options.opaque, text);
}

/*
 * Lines that are too long come in pieces.  They go to a log or a terminal, and its
 * processes have what a guest sends.
 */
static void pass_on(struct vgpu_render_server *server, const char *text,
                    size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '\n') {
            server->line[server->line_bytes++] =
                g_ascii_isprint(text[i]) ? text[i] : ' ';
        }
        if (server->line_bytes &&
            (text[i] == '\n' || server->line_bytes == LINE_BYTES - 1)) {
            server->line[server->line_bytes] = '\0';
            say(server, server->line);
            server->line_bytes = 0;
        }
    }
}

static void listen_to(struct vgpu_render_server *server)
{
    char text[LINE_BYTES];
    ssize_t bytes = read(server->said, text, sizeof(text));

    if (bytes > 0) {
        pass_on(server, text, bytes);
    } else if (bytes == 0 || errno != EINTR) {
        /* What has no end is said, too. */
        pass_on(server, "\n", 1);
        close(server->said);
        server->said = -1;
    }
}

/* How long the call under way may last, ms; -1: there is none. */
static int time_left(struct vgpu_render_server *server, bool *ends)
{
    int64_t left_us = -1;

    g_mutex_lock(&server->lock);
    *ends = server->ends;
    server->watch_sleeps = server->call_since_us == 0;
    if (server->call_since_us) {
        left_us = server->call_since_us + server->options.call_limit_us -
                  g_get_monotonic_time();
        left_us = MAX(left_us, 0);
    }
    g_mutex_unlock(&server->lock);
    return left_us < 0 ? -1 : (int)((left_us + 999) / 1000);
}

static void forget_wake(const struct vgpu_render_server *server)
{
    uint64_t count;
    ssize_t ignored = read(server->wake, &count, sizeof(count));

    (void)ignored;
}

static void wake(const struct vgpu_render_server *server)
{
    uint64_t one = 1;
    ssize_t ignored = write(server->wake, &one, sizeof(one));

    (void)ignored;
}

static void end_call(struct vgpu_render_server *server)
{
    g_autofree char *line =
        g_strdup_printf("a call took more than %g s: the render server is "
                        "ended, and all of the guest's Vulkan with it",
                        (double)server->options.call_limit_us / G_USEC_PER_SEC);

    warn(server, line);
    end_processes(server);
    /* Another's ends its processes when the connection goes. */
    vgpu_relay_end(&server->relay);
}

static gpointer watch(gpointer data)
{
    struct vgpu_render_server *server = data;
    bool ends;

    for (;;) {
        int left_ms = time_left(server, &ends);
        struct pollfd fds[] = {
            { .fd = server->wake, .events = POLLIN },
            { .fd = server->said, .events = POLLIN },
            { .fd = -1 }, { .fd = -1 },     /* the relay's */
        };

        if (ends) {
            return NULL;
        }
        if (left_ms == 0) {
            end_call(server);
            /* The call ends now; the next one is a new one. */
            poll(&fds[0], 1, USUAL_LIMIT_US / 1000);
        } else {
            vgpu_relay_prepare(&server->relay, &fds[2]);
            poll(fds, G_N_ELEMENTS(fds), left_ms);
        }
        if (fds[0].revents) {
            forget_wake(server);
        }
        if (fds[1].revents) {
            listen_to(server);
        }
        if (!vgpu_relay_turn(&server->relay, &fds[2])) {
            warn(server, "the render server has ended: the guest gets no "
                 "more contexts of Vulkan until QEMU is started again");
        }
    }
}

void vgpu_render_server_enter(struct vgpu_render_server *server)
{
    g_mutex_lock(&server->lock);
    server->call_since_us = g_get_monotonic_time();
    if (server->watch_sleeps) {
        server->watch_sleeps = false;
        wake(server);
    }
    g_mutex_unlock(&server->lock);
}

void vgpu_render_server_leave(struct vgpu_render_server *server)
{
    g_mutex_lock(&server->lock);
    server->call_since_us = 0;
    g_mutex_unlock(&server->lock);
}

/* --- life ------------------------------------------------------------- */

static void free_all(struct vgpu_render_server *server)
{
    if (server->pid) {
        end_processes(server);
        waitpid(server->pid, NULL, 0);
    }
    vgpu_relay_finish(&server->relay);
    if (server->socket >= 0) {
        close(server->socket);
    }
    if (server->said >= 0) {
        close(server->said);
    }
    if (server->wake >= 0) {
        close(server->wake);
    }
    g_mutex_clear(&server->lock);
    g_free(server);
}

struct vgpu_render_server *
vgpu_render_server_open(const struct vgpu_render_server_options *options,
                        char **error)
{
    struct vgpu_render_server *server = g_new0(struct vgpu_render_server, 1);

    server->options = *options;
    server->options.call_limit_us = options->call_limit_us ?: USUAL_LIMIT_US;
    server->socket = -1;
    server->said = -1;
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_mutex_init(&server->lock);
    if (!vgpu_relay_init(&server->relay) || server->wake < 0) {
        *error = g_strdup_printf("no descriptors: %s", g_strerror(errno));
        free_all(server);
        return NULL;
    }
    if (!reach(server, error)) {
        free_all(server);
        return NULL;
    }
    server->options.where = NULL;
    server->relay.server = server->socket;
    server->watch = g_thread_new("vgpu-venus", watch, server);
    return server;
}

void vgpu_render_server_close(struct vgpu_render_server *server)
{
    if (!server) {
        return;
    }
    g_mutex_lock(&server->lock);
    server->ends = true;
    g_mutex_unlock(&server->lock);
    wake(server);
    g_thread_join(server->watch);
    free_all(server);
}

int vgpu_render_server_connection(const struct vgpu_render_server *server)
{
    return fcntl(server->relay.library, F_DUPFD_CLOEXEC, 0);
}

int vgpu_render_server_take_socket(struct vgpu_render_server *server)
{
    return vgpu_relay_take_file(&server->relay);
}

/*
 * One message: the library sends what it can of a longer one and then fails, and
 * the server waits for the rest.
 */
uint64_t vgpu_render_server_max_message(const struct vgpu_render_server *server)
{
    int size = 0;
    socklen_t bytes = sizeof(size);

    getsockopt(server->socket, SOL_SOCKET, SO_SNDBUF, &size, &bytes);
    return size > MESSAGE_OVERHEAD ? size - MESSAGE_OVERHEAD : 0;
}
