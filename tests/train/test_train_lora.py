"""Adapters: what trains, that nothing else does, and what comes of them."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import torch
import transformers
from fastai.learner import load_learner

from tests.train.layered import BART_SIZES, GPT2_SIZES, SIZES, T5_SIZES, XLM_SIZES
from tests.train.reviews import reviews
from tfwidgets.errors import EnvironmentProblem, InputError
from tfwidgets.train.lora import merged, whole, with_checkpointing, with_lora
from tfwidgets.train.wrapper import wrap_model

peft = pytest.importorskip("peft")

SEQUENCE, TOKENS, ANSWERS = "text-classification", "token-classification", "question-answering"

# Model, task, peft's name of the task, where the adapters are, which modules train whole.
FAMILIES: dict[str, tuple[str, dict[str, Any], str | None, set[str], set[str]]] = {
    "BertForSequenceClassification": (
        SEQUENCE, SIZES, "SEQ_CLS", {"query", "value"}, {"bert.pooler", "classifier"},
    ),
    "BertForTokenClassification": (TOKENS, SIZES, "TOKEN_CLS", {"query", "value"}, {"classifier"}),
    "BertForQuestionAnswering": (
        ANSWERS, {**SIZES, "num_labels": 2}, "QUESTION_ANS", {"query", "value"}, {"qa_outputs"},
    ),
    "BertForMaskedLM": ("fill-mask", SIZES, None, {"query", "value"}, set()),
    "DistilBertForSequenceClassification": (
        SEQUENCE,
        {"vocab_size": 40, "dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24},
        "SEQ_CLS", {"q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"},
        {"pre_classifier", "classifier"},
    ),
    "RobertaForSequenceClassification": (
        SEQUENCE, SIZES, "SEQ_CLS", {"query", "value"}, {"classifier"},
    ),
    "XLNetForSequenceClassification": (
        SEQUENCE,
        {"vocab_size": 40, "d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 24},
        "SEQ_CLS", {"layer_1", "layer_2"}, {"sequence_summary", "logits_proj"},
    ),
    "XLMForSequenceClassification": (
        SEQUENCE, XLM_SIZES, "SEQ_CLS",
        {"q_lin", "k_lin", "v_lin", "out_lin", "lin1", "lin2"}, {"sequence_summary"},
    ),
    "GPT2LMHeadModel": ("text-generation", GPT2_SIZES, "CAUSAL_LM", {"c_attn"}, set()),
    "LlamaForCausalLM": ("text-generation", SIZES, "CAUSAL_LM", {"q_proj", "v_proj"}, set()),
    "T5ForConditionalGeneration": (
        "summarization", {**T5_SIZES, "decoder_start_token_id": 0}, "SEQ_2_SEQ_LM", {"q", "v"},
        set(),
    ),
    "BartForConditionalGeneration": (
        "translation", BART_SIZES, "SEQ_2_SEQ_LM", {"q_proj", "v_proj"}, set(),
    ),
}  # fmt: skip


def make(name: str) -> Any:
    kind = getattr(transformers, name)
    torch.manual_seed(0)
    return kind(kind.config_class(**FAMILIES[name][1])).eval()


def bert() -> Any:
    return make("BertForSequenceClassification")


def batch() -> dict[str, torch.Tensor]:
    ids = torch.randint(5, 40, (3, 7), generator=torch.Generator().manual_seed(0))
    types = torch.zeros_like(ids)
    types[:, 3:] = 1
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": types}


def training(model: Any) -> dict[str, torch.Tensor]:
    return {name: p for name, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("name", FAMILIES)
def test_adapters_and_heads_train_and_nothing_else(name: str) -> None:
    task, _, peft_task, places, heads = FAMILIES[name]
    model = with_lora(make(name), True, task)
    config = model.peft_config["default"]
    assert (config.r, config.lora_alpha, config.lora_dropout) == (8, 16, 0.05)
    assert config.task_type == peft_task
    adapted, saved = set(), set()
    for path in training(model):
        parts = path.removeprefix("base_model.model.").split(".")
        if "modules_to_save" in parts:
            saved.add(".".join(parts[: parts.index("modules_to_save")]))
        else:
            assert parts[-3] in ("lora_A", "lora_B")
            adapted.add(parts[-4])
    assert adapted == places
    assert saved == heads


@pytest.mark.parametrize("name", FAMILIES)
def test_new_adapters_change_nothing(name: str) -> None:
    """Also what the model reads comes through: peft's own class for answers drops type ids."""
    model = make(name)
    inputs = batch()
    if "Conditional" in name:
        inputs["labels"] = inputs["input_ids"]
    if name == "XLMForSequenceClassification":
        del inputs["token_type_ids"]  # words there, of which the tiny one has too few
    with torch.no_grad():
        before = wrap_model(model)(inputs)[0]
        after = wrap_model(with_lora(model, True, FAMILIES[name][0])).eval()(inputs)[0]
    assert torch.equal(before, after)


def test_options() -> None:
    model = with_lora(bert(), {"r": 2, "target_modules": ["key"]}, SEQUENCE)
    shapes = {tuple(p.shape) for name, p in training(model).items() if "lora_A" in name}
    assert shapes == {(2, 16)}
    assert all(".key." in name for name in training(model) if "lora_" in name)

    config = peft.LoraConfig(r=3, target_modules=["query"])
    model = with_lora(bert(), config, SEQUENCE)
    assert model.peft_config["default"].r == 3
    assert "base_model.model.classifier.modules_to_save.default.weight" in training(model)
    assert config.modules_to_save is None
    assert config.task_type is None


def test_new_weights_train_whole() -> None:
    model = make("BertForMaskedLM")
    new = [name for name, _ in model.named_parameters() if name.startswith("cls.")]
    # The matrix of the output is the embedding's, so "cls" as a whole must not be copied.
    assert whole(model, new) == ["cls.predictions.transform"]
    trained = training(with_lora(model, True, "fill-mask", new_weights=new))
    assert {n.split(".modules_to_save.")[0] for n in trained if "lora_" not in n} == {
        "base_model.model.cls.predictions.transform"
    }


def test_the_seed_draws_the_adapters() -> None:
    state = torch.get_rng_state()
    one, same, other = (
        torch.cat(
            [p.flatten() for p in training(with_lora(bert(), True, SEQUENCE, seed=k)).values()]
        )
        for k in (1, 1, 2)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    torch.set_rng_state(state)
    model = bert()
    expected = torch.get_rng_state()
    with_lora(model, True, SEQUENCE)
    assert torch.equal(torch.get_rng_state(), expected)


@pytest.mark.parametrize(
    ("lora", "said"),
    [
        ({"rr": 4}, "no option 'rr'"),
        ({"lora_alfa": 4}, "Did you mean 'lora_alpha'"),
        ({"target_modules": ["nothing"]}, "does not fit Bert.*No modules were targeted"),
        ({"r": 0}, "r"),
        ("yes", "True, a dict of options or a peft.LoraConfig, not str"),
    ],
)
def test_refused(lora: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        with_lora(bert(), lora, SEQUENCE)


def test_a_model_with_adapters_gets_no_more() -> None:
    with pytest.raises(InputError, match="adapters already"):
        with_lora(with_lora(bert(), True, SEQUENCE), True, SEQUENCE)


def test_without_peft(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(EnvironmentProblem, match="%pip install peft"):
        with_lora(bert(), True, SEQUENCE)


def test_merged_is_a_copy_that_says_the_same() -> None:
    model = with_lora(bert(), True, SEQUENCE)
    with torch.no_grad():
        for p in training(model).values():
            p.add_(0.1 * torch.randn_like(p))
    wrap_model(model)(batch())[0].sum().backward()  # it has gradients, as after training
    model.eval()
    before = {name: p.clone() for name, p in model.named_parameters()}
    one = merged(model)
    assert type(one) is transformers.BertForSequenceClassification
    assert set(one.state_dict()) == set(bert().state_dict())
    with torch.no_grad():
        assert torch.allclose(one(**batch())[0], model(**batch())[0], atol=1e-5)
        assert not torch.allclose(one(**batch())[0], bert()(**batch())[0], atol=1e-3)
    assert all(torch.equal(p, before[name]) for name, p in model.named_parameters())
    plain = bert()
    assert merged(plain) is plain


# A learner with adapters


def test_it_learns(learner) -> None:
    learn = learner(reviews(160), lora={"r": 4}, batch_size=8)
    frozen = {n: p.clone() for n, p in learn.model.named_parameters() if not p.requires_grad}
    learn.fit_one_cycle(8, 2e-2)
    assert learn.validate()[1] > 0.9
    after = dict(learn.model.named_parameters())
    assert all(torch.equal(p, after[name]) for name, p in frozen.items())


def test_freezing_never_lets_the_body_train(learner) -> None:
    learn = learner(lora=True)
    every = set(training(learn.model))
    names = {id(p): n for n, p in learn.model.named_parameters()}
    groups = [{names[id(p)] for p in group} for group in learn.splitter(learn.model)]
    assert len(groups) == 3
    for n in (-1, 0, -2, 1):
        learn.freeze_to(n)
        assert set(training(learn.model)) == set().union(*groups[n:])
    learn.freeze()
    learn.fit(1)
    learn.unfreeze()
    learn.fit(1, slice(1e-4, 1e-3))
    assert set(training(learn.model)) == every


def test_it_is_exported_and_saved(learner, tmp_path) -> None:
    learn = learner(lora=True)
    learn.fit(1, 1e-2)
    text = "the film was good"
    expected = learn.predict(text)[2]
    learn.export("adapted.pkl")
    loaded = load_learner(tmp_path / "adapted.pkl")
    assert torch.equal(loaded.predict(text)[2], expected)

    learn.save("adapted")
    learn.fit(1, 1e-1)
    assert not torch.equal(learn.predict(text)[2], expected)
    learn.load("adapted")
    assert torch.equal(learn.predict(text)[2], expected)


# Activations that are computed again


@pytest.mark.parametrize("adapted", [False, True])
@pytest.mark.parametrize("name", ["BertForSequenceClassification", "T5ForConditionalGeneration"])
def test_checkpoints_give_the_same_gradients(name: str, adapted: bool) -> None:
    inputs = batch()
    if name.startswith("T5"):
        inputs["labels"] = inputs["input_ids"]
    found = []
    for checkpointing in (False, True):
        model = make(name)
        if checkpointing:
            model = with_checkpointing(model)
        if adapted:
            model = with_lora(model, True, FAMILIES[name][0], seed=1)
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        kept = []
        with torch.autograd.graph.saved_tensors_hooks(
            lambda t, kept=kept: kept.append(t.numel()) or t, lambda t: t
        ):
            wrap_model(model.train())(inputs)[0].square().sum().backward()
        found.append(({n: p.grad for n, p in training(model).items()}, sum(kept)))
    (plain, plain_kept), (again, again_kept) = found
    assert plain.keys() == again.keys()
    for n, gradient in plain.items():
        assert gradient is not None, n
        assert torch.allclose(gradient, again[n], rtol=1e-4, atol=1e-5), n
    assert again_kept < plain_kept


@pytest.mark.parametrize("name", ["XLNetForSequenceClassification", "XLMForSequenceClassification"])
def test_families_that_cannot(name: str) -> None:
    with pytest.raises(InputError, match=f"{name} cannot compute its activations again"):
        with_checkpointing(make(name))


def test_checkpoints_in_a_learner(learner) -> None:
    weights = []
    for checkpointing in (False, True):
        learn = learner(checkpointing=checkpointing)
        learn.fit(1, 1e-3)
        weights.append(torch.cat([p.detach().flatten() for p in learn.model.parameters()]))
    assert torch.allclose(*weights, atol=1e-6)
