/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Structure fuzz with fixed seeds: what the scripts send, and that with its
 * bytes changed at random.  libFuzzer does the same without an end.
 *
 * VGPU_FUZZ_INPUTS=N runs N inputs instead of the few of the test suite.
 * VGPU_TEST_DATA is the folder of the scripts.
 */
#include <string.h>

#include "requests.h"
#include "seeds.h"

#define INPUTS 4000

static struct fuzz_seeds seeds;

static void test_seeds(void)
{
    for (unsigned i = 0; i < seeds.inputs->len; i++) {
        const GByteArray *input = g_ptr_array_index(seeds.inputs, i);

        for (unsigned choice = 0; choice < 128; choice += 19) {
            input->data[0] = choice;
            fuzz_requests(input->data, input->len);
        }
    }
}

static uint32_t interesting(GRand *rand)
{
    static const uint32_t values[] = {
        0, 1, 2, 3, 4, 64, 255, 256, 4096, 16384, 32767, 32768, 65535, 65536,
        0x7fffffff, 0x80000000, 0xfffff000, 0xfffffffc, 0xffffffff,
        FUZZ_RAM_ADDR, FUZZ_RAM_ADDR + FUZZ_RAM_BYTES - 1,
        0x100, 0x101, 0x103, 0x104, 0x105, 0x106, 0x10c, 0x10d, 0x300,
        0x200, 0x201, 0x202, 0x204, 0x205, 0x206, 0x207,
    };

    return values[g_rand_int_range(rand, 0, G_N_ELEMENTS(values))];
}

static void mutate(GByteArray *input, GRand *rand)
{
    for (int i = g_rand_int_range(rand, 0, 12); i > 0; i--) {
        uint32_t at = g_rand_int_range(rand, 0, input->len);
        uint32_t word = interesting(rand);

        switch (g_rand_int_range(rand, 0, 4)) {
        case 0:
            input->data[at] ^= 1 << g_rand_int_range(rand, 0, 8);
            break;
        case 1:
            input->data[at] = g_rand_int(rand);
            break;
        default:
            memcpy(input->data + at, &word, MIN(4, input->len - at));
        }
    }
    if (g_rand_int_range(rand, 0, 8) == 0) {
        g_byte_array_set_size(input, g_rand_int_range(rand, 1,
                                                      input->len + 1));
    }
}

/* The end of one case behind the beginning of another, changed. */
static GByteArray *make_input(GRand *rand)
{
    const GByteArray *head =
        g_ptr_array_index(seeds.inputs,
                          g_rand_int_range(rand, 0, seeds.inputs->len));
    const GByteArray *tail =
        g_ptr_array_index(seeds.inputs,
                          g_rand_int_range(rand, 0, seeds.inputs->len));
    GByteArray *input = g_byte_array_new();

    g_byte_array_append(input, head->data, MIN(head->len, 3000));
    if (g_rand_boolean(rand) && tail->len > 1) {
        g_byte_array_append(input, tail->data + 1, MIN(tail->len - 1, 3000));
    }
    input->data[0] = g_rand_int(rand);
    mutate(input, rand);
    return input;
}

static void test_mutations(void)
{
    const char *text = g_getenv("VGPU_FUZZ_INPUTS");
    uint64_t inputs = text ? g_ascii_strtoull(text, NULL, 0) : INPUTS;
    GRand *rand = g_rand_new_with_seed(5);

    for (uint64_t i = 0; i < inputs; i++) {
        GByteArray *input = make_input(rand);

        fuzz_requests(input->data, input->len);
        g_byte_array_unref(input);
    }
    g_rand_free(rand);
}

/* Nothing but noise. */
static void test_noise(void)
{
    GRand *rand = g_rand_new_with_seed(6);
    uint8_t bytes[600];

    for (unsigned i = 0; i < INPUTS; i++) {
        for (unsigned at = 0; at < sizeof(bytes); at++) {
            bytes[at] = g_rand_int(rand);
        }
        fuzz_requests(bytes, g_rand_int_range(rand, 0, sizeof(bytes)));
    }
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    fuzz_seeds_collect(&seeds, g_getenv("VGPU_TEST_DATA"));
    g_test_add_func("/structure/seeds", test_seeds);
    g_test_add_func("/structure/T-641/mutations", test_mutations);
    g_test_add_func("/structure/T-641/noise", test_noise);
    result = g_test_run();
    fuzz_seeds_free(&seeds);
    return result;
}
