"""Scores of tokens, compared with what finite differences and autograd say by other ways."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import transformers as tf

import tfwidgets as tfw
from tests.attention.models import demo_model
from tests.support.tiny import WORDS, tiny_bert
from tfwidgets.attention import attribution
from tfwidgets.attention.attribution import attribute, can_attribute
from tfwidgets.errors import EnvironmentProblem, InputError, ModelError

IDS = torch.tensor([[2, 5, 14, 16, 17, 5, 4, 3]])
TARGET = torch.tensor([[0, 7, 9, 12]])
WIDE = {"initializer_range": 0.3}
BERT = {
    "vocab_size": 34,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 32,
    **WIDE,
}


def built(model_class: Any, config: Any) -> Any:
    """Return a model with random weights, the same every time, in double precision."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return model_class(config).eval().double()


def bert(model_class: Any = tf.BertForSequenceClassification, **more: Any) -> Any:
    return built(model_class, tf.BertConfig(**BERT, **more))


def distilbert() -> Any:
    config = tf.DistilBertConfig(
        vocab_size=34, dim=16, n_layers=2, n_heads=2, hidden_dim=32, num_labels=5, **WIDE
    )
    return built(tf.DistilBertForTokenClassification, config)


def gpt2() -> Any:
    config = tf.GPT2Config(vocab_size=34, n_embd=16, n_layer=2, n_head=2, n_positions=32, **WIDE)
    return built(tf.GPT2LMHeadModel, config)


def llama() -> Any:
    config = tf.LlamaConfig(
        vocab_size=34,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=32,
        **WIDE,
    )
    return built(tf.LlamaForCausalLM, config)


def t5() -> Any:
    config = tf.T5Config(
        vocab_size=34,
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
        initializer_factor=0.5,
    )
    return built(tf.T5ForConditionalGeneration, config)


def bart() -> Any:
    config = tf.BartConfig(
        vocab_size=34,
        d_model=16,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=32,
        scale_embedding=True,
        init_std=0.3,
    )
    return built(tf.BartForConditionalGeneration, config)


def two_berts() -> Any:
    decoder = tf.BertConfig(**BERT, is_decoder=True, add_cross_attention=True)
    config = tf.EncoderDecoderConfig.from_encoder_decoder_configs(tf.BertConfig(**BERT), decoder)
    config.decoder_start_token_id, config.pad_token_id = 2, 0
    return built(tf.EncoderDecoderModel, config)


def xlnet() -> Any:
    """It turns its ids around, and computes attention in its own way."""
    config = tf.XLNetConfig(
        vocab_size=34, d_model=16, n_layer=2, n_head=2, d_inner=32, num_labels=3, **WIDE
    )
    return built(tf.XLNetForSequenceClassification, config)


def deberta() -> Any:
    config = tf.DebertaV2Config(**BERT, relative_attention=True, pos_att_type=["p2c", "c2p"])
    return built(tf.DebertaV2ForSequenceClassification, config)


Maker = Callable[[], Any]
ONE: list[tuple[str, Maker, Callable[[Any], torch.Tensor]]] = [
    ("bert", bert, lambda out: out.logits[0]),
    ("bert-mlm", lambda: bert(tf.BertForMaskedLM), lambda out: out.logits[0, 6]),
    ("bert-qa", lambda: bert(tf.BertForQuestionAnswering), lambda out: out.start_logits[0]),
    ("distilbert", distilbert, lambda out: out.logits[0, 3]),
    ("gpt2", gpt2, lambda out: out.logits[0, -1]),
    ("llama", llama, lambda out: out.logits[0, -1]),
    ("xlnet", xlnet, lambda out: out.logits[0]),
    ("deberta", deberta, lambda out: out.logits[0]),
]
TWO: list[tuple[str, Maker]] = [("t5", t5), ("bart", bart), ("two-berts", two_berts)]


class Tokenizer:
    """What attribution asks a tokenizer for."""

    all_special_ids = (0, 1, 2, 3, 4)
    pad_token_id, mask_token_id, mask_token = 0, 4, "[MASK]"

    def decode(self, ids: list[int], **_: Any) -> str:
        return WORDS[ids[0]]


def vectors(model: Any, ids: torch.Tensor, side: str | None = None) -> torch.Tensor:
    part = model if side is None else model.get_encoder() if side == "encoder" else model.decoder
    found: torch.Tensor = part.get_input_embeddings()(ids).detach()
    return found


def by_autograd(read: Callable[..., torch.Tensor], *given: torch.Tensor) -> list[np.ndarray]:
    """Return the gradient times the embedding, by way of ``inputs_embeds``."""
    leaves = [one.clone().requires_grad_() for one in given]
    slopes = torch.autograd.grad(read(*leaves), leaves)
    return [(a * b).sum(-1)[0].numpy() for a, b in zip(slopes, given, strict=True)]


@torch.no_grad()
def by_differences(read: Callable[..., torch.Tensor], *given: torch.Tensor) -> list[np.ndarray]:
    """Return what making each token's embedding a little longer changes.

    The gradient times the input is nothing else: the derivative along the embedding.
    """
    step, found = 1e-5, []
    for axis, one in enumerate(given):
        scores = []
        for k in range(one.shape[1]):
            ends = []
            for sign in (1, -1):
                changed = [other.clone() for other in given]
                changed[axis][0, k] *= 1 + sign * step
                ends.append(float(read(*changed)))
            scores.append((ends[0] - ends[1]) / (2 * step))
        found.append(np.array(scores))
    return found


def expected_of(
    model: Any, read: Callable[..., torch.Tensor], *given: torch.Tensor
) -> list[np.ndarray]:
    # Their RMSNorm computes in single precision whatever the model does: too coarse for steps.
    coarse = model.config.model_type in ("llama", "t5")
    return (by_autograd if coarse else by_differences)(read, *given)


@pytest.mark.parametrize(("make", "read"), [(m, r) for _, m, r in ONE], ids=[n for n, *_ in ONE])
def test_gradient_x_input(make: Maker, read: Callable[[Any], torch.Tensor]) -> None:
    model = make()
    position = 3 if "Token" in type(model).__name__ else None
    found = attribute(model, {"input_ids": IDS}, tokenizer=Tokenizer(), position=position)

    def logit(embeddings: torch.Tensor) -> torch.Tensor:
        return read(model(inputs_embeds=embeddings))[found.target.index]

    with torch.no_grad():
        answer = read(model(input_ids=IDS))
    assert found.target.index == int(answer.argmax())
    assert found.target.probability == pytest.approx(float(answer.softmax(-1).max()), abs=1e-6)
    assert len(found.scores) == 1
    assert found.scores[0].dtype == np.float32
    (expected,) = expected_of(model, logit, vectors(model, IDS))
    assert np.abs(expected).max() > 1e-3
    np.testing.assert_allclose(found.scores[0], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("make", [m for _, m in TWO], ids=[n for n, _ in TWO])
@pytest.mark.parametrize("target", [TARGET, IDS], ids=["other", "same"])
def test_source_and_target_of_an_encoder_decoder(make: Maker, target: torch.Tensor) -> None:
    model = make()
    found = attribute(model, {"input_ids": IDS, "decoder_input_ids": target}, position=2)
    source_vectors = vectors(model, IDS, "encoder")
    table = model.decoder if hasattr(model, "decoder") else model.get_decoder()
    target_vectors = table.get_input_embeddings()(target).detach()

    def logit(source: torch.Tensor, written: torch.Tensor) -> torch.Tensor:
        output = model(inputs_embeds=source, decoder_inputs_embeds=written)
        return output.logits[0, 2, found.target.index]

    expected = expected_of(model, logit, source_vectors, target_vectors)
    for scores, wanted in zip(found.scores, expected, strict=True):
        np.testing.assert_allclose(scores, wanted, atol=1e-5, rtol=1e-4)
    assert found.position == 2
    assert np.abs(expected[0]).max() > 1e-3
    assert not found.scores[1][3:].any(), "what is written later has no say"


def grad_sam(model: Any, fields: list[str], read: Any, **inputs: Any) -> np.ndarray:
    """Compute by backward and loops what Barkan et al. write down."""
    model.set_attn_implementation("eager")
    output = model(**inputs, output_attentions=True)
    layers = [layer for name in fields for layer in getattr(output, name)]
    for layer in layers:
        layer.retain_grad()
    read(output).backward()
    rows = []
    for layer in layers:
        products = np.maximum(layer.grad[0].numpy() * layer.detach()[0].numpy(), 0)
        rows += [head.sum(axis=0) for head in products]
    model.zero_grad(set_to_none=True)
    return np.mean(rows, axis=0)


def test_gradient_x_attention() -> None:
    found = attribute(bert(), {"input_ids": IDS}, method="gradient_x_attention", target=0)
    expected = grad_sam(bert(), ["attentions"], lambda out: out.logits[0, 0], input_ids=IDS)
    np.testing.assert_allclose(found.scores[0], expected, rtol=1e-4, atol=1e-7)
    assert found.scores[0].max() > 1e-4


def test_gradient_x_attention_of_an_encoder_decoder() -> None:
    inputs = {"input_ids": IDS, "decoder_input_ids": TARGET}
    found = attribute(t5(), inputs, method="gradient_x_attention", target=5)

    def read(out: Any) -> torch.Tensor:
        return out.logits[0, -1, 5]

    for scores, fields in zip(
        found.scores,
        (["encoder_attentions", "cross_attentions"], ["decoder_attentions"]),
        strict=True,
    ):
        expected = grad_sam(t5(), fields, read, **inputs)
        np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize(
    "make", [distilbert, gpt2, llama, deberta, bart, two_berts], ids=lambda f: f.__name__
)
def test_gradient_x_attention_of_every_kind(make: Maker) -> None:
    model = make()
    inputs = {"input_ids": IDS}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = TARGET
    found = attribute(model, inputs, method="gradient_x_attention")
    sizes = [IDS.shape[1], TARGET.shape[1]][: len(found.scores)]
    assert [len(scores) for scores in found.scores] == sizes
    assert all((scores >= 0).all() and scores.any() for scores in found.scores)


def test_weights_that_are_copies_of_those_computed_with() -> None:
    assert can_attribute(xlnet()) == [
        name for name in can_attribute(bert()) if name != "gradient_x_attention"
    ]
    with pytest.raises(ModelError, match="gradient_x_input needs none"):
        attribute(xlnet(), {"input_ids": IDS}, method="gradient_x_attention")


def test_too_long_for_gradient_x_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "MOST_TOKENS", 7)
    with pytest.raises(InputError, match="up to 7 tokens, and this one has 8"):
        attribute(bert(), {"input_ids": IDS}, method="gradient_x_attention")


def test_integrated_gradients_are_the_integral() -> None:
    pytest.importorskip("captum")
    model = bert()
    found = attribute(
        model, {"input_ids": IDS}, method="integrated_gradients", target=1, tokenizer=Tokenizer()
    )
    given = vectors(model, IDS)
    empty = vectors(model, torch.zeros_like(IDS))
    special = (IDS[0] <= 4).tolist()
    baseline = torch.where(torch.tensor(special)[None, :, None], given, empty)
    total = torch.zeros(IDS.shape[1], dtype=torch.float64)
    steps = 400
    for k in range(steps):
        place = (baseline + (k + 0.5) / steps * (given - baseline)).requires_grad_()
        logit = model(inputs_embeds=place).logits[0, 1]
        (slope,) = torch.autograd.grad(logit, place)
        total += ((given - baseline) * slope).sum(-1)[0] / steps
    np.testing.assert_allclose(found.scores[0], total.numpy(), atol=2e-3)
    assert not found.scores[0][special].any(), "special tokens are in the baseline, too"
    assert [message.key for message in found.messages] == ["attribution.delta"]


@pytest.mark.parametrize("make", [t5, xlnet, gpt2], ids=lambda f: f.__name__)
def test_integrated_gradients_add_up(make: Maker) -> None:
    pytest.importorskip("captum")
    model = make()
    inputs = {"input_ids": IDS}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = TARGET
    found = attribute(model, inputs, method="integrated_gradients", tokenizer=Tokenizer())
    (message,) = found.messages
    assert all(np.isfinite(scores).all() for scores in found.scores)
    total = sum(float(scores.sum()) for scores in found.scores)
    assert float(str(message.values["sum"])) == pytest.approx(total, rel=0.01, abs=1e-3)
    assert (message.key == "attribution.delta") is (
        float(str(message.values["delta"])) <= 0.1 * abs(total) * 1.01
    )


def test_without_captum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attribution, "_has_captum", lambda: False)
    assert can_attribute(bert()) == ["gradient_x_input", "gradient_x_attention"]
    with pytest.raises(EnvironmentProblem, match="pip install captum"):
        attribute(bert(), {"input_ids": IDS}, method="integrated_gradients")


def test_a_model_without_a_head() -> None:
    bare = bert(tf.BertModel)
    assert can_attribute(bare) == []
    with pytest.raises(InputError, match="no head that decides anything"):
        attribute(bare, {"input_ids": IDS})


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"method": "gradient_x_inputs"}, "Did you mean 'gradient_x_input'"),
        ({"target": 2}, "outputs 0 to 1"),
        ({"target": -1}, "outputs 0 to 1"),
        ({"target": "positive"}, "number of a class"),
        ({"position": 1}, "takes no position"),
    ],
)
def test_what_cannot_be_asked(question: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        attribute(bert(), {"input_ids": IDS}, **question)


@pytest.mark.parametrize("position", [8, -9, True, "3"])
def test_positions_that_do_not_exist(position: Any) -> None:
    with pytest.raises(InputError, match="position="):
        attribute(gpt2(), {"input_ids": IDS}, position=position)


def test_several_texts_at_once() -> None:
    with pytest.raises(InputError, match="one text"):
        attribute(bert(), {"input_ids": IDS.repeat(2, 1)})


@pytest.mark.parametrize("position", [0, 3, -2])
def test_a_position_in_a_decoder(position: int) -> None:
    model = gpt2()
    found = attribute(model, {"input_ids": IDS}, position=position)
    place = position % 8
    with torch.no_grad():
        row = model(input_ids=IDS).logits[0, place].softmax(-1)
    assert found.position == place
    assert found.positions
    assert [choice.index for choice in found.choices] == row.topk(5).indices.tolist()
    np.testing.assert_allclose([c.probability for c in found.choices], row.topk(5).values, 1e-5)
    assert not found.scores[0][place + 1 :].any()


def test_the_masked_token_is_asked_about() -> None:
    found = attribute(bert(tf.BertForMaskedLM), {"input_ids": IDS}, tokenizer=Tokenizer())
    assert found.position == 6
    assert found.messages == []
    assert found.target.label in WORDS


def test_without_a_mask_the_model_is_asked_where_it_doubts() -> None:
    model = bert(tf.BertForMaskedLM)
    ids = torch.where(IDS == 4, 20, IDS)
    found = attribute(model, {"input_ids": ids}, tokenizer=Tokenizer())
    with torch.no_grad():
        sure = model(input_ids=ids).logits[0].softmax(-1).max(-1).values
    assert found.position == 1 + int(sure[1:-1].argmin())
    assert [message.key for message in found.messages] == ["attribution.no-mask"]
    assert "[MASK]" in found.messages[0].text("en")


def test_the_surest_label_that_is_not_the_commonest() -> None:
    model = distilbert()
    found = attribute(model, {"input_ids": IDS}, tokenizer=Tokenizer())
    with torch.no_grad():
        shares, labels = model(input_ids=IDS).logits[0].softmax(-1).max(-1)
    commonest = labels[1:6].mode().values
    assert found.position is not None
    assert labels[found.position] != commonest
    others = [k for k in range(1, 6) if labels[k] != commonest]
    assert found.position == max(others, key=lambda k: float(shares[k]))


def test_one_output_and_several_right_ones() -> None:
    one = attribute(bert(num_labels=1), {"input_ids": IDS})
    assert [message.key for message in one.messages] == ["attribution.one-output"]
    assert 0 < one.target.probability < 1
    model = bert(num_labels=3, problem_type="multi_label_classification")
    several = attribute(model, {"input_ids": IDS})
    with torch.no_grad():
        shares = model(input_ids=IDS).logits[0].sigmoid()
    assert several.target.probability == pytest.approx(float(shares.max()), abs=1e-6)


def test_names_of_classes(tmp_path: Any) -> None:
    folder = tiny_bert(tmp_path, "sequence-classification", labels=("</script>", "good"))
    model = tf.AutoModelForSequenceClassification.from_pretrained(folder)
    found = attribute(model, {"input_ids": IDS}, target=0)
    assert found.target.label == "</script>"
    assert {choice.label for choice in found.choices} == {"</script>", "good"}


@pytest.mark.parametrize(
    "method", ["gradient_x_input", "gradient_x_attention", "integrated_gradients"]
)
@pytest.mark.parametrize("fails", [False, True])
def test_the_model_is_left_as_it_was(method: str, fails: bool) -> None:
    if method == "integrated_gradients":
        pytest.importorskip("captum")
    model = bert().train()
    model.bert.encoder.layer[0].eval()
    frozen = next(model.parameters()).requires_grad_(False)
    modes = [module.training for module in model.modules()]
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    question = {"method": method, "target": 99 if fails else 1}
    if fails:
        with pytest.raises(InputError):
            attribute(model, {"input_ids": IDS}, **question)
    else:
        attribute(model, {"input_ids": IDS}, **question)
    assert [module.training for module in model.modules()] == modes
    assert all(parameter.grad is None for parameter in model.parameters())
    assert [p.requires_grad for p in model.parameters()].count(False) == 1
    assert not frozen.requires_grad
    assert not model.get_input_embeddings()._forward_hooks
    assert model.config._attn_implementation == "sdpa"
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


@pytest.mark.parametrize("method", ["gradient_x_input", "gradient_x_attention"])
def test_parameters_without_gradients_and_callers_in_inference_mode(method: str) -> None:
    expected = attribute(bert(), {"input_ids": IDS}, method=method)
    model, other = bert().requires_grad_(False), bert()
    with torch.inference_mode():
        made_there = {"input_ids": IDS.clone()}
        found = attribute(model, made_there, method=method)
        again = attribute(other, made_there, method=method)
    np.testing.assert_array_equal(found.scores[0], expected.scores[0])
    np.testing.assert_array_equal(again.scores[0], expected.scores[0])


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_half_precision(kind: torch.dtype) -> None:
    expected = attribute(bert(), {"input_ids": IDS}, target=0).scores[0]
    found = attribute(bert().to(kind), {"input_ids": IDS}, target=0).scores[0]
    assert found.dtype == np.float32
    assert np.corrcoef(found, expected)[0, 1] > 0.9


def test_weights_that_are_no_numbers() -> None:
    model = bert()
    with torch.no_grad():
        model.classifier.weight.fill_(math.nan)
    found = attribute(model, {"input_ids": IDS})
    assert "attribution.nan" in [message.key for message in found.messages]
    assert all(math.isfinite(c.probability) for c in [found.target, *found.choices])


def test_one_token() -> None:
    for method in ("gradient_x_input", "gradient_x_attention"):
        found = attribute(gpt2(), {"input_ids": IDS[:, :1]}, method=method)
        assert found.scores[0].shape == (1,)


def test_what_the_mask_hides_has_no_say() -> None:
    mask = torch.tensor([[1, 1, 1, 1, 1, 1, 0, 0]])
    for method in ("gradient_x_input", "gradient_x_attention"):
        found = attribute(
            bert(), {"input_ids": IDS, "attention_mask": mask}, method=method, target=0
        )
        assert found.scores[0][:6].any()
        assert not found.scores[0][6:].any()


# What real models say


def test_the_grammar_model_corrects_has_because_of_i() -> None:
    view = tfw.attention("I has a apple.", model=demo_model("demo/grammar"), progress=False)
    found = view.attribution()
    assert found.target.label == "$REPLACE_have"
    assert found.target.probability > 0.99
    assert found.position == view.tokens.index("has")
    assert view.tokens[int(found.scores[0].argmax())] == "I"
    assert len(view.attribution("gradient_x_attention").scores[0]) == len(view.tokens)


def test_the_next_token_of_a_decoder() -> None:
    view = tfw.attention(
        "The capital of France is", model=demo_model("demo/smollm2"), progress=False
    )
    found = view.attribution()
    assert found.target.label == "Paris"
    assert found.position == 4
    london = view.attribution(target=next(c.index for c in found.choices if c.label == "London"))
    assert not np.array_equal(london.scores[0], found.scores[0])
    one = tfw.attention("Rome", model=demo_model("demo/smollm2"), progress=False).attribution()
    assert len(one.scores[0]) == 1


def test_an_encoder_decoder_has_scores_of_both_texts() -> None:
    view = tfw.attention(
        "Researchers found that cats sleep more than dogs.",
        target="Cats sleep",
        model=demo_model("demo/t5-title"),
        progress=False,
    )
    for method in ("gradient_x_input", "gradient_x_attention"):
        found = view.attribution(method)
        assert [len(scores) for scores in found.scores] == [
            len(view.tokens),
            len(view.target_tokens or []),
        ]
        assert all(np.isfinite(scores).all() and scores.any() for scores in found.scores)
        assert found.position == len(view.target_tokens or []) - 1


def test_a_bare_encoder_and_tensors_cannot_be_asked() -> None:
    view = tfw.attention("The cat", model=demo_model("demo/minilm"), progress=False)
    with pytest.raises(InputError, match="no head"):
        view.attribution()
    weights = torch.full((1, 1, 2, 2), 0.5)
    with pytest.raises(InputError, match="needs the model"):
        tfw.AttentionView.from_tensors([weights], ["a", "b"]).attribution()
