#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""test-files.py SOURCE: the files in contrib and the document that read our metrics name
metrics that there are, and docs/operations.md explains each alert. Prints TAP.

What promtool and a real Prometheus say of them is "make check-operate".
"""
import json
import os
import re
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, '..', 'host'))

from promql import PREFIX, Exposition, documented, mixes_devices   # noqa: E402
from tap import run_all                             # noqa: E402

SOURCE = sys.argv[1]
ALERTS = 'contrib/prometheus/alerts.yml'
DASHBOARD = 'contrib/grafana/dashboard.json'
RULES_TEST = 'tests/operate/alerts-test.yml'
OPERATIONS = 'docs/operations.md'
METRICS = 'docs/metrics.md'
# An exposition of all there is, held to the code by unit-metrics.
EXPOSITION = 'tests/unit/metrics.golden'


def read(path):
    with open(os.path.join(SOURCE, path), encoding='utf-8', errors='replace') as file:
        return file.read()


def rules():
    groups = yaml.safe_load(read(ALERTS))['groups']
    found = [rule for group in groups for rule in group['rules']]
    assert found, f'{ALERTS} has no rule'
    return found


def same(left, right, sentence):
    assert set(left) == set(right), \
        f'{sentence}: {sorted(set(left) ^ set(right))}'


def finds_what_is_not_there(_):
    """Or else the next ones could not fail."""
    exposition = Exposition(read(EXPOSITION))
    for expression, said in (
            ('rate(qemu_virtio_gpu_frobs_total[5m])', 'there is no'),
            ('qemu_virtio_gpu_fences{queue="ctrl"}', 'has no label queue'),
            ('qemu_virtio_gpu_queue_depth{queue="control"}', 'has no queue="control"'),
            ('sum by (kind) (qemu_virtio_gpu_fences)', 'has a label kind')):
        found = list(exposition.unknown(expression))
        assert len(found) == 1 and said in found[0], f'{expression}: {found}'
    assert not list(exposition.unknown(
        'sum by (le) (rate(qemu_virtio_gpu_queue_latency_seconds_bucket'
        '{queue="ctrl", domain=~"a.*", job="x"}[5m]))'))


def alerts_read_metrics_of_ours(_):
    exposition = Exposition(read(EXPOSITION))
    for rule in rules():
        wrong = list(exposition.unknown(rule['expr']))
        assert not wrong, f'{rule["alert"]}: {", ".join(wrong)}'


def alerts_say_what_is_wrong(_):
    for rule in rules():
        assert rule['labels']['severity'] in ('warning', 'critical'), rule['alert']
        for text in ('summary', 'description'):
            assert rule['annotations'][text], f'{rule["alert"]} has no {text}'


def alerts_are_explained(_):
    headings = re.findall(r'^### (VirtioGpu\w+)$', read(OPERATIONS), re.M)
    same([rule['alert'] for rule in rules()], headings,
         f'alerts and headings of {OPERATIONS} differ')


def alerts_are_tested(_):
    fired = set()
    for test in yaml.safe_load(read(RULES_TEST))['tests']:
        samples = [case['exp_samples'] for case in test.get('promql_expr_test', ())]
        assert not samples or [] in samples, \
            f'nothing says when "{test["name"]}" does not fire'
        for sample in (one for some in samples for one in some):
            fired |= set(re.findall(r'alertname="(\w+)"', sample['labels']))
    same([rule['alert'] for rule in rules()], fired,
         f'alerts and what fires in {RULES_TEST} differ')


def panels():
    found = json.loads(read(DASHBOARD))['panels']
    assert found, f'{DASHBOARD} has no panel'
    return found


def dashboard_reads_metrics_of_ours(_):
    exposition = Exposition(read(EXPOSITION))
    shown = set()
    for panel in panels():
        for target in panel.get('targets', ()):
            wrong = list(exposition.unknown(target['expr']))
            assert not wrong, f'{panel["title"]}: {", ".join(wrong)}'
            shown |= set(re.findall(PREFIX + r'\w+', target['expr']))
    base = {re.sub(r'_(bucket|sum|count)$', '', name) for name in exposition.metrics}
    same({re.sub(r'_(bucket|sum|count)$', '', name) for name in shown}, base,
         'the dashboard and the metrics that there are differ')


def document_reads_metrics_of_ours(_):
    exposition = Exposition(read(EXPOSITION))
    for expression in documented(read(METRICS)):
        wrong = list(exposition.unknown(expression))
        assert not wrong, f'{METRICS}: {", ".join(wrong)}'


def document_explains_all_metrics(_):
    """By name, with their labels, and as the kind that they are."""
    text = read(EXPOSITION)
    wanted = {}
    for name, kind in re.findall(rf'^# TYPE {PREFIX}(\w+) (\w+)$', text, re.M):
        samples = re.findall(rf'^{PREFIX}{name}(?:_bucket|_sum|_count)?{{(.*)}} ', text,
                             re.M)
        labels = set(re.findall(r'(\w+)="', ' '.join(samples)))
        wanted[name] = kind, labels - {'domain', 'device', 'le'}
    got = {}
    table = read(METRICS).partition('## Figures')[2]
    for names, kind in re.findall(r'^\| (`.*?) \| (\w+) \|', table, re.M):
        for name, labels in re.findall(r'`(\w+)(?:{([\w,]+)})?`', names):
            got[name] = ('gauge' if kind == '1' else kind,
                         set(labels.split(',')) - {''})
    same(wanted, got, f'metrics, and what {METRICS} explains')
    wrong = [f'{name}: {got[name]}, not {wanted[name]}' for name in sorted(wanted)
             if got[name] != wanted[name]]
    assert not wrong, '\n'.join(wrong)


def devices_are_kept_apart(_):
    """VMs without a name differ by where they are scraped."""
    assert mixes_devices('sum by (domain, device, le) (x)')
    assert mixes_devices('x * on(domain, device) group_left(profile) y')
    expressions = [rule['expr'] for rule in rules()] + documented(read(METRICS)) + [
        target['expr'] for panel in panels() for target in panel.get('targets', ())]
    mixed = [expression for expression in expressions if mixes_devices(expression)]
    assert not mixed, 'devices become one in ' + '; '.join(mixed)


def dashboard_can_be_imported(_):
    """As Grafana wants it: the data source is asked for, panels have ids and places."""
    dashboard = json.loads(read(DASHBOARD))
    source, = dashboard['__inputs']
    assert source['name'] == 'DS_PROMETHEUS' and source['type'] == 'datasource', source
    assert dashboard['title'] and dashboard['uid'] and 'id' not in dashboard
    variables = {one['name'] for one in dashboard['templating']['list']}
    uses = dashboard['templating']['list'] + panels() + [
        target for panel in panels() for target in panel.get('targets', ())]
    for use in uses:
        if use.get('type') != 'row':
            assert use['datasource'] == {'type': 'prometheus',
                                         'uid': '${DS_PROMETHEUS}'}, use
    for panel in panels():
        for target in panel.get('targets', ()):
            named = set(re.findall(r'\$(?!__)(\w+)', target['expr']))
            assert named <= variables, f'{panel["title"]}: {named - variables}'
    ids = [panel['id'] for panel in panels()]
    assert len(ids) == len(set(ids)), f'ids come twice: {sorted(ids)}'


def dashboard_panels_have_room(_):
    taken = set()
    for panel in panels():
        place = panel['gridPos']
        cells = {(x, y) for x in range(place['x'], place['x'] + place['w'])
                 for y in range(place['y'], place['y'] + place['h'])}
        assert max(x for x, _ in cells) < 24, f'{panel["title"]} is too far right'
        assert not cells & taken, f'{panel["title"]} lies on another'
        taken |= cells
        if panel['type'] != 'row':
            assert panel['title'] and panel['description'] and panel['targets'], panel


CASES = (finds_what_is_not_there, alerts_read_metrics_of_ours, alerts_say_what_is_wrong,
         alerts_are_explained, alerts_are_tested, dashboard_reads_metrics_of_ours,
         document_reads_metrics_of_ours, document_explains_all_metrics,
         devices_are_kept_apart, dashboard_can_be_imported, dashboard_panels_have_room)

sys.exit(run_all((case.__name__.replace('_', '-'), case) for case in CASES))
