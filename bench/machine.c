/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the machine itself can do, to compare with.
 *
 * machine             prints how fast the time stamp counter ticks
 * machine copy BYTES  prints the bytes a second of a contiguous memcpy(), the
 *                     best of many
 * machine spin        keeps a processor busy until it is killed
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <x86intrin.h>

#define CALIBRATE_NS 50000000
#define MEASURE_NS 100000000

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void print_tick_rate(void)
{
    uint64_t start = now_ns();
    uint64_t first = __rdtsc();
    uint64_t end;

    while ((end = now_ns()) < start + CALIBRATE_NS) {
    }
    printf("%.0f\n", (double)(__rdtsc() - first) * 1e9 / (double)(end - start));
}

/*
 * The source lies in huge pages where there are any, as QEMU asks for the
 * guest's memory; the destination is ordinary memory.
 */
static uint8_t *map(size_t bytes, int advice)
{
    uint8_t *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    madvise(p, bytes, advice);
    memset(p, 1, bytes);
    return p;
}

static void print_copy_rate(size_t bytes)
{
    uint8_t *source = map(bytes, MADV_HUGEPAGE);
    uint8_t *dest = map(bytes, MADV_NORMAL);
    uint64_t batch = 1 + (1 << 20) / bytes;
    uint64_t start = now_ns();
    uint64_t best = UINT64_MAX;
    uint64_t before, after;

    do {
        before = now_ns();
        for (uint64_t i = 0; i < batch; i++) {
            memcpy(dest, source, bytes);
            __asm__ volatile("" : : "r"(dest) : "memory");
        }
        after = now_ns();
        best = after - before < best ? after - before : best;
    } while (after < start + MEASURE_NS);
    printf("%.0f\n", (double)(batch * bytes) * 1e9 / (double)best);
}

int main(int argc, char **argv)
{
    if (argc == 1) {
        print_tick_rate();
    } else if (argc == 3 && strcmp(argv[1], "copy") == 0) {
        size_t bytes = strtoul(argv[2], NULL, 10);

        if (bytes == 0) {
            fprintf(stderr, "machine: copy how many bytes?\n");
            return 2;
        }
        print_copy_rate(bytes);
    } else if (argc == 2 && strcmp(argv[1], "spin") == 0) {
        for (;;) {
            _mm_pause();
        }
    } else {
        fprintf(stderr, "usage: machine [copy BYTES | spin]\n");
        return 2;
    }
    return 0;
}
