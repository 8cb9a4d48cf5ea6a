# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Options of measuring, of the program in the guest and of the one on the host."""
import argparse

# Figures: what glmark2 draws, by its names for it, and what turns.
SCENES = ('build', 'texture', 'shading:shading=phong', 'bump:bump-render=normals',
          'effect2d', 'jellyfish', 'shadow')
GEARS = 'gears'
NAMES = (*(scene.partition(':')[0] for scene in SCENES), GEARS)
ROUNDS, SECONDS = 3, 5
MOST_ROUNDS = 100
# Exit status where a figure is worse than the baseline allows.
WORSE = 4


def seconds(low, high):
    def parse(text):
        try:
            number = float(text)
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise argparse.ArgumentTypeError(
                f'{text} is no time from {low} to {high} seconds')
        return number
    return parse


def whole(low, high, what):
    def parse(text):
        if not (text.isascii() and text.isdigit() and len(text) <= 9
                and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(
                f'{text} is no {what} from {low} to {high}')
        return int(text)
    return parse


def add(parser):
    parser.add_argument('--rounds', type=whole(1, MOST_ROUNDS, 'number of rounds'),
                        default=ROUNDS, metavar='NUMBER',
                        help=f'how often each is measured ({ROUNDS})')
    parser.add_argument('--seconds', type=whole(1, 3600, 'number of seconds'),
                        default=SECONDS, metavar='NUMBER',
                        help=f'how long each is drawn ({SECONDS})')
    parser.add_argument('--only', action='append', choices=NAMES, metavar='NAME',
                        help='one of ' + ', '.join(NAMES) + '; may be repeated')
    parser.add_argument('--json', metavar='FILE',
                        help='write the report there, for programs and as a baseline;'
                        ' - is standard output, instead of the text')
    parser.add_argument('--baseline', metavar='FILE',
                        help='compare with a report that --json wrote')
    parser.add_argument('--tolerance', metavar='PERCENT',
                        type=whole(0, 99, 'percentage'),
                        help=f'exit with {WORSE} if a figure is worse than the baseline'
                        ' by more')


def check(parser, arguments):
    if arguments.tolerance is not None and not arguments.baseline:
        parser.error('--tolerance goes with --baseline')
