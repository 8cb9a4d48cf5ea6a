# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A picture of the figures that matter most, from the file of samples."""
import statistics

COLOURS = {'stock': '#9aa5b1', 'ours': '#2a78d6'}
INK, GRID = '#333a42', '#e3e7eb'
TARGET = '#c0392b'
# Behind a number that stands where the line of a target is.
BACKGROUND = {'facecolor': 'white', 'edgecolor': 'none', 'pad': 0.8}

# title, unit, logarithmic, rows of (what a row is called, name of the figure)
PANELS = (
    ('From the guest\'s drawing to a VNC viewer', 'ms', True, (
        ('again and again', 'VNC latency, no idle'),
        ('after 10 s of idle', 'VNC latency, 10 s idle'),
        ('after 30 s of idle', 'VNC latency, 30 s idle'))),
    ('Main thread for a 4K page flip,\n16x16 pixels changed', 'ms of CPU',
     False, (
        ('boot program', 'main thread, 4K flip'),
        ('all transferred', 'main thread, 4K flip, all transferred'),
        ('weston, 20x20', 'main thread, weston 4K flip'))),
    ('While 64 transfers of 4K are queued', 'ms', True, (
        ('cursor doorbell, p50', 'cursor doorbell, 64 transfers queued, p50'),
        ('cursor doorbell, p99.9',
         'cursor doorbell, 64 transfers queued, p99.9'),
        ('longest QMP round trip',
         'longest QMP round trip, 64 transfers queued'))),
    ('Commands, 64 on the way', 'thousand a second', False, (
        ('RESOURCE_FLUSH', 'RESOURCE_FLUSH depth 64'),
        ('CREATE_2D, UNREF', 'CREATE_2D+UNREF depth 64'))),
)


def _text(value):
    if value < 0.01:
        return f'{value:.3f}'
    return f'{value:.2f}' if value < 1 else f'{value:.3g}' if value < 100 \
        else f'{value:,.0f}'


def _bars(axes, rows, scale, logarithmic):
    """Two bars a row, stock above ours; returns the longest."""
    longest = 0
    for i, (_, figure) in enumerate(rows):
        for who, shift in (('stock', -0.19), ('ours', 0.19)):
            values = figure['values'][who]
            if not values:
                continue
            value = statistics.median(values) / scale
            shown = max(value, 0)
            longest = max(longest, shown)
            axes.barh(i + shift, shown, 0.34, color=COLOURS[who], zorder=2)
            axes.annotate(_text(value), (shown, i + shift), (4, 0),
                          textcoords='offset points', va='center',
                          fontsize=9, color=INK, zorder=4, bbox=BACKGROUND)
    if logarithmic:
        axes.set_xscale('log')
        low = min(statistics.median(v) / scale for _, f in rows
                  for v in f['values'].values() if v)
        axes.set_xlim(10 ** _floor_exponent(low / 2), longest * 6)
    else:
        axes.set_xlim(0, longest * 1.18)
    return longest


def _floor_exponent(value):
    exponent = 0
    while 10 ** exponent > value:
        exponent -= 1
    while 10 ** (exponent + 1) <= value:
        exponent += 1
    return exponent


def _targets(axes, rows):
    for i, (_, figure) in enumerate(rows):
        limit = figure['target_limit']
        if limit:
            axes.plot([limit, limit], [i - 0.42, i + 0.42], color=TARGET,
                      linewidth=1.5, linestyle=(0, (2, 1.5)), zorder=3)


def _panel(axes, panel, figures):
    title, unit, logarithmic, wanted = panel
    rows = [(label, figures[name]) for label, name in wanted
            if name in figures]
    axes.set_title(title, loc='left', fontsize=10.5, fontweight='bold',
                   color=INK)
    _bars(axes, rows, 1000 if unit.startswith('thousand') else 1, logarithmic)
    _targets(axes, rows)
    axes.set_yticks(range(len(rows)), [label for label, _ in rows])
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_xlabel(unit + (', logarithmic' if logarithmic else ''),
                    fontsize=9, color=INK)
    axes.tick_params(labelsize=9, colors=INK, length=0)
    axes.tick_params(which='minor', length=0)
    if logarithmic:
        axes.xaxis.set_major_formatter(lambda value, _: f'{value:g}')
    axes.grid(axis='x', color=GRID, zorder=0)
    axes.set_axisbelow(True)
    for side in ('top', 'right', 'left'):
        axes.spines[side].set_visible(False)
    axes.spines['bottom'].set_color(GRID)


def draw(result, path):
    """A PNG of @result, what bench/run writes as JSON."""
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import patches, lines, pyplot

    figures = {f['name']: f for f in result['figures']}
    panels = [p for p in PANELS if any(name in figures for _, name in p[3])]
    picture, grid = pyplot.subplots((len(panels) + 1) // 2, 2, squeeze=False,
                                    figsize=(10, 2.9 * ((len(panels) + 1) // 2)
                                             + 0.7))
    for axes in grid.flat[len(panels):]:
        axes.set_visible(False)
    for axes, panel in zip(grid.flat, panels):
        _panel(axes, panel, figures)
    picture.legend(
        handles=[patches.Patch(color=COLOURS['stock'], label='stock module'),
                 patches.Patch(color=COLOURS['ours'], label='this one'),
                 lines.Line2D([], [], color=TARGET, linestyle=(0, (2, 1.5)),
                              label='target, at most')],
        loc='upper left', ncols=3, frameon=False, fontsize=10)
    picture.text(0.99, 0.012, f'{result["qemu"]}, {result["processors"]}'
                 f' processors, {result["accel"]}, medians of'
                 f' {result["rounds"]} rounds',
                 ha='right', fontsize=8, color=INK)
    picture.tight_layout(rect=(0, 0.02, 1, 0.95), h_pad=2, w_pad=2)
    picture.savefig(path, dpi=110, facecolor='white')
