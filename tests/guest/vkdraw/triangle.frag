#version 450
// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (c) 2026 The qemu-virtio-gpu authors

layout(location = 0) in vec3 colour;
layout(location = 0) out vec4 drawn;
layout(push_constant) uniform Frame { float level; } frame;

void main()
{
    drawn = vec4(colour.rg, colour.b * frame.level, 1.0);
}
