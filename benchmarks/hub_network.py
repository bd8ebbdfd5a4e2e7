"""A hub that fails: how long until the failure is said, by us and by huggingface_hub's client.

Both ask the same server on loopback, each question in a process of its own.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

from benchmarks.table import Row, seconds, show
from tests.support.hub_server import Fault, HubServer

FAULTS: tuple[Fault, ...] = ("refuse", "hang", "500", "429", "portal")
# The peer waits for a silent server without limit.
PATIENCE = 40.0
ROUNDS = 3

_OURS = """
import sys, time
import huggingface_hub, huggingface_hub.utils, httpx2
import tfwidgets as tfw
tfw.settings().endpoint = sys.argv[1]
begun = time.perf_counter()
search = tfw.hub("bert")
here = len(search.known)
found = time.perf_counter() - begun
_ = len(search)
assert search.problem is not None
print(found, time.perf_counter() - begun)
"""
_PEER = """
import sys, time
import huggingface_hub, huggingface_hub.utils, httpx2
begun = time.perf_counter()
try:
    list(huggingface_hub.HfApi(endpoint=sys.argv[1]).list_models(search="bert", limit=30))
except Exception:
    print(0, time.perf_counter() - begun)
"""


def main() -> None:
    rows = []
    with HubServer() as hub:
        for fault in FAULTS:
            hub.fault = fault
            ours = [_ask(_OURS, hub.url) for _ in range(ROUNDS)]
            peer = _ask(_PEER, hub.url)
            told = [whole for _, whole in ours if whole is not None]
            mine = statistics.median(told)
            theirs = peer[1]
            rows.append(
                Row(
                    f"{fault}: until it is said",
                    seconds(mine),
                    f"more than {PATIENCE:.0f} s" if theirs is None else seconds(theirs),
                    f"{(theirs or PATIENCE) / mine:.3g}",
                    "5.5 s",
                    max(told) <= 5.5,
                )
            )
            hub.fault = None
    show(rows)
    print("Both with their default settings; ours waits 5 s for a silent server (hub_timeout).")


def _ask(code: str, address: str) -> tuple[float | None, float | None]:
    environment = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_TELEMETRY": "1"}
    try:
        done = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code, address],
            capture_output=True,
            text=True,
            check=True,
            timeout=PATIENCE + 10,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return None, None
    found, whole = done.stdout.split()
    return float(found), float(whole)
