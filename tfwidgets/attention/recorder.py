"""Take down queries and keys while a model computes, through the attention interface.

transformers lets attention be computed by a function that is registered under a name
(https://huggingface.co/docs/transformers/attention_interface). Ours does what the model's own
would do, and keeps what goes in. Families that compute attention in their own way do not ask
the interface: then nothing is taken down.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from tfwidgets.attention.implementation import implementation, using
from tfwidgets.attention.masks import Mask, causal, compact, everything
from tfwidgets.attention.weights import Factored, log_sums

_FUSED = "tfwidgets_fused"
_EAGER = "tfwidgets_eager"

Keep = Callable[[torch.nn.Module], bool]


class Recorder:
    """What was taken down: pairs of an attention module and its weights, in order of the calls."""

    def __init__(self, keep: Keep) -> None:
        self.taken: list[tuple[torch.nn.Module, Factored]] = []
        self._keep = keep
        # Masks are shared by layers: each is looked at once. The tensor is kept with it, so
        # that its address means this one.
        self._masks: dict[tuple[Any, ...], tuple[Any, Mask]] = {}

    def mask(self, given: Any, bias: Any, is_causal: bool, queries: int, keys: int) -> Mask:
        """Return mask and bias of a call in little memory."""
        if given is None and bias is None:
            return causal(queries, keys) if is_causal else everything(queries, keys)
        key = (id(given), id(bias), is_causal, queries, keys)
        if key not in self._masks:
            if bias is None:
                mask = compact(given, queries, keys)
            else:
                mask = compact(_joined(given, bias, is_causal, queries, keys), queries, keys)
            self._masks[key] = (given, bias), mask
        return self._masks[key][1]

    def take(self, module: torch.nn.Module, weights: Factored) -> None:
        """Keep the weights of a call."""
        self.taken.append((module, weights))

    def wants(self, module: torch.nn.Module) -> bool:
        """Whether this call is to be taken down: not all layers need be."""
        return self._keep(module)


_current: list[Recorder] = []


@contextmanager
def recording(model: Any, keep: Keep) -> Iterator[Recorder]:
    """Take down what a model attends to; its own implementation is restored at the end."""
    _register()
    own = implementation(model)
    recorder = Recorder(keep)
    _current.append(recorder)
    try:
        # What has no fused kernel is set to eager; all others compute what sdpa computes.
        with using(model, _EAGER if own == "eager" else _FUSED):
            yield recorder
    finally:
        _current.remove(recorder)


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask, sdpa_mask

    # Masks as the functions that compute for us expect them.
    AttentionInterface.register(_FUSED, _fused)
    AttentionMaskInterface.register(_FUSED, sdpa_mask)
    AttentionInterface.register(_EAGER, _eager)
    AttentionMaskInterface.register(_EAGER, eager_mask)


def _fused(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    is_causal: bool | None = None,
    position_bias: torch.Tensor | None = None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Compute as ``sdpa`` does; PyTorch's fused kernel tells the sums that we need."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    recorder = _current[-1]
    given = {"scaling": scaling, "is_causal": is_causal, "position_bias": position_bias, **options}
    if not recorder.wants(module):
        result: tuple[torch.Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, **given
        )
        return result
    queries = query.shape[2]
    causally = (
        queries > 1
        and attention_mask is None
        and (getattr(module, "is_causal", True) if is_causal is None else bool(is_causal))
    )
    keys = queries if causally and key.shape[2] > queries else key.shape[2]
    weights = Factored(
        _kept(query),
        _kept(key[:, :, :keys]),
        torch.empty(0),
        scaling if scaling is not None else query.shape[-1] ** -0.5,
        recorder.mask(attention_mask, position_bias, causally, queries, keys),
    )
    if _has_kernel(query, key, value):
        out, weights.lse = _kernel(query, key[:, :, :keys], value[:, :, :keys], weights, causally)
        out = out.transpose(1, 2).contiguous()
    else:
        out, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **given)
        weights.lse = log_sums(weights)
    recorder.take(module, weights)
    return out, None


def _eager(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **options: Any,
) -> tuple[torch.Tensor, Any]:
    """Compute by the eager function of the model's own file, for what sdpa does not know."""
    compute = sys.modules[type(module).__module__].eager_attention_forward
    result: tuple[torch.Tensor, Any] = compute(
        module, query, key, value, attention_mask, scaling=scaling, **options
    )
    recorder = _current[-1]
    if recorder.wants(module):
        queries, keys = query.shape[2], key.shape[2]
        sinks = options.get("s_aux")
        sinks = getattr(module, "sinks", None) if sinks is None else sinks
        weights = Factored(
            _kept(query),
            _kept(key),
            torch.empty(0),
            scaling if scaling is not None else query.shape[-1] ** -0.5,
            recorder.mask(attention_mask, options.get("position_bias"), False, queries, keys),
            options.get("softcap"),
            sinks is not None,
        )
        weights.lse = log_sums(weights, None if sinks is None else sinks.detach())
        recorder.take(module, weights)
    return result


def _kept(tensor: torch.Tensor) -> torch.Tensor:
    """Return what is kept of queries or keys: (heads, tokens, d), in the model's own precision.

    A copy of its own: views of a projection would keep all of it alive, values included.
    """
    return tensor.detach()[0].to("cpu", copy=True, memory_format=torch.contiguous_format)


def _has_kernel(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> bool:
    return (
        query.device.type == "cpu"
        and query.shape[-1] == key.shape[-1] == value.shape[-1]
        and query.dtype == key.dtype == value.dtype
        and hasattr(torch.ops.aten, "_scaled_dot_product_flash_attention_for_cpu")
    )


def _kernel(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    weights: Factored,
    causally: bool,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Call what ``scaled_dot_product_attention`` calls on the CPU, for its second result.

    Returns
    -------
    tuple
        The output, (1, heads, queries, d), and the sums, float32, (heads, queries).
    """
    mask = weights.mask
    added = None
    causally = causally and mask.bias is None
    if not causally and (mask.bias is not None or not _is_everything(mask, weights.keys)):
        heads = weights.heads if mask.bias is not None and len(mask.bias) > 1 else 1
        added = torch.zeros(heads, weights.queries, weights.keys)
        mask.apply(added, list(range(heads)), slice(0, weights.queries), slice(0, weights.keys))
        added = added[None].to(query.dtype)
    if key.shape[1] != query.shape[1]:
        key = key.repeat_interleave(query.shape[1] // key.shape[1], dim=1)
        value = value.repeat_interleave(query.shape[1] // value.shape[1], dim=1)
    out, sums = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        query, key, value, 0.0, causally, attn_mask=added, scale=weights.scale
    )
    return out, sums[0].detach().float()


def _is_everything(mask: Mask, keys: int) -> bool:
    return (
        mask.open is None
        and mask.bits is None
        and not bool(mask.low.any())
        and bool((mask.high == keys).all())
    )


def _joined(given: Any, bias: Any, is_causal: bool, queries: int, keys: int) -> torch.Tensor:
    """Return mask and bias as one that is added: (1, heads, queries, keys)."""
    bias = bias.detach()[..., :keys]
    if given is None and is_causal:
        given = torch.ones(queries, keys, dtype=torch.bool, device=bias.device).tril()
    if given is None:
        return bias
    if given.dtype == torch.bool:
        return torch.where(given, bias, -torch.inf)
    return bias + given
