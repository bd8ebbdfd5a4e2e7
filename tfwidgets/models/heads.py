"""What of a model is its head, and how a new one is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

# The parts of a body that has no name of its own.
_PARTS = ("shared", "encoder", "decoder")


def head_parameters(model: Any) -> list[str]:
    """Return the names of what stands on the body of a model, a pooler in the body among them.

    Weights that are shared with the body (those of most language models' heads) are the body's.
    """
    in_head = belongs_to_head(model)
    return [name for name, _ in model.named_parameters() if in_head(name)]


def belongs_to_head(model: Any) -> Callable[[str], bool]:
    """Return what tells by its name whether a weight of this model stands on the body.

    The pooler of a body (BERT's) counts as the head's: only heads read it.
    """
    base = model.base_model
    if base is not model:
        prefix = f"{_path(model, base)}."
        return lambda name: not name.startswith(prefix) or "pooler" in name.split(".")
    # T5's language model and encoder-decoders of two parts: bodies without a name.
    body = tuple(f"{part}." for part in _PARTS if hasattr(model, part))
    return lambda name: bool(body) and not name.startswith(body)


def _path(model: Any, module: Any) -> str:
    return str(next(name for name, known in model.named_modules() if known is module))


def draw(model: Any, names: Iterable[str], seed: int | None) -> tuple[str, ...]:
    """Draw these parameters again as the model's own class does; return their names.

    The same seed gives the same weights, whatever was drawn before.
    """
    import torch

    # Shared weights have several names: the first of them is returned.
    every = dict(model.named_parameters(remove_duplicate=False))
    chosen = {id(every[name]) for name in names if name in every}
    new = tuple(name for name, weight in model.named_parameters() if id(weight) in chosen)
    if not new:
        return ()
    # transformers leaves alone what is marked so. Modules above a parameter that is to be
    # drawn must not be: some classes draw the parts of a head when they come to the whole.
    for tensor in (*model.parameters(), *model.buffers()):
        tensor._is_hf_initialized = id(tensor) not in chosen
    for path, module in model.named_modules():
        module._is_hf_initialized = not any(n.startswith(f"{path}." if path else "") for n in new)
    with torch.random.fork_rng(devices=[]):
        # Not torch.manual_seed: that would set the random state of every other device, too.
        chance = torch.default_generator
        chance.seed() if seed is None else chance.manual_seed(seed)
        model.initialize_weights()
    for tensor in model.parameters():
        tensor._is_hf_initialized = True
    return new
