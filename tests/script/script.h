/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Command scripts (*.vgpu): what a driver sends, what must come back.
 *
 * A script is a list of cases; each starts from a fresh device.  This code
 * reads the scripts, builds the requests, judges the replies and writes the
 * transcript; whoever owns a device (the fake host of the unit tests, a real
 * QEMU under qtest) lends it through struct script_ops.  It knows neither
 * QEMU nor the library under test and has its own idea of the wire format,
 * so a mistake in one shows up against the other.  The language is in
 * tests/script/language.md.
 *
 * One thread.  Guest memory is always named by guest-physical (DMA) address.
 */
#ifndef TESTS_SCRIPT_SCRIPT_H
#define TESTS_SCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>

/* What an executor can do beyond the mandatory; bits of abilities. */
enum {
    SCRIPT_CAN_RESIZE    = 1 << 0,  /* set_mode() */
    SCRIPT_CAN_CURSOR    = 1 << 1,  /* cursor() */
    SCRIPT_CAN_CONFIG    = 1 << 2,  /* config_read(), config_write() */
    SCRIPT_CAN_COUNT     = 1 << 3,  /* num_resources() */
    SCRIPT_CAN_FAULT     = 1 << 4,  /* fault() */
    SCRIPT_CAN_SEE_BLANK = 1 << 5,  /* scanout_size() tells a blank head */
};

/*
 * The device a case asks for.  What a case does not say has the value of the
 * stock device: one output, 1280x800, EDID on, everything else off.
 */
struct script_device {
    unsigned max_outputs;
    unsigned xres;              /* px, of head 0 */
    unsigned yres;
    bool edid;
    bool blob;
    bool resource_uuid;
    unsigned blob_alignment;    /* bytes; 0: not offered */
    uint64_t hostmem;           /* bytes of window, 64M or 0 */
    uint64_t max_hostmem;       /* bytes; 0: the device's default */
    unsigned max_resources;     /* 0: the device's default */
    bool virgl;                 /* 3D */
    bool context_init;
    bool venus;                 /* contexts of Vulkan, with virgl */
    uint64_t max_hostmem_3d;    /* bytes; 0: the device's default */
    unsigned max_contexts;      /* 0: the device's default */
    bool iommu;                 /* the driver's addresses are translated */
    /* Offered feature bits 0 to 23 that the driver does not accept. */
    uint32_t refused_features;
};

/* Feature bits of refused_features. */
#define SCRIPT_F_VIRGL          (1u << 0)
#define SCRIPT_F_EDID           (1u << 1)
#define SCRIPT_F_RESOURCE_UUID  (1u << 2)
#define SCRIPT_F_RESOURCE_BLOB  (1u << 3)
#define SCRIPT_F_CONTEXT_INIT   (1u << 4)
#define SCRIPT_F_BLOB_ALIGNMENT (1u << 5)

enum script_memory {
    SCRIPT_MEMORY_RAM,
    SCRIPT_MEMORY_ROM,          /* the guest cannot write it; write() can */
    SCRIPT_MEMORY_HOLE,         /* an address range with nothing behind it */
    SCRIPT_MEMORY_MMIO,         /* device registers, not memory */
    SCRIPT_MEMORY_DEVICE,       /* memory of another device, each its own region */
};

struct script_rect {
    uint32_t x, y, width, height;   /* px */
};

struct script_descriptor {
    uint64_t addr;
    uint32_t bytes;
    bool device_writes;
};

/* The executor decides how a chain lies in the ring. */
#define SCRIPT_DIRECT_ANY UINT_MAX

/* One descriptor chain, readable descriptors first. */
struct script_chain {
    unsigned queue;             /* 0 control, 1 cursor */
    const struct script_descriptor *descriptors;
    unsigned num;               /* may be 0: then add a chain of no bytes */
    /*
     * So many descriptors stand in the ring itself, the others in one
     * indirect table behind them; num and more: no table.
     */
    unsigned direct;
};

struct script_cursor {
    bool visible;
    int32_t x, y;               /* px, top left corner of the image */
    uint32_t hot_x, hot_y;
    uint32_t width, height;     /* px, at least 64 */
    uint32_t pixels[64 * 64];   /* a8r8g8b8 in host order, the top left */
};

enum script_fault_kind {
    SCRIPT_FAULT_DISPLAY_REFUSES,   /* head @id takes no picture, until off */
    SCRIPT_FAULT_NO_EDID,           /* head @id has no EDID, until off */
    SCRIPT_FAULT_UNMAP,             /* @addr, @bytes: translation is gone */

    /* Of the renderer with 3D, until off. */
    SCRIPT_FAULT_CAPSET,            /* sets cannot be read */
    SCRIPT_FAULT_CONTEXT,           /* contexts do not start */
    SCRIPT_FAULT_TEXTURE,           /* textures are not made */
    SCRIPT_FAULT_TRANSFER,          /* transfers fail */
    SCRIPT_FAULT_SUBMIT_MEMORY,     /* streams need too much */
    SCRIPT_FAULT_FENCE,             /* there are no fences */
    SCRIPT_FAULT_FENCE_LOST,        /* work ends in an error */
    SCRIPT_FAULT_BLOB,              /* objects become no blobs */
    SCRIPT_FAULT_MAP,               /* blobs have no memory to be mapped */
    SCRIPT_FAULT_SLOTS,             /* the window has no room for regions */
    SCRIPT_FAULT_HOLD_WINDOW,       /* changes of the window take their time */
    SCRIPT_FAULT_WINDOW_AT_ONCE,    /* or no time */
    SCRIPT_FAULT_HOLD,              /* work of context @ctx takes its time */
    SCRIPT_FAULT_HOLD_RING,         /* on ring @ring, of contexts with rings */

    SCRIPT_FAULT_REVOKE,            /* @addr, @bytes of a device: switched off */
};

struct script_fault {
    enum script_fault_kind kind;
    bool on;
    unsigned id;
    unsigned ctx;               /* below 64 */
    unsigned ring;              /* the same */
    uint64_t addr;
    uint64_t bytes;
};

struct script_ops {
    unsigned abilities;         /* SCRIPT_CAN_… */

    /*
     * A case begins: a reset device of this kind, driver running, queues
     * empty, no guest memory handed out.  Returns false with the reason in
     * @why when this executor has no such device; the case is then skipped.
     */
    bool (*begin)(void *host, const struct script_device *device,
                  GString *why);

    /*
     * The case is over, whatever became of it.  Returns false with the
     * reason in @why when something is wrong that no step could see: a chain
     * returned twice, guest memory still mapped after a device reset.
     */
    bool (*end)(void *host, GString *why);

    /* Resets the device and starts the driver again as begin() did. */
    void (*reset)(void *host);

    /*
     * A range of guest addresses, page-aligned, not given out before in this
     * case.  RAM reads as zero.  Returns 0 when there is none of that kind;
     * the case is then skipped.
     */
    uint64_t (*memory)(void *host, uint64_t bytes, enum script_memory kind);
    void (*write)(void *host, uint64_t addr, const void *data, size_t bytes);
    void (*read)(void *host, uint64_t addr, void *data, size_t bytes);

    /*
     * Makes a chain available without a kick and returns a token for wait().
     * The descriptors are the caller's again.
     */
    unsigned (*add)(void *host, const struct script_chain *chain);
    void (*kick)(void *host, unsigned queue);

    /*
     * Waits for the chain to come back and gives its used.len.  Returns false
     * when it did not within a few seconds.
     */
    bool (*wait)(void *host, unsigned token, uint32_t *used_bytes);

    /*
     * Does not wait: the chain's place among those that came back, counted
     * from 1, or 0 when it did not.  NULL without SCRIPT_CAN_FAULT.
     */
    unsigned (*order)(void *host, unsigned token);

    /*
     * The picture on a head.  Returns false when the head shows none; without
     * SCRIPT_CAN_SEE_BLANK it may return a placeholder's size instead.
     */
    bool (*scanout_size)(void *host, unsigned id, uint32_t *width,
                         uint32_t *height);

    /* Its pixels, x8r8g8b8 in host order; @rect is inside.  False: failed. */
    bool (*scanout_read)(void *host, unsigned id,
                         const struct script_rect *rect, uint32_t *xrgb);

    /* Optional ones, see abilities; NULL without. */
    bool (*cursor)(void *host, unsigned id, struct script_cursor *cursor);
    void (*set_mode)(void *host, unsigned id, uint32_t width, uint32_t height);
    uint32_t (*config_read)(void *host, unsigned offset);
    void (*config_write)(void *host, unsigned offset, uint32_t value);
    uint32_t (*num_resources)(void *host);
    void (*fault)(void *host, const struct script_fault *fault);
};

struct script;

/*
 * Reads a script.  NULL with @error set, "FILE:LINE: what", when it is not
 * one.  To end with script_free().
 */
struct script *script_load(const char *path, GError **error);
void script_free(struct script *script);

/* "resource-flush" of ".../resource-flush.vgpu". */
const char *script_name(const struct script *script);
unsigned script_num_cases(const struct script *script);

/* As in tests and goldens: "T-031,T-176/partial-flush". */
const char *script_case_name(const struct script *script, unsigned index);

enum script_result {
    SCRIPT_PASS,
    SCRIPT_FAIL,
    SCRIPT_SKIP,
};

/* What became of a case; both strings are never NULL after a run. */
struct script_report {
    GString *transcript;        /* every request and reply, no addresses */
    GString *messages;          /* failures, or why it was skipped */
};

/* Runs one case.  @report's strings are appended to. */
enum script_result script_run_case(const struct script *script, unsigned index,
                                   const struct script_ops *ops, void *host,
                                   struct script_report *report);

/*
 * The golden transcript of a case: PATH of the script with .golden for .vgpu.
 * Compares @transcript and appends a line diff to @messages when they differ.
 */
bool script_golden_matches(const struct script *script, unsigned index,
                           const char *transcript, GString *messages);

/*
 * Registers every case of every *.vgpu in @directory with GLib's test runner,
 * as /script/NAME/CASE.  @ops and @host must live until g_test_run() is over.
 */
void script_suite_add(const char *directory, const struct script_ops *ops,
                      void *host);

/*
 * Runs every script of @directory and writes its golden transcript.  Returns
 * the number of cases that failed; those have no transcript.  Cases that this
 * executor skips keep the one they had.
 */
unsigned script_suite_regenerate(const char *directory,
                                 const struct script_ops *ops, void *host);

#endif
