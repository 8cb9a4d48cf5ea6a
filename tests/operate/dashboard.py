#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# Copyright (c) 2026 The qemu-virtio-gpu authors
"""Ask a real Prometheus everything that the dashboard asks; TAP on stdout.

A Linux guest draws with OpenGL, a VNC client looks and the pointer moves. Then each
query of contrib/grafana, with its variables filled in as Grafana does, and each of
docs/metrics.md must have an answer that says whose it is, and one that is not 0 all
the time but where 0 is right.
"""
import json
import math
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "guest"))

import desktop  # noqa: E402
import gl  # noqa: E402
from guests import parser  # noqa: E402
from promql import WHOSE, documented  # noqa: E402
from run import Tap  # noqa: E402
from server import (METRIC, PATIENCE_S, SCRAPE_S, NodeExporter,  # noqa: E402
                    Prometheus, free_port, missing)
from vm import GuestError, VM, build_image  # noqa: E402

NAME = "drawing"
DRAWING_S = 15
SIZE = (1024, 768)
# More than 0 at some moments only, while the guest draws: it draws on until a scrape
# has met one of each.
MOMENTS = ("fences", "oldest_fence_age_seconds", "queue_depth")
VARIABLES = {"$__rate_interval": "10s", "$domain": NAME, "$device": "gpu"}
# Begins the one query about all devices.
OF_ALL = "count(ALERTS"

# Queries whose answer is 0, and why that is right.
ZERO = {
    "ALERTS": "no alert fires",
    "guest_errors_total": "the driver makes no mistakes",
    "watchdog_events_total": "nothing hangs",
    "frames_shared_total": "VNC takes no dma-bufs",
    "frames_lent_total": "weston's pictures are no images of 2D",
    "frames_merged_total": "the client may take each picture in time",
}


def queries(dashboard):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            yield f"{panel['title']} {target['refId']}", expression
    for expression in documented((ROOT / "docs/metrics.md").read_text()):
        yield f"docs/metrics.md: {expression}", expression


def answer_error(prometheus, expression, start):
    """What is wrong with the answer, None if nothing is."""
    if "$" in expression:
        return f"a variable that is not known here: {expression}"
    # The last step is behind the last scrape, whenever that was.
    series = prometheus.ask("query_range", query=expression, start=start,
                            end=time.time() + SCRAPE_S, step=SCRAPE_S / 2)["result"]
    if any(not WHOSE <= set(one["metric"]) for one in series) and \
            not expression.startswith(OF_ALL):
        return f"it is not said whose this is: {expression}"
    values = [float(value) for one in series for _, value in one["values"]]
    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return f"no figure, {len(series)} series: {expression}"
    if not any(finite) and not any(word in expression for word in ZERO):
        return f"0 all the time: {expression}"
    return None


def variables_error(dashboard, prometheus):
    """Each variable offers the guest, by the labels of Prometheus."""
    for variable, want in (("domain", NAME), ("device", "gpu")):
        query = next(one["query"]["query"]
                     for one in dashboard["templating"]["list"]
                     if one["name"] == variable)
        metric, label = query.removeprefix("label_values(")[:-1].rsplit(", ", 1)
        metric = metric.replace("$domain", NAME)
        found = prometheus.ask(f"label/{label}/values", **{"match[]": metric})
        if found != [want]:
            return f"{query} is {found}"
    return None


def seen(prometheus):
    return all(prometheus.query(f"max_over_time({METRIC}{name}[5m]) > 0")
               for name in MOMENTS)


def draw(vm, prometheus):
    """weston and a client of it draw, the pointer moves, somebody looks."""
    vm.run(gl.MODE_1024x768)
    desktop.load_driver(vm)
    gl.start_weston(vm, SIZE)
    desktop.run(vm, "weston-simple-egl")
    with vm.vnc() as client:
        client.whole()
        start = time.monotonic()
        passed = turn = 0
        while passed < DRAWING_S or \
                passed < PATIENCE_S and not seen(prometheus):
            turn += 1
            vm.qmp("input-send-event", events=[
                {"type": "abs", "data": {"axis": axis, "value": 3000 + turn * 40}}
                for axis in ("x", "y")])
            desktop.wait_for_update(client)
            passed = time.monotonic() - start
    print(f"# it drew for {passed:.0f} s")


def main():
    args = parser(__doc__).parse_args()
    args.output.mkdir(parents=True, exist_ok=True)
    if missing():
        print(f"Bail out! there is no {missing()}: make check-operate installs it")
        return 1
    dashboard = json.loads((ROOT / "contrib/grafana/dashboard.json").read_text())
    asked = list(queries(dashboard))
    tap = Tap(len(asked) + 1)
    target = f"127.0.0.1:{free_port()}"
    devices = [f"virtio-gpu-gl-pci,id=gpu,metrics={target}", "virtio-tablet-pci"]
    start = time.time()
    with VM(build_image(gl=True), devices, args.output, modules=args.modules,
            qemu=args.qemu, preload=args.preload, extra=["-name", NAME],
            memory=gl.MEMORY_MIB) as vm, \
            NodeExporter(args.output, args.output) as node, \
            Prometheus(args.output, target, node.address) as prometheus:
        try:
            vm.boot()
            # The driver's resets are seen as an increase of something.
            prometheus.wait(f"{METRIC}resets_total", len, "no scrape before the driver")
            draw(vm, prometheus)
        except GuestError as error:
            print(f"Bail out! the guest does not draw: {error}")
            return 1
        tap.result("The variables offer the guest",
                   variables_error(dashboard, prometheus))
        for title, expression in asked:
            try:
                error = answer_error(prometheus, expression, start)
            except OSError as failure:
                error = f"{failure}: {expression}"
            tap.result(title, error)
    return 1 if tap.failed else 0


sys.exit(main())
