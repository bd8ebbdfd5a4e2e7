"""Fits that run in processes of their own."""

from __future__ import annotations

import codecs
import json
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import torch

from tfwidgets.errors import InputError, TfWidgetsError
from tfwidgets.train.devices.distributed import _accelerator, distributed
from tfwidgets.train.seeds import Seeded

# Once a process has failed, the others are waiting for it.
_PATIENCE = 10.0
_WORKER = ["-m", "tfwidgets.train.devices.worker"]
_RECORDED = ("lrs", "iters", "losses", "values", "metric_names")


class TrainingFailed(TfWidgetsError, RuntimeError):
    """One of several processes that trained together failed."""


def fit_in_processes(
    learn: Any,
    fit: Callable[[Any], object],
    num_processes: int | None = None,
    *,
    cpu: bool | None = None,
) -> None:
    """Call ``fit(learner)`` in several new processes; the learner then has what they learnt.

    Each process gets a copy of the learner. What the first one prints is printed here. At the
    end its weights, the state of its optimizer and its records come back.

    Notes
    -----
    The processes are new ones, not forks: those work neither after CUDA was used nor on Windows.
    """
    _accelerator()
    on_cpu = not torch.cuda.is_available() if cpu is None else cpu
    count = _count(num_processes, on_cpu)
    with tempfile.TemporaryDirectory(prefix="tfwidgets-fit-") as folder:
        place = Path(folder)
        _write(learn, fit, place / "learner.pkl")
        (place / "job.json").write_text(json.dumps({"cpu": on_cpu}), encoding="utf-8")
        _run(place, count, on_cpu)
        _take_over(learn, place / "learnt.pt")


def work(folder: Path) -> None:
    """Fit in one of the processes, and leave the result for the one that started them."""
    rank = int(os.environ["RANK"])
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        torch.distributed.init_process_group(
            os.environ["TFWIDGETS_BACKEND"],
            init_method=(folder / "meeting").as_uri(),
            rank=rank,
            world_size=int(os.environ["WORLD_SIZE"]),
        )
        job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        learn, fit = torch.load(
            folder / "learner.pkl", map_location="cpu", pickle_module=pickle, weights_only=False
        )
        with distributed(learn, cpu=job["cpu"]):
            fit(learn)
        if rank == 0:
            torch.save(_learnt(learn), folder / "learnt.pt")
        torch.distributed.barrier()
        torch.distributed.destroy_process_group()
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
        (folder / f"error-{rank}.txt").write_text(said, encoding="utf-8")
        raise


def _end_with_parent() -> None:
    """Wait until the process that started this one is gone: nobody wants the result then."""
    # Not through sys.stdin: whoever waits there at the end of Python aborts it.
    os.read(0, 1)
    os._exit(1)


def _count(asked: int | None, on_cpu: bool) -> int:
    gpus = 0 if on_cpu else torch.cuda.device_count()
    if asked is None:
        return gpus or 2
    if isinstance(asked, bool) or not isinstance(asked, int) or asked < 1:
        raise InputError(f"num_processes must be a whole number from 1 on, not {asked!r}.")
    if not on_cpu and asked > gpus:
        raise InputError(
            f"num_processes={asked}, but torch sees {gpus} GPU{'' if gpus == 1 else 's'}: lower "
            "it, or pass cpu=True to train on the CPU."
        )
    return asked


def _write(learn: Any, fit: Any, file: Path) -> None:
    import cloudpickle  # type: ignore[import-untyped]

    learn._end_cleanup()
    try:
        torch.save((learn, fit), file, pickle_module=cloudpickle)
    except (TypeError, AttributeError, ValueError, pickle.PicklingError) as error:
        raise InputError(
            f"The learner or the function cannot be sent to other processes: {error}.\nWhat it "
            "refers to must be picklable: no open file, no running thread, no widget."
        ) from error


def _run(folder: Path, count: int, on_cpu: bool) -> None:
    """Start the processes, print what the first prints, and see to it that all end."""
    command = [sys.executable, "-u", *_WORKER, str(folder)]
    processes: list[subprocess.Popen[bytes]] = []
    said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    try:
        for rank in range(count):
            pipe = subprocess.PIPE if rank == 0 else subprocess.DEVNULL
            process = subprocess.Popen(  # noqa: S603
                command,
                env=_environment(rank, count, on_cpu),
                stdin=subprocess.PIPE,  # which closes when we end, however that comes
                stdout=pipe,
                stderr=subprocess.STDOUT if rank == 0 else subprocess.DEVNULL,
                # An interrupt is for us alone: we end them.
                start_new_session=True,
            )
            processes.append(process)
        out = processes[0].stdout
        assert out is not None  # noqa: S101
        reader = threading.Thread(target=_read, args=(out, said), daemon=True)
        reader.start()
        _wait(processes, said, folder)
        reader.join(_PATIENCE)
        _print(said, codecs.getincrementaldecoder("utf-8")("replace"))
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
            process.wait()
            for held in (process.stdin, process.stdout):
                if held is not None:
                    held.close()


def _wait(processes: list[Any], said: queue.SimpleQueue[bytes], folder: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    failed_at: float | None = None
    while True:
        _print(said, decoder)
        codes = [process.poll() for process in processes]
        if failed_at is None and any(codes):
            failed_at = time.monotonic()
        if None not in codes or (failed_at and time.monotonic() - failed_at > _PATIENCE):
            break
        time.sleep(0.05)
    if failed_at is not None:
        raise TrainingFailed(_reason(folder, codes))


def _reason(folder: Path, codes: list[int | None]) -> str:
    """Return what the process said that failed first; others fail because it is gone."""
    files = sorted(folder.glob("error-*.txt"), key=lambda file: file.stat().st_mtime_ns)
    if files:
        rank = files[0].stem.partition("-")[2]
        return f"Process {rank} of {len(codes)}: {files[0].read_text(encoding='utf-8')}"
    failed, code = next((k, code) for k, code in enumerate(codes) if code)
    why = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
    return (
        f"Process {failed} of {len(codes)} {why}. Where memory ran out, lower batch_size, or "
        "num_processes."
    )


def _read(out: IO[bytes], said: queue.SimpleQueue[bytes]) -> None:
    while chunk := os.read(out.fileno(), 1 << 16):
        said.put(chunk)


def _print(said: queue.SimpleQueue[bytes], decoder: Any) -> None:
    # From this thread: a notebook puts what others print into whatever cell runs.
    while not said.empty():
        sys.stdout.write(decoder.decode(said.get()))
        sys.stdout.flush()


def _environment(rank: int, count: int, on_cpu: bool) -> dict[str, str]:
    environment = {
        **os.environ,
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "TFWIDGETS_BACKEND": "gloo" if on_cpu else "nccl",
        # What the notebook imports can be imported there.
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    if on_cpu:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        environment.setdefault("OMP_NUM_THREADS", str(max(1, (cores or 1) // count)))
        environment["CUDA_VISIBLE_DEVICES"] = ""
        if sys.platform == "linux":
            # By itself gloo asks for the machine's name, which not every machine can find.
            environment.setdefault("GLOO_SOCKET_IFNAME", "lo")
    return environment


def _learnt(learn: Any) -> dict[str, Any]:
    recorder = getattr(learn, "recorder", None)
    return {
        "model": learn.model.state_dict(),
        "optimizer": None if learn.opt is None else learn.opt.state_dict(),
        "frozen": 0 if learn.opt is None else learn.opt.frozen_idx,
        "history": getattr(learn, "history", []),
        "recorder": {name: getattr(recorder, name, []) for name in _RECORDED} if recorder else {},
        "fits": [cb.fits for cb in learn._grab_cbs(Seeded)],
    }


def _take_over(learn: Any, file: Path) -> None:
    learnt = torch.load(file, map_location="cpu", weights_only=False)
    learn.model.load_state_dict(learnt["model"])
    if learnt["optimizer"] is not None:
        if learn.opt is None:
            learn.create_opt()
        learn.opt.load_state_dict(learnt["optimizer"])
        learn.opt.freeze_to(learnt["frozen"])
    learn.history = learnt["history"]
    for name, values in learnt["recorder"].items():
        setattr(learn.recorder, name, values)
    for cb, fits in zip(learn._grab_cbs(Seeded), learnt["fits"], strict=True):
        cb.fits = fits
