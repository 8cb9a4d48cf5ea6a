#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Have a real Prometheus scrape the device of a real guest; TAP on stdout.

A Linux guest draws, Prometheus is asked what it knows of it. promtool judges the
text, by HTTP and in the file for node_exporter.
"""
import argparse
import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "guest"))

from run import Tap  # noqa: E402
from vm import GuestError, VM, build_image  # noqa: E402

SCRAPE_S = 1
PATIENCE_S = 60
NAME = "operated"
METRIC = "qemu_virtio_gpu_"

CONFIGURATION = """\
global:
  scrape_interval: {interval}s
scrape_configs:
- job_name: gpu
  static_configs:
  - targets: ['{target}']
"""


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return answer.read().decode()


class Prometheus:
    """One process with its data in @work."""

    def __init__(self, work, target):
        self.work = work
        self.port = free_port()
        configuration = work / "prometheus.yml"
        configuration.write_text(CONFIGURATION.format(interval=SCRAPE_S,
                                                      target=target))
        data = work / "data"
        shutil.rmtree(data, ignore_errors=True)
        with open(work / "prometheus.log", "w") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={configuration}",
                 f"--storage.tsdb.path={data}",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def query(self, expression):
        """The vector: pairs of labels and value."""
        what = urllib.parse.urlencode({"query": expression})
        answer = json.loads(fetch(
            f"http://127.0.0.1:{self.port}/api/v1/query?{what}"))
        return [(one["metric"], float(one["value"][1]))
                for one in answer["data"]["result"]]

    def wait(self, expression, judge, what):
        """The vector as soon as @judge likes it."""
        deadline = time.monotonic() + PATIENCE_S
        vector = []
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise GuestError("Prometheus ended: "
                                 f"{self.work / 'prometheus.log'}")
            try:
                vector = self.query(expression)
                if judge(vector):
                    return vector
            except OSError:
                pass            # it starts
            time.sleep(SCRAPE_S / 4)
        raise GuestError(f"{what}: {expression} is {vector}")


class Run:
    def __init__(self, vm, prometheus, target, textfile):
        self.vm = vm
        self.prometheus = prometheus
        self.target = target
        self.textfile = textfile

    def value(self, metric, judge, what):
        vector = self.prometheus.wait(
            METRIC + metric, lambda v: len(v) == 1 and judge(v[0][1]), what)
        return vector[0][1]


def check(text):
    """promtool's judgement of an exposition."""
    done = subprocess.run(["promtool", "check", "metrics"], input=text,
                          capture_output=True, text=True)
    if done.returncode or done.stdout or done.stderr:
        raise GuestError(f"promtool: {done.stdout}{done.stderr}")


def case_scraped(run):
    """Prometheus scrapes the device"""
    vector = run.prometheus.wait("up", lambda v: v and v[0][1] == 1,
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
    """nor with the file for node_exporter"""
    deadline = time.monotonic() + PATIENCE_S
    wanted = f'{METRIC}requests_total{{domain="{NAME}",'
    while wanted not in run.textfile.read_text():
        if time.monotonic() > deadline:
            raise GuestError("the guest's requests do not come into the file")
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


CASES = [case_scraped, case_promtool, case_rates, case_latency, case_errors,
         case_textfile]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", required=True)
    parser.add_argument("--qemu", required=True)
    parser.add_argument("--preload")
    parser.add_argument("--output", type=Path, required=True)
    return parser.parse_args()


def main():
    args = arguments()
    args.output.mkdir(parents=True, exist_ok=True)
    for program in ("prometheus", "promtool"):
        if not shutil.which(program):
            print(f"Bail out! there is no {program}: make check-operate "
                  "installs it")
            return 1
    textfile = args.output / "gpu.prom"
    target = f"127.0.0.1:{free_port()}"
    device = (f"virtio-gpu-pci,id=gpu,metrics={target},"
              f"metrics-textfile={textfile}")
    tap = Tap(len(CASES) + 1)
    with VM(build_image(), [device], args.output, modules=args.modules,
            qemu=args.qemu, preload=args.preload,
            extra=["-name", NAME]) as vm, \
            Prometheus(args.output, target) as prometheus:
        vm.boot()
        vm.run("modprobe virtio_gpu; "
               "until [ -e /dev/dri/card0 ]; do sleep 0.05; done")
        run = Run(vm, prometheus, target, textfile)
        for case in CASES:
            try:
                case(run)
                tap.result(case.__doc__)
            except (GuestError, OSError) as error:
                tap.result(case.__doc__, error)
        vm.close()
        left = [str(textfile)] if textfile.exists() else []
        tap.result("QEMU leaves no file behind", left or None)
    return 1 if tap.failed else 0


sys.exit(main())
