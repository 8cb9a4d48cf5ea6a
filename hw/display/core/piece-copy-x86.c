/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "piece-copy.h"

#include <immintrin.h>
#include <string.h>

/* Below this the destination stays in the cache, where it is wanted. */
#define STREAM_MIN_TOTAL (4u << 20)

/* From a page on, memcpy() is as fast. */
#define STREAM_MAX_PIECE 4095

/* Of the next piece; the processor's own prefetcher is awake by then. */
#define PREFETCH_BYTES 512
#define CACHE_LINE_BYTES 64

static void copy_plain(uint8_t *dest, const uint8_t *from, uint64_t bytes,
                       const uint8_t *next)
{
    (void)next;
    memcpy(dest, from, bytes);
}

static void prefetch(const uint8_t *next)
{
    for (int i = 0; i < PREFETCH_BYTES; i += CACHE_LINE_BYTES) {
        __builtin_prefetch(next + i);
    }
}

/* What of @bytes lies before @dest's next cache line. */
static uint64_t head_bytes(const uint8_t *dest, uint64_t bytes)
{
    uint64_t head = -(uintptr_t)dest % CACHE_LINE_BYTES;

    return head < bytes ? head : bytes;
}

__attribute__((target("avx2")))
static void stream_avx2(uint8_t *dest, const uint8_t *from, uint64_t bytes,
                        const uint8_t *next)
{
    uint64_t head = head_bytes(dest, bytes);

    if (bytes > STREAM_MAX_PIECE) {
        memcpy(dest, from, bytes);
        return;
    }
    prefetch(next);
    memcpy(dest, from, head);
    dest += head;
    from += head;
    bytes -= head;
    for (; bytes >= CACHE_LINE_BYTES; bytes -= CACHE_LINE_BYTES) {
        __m256i a = _mm256_loadu_si256((const __m256i *)from);
        __m256i b = _mm256_loadu_si256((const __m256i *)(from + 32));

        _mm256_stream_si256((__m256i *)dest, a);
        _mm256_stream_si256((__m256i *)(dest + 32), b);
        dest += CACHE_LINE_BYTES;
        from += CACHE_LINE_BYTES;
    }
    memcpy(dest, from, bytes);
}

vgpu_piece_copier *vgpu_piece_copier_for(uint64_t total)
{
    return total >= STREAM_MIN_TOTAL && __builtin_cpu_supports("avx2")
           ? stream_avx2 : copy_plain;
}

void vgpu_piece_copy_finish(void)
{
    /* Streaming stores are ordered by nothing else. */
    _mm_sfence();
}
