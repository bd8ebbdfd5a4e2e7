"""Layer groups of models with adapters: what the adapters train, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers
from fastai.optimizer import OptimWrapper

from tests.train.layered import SIZES
from tfwidgets.train.splitter import layer_groups, transformer_splitter

peft = pytest.importorskip("peft")


def bert() -> Any:
    return transformers.BertForSequenceClassification(transformers.BertConfig(**SIZES))


def llama() -> Any:
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES))


def lora(**more: Any) -> Any:
    return peft.LoraConfig(r=2, **more)


def training(model: Any) -> set[str]:
    return {name for name, p in model.named_parameters() if p.requires_grad}


def grouped(model: Any) -> dict[str, set[str]]:
    return {group.name: set(group.parameters) for group in layer_groups(model)}


CASES = {
    "bert": lambda: peft.get_peft_model(bert(), lora(task_type="SEQ_CLS")),
    "llama": lambda: peft.get_peft_model(llama(), lora(task_type="CAUSAL_LM")),
    "dora": lambda: peft.get_peft_model(
        bert(), lora(use_dora=True, target_modules=["query", "word_embeddings"])
    ),
    "biases": lambda: peft.get_peft_model(bert(), lora(bias="all", target_modules=["query"])),
    "biases of adapted layers": lambda: peft.get_peft_model(
        bert(), lora(bias="lora_only", target_modules=["query"])
    ),
    "new tokens": lambda: peft.get_peft_model(
        llama(), lora(target_modules=["q_proj"], trainable_token_indices=[1, 2])
    ),
    "saved embeddings": lambda: peft.get_peft_model(
        llama(), lora(target_modules=["q_proj"], modules_to_save=["embed_tokens", "norm"])
    ),
    "IA3": lambda: peft.get_peft_model(bert(), peft.IA3Config(task_type="SEQ_CLS")),
    "prompt": lambda: peft.get_peft_model(
        bert(), peft.PromptTuningConfig(task_type="SEQ_CLS", num_virtual_tokens=2)
    ),
}


@pytest.fixture(params=CASES)
def adapted(request: pytest.FixtureRequest) -> Any:
    return CASES[request.param]()


def test_what_the_adapters_train_is_grouped(adapted: Any) -> None:
    wanted = training(adapted)
    names = [name for group in layer_groups(adapted) for name in group.parameters]
    assert sorted(names) == sorted(wanted)


def test_it_stays_so_when_something_is_frozen(adapted: Any) -> None:
    before = grouped(adapted)
    optimizer = OptimWrapper(transformer_splitter(adapted), opt=torch.optim.SGD, lr=0.1)
    optimizer.freeze_to(-1)
    assert training(adapted) == list(before.values())[-1]
    assert grouped(adapted) == before
    optimizer.unfreeze()
    assert training(adapted) == set().union(*before.values())


def test_groups_of_lora_on_bert() -> None:
    groups = grouped(CASES["bert"]())
    # The embeddings have no adapter, so there is no group of them.
    assert list(groups) == ["layer 0", "layer 1", "head"]
    for number in (0, 1):
        assert all(f".encoder.layer.{number}.attention." in n for n in groups[f"layer {number}"])
    head = {f"base_model.model.classifier.modules_to_save.default.{n}" for n in ("weight", "bias")}
    assert groups["head"] == head


def test_groups_of_lora_on_llama() -> None:
    assert list(grouped(CASES["llama"]())) == ["layer 0", "layer 1"]
    groups = grouped(CASES["saved embeddings"]())
    assert list(groups) == ["embeddings", "layer 0", "layer 1", "head"]
    assert all("embed_tokens.modules_to_save" in name for name in groups["embeddings"])
    assert all("norm.modules_to_save" in name for name in groups["head"])


def test_prompts_are_embeddings() -> None:
    groups = grouped(CASES["prompt"]())
    assert groups["embeddings"] == {"prompt_encoder.default.embedding.weight"}
    assert list(groups) == ["embeddings", "head"]


def test_only_the_active_adapter() -> None:
    model = peft.get_peft_model(bert(), lora(target_modules=["query"]))
    model.add_adapter("second", lora(target_modules=["query"]))
    assert all(".default." in name for names in grouped(model).values() for name in names)
    model.set_adapter("second")
    assert all(".second." in name for names in grouped(model).values() for name in names)


def test_adapters_that_transformers_put_in() -> None:
    model = bert()
    model.add_adapter(lora(target_modules=["query"]))
    groups = grouped(model)
    assert list(groups) == ["layer 0", "layer 1"]
    assert set().union(*groups.values()) == training(model)


def test_merged_adapters_leave_a_plain_model() -> None:
    model = CASES["bert"]().merge_and_unload()
    assert list(grouped(model)) == ["embeddings", "layer 0", "layer 1", "head"]
