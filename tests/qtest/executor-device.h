/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The device that a case of the command scripts asks for, as QEMU's arguments,
 * and which there is none of: here, or on the route that was chosen.
 */
#ifndef TESTS_QTEST_EXECUTOR_DEVICE_H
#define TESTS_QTEST_EXECUTOR_DEVICE_H

#include "tests/script/script.h"

/* How requests travel; plain constants, chosen once per program. */
struct executor_options {
    bool packed;                /* rings */
    bool direct;                /* no indirect tables where a ring has room */
    const char *properties;     /* more of them for -device, or NULL */
    const char *route;          /* renderer= of every device, or NULL */
};

/* Of memory that the guest owns by VFIO, each case has so many regions. */
#define EXECUTOR_NUM_ASSIGNED 2

/* Whether the route is "vfio", and the guest has such devices. */
bool executor_device_is_assigned(const struct executor_options *options);

/* False with the reason in @why when there is no such device. */
bool executor_device_exists(const struct executor_options *options,
                            const struct script_device *device, GString *why);

/* Of -device, with the id gpu; to be freed. */
char *executor_device_name(const struct executor_options *options,
                           const struct script_device *device);

/* QEMU's arguments: that device and what must be beside it; to be freed. */
char *executor_device_arguments(const struct executor_options *options,
                                const struct script_device *device);

/*
 * Feature bits that the driver does not accept: those of the case, and what
 * the route offers though the case has a device without it.
 */
uint32_t executor_device_refused(const struct executor_options *options,
                                 const struct script_device *device);

#endif
