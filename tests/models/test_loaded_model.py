"""What a loaded model tells about itself."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import tfwidgets as tfw
from tests.support.tiny import model_card, tiny_tokenizer

pytestmark = pytest.mark.usefixtures("nothing_loaded")

SMALL = {"vocab_size": 40, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_tokenizer(tmp_path_factory.mktemp("tokenizer")))


@pytest.fixture
def unlimited(tokenizer: Any) -> Any:
    """A tokenizer without a limit of its own."""
    import copy

    from transformers.tokenization_utils_base import VERY_LARGE_INTEGER

    free = copy.deepcopy(tokenizer)
    free.model_max_length = VERY_LARGE_INTEGER
    return free


def random_model(name: str, **options: Any) -> Any:
    import transformers

    model_class = getattr(transformers, name)
    return model_class(model_class.config_class(**{**SMALL, **options}))


def test_describe(base_bert: Path) -> None:
    model = tfw.load(base_bert)
    number = sum(weights.numel() for weights in model.model.parameters())
    assert model.parameters == number
    assert model.bytes == 4 * number
    assert model.describe().splitlines() == [
        f"{base_bert}: BertModel (bert, encoder)",
        "  for feature-extraction; 2 layers x 4 heads x 32 wide, reads up to 64 tokens",
        f"  {number / 1e6:.1f} M parameters, {4 * number / 1e6:.0f} MB float32 on cpu",
        "  from folder",
    ]
    assert repr(model) == (
        f"LoadedModel({str(base_bert)!r}, BertModel, task='feature-extraction', source='folder')"
    )


def test_shared_weights_count_once(masked: Path) -> None:
    model = tfw.load(masked)
    embeddings = model.model.bert.embeddings.word_embeddings.weight
    assert model.model.cls.predictions.decoder.weight is embeddings
    every = sum(w.numel() for _, w in model.model.named_parameters(remove_duplicate=False))
    assert model.parameters == every - embeddings.numel() - model.model.config.vocab_size


@pytest.mark.parametrize(
    ("name", "family", "kind"),
    [
        ("BertModel", "bert", "encoder"),
        ("BertForMaskedLM", "bert", "encoder"),
        ("RobertaModel", "roberta", "encoder"),
        ("GPT2LMHeadModel", "gpt2", "decoder"),
        ("GPT2Model", "gpt2", "decoder"),
        ("GPT2ForSequenceClassification", "gpt2", "decoder"),
        ("LlamaModel", "llama", "decoder"),
        ("T5ForConditionalGeneration", "t5", "encoder-decoder"),
        ("T5Model", "t5", "encoder-decoder"),
    ],
)
def test_family_and_kind(name: str, family: str, kind: str, tokenizer: Any) -> None:
    small = {"intermediate_size": 8} if family in ("llama", "bert", "roberta") else {}
    small |= {"d_kv": 8, "d_ff": 8} if family == "t5" else {}
    model = tfw.load((random_model(name, **small), tokenizer))
    assert (model.family, model.kind) == (family, kind)


def test_a_bert_that_generates_is_a_decoder(tokenizer: Any) -> None:
    model = random_model("BertLMHeadModel", is_decoder=True, intermediate_size=8)
    assert tfw.load((model, tokenizer)).kind == "decoder"


# Length


def test_the_smaller_limit_counts(tokenizer: Any, unlimited: Any) -> None:
    bert = random_model("BertModel", max_position_embeddings=32, intermediate_size=8)
    assert tokenizer.model_max_length == 64
    assert tfw.load((bert, tokenizer)).max_length == 32
    bert.config.max_position_embeddings = 512
    assert tfw.load((bert, tokenizer)).max_length == 64
    assert tfw.load((bert, unlimited)).max_length == 512


def test_without_a_limit(unlimited: Any) -> None:
    model = tfw.load((random_model("T5Model", d_kv=8, d_ff=8), unlimited))
    assert unlimited.model_max_length > 10**29
    assert model.max_length is None
    assert "reads up to" not in model.describe()


@pytest.mark.parametrize(
    ("name", "options", "limited"),
    [
        ("BertModel", {"intermediate_size": 8}, True),
        ("T5Model", {"d_kv": 8, "d_ff": 8}, False),
        ("BloomModel", {"n_head": 1}, False),
        ("XLNetModel", {"d_inner": 8, "n_head": 1, "d_head": 8}, False),
        ("MptModel", {"d_model": 8, "n_heads": 1, "n_layers": 1, "max_seq_len": 32}, True),
        (
            "LEDModel",
            {
                "max_encoder_position_embeddings": 32,
                "encoder_attention_heads": 1,
                "decoder_attention_heads": 1,
            },
            True,
        ),
    ],
)
def test_only_some_models_have_positions(
    name: str, options: dict[str, Any], limited: bool, tokenizer: Any
) -> None:
    loaded = tfw.load((random_model(name, **options), tokenizer))
    assert loaded.has_positions is limited
    assert loaded.max_length == (32 if name in ("MptModel", "LEDModel") else 64)
    kind = type(loaded.model.config)
    own = type("OwnConfig", (kind,), {"__module__": "modeling_own"})
    loaded.model.config.__class__ = own  # code that came with a checkpoint is not known
    assert loaded.has_positions


def test_of_two_models_the_positions_of_the_one_that_reads(unlimited: Any) -> None:
    from transformers import EncoderDecoderModel

    small = {"max_position_embeddings": 34, "intermediate_size": 8}
    writes = {**small, "is_decoder": True, "add_cross_attention": True}
    model = EncoderDecoderModel(
        encoder=random_model("RobertaModel", **small),
        decoder=random_model("BertLMHeadModel", **writes),
    )
    loaded = tfw.load((model, unlimited))
    assert (loaded.max_length, loaded.has_positions) == (32, True)


def test_positions_that_roberta_keeps_for_itself(unlimited: Any) -> None:
    import torch

    roberta = random_model("RobertaModel", max_position_embeddings=34, intermediate_size=8)
    length = tfw.load((roberta, unlimited)).max_length
    assert length == 32
    ids = torch.full((1, length), 5)
    assert roberta(ids).last_hidden_state.shape == (1, 32, 8)
    with pytest.raises((IndexError, RuntimeError), match="out of"):
        roberta(torch.full((1, length + 1), 5))


# Languages


@pytest.mark.parametrize(
    ("front_matter", "languages"),
    [
        ("language: de", ("de",)),
        ("language: [en, de]", ("en", "de")),
        ("language:\n- en\n- zh-Hant", ("en", "zh-Hant")),
        ("language: no", ("no",)),  # false, for YAML
        ("language: [en, no]", ("en", "no")),
        ("language: []", ()),
        ("language:", ()),
        ("license: mit", ()),
        ("language: [en", ()),  # not YAML
        ("- a\n- list", ()),
        ("a: &a [x, x]\nlanguage: [*a, *a]", ()),  # unfolds
        ("a: " + "[" * 5000 + "]" * 5000, ()),
    ],
)
def test_languages_of_the_card(
    base_bert: Path, tmp_path: Path, front_matter: str, languages: tuple[str, ...]
) -> None:
    folder = Path(shutil.copytree(base_bert, tmp_path / "model"))
    model_card(folder, front_matter)
    assert tfw.load(folder).languages == languages


@pytest.mark.parametrize("card", [None, b"# A model\n\nfor language: de", b"---\n\xff\n---\n"])
def test_cards_that_name_no_language(base_bert: Path, tmp_path: Path, card: bytes | None) -> None:
    folder = Path(shutil.copytree(base_bert, tmp_path / "model"))
    (folder / "README.md").unlink()
    if card:
        (folder / "README.md").write_bytes(card)
    assert tfw.load(folder).languages == ()
