#version 450
// SPDX-License-Identifier: GPL-2.0-or-later
// Copyright (c) 2026 The qemu-virtio-gpu authors

layout(location = 0) in vec2 pixel;
layout(location = 1) in vec3 corner;
layout(location = 0) out vec3 colour;

const float SIDE = 256.0;

void main()
{
    gl_Position = vec4(pixel * 2.0 / SIDE - 1.0, 0.0, 1.0);
    colour = corner;
}
