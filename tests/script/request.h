/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A request on its way: built from the words of a statement, added to a
 * queue, judged when it is back.  Inside tests/script only.
 */
#ifndef TESTS_SCRIPT_REQUEST_H
#define TESTS_SCRIPT_REQUEST_H

#include "run.h"

/* Behind every reply buffer, to see writes past its end. */
#define GUARD_BYTES 64

/* What an untouched byte of a reply buffer reads as. */
#define POISON 0xa5

struct request {
    const struct command *command;
    unsigned line;
    char **words;               /* expanded */
    char **reply;               /* expanded; NULL: success is expected */
    unsigned queue;
    GByteArray *bytes;          /* what the device may read */
    GArray *pieces;             /* of struct script_descriptor */
    uint64_t reply_addr;
    uint32_t writable;          /* bytes the device may write */
    unsigned token;
    bool silent;                /* inside a loop that was shown enough */
};

void request_free(void *data);

/* Fills @request->bytes from its words. */
bool request_build(struct run *run, struct request *request);

/* One line of transcript. */
void request_note(struct run *run, const struct request *request);

/* Judges and notes a reply; @used is used.len. */
bool reply_judge(struct run *run, const struct request *request,
                 uint32_t used);

/* payload.c: the data of a typed reply, checked and noted in @text. */
bool payload_judge(struct run *run, const struct request *request,
                   const uint8_t *reply, GString *text);

/* What GET_CAPSET_INFO said of the size of a set in this case, or 0. */
uint32_t payload_capset_bytes(struct run *run, uint32_t id);

#endif
