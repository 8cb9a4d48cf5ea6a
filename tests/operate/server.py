# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""A Prometheus, and node_exporter, as processes of a test's own."""
import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

from vm import GuestError

ALERTS = Path(__file__).resolve().parents[2] / "contrib/prometheus/alerts.yml"
PROGRAMS = ("prometheus", "promtool", "prometheus-node-exporter")
SCRAPE_S = 1
PATIENCE_S = 60
METRIC = "qemu_virtio_gpu_"

CONFIGURATION = """\
global:
  scrape_interval: {interval}s
  evaluation_interval: {interval}s
rule_files:
- {alerts}
scrape_configs:
- job_name: virtio-gpu
  static_configs:
  - targets: ['{target}']
- job_name: node
  static_configs:
  - targets: ['{node}']
  # The device is scraped itself.
  metric_relabel_configs:
  - source_labels: [__name__]
    regex: node_.*
    action: keep
"""


def missing():
    """A program that is not installed, or None."""
    return next((program for program in PROGRAMS if not shutil.which(program)), None)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def fetch(url):
    with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
        return answer.read().decode()


class Server:
    """A process until the end of a block; what it says goes to a log in @work."""

    def __init__(self, work, name, *arguments):
        self.log = work / f"{name}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([name, *map(str, arguments)],
                                            stdout=log, stderr=log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class NodeExporter(Server):
    """Serves the files of metrics in @folder, and nothing of this host."""

    def __init__(self, work, folder):
        self.address = f"127.0.0.1:{free_port()}"
        super().__init__(work, "prometheus-node-exporter",
                         "--collector.disable-defaults", "--collector.textfile",
                         f"--collector.textfile.directory={folder}",
                         f"--web.listen-address={self.address}")


class Prometheus(Server):
    """Scrapes @target and a @node each second, with our alerts; its data in @work."""

    def __init__(self, work, target, node):
        self.address = f"127.0.0.1:{free_port()}"
        configuration = work / "prometheus.yml"
        configuration.write_text(CONFIGURATION.format(
            interval=SCRAPE_S, alerts=ALERTS, target=target, node=node))
        data = work / "data"
        shutil.rmtree(data, ignore_errors=True)
        super().__init__(work, "prometheus", f"--config.file={configuration}",
                         f"--storage.tsdb.path={data}",
                         f"--web.listen-address={self.address}")

    def ask(self, path, **parameters):
        """The "data" of an answer of its API."""
        what = urllib.parse.urlencode(parameters)
        answer = json.loads(fetch(f"http://{self.address}/api/v1/{path}?{what}"))
        return answer["data"]

    def query(self, expression):
        """The vector: pairs of labels and value."""
        return [(one["metric"], float(one["value"][1]))
                for one in self.ask("query", query=expression)["result"]]

    def wait(self, expression, judge, what):
        """The vector as soon as @judge likes it."""
        deadline = time.monotonic() + PATIENCE_S
        vector = []
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise GuestError(f"Prometheus ended: {self.log}")
            try:
                vector = self.query(expression)
                if judge(vector):
                    return vector
            except OSError:
                pass            # it starts
            time.sleep(SCRAPE_S / 4)
        raise GuestError(f"{what}: {expression} is {vector}")
