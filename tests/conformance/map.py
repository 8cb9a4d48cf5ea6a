#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""map.py [--results TESTLOG] [--check]: which test covers which id.

Writes docs/conformance.md: every test id of the matrix (matrix.tsv), the tests
that carry it in their name, and what became of them in the last recorded run.
Ids stand in "case" lines of tests/data/*.vgpu and in the names of tests in C
and Python ("/T-548/pci-ids"). TESTLOG is Meson's testlog.json of a "make
check"; without it the results stay as they are. --check writes nothing and
ends with 1 when the table does not fit the sources.
"""
import argparse
import collections
import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MATRIX = 'tests/conformance/matrix.tsv'
DOCUMENT = 'docs/conformance.md'

ID = re.compile(r'T-\d{3}')
CASE = re.compile(r'^case ((?:T-\d{3} )+)(.*)$', re.M)
# A literal that is a test's name: ids stand at the beginning of its parts.
LITERAL = re.compile(r'''"([^"\n]*)"|'([^'\n]*)\'''')
NAME_WITH_ID = re.compile(r'(?:^|[/,])T-\d{3}(?:[/,]|$)')
COMMENT = re.compile(r'/\*.*?\*/', re.S)
ROW = re.compile(r'^\| (T-\d{3}) \| (.*?) \| (.*?) \| (.*?) \|$', re.M)
TAP = re.compile(r'^(not )?ok\b\s*\d*\s*-?\s*([^#\n]*?)\s*(#\s*SKIP.*)?$',
                 re.M | re.I)

# The issues whose ids must all have a test.
PRESENT = ('2', '4')
NO_RESULT = 'not run'
RESULTS = ('pass', 'FAIL', 'skip', NO_RESULT)

HEAD = '''# Conformance

Every test that the conformance matrix asks for, the tests that carry its id in
their name, and what became of them in the last recorded run of `make check`.
`tests/conformance/map.py` writes this file and a test holds it to the sources;
to record a run:

    make check; tests/conformance/map.py --results build/meson-logs/testlog.json

`data/` are command scripts, which run on the fake host and in QEMU; `unit/`
tests the library alone, `qtest/` the device in QEMU, `guest/` a Linux guest.
"issue N" marks what a later step brings; such ids may have tests already.

'''


class Row:
    """One id: where the matrix has it and which tests carry it."""

    def __init__(self, line):
        self.id, self.issue, self.group, self.case = line.split('\t')
        self.where = []

    @property
    def needs_test(self):
        return self.issue in PRESENT

    def fallback(self):
        """The status of an id without a test."""
        if self.issue == '-':
            return 'not offered'
        return 'NO TEST' if self.needs_test else f'issue {self.issue}'


def read_matrix(root):
    with open(os.path.join(root, MATRIX), encoding='utf-8') as file:
        rows = [Row(line.rstrip('\n')) for line in file
                if not line.startswith('#')]
    return {row.id: row for row in rows}


def sources(root, folder, ends):
    path = os.path.join(root, 'tests', folder)
    for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
        if name.endswith(ends):
            with open(os.path.join(path, name), encoding='utf-8') as file:
                yield f'{folder}/{os.path.splitext(name)[0]}', file.read()


def title_of(name):
    """The part of a test's name that is for people: what follows the ids."""
    parts = [part for part in name.split('/') if part]
    last = max((i for i, part in enumerate(parts) if ID.match(part)),
               default=-1)
    rest = [part for part in parts[last + 1:] if not part.startswith('%')]
    return ' '.join(rest or parts[:max(last, 0)]).replace('-', ' ')


def ids_in_scripts(root):
    for where, text in sources(root, 'data', '.vgpu'):
        for match in CASE.finditer(text):
            for test_id in match[1].split():
                yield test_id, f'{where}: {match[2]}'


def ids_in_literals(root, folder, ends):
    for where, text in sources(root, folder, ends):
        for line in COMMENT.sub('', text).splitlines():
            literals = [a or b for a, b in LITERAL.findall(line)]
            for i, literal in enumerate(literals):
                if not NAME_WITH_ID.search(literal):
                    continue
                # Some helpers take the id and the name as two arguments.
                alone = ID.fullmatch(literal) and i + 1 < len(literals)
                title = title_of(literals[i + 1] if alone else literal)
                for test_id in ID.findall(literal):
                    yield test_id, f'{where}: {title}'.rstrip(': ')


def find_tests(root, rows):
    """Fill in where; return ids in sources that the matrix does not have."""
    unknown = []
    found = list(ids_in_scripts(root))
    for folder, ends in (('unit', '.c'), ('qtest', '.c'), ('guest', '.py'),
                         ('stock', '.py')):
        found += ids_in_literals(root, folder, ends)
    for test_id, where in found:
        if test_id not in rows:
            unknown.append(f'{test_id} ({where}) is not in {MATRIX}')
        elif where not in rows[test_id].where:
            rows[test_id].where.append(where)
    return unknown


def read_document(root):
    """The document's rows: id to (where, status)."""
    path = os.path.join(root, DOCUMENT)
    if not os.path.exists(path):
        return {}
    with open(path, encoding='utf-8') as file:
        return {m[1]: (m[3], m[4]) for m in ROW.finditer(file.read())}


def read_results(path):
    """What became of each id in a run: the worst of all tests that ran."""
    outcomes = collections.defaultdict(set)
    with open(path, encoding='utf-8') as file:
        for line in file:
            for failed, name, skip in TAP.findall(
                    json.loads(line).get('stdout') or ''):
                outcome = 'skip' if skip else 'FAIL' if failed else 'pass'
                for test_id in ID.findall(name):
                    outcomes[test_id].add(outcome)
    return {test_id: next(o for o in ('FAIL', 'pass', 'skip') if o in seen)
            for test_id, seen in outcomes.items()}


def statuses(rows, document, results):
    for row in rows.values():
        old = document.get(row.id, ('', ''))[1]
        if not row.where:
            yield row, row.fallback()
        elif results is not None:
            yield row, results.get(row.id, NO_RESULT)
        else:
            yield row, old if old in RESULTS else NO_RESULT


def escape(text):
    return text.replace('|', '/')


def where_cell(row):
    """Places by file, so that a file is named once."""
    files = collections.OrderedDict()
    for where in row.where:
        name, _, title = where.partition(': ')
        files.setdefault(name, []).append(title)
    return escape('; '.join(
        f'{name}: {", ".join(t for t in titles if t)}'.rstrip(': ')
        for name, titles in files.items()))


def render(rows, status):
    groups = collections.OrderedDict()
    for row in rows.values():
        groups.setdefault(row.group, []).append(row)
    counts = collections.Counter(status.values())
    text = [HEAD, ', '.join(f'{n} {s}' for s, n in sorted(counts.items())),
            f' of {len(rows)} ids.\n']
    for group, members in groups.items():
        text.append(f'\n## {group}\n\n| T-id | case | where tested | status |\n'
                    '|---|---|---|---|\n')
        for row in members:
            text.append(f'| {row.id} | {escape(row.case)} | {where_cell(row)}'
                        f' | {status[row.id]} |\n')
    return ''.join(text)


def check(root):
    """Sentences about what is wrong; ids without a test come first."""
    rows = read_matrix(root)
    wrong = find_tests(root, rows)
    document = read_document(root)
    for row in rows.values():
        where, status = document.get(row.id, (None, None))
        if row.needs_test and not row.where:
            wrong.append(f'{row.id} ({row.group}: {row.case}) has no test')
        if where != where_cell(row):
            wrong.append(f'{row.id}: {DOCUMENT} does not say where it is'
                         f' tested, run tests/conformance/map.py')
        elif status not in (RESULTS if row.where else (row.fallback(),)):
            wrong.append(f'{row.id}: {DOCUMENT} has no status "{status}"')
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--results', help="Meson's testlog.json")
    parser.add_argument('--check', action='store_true')
    options = parser.parse_args()
    if options.check:
        wrong = check(ROOT)
        print('\n'.join(wrong))
        return 1 if wrong else 0
    rows = read_matrix(ROOT)
    for sentence in find_tests(ROOT, rows):
        print(sentence, file=sys.stderr)
    results = read_results(options.results) if options.results else None
    status = {row.id: s for row, s in
              statuses(rows, read_document(ROOT), results)}
    with open(os.path.join(ROOT, DOCUMENT), 'w', encoding='utf-8') as file:
        file.write(render(rows, status))
    return 0


if __name__ == '__main__':
    sys.exit(main())
