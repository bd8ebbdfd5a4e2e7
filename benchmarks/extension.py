"""What a user waits for in a fresh kernel: `%load_ext`, the first and second `%%classify`."""

from __future__ import annotations

import json
from typing import Any

from jupyter_client.manager import start_new_kernel

from benchmarks.timing import spread

KERNELS = 10
LOAD = """
import time
started = time.perf_counter()
get_ipython().run_line_magic("load_ext", "tfwidgets")
loaded = time.perf_counter() - started
"""
CLASSIFY = """
started = time.perf_counter()
lines = "\\n".join(f"Text number {n} is about the election." for n in range(10))
get_ipython().run_cell_magic("classify", "sports, politics, business", lines)
first = time.perf_counter() - started
started = time.perf_counter()
get_ipython().run_cell_magic("classify", "sports, politics, business", lines + " again")
second = time.perf_counter() - started
"""


def main() -> None:
    measured: dict[str, list[float]] = {"loaded": [], "first": [], "second": []}
    for _ in range(KERNELS):
        manager, client = start_new_kernel(kernel_name="python3")
        try:
            client.execute_interactive(LOAD + CLASSIFY, output_hook=_ignore, timeout=120)
            for name, values in measured.items():
                values.append(_value(client, name))
        finally:
            manager.shutdown_kernel(now=True)
    milliseconds = [1000 * value for value in measured["loaded"]]
    print(f"%load_ext over a bare kernel, {KERNELS} kernels:  {spread(milliseconds, ' ms')}")
    print(f"first %%classify on 10 texts (imports, model):  {spread(measured['first'], ' s')}")
    print(f"second %%classify on 10 texts:                  {spread(measured['second'], ' s')}")


def _ignore(_: dict[str, Any]) -> None:
    """Leave outputs alone."""


def _value(client: Any, name: str) -> float:
    identity = client.execute("", user_expressions={"value": name})
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"]["msg_id"] == identity:
            text = reply["content"]["user_expressions"]["value"]["data"]["text/plain"]
            return float(json.loads(text))
