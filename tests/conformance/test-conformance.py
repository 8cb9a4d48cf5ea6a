#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Every id of the matrix that is due has a test, and the table says so. TAP."""
import os
import sys
import tempfile

import map as conformance

MAX_SENTENCES = 40


def write(root, name, text):
    path = os.path.join(root, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)


def small_tree(root):
    write(root, conformance.MATRIX,
          'T-001\t2\tPaths\tone\nT-002\t2\tPaths\ttwo\nT-003\t5\tPaths\tlater\n')
    write(root, 'tests/data/a.vgpu', 'case T-001 T-003 a title\n')
    write(root, 'tests/qtest/b-test.c',
          '/* T-002 in a comment is no test */\nadd("/T-002/b", f);\n')


def render(root, results=None):
    rows = conformance.read_matrix(root)
    conformance.find_tests(root, rows)
    status = {row.id: s for row, s in conformance.statuses(
        rows, conformance.read_document(root), results)}
    write(root, conformance.DOCUMENT, conformance.render(rows, status))
    return status


def finds_ids(root):
    rows = conformance.read_matrix(root)
    assert conformance.find_tests(root, rows) == []
    assert rows['T-001'].where == ['data/a: a title'], rows['T-001'].where
    assert rows['T-002'].where == ['qtest/b-test: b'], rows['T-002'].where


def table_fits(root):
    render(root)
    assert conformance.check(root) == [], conformance.check(root)


def missing_test_is_found(root):
    write(root, 'tests/qtest/b-test.c', '/* "T-002" */ "see T-002"\n')
    render(root)
    assert any('T-002' in s and 'has no test' in s
               for s in conformance.check(root))


def stale_table_is_found(root):
    render(root)
    write(root, 'tests/data/a.vgpu', 'case T-001 T-003 another title\n')
    assert any('T-001' in s for s in conformance.check(root))


def unknown_id_is_found(root):
    write(root, 'tests/data/a.vgpu', 'case T-001 T-999 a title\n')
    render(root)
    assert any('T-999' in s for s in conformance.check(root))


def results_are_kept(root):
    log = os.path.join(root, 'log.json')
    write(root, 'log.json',
          '{"stdout": "ok 1 /a/T-001,T-003/x\\nnot ok 2 /T-003/y\\n'
          'ok 3 /T-002/b # SKIP no\\n"}\n')
    status = render(root, conformance.read_results(log))
    assert status == {'T-001': 'pass', 'T-002': 'skip', 'T-003': 'FAIL'}, status
    assert render(root) == status


def repository(_root):
    wrong = conformance.check(conformance.ROOT)
    for sentence in wrong[:MAX_SENTENCES]:
        print('#', sentence)
    assert not wrong, f'{len(wrong)} sentences'


CASES = (finds_ids, table_fits, missing_test_is_found, stale_table_is_found,
         unknown_id_is_found, results_are_kept, repository)


def main():
    failures = 0
    print(f'1..{len(CASES)}')
    for number, case in enumerate(CASES, 1):
        with tempfile.TemporaryDirectory() as root:
            small_tree(root)
            try:
                case(root)
                word = 'ok'
            except AssertionError as error:
                print('#', error)
                word = 'not ok'
                failures += 1
        print(word, number, case.__name__.replace('_', '-'))
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
