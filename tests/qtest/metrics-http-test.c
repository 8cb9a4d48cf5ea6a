/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * metrics= and metrics-textfile=: what QEMU serves, for as long as it lives,
 * whoever connects.
 */
#include "qemu/osdep.h"

#include <arpa/inet.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "libqtest.h"
#include "draw.h"
#include "gpu.h"
#include "harness.h"
#include "qobject/qdict.h"

#define GET "GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n"

static char *address_of(struct guest *guest, const char *id)
{
    g_autofree char *path = g_strdup_printf(
        "/machine/peripheral/%s/virtio-backend", id);
    QDict *reply = qtest_qmp(guest->qts,
                             "{'execute': 'qom-get', 'arguments': {'path': "
                             "%s, 'property': 'metrics-address'}}", path);
    char *address;

    expect_true(qdict_haskey(reply, "return"), "no address of %s", id);
    address = g_strdup(qdict_get_str(reply, "return"));
    qobject_unref(reply);
    return address;
}

static int dial(const char *address)
{
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    struct sockaddr_in name = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    bool is_unix = g_str_has_prefix(address, "unix:");
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

    if (is_unix) {
        g_strlcpy(local.sun_path, address + strlen("unix:"),
                  sizeof(local.sun_path));
    } else {
        name.sin_port = htons(atoi(strrchr(address, ':') + 1));
    }
    expect_true(connect(fd, is_unix ? (struct sockaddr *)&local
                                    : (struct sockaddr *)&name,
                        is_unix ? sizeof(local) : sizeof(name)) == 0,
                "no connection to %s: %s", address, strerror(errno));
    return fd;
}

/* A text is kept for a fifth of a second: one that is newer than this call. */
static void let_it_age(void)
{
    g_usleep(300000);
}

/* What is served there, to be freed. */
static char *scrape(const char *address)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int fd = dial(address);
    char buffer[4096];
    ssize_t got;

    expect_eq(write(fd, GET, strlen(GET)), strlen(GET), "bytes written");
    while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
        g_string_append_len(text, buffer, got);
    }
    close(fd);
    expect_true(g_str_has_prefix(text->str, "HTTP/1.1 200 "),
                "an answer and not: %.60s", text->str);
    return g_strdup(text->str);
}

static void expect_served(const char *address, const char *line)
{
    g_autofree char *text = scrape(address);

    expect_true(strstr(text, line), "a line \"%s\" in: %s", line, text);
}

static void create(struct gpu *gpu, uint32_t id)
{
    draw_create(gpu, id, FORMAT_B8G8R8X8, 64, 64);
}

#define CREATED(device, count) \
    "\nqemu_virtio_gpu_requests_total{domain=\"\",device=\"" device "\"," \
    "queue=\"ctrl\",command=\"RESOURCE_CREATE_2D\",result=\"OK\"} " count "\n"

/* A VM that stands still is seen as well. */
static void test_tcp(void)
{
    struct gpu *gpu = gpu_boot_with(",metrics=127.0.0.1:0", false);
    g_autofree char *address = address_of(gpu->guest, "gpu");

    create(gpu, 1);
    expect_served(address, CREATED("gpu", "1"));
    create(gpu, 2);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'stop'}");
    let_it_age();
    expect_served(address, CREATED("gpu", "2"));
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'cont'}");
    gpu_expect_alive(gpu);
}

static void test_two_devices(void)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .args = "-device virtio-gpu-pci,id=one,metrics=127.0.0.1:0 "
                "-device virtio-gpu-pci,id=two,metrics=[::1]:0 "
                "-device virtio-gpu-pci,id=three",
    });
    g_autofree char *one = address_of(guest, "one");
    g_autofree char *two = address_of(guest, "two");
    g_autofree char *three = address_of(guest, "three");

    expect_served(one, "device=\"one\"");
    expect_true(g_str_has_prefix(two, "[::1]:"), "%s", two);
    expect_true(!*three, "no address and not %s", three);
}

/* Socket and file are there while QEMU is. */
static void test_files(void)
{
    g_autofree char *folder = g_dir_make_tmp("metrics-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "socket", NULL);
    g_autofree char *file = g_build_filename(folder, "vm.prom", NULL);
    g_autofree char *properties = g_strdup_printf(
        ",metrics=unix:%s,metrics-textfile=%s", path, file);
    g_autofree char *address = NULL;
    g_autofree char *text = NULL;
    struct gpu *gpu = gpu_boot_with(properties, false);

    address = address_of(gpu->guest, "gpu");
    create(gpu, 1);
    let_it_age();
    expect_served(address, CREATED("gpu", "1"));
    expect_true(g_file_get_contents(file, &text, NULL, NULL), "no %s", file);
    expect_true(strstr(text, "qemu_virtio_gpu_info{domain=\"\","
                       "device=\"gpu\",route=\"2d\",renderer=\"pixman\""),
                "the device in: %s", text);
    guest_stop(gpu->guest);
    /* So neither of them is in it. */
    expect_true(g_rmdir(folder) == 0, "%s is empty", folder);
}

/* Nobody waits for who connects and says nothing, QEMU's end neither. */
static void test_silent(void)
{
    struct gpu *gpu = gpu_boot_with(",metrics=127.0.0.1:0", false);
    g_autofree char *address = address_of(gpu->guest, "gpu");
    int fds[24];                /* 16 are served, the others wait */

    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++) {
        fds[i] = dial(address);
        /* Every other asks and does not read. */
        expect_true(i % 2 || write(fds[i], GET, strlen(GET)) > 0, "written");
    }
    for (unsigned i = 1; i <= 100; i++) {
        create(gpu, i);
    }
    gpu_restart(gpu, NULL);
    create(gpu, 1);
    guest_stop(gpu->guest);
    for (unsigned i = 0; i < G_N_ELEMENTS(fds); i++) {
        close(fds[i]);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/metrics-http/tcp", test_tcp);
    harness_add("/metrics-http/two-devices", test_two_devices);
    harness_add("/metrics-http/files", test_files);
    harness_add("/metrics-http/silent", test_silent);
    return g_test_run();
}
