/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include <sys/mman.h>

#include "libqtest.h"
#include "migrate.h"
#include "harness.h"
#include "qemu/bswap.h"
#include "qobject/qdict.h"

/* Of a disk, bytes. */
#define CLUSTER 65536

#define SWAP(a, b)                      \
    do {                                \
        typeof(a) swap_ = (a);          \
                                        \
        (a) = (b);                      \
        (b) = swap_;                    \
    } while (0)

static void map_ram_at(void *where, const struct guest *guest)
{
    if (mmap(where, guest->ram_bytes, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_FIXED, guest->ram_fd, 0) == MAP_FAILED) {
        harness_fail("mapping guest RAM again: %s", strerror(errno));
    }
}

/*
 * What @a knows becomes the process of @b and the other way round: RAM,
 * registers, display.  Rings, functions and gpus of @a are then of the guest
 * that was migrated into @b.  Both have the same size of RAM.
 */
static void swap(struct guest *a, struct guest *b)
{
    expect_eq(b->ram_bytes, a->ram_bytes, "RAM of the two guests");
    SWAP(a->qts, b->qts);
    SWAP(a->pci, b->pci);
    SWAP(a->ram_fd, b->ram_fd);
    SWAP(a->stderr_fd, b->stderr_fd);
    SWAP(a->display, b->display);
    SWAP(a->noise, b->noise);
    map_ram_at(a->ram, a);
    map_ram_at(b->ram, b);
}

struct guest *migrate_receiver(const struct guest_options *options)
{
    struct guest_options receiver = *options;
    g_autofree char *args = g_strdup_printf("%s -incoming defer",
                                            options->args);

    receiver.args = args;
    return guest_start(&receiver);
}

static char *status_of(struct guest *guest)
{
    QDict *answer = qtest_qmp_assert_success_ref(
        guest->qts, "{'execute': 'query-migrate'}");
    char *status = g_strdup(qdict_get_try_str(answer, "status") ?: "none");

    qobject_unref(answer);
    return status;
}

/* Completed, or failed. */
static bool has_ended(void *data)
{
    g_autofree char *status = status_of(data);

    return strcmp(status, "completed") == 0 || strcmp(status, "failed") == 0;
}

static void expect_completed(struct guest *guest, const char *side)
{
    g_autofree char *status = NULL;

    harness_wait(has_ended, guest, "the end of a migration");
    status = status_of(guest);
    expect_true(strcmp(status, "completed") == 0, "migration, %s: %s", side,
                status);
}

static char *socket_uri(struct guest *receiver)
{
    return g_strdup_printf("unix:%s/virtio-gpu-migrate-%d.sock",
                           g_get_tmp_dir(), qtest_pid(receiver->qts));
}

static void incoming(struct guest *receiver, const char *uri)
{
    qtest_qmp_assert_success(receiver->qts,
                             "{'execute': 'migrate-incoming', 'arguments': "
                             "{'uri': %s, 'exit-on-error': false}}", uri);
}

static void outgoing(struct guest *guest, const char *uri)
{
    qtest_qmp_assert_success(guest->qts,
                             "{'execute': 'migrate', 'arguments': "
                             "{'uri': %s}}", uri);
}

static bool is_running(void *data)
{
    struct guest *guest = data;
    QDict *answer = qtest_qmp_assert_success_ref(
        guest->qts, "{'execute': 'query-status'}");
    const char *status = qdict_get_str(answer, "status");
    bool settled = strcmp(status, "inmigrate") != 0;

    qobject_unref(answer);
    return settled;
}

void migrate_begin(struct guest *guest, struct guest *receiver)
{
    g_autofree char *uri = socket_uri(receiver);

    incoming(receiver, uri);
    outgoing(guest, uri);
}

void migrate_end(struct guest *guest, struct guest *receiver)
{
    g_autofree char *uri = socket_uri(receiver);

    expect_completed(guest, "where it came from");
    expect_completed(receiver, "where it went");
    harness_wait(is_running, receiver, "the migrated guest");
    unlink(uri + strlen("unix:"));
    swap(guest, receiver);
    guest_stop(receiver);
}

void migrate_guest(struct guest *guest, const struct guest_options *options)
{
    struct guest *receiver = migrate_receiver(options);

    migrate_begin(guest, receiver);
    migrate_end(guest, receiver);
}

static char *file_uri(int fd)
{
    return g_strdup_printf("file:/proc/%d/fd/%d", getpid(), fd);
}

int migrate_to_file(struct guest *guest)
{
    int fd = memfd_create("migration", MFD_CLOEXEC);
    g_autofree char *uri = file_uri(fd);

    outgoing(guest, uri);
    expect_completed(guest, "into a file");
    return fd;
}

bool migrate_offer(struct guest *receiver, int fd)
{
    g_autofree char *uri = file_uri(fd);
    g_autofree char *status = NULL;

    incoming(receiver, uri);
    harness_wait(has_ended, receiver, "the end of a migration from a file");
    status = status_of(receiver);
    return strcmp(status, "completed") == 0;
}

void migrate_from_file(struct guest *guest, const struct guest_options *options,
                       int fd)
{
    struct guest *receiver = migrate_receiver(options);

    expect_true(migrate_offer(receiver, fd), "the stream was refused");
    harness_wait(is_running, receiver, "the migrated guest");
    swap(guest, receiver);
    guest_stop(receiver);
}

char *migrate_refusal(struct guest *guest, const char *uri)
{
    int fd = memfd_create("migration", MFD_CLOEXEC);
    g_autofree char *file = file_uri(fd);
    QDict *answer;
    char *reason;

    outgoing(guest, uri ?: file);
    harness_wait(has_ended, guest, "the end of a migration");
    answer = qtest_qmp_assert_success_ref(guest->qts,
                                          "{'execute': 'query-migrate'}");
    expect_true(strcmp(qdict_get_str(answer, "status"), "failed") == 0,
                "the migration was not refused");
    reason = g_strdup(qdict_get_try_str(answer, "error-desc") ?: "");
    qobject_unref(answer);
    close(fd);
    return reason;
}

int migrate_disk(void)
{
    int fd = memfd_create("disk", MFD_CLOEXEC);
    g_autofree uint8_t *disk = g_malloc0(4 * CLUSTER);

    memcpy(disk, "QFI\xfb", 4);
    stl_be_p(disk + 4, 2);
    stl_be_p(disk + 20, 16);                    /* bits of a cluster */
    stq_be_p(disk + 24, 1 << 20);               /* bytes */
    stl_be_p(disk + 36, 1);                     /* entries of the L1 table */
    stq_be_p(disk + 40, 3 * CLUSTER);
    stq_be_p(disk + 48, 1 * CLUSTER);           /* refcount table */
    stl_be_p(disk + 56, 1);
    stq_be_p(disk + CLUSTER, 2 * CLUSTER);
    for (unsigned i = 0; i < 4; i++) {
        stw_be_p(disk + 2 * CLUSTER + 2 * i, 1);
    }
    expect_eq(pwrite(fd, disk, 4 * CLUSTER, 0), 4 * CLUSTER, "disk");
    return fd;
}
