/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A vCPU reads and writes a place of the window for ever, while blobs come to it
 * and go: it sees the one that is there, or nothing; when a reply says that it is gone
 * it sees nothing, and never another (conformance matrix, EDGE-111).
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "gl.h"
#include "gl-window.h"
#include "harness.h"

#define BYTES WINDOW_BYTES
#define PAGES (BYTES / WINDOW_PAGE)

/* Where the vCPU looks, and where it does not. */
#define PLACE     (2 * BYTES)
#define BESIDE    (3 * BYTES)
#define ELSEWHERE (8 * BYTES)

/* The first word of each page, and what the vCPU writes behind it. */
#define WORD    0x3c3c3c3cu
#define ANOTHER 0x22222222u
#define WRITTEN 0x5a5a5a5au

/* Of the firmware's last 64 KiB below 4 GiB, where a vCPU begins. */
#define FIRMWARE_BYTES 0x10000
#define PROGRAM        0xff00
#define RESET_VECTOR   0xfff0

/*
 * QEMU 10.0 ends itself where KVM offers the bits of MSR 0x10a and then does not
 * let them be set, as in some virtual machines; nothing here looks at them.
 */
#define HOST_CPU "host,-arch-capabilities"

/* What is said between the vCPU and us, in the guest's memory. */
#define MAILBOX 0x1000
struct mailbox {
    uint32_t window;            /* address of its place, 0: wait */
    uint32_t pages;
    uint32_t word;              /* what may stand there beside 0 */
    uint32_t rounds;            /* that are done */
    uint32_t seen;              /* everything, by OR */
    uint32_t stranger;          /* what may not, if there was any */
};

static const uint8_t program[] = {
    /* A table of segments, flat ones, and where it is. */
    0, 0, 0, 0, 0, 0, 0, 0,
    0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0,
    0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0,
    0x17, 0, 0, 0xff, 0xff, 0xff, 0, 0,
    /* start: into protected mode */
    0xfa,                                       /* cli */
    0x2e, 0x66, 0x0f, 0x01, 0x16, 0x18, 0xff,   /* lgdtl %cs:0xff18 */
    0x0f, 0x20, 0xc0,                           /* mov %cr0,%eax */
    0x0c, 0x01,                                 /* or $1,%al */
    0x0f, 0x22, 0xc0,                           /* mov %eax,%cr0 */
    0x66, 0xea, 0x38, 0xff, 0xff, 0xff, 8, 0,   /* ljmpl $8,$. + 8 */
    0xb8, 0x10, 0, 0, 0,                        /* mov $16,%eax */
    0x8e, 0xd8,                                 /* mov %eax,%ds */
    0x8e, 0xc0,                                 /* mov %eax,%es */
    /* again: */
    0xf3, 0x90,                                 /* pause */
    0x8b, 0x35, 0x00, 0x10, 0, 0,               /* mov window,%esi */
    0x85, 0xf6,                                 /* test %esi,%esi */
    0x74, 0xf4,                                 /* jz again */
    0x8b, 0x0d, 0x04, 0x10, 0, 0,               /* mov pages,%ecx */
    0x31, 0xff,                                 /* xor %edi,%edi */
    /* page: */
    0x8b, 0x06,                                 /* mov (%esi),%eax */
    0x09, 0xc7,                                 /* or %eax,%edi */
    0x85, 0xc0,                                 /* test %eax,%eax */
    0x74, 0x0d,                                 /* jz write */
    0x3b, 0x05, 0x08, 0x10, 0, 0,               /* cmp word,%eax */
    0x74, 0x05,                                 /* je write */
    0xa3, 0x14, 0x10, 0, 0,                     /* mov %eax,stranger */
    /* write: */
    0xc7, 0x46, 0x04, 0x5a, 0x5a, 0x5a, 0x5a,   /* movl $WRITTEN,4(%esi) */
    0x81, 0xc6, 0, 0x10, 0, 0,                  /* add $4096,%esi */
    0x49,                                       /* dec %ecx */
    0x75, 0xdb,                                 /* jnz page */
    0xf0, 0x09, 0x3d, 0x10, 0x10, 0, 0,         /* lock or %edi,seen */
    0xf0, 0xff, 0x05, 0x0c, 0x10, 0, 0,         /* lock incl rounds */
    0xeb, 0xb7,                                 /* jmp again */
};

/* jmp start */
static const uint8_t reset_vector[] = { 0xe9, 0x2d, 0xff };

struct hammer {
    const char *name;
    const char *accelerator;
    const char *cpu;
    uint32_t id;                /* others of its kind follow */
    unsigned rounds;
};

struct place {
    struct gpu *gpu;
    struct mailbox *mailbox;
    uint32_t id;
    uint32_t until;             /* see wait_round() */
};

static char *write_firmware(void)
{
    g_autofree uint8_t *image = g_malloc0(FIRMWARE_BYTES);
    char *path = g_strdup_printf("%s/firmware-%d", g_get_tmp_dir(), getpid());

    memcpy(image + PROGRAM, program, sizeof(program));
    memcpy(image + RESET_VECTOR, reset_vector, sizeof(reset_vector));
    expect_true(g_file_set_contents(path, (char *)image, FIRMWARE_BYTES, NULL),
                "%s can be written", path);
    return path;
}

/* With two, TCG's LOCK is one for us, too. */
static struct place boot(const struct hammer *hammer)
{
    g_autofree char *firmware = write_firmware();
    g_autofree char *properties = g_strdup_printf(
        ",blob=on,hostmem=64M -accel %s -cpu %s -smp 2 -bios %s",
        hammer->accelerator, hammer->cpu, firmware);
    struct gpu *gpu = gl_boot(properties, false, NULL);

    unlink(firmware);
    gl_create_context(gpu, 1, "first");
    return (struct place) {
        .gpu = gpu,
        .mailbox = guest_memory(gpu->guest, MAILBOX, sizeof(struct mailbox)),
        .id = hammer->id,
    };
}

static uint32_t get(uint32_t *word)
{
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void set(uint32_t *word, uint32_t value)
{
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static bool is_round(void *data)
{
    struct place *place = data;

    return (int32_t)(get(&place->mailbox->rounds) - place->until) >= 0;
}

/* One that begins after this was called has ended, too. */
static void wait_round(struct place *place)
{
    place->until = get(&place->mailbox->rounds) + 2;
    harness_wait(is_round, place, "the vCPU");
}

/* Of whole rounds. */
static uint32_t look(struct place *place)
{
    wait_round(place);
    set(&place->mailbox->seen, 0);
    wait_round(place);
    return get(&place->mailbox->seen);
}

static void start_hammering(struct place *place)
{
    place->mailbox->pages = PAGES;
    place->mailbox->word = WORD;
    set(&place->mailbox->window, window_address(place->gpu, PLACE));
}

static void write_words(struct gpu *gpu, uint64_t offset, uint32_t value)
{
    for (unsigned i = 0; i < PAGES; i++) {
        qtest_writel(gpu->guest->qts,
                     window_address(gpu, offset + i * WINDOW_PAGE), value);
    }
}

static void expect_words(struct gpu *gpu, uint64_t offset, uint32_t value,
                         const char *what)
{
    for (unsigned i = 0; i < PAGES; i++) {
        expect_eq(qtest_readl(gpu->guest->qts,
                              window_address(gpu, offset + i * WINDOW_PAGE)),
                  value, "%s: page %u", what, i);
    }
}

/* What the vCPU would write on to, if it could. */
static void expect_left_alone(struct place *place, uint32_t id)
{
    struct gpu *gpu = place->gpu;

    window_map(gpu, id, ELSEWHERE);
    write_words(gpu, ELSEWHERE + 4, 0);
    wait_round(place);
    expect_words(gpu, ELSEWHERE + 4, 0, "what was unmapped is written");
    window_unmap(gpu, id);
}

/* Memory that ended may be the next one's. */
static void make_another(struct gpu *gpu, uint32_t id)
{
    window_create(gpu, id, BYTES);
    window_map(gpu, id, BESIDE);
    write_words(gpu, BESIDE, ANOTHER);
}

static void come_and_go(struct place *place, bool ends)
{
    struct gpu *gpu = place->gpu;

    window_map(gpu, place->id, PLACE);
    write_words(gpu, PLACE, WORD);
    expect_eq(look(place), WORD, "what the vCPU sees of a blob");
    expect_words(gpu, PLACE + 4, WRITTEN, "what the vCPU wrote");
    if (ends) {
        draw_unref(gpu, place->id);
    } else {
        window_unmap(gpu, place->id);
    }
    make_another(gpu, place->id + 1);
    expect_eq(look(place), 0, "what the vCPU sees when it is gone");
    if (ends) {
        expect_words(gpu, BESIDE + 4, 0, "another one is written");
        window_create(gpu, place->id, BYTES);
    } else {
        expect_left_alone(place, place->id);
    }
    draw_unref(gpu, place->id + 1);
}

static void test_hammer(const void *data)
{
    const struct hammer *hammer = data;
    struct place place;

    if (!qtest_has_accel(hammer->accelerator)) {
        harness_skip("no %s", hammer->accelerator);
    }
    place = boot(hammer);
    start_hammering(&place);
    expect_eq(look(&place), 0, "what the vCPU sees at first");
    window_create(place.gpu, place.id, BYTES);
    for (unsigned i = 0; i < hammer->rounds; i++) {
        come_and_go(&place, i % 4 == 3);
        expect_eq(get(&place.mailbox->stranger), 0,
                  "what the vCPU saw meanwhile in round %u", i);
    }
    g_test_message("%u rounds of the vCPU, %u blobs",
                   get(&place.mailbox->rounds), hammer->rounds);
}

static const struct hammer hammers[] = {
    { "shared/tcg", "tcg", "qemu64", 1, 400 },
    { "private/tcg", "tcg", "qemu64", WINDOW_PRIVATE, 40 },
    { "shared/kvm", "kvm", HOST_CPU, 1, 400 },
    { "private/kvm", "kvm", HOST_CPU, WINDOW_PRIVATE, 40 },
};

int main(int argc, char **argv)
{
    window_preload_shared();
    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(hammers); i++) {
        g_autofree char *path = g_strdup_printf("/T-143,T-531/hammered/%s",
                                                hammers[i].name);

        harness_add_data(path, test_hammer, &hammers[i]);
    }
    return harness_run();
}
