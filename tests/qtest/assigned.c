/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include <sys/mman.h>
#include <sys/utsname.h>

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "assigned.h"
#include "harness.h"

#define FIRST_SLOT 0x10

const char *assigned_address(unsigned number)
{
    static char **addresses;

    if (!addresses) {
        addresses = g_strsplit(g_getenv("QTEST_VFIO") ?: "", " ", -1);
    }
    if (number >= g_strv_length(addresses) || !*addresses[number]) {
        harness_skip("QTEST_VFIO names no PCI device number %u that vfio-pci "
                     "has here; tests/vfio/run.py does", number);
    }
    return addresses[number];
}

char *assigned_arguments(unsigned number)
{
    return g_strdup_printf("-device vfio-pci,host=%s,id=assigned%u,addr=%x.0",
                           assigned_address(number), number,
                           FIRST_SLOT + number);
}

static void unmap(void *data)
{
    struct assigned *assigned = data;

    munmap(assigned->memory, assigned->bytes);
    g_free(assigned);
}

static void map_memory(struct assigned *assigned)
{
    g_autofree char *path = g_strdup_printf(
        "/sys/bus/pci/devices/%s/resource0", assigned->address);
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        harness_fail("%s: %s", path, strerror(errno));
    }
    assigned->memory = mmap(NULL, assigned->bytes, PROT_READ | PROT_WRITE,
                            MAP_SHARED, fd, 0);
    close(fd);
    if (assigned->memory == MAP_FAILED) {
        harness_fail("mapping %s: %s; the kernel wants iomem=relaxed", path,
                     strerror(errno));
    }
}

struct assigned *assigned_of(struct guest *guest, unsigned number)
{
    struct assigned *assigned = g_new0(struct assigned, 1);

    /* QEMU says so of what it cannot reset, which these are. */
    guest_expect_noise(guest, "Cannot reset device");
    assigned->address = assigned_address(number);
    assigned->pci = pci_at(guest, (FIRST_SLOT + number) << 3);
    pci_map_bars(assigned->pci);
    assigned->base = assigned->pci->bar[0];
    assigned->bytes = assigned->pci->bar_bytes[0];
    expect_true(assigned->base, "the device has no memory behind BAR 0");
    map_memory(assigned);
    memset(assigned->memory, 0, assigned->bytes);
    guest_at_stop(guest, unmap, assigned);
    return assigned;
}

static bool is_exported_by(const char *folder, const char *fd,
                           const char *exporter)
{
    g_autofree char *path = g_build_filename(folder, fd, NULL);
    g_autofree char *text = NULL;
    g_autofree char *line = g_strdup_printf("exp_name:\t%s\n", exporter);

    return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, line);
}

unsigned assigned_dmabufs(struct guest *guest, const char *exporter)
{
    g_autofree char *folder = g_strdup_printf("/proc/%d/fdinfo",
                                              qtest_pid(guest->qts));
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *fd;
    unsigned num = 0;

    expect_true(dir, "%s cannot be read", folder);
    while ((fd = g_dir_read_name(dir))) {
        num += is_exported_by(folder, fd, exporter);
    }
    return num;
}

/* From Linux 6.19 on. */
bool assigned_exports(void)
{
    struct utsname name;
    int major = 0, minor = 0;

    uname(&name);
    sscanf(name.release, "%d.%d", &major, &minor);
    return major > 6 || (major == 6 && minor >= 19);
}

void assigned_expect_dmabufs(struct guest *guest, unsigned num,
                             const char *when)
{
    expect_eq(assigned_dmabufs(guest, "vfio_pci_core"),
              assigned_exports() ? num : 0, "dma-bufs %s", when);
}
