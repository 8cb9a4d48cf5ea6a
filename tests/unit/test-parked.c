/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The judge of the command scripts where replies come back later: that it
 * sees what is wrong.
 */
#include <string.h>
#include <unistd.h>

#include "executor.h"

static struct script *load(const char *text)
{
    g_autofree char *path = NULL;
    struct script *script;
    int fd = g_file_open_tmp("XXXXXX.vgpu", &path, NULL);

    g_assert_cmpint(fd, >=, 0);
    close(fd);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    script = script_load(path, NULL);
    unlink(path);
    g_assert_nonnull(script);
    return script;
}

/* Runs the only case of @text.  @expected is part of the message. */
static void run_text(const char *text, const struct script_ops *ops,
                     enum script_result expected_result, const char *expected)
{
    struct fake_executor *executor = fake_executor_create();
    struct script_report report = {
        .transcript = g_string_new(NULL),
        .messages = g_string_new(NULL),
    };
    struct script *script = load(text);
    enum script_result result = script_run_case(script, 0, ops, executor,
                                                &report);

    g_test_message("%s", report.messages->str);
    g_assert_cmpint(result, ==, expected_result);
    g_assert_nonnull(strstr(report.messages->str, expected));
    g_string_free(report.transcript, TRUE);
    g_string_free(report.messages, TRUE);
    fake_executor_destroy(executor);
    script_free(script);
}

#define HOLD "fault hold ctx=1\n"
#define GO "fault hold off ctx=1\n"
#define SUBMIT "SUBMIT_3D ctx=1 stream=0 fence=1"

static void test_mistakes(void)
{
    static const struct {
        const char *lines;
        const char *message;
    } cases[] = {
        { SUBMIT " -> pending a", "expected it to wait, but it came back" },
        { HOLD SUBMIT " -> pending", "pending wants a name" },
        { HOLD SUBMIT " -> pending a", "never expected back" },
        { HOLD SUBMIT " -> pending a\nexpect back a",
          "expected a back, got nothing" },
        { HOLD SUBMIT " -> pending a\n" GO "expect waiting a",
          "expected a to wait, but it came back" },
        { HOLD SUBMIT " -> pending a\n" SUBMIT " -> pending b\n" GO
          "expect back b a", "got it before the one in front" },
        { HOLD SUBMIT " -> pending a\n" GO "expect back b",
          "no request \"b\" is pending" },
        { HOLD SUBMIT " -> pending a\n" GO "expect back a a",
          "no request \"a\" is pending" },
        { HOLD SUBMIT " -> pending a ERR_UNSPEC\n" GO "expect back a",
          "expected ERR_UNSPEC used.len 24, got OK_NODATA" },
        { HOLD SUBMIT, "expected a reply, got none" },
        { "memory A 4K byte=1\nexpect memory A+16:8 byte=2",
          "expected byte 0 of A+16:8 0x02, got 0x01" },
        { "memory A 4K byte=1\nmemory B 4K\nexpect memory A:8 same=B",
          "expected byte 0 of A:8 0x00, got 0x01" },
        { "SUBMIT_3D ctx=1 name=x", "no place for name=x" },
        { "SUBMIT_3D ctx=1 stream=x", "is no number" },
        { "GET_CAPSET capset_id=1 writable=92", "used.len 24, got OK_CAPSET" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf(
            "device virgl=on context-init=on\ncase one\nCTX_CREATE ctx=1\n%s\n",
            cases[i].lines);

        run_text(text, &fake_executor_ops, SCRIPT_FAIL, cases[i].message);
    }
}

static void test_good(void)
{
    run_text("device virgl=on\ncase one\nCTX_CREATE ctx=1\n"
             HOLD SUBMIT " -> pending a\n" SUBMIT " -> pending b\n"
             "expect waiting a b\n" GO "expect back a b\n",
             &fake_executor_ops, SCRIPT_PASS, "");
    run_text("device virgl=on\ncase one\nCTX_CREATE ctx=1\n"
             HOLD SUBMIT " -> pending a\nreset\n",
             &fake_executor_ops, SCRIPT_PASS, "");
}

/* An executor that can hold nothing back. */
static void test_skip(void)
{
    struct script_ops ops = fake_executor_ops;

    ops.abilities &= ~SCRIPT_CAN_FAULT;
    run_text("device virgl=on\ncase one\nCTX_CREATE ctx=1\n"
             SUBMIT " -> pending a\n", &ops, SCRIPT_SKIP,
             "cannot hold a request back");
    run_text("device virgl=on\ncase one\n" HOLD, &ops, SCRIPT_SKIP,
             "no \"fault\"");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/parked/mistakes", test_mistakes);
    g_test_add_func("/parked/good", test_good);
    g_test_add_func("/parked/skip", test_skip);
    return g_test_run();
}
