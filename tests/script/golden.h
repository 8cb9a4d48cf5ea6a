/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Golden transcripts: one file a script, a section a case, an empty line
 * between them.  Inside tests/script only.
 */
#ifndef TESTS_SCRIPT_GOLDEN_H
#define TESTS_SCRIPT_GOLDEN_H

#include "script.h"

/* Where a script's transcript lies.  The caller's, g_free(). */
char *golden_path(const struct script *script);

/* The section of a case in the text of a golden file, or NULL.  g_free(). */
char *golden_section(const char *golden, const char *case_name);

/* Appends a case's section. */
void golden_append(GString *golden, const char *case_name,
                   const char *transcript);

#endif
