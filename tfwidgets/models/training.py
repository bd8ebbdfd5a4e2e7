"""Load a model to train it: with the head that it has, or with a new one that says so.

What is trained changes, so nothing here comes from the models that are kept, and
nothing goes there.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tfwidgets.config import settings
from tfwidgets.errors import InputError, ModelError
from tfwidgets.models.asked import ModelLike, device_of, named, ready_pair, unfolded
from tfwidgets.models.checkpoints import Checkpoint, find
from tfwidgets.models.environment import explained
from tfwidgets.models.heads import belongs_to_head, draw, head_parameters
from tfwidgets.models.loaded import LoadedModel, given_model
from tfwidgets.models.quiet import quiet
from tfwidgets.models.reading import (
    announced,
    move,
    not_made_for,
    read_tokenizer,
    read_weights,
    refusing,
)
from tfwidgets.models.tasks import AUTO_CLASSES, canonical

if TYPE_CHECKING:
    import torch

LABELLED = ("text-classification", "token-classification")
# What stands on a body here is made for one set of data, and is made anew for another.
_FINE_TUNED = (*LABELLED, "question-answering")
_UNNAMED = re.compile(r"LABEL_\d+")
_SHOWN = 6


@dataclass(frozen=True)
class Trainable:
    """A model to train.

    Attributes
    ----------
    loaded
        The model with its tokenizer, in evaluation mode.
    new_weights
        Names of the parameters that were drawn at random: those of a new head. Empty where
        the head was trained.
    """

    loaded: LoadedModel
    new_weights: tuple[str, ...]


@dataclass(frozen=True)
class _Wish:
    """What the model is to do."""

    task: str
    labels: tuple[str, ...] | None
    problem_type: str | None
    new_head: bool | None

    @property
    def is_regression(self) -> bool:
        return self.problem_type == "regression"

    @property
    def outputs(self) -> int:
        """How many outputs a new head has."""
        if self.task == "question-answering":
            return 2  # where an answer begins, and where it ends
        if self.labels is None and not self.is_regression:
            raise InputError(f"A new head for {self.task} needs labels: pass labels=[…].")
        return len(self.labels or ("",))


def load_for_training(
    name: ModelLike,
    task: str,
    *,
    labels: Sequence[str] | None = None,
    problem_type: str | None = None,
    new_head: bool | None = None,
    revision: str | None = None,
    device: str | torch.device | None = None,
    trust_remote_code: bool = False,
    allow_pickle: bool = False,
    progress: bool = True,
    seed: int | None = None,
    **model_options: Any,
) -> Trainable:
    """Load a model that nobody else has, with a head for the task.

    A head that was trained for the same task and the same labels is kept, with its order of
    labels (``model.config.id2label``). On a checkpoint of pretraining a new head is made for
    classification and question answering. Anything else is refused, unless ``new_head``.

    Parameters
    ----------
    name
        As for ``load``. A ready ``(model, tokenizer)`` pair is trained in place, as is a
        learner's model; any other ``LoadedModel`` is read again from its files.
    task
        By the Hub's names: ``"text-classification"``, ``"token-classification"``,
        ``"question-answering"``, ``"fill-mask"``, ``"text-generation"``,
        ``"text2text-generation"`` or an alias of them.
    labels
        Names of the classes, in the order of a new head. For a regression the names of the
        outputs; None for one.
    problem_type
        ``"single_label_classification"``, ``"multi_label_classification"`` or
        ``"regression"``, for text classification.
    new_head
        True makes a new head in any case. False refuses whatever is not trained. None makes
        one where the checkpoint has none.
    revision, device, trust_remote_code, allow_pickle, progress
        As for ``load``.
    seed
        Draws the same new head every time. The caller's random state is not touched.
    model_options
        Fields of the configuration (``hidden_dropout_prob=0.2``), and options of
        ``from_pretrained`` (``attn_implementation="sdpa"``). Weights are read as float32
        unless ``dtype`` says otherwise: AdamW's steps are lost in the rounding of bfloat16.

    Raises
    ------
    InputError
        When the task is unknown, or labels are missing or stand twice.
    ModelError
        When there is no such model, its head was trained for something else, or its files
        are not whole.
    """
    wish = _wish(task, labels, problem_type, new_head)
    name, revision = unfolded(name, revision)
    ready = given_model(name)
    if ready is None and isinstance(name, (tuple, list)):
        ready = ready_pair(name)
    if ready is not None and ready.folder is None:
        return Trainable(_in_place(ready, wish, device), ())
    with explained():
        if ready is not None and ready.folder is not None:
            checkpoint = Checkpoint(ready.name, ready.folder, ready.source, ready.revision)
            checkpoint.check_files(allow_pickle=allow_pickle)
        else:
            checkpoint = find(
                named(name, "feature-extraction" if wish.task in _FINE_TUNED else wish.task),
                revision=revision,
                allow_pickle=allow_pickle,
                progress=progress,
            )
        place = device_of(device)
        options = {
            "trust_remote_code": trust_remote_code,
            "allow_pickle": allow_pickle,
            **model_options,
        }
        with announced(checkpoint.name, show=progress):
            trainable = _load(checkpoint, wish, seed, **options)
        move(trainable.loaded.model, place, checkpoint.name)
    return trainable


def _wish(
    task: str, labels: Sequence[str] | None, problem_type: str | None, new_head: bool | None
) -> _Wish:
    wanted = canonical(task)
    if wanted == "feature-extraction":
        trained = ", ".join(known for known in AUTO_CLASSES if known != wanted)
        raise InputError(f"{task} is no task to train for: a model needs a head. Use {trained}.")
    if isinstance(labels, str):
        raise InputError(f"labels is the text {labels!r}: pass a list of names.")
    names = None if labels is None else tuple(str(label) for label in labels)
    if names is not None and len(set(names)) < len(names):
        twice = sorted({label for label in names if names.count(label) > 1})
        raise InputError(f"A label stands twice in labels: {_listed(twice)}.")
    if names == ():
        raise InputError("labels is empty: a head needs at least one.")
    return _Wish(wanted, names, problem_type, new_head)


def _load(
    checkpoint: Checkpoint,
    wish: _Wish,
    seed: int | None,
    *,
    trust_remote_code: bool,
    allow_pickle: bool,
    **options: Any,
) -> Trainable:
    import torch
    import transformers

    auto = getattr(transformers, AUTO_CLASSES[wish.task])
    dtype = options.pop("dtype", torch.float32)  # the configuration would keep it to itself
    with quiet(), refusing(checkpoint, wish.task, "its configuration"):
        config, rest = transformers.AutoConfig.from_pretrained(
            checkpoint.folder,
            local_files_only=True,
            trust_remote_code=trust_remote_code,
            return_unused_kwargs=True,
            **options,
        )
    _check_made_for(checkpoint, config, auto, wish)
    trained_for_it = _has_head(checkpoint, config, auto, wish)
    _check_direction(checkpoint, config, wish)
    if not trained_for_it:
        _check_may_be_new(checkpoint, wish)
    fresh = wish.new_head or not trained_for_it
    if trained_for_it and not fresh:
        _check_labels(checkpoint.name, config, wish)
    own = copy.deepcopy(config)
    if fresh and wish.task in _FINE_TUNED:
        _set_outputs(config, wish)
    else:
        _name_outputs(config, wish)
    with quiet(), torch.random.fork_rng(devices=[]):
        tokenizer = read_tokenizer(checkpoint, wish.task, trust_remote_code=trust_remote_code)
        model, report = read_weights(
            checkpoint,
            wish.task,
            auto,
            trust_remote_code=trust_remote_code,
            allow_pickle=allow_pickle,
            config=config,
            ignore_mismatched_sizes=bool(fresh),
            key_mapping=_renamed(checkpoint, config, auto),
            dtype=dtype,
            **rest,
        )
        lacking = {str(key) for key in report["missing_keys"]}
        lacking |= {str(key[0]) for key in report["mismatched_keys"]}
        in_head = belongs_to_head(model)
        broken = {key for key in lacking if not in_head(key)}
        _check_whole(checkpoint, wish, lacking, broken, trained=trained_for_it)
        if wish.new_head:
            lacking |= {key for key in head_parameters(model) if "pooler" not in key.split(".")}
        elif fresh and not lacking:
            # No class is named in config.json, yet the files have a head: it is that of `own`.
            _check_labels(checkpoint.name, own, wish)
            _keep_names(model.config, own, wish)
        new = draw(model, lacking, seed)
    model.eval()
    loaded = LoadedModel(
        model,
        with_padding(model, tokenizer),
        checkpoint.name,
        checkpoint.source,
        wish.task,
        checkpoint.revision,
        checkpoint.folder,
    )
    return Trainable(loaded, new)


# Heads


def _check_made_for(checkpoint: Checkpoint, config: Any, auto: Any, wish: _Wish) -> None:
    """Refuse a family that has no class for the task: no new head would help."""
    brought = AUTO_CLASSES[wish.task] in (getattr(config, "auto_map", None) or {})
    if type(config) not in auto._model_mapping and not brought:
        raise ModelError(not_made_for(checkpoint, wish.task))


def _has_head(checkpoint: Checkpoint, config: Any, auto: Any, wish: _Wish) -> bool:
    """Whether the checkpoint was saved with a head for the task."""
    if checkpoint.task == wish.task:
        return True
    try:  # some classes serve two tasks: XLM's language model, BART's
        return bool(auto._model_mapping[type(config)].__name__ == checkpoint.architecture)
    except (AttributeError, KeyError):
        return False


def _renamed(checkpoint: Checkpoint, config: Any, auto: Any) -> dict[str, str] | None:
    """Return how the body's weights are called by the class that loads, if otherwise.

    Llama's body is ``model`` in all its classes but the one that answers questions.
    """
    import transformers

    saved = getattr(transformers, checkpoint.architecture, None)
    old = getattr(saved, "base_model_prefix", "")
    kind = auto._model_mapping.get(type(config), None)
    new = getattr(kind, "base_model_prefix", "")
    return {rf"^{re.escape(old)}\.": f"{new}."} if old and new and old != new else None


def _check_direction(checkpoint: Checkpoint, config: Any, wish: _Wish) -> None:
    """Refuse to train an encoder to continue texts: each of its tokens sees the ones behind."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_MASKED_LM_MAPPING_NAMES

    if wish.task != "text-generation" or checkpoint.task == "text-generation":
        return
    if getattr(config, "is_encoder_decoder", False):
        raise ModelError(
            f"{checkpoint.name} is an encoder-decoder ({config.model_type}): it reads one text "
            "and writes another.\nUse task='text2text-generation', or a decoder such as "
            f"{settings().generation_model}."
        )
    sees_all = config.model_type in MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if sees_all and not getattr(config, "is_decoder", False):
        raise ModelError(
            f"{checkpoint.name} is an encoder ({config.model_type}): each token sees those behind "
            "it, so it cannot learn to continue a text.\nUse task='fill-mask', or a decoder such "
            f"as {settings().generation_model}."
        )


def _check_may_be_new(checkpoint: Checkpoint, wish: _Wish) -> None:
    """Refuse to throw away a head that was trained for another task, unless asked to."""
    if wish.new_head:
        return
    if checkpoint.task in _FINE_TUNED or (
        wish.task not in _FINE_TUNED and checkpoint.task != "feature-extraction"
    ):
        raise ModelError(
            f"{checkpoint.name} has a head for {checkpoint.task} ({checkpoint.architecture}), "
            f"not for {wish.task}.\n{_OFFER}"
        )


_OFFER = "To train it with a new head, which starts untrained: new_head=True."


def _check_whole(
    checkpoint: Checkpoint, wish: _Wish, lacking: set[str], broken: set[str], *, trained: bool
) -> None:
    """Refuse a body with holes in any case, and a head with holes where it must be trained."""
    holes = broken or (lacking if trained and not wish.new_head else set())
    if holes:
        raise ModelError(
            f"{checkpoint.name} is not whole: {len(holes)} of its weights are missing or have "
            f"another shape ({_listed(sorted(holes), 2)})."
        )
    made_silently = wish.task in _FINE_TUNED and wish.new_head is None
    if lacking and not wish.new_head and not made_silently:
        offer = _OFFER if wish.new_head is None else "new_head=False refuses to make one."
        raise ModelError(
            f"{checkpoint.name} has no trained head for {wish.task}: {len(lacking)} weights are "
            f"missing ({_listed(sorted(lacking), 2)}).\n{offer}"
        )


# Labels


def _check_labels(name: str, config: Any, wish: _Wish) -> None:
    """Refuse a trained head whose outputs mean something else."""
    if wish.task not in LABELLED:
        return
    own = _labels_of(config)
    was_regression = config.problem_type == "regression" or (
        config.problem_type is None and len(own) == 1 and wish.task == "text-classification"
    )
    if was_regression is not wish.is_regression and wish.task == "text-classification":
        kinds = ("numbers (regression)", "classes")
        has, asked = kinds if was_regression else kinds[::-1]
        raise ModelError(f"The head of {name} was trained for {has}, not for {asked}.\n{_OFFER}")
    wanted = wish.labels or (("",) if wish.is_regression else own)
    if len(wanted) == len(own) and (_are_unnamed(own) or wish.is_regression):
        return
    if set(wanted) == set(own):
        return
    if len(own) != len(wanted) and _are_unnamed(own):
        raise ModelError(
            f"The head of {name} was trained for {len(own)} labels without names; asked for are "
            f"{len(wanted)} ({_listed(wanted)}).\n{_OFFER}"
        )
    numbered = len(wanted) == len(own) and set(wanted) == {str(k) for k in range(len(own))}
    in_order = f"If 0 is {own[0]!r}, and so on: labels={list(own)}.\n" if numbered else ""
    raise ModelError(
        f"The head of {name} was trained for other labels.\n"
        f"Its {len(own)}: {_listed(own)}. Asked for are {len(wanted)}: {_listed(wanted)}.\n"
        f"{in_order}{_OFFER}"
    )


def _labels_of(config: Any) -> tuple[str, ...]:
    return tuple(str(config.id2label[k]) for k in sorted(config.id2label))


def _are_unnamed(labels: Iterable[str]) -> bool:
    return all(_UNNAMED.fullmatch(label) for label in labels)


def _set_outputs(config: Any, wish: _Wish) -> None:
    """Have the class of the model make a head of the right size."""
    config.num_labels = wish.outputs  # names of before go with it
    if wish.task in LABELLED and wish.labels:
        _set_names(config, wish.labels)
    if wish.task == "text-classification":
        config.problem_type = wish.problem_type


def _name_outputs(config: Any, wish: _Wish) -> None:
    """Give names to the outputs of a trained head that has none."""
    if wish.task not in LABELLED:
        return
    own = _labels_of(config)
    if wish.labels and len(own) == len(wish.labels) and _are_unnamed(own):
        _set_names(config, wish.labels)
    if wish.problem_type:
        config.problem_type = wish.problem_type


def _keep_names(config: Any, own: Any, wish: _Wish) -> None:
    if wish.task in LABELLED and not _are_unnamed(_labels_of(own)):
        _set_names(config, _labels_of(own))


def _set_names(config: Any, labels: Sequence[str]) -> None:
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: k for k, label in enumerate(labels)}


def _listed(names: Iterable[str], limit: int = _SHOWN) -> str:
    every = list(names)
    return ", ".join(every[:limit]) + (", …" if len(every) > limit else "")


# What is ready


def _in_place(ready: LoadedModel, wish: _Wish, device: str | torch.device | None) -> LoadedModel:
    """Take a ready model as it is: its head must be there, and must fit."""
    import transformers

    model = ready.model
    place = device_of(device)
    if wish.new_head:
        auto = AUTO_CLASSES[wish.task]
        raise ModelError(
            "A ready model is trained as it is, so it gets no new head here. Name its folder, or "
            f"make the head yourself: transformers.{auto}.from_pretrained(…, num_labels=…)."
        )
    kind = type(model)
    auto_class = getattr(transformers, AUTO_CLASSES[wish.task])
    try:
        fits = auto_class._model_mapping[type(model.config)].__name__ == kind.__name__
    except (AttributeError, KeyError):
        fits = False
    made_for = ready_pair((model, ready.tokenizer)).task
    believed = made_for == "feature-extraction" and not kind.__module__.startswith("transformers.")
    if not (fits or believed or made_for == wish.task):
        raise ModelError(
            f"This {kind.__name__} is for {made_for}: it has no head for {wish.task}.\nLoad it "
            f"with one: transformers.{AUTO_CLASSES[wish.task]}.from_pretrained(…)."
        )
    _check_trains(model)
    _check_labels(ready.name, model.config, replace(wish, new_head=False))
    _name_outputs(model.config, wish)
    # Unless a device is named, a model that somebody put on one stays there.
    if device is not None or model.device.type == "cpu":
        move(model, place, ready.name)
    return replace(ready, tokenizer=with_padding(model, ready.tokenizer), task=wish.task)


def _check_trains(model: Any) -> None:
    """Refuse weights that training would spoil, and adapters cut off from what runs them."""
    kind = type(model).__name__
    injected = hasattr(model, "peft_config") and not hasattr(model, "get_base_model")
    if injected and not getattr(model, "_hf_peft_config_loaded", False):
        raise ModelError(
            f"This {kind} holds the LoRA adapters of a learner. To go on from them, merge them "
            "first: learn.save_pretrained(folder), then pass the folder as the model."
        )
    coarse = [p.dtype for p in model.parameters() if p.is_floating_point() and p.itemsize < 4]
    if coarse:
        dtype = str(coarse[0]).removeprefix("torch.")
        mixed = {"bfloat16": "bf16", "float16": "fp16"}.get(dtype, "bf16")
        raise ModelError(
            f"This {kind} is in {dtype}, in which the small steps of training are lost to "
            f"rounding.\nPass it as float32: model.float(). Mixed precision comes on top: "
            f"precision={mixed!r}."
        )


def check_not_frozen(loaded: LoadedModel) -> None:
    """Refuse a model of which no weight would be trained.

    Raises
    ------
    ModelError
        With the way to thaw it.
    """
    if any(weight.requires_grad for weight in loaded.model.parameters()):
        return
    thaw = "Thaw it: model.requires_grad_(True); or train adapters on it: lora=True."
    if hasattr(loaded.model, "peft_config"):
        thaw = "Load its adapters to be trained: PeftModel.from_pretrained(…, is_trainable=True)."
    raise ModelError(
        f"This {type(loaded.model).__name__} is frozen: none of its weights would be trained.\n"
        f"{thaw}"
    )


def with_padding(model: Any, tokenizer: Any) -> Any:
    """Return a tokenizer that can pad, and tell the model by which token.

    A decoder without a padding token (GPT-2, Llama) pads with the one that ends a text: what
    is padded is masked, so any token would do. A tokenizer that has one is returned itself,
    another as a copy.

    Raises
    ------
    ModelError
        When there is no special token to pad with.
    """
    if tokenizer.pad_token is None:
        token = tokenizer.eos_token or tokenizer.bos_token or tokenizer.unk_token
        if token is None:
            raise ModelError(
                "The tokenizer has no padding token, nor another one that could serve.\nSet it: "
                "tokenizer.pad_token = '…', one of the tokens in its vocabulary."
            )
        tokenizer = copy.deepcopy(tokenizer)
        tokenizer.pad_token = token
    for config in (model.config, getattr(model, "generation_config", None)):
        if config is not None and getattr(config, "pad_token_id", None) is None:
            config.pad_token_id = tokenizer.pad_token_id
    return tokenizer
