/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "guest.h"
#include "harness.h"
#include "qemu/units.h"
#include "libqtest.h"
#include "libqos/pci-pc.h"
#include "qobject/qdict.h"

#define MAX_KEPT   5
#define FIRST_FREE (1024u * 1024u)      /* above the PC's low memory */

struct end {
    void (*call)(void *data);
    void *data;
};

static GPtrArray *guests;

static struct guest *find_kept(const char *name)
{
    for (guint i = 0; name && guests && i < guests->len; i++) {
        struct guest *guest = g_ptr_array_index(guests, i);

        if (g_strcmp0(guest->keep, name) == 0) {
            return guest;
        }
    }
    return NULL;
}

static int make_memfd(const char *name, uint64_t bytes)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0 || ftruncate(fd, bytes) < 0) {
        harness_fail("memfd %s of %" PRIu64 " bytes: %s", name, bytes,
                     strerror(errno));
    }
    return fd;
}

static void make_ram(struct guest *guest, unsigned mib)
{
    guest->ram_bytes = (uint64_t)(mib ?: 256) * MiB;
    guest->ram_fd = make_memfd("guest-ram", guest->ram_bytes);
    /* As QEMU's memory-backend-memfd does; /dev/udmabuf wants it. */
    if (fcntl(guest->ram_fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
        harness_fail("sealing guest RAM: %s", strerror(errno));
    }
    guest->ram = mmap(NULL, guest->ram_bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED, guest->ram_fd, 0);
    if (guest->ram == MAP_FAILED) {
        harness_fail("mapping guest RAM: %s", strerror(errno));
    }
    guest->next_free = FIRST_FREE;
}

static char *command_line(const struct guest *guest,
                          const struct guest_options *options)
{
    int pid = getpid();

    return g_strdup_printf(
        "-nodefaults -no-user-config -vga none %s%s "
        "-machine %s,memory-backend=ram -m %" PRIu64 "M "
        "-object memory-backend-file,id=ram,share=on,size=%" PRIu64 "M,"
        "mem-path=/proc/%d/fd/%d %s %s 2>>/proc/%d/fd/%d",
        options->gl_displays ? "-display dbus,p2p=yes,gl=on,rendernode="
        : options->displays ? "-display dbus,p2p=yes" : "",
        options->gl_displays ?: "",
        options->machine ?: "pc", guest->ram_bytes / MiB,
        guest->ram_bytes / MiB, pid, guest->ram_fd, options->args ?: "",
        g_getenv("QTEST_QEMU_ARGUMENTS") ?: "", pid, guest->stderr_fd);
}

static QTestState *start_qemu(const char *line, bool stock)
{
    static const char stock_binary[] = "STOCK_QEMU_BINARY";
    QTestState *qts;

    if (stock && !g_getenv(stock_binary)) {
        harness_fail("%s is not set", stock_binary);
    }
    qts = qtest_init_with_env(stock ? stock_binary : NULL, line, true);
    harness_catch_signals();
    return qts;
}

/* Before one more is kept: the oldest goes when there are many. */
static void make_room(void)
{
    struct guest *oldest = NULL;
    unsigned kept = 0;

    for (guint i = guests ? guests->len : 0; i > 0; i--) {
        struct guest *guest = g_ptr_array_index(guests, i - 1);

        if (guest->keep) {
            oldest = guest;
            kept++;
        }
    }
    if (kept >= MAX_KEPT) {
        guest_stop(oldest);
    }
}

struct guest *guest_start(const struct guest_options *options)
{
    struct guest *guest = find_kept(options->keep);
    g_autofree char *line = NULL;
    bool has_pci = !g_str_has_prefix(options->machine ?: "pc", "microvm");

    if (guest) {
        return guest;
    }
    if ((options->displays || options->gl_displays) &&
        !guest_has_display("dbus")) {
        harness_skip("this QEMU has no D-Bus display; Debian has it in "
                     "qemu-system-modules-opengl");
    }
    if (options->alone) {
        guest_stop_all();
    } else if (options->keep) {
        make_room();
    }
    guest = g_new0(struct guest, 1);
    make_ram(guest, options->ram_mib);
    guest->stderr_fd = make_memfd("qemu-stderr", 0);
    guest->keep = g_strdup(options->keep);
    guest->noise = g_ptr_array_new_with_free_func(g_free);
    guest->ends = g_array_new(FALSE, FALSE, sizeof(struct end));
    line = command_line(guest, options);
    if (!guests) {
        guests = g_ptr_array_new();
    }
    g_ptr_array_add(guests, guest);
    guest->qts = start_qemu(line, options->stock);
    if (has_pci) {
        guest->pci = qpci_new_pc(guest->qts, NULL);
    }
    return guest;
}

void guest_at_stop(struct guest *guest, void (*call)(void *data), void *data)
{
    struct end end = { call, data };

    g_array_append_val(guest->ends, end);
}

static void call_ends(struct guest *guest)
{
    while (guest->ends->len) {
        struct end end = g_array_index(guest->ends, struct end,
                                       guest->ends->len - 1);

        g_array_set_size(guest->ends, guest->ends->len - 1);
        end.call(end.data);
    }
}

static void release(struct guest *guest)
{
    munmap(guest->ram, guest->ram_bytes);
    close(guest->ram_fd);
    close(guest->stderr_fd);
    g_clear_pointer(&guest->pci, qpci_free_pc);
    g_ptr_array_free(guest->noise, TRUE);
    g_array_free(guest->ends, TRUE);
    g_free(guest->keep);
    g_free(guest);
}

void guest_expect_noise(struct guest *guest, const char *text)
{
    g_ptr_array_add(guest->noise, g_strdup(text));
}

char *guest_stderr(struct guest *guest)
{
    off_t bytes = lseek(guest->stderr_fd, 0, SEEK_END);
    char *text = g_malloc0(bytes + 1);

    if (pread(guest->stderr_fd, text, bytes, 0) != bytes) {
        harness_fail("reading QEMU's standard error: %s", strerror(errno));
    }
    return text;
}

/* ASan says this of any QEMU: coroutines switch stacks. */
static bool is_sanitizer_note(const char *line)
{
    static const char *const notes[] = {
        "ASan doesn't fully support makecontext",
        "ASan is ignoring requested __asan_handle_no_return",
        "False positive error reports may follow",
        "https://github.com/google/sanitizers/issues/189",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(notes); i++) {
        if (strstr(line, notes[i])) {
            return true;
        }
    }
    return false;
}

static bool is_expected(const struct guest *guest, const char *line)
{
    for (guint i = 0; i < guest->noise->len; i++) {
        if (strstr(line, g_ptr_array_index(guest->noise, i))) {
            return true;
        }
    }
    return !*line || strstr(line, "terminating on signal 15") ||
           strstr(line, ": info: virtio-gpu: renderer ") ||
           is_sanitizer_note(line);
}

static char *unexpected_noise(struct guest *guest)
{
    g_autofree char *text = guest_stderr(guest);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        if (!is_expected(guest, *line)) {
            return g_strdup(*line);
        }
    }
    return NULL;
}

void guest_stop(struct guest *guest)
{
    siginfo_t info;
    char *noise;

    call_ends(guest);
    g_ptr_array_remove(guests, guest);
    kill(qtest_pid(guest->qts), SIGTERM);
    waitid(P_PID, qtest_pid(guest->qts), &info, WEXITED | WNOWAIT);
    qtest_quit(guest->qts);
    noise = unexpected_noise(guest);
    release(guest);
    expect_true(!noise, "QEMU wrote to its standard error: %s", noise);
}

static void stop_matching(bool kept_too)
{
    for (guint i = guests ? guests->len : 0; i > 0; i--) {
        struct guest *guest = g_ptr_array_index(guests, i - 1);

        if (kept_too || !guest->keep) {
            guest_stop(guest);
        }
    }
}

void guest_stop_unkept(void)
{
    stop_matching(false);
}

void guest_stop_all(void)
{
    stop_matching(true);
}

static void kill_guest(struct guest *guest)
{
    g_autofree char *text = guest_stderr(guest);
    pid_t pid;

    if (*text) {
        g_test_message("QEMU's standard error: %s", text);
    }
    call_ends(guest);
    if (guest->qts) {
        pid = qtest_pid(guest->qts);
        qtest_remove_abrt_handler(guest->qts);
        if (pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
    }
    release(guest);
}

void guest_kill_all(void)
{
    while (guests && guests->len) {
        struct guest *guest = g_ptr_array_index(guests, guests->len - 1);

        g_ptr_array_set_size(guests, guests->len - 1);
        kill_guest(guest);
    }
}

uint64_t guest_ram_alloc(struct guest *guest, uint64_t bytes)
{
    uint64_t addr = guest->next_free;

    bytes = ROUND_UP(MAX(bytes, 1), GUEST_PAGE);
    if (addr - guest->dma_base + bytes > guest->ram_bytes) {
        harness_fail("the guest's %" PRIu64 " MiB of RAM are used up",
                     guest->ram_bytes / MiB);
    }
    guest->next_free += bytes;
    return addr;
}

void guest_ram_clear(struct guest *guest)
{
    if (fallocate(guest->ram_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                  0, guest->ram_bytes) < 0) {
        harness_fail("clearing guest RAM: %s", strerror(errno));
    }
    guest->next_free = guest->dma_base + FIRST_FREE;
}

void *guest_memory(struct guest *guest, uint64_t addr, uint64_t bytes)
{
    uint64_t offset = addr - guest->dma_base;

    if (offset > guest->ram_bytes || bytes > guest->ram_bytes - offset) {
        harness_fail("no RAM at DMA address 0x%" PRIx64, addr);
    }
    return guest->ram + offset;
}

void guest_settle(struct guest *guest)
{
    /*
     * A query runs in a bottom half; bottom halves of one round run last in
     * first out, so the first may overtake older ones and the second not.
     * The third is for timers, which run at the end of a round.
     */
    for (int i = 0; i < 3; i++) {
        qtest_qmp_assert_success(guest->qts, "{'execute': 'query-status'}");
    }
}

static char *drop_sanitizer_notes(char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *rest = g_string_new(NULL);

    for (char **line = lines; *line; line++) {
        if (**line && !is_sanitizer_note(*line)) {
            g_string_append_printf(rest, "%s\n", *line);
        }
    }
    g_free(text);
    return g_string_free(rest, FALSE);
}

char *guest_refusal(const char *machine, const char *args)
{
    g_autofree char *line = g_strdup_printf(
        "%s -nodefaults -display none -machine %s -accel qtest %s",
        g_getenv("QTEST_QEMU_BINARY"), machine ?: "pc", args);
    g_autofree char *out = NULL;
    char *err = NULL;
    int status;

    if (!g_spawn_command_line_sync(line, &out, &err, &status, NULL)) {
        harness_fail("%s: could not be run", line);
    }
    expect_true(WIFEXITED(status), "%s: killed by signal %d", line,
                WTERMSIG(status));
    expect_eq(WEXITSTATUS(status), 1, "%s: exit status", line);
    return drop_sanitizer_notes(err);
}

bool guest_is_sanitized(void)
{
    const char *preload = g_getenv("LD_PRELOAD");

    return preload && strstr(preload, "san");
}

bool guest_has_display(const char *name)
{
    g_autofree char *line = g_strdup_printf("%s -display help",
                                            g_getenv("QTEST_QEMU_BINARY"));
    g_autofree char *out = NULL;
    g_autofree char *word = g_strdup_printf("\n%s\n", name);

    return g_spawn_command_line_sync(line, &out, NULL, NULL, NULL) &&
           strstr(out, word);
}

uint8_t *guest_keep_memory(struct guest *guest)
{
    uint8_t *kept = g_memdup2(guest->ram, guest->next_free);

    guest_at_stop(guest, g_free, kept);
    return kept;
}

void guest_expect_memory(struct guest *guest, const uint8_t *kept,
                         const char *when)
{
    for (uint64_t page = 0; page < guest->next_free; page += GUEST_PAGE) {
        expect_true(memcmp(kept + page, guest->ram + page, GUEST_PAGE) == 0,
                    "the device wrote to 0x%" PRIx64 " %s", page, when);
    }
}
