"""Trains in two processes in several ways, and writes down what each of them saw.

``accelerate launch -m tests.train.in_processes FOLDER MODEL`` starts them, or ``in_forks``.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import torch
from fastai.callback.core import Callback
from fastai.callback.progress import ProgressCallback
from fastai.callback.tracker import SaveModelCallback
from fastai.learner import Metric

import tfwidgets as tfw
from tests.train.reviews import reviews
from tfwidgets.train.devices.distributed import TransformerDistributedTrainer
from tfwidgets.train.unfreezing import GradualUnfreezing

ROWS = 53  # 41 to train on: neither rows nor batches can be dealt out evenly
TRAINING = 41
BATCH = 4


class Seen(Callback):
    """Notes the texts of each training batch, and how long they are."""

    order = 20

    def before_fit(self) -> None:
        if self.learn.lock.locked():  # a validation
            return
        self.texts: list[list[str]] = []
        self.tokens: list[int] = []

    def before_batch(self) -> None:
        if self.learn.training:
            ids = self.learn.xb[0]["input_ids"]
            self.texts.append(self.learn.tokenizer.batch_decode(ids, skip_special_tokens=True))
            self.tokens.append(ids.shape[1])


class Asks(Callback):
    """Asks for a lower rate, and for a checkpoint."""

    def after_batch(self) -> None:
        board = self.learn.dashboard
        if self.learn.training and self.learn.iter == 1 and board.session is not None:
            board.submit("lr_factor", value=0.5)
            board.submit("checkpoint")


class Rows(Metric):
    """Counts validation rows; nobody knows how to put its counts together."""

    def reset(self) -> None:
        self.rows = 0

    def accumulate(self, learn: Any) -> None:
        self.rows += len(learn.y)

    @property
    def value(self) -> int:
        return self.rows


class SharedRows(Rows):
    """Knows how."""

    def merge(self, gather: Any) -> None:
        self.parts = gather(self.rows)
        self.rows = sum(self.parts)


def make(model: str, folder: Path, **options: Any) -> Any:
    frame = reviews(ROWS)
    # No two are the same.
    marks = [" ".join("un" if bit == "1" else "like" for bit in f"{k:06b}") for k in range(ROWS)]
    frame["text"] = frame["text"] + " " + marks
    frame["valid"] = frame.index >= TRAINING
    options = {"batch_size": BATCH, "seed": 1, "progress": False, **options}
    learn = tfw.learner(
        frame, model, text="text", label="label", valid="valid", path=folder, **options
    )
    learn.remove_cb(learn.progress)
    learn.logger = lambda log: None
    return learn


def weights(learn: Any) -> torch.Tensor:
    return torch.cat([p.detach().flatten().clone() for p in learn.model.parameters()])


def train(name: str, folder: Path, model: str) -> None:
    """Do everything once in this process, and leave what was seen in the folder."""
    found: dict[str, Any] = {}

    learn = make(model, folder, cbs=Seen())
    with learn.distrib_ctx():
        found["rank"] = torch.distributed.get_rank()
        found["backend"] = torch.distributed.get_backend()
        learn.fit_one_cycle(2, 1e-3)
        found["values"] = list(learn.recorder.values[-1])
        found["validated"] = list(learn.validate())
        found["predicted"] = learn.get_preds()[0]
        try:
            learn.lr_find(show_plot=False)
        except tfw.InputError as error:
            found["lr_find"] = str(error)
    found |= {"texts": learn.seen.texts, "tokens": learn.seen.tokens, "fit": weights(learn)}
    found["left"] = [
        type(learn.model).__name__,
        any(isinstance(cb, TransformerDistributedTrainer) for cb in learn.cbs),
        learn.dls.train.bs,
    ]

    # What trains changes within a fit; gradients are added up.
    learn = make(model, folder, accumulate=2, clip=1.0, precision="bf16")
    with learn.distrib_ctx():
        learn.fit(3, 1e-3, cbs=GradualUnfreezing())
    found |= {"unfrozen": weights(learn), "frozen_groups": learn.opt.frozen_idx}

    # A parameter that has no part in the logits; adapters.
    learn = make(model, folder, lora=True)
    learn.transformer.nobody = torch.nn.Parameter(torch.zeros(3))
    learn.create_opt()
    with learn.distrib_ctx():
        learn.fit(2, 1e-2, cbs=SaveModelCallback(fname=f"best-{name}"))
    found["adapted"] = weights(learn)

    # A metric of one's own.
    learn = make(model, folder, metrics=[Rows()])
    with learn.distrib_ctx():
        learn.fit(1, 1e-3)
    found["counted"] = list(learn.recorder.values[-1])
    learn.metrics = [SharedRows()]
    with learn.distrib_ctx():
        found["merged"] = learn.validate()[1]
    found["parts"] = learn.metrics[0].parts

    # Only the first process watches, and steers nothing that the others would not hear of.
    learn = make(model, folder)
    learn.add_cb(ProgressCallback())
    board = tfw.TrainingDashboard(f"watched {name}", project="processes")
    with learn.distrib_ctx():
        learn.fit(1, 1e-3, cbs=[board, Asks()])
    found["watched"] = board.session and (board.session.status, board.session.log)
    found["watched_steps"] = board.session and board.session.step_number
    found["watched_weights"] = weights(learn)
    torch.save(found, folder / f"{name}-{found['rank']}.pt")


def found(folder: Path, name: str) -> list[dict[str, Any]]:
    """Return what both processes wrote down."""
    return [torch.load(folder / f"{name}-{k}.pt", weights_only=False) for k in (0, 1)]


def free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])


def in_forks(folder: Path, model: str) -> None:
    """Have accelerate's notebook_launcher start them, after a model was trained here."""
    from accelerate import notebook_launcher

    make(model, folder).fit(1)
    notebook_launcher(train, ("forked", folder, model), num_processes=2, use_port=free_port())


if __name__ == "__main__":
    train("launched", Path(sys.argv[1]), sys.argv[2])
