"""A fastai ``Learner`` that knows its task: predicts on raw text, explains, saves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from os import PathLike
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import torch
from fastai.callback.fp16 import MixedPrecision
from fastai.callback.hook import HookCallback
from fastai.callback.progress import CSVLogger, ProgressCallback
from fastai.callback.schedule import LRFinder
from fastai.callback.tracker import SaveModelCallback, TrackerCallback
from fastai.distributed import DistributedTrainer
from fastai.learner import Learner
from fastai.optimizer import OptimWrapper
from fastai.torch_core import to_detach
from fastcore.basics import getcallable
from fastcore.foundation import L

from tfwidgets.dashboard.learner.callback import TrainingDashboard
from tfwidgets.errors import InputError
from tfwidgets.models import LoadedModel
from tfwidgets.train.callback import TransformerCallback
from tfwidgets.train.data.dataset import EncodedDataset
from tfwidgets.train.dataloaders import TransformerDataLoaders
from tfwidgets.train.devices.distributed import distributed
from tfwidgets.train.devices.launch import fit_in_processes
from tfwidgets.train.groups import layer_groups_table
from tfwidgets.train.history import fit_record
from tfwidgets.train.inference import logits
from tfwidgets.train.losses import TargetLoss
from tfwidgets.train.memory import explained_memory
from tfwidgets.train.precision import Precision
from tfwidgets.train.seeds import Seeded
from tfwidgets.train.splitter import transformer_splitter
from tfwidgets.train.wrapper import ModelWrapper, unwrapped, wrap_model
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    import pandas as pd
    from typing_extensions import Self

LEARNING_RATE = 5e-5
"""What the BERT paper fine-tunes with (Devlin et al. 2019, appendix A.3), and Trainer's default."""

HEAD_LEARNING_RATE = 1e-3
"""For a new head on a frozen body: only a few thousand weights that know nothing yet."""

# The optimizer of transformers' Trainer: AdamW in one kernel per step.
adamw = partial(OptimWrapper, opt=partial(torch.optim.AdamW, fused=True, weight_decay=0.01))

# Callbacks that hold on to something until after a fit. What the rate finder holds are the
# weights from before it.
_HOLDING = (
    CSVLogger,
    DistributedTrainer,
    HookCallback,
    LRFinder,
    MixedPrecision,
    ProgressCallback,
    Seeded,
    TransformerCallback,
)


class TransformerLearner(Learner):  # type: ignore[misc]
    """A fastai ``Learner`` over ``TransformerDataLoaders``.

    All that fastai does with a learner works: ``fit_one_cycle``, ``fine_tune``, ``lr_find``,
    ``freeze_to``, callbacks, ``Interpretation``, ``export``. ``predict`` takes raw text.

    Parameters
    ----------
    dls
        The rows, with their task.
    model
        A transformers model with the head for the task, or one that ``wrap_model`` returned.
    loss_func, metrics
        By default the task's.
    opt_func
        By default ``adamw``: torch's AdamW, fused.
    lr
        Default learning rate.
    splitter
        How parameters are grouped: embeddings, each block, head.
    cbs
        Callbacks besides ``TransformerCallback`` and those that the task needs.
    notes
        What a user should know about the data and the model.
    settings
        How the learner was made; the model card tells.
    train_bn
        True trains the norms of frozen layers too: fastai's default, which is meant for batch
        norms that follow the data's statistics. Layer norms do not.

    Attributes
    ----------
    history
        What was trained so far: for each fit its epochs, learning rates, frozen groups, seconds
        and last metrics.
    """

    def __init__(
        self,
        dls: TransformerDataLoaders,
        model: torch.nn.Module,
        *,
        loss_func: Any = None,
        metrics: Any = None,
        opt_func: Any = adamw,
        lr: float = LEARNING_RATE,
        splitter: Any = transformer_splitter,
        cbs: Any = None,
        notes: list[Message] | None = None,
        settings: dict[str, Any] | None = None,
        train_bn: bool = False,
        **kwargs: Any,
    ) -> None:
        if not isinstance(model, ModelWrapper):
            model = wrap_model(model, dls.tokenizer, task=dls.task.name)
        self.notes = list(notes or [])
        self.settings = dict(settings or {})
        self.history: list[dict[str, Any]] = []
        super().__init__(
            dls,
            model,
            loss_func=loss_func,
            metrics=dls.task.metrics() if metrics is None else metrics,
            opt_func=opt_func,
            lr=lr,
            splitter=splitter,
            train_bn=train_bn,
            cbs=[TransformerCallback(), *dls.task.callbacks(), *L(cbs)],
            **kwargs,
        )
        if hasattr(self, "recorder"):
            self.recorder.loss = TargetLoss()

    def __repr__(self) -> str:
        size = sum(p.numel() for p in self.transformer.parameters())
        train, valid = len(self.dls.train_ds), len(self.dls.valid_ds)
        rows = f"{train:,} rows to train on, {valid:,} to validate"
        labels = f"; labels: {one_line(', '.join(self.task.vocab), 60)}" if self.task.vocab else ""
        epochs = sum(fit["epochs"] for fit in self.history if "interrupted" not in fit)
        return "\n".join(
            (
                f"TransformerLearner: {self.task.name} with {self.settings.get('model') or 'a'} "
                f"{type(self.transformer).__name__}, {size / 1e6:,.1f} M parameters",
                f"  {rows}{labels}",
                f"  epochs trained: {epochs}" if epochs else "  not trained yet",
            )
        )

    @property
    def task(self) -> Any:
        """The task: labels, tokenizer, how rows are read."""
        return self.dls.task

    @property
    def tokenizer(self) -> Any:
        """The tokenizer."""
        return self.dls.tokenizer

    @property
    def transformer(self) -> Any:
        """The transformers model itself, inside its wrappers."""
        return unwrapped(self.model)

    # -- training ------------------------------------------------------------------------------

    def fit(self, n_epoch: int, lr: Any = None, *args: Any, **kwargs: Any) -> None:
        """Train as fastai's ``fit`` does.

        Raises
        ------
        MemoryProblem
            When a batch does not fit in memory; it says what to lower.

        Notes
        -----
        After an interrupt or an error the learner can go on: the weights are as the last whole
        step left them, and callbacks that hold on to something have let go of it.
        """
        cbs = [*self.cbs, *L(kwargs.get("cbs"))]
        finds_rate = any(isinstance(cb, LRFinder) for cb in cbs)
        best = next((cb for cb in cbs if isinstance(cb, SaveModelCallback)), None)
        logger = self.logger
        try:
            with explained_memory(self):
                super().fit(n_epoch, lr, *args, **kwargs)
        except BaseException:
            self._let_go(cbs, logger)
            if self.opt is not None and not finds_rate:
                self.history.append({**fit_record(self, n_epoch), "interrupted": True})
            raise
        if not finds_rate:
            self.history.append(fit_record(self, n_epoch, best))

    def fine_tune(
        self,
        epochs: int,
        base_lr: float | None = None,
        freeze_epochs: int = 1,
        lr_mult: float = 10,
        pct_start: float = 0.3,
        head_lr: float = HEAD_LEARNING_RATE,
        **kwargs: Any,
    ) -> None:
        """Train the head on the frozen body, then everything, the first layers slowest.

        Parameters
        ----------
        epochs
            Passes with everything unfrozen.
        base_lr
            Learning rate of the head in these, by default the learner's; the embeddings get
            ``base_lr / lr_mult``, the layers between what lies between.
        freeze_epochs
            Passes with the body frozen; its learning rate is ``head_lr``.
        pct_start
            Share of the steps in which the rate rises.

        Notes
        -----
        fastai's own defaults fit convolutional nets: 2e-3 destroys what a transformer knows.
        Discriminative rates: Howard and Ruder, "Universal Language Model Fine-tuning for Text
        Classification", 2018.
        """
        base_lr = self.lr if base_lr is None else base_lr
        if freeze_epochs:
            self.freeze()
            self.fit_one_cycle(freeze_epochs, slice(head_lr), pct_start=0.99, **kwargs)
        self.unfreeze()
        self.fit_one_cycle(epochs, slice(base_lr / lr_mult, base_lr), pct_start=pct_start, **kwargs)

    def _let_go(self, cbs: list[Any], logger: Any) -> None:
        """Undo what callbacks hold when ``after_fit`` was never reached."""
        for cb in cbs:
            if isinstance(cb, TrainingDashboard):
                cb.close()
            if isinstance(cb, _HOLDING):
                # Those of the fit alone are off the learner by now.
                gone = cb.learn is None
                cb.learn = self
                if isinstance(cb, Precision):
                    cb.depth = min(cb.depth, 1)
                with suppress(AttributeError):  # it had not begun yet
                    cb.after_fit()
                if gone:
                    cb.learn = None
        self.logger = logger
        if self.opt is not None:
            self.opt.zero_grad()
        self._end_cleanup()

    def to_bf16(self) -> Self:
        """Train and predict in bfloat16 where that loses nothing; ``to_fp32`` undoes it."""
        return self.to_fp32().add_cb(Precision("bf16"))  # type: ignore[no-any-return]

    def to_fp16(self, **kwargs: Any) -> Self:
        """Do so in float16; ``kwargs`` are those of ``torch.amp.GradScaler``."""
        return self.to_fp32().add_cb(Precision("fp16", **kwargs))  # type: ignore[no-any-return]

    def to_detach(self, b: Any, cpu: bool = True, gather: bool = True) -> Any:
        """Detach what is in a batch. Several processes put results together after the last one."""
        return to_detach(b, cpu, gather=False)

    @contextmanager
    def distrib_ctx(
        self,
        sync_bn: bool = False,
        in_notebook: bool = False,
        *,
        cpu: bool | None = None,
        **kwargs: Any,
    ) -> Iterator[Self]:
        """Train together with the other processes, if there are any, inside this context.

        Under ``accelerate launch script.py`` and in a function that accelerate's
        ``notebook_launcher`` starts. See ``fit_distributed`` for the simple way.

        Parameters
        ----------
        sync_bn, in_notebook
            As fastai has them. Nothing depends on them here: transformers have no batch norm.
        cpu
            Whether to train on CPUs; by default where torch sees no GPU.
        kwargs
            What ``accelerate.Accelerator`` takes.

        Notes
        -----
        ``notebook_launcher`` forks: make the learner inside the function where there are GPUs,
        and fetch the weights from a file. On a CPU ``accelerate launch`` starts one process
        alone; ``torchrun --nproc_per_node 2 script.py`` starts two.

        Examples
        --------
        >>> def train():
        ...     with learn.distrib_ctx():
        ...         learn.fit_one_cycle(2, 5e-5)
        ...     learn.save("trained")  # only the first process writes
        >>> notebook_launcher(train, num_processes=2)
        >>> learn.load("trained")
        """
        with distributed(self, cpu=cpu, **kwargs):
            yield self

    def fit_distributed(
        self,
        fit: Callable[[Any], object],
        num_processes: int | None = None,
        *,
        cpu: bool | None = None,
    ) -> None:
        """Train in several new processes, one per GPU, and take over what they learnt.

        Works in a notebook and in a script, also after the learner was used.

        Parameters
        ----------
        fit
            What to do with the learner there.
        num_processes
            How many; by default one for each GPU, or two on a CPU.
        cpu
            Whether to train on CPUs; by default where torch sees no GPU.

        Raises
        ------
        InputError
            When there are fewer GPUs than processes.
        TrainingFailed
            When a process failed. The learner is as it was before.

        Examples
        --------
        >>> learn.fit_distributed(lambda learn: learn.fit_one_cycle(2, 5e-5))
        """
        fit_in_processes(self, fit, num_processes, cpu=cpu)

    @contextmanager
    def no_bars(self) -> Iterator[None]:
        """Show no progress; the callback that does comes back as it was."""
        with self.removed_cbs(self._grab_cbs(ProgressCallback)):
            yield

    # -- using ---------------------------------------------------------------------------------

    def predict(self, item: Any, **options: Any) -> Any:
        """Return what the model says about raw text.

        Parameters
        ----------
        item
            A string; a tuple for a pair of texts or (question, context); a dict by column; or a
            list of these, for a list of answers.
        options
            What the task takes: for generating ones what ``generate`` takes.

        Returns
        -------
        Any
            As the task has it. Classification: ``(label, its number, probabilities)``.
        """
        if isinstance(item, (bytes, bytearray)) or not isinstance(item, Iterable):
            raise InputError(
                f"Expected a text, a tuple of texts, a dict by column, or a list of these, "
                f"not {type(item).__name__}."
            )
        several = not isinstance(item, (str, tuple, Mapping))
        rows = self.task.rows_from(item if several else [item])
        notes = list(self.task.notes)
        try:
            answers = self.task.predict(self, rows, **options)
        finally:
            self.task.notes = notes  # new ones were not about the training
        return answers if several else answers[0]

    def predictions(self, dataset: EncodedDataset, **options: Any) -> Any:
        """Return ``(activations, targets, decoded)`` of encoded rows, in their order.

        Quietly, and also in the middle of a fit: no callback takes part.
        """
        with explained_memory(self):
            said = logits(self, self.dls.test_dl(dataset, **options))
        activations = getcallable(self.loss_func, "activation")(said)
        decoded = getcallable(self.loss_func, "decodes")(activations)
        return activations, dataset.target, decoded

    def get_preds(self, *args: Any, with_input: bool = False, **kwargs: Any) -> Any:
        """Return predictions as fastai does; inputs come as a dict of tensors or lists of rows.

        Raises
        ------
        InputError
            When they would not fit in memory: a language model says a number for every token of
            its vocabulary, at every place.
        """
        with explained_memory(self):
            return self._get_preds(*args, with_input=with_input, **kwargs)

    def _get_preds(self, *args: Any, with_input: bool, **kwargs: Any) -> Any:
        if kwargs.get("with_preds", True):
            asked = kwargs.get("dl")
            if asked is None:
                asked = self.dls[kwargs.get("ds_idx", args[0] if args else 1)]
            if isinstance(dataset := getattr(asked, "dataset", None), EncodedDataset):
                self.task.check_predictions(dataset, self.transformer)
        reorder = kwargs.pop("reorder", True)
        if not with_input:
            return super().get_preds(*args, reorder=reorder, **kwargs)
        dl = kwargs.pop("dl", None)
        if dl is None:
            dl = self.dls[kwargs.pop("ds_idx", args[0] if args else 1)].new(shuffle=False)
        order = None
        if hasattr(dl, "get_idxs"):
            rows = dl.get_idxs()
            order = torch.as_tensor(rows).argsort()
            dl = dl.new(get_idxs=partial(list, rows))  # a shuffled one would draw again
        result = super().get_preds(dl=dl, with_input=True, reorder=False, **kwargs)
        if order is None or not reorder:
            return result
        return tuple(_reordered(part, order) for part in result)

    def validate(self, *args: Any, **kwargs: Any) -> Any:
        """Return loss and metrics of the validation rows, or those of ``dl=``."""
        # Those that wait for a better epoch look for records that only a fit has.
        trackers = self._grab_cbs(TrackerCallback)
        with self.removed_cbs(trackers), explained_memory(self):
            return super().validate(*args, **kwargs)

    def show_results(
        self, ds_idx: int = 1, dl: Any = None, max_n: int = 9, shuffle: bool = True, **_: Any
    ) -> None:
        """Show rows beside what the model predicts for them."""
        from tfwidgets.train.tables import show_table

        dataset = (self.dls[ds_idx] if dl is None else dl).dataset
        order = list(range(len(dataset)))
        if shuffle:
            Random().shuffle(order)  # noqa: S311
        show_table(self.task.results(self, dataset, order[:max_n]))

    def to_loaded_model(self) -> LoadedModel:
        """Return the model for ``tfw.classify``, ``tfw.attention``, ``tfw.tokens``: no copy."""
        name = str(self.settings.get("model", "")) or type(self.transformer).__name__
        if self.history:
            name += " (fine-tuned)"
        tokenizer = self.task.inference_tokenizer()
        return LoadedModel(self.transformer, tokenizer, name, "learner", self.task.name)

    def layer_groups_table(self, lr: Any = None) -> pd.DataFrame:
        """Return the layer groups: how large, whether they train, and at which rate.

        Parameters
        ----------
        lr
            A rate or slice, as for ``fit_one_cycle``. By default the highest rates of the last
            fit, or before one the learner's own.
        """
        if lr is None:
            last = self.history[-1] if self.history else {}
            lr = last.get("learning_rates") or self.lr
        return layer_groups_table(self, lr)

    # -- keeping -------------------------------------------------------------------------------

    def save_pretrained(
        self, folder: str | PathLike[str], *, card: bool = True, merge_lora: bool = True
    ) -> Path:
        """Save model, tokenizer and model card in a folder.

        ``tfw.load(folder)``, ``tfw.classify(texts, model=folder)`` and transformers read it; it
        holds weights as safetensors and no code, so it may be passed on. (What ``export`` writes
        is a pickle, for fastai's ``load_learner``: to load one is to run what is in it.)

        Parameters
        ----------
        folder
            Made if it is not there. What is in it stays, but for files of the same names.
        card
            Whether to write a model card, ``README.md``.
        merge_lora
            Adapters become part of the saved weights; False saves the adapters alone, for peft.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        InputError
            When the folder cannot be written, or holds what does not fit.
        """
        from tfwidgets.train.saving.folder import save_pretrained

        return save_pretrained(self, folder, card=card, merge_lora=merge_lora)

    def model_card(self) -> str:
        """Return the model card: data, settings, metrics, how to use it; Markdown with YAML."""
        from tfwidgets.train.saving.card import model_card

        return model_card(self)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool | None = True,
        token: str | None = None,
        commit_message: str | None = None,
        revision: str | None = None,
        card: bool = True,
        merge_lora: bool = True,
    ) -> str:
        """Put model, tokenizer and model card on the hub that the settings name.

        Parameters
        ----------
        repo_id
            ``"user/name"``, or a name of your own; made if it is not there.
        private
            Who sees a new repository: only you, unless False; None leaves it to the hub.
        token
            One that may write. By default that of ``huggingface_hub.login()``, or ``HF_TOKEN``.
        commit_message
            What the hub's history says.
        revision
            A branch; made if it is not there.
        card, merge_lora
            As in ``save_pretrained``.

        Returns
        -------
        str
            The address of its page.

        Raises
        ------
        InputError
            When the id is malformed.
        ModelError
            When the hub refuses, or cannot be reached; it says what to do.
        """
        from tfwidgets.train.saving.hub import push_to_hub

        return push_to_hub(
            self,
            repo_id,
            private=private,
            token=token,
            commit_message=commit_message,
            revision=revision,
            card=card,
            merge_lora=merge_lora,
        )

    def export(self, *args: Any, **kwargs: Any) -> None:
        """Write the learner as a pickle without its rows, as fastai does: for ``load_learner``."""
        from tfwidgets.train.saving.card import data_facts

        self.settings["data_facts"] = data_facts(self)  # its card tells of the rows all the same
        for metric in self.metrics:
            metric.reset()  # some keep what they have seen
        frozen = None if self.opt is None else self.opt.frozen_idx
        super().export(*args, **kwargs)
        if frozen is not None and self.opt is not None:
            self.opt.frozen_idx = frozen  # fastai makes a new optimizer


def _reordered(part: Any, order: torch.Tensor) -> Any:
    if isinstance(part, dict):
        return {name: value[order] for name, value in part.items()}
    return part if part is None else part[order]
