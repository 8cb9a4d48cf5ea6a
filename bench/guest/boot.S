/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * From the reset vector to main(): 32 bits, flat segments, no paging, no
 * interrupts.  There is no table of exceptions, so a fault resets the
 * machine, and QEMU, started with -no-reboot, ends.
 */
    .code16
    .section .reset, "ax"
    jmp start16

    .section .boot, "ax"
start16:
    cli
    cs lgdtl 0xff00 + gdt_pointer - start16
    movl %cr0, %eax
    orb $1, %al
    movl %eax, %cr0
    ljmpl $8, $start32

    .code32
    .globl start32
start32:
    movl $16, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl $stack_end, %esp
    cld
    movl $0xffff0000, %esi
    movl $image_start, %edi
    movl $image_end, %ecx
    subl %edi, %ecx
    shrl $2, %ecx
    rep movsl
    movl $main, %eax
    call *%eax
1:  hlt
    jmp 1b

    .balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff
    .quad 0x00cf93000000ffff
gdt_pointer:
    .word . - gdt - 1
    .long gdt

    .bss
    .balign 16
    .skip 16384
stack_end:

    .section .note.GNU-stack, "", @progbits
