/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The processor's instructions that C has no words for.
 */
#ifndef BENCH_GUEST_CPU_H
#define BENCH_GUEST_CPU_H

#include <stdint.h>

static inline void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline uint32_t in32(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* The time stamp counter; bench/machine says how fast it ticks. */
static inline uint64_t ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

static inline void fill32(uint32_t *to, uint32_t value, uint32_t count)
{
    __asm__ volatile("rep stosl" : "+D"(to), "+c"(count) : "a"(value)
                     : "memory");
}

/* In a loop that waits. */
static inline void relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

/*
 * Stores before, loads after: the device's half is in virtio's rings.  A locked
 * instruction will not do: with one vCPU QEMU 10.0's TCG makes plain loads and
 * stores of it, though the device's thread runs beside them.
 */
static inline void full_barrier(void)
{
    __asm__ volatile("mfence" : : : "memory");
}

/* x86 keeps the order of loads and that of stores; the compiler must too. */
static inline void compiler_barrier(void)
{
    __asm__ volatile("" : : : "memory");
}

#endif
