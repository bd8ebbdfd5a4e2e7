"""A real JupyterLab server for tests, apart from everything that belongs to the user."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import nbformat
import psutil
from nbformat.sign import NotebookNotary

if TYPE_CHECKING:
    from collections.abc import Mapping

Settings = dict[str, dict[str, Any]]
"""JupyterLab's settings by plugin, such as `{"@jupyterlab/apputils-extension:themes": {...}}`."""

QUIET: Settings = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
}
"""Without these a question about news lies over the lower right corner."""

STATES_KEPT: Settings = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True}}
"""JupyterLab writes widgets' states into the notebook only when told so."""

_PRIVATE = ("JUPYTER", "IPYTHON", "HF_", "HUGGING_FACE", "HUGGINGFACE")


class LabServer:
    """`jupyter lab` on a free port of the loopback interface, on within a `with` block.

    It runs in the interpreter that runs the tests, and so do its kernels. All its folders lie in
    `folder`; notebooks in `root`, what it wrote to the terminal in `log`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "notebooks"
        self.log = folder / "jupyter.log"
        self.token = secrets.token_hex(16)
        self.url = ""
        self._data = folder / "data"
        self._runtime = folder / "runtime"
        self._settings = folder / "settings"
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0

    def __enter__(self) -> LabServer:
        self.root.mkdir(parents=True)
        self._write_kernelspec()
        self.use_settings({})
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *self._options()],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_up()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def add(self, notebook: nbformat.NotebookNode | Path, *, trusted: bool = False) -> Path:
        """Copy a notebook into a folder of its own below `root` and return the copy's path."""
        name = "notebook.ipynb"
        if isinstance(notebook, Path):
            name = notebook.name
            notebook = nbformat.read(notebook, as_version=4)
        # Without a kernel's name JupyterLab asks for one.
        notebook.metadata.setdefault("kernelspec", {"name": "python3", "display_name": "Python 3"})
        self._count += 1
        path = self.root / str(self._count) / name
        path.parent.mkdir()
        nbformat.write(notebook, path)
        if trusted:
            NotebookNotary(data_dir=str(self._data)).sign(notebook)
        return path

    def page_url(self, path: Path, workspace: str) -> str:
        """Where a notebook opens in a fresh workspace."""
        place = quote(path.relative_to(self.root).as_posix())
        return f"{self.url}lab/workspaces/{workspace}/tree/{place}?reset&token={self.token}"

    def use_settings(self, settings: Settings) -> None:
        """Forget all settings, such as another test's theme, and use these; for pages to come."""
        shutil.rmtree(self._settings, ignore_errors=True)
        for plugin, values in {**QUIET, **settings}.items():
            file = self._settings / f"{plugin.replace(':', '/')}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))

    def stop_kernels(self) -> None:
        for kernel in self.ask("api/kernels"):
            self.ask(f"api/kernels/{kernel['id']}", method="DELETE")

    def stop(self) -> None:
        """End the server and all that it started, at the latest after some seconds."""
        if self._process is None:
            return
        process, self._process = self._process, None
        try:
            # Kernels have process groups of their own.
            kernels = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            kernels = []
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait()
        for kernel in psutil.wait_procs(kernels, timeout=3)[1]:
            kernel.kill()

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask the server's REST API and return what its JSON says."""
        request = urllib.request.Request(  # noqa: S310 - the server started here
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read() or "null")

    def log_tail(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _options(self) -> list[str]:
        return [
            "--no-browser",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}",
            "--ServerApp.allow_root=True",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            # Should the tests be killed, the server ends by itself.
            "--ServerApp.shutdown_no_activity_timeout=900",
            "--MappingKernelManager.cull_idle_timeout=900",
        ]

    def _environment(self) -> Mapping[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(_PRIVATE)}
        # The kernel imports the package that the tests import.
        package = importlib.util.find_spec("tfwidgets")
        if package and package.origin:
            paths = [str(Path(package.origin).parents[1]), kept.get("PYTHONPATH", "")]
            kept["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        folders = {
            "JUPYTER_CONFIG_DIR": self.folder / "config",
            "JUPYTER_DATA_DIR": self._data,
            "JUPYTER_RUNTIME_DIR": self._runtime,
            "JUPYTERLAB_SETTINGS_DIR": self._settings,
            "JUPYTERLAB_WORKSPACES_DIR": self.folder / "workspaces",
            "IPYTHONDIR": self.folder / "ipython",
            "HF_HOME": self.folder / "huggingface",
        }
        return {
            **kept,
            **{key: str(folder) for key, folder in folders.items()},
            "JUPYTER_PREFER_ENV_PATH": "0",
            "HF_HUB_OFFLINE": "1",
        }

    def _write_kernelspec(self) -> None:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
        file = self._data / "kernels" / "python3" / "kernel.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(spec))

    def _wait_until_up(self, timeout: float = 60) -> None:
        """Wait for the file that names the port, and for an answer on that port."""
        end = time.monotonic() + timeout
        while time.monotonic() < end and self._process and self._process.poll() is None:
            try:
                for file in self._runtime.glob("jpserver-*.json"):
                    self.url = json.loads(file.read_text())["url"]
                    self.ask("api/status")
                    return
            except (OSError, ValueError):
                pass  # Half written, or not listening yet.
            time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not start:\n{self.log_tail()}")


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # It may have ended by itself.
        os.killpg(process.pid, number)
