/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The judge of the command scripts: that it sees what is wrong.  A device
 * between it and the library does one thing wrong at a time.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "executor.h"

enum mistake {
    MISTAKE_NONE,
    MISTAKE_USED_LONGER,        /* used.len is one too many */
    MISTAKE_USED_SHORTER,
    MISTAKE_WRITES_BEHIND,      /* a byte after used.len */
    MISTAKE_PADDING,            /* of the reply header is not zero */
    MISTAKE_NO_FENCE,           /* fence_id is not echoed */
    MISTAKE_FENCE,              /* FENCE is set though it was not asked for */
    MISTAKE_CTX,                /* ctx_id is echoed without FENCE */
    MISTAKE_TYPE,
    MISTAKE_NEVER,              /* the request does not come back */
    MISTAKE_LEAK,               /* the end finds something */
    MISTAKE_DISPLAY_INFO,       /* flags of a mode */
    MISTAKE_EDID,               /* its checksum */
    MISTAKE_EDID_TAIL,
    MISTAKE_UUID,               /* not version 4 */
};

/* The executor underneath; the ops below are given this as their host. */
struct liar {
    struct fake_executor *executor;
    enum mistake mistake;
    uint64_t reply_addr;        /* of the last chain */
};

static bool liar_begin(void *opaque, const struct script_device *device,
                       GString *why)
{
    struct liar *liar = opaque;

    return fake_executor_ops.begin(liar->executor, device, why);
}

static bool liar_end(void *opaque, GString *why)
{
    struct liar *liar = opaque;
    bool ok = fake_executor_ops.end(liar->executor, why);

    if (liar->mistake == MISTAKE_LEAK) {
        g_string_append(why, "a leak");
        return false;
    }
    return ok;
}

static uint64_t liar_memory(void *opaque, uint64_t bytes,
                            enum script_memory kind)
{
    struct liar *liar = opaque;

    return fake_executor_ops.memory(liar->executor, bytes, kind);
}

static void liar_write(void *opaque, uint64_t addr, const void *data,
                       size_t bytes)
{
    struct liar *liar = opaque;

    fake_executor_ops.write(liar->executor, addr, data, bytes);
}

static void liar_read(void *opaque, uint64_t addr, void *data, size_t bytes)
{
    struct liar *liar = opaque;

    fake_executor_ops.read(liar->executor, addr, data, bytes);
}

static unsigned liar_add(void *opaque, const struct script_chain *chain)
{
    struct liar *liar = opaque;

    for (unsigned i = chain->num; i > 0; i--) {
        if (chain->descriptors[i - 1].device_writes) {
            liar->reply_addr = chain->descriptors[i - 1].addr;
        }
    }
    return fake_executor_ops.add(liar->executor, chain);
}

static void liar_kick(void *opaque, unsigned queue)
{
    struct liar *liar = opaque;

    fake_executor_ops.kick(liar->executor, queue);
}

static void put_byte(struct liar *liar, uint32_t at, uint8_t change)
{
    uint8_t byte;

    liar_read(liar, liar->reply_addr + at, &byte, 1);
    byte ^= change;
    liar_write(liar, liar->reply_addr + at, &byte, 1);
}

/* Where each mistake of one byte is. */
static void lie(struct liar *liar, uint32_t used)
{
    if (used == 0) {
        return;
    }
    switch (liar->mistake) {
    case MISTAKE_WRITES_BEHIND:
        put_byte(liar, used, 1);
        break;
    case MISTAKE_PADDING:
        put_byte(liar, HEADER_RING_IDX + 2, 1);
        break;
    case MISTAKE_NO_FENCE:
        put_byte(liar, HEADER_FENCE_ID + 7, 0x11);
        break;
    case MISTAKE_FENCE:
        put_byte(liar, HEADER_FLAGS, FLAG_FENCE);
        break;
    case MISTAKE_CTX:
        put_byte(liar, HEADER_CTX_ID, 7);
        break;
    case MISTAKE_TYPE:
        put_byte(liar, HEADER_TYPE, 1);
        break;
    case MISTAKE_DISPLAY_INFO:
        put_byte(liar, 24 + 24 * 3 + 20, 1);
        break;
    case MISTAKE_EDID:
        put_byte(liar, 32 + 20, 1);
        break;
    case MISTAKE_EDID_TAIL:
        put_byte(liar, 1055, 1);
        break;
    case MISTAKE_UUID:
        put_byte(liar, 24 + 6, 0x70);
        break;
    default:
        break;
    }
}

static bool liar_wait(void *opaque, unsigned token, uint32_t *used_bytes)
{
    struct liar *liar = opaque;
    bool done = fake_executor_ops.wait(liar->executor, token, used_bytes);

    lie(liar, *used_bytes);
    *used_bytes += liar->mistake == MISTAKE_USED_LONGER;
    *used_bytes -= liar->mistake == MISTAKE_USED_SHORTER;
    return done && liar->mistake != MISTAKE_NEVER;
}

static bool liar_scanout_size(void *opaque, unsigned id, uint32_t *width,
                              uint32_t *height)
{
    struct liar *liar = opaque;

    return fake_executor_ops.scanout_size(liar->executor, id, width, height);
}

static bool liar_scanout_read(void *opaque, unsigned id,
                              const struct script_rect *rect, uint32_t *xrgb)
{
    struct liar *liar = opaque;

    return fake_executor_ops.scanout_read(liar->executor, id, rect, xrgb);
}

static const struct script_ops liar_ops = {
    .abilities = SCRIPT_CAN_SEE_BLANK,
    .begin = liar_begin,
    .end = liar_end,
    .memory = liar_memory,
    .write = liar_write,
    .read = liar_read,
    .add = liar_add,
    .kick = liar_kick,
    .wait = liar_wait,
    .scanout_size = liar_scanout_size,
    .scanout_read = liar_scanout_read,
};

/* Loads @text as a file.  NULL with the message in @message. */
static struct script *load(const char *text, char **message)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    struct script *script;
    int fd = g_file_open_tmp("XXXXXX.vgpu", &path, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    script = script_load(path, &error);
    unlink(path);
    if (message) {
        *message = error ? g_strdup(strrchr(error->message, '/')) : NULL;
    }
    return script;
}

/* Runs the only case of @text.  @expected is part of the message. */
static void run_text(const char *text, enum mistake mistake,
                     enum script_result expected_result, const char *expected)
{
    struct liar liar = { .mistake = mistake };
    struct script_report report = {
        .transcript = g_string_new(NULL),
        .messages = g_string_new(NULL),
    };
    struct script *script = load(text, NULL);
    enum script_result result;

    g_assert_nonnull(script);
    liar.executor = fake_executor_create();
    result = script_run_case(script, 0, &liar_ops, &liar, &report);
    g_test_message("%s", report.messages->str);
    g_assert_cmpint(result, ==, expected_result);
    g_assert_true(!expected || strstr(report.messages->str, expected));
    g_string_free(report.transcript, TRUE);
    g_string_free(report.messages, TRUE);
    fake_executor_destroy(liar.executor);
    script_free(script);
}

static void test_mistakes(void)
{
    static const struct {
        enum mistake mistake;
        const char *request;
        const char *message;
    } cases[] = {
        { MISTAKE_USED_LONGER, "GET_DISPLAY_INFO", "at most 408, got 409" },
        { MISTAKE_USED_LONGER, "RESOURCE_UNREF id=1 writable=64 "
          "-> ERR_INVALID_RESOURCE_ID", "used.len 24, got" },
        { MISTAKE_USED_SHORTER, "GET_EDID", "used.len 1056, got" },
        { MISTAKE_WRITES_BEHIND, "GET_DISPLAY_INFO", "nothing written" },
        { MISTAKE_PADDING, "GET_DISPLAY_INFO", "reply padding 0, got 0x01" },
        { MISTAKE_NO_FENCE, "GET_EDID fence=7", "fence_id=0x7 " },
        { MISTAKE_FENCE, "GET_EDID", "got flags=1" },
        { MISTAKE_CTX, "GET_EDID ctx=9", "got flags=0 fence_id=0x0 ctx_id=7" },
        { MISTAKE_TYPE, "RESOURCE_UNREF id=1 -> ERR_INVALID_RESOURCE_ID",
          "expected ERR_INVALID_RESOURCE_ID used.len 24, got "
          "ERR_INVALID_SCANOUT_ID" },
        { MISTAKE_NEVER, "GET_EDID", "expected a reply, got none" },
        { MISTAKE_LEAK, "GET_EDID", "a leak" },
        { MISTAKE_DISPLAY_INFO, "GET_DISPLAY_INFO", "head 3 clean" },
        { MISTAKE_EDID, "GET_EDID", "expected valid blocks" },
        { MISTAKE_EDID_TAIL, "GET_EDID", "expected valid blocks" },
        { MISTAKE_UUID, "RESOURCE_ASSIGN_UUID id=5", "expected version 4" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf(
            "device resource-uuid=on\ncase T-001 one\n%s%s\n",
            cases[i].mistake == MISTAKE_UUID ? "RESOURCE_CREATE_2D id=5 "
            "format=1 width=1 height=1 writable=0\n" : "", cases[i].request);

        run_text(text, MISTAKE_NONE, SCRIPT_PASS, NULL);
        run_text(text, cases[i].mistake, SCRIPT_FAIL, cases[i].message);
        run_text(text, cases[i].mistake, SCRIPT_FAIL,
                 "case T-001/one: ");
    }
}

/* What a picture is not. */
static void test_expectations(void)
{
    static const struct {
        const char *line;
        const char *message;
    } cases[] = {
        { "expect size 8x9", "expected scanout 0 8x9, got 8x8" },
        { "expect blank", "expected scanout 0 blank, got 8x8" },
        { "expect color rgb=1", "pixel 0,0 of scanout 0 0x000001, got "
          "0x000000" },
        { "expect picture entries=A:256", "expected pixel 0,0" },
        { "expect picture entries=A:16", "the entries end before row 0" },
        { "expect size 1x1 scanout=1", "expected scanout 1 1x1, got 0x0" },
        { "expect color rgb=0 scanout=1", "expected a picture on scanout 1" },
        { "expect color rgb=0 rect=4,4,5,1", "expected a picture with rect" },
        { "expect nonsense", "nothing to expect" },
        { "GET_DISPLAY_INFO -> OK_DISPLAY_INFO mode0=1x1+0+0",
          "head 0 1x1+0+0, got 1280x800+0+0" },
        { "GET_EDID -> OK_EDID preferred=1x1", "timing 1x1, got 1280x800" },
        { "GET_EDID -> OK_NONSENSE", "no reply \"OK_NONSENSE\"" },
        { "GET_EDID nonsense=1", "has no \"nonsense\"" },
        { "GET_EDID scanout=$nonsense", "no such variable" },
        { "GET_EDID scanout=nonsense", "is no number" },
        { "GET_EDID scanout=0x100000000", "needs 64 bits" },
        { "do nonsense", "no sequence" },
        { "GET_EDID no-kick", "a no-kick without a kick" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf(
            "device max_outputs=2\ncase one\nmemory A 256 pattern=1\n"
            "RESOURCE_CREATE_2D id=1 format=1 width=8 height=8\n"
            "SET_SCANOUT id=1 rect=0,0,8,8\n%s\n", cases[i].line);

        run_text(text, MISTAKE_NONE, SCRIPT_FAIL, cases[i].message);
    }
}

static void test_skips(void)
{
    run_text("case one\nresize scanout=0 8x8\n", MISTAKE_NONE, SCRIPT_SKIP,
             "no \"resize\"");
    run_text("case one\nmemory A 64G\n", MISTAKE_NONE, SCRIPT_SKIP,
             "no guest memory");
}

static void test_syntax(void)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        { "case\n", ":1: a case needs a title" },
        { "case T-001\n", ":1: a case needs a title" },
        { "case a\n\nnonsense\n", ":3: \"nonsense\" is no statement" },
        { "case a\nrepeat\n", ":2: \"repeat\"" },
        { "case a\nrepeat 2\n", "an \"end\" is missing" },
        { "case a\nend\n", ":2: \"end\" without a beginning" },
        { "case a\nrepeat 2\ncase b\n", ":3: an \"end\" is missing" },
        { "case a\nrepeat 2\nsequence s\nend\nend\n", ":3: a sequence" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *message = NULL;

        g_assert_null(load(cases[i].text, &message));
        g_test_message("%s", message);
        g_assert_nonnull(strstr(message, cases[i].message));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/language/mistakes", test_mistakes);
    g_test_add_func("/language/expectations", test_expectations);
    g_test_add_func("/language/skips", test_skips);
    g_test_add_func("/language/syntax", test_syntax);
    return g_test_run();
}
