"""Every parameter is in exactly one layer group, and in the right one."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
import transformers
from fastai.optimizer import OptimWrapper
from torch import nn

from tests.train.layered import GPT2_SIZES, MODELS, SIZES, T5_SIZES, Layered, name_of
from tfwidgets.errors import InputError, ModelError
from tfwidgets.train.splitter import layer_groups, transformer_splitter


def begins(name: str, beginnings: str) -> bool:
    return name.startswith(tuple(beginnings.split()))


def expected(model: Any, layered: Layered) -> dict[str, set[int]]:
    """The identities of the parameters, by group, as the family's names say.

    Each name is said by exactly one group, and what is said to be tied is.
    """
    groups: dict[str, set[int]] = {name: set() for name in layered.groups()}
    tied = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if begins(name, layered.fixed):
            continue
        if begins(name, layered.tied):
            tied[name] = id(parameter)
            continue
        own = [group for group, these in layered.groups().items() if name.startswith(tuple(these))]
        assert len(own) == 1, (name, own)
        groups[own[0]].add(id(parameter))
    known = set().union(*groups.values())
    assert len(known) == sum(map(len, groups.values()))
    assert {name for name, identity in tied.items() if identity not in known} == set()
    return groups


def identities(model: Any) -> dict[str, set[int]]:
    return {group.name: set(map(id, group.parameters.values())) for group in layer_groups(model)}


@pytest.fixture(params=MODELS, ids=name_of)
def layered(request: pytest.FixtureRequest) -> Layered:
    chosen: Layered = request.param
    return chosen


def test_every_parameter_is_in_its_group(layered: Layered) -> None:
    model = layered.build()
    wanted = expected(model, layered)
    groups = layer_groups(model)
    assert [group.name for group in groups] == list(wanted)
    assert identities(model) == wanted

    flat = [id(p) for group in transformer_splitter(model) for p in group]
    trainable = [id(p) for name, p in model.named_parameters() if not begins(name, layered.fixed)]
    assert sorted(flat) == sorted(trainable)  # each once: no list holds one twice


def test_freezing_leaves_the_last_group_and_changes_no_group(layered: Layered) -> None:
    model = layered.build()
    before = [list(map(id, group)) for group in transformer_splitter(model)]
    optimizer = OptimWrapper(transformer_splitter(model), opt=torch.optim.SGD, lr=0.1)
    optimizer.freeze_to(-1)
    training = {id(p) for p in model.parameters() if p.requires_grad}
    assert training == expected(model, layered)[list(layered.groups())[-1]]
    assert [list(map(id, group)) for group in transformer_splitter(model)] == before

    optimizer.unfreeze()
    fixed = [p for name, p in model.named_parameters() if begins(name, layered.fixed)]
    assert not any(p.requires_grad for p in fixed)
    assert sum(p.requires_grad for p in model.parameters()) == sum(map(len, before))


def test_names_are_those_of_the_model(layered: Layered) -> None:
    model = layered.build()
    names = dict(model.named_parameters(remove_duplicate=False))
    for group in layer_groups(model):
        for name, parameter in group.parameters.items():
            assert names[name] is parameter
            assert not begins(name, layered.tied)


def test_an_output_matrix_that_is_no_longer_tied_is_the_head() -> None:
    # As a checkpoint of Flan-T5 is loaded, which has both matrices.
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**T5_SIZES))
    assert "lm_head.weight" not in layer_groups(model)[-1].parameters
    model.lm_head.weight = nn.Parameter(model.lm_head.weight.detach().clone())
    assert "lm_head.weight" in layer_groups(model)[-1].parameters
    assert list(layer_groups(model)[0].parameters) == ["shared.weight"]


def bert(**more: Any) -> Any:
    config = transformers.BertConfig(**{**SIZES, **more})
    return transformers.BertForSequenceClassification(config)


class Holder(nn.Module):
    """What ModelWrapper, DistributedDataParallel and torch.compile are here: one child."""

    def __init__(self, name: str, held: nn.Module) -> None:
        super().__init__()
        self.add_module(name, held)


@pytest.mark.parametrize("names", [["model"], ["module"], ["module", "model", "_orig_mod"]])
def test_wrappers_are_looked_through(names: list[str]) -> None:
    model = bert()
    wrapped: nn.Module = model
    for name in reversed(names):
        wrapped = Holder(name, wrapped)
    assert identities(wrapped) == identities(model)
    assert "classifier.weight" in layer_groups(wrapped)[-1].parameters


def test_a_llama_is_not_mistaken_for_a_wrapper_of_its_base_model() -> None:
    config = transformers.LlamaConfig(**SIZES, tie_word_embeddings=False)
    model = transformers.LlamaForCausalLM(config)
    del model.lm_head  # only ``model`` is left
    assert list(layer_groups(model)[-1].parameters) == ["model.norm.weight"]


def test_distributed_data_parallel(tmp_path: Any) -> None:
    model = bert()
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1
    )
    try:
        wrapped = nn.parallel.DistributedDataParallel(Holder("model", model))
        assert identities(wrapped) == identities(model)
    finally:
        torch.distributed.destroy_process_group()


def test_encoder_decoder_of_two_families() -> None:
    encoder = transformers.BertConfig(**SIZES)
    decoder = transformers.GPT2Config(**GPT2_SIZES, add_cross_attention=True)
    model = transformers.EncoderDecoderModel(
        transformers.EncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    )
    groups = {group.name: set(group.parameters) for group in layer_groups(model)}
    assert list(groups) == [
        "embeddings",
        *(f"{side} {n}" for side in ("encoder", "decoder") for n in (0, 1)),
        "head",
    ]
    for name, _ in model.named_parameters():
        begin = {
            "encoder.embeddings.": "embeddings",
            "decoder.transformer.w": "embeddings",
            "encoder.encoder.layer.0.": "encoder 0",
            "encoder.encoder.layer.1.": "encoder 1",
            "decoder.transformer.h.0.": "decoder 0",
            "decoder.transformer.h.1.": "decoder 1",
            "encoder.pooler.": "head",
            "decoder.transformer.ln_f.": "head",
        }
        own = next(group for start, group in begin.items() if name.startswith(start))
        assert name in groups[own], name


def test_encoder_decoder_whose_decoder_has_a_head() -> None:
    config = transformers.BertConfig(**SIZES)
    wider = transformers.BertConfig(
        **{**SIZES, "hidden_size": 8}, is_decoder=True, add_cross_attention=False
    )
    model = transformers.EncoderDecoderModel(
        transformers.EncoderDecoderConfig.from_encoder_decoder_configs(config, wider)
    )
    head = set(layer_groups(model)[-1].parameters)
    assert {name.split(".")[0] for name in head} == {"encoder", "decoder", "enc_to_dec_proj"}
    assert {name for name in head if name.startswith("decoder.")} == {
        name for name, _ in model.named_parameters() if name.startswith("decoder.cls.")
    }


class Custom(nn.Module):
    """A model of one's own, whose head is registered first."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))
        self.out = nn.Linear(16, 3)
        self.language_embedding = nn.Embedding(2, 16)
        self.body = transformers.BertModel(transformers.BertConfig(**SIZES))


def test_a_module_around_a_transformer() -> None:
    model = Custom()
    groups = {group.name: set(group.parameters) for group in layer_groups(model)}
    assert list(groups) == ["embeddings", "layer 0", "layer 1", "head"]
    assert "language_embedding.weight" in groups["embeddings"]
    assert groups["head"] == {
        "scale",
        "out.weight",
        "out.bias",
        "body.pooler.dense.weight",
        "body.pooler.dense.bias",
    }


def test_without_blocks() -> None:
    plain = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    assert [(g.name, len(g.parameters)) for g in layer_groups(plain)] == [("model", 4)]
    recurrent = nn.ModuleDict(
        {"words": nn.Embedding(40, 4), "lstm": nn.LSTM(4, 4), "out": nn.Linear(4, 2)}
    )
    groups = {group.name: set(group.parameters) for group in layer_groups(recurrent)}
    assert groups["embeddings"] == {"words.weight"}
    assert "lstm.weight_ih_l0" in groups["head"]


def test_a_list_of_bare_layers_is_no_list_of_blocks() -> None:
    model = bert()
    model.classifier = nn.ModuleList([nn.Linear(16, 16), nn.Linear(16, 3)])
    assert {"classifier.0.weight", "classifier.1.bias"} <= set(layer_groups(model)[-1].parameters)
    model.classifier = nn.ModuleList([nn.Sequential(nn.Linear(16, 3))] * 2)
    groups = layer_groups(model)
    assert [group.name for group in groups] == ["embeddings", "layer 0", "layer 1", "head"]
    assert "classifier.0.0.weight" in groups[-1].parameters


def test_blocks_of_two_kinds_in_one_list() -> None:
    model = bert()
    model.bert.encoder.layer[1] = nn.TransformerEncoderLayer(16, 2, 24)
    assert [group.name for group in layer_groups(model)] == [
        *("embeddings", "layer 0", "layer 1", "head")
    ]


def test_the_encoder_comes_first_wherever_it_is_registered() -> None:
    config = transformers.BertConfig(**SIZES)
    model = nn.Module()
    model.decoder = transformers.BertModel(config)
    model.encoder = transformers.BertModel(config)
    groups = layer_groups(model)
    assert [group.name for group in groups] == [
        *("embeddings", "encoder 0", "encoder 1", "decoder 0", "decoder 1", "head")
    ]
    assert all(name.startswith("encoder.encoder.layer.1.") for name in groups[2].parameters)


def test_what_stands_between_two_lists_of_blocks() -> None:
    sizes = {**SIZES, "local_transformer_stride": 4, "num_hash_buckets": 8}
    config = transformers.CanineConfig(**sizes, num_hash_functions=2)
    groups = {g.name: g.parameters for g in layer_groups(transformers.CanineModel(config))}
    assert list(groups) == ["embeddings", *(f"layer {number}" for number in range(4)), "head"]
    assert "chars_to_molecules.conv.weight" in groups["layer 0"]
    assert "projection.conv.weight" in groups["layer 2"]
    assert set(groups["head"]) == {"pooler.dense.weight", "pooler.dense.bias"}


def test_what_no_gradient_changes_is_in_no_group() -> None:
    model = bert()
    gate = nn.Parameter(torch.zeros(4), requires_grad=False)
    model.bert.encoder.layer[0].register_parameter("e_score_correction_bias", gate)
    assert id(gate) not in set().union(*identities(model).values())


def test_norms_that_are_registered_before_the_blocks() -> None:
    side = {**SIZES, "num_key_value_heads": 2, "head_dim": 8}
    config = transformers.T5GemmaConfig(encoder=side, decoder=side, vocab_size=40)
    model = transformers.T5GemmaForConditionalGeneration(config)
    assert {name for name in layer_groups(model)[-1].parameters if "norm" in name} == {
        "model.encoder.norm.weight",
        "model.decoder.norm.weight",
    }


def test_the_result_does_not_depend_on_what_is_frozen() -> None:
    model = bert()
    before = identities(model)
    model.requires_grad_(False)
    assert identities(model) == before


def test_same_groups_after_a_copy() -> None:
    model = bert()
    names = [list(group.parameters) for group in layer_groups(model)]
    assert [list(group.parameters) for group in layer_groups(copy.deepcopy(model))] == names


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(InputError, match=r"torch\.nn\.Module, not of str"):
        layer_groups("bert-base-uncased")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="ReLU has no parameters"):
        layer_groups(nn.ReLU())
