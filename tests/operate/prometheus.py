#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Have a real Prometheus scrape the device of a real guest; TAP on stdout.

A Linux guest draws, Prometheus is asked what it knows of it. promtool judges the
text, by HTTP and in the file for node_exporter, and the alerts, which Prometheus
evaluates meanwhile.
"""
import functools
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "guest"))

from guests import parser, run_cases  # noqa: E402
from run import Tap  # noqa: E402
from server import (ALERTS, METRIC, PATIENCE_S, SCRAPE_S, NodeExporter,  # noqa: E402
                    Prometheus, fetch, free_port, missing)
from vm import GuestError, VM, build_image  # noqa: E402

NAME = "operated"
FILE = "virtio-gpu-{}.prom"
# How often QEMU writes it anew.
RENEWED_S = 10
# True before the first scrape.
AT_START = ("VirtioGpuDown", "VirtioGpuNoTargets")
RULES_TEST = ROOT / "tests/operate/alerts-test.yml"


class Run:
    """The guest, those who look at it, and how another VM is made like it."""

    def __init__(self, vm, make_vm, prometheus, node, target, textfile):
        self.vm = vm
        self.make_vm = make_vm
        self.prometheus = prometheus
        self.node = node
        self.target = target
        self.textfile = textfile

    def value(self, metric, judge, what):
        vector = self.prometheus.wait(
            METRIC + metric, lambda v: len(v) == 1 and judge(v[0][1]), what)
        return vector[0][1]


def promtool(*words, text=None):
    """What promtool says, which is an error if it does not agree."""
    done = subprocess.run(["promtool", *map(str, words)], input=text,
                          capture_output=True, text=True)
    if done.returncode:
        raise GuestError(f"promtool: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def check(text):
    """promtool's judgement of an exposition."""
    said = promtool("check", "metrics", text=text)
    if said:
        raise GuestError(f"promtool: {said}")


def case_scraped(run):
    """Prometheus scrapes the device"""
    vector = run.prometheus.wait('up{job="virtio-gpu"}',
                                 lambda v: v and v[0][1] == 1,
                                 "no scrape that worked")
    if vector[0][0]["instance"] != run.target:
        raise GuestError(f"another target: {vector}")
    labels, _ = run.prometheus.wait(METRIC + "info", len, "no info")[0]
    for label, want in (("domain", NAME), ("device", "gpu"), ("route", "2d"),
                        ("renderer", "pixman")):
        if labels.get(label) != want:
            raise GuestError(f"{label} of {labels} is not {want}")


def case_promtool(run):
    """promtool finds nothing wrong with what is served"""
    check(fetch(f"http://{run.target}/metrics"))


def case_textfile(run):
    """nor with the file for node_exporter, which serves it"""
    deadline = time.monotonic() + PATIENCE_S
    wanted = f'{METRIC}requests_total{{command="RESOURCE_FLUSH",device="gpu",' \
             f'domain="{NAME}"'
    while wanted not in fetch(f"http://{run.node.address}/metrics"):
        if time.monotonic() > deadline:
            raise GuestError("the guest's requests do not reach node_exporter")
        time.sleep(SCRAPE_S)
    check(run.textfile.read_text())


def case_rates(run):
    """What the guest draws is seen as requests, bytes and frames"""
    before = run.value('requests_total{command="RESOURCE_FLUSH",result="OK"}',
                       lambda v: v > 0, "no flush")
    run.vm.run("i=0; while [ $i -lt 300 ]; do i=$((i+1)); "
               "echo line $i >/dev/tty0; done")
    run.value('requests_total{command="RESOURCE_FLUSH",result="OK"}',
              lambda v: v > before, "no more flushes")
    run.value('transfer_bytes_total{direction="to_host"}', lambda v: v > 1e6,
              "no bytes of a screen")
    run.value("frames_flushed_total", lambda v: v > 0, "no frames")
    run.value("resources", lambda v: v >= 1, "no framebuffer")


def case_latency(run):
    """Quantiles of the control queue's latency are those of a machine"""
    vector = run.prometheus.wait(
        f'histogram_quantile(0.5, {METRIC}queue_latency_seconds_bucket'
        '{queue="ctrl"})', lambda v: v and 0 < v[0][1] < 10, "no quantile")
    print(f"# median {vector[0][1] * 1e6:.1f} us")
    counts = run.prometheus.query(
        f'{METRIC}queue_latency_seconds_count{{queue="ctrl"}} '
        f'== bool on() sum({METRIC}requests_total{{queue="ctrl"}})')
    if [v for _, v in counts] != [1.0]:
        raise GuestError(f"latencies are not as many as requests: {counts}")


def case_errors(run):
    """A guest's driver makes no mistakes"""
    vector = run.prometheus.wait(METRIC + "guest_errors_total",
                                 lambda v: len(v) == 2, "no counters")
    if any(value for _, value in vector):
        raise GuestError(f"mistakes: {vector}")


def case_rules(_):
    """promtool finds nothing wrong with the alerts; each fires beyond its bound only"""
    promtool("check", "rules", ALERTS)
    promtool("test", "rules", RULES_TEST)


def case_no_alert(run):
    """All alerts are evaluated; over a guest that is well none fires or is about to"""
    deadline = time.monotonic() + PATIENCE_S
    rules = []
    while not rules or any(rule["health"] == "unknown" or
                           rule["state"] == "pending" and rule["name"] in AT_START
                           for rule in rules):
        if time.monotonic() > deadline:
            raise GuestError(f"not evaluated, or not at rest, in time: {rules}")
        time.sleep(SCRAPE_S)
        rules = [rule for group in run.prometheus.ask("rules")["groups"]
                 for rule in group["rules"]]
    for rule in rules:
        if rule["health"] != "ok" or rule["state"] != "inactive":
            raise GuestError(f"{rule['name']}: {rule}")
    resets = run.value('resets_total', lambda v: v > 0, "no reset")
    print(f"# {len(rules)} alerts; the boot was {resets:.0f} resets")


def stale_selector():
    """What VirtioGpuTextfileStale looks at."""
    match = re.search(r"node_textfile_mtime_seconds\{[^}]*\}", ALERTS.read_text())
    return match[0]


def case_killed(run):
    """A QEMU that is killed leaves a file whose age the alert sees"""
    left = run.textfile.with_name(FILE.format("killed"))
    device = f"virtio-gpu-pci,metrics-textfile={left}"
    with run.make_vm([device], run.vm.work / "killed") as vm:
        vm.connect_monitor()
        vm.process.kill()
        vm.process.wait()
    wanted = f"time() - {stale_selector()} > {RENEWED_S + 5}"
    vector = run.prometheus.wait(wanted, len, "no old file")
    if [Path(labels["file"]).name for labels, _ in vector] != [left.name]:
        raise GuestError(f"other files are old: {vector}")
    left.unlink()


def case_down(run):
    """The end of QEMU removes its file and is an alert that waits to fire"""
    run.vm.close()
    if run.textfile.exists():
        raise GuestError(f"{run.textfile} is left")
    run.prometheus.wait('ALERTS{alertname="VirtioGpuDown",alertstate="pending"}',
                        lambda v: [labels["instance"] for labels, _ in v] ==
                        [run.target], "no alert")


CASES = [case_scraped, case_promtool, case_rules, case_rates, case_latency,
         case_errors, case_textfile, case_no_alert, case_killed, case_down]


def main():
    args = parser(__doc__).parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    if missing():
        print(f"Bail out! there is no {missing()}: make check-operate installs it")
        return 1
    textfile = args.output / FILE.format(NAME)
    target = f"127.0.0.1:{free_port()}"
    device = (f"virtio-gpu-pci,id=gpu,metrics={target},"
              f"metrics-textfile={textfile}")
    make_vm = functools.partial(VM, build_image(), modules=args.modules,
                                qemu=args.qemu, preload=args.preload)
    tap = Tap(len(CASES))
    with make_vm([device], args.output, extra=["-name", NAME]) as vm, \
            NodeExporter(args.output, args.output) as node, \
            Prometheus(args.output, target, node.address) as prometheus:
        vm.boot()
        vm.run("modprobe virtio_gpu; "
               "until [ -e /dev/dri/card0 ]; do sleep 0.05; done")
        run = Run(vm, make_vm, prometheus, node, target, textfile)
        run_cases(tap, CASES, run)
    return 1 if tap.failed else 0


sys.exit(main())
