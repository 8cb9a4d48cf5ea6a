/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The exporter: who is answered what, where it listens and where it does not,
 * and clients that mean no good.
 */
#include "metrics/exporter.h"

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http-client.h"

#define MANY 40                 /* clients; more than are served at a time */
#define LONG_S 20               /* more than a client has */

static const struct vgpu_exporter_ops *const exporter = &vgpu_http_exporter;

struct source {
    char *folder;
    unsigned texts;             /* atomic: how often it was asked */
    unsigned warnings;          /* atomic */
};

/* Larger than socket buffers are. */
static GString *collect(void *opaque)
{
    struct source *source = opaque;
    unsigned count = g_atomic_int_add(&source->texts, 1) + 1;
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "# text %u\n", count);
    for (unsigned i = 0; i < 100000; i++) {
        g_string_append(text, "metric_with_a_name 12345\n");
    }
    g_string_append(text, "# end\n");
    return text;
}

static void warn(void *opaque, const char *text)
{
    struct source *source = opaque;

    g_test_message("%s", text);
    g_atomic_int_inc(&source->warnings);
}

static void source_init(struct source *source)
{
    *source = (struct source) {
        .folder = g_dir_make_tmp("exporter-XXXXXX", NULL),
    };
    g_assert_nonnull(source->folder);
}

static void source_finish(struct source *source)
{
    /* Nothing is left in it. */
    g_assert_cmpint(g_rmdir(source->folder), ==, 0);
    g_free(source->folder);
}

static struct vgpu_exporter *try_start(struct source *source,
                                       const char *address, bool allow_remote,
                                       const char *textfile, char **error)
{
    const struct vgpu_exporter_config config = {
        .address = address,
        .allow_remote = allow_remote,
        .textfile = textfile,
        .collect = collect,
        .warn = warn,
        .opaque = source,
    };

    return exporter->start(&config, error);
}

static struct vgpu_exporter *start(struct source *source, const char *address)
{
    g_autofree char *error = NULL;
    struct vgpu_exporter *e = try_start(source, address, false, NULL, &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(e);
    return e;
}

/* To what @e says that it listens on. */
static int dial(struct vgpu_exporter *e)
{
    int fd = http_dial(exporter->address(e));

    g_assert_cmpint(fd, >=, 0);
    return fd;
}

static void put(int fd, const char *text)
{
    g_assert_true(http_put(fd, text));
}

static GString *ask(struct vgpu_exporter *e, const char *request)
{
    int fd = dial(e);

    put(fd, request);
    return http_drain(fd);
}

static void expect(struct vgpu_exporter *e, const char *request,
                   const char *status, const char *word)
{
    GString *answer = ask(e, request);

    g_assert_true(g_str_has_prefix(answer->str, status));
    g_assert_nonnull(strstr(answer->str, word));
    g_string_free(answer, true);
}

static void expect_works(struct vgpu_exporter *e)
{
    expect(e, GET_METRICS, "HTTP/1.1 200 ", "\n# end\n");
}

static void test_answers(void)
{
    struct source source;
    struct vgpu_exporter *e;
    GString *answer;

    source_init(&source);
    e = start(&source, "127.0.0.1:0");
    g_assert_cmpstr(exporter->address(e), !=, "127.0.0.1:0");
    expect_works(e);
    expect(e, GET_METRICS, "HTTP/1.1 200 ", "version=0.0.4");
    expect(e, "GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.", "\n# end\n");
    expect(e, "GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ",
           "\n# end\n");
    expect(e, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ",
           "/metrics");
    expect(e, "GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
           "HTTP/1.1 404 ", "/metrics");
    expect(e, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000"
           "\r\n\r\n", "HTTP/1.1 405 ", "Allow: GET, HEAD");
    answer = ask(e, "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    g_assert_true(g_str_has_prefix(answer->str, "HTTP/1.1 200 "));
    g_assert_true(g_str_has_suffix(answer->str, "\r\n\r\n"));
    g_string_free(answer, true);
    exporter->stop(e);
    source_finish(&source);
}

/* Who asks all the time gets what was there just now. */
static void test_often(void)
{
    struct source source;
    struct vgpu_exporter *e;
    int64_t since = g_get_monotonic_time();
    unsigned most;

    source_init(&source);
    e = start(&source, "127.0.0.1:0");
    for (unsigned i = 0; i < 50; i++) {
        expect_works(e);
    }
    most = 1 + (g_get_monotonic_time() - since) / 200000;
    g_assert_cmpuint(g_atomic_int_get(&source.texts), <=, most);
    exporter->stop(e);
    source_finish(&source);
}

static void test_unix(void)
{
    struct source source;
    struct vgpu_exporter *e;
    g_autofree char *path = NULL;
    g_autofree char *address = NULL;
    g_autofree char *error = NULL;
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int left;

    source_init(&source);
    path = g_build_filename(source.folder, "socket", NULL);
    address = g_strdup_printf("unix:%s", path);
    /* A process that is gone left it. */
    left = socket(AF_UNIX, SOCK_STREAM, 0);
    g_strlcpy(name.sun_path, path, sizeof(name.sun_path));
    g_assert_cmpint(bind(left, (struct sockaddr *)&name, sizeof(name)), ==, 0);
    close(left);
    e = start(&source, address);
    expect_works(e);
    /* One that is there is left alone. */
    g_assert_null(try_start(&source, address, false, NULL, &error));
    g_assert_nonnull(strstr(error, "another path"));
    expect_works(e);
    exporter->stop(e);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    source_finish(&source);
}

/* A file of the user's is not a socket that was left. */
static void test_unix_file(void)
{
    struct source source;
    g_autofree char *path = NULL;
    g_autofree char *address = NULL;
    g_autofree char *error = NULL;

    source_init(&source);
    path = g_build_filename(source.folder, "file", NULL);
    address = g_strdup_printf("unix:%s", path);
    g_assert_true(g_file_set_contents(path, "mine", -1, NULL));
    g_assert_null(try_start(&source, address, false, NULL, &error));
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_cmpint(g_unlink(path), ==, 0);
    source_finish(&source);
}

static void test_refusals(void)
{
    static const struct {
        const char *address;
        bool allow_remote;
        const char *textfile;
        const char *word;
    } cases[] = {
        { "0.0.0.0:0", .word = "metrics-allow-remote=on" },
        { "[::]:0", .word = "metrics-allow-remote=on" },
        { "192.0.2.1:9177", .word = "metrics-allow-remote=on" },
        { "192.0.2.1:9177", true, .word = "address of this host" },
        { "localhost:9177", .word = "numeric" },
        { "127.0.0.1", .word = "numeric" },
        { "127.0.0.1:", .word = "numeric" },
        { "127.0.0.1:65536", .word = "numeric" },
        { ":9177", .word = "numeric" },
        { "::1:9177", .word = "numeric" },
        { "", .word = "numeric" },
        { "unix:", .word = "numeric" },
        { "unix:/nowhere/at/all", .word = "folder" },
        { "unix:/tmp/0123456789012345678901234567890123456789012345678901234567"
          "8901234567890123456789012345678901234567890123456789",
          .word = "shorter" },
        { .textfile = "/nowhere/at/all.prom", .word = "folder" },
        { .textfile = "/tmp/metrics.txt", .word = ".prom" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct source source;
        g_autofree char *error = NULL;

        source_init(&source);
        g_assert_null(try_start(&source, cases[i].address,
                                cases[i].allow_remote, cases[i].textfile,
                                &error));
        g_test_message("%s", error);
        g_assert_nonnull(strstr(error, cases[i].word));
        g_assert_null(strchr(error, '\n'));
        source_finish(&source);
    }
}

static void test_allowed(void)
{
    struct source source;
    g_autofree char *error = NULL;
    struct vgpu_exporter *e;

    source_init(&source);
    e = try_start(&source, "0.0.0.0:0", true, NULL, &error);
    g_assert_nonnull(e);
    expect_works(e);
    exporter->stop(e);
    source_finish(&source);
}

/* Its own port is not free twice. */
static void test_in_use(void)
{
    struct source source;
    g_autofree char *address = NULL;
    g_autofree char *error = NULL;
    struct vgpu_exporter *e;

    source_init(&source);
    e = start(&source, "127.0.0.1:0");
    address = g_strdup(exporter->address(e));
    g_assert_null(try_start(&source, address, false, NULL, &error));
    g_assert_nonnull(strstr(error, "port"));
    exporter->stop(e);
    /* And at once after it. */
    e = start(&source, address);
    expect_works(e);
    exporter->stop(e);
    source_finish(&source);
}

static void test_garbage(void)
{
    struct source source;
    struct vgpu_exporter *e;
    GRand *rand = g_rand_new_with_seed(1);

    source_init(&source);
    e = start(&source, "127.0.0.1:0");
    for (unsigned i = 0; i < 200; i++) {
        int fd = dial(e);
        unsigned bytes = g_rand_int_range(rand, 0, 20000);

        /* The other end may close in the middle. */
        for (unsigned j = 0; j < bytes; j++) {
            char byte = g_rand_int_range(rand, 0, 256);

            if (send(fd, &byte, 1, MSG_NOSIGNAL) < 0) {
                break;
            }
        }
        close(fd);
    }
    expect_works(e);
    exporter->stop(e);
    source_finish(&source);
    g_rand_free(rand);
}

/*
 * Clients that say nothing, that send a byte now and then, and that do not read:
 * each is ended after its time, and who asks in the end is answered.
 */
static void test_slow(void)
{
    struct source source;
    struct vgpu_exporter *e;
    int64_t since = g_get_monotonic_time();
    int fds[MANY];
    bool open[MANY];

    source_init(&source);
    e = start(&source, "127.0.0.1:0");
    for (unsigned i = 0; i < MANY; i++) {
        fds[i] = dial(e);
        open[i] = true;
        put(fds[i], i % 3 == 2 ? GET_METRICS : "GET /met");
    }
    while (g_get_monotonic_time() - since < LONG_S * G_USEC_PER_SEC) {
        for (unsigned i = 0; i < MANY; i++) {
            if (i % 3 == 1 && open[i]) {
                open[i] = send(fds[i], "x", 1, MSG_NOSIGNAL) == 1;
            }
        }
        g_usleep(200000);
    }
    /* Those that were served first are gone. */
    g_assert_false(open[1]);
    for (unsigned i = 0; i < MANY; i++) {
        close(fds[i]);
    }
    expect_works(e);
    exporter->stop(e);
    source_finish(&source);
}

/* Stop does not wait for clients. */
static void test_stop(void)
{
    struct source source;
    struct vgpu_exporter *e;
    int silent, reading;

    source_init(&source);
    e = start(&source, "127.0.0.1:0");
    silent = dial(e);
    reading = dial(e);
    put(reading, GET_METRICS);
    expect_works(e);
    exporter->stop(e);
    g_string_free(http_drain(silent), true);
    g_string_free(http_drain(reading), true);
    source_finish(&source);
}

static char *read_file(const char *path)
{
    char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* Whole whenever it is read, newer after a while, gone in the end. */
static void test_textfile(void)
{
    struct source source;
    struct vgpu_exporter *e;
    g_autofree char *path = NULL;
    g_autofree char *first = NULL;
    g_autofree char *error = NULL;
    bool renewed = false;

    source_init(&source);
    path = g_build_filename(source.folder, "vm.prom", NULL);
    e = try_start(&source, NULL, false, path, &error);
    g_assert_nonnull(e);
    g_assert_null(exporter->address(e));
    first = read_file(path);
    for (unsigned i = 0; i < 2 * LONG_S * 1000 && !renewed; i++) {
        g_autofree char *text = read_file(path);

        g_assert_true(g_str_has_prefix(text, "# text "));
        g_assert_true(g_str_has_suffix(text, "\n# end\n"));
        renewed = !g_str_equal(text, first);
        g_usleep(1000);
    }
    g_assert_true(renewed);
    exporter->stop(e);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    source_finish(&source);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/exporter/answers", test_answers);
    g_test_add_func("/exporter/often", test_often);
    g_test_add_func("/exporter/unix", test_unix);
    g_test_add_func("/exporter/unix-file", test_unix_file);
    g_test_add_func("/exporter/refusals", test_refusals);
    g_test_add_func("/exporter/allowed", test_allowed);
    g_test_add_func("/exporter/in-use", test_in_use);
    g_test_add_func("/exporter/garbage", test_garbage);
    g_test_add_func("/exporter/slow", test_slow);
    g_test_add_func("/exporter/stop", test_stop);
    g_test_add_func("/exporter/textfile", test_textfile);
    return g_test_run();
}
