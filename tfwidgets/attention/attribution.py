"""How much each token of the input speaks for one output of a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from tfwidgets.attention import outputs
from tfwidgets.attention.capture import undisturbed
from tfwidgets.attention.embedded import Embedded
from tfwidgets.attention.implementation import using
from tfwidgets.attention.notes import note
from tfwidgets.errors import EnvironmentProblem, InputError, ModelError, suggest
from tfwidgets.models.quiet import quiet
from tfwidgets.ui.strings import Message

Scores = npt.NDArray[np.float32]

# All attention weights and their gradients are held at once, for all layers and heads.
MOST_TOKENS = 2048
STEPS = 50
_CHOICES = 5
# Integrated gradients that miss their sum by more than this share say little.
_ROUGH = 0.1
# Families that return copies of their weights, which the output does not depend on.
_COPIES = {"xlnet"}
_NO_HEAD = "This model has no head that decides anything: take a classifier or a generator."


@dataclass(frozen=True)
class Choice:
    """An alternative of a model: its index among the classes or tokens, name and probability."""

    index: int
    label: str
    probability: float


@dataclass(frozen=True, eq=False)
class Attributed:
    """Scores of the tokens of an input.

    Attributes
    ----------
    method
        How they were computed.
    scores
        float32, (tokens,) for each sequence: [text], or [source, target].
    target
        The output that they are about.
    choices
        The likeliest outputs, likeliest first.
    position
        The token of the last sequence whose output it is; None for a whole text.
    positions
        Whether another position can be asked for.
    next_token
        Whether the output is the token that follows ``position``.
    messages
        What a reader should know.
    """

    method: str
    scores: list[Scores]
    target: Choice
    choices: list[Choice]
    position: int | None
    positions: bool
    next_token: bool = False
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Question:
    """What a method is asked: score each token for the target's logit."""

    model: Any
    task: str
    inputs: dict[str, torch.Tensor]
    axes: list[torch.Tensor]
    tokenizer: Any
    target: int | None
    position: int | None
    steps: int

    def decision(self, output: Any) -> outputs.Decision:
        return outputs.decision(
            self.model, self.task, output, self.inputs, self.tokenizer, self.position
        )

    def forward(self, **more: Any) -> Any:
        options = outputs.options(self.model, self.task, self.inputs, self.position)
        return self.model(**self.inputs, **options, **more)

    def chosen(self, decision: outputs.Decision) -> int:
        """Return the target's index: the given one, or what the model answers."""
        count = len(decision.logits)
        if self.target is None:
            return int(decision.logits.detach().nan_to_num(-torch.inf).argmax())
        if isinstance(self.target, bool) or not hasattr(self.target, "__index__"):
            raise InputError(f"target={self.target!r}: it is the number of a class or token.")
        if not 0 <= int(self.target) < count:
            raise InputError(f"target={self.target}: there are the outputs 0 to {count - 1}.")
        return int(self.target)


@dataclass(frozen=True, eq=False)
class _Answer:
    scores: list[torch.Tensor]
    decision: outputs.Decision
    messages: list[Message] = field(default_factory=list)


def can_attribute(model: Any) -> list[str]:
    """Return the methods that can be used for a model; none where it has no head."""
    if outputs.task_of(model) is None:
        return []
    left_out = set() if _has_captum() else {"integrated_gradients"}
    if getattr(model.config, "model_type", "") in _COPIES:
        left_out.add("gradient_x_attention")
    return [name for name in _METHODS if name not in left_out]


def attribute(
    model: Any,
    inputs: Mapping[str, torch.Tensor],
    *,
    method: str = "gradient_x_input",
    target: int | None = None,
    position: int | None = None,
    steps: int = STEPS,
    tokenizer: Any = None,
) -> Attributed:
    """Return how much each token of the input speaks for one output.

    What is attributed is the output's logit, not its probability: a probability also rises when
    other outputs fall (Simonyan et al. 2014, https://arxiv.org/abs/1312.6034, section 3).

    Parameters
    ----------
    model
        A transformers model with a head. It is left as it was: mode, attention implementation,
        gradients of parameters, hooks and random state, also after an error.
    inputs
        What its forward was given for one text: tensors of shape (1, tokens).
    method
        ``"gradient_x_input"``
            The gradient times the input embedding, added up over the embedding's dimensions
            (Shrikumar et al. 2016, https://arxiv.org/abs/1605.01713): what removing the token
            would change, if the model were linear.
        ``"gradient_x_attention"``
            Attention weights times their gradients, negative ones left out, added up over
            queries and averaged over layers and heads (Grad-SAM, Barkan et al. 2021,
            https://arxiv.org/abs/2204.11073; the same products are in Chefer et al. 2021,
            https://arxiv.org/abs/2103.15679). Never negative. In an encoder-decoder the source
            is scored by encoder and cross attention, the target by the decoder's own.
        ``"integrated_gradients"``
            The gradient along the way from a baseline to the input, times their difference
            (Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365), by captum in ``steps``
            steps. The baseline has the embedding of the padding token in place of each token that
            is not special; without one that of the end of a text, without either zeros.
    target
        Index of the class or token; by default what the model answers. For question answering
        the token where the answer begins.
    position
        The token of the last sequence whose output is meant; negative ones count from the end.
        By default the last one of a generator (its next token), the masked one of a masked
        language model (or the one that it doubts most), and for labels of tokens the surest that
        is not the commonest label. Classifiers of whole texts take none.
    steps
        Of integrated gradients: more take longer, and come nearer to what they approach.
    tokenizer
        Names tokens, and tells special ones.

    Returns
    -------
    Attributed
        Scores for each sequence, and what they are about.

    Raises
    ------
    InputError
        When the model has no head, or method, target or position do not exist.
    ModelError
        When the model's output or weights do not have the usual form.
    EnvironmentProblem
        When integrated gradients are asked for without captum.
    """
    compute = _method(method)
    if isinstance(steps, bool) or not hasattr(steps, "__index__") or steps < 1:
        raise InputError(f"steps={steps!r}: how many steps, from 1.")
    task = outputs.task_of(model)
    if task is None:
        raise InputError(_NO_HEAD)
    # Copies: tensors that were made in inference mode cannot take part in gradients.
    with torch.inference_mode(False), torch.enable_grad(), undisturbed(model), quiet():
        question = _question(model, task, inputs, tokenizer, target, position, int(steps))
        answer = compute(question)
    return _attributed(method, question, answer)


def _question(
    model: Any,
    task: str,
    inputs: Mapping[str, torch.Tensor],
    tokenizer: Any,
    target: int | None,
    position: int | None,
    steps: int,
) -> _Question:
    given = {name: value.clone() for name, value in inputs.items() if torch.is_tensor(value)}
    names = [name for name in ("input_ids", "decoder_input_ids") if name in given]
    if "input_ids" not in names or any(len(given[name]) != 1 for name in names):
        raise InputError("An attribution is for one text: input_ids of shape (1, tokens).")
    axes = [given[name] for name in names]
    if position is not None:
        if not outputs.has_positions(task):
            raise InputError("This model decides about whole texts: it takes no position.")
        position = outputs.resolved(position, axes[-1].shape[1])
    return _Question(model, task, given, axes, tokenizer, target, position, steps)


def _attributed(method: str, question: _Question, answer: _Answer) -> Attributed:
    decision = answer.decision
    # Numbers that a page can be sent: NaN is told in words.
    probabilities = decision.probabilities().nan_to_num(0.0)

    def choice(index: int) -> Choice:
        return Choice(index, decision.label(index), float(probabilities[index]))

    scores = [values.detach().float().cpu().numpy() for values in answer.scores]
    messages = [*decision.messages, *answer.messages]
    if bool(decision.logits.isnan().any()) or any(np.isnan(values).any() for values in scores):
        messages.append(note("attribution.nan"))
    best = probabilities.topk(min(_CHOICES, len(probabilities))).indices.tolist()
    return Attributed(
        method,
        scores,
        choice(question.chosen(decision)),
        [choice(index) for index in best],
        decision.position,
        outputs.has_positions(question.task),
        question.task in ("text-generation", "text2text-generation"),
        messages,
    )


def _gradient_x_input(question: _Question) -> _Answer:
    embedded = Embedded(question.model, question.axes)
    with embedded.taken():
        decision = question.decision(question.forward())
    logit = decision.logits[question.chosen(decision)]
    leaves = [leaf for several in embedded.leaves for leaf in several]
    gradients = iter(torch.autograd.grad(logit, leaves, allow_unused=True))
    scores = []
    for ids, several in zip(question.axes, embedded.leaves, strict=True):
        total = torch.zeros(ids.numel(), device=ids.device)
        for leaf in several:
            gradient = next(gradients)
            if gradient is not None:
                product = gradient.float() * leaf.detach().float()
                total += product.reshape(ids.numel(), -1).sum(-1)
        scores.append(total)
    return _Answer(scores, decision)


def _gradient_x_attention(question: _Question) -> _Answer:
    longest = max(ids.numel() for ids in question.axes)
    if longest > MOST_TOKENS:
        raise InputError(
            f"gradient_x_attention holds all weights of all heads at once: it is for texts of up "
            f"to {MOST_TOKENS:,} tokens, and this one has {longest:,}. gradient_x_input takes any."
        )
    # Gradients must reach the weights even where no parameter asks for one.
    embedded = Embedded(question.model, question.axes)
    with using(question.model, "eager"), embedded.taken():
        output = question.forward(output_attentions=True)
    decision = question.decision(output)
    logit = decision.logits[question.chosen(decision)]
    two = len(question.axes) > 1
    fields = [("encoder_attentions", "cross_attentions"), ("decoder_attentions",)]
    if not two:
        fields = [("attentions", "encoder_attentions")]
    layers = [
        [layer for name in names for layer in getattr(output, name, None) or ()] for names in fields
    ]
    flat = [layer for several in layers for layer in several if _is_reached(layer)]
    gradients = torch.autograd.grad(logit, flat, allow_unused=True) if flat else ()
    known = {id(a): g for a, g in zip(flat, gradients, strict=True) if g is not None}
    if not known:
        raise ModelError(
            f"{type(question.model).__name__} computes with other weights than it returns, so "
            "these have no gradients: gradient_x_input needs none."
        )
    scores = [
        _grad_sam([(layer, known[id(layer)]) for layer in several if id(layer) in known], ids)
        for several, ids in zip(layers, question.axes, strict=True)
    ]
    return _Answer(scores, decision)


def _is_reached(layer: Any) -> bool:
    return torch.is_tensor(layer) and bool(layer.requires_grad) and layer.dim() == 4


def _grad_sam(layers: list[tuple[torch.Tensor, torch.Tensor]], ids: torch.Tensor) -> torch.Tensor:
    """Return the score of each key: weights and gradients are (1, heads, queries, keys)."""
    rows = [
        (weights.detach().float() * gradient.float()).relu().sum(-2)[0]
        for weights, gradient in layers
    ]
    if not rows:
        return torch.zeros(ids.numel())
    return torch.cat(rows).mean(0)


def _integrated_gradients(question: _Question) -> _Answer:
    if not _has_captum():
        raise EnvironmentProblem("integrated_gradients needs captum: pip install captum")
    from captum.attr import IntegratedGradients

    embedded = Embedded(question.model, question.axes)
    with embedded.taken():
        decision = question.decision(question.forward())
    target = question.chosen(decision)
    # The same output all the way, also where the baseline would lead to another.
    fixed = replace(question, target=target, position=decision.position)
    used = [k for k, several in enumerate(embedded.leaves) if several]
    inputs = [_vectors(embedded.leaves[k][-1], question.axes[k]) for k in used]
    baselines = [
        _baseline(embedded, question, k, whole) for k, whole in zip(used, inputs, strict=True)
    ]

    def logit(*vectors: torch.Tensor) -> torch.Tensor:
        every = dict(zip(used, vectors, strict=True))
        with embedded.fed([every.get(k, vectors[0]) for k in range(len(question.axes))]):
            found = fixed.decision(fixed.forward())
        return found.logits[target][None]

    found, delta = IntegratedGradients(logit).attribute(
        tuple(inputs),
        baselines=tuple(baselines),
        n_steps=question.steps,
        internal_batch_size=1,
        return_convergence_delta=True,
    )
    scores = [torch.zeros(ids.numel()) for ids in question.axes]
    for k, values in zip(used, found, strict=True):
        scores[k] = values[0].detach().float().sum(-1)
    return _Answer(scores, decision, [_completeness(scores, abs(float(delta)), question.steps)])


def _completeness(scores: list[torch.Tensor], delta: float, steps: int) -> Message:
    """Tell how far the sum of scores is from what it should be: the gain over the baseline."""
    total = sum(float(values.sum()) for values in scores)
    # Also where both are not numbers.
    key = "delta" if delta <= _ROUGH * abs(total) else "rough"
    return note(f"attribution.{key}", sum=f"{total:.3g}", delta=f"{delta:.2g}", n=steps)


def _vectors(leaf: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    return leaf.detach().reshape(1, ids.numel(), -1)


def _baseline(
    embedded: Embedded, question: _Question, axis: int, vectors: torch.Tensor
) -> torch.Tensor:
    ids, tokenizer = question.axes[axis].reshape(-1), question.tokenizer
    named = (getattr(tokenizer, f"{name}_token_id", None) for name in ("pad", "eos"))
    # Not zeros where it can be helped: models that normalise their input first (RMSNorm) make
    # something large of what is next to nothing.
    token = next((token for token in named if token is not None), None)
    empty = torch.zeros_like(vectors[0, 0])
    if token is not None:
        empty = embedded.of_token(axis, token)
    baseline = empty.expand_as(vectors).clone()
    if tokenizer is not None:
        special = outputs.is_special(ids, tokenizer)
        baseline[0, special] = vectors[0, special]
    return baseline


def _has_captum() -> bool:
    return find_spec("captum") is not None


def _method(name: str) -> Callable[[_Question], _Answer]:
    if name not in _METHODS:
        known = ", ".join(_METHODS)
        raise InputError(f"method={name!r}: there is {known}.{suggest(str(name), _METHODS)}")
    return _METHODS[name]


_METHODS: dict[str, Callable[[_Question], _Answer]] = {
    "gradient_x_input": _gradient_x_input,
    "gradient_x_attention": _gradient_x_attention,
    "integrated_gradients": _integrated_gradients,
}
