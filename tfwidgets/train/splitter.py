"""Layer groups of a transformer: embeddings, each block, head.

Groups stand in the order in which fastai spreads the learning rates of a slice over them, from
the embeddings (low) to the head (high). `Learner.freeze` leaves only the last one trainable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from torch import nn
from transformers import PreTrainedModel

from tfwidgets.errors import InputError, ModelError

EMBEDDINGS = "embeddings"
HEAD = "head"

# What holds nothing but another module: ModelWrapper, DistributedDataParallel, torch.compile.
_WRAPPED = ("model", "module", "_orig_mod")

# "rel_embeddings", "embed_tokens", "mask_emb", "layer_norm_emb", GPT-2's "wte", T5's "shared"; what
# tells all blocks how far apart two tokens are; Gemma's inputs to every block.
_EMBEDDING = re.compile(
    r"embed|(^|_)emb(_|$)|^(wte|wpe|shared|prompt_encoder)$"
    r"|^(relative_attention_bias|rel_pos|position_bias|per_layer_(model_)?projection)",
    re.IGNORECASE,
)
# Said of embeddings, but behind the blocks: an output matrix, the final norms of ESM and LFM2.
_NO_EMBEDDING = re.compile(r"embed_out|unembed|_after$|^embedding_norm$", re.IGNORECASE)
# OPT, T5Gemma and GTE register some of these before their blocks.
_LAST = re.compile(r"^final_|_out$|^norm$|^pooler$", re.IGNORECASE)
# Parameters that no gradient changes: routing in mixtures of experts.
_FIXED = re.compile(r"e_score_correction_bias$|expert_bias$")
_SIDE = re.compile(r"(?:^|\.)(encoder|decoder)(?=\.|$)")


@dataclass(frozen=True)
class LayerGroup:
    """Parameters that train at one rate.

    ``name`` is "embeddings", "layer 0", "layer 1" and so on ("encoder 0", "decoder 0" where a
    model has both), or "head"; "model" if nothing can be told apart. ``parameters`` are by their
    names in the transformers (or ``peft``) model.
    """

    name: str
    parameters: dict[str, nn.Parameter]


def transformer_splitter(model: nn.Module) -> list[list[nn.Parameter]]:
    """Split the parameters of a transformer into the groups of `layer_groups`.

    For ``Learner(..., splitter=transformer_splitter)``.
    """
    return [list(group.parameters.values()) for group in layer_groups(model)]


def layer_groups(model: nn.Module) -> list[LayerGroup]:
    """Return the layer groups of a transformer, from the embeddings to the head.

    - embeddings: all embedding tables, their norms and projections, and what else stands before
      the blocks.
    - one group for each block; first the encoder's, then the decoder's. A block that several
      layers share (ALBERT) is one.
    - head: what stands behind the blocks (final norms, pooler) or outside the base model
      (classifier, language model's head).

    A parameter that several modules share is in the first of their groups: a tied output matrix
    counts as an embedding. Groups without parameters are left out; BART with its tied output
    matrix, for instance, has no head. Fixed sinusoidal positions are in no group, because fastai
    would train them. Of a model with ``peft`` adapters only what the active adapters train is
    grouped. The result does not depend on what is frozen.

    Parameters
    ----------
    model
        A transformers or ``peft`` model, also inside a ``ModelWrapper`` or
        ``DistributedDataParallel``, or a module of one's own that holds such a model.

    Raises
    ------
    InputError
        `model` is no ``torch.nn.Module``.
    ModelError
        The model has no parameters.
    """
    if not isinstance(model, nn.Module):
        raise InputError(
            f"Layer groups are those of a torch.nn.Module, not of {type(model).__name__}."
        )
    model = _unwrapped(model)
    places = _Places(model)
    # Number of the group and name, by identity of the parameter.
    found: dict[int, tuple[int, str, nn.Parameter]] = {}
    for path, parameter in _trained(model):
        number = places.number(path)
        if id(parameter) not in found or number < found[id(parameter)][0]:
            found[id(parameter)] = (number, path, parameter)
    if not found:
        raise ModelError(f"{type(model).__name__} has no parameters to train.")

    groups: list[dict[str, nn.Parameter]] = [{} for _ in places.names]
    for number, path, parameter in found.values():
        groups[number][path] = parameter
    return [
        LayerGroup(name, group) for name, group in zip(places.names, groups, strict=True) if group
    ]


def _unwrapped(model: nn.Module) -> nn.Module:
    """Return the transformers or ``peft`` model inside modules that only wrap it."""
    while not isinstance(model, PreTrainedModel) and not hasattr(model, "peft_config"):
        children = dict(model.named_children())
        name = next(iter(children), "")
        if len(children) != 1 or name not in _WRAPPED or next(_own(model), None) is not None:
            break
        model = children[name]
    return model


def _own(module: nn.Module) -> Iterator[Any]:
    return module.named_parameters(recurse=False)  # type: ignore[no-any-return]


def _trained(model: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield each parameter that training may change, by every name that it has."""
    adapters = _adapter_names(model)
    for prefix, module in model.named_modules(remove_duplicate=False):
        if "sinusoid" in type(module).__name__.lower():
            continue
        for name, parameter in _own(module):
            path = f"{prefix}.{name}" if prefix else name
            if not _FIXED.search(path) and (adapters is None or adapters.trains(path)):
                yield path, parameter


@dataclass
class _Adapters:
    """What ``peft`` trains, told by names: freezing changes what requires a gradient."""

    containers: set[str] = field(default_factory=lambda: {"prompt_encoder", "modules_to_save"})
    active: set[str] = field(default_factory=set)
    # LoRA may train the biases of the layers that it adapts, or of all layers.
    all_biases: bool = False
    biases: set[str] = field(default_factory=set)

    def trains(self, path: str) -> bool:
        parts = path.split(".")
        for at, part in enumerate(parts):
            if part in self.containers:
                return not self.active.isdisjoint(parts[at + 1 :])
        return path in self.biases or (self.all_biases and parts[-1] == "bias")


def _adapter_names(model: nn.Module) -> _Adapters | None:
    configs = getattr(model, "peft_config", None)
    if not configs:
        return None
    active = model.active_adapters  # a property in peft, a method in transformers
    active = active() if callable(active) else active
    adapters = _Adapters(active={active} if isinstance(active, str) else set(active))
    biases = {getattr(configs[name], "bias", "none") for name in adapters.active}
    adapters.all_biases = "all" in biases
    for path, module in model.named_modules():
        names = getattr(module, "adapter_layer_names", ())
        adapters.containers.update(names)
        if names and not biases.isdisjoint({"lora_only", "boft_only", "oft_only"}):
            adapters.biases.add(f"{path}.base_layer.bias")
    return adapters


class _Places:
    """Which group a parameter belongs to, told by its path."""

    def __init__(self, model: nn.Module) -> None:
        self._heads = _heads(model)
        self._modules = dict(model.named_modules(remove_duplicate=False))
        lists = [
            blocks
            for blocks in _block_lists(model, "")
            if not self._in_task_head(blocks[0][0]) and not _says_embedding(blocks[0][0])
        ]
        # Number of the group of each block, by its path.
        self._blocks: dict[str, int] = {}
        self.names = [EMBEDDINGS]
        for name, paths in _named(lists):
            self._blocks.update(dict.fromkeys(paths, len(self.names)))
            self.names.append(name)
        self._roots = _roots(model, self._blocks)
        self._order = [path for path, _ in model.named_parameters(remove_duplicate=False)]
        self._turn = {path: turn for turn, path in enumerate(self._order)}
        self.names.append(HEAD)
        if not self._blocks and not any(map(self._embedding, self._order)):
            self.names = ["model"]

    def number(self, path: str) -> int:
        """Return the number of the group in ``names``."""
        head = len(self.names) - 1
        if head == 0:
            return 0
        block = self._block(path)
        if block is not None:
            return block
        if self._in_task_head(path):
            return head
        if self._embedding(path):
            return 0
        if any(_LAST.search(part) for part in path.split(".")) or not self._in_root(path):
            return head
        return self._by_order(path)

    def _block(self, path: str) -> int | None:
        return next((self._blocks[part] for part in _ancestors(path) if part in self._blocks), None)

    def _in_task_head(self, path: str) -> bool:
        """Whether a model's own base model does not hold it."""
        return any(_inside(path, whole) and not _inside(path, base) for whole, base in self._heads)

    def _in_root(self, path: str) -> bool:
        return not self._roots or any(_inside(path, root) for root in self._roots)

    def _embedding(self, path: str) -> bool:
        if _says_embedding(path):
            return True
        if any(_NO_EMBEDDING.search(part) for part in path.split(".")):
            return False
        owner = path.rpartition(".")[0]
        # MPNet's table of relative positions is called a bias.
        if isinstance(self._modules.get(owner), nn.Embedding):
            return True
        # In DeBERTa's encoder, the norm of the relative positions and the convolution over what
        # comes into the first block are registered behind the blocks.
        return any(hasattr(self._modules.get(part), "rel_embeddings") for part in _ancestors(owner))

    def _by_order(self, path: str) -> int:
        """Place what no name tells by where it is registered among the blocks of its stack."""
        blocks: list[tuple[int, int]] = []
        for stack in (*_ancestors(path), ""):
            blocks = [
                (turn, block)
                for turn, other in enumerate(self._order)
                if _inside(other, stack) and (block := self._block(other)) is not None
            ]
            if blocks:
                break
        before = [block for turn, block in blocks if turn < self._turn[path]]
        if len(before) == len(blocks):
            return len(self.names) - 1
        # Between two lists of blocks (CANINE) it goes with the block before it.
        return before[-1] if before else 0


def _says_embedding(path: str) -> bool:
    parts = path.split(".")
    return any(map(_EMBEDDING.search, parts)) and not any(map(_NO_EMBEDDING.search, parts))


def _ancestors(path: str) -> Iterator[str]:
    """Yield the paths of the modules around it, the nearest first, beginning with itself."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _inside(path: str, module: str) -> bool:
    return not module or path == module or path.startswith(f"{module}.")


def _heads(model: nn.Module) -> list[tuple[str, str]]:
    """Return the paths of each transformers model with a head, and of its base model.

    The order of registration does not tell: XLMRobertaForTokenClassification begins with its
    classifier.
    """
    pairs = []
    for path, module in model.named_modules():
        if isinstance(module, PreTrainedModel):
            base = module.base_model_prefix
            if base and isinstance(getattr(module, base, None), nn.Module):
                pairs.append((path, f"{path}.{base}" if path else base))
    return pairs


def _roots(model: nn.Module, blocks: dict[str, int]) -> list[str]:
    """Return the paths of the outermost transformers models, if they hold all blocks."""
    roots: list[str] = []
    for path, module in model.named_modules():
        if isinstance(module, PreTrainedModel) and not any(_inside(path, root) for root in roots):
            roots.append(path)
    held = all(any(_inside(block, root) for root in roots) for block in blocks)
    return roots if blocks and held else []


def _block_lists(module: nn.Module, path: str) -> Iterator[list[tuple[str, ...]]]:
    """Yield the outermost lists of blocks: for each block the paths of its modules."""
    blocks: dict[str, list[str]] = {}
    bare: dict[str, list[str]] = {}
    for name, child in module.named_children():
        if isinstance(child, nn.ModuleList) and next(child.parameters(), None) is not None:
            inner = _blocks_of(child)
            names = inner or [number for number, _ in child.named_children()]
            (blocks if inner else bare)[name] = [_join(path, name, block) for block in names]

    for count in dict.fromkeys(map(len, blocks.values())):
        lists = [paths for paths in blocks.values() if len(paths) == count]
        beside = [paths for paths in bare.values() if len(paths) == count]
        if beside:
            # XLM has a list for each kind of part: attentions, norms, feed-forward layers.
            yield list(zip(*lists, *beside, strict=True))
        else:
            for paths in lists:
                yield [(block,) for block in paths]

    for name, child in module.named_children():
        if name not in blocks:
            yield from _block_lists(child, _join(path, name))


def _blocks_of(modules: nn.ModuleList) -> list[str]:
    """Return the names of the blocks in a list, or none if it is no list of blocks.

    Funnel's list holds a list for each resolution.
    """
    names: list[str] = []
    for name, child in modules.named_children():
        if isinstance(child, nn.ModuleList):
            inner = _blocks_of(child)
            if not inner:
                return []
            names += [f"{name}.{block}" for block in inner]
        elif next(child.children(), None) is None or next(child.parameters(), None) is None:
            return []
        else:
            names.append(name)
    return names


def _join(*parts: str) -> str:
    return ".".join(part for part in parts if part)


def _named(lists: list[list[tuple[str, ...]]]) -> list[tuple[str, tuple[str, ...]]]:
    """Return each block's name and paths, the decoder's behind the encoder's."""
    sides = [match[1] if (match := _SIDE.search(blocks[0][0])) else "" for blocks in lists]
    two = {"encoder", "decoder"} <= set(sides)
    pairs = sorted(zip(sides, lists, strict=True), key=lambda pair: two and pair[0] == "decoder")
    named = []
    counts: dict[str, int] = {}
    for side, blocks in pairs:
        word = side if two and side else "layer"
        for paths in blocks:
            named.append((f"{word} {counts.setdefault(word, 0)}", paths))
            counts[word] += 1
    return named
