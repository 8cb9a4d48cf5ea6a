/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A QEMU process whose guest is the test program.
 *
 * Guest RAM is a memfd that this process maps too, so rings and buffers are
 * plain memory here and the device sees every store at once, as it would see
 * those of a second processor.  Registers are reached through qtest.  Lives
 * from start to stop; one thread.
 */
#ifndef TESTS_QTEST_GUEST_H
#define TESTS_QTEST_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>

typedef struct QTestState QTestState;
typedef struct QPCIBus QPCIBus;
typedef struct QDict QDict;

#define GUEST_PAGE 4096u

struct guest_options {
    const char *machine;        /* with its options; NULL: "pc" */
    const char *args;           /* -device and what else */
    unsigned ram_mib;           /* 0: 256 */
    bool displays;              /* a D-Bus display, see display.h */
    const char *gl_displays;    /* the same with OpenGL on this render node */
    bool stock;                 /* with QEMU's own modules, not ours */
    /*
     * Not NULL: survives the case, and a later guest_start() with the same
     * name gets it as it is, with devices that may look at its memory: they are
     * reset before that is cleared.  Of many kept ones the oldest is stopped.
     */
    const char *keep;
    bool alone;                 /* no other is kept beside it */
};

struct guest {
    QTestState *qts;
    QPCIBus *pci;               /* NULL on a machine without PCI */
    uint8_t *ram;               /* guest address 0 stands here */
    uint64_t ram_bytes;
    /*
     * What a device calls address dma_base is guest address 0.  0 but behind
     * an IOMMU, see vtd.h.
     */
    uint64_t dma_base;
    uint64_t next_free;         /* see guest_ram_alloc(), a DMA address */
    int ram_fd;
    int stderr_fd;
    char *keep;
    struct display *display;    /* see display_of() */
    void *user;                 /* who keeps the guest may keep this with it */
    GPtrArray *noise;           /* of char *, see guest_expect_noise() */
    GArray *ends;
};

/*
 * Never NULL: a QEMU that does not start ends the case.  The environment's
 * QTEST_QEMU_ARGUMENTS stand behind those of the test.
 */
struct guest *guest_start(const struct guest_options *options);

/*
 * Stops QEMU.  Ends the case when it did not exit with status 0, or wrote to
 * its standard error what nobody expected.
 */
void guest_stop(struct guest *guest);

/* For the harness. */
void guest_stop_unkept(void);
void guest_stop_all(void);
void guest_kill_all(void);

/* @end is called when the guest is stopped or killed, before QEMU ends. */
void guest_at_stop(struct guest *guest, void (*end)(void *data), void *data);

/* A line that contains @text may stand on QEMU's standard error. */
void guest_expect_noise(struct guest *guest, const char *text);

/* What QEMU wrote to its standard error so far. */
char *guest_stderr(struct guest *guest);

/*
 * Zeroed guest RAM, page-aligned, from 1 MiB up, by its DMA address; there is
 * no free.  guest_ram_clear() takes everything back and zeroes all RAM.
 */
uint64_t guest_ram_alloc(struct guest *guest, uint64_t bytes);
void guest_ram_clear(struct guest *guest);

/* Where @bytes at DMA address @addr are in this process. */
void *guest_memory(struct guest *guest, uint64_t addr, uint64_t bytes);

/*
 * Returns when everything is done that the main loop of QEMU had been given
 * before: bottom halves, expired timers.
 */
void guest_settle(struct guest *guest);

/* What stands in all memory that was allocated; the guest's, until it stops. */
uint8_t *guest_keep_memory(struct guest *guest);

/* Ends the case unless it is the same now; @when is for the message. */
void guest_expect_memory(struct guest *guest, const uint8_t *kept,
                         const char *when);

/*
 * Starts a QEMU that must refuse @args and end with status 1; what it wrote
 * to its standard error, to be freed.
 */
char *guest_refusal(const char *machine, const char *args);

/* Whether the QEMU under test has this -display; some are modules. */
bool guest_has_display(const char *name);

/* True when QEMU runs under ASan, whose memory is not the device's. */
bool guest_is_sanitized(void);

#endif
