/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "render-process.h"

#include "gpu.h"
#include "harness.h"
#include "libqtest.h"

#define PROGRAM "/usr/libexec/virgl_render_server"
#define DRIVERS "/usr/share/vulkan/icd.d"

static struct {
    char *path;                 /* of the socket, NULL: QEMU starts it */
    pid_t listener;
} outside;

/* --- outside of QEMU -------------------------------------------------- */

static void serve(int connection)
{
    g_autofree char *number = g_strdup_printf("%d", connection);

    if (fork() == 0) {
        /* The server waits for its children. */
        signal(SIGCHLD, SIG_DFL);
        fcntl(connection, F_SETFD, 0);
        execl(PROGRAM, PROGRAM, "--socket-fd", number, NULL);
        _exit(1);
    }
    close(connection);
}

static void listen_for_ever(int socket)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    /* Whoever reads the test's output waits for the last to have it. */
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    for (;;) {
        int connection = accept4(socket, NULL, NULL, SOCK_CLOEXEC);

        if (connection >= 0) {
            serve(connection);
        }
    }
}

static void start_outside(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    outside.path = g_strdup_printf("%s/render-%d", g_get_tmp_dir(), getpid());
    g_strlcpy(address.sun_path, outside.path, sizeof(address.sun_path));
    unlink(outside.path);
    g_assert_cmpint(bind(listening, (struct sockaddr *)&address,
                         sizeof(address)), ==, 0);
    g_assert_cmpint(listen(listening, 8), ==, 0);
    outside.listener = fork();
    if (outside.listener == 0) {
        listen_for_ever(listening);
    }
    close(listening);
}

static void no_server(void)
{
    harness_skip("no virgl-server or no Vulkan driver (mesa-vulkan-drivers)");
}

bool render_process_start(void)
{
    const char *arguments = g_getenv("QTEST_QEMU_ARGUMENTS");

    if (access(PROGRAM, X_OK) || access(DRIVERS, R_OK)) {
        harness_add("/gl-venus/all", no_server);
        return false;
    }
    if (arguments && strstr(arguments, "spawn=deny")) {
        start_outside();
    }
    return true;
}

bool render_process_is_outside(void)
{
    return outside.path != NULL;
}

char *render_process_properties(const char *others)
{
    return outside.path ? g_strdup_printf("%s,render-server=unix:%s", others,
                                          outside.path)
                        : g_strdup(others);
}

/* --- which of them ---------------------------------------------------- */

/* Field 4 of proc(5)'s stat, behind a name that may contain anything. */
static pid_t parent_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
    g_autofree char *text = NULL;
    const char *behind;
    int parent = 0;

    if (g_file_get_contents(path, &text, NULL, NULL) &&
        (behind = strrchr(text, ')'))) {
        sscanf(behind, ") %*c %d", &parent);
    }
    return parent;
}

/* Of @parent; to be freed. */
static GArray *children_of(pid_t parent)
{
    g_autoptr(GDir) dir = g_dir_open("/proc", 0, NULL);
    GArray *children = g_array_new(FALSE, FALSE, sizeof(pid_t));
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        pid_t pid = atoi(name);

        if (pid > 0 && parent_of(pid) == parent) {
            g_array_append_val(children, pid);
        }
    }
    return children;
}

/* The newest: those of earlier cases may not have ended. */
static pid_t server_of(pid_t starter)
{
    g_autoptr(GArray) children = children_of(starter);
    pid_t newest = 0;

    for (guint i = 0; i < children->len; i++) {
        newest = MAX(newest, g_array_index(children, pid_t, i));
    }
    return newest;
}

static void signal_children(pid_t parent, int number)
{
    g_autoptr(GArray) children = children_of(parent);

    expect_true(children->len > 0, "processes of contexts");
    for (guint i = 0; i < children->len; i++) {
        kill(g_array_index(children, pid_t, i), number);
    }
}

static pid_t find_server(struct gpu *gpu)
{
    pid_t starter = outside.listener ?: qtest_pid(gpu->guest->qts);
    pid_t server = server_of(starter);

    expect_true(server != 0, "a render server below process %d", starter);
    return server;
}

static uint64_t data_limit_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/limits", pid);
    g_autofree char *text = NULL;
    const char *line;
    uint64_t soft = 0, hard = 1;

    expect_true(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
    line = strstr(text, "Max data size");
    expect_true(line && sscanf(line, "Max data size %" SCNu64 " %" SCNu64,
                               &soft, &hard) == 2, "a limit in %s", text);
    expect_eq(soft, hard, "the limit that the process may set itself");
    return soft;
}

uint64_t render_process_data_limit(struct gpu *gpu)
{
    pid_t server = find_server(gpu);
    g_autoptr(GArray) children = children_of(server);
    uint64_t limit = data_limit_of(server);

    expect_true(children->len > 0, "processes of contexts");
    for (guint i = 0; i < children->len; i++) {
        expect_eq(data_limit_of(g_array_index(children, pid_t, i)), limit,
                  "the limit of a context's process");
    }
    return limit;
}

void render_process_freeze(struct gpu *gpu)
{
    signal_children(find_server(gpu), SIGSTOP);
}

void render_process_kill(struct gpu *gpu, enum render_process which)
{
    pid_t server = find_server(gpu);

    /* First: it would not end its own any more. */
    if (which == RENDER_SERVER) {
        kill(server, SIGSTOP);
    }
    signal_children(server, SIGKILL);
    if (which == RENDER_SERVER) {
        kill(server, SIGKILL);
    }
}
