"""A model to train: the head that it has, or a new one that says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

import tfwidgets as tfw
from tests.support.learner import Learner
from tests.support.tiny import WORDS, tiny_tokenizer
from tests.tokens.trained import dressed
from tfwidgets.models import LoadedModel, training
from tfwidgets.models.training import Trainable, check_not_frozen, load_for_training

pytestmark = pytest.mark.usefixtures("nothing_loaded")

THREE = ("dog", "cat", "mat")
SMALL: dict[str, Any] = {
    "vocab_size": len(WORDS),
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 64,
    "initializer_range": 0.3,
}


def train(name: Any, task: str, labels: Any = None, **options: Any) -> Trainable:
    return load_for_training(name, task, labels=labels, progress=False, **options)


def refused(name: Any, task: str, labels: Any = None, **options: Any) -> str:
    with pytest.raises(tfw.ModelError) as caught:
        train(name, task, labels, **options)
    return str(caught.value)


def saved(folder: Path, config: Any, auto: Any) -> Path:
    """Save a random model of any family, with the words of tiny BERT."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = auto.from_config(config)
        for weight in model.parameters():  # so that nothing is 0 or 1 by default
            torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(folder)
    return tiny_tokenizer(folder)


def changed(folder: Path, to: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Copy a folder with other fields in its config.json."""
    copied = Path(shutil.copytree(folder, to))
    config = json.loads((copied / "config.json").read_text())
    change(config)
    (copied / "config.json").write_text(json.dumps(config))
    return copied


@pytest.fixture(scope="session")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = transformers.BertConfig(**SMALL, id2label=dict(enumerate(("O", "B-PER", "I-PER"))))
    folder = tmp_path_factory.mktemp("tagger")
    return saved(folder, config, transformers.AutoModelForTokenClassification)


@pytest.fixture(scope="session")
def unnamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier whose three labels are LABEL_0, LABEL_1, LABEL_2."""
    config = transformers.BertConfig(**SMALL, num_labels=3)
    folder = tmp_path_factory.mktemp("unnamed")
    return saved(folder, config, transformers.AutoModelForSequenceClassification)


def same_body(model: Any, folder: Path, new: tuple[str, ...]) -> bool:
    """Whether all but the new weights are those in the file."""
    written = load_file(folder / "model.safetensors")
    by_end = {name.removeprefix("bert."): value for name, value in written.items()}
    return all(
        torch.equal(weight, by_end[name.removeprefix("bert.")])
        for name, weight in model.named_parameters()
        if name not in new
    )


# New heads


@pytest.mark.parametrize("source", ["base_bert", "masked"])
def test_pretrained_weights_get_a_new_head(request: pytest.FixtureRequest, source: str) -> None:
    folder = request.getfixturevalue(source)
    made = train(folder, "text-classification", THREE, seed=1)
    config = made.loaded.model.config
    assert type(made.loaded.model).__name__ == "BertForSequenceClassification"
    assert config.id2label == {0: "dog", 1: "cat", 2: "mat"}
    assert config.label2id == {"dog": 0, "cat": 1, "mat": 2}
    assert config.num_labels == 3
    assert (made.loaded.task, made.loaded.source) == ("text-classification", "folder")
    pooler = {"bert.pooler.dense.weight", "bert.pooler.dense.bias"} if source == "masked" else set()
    assert set(made.new_weights) == {"classifier.weight", "classifier.bias"} | pooler
    assert same_body(made.loaded.model, folder, made.new_weights)
    assert made.loaded.model.classifier.weight.std() > 0.1  # the class's own initializer_range


def test_token_classification_and_question_answering(base_bert: Path) -> None:
    tagged = train(base_bert, "ner", THREE)
    assert tagged.loaded.task == "token-classification"
    assert tagged.loaded.model.config.num_labels == 3
    asked = train(base_bert, "question-answering")
    assert asked.new_weights == ("qa_outputs.weight", "qa_outputs.bias")
    assert asked.loaded.model.config.num_labels == 2


def test_questions_have_two_outputs_whatever_the_configuration_counts(
    base_bert: Path, tmp_path: Path
) -> None:
    five = {str(k): f"LABEL_{k}" for k in range(5)}
    folder = changed(base_bert, tmp_path / "m", lambda config: config.update(id2label=five))
    assert train(folder, "question-answering").loaded.model.qa_outputs.weight.shape == (2, 32)


@pytest.mark.parametrize(
    ("options", "outputs", "problem"),
    [
        ({"problem_type": "regression"}, 1, "regression"),
        ({"problem_type": "regression", "labels": ("length", "width")}, 2, "regression"),
        (
            {"problem_type": "multi_label_classification", "labels": THREE},
            3,
            "multi_label_classification",
        ),
        ({"labels": THREE}, 3, None),
    ],
)
def test_the_kind_of_problem(
    base_bert: Path, options: dict[str, Any], outputs: int, problem: str | None
) -> None:
    model = train(base_bert, "text-classification", **options).loaded.model
    assert (model.config.num_labels, model.config.problem_type) == (outputs, problem)
    assert model.classifier.weight.shape == (outputs, 32)


def test_a_head_is_drawn_by_its_seed_alone(base_bert: Path) -> None:
    def head(seed: int | None) -> Any:
        return train(base_bert, "ner", THREE, seed=seed).loaded.model.classifier.weight.detach()

    torch.manual_seed(5)
    state = torch.random.get_rng_state()
    first = head(3)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.manual_seed(6)
    assert torch.equal(head(3), first)
    assert not torch.equal(head(4), first)
    torch.manual_seed(5)
    one = head(None)
    torch.manual_seed(5)
    assert not torch.equal(head(None), one)


def test_no_model_is_shared(base_bert: Path) -> None:
    kept = tfw.load(base_bert)
    one, two = (train(base_bert, "ner", THREE).loaded.model for _ in range(2))
    assert tfw.loaded() == [kept]
    pointers = {model.get_input_embeddings().weight.data_ptr() for model in (one, two, kept.model)}
    assert len(pointers) == 3
    again = train(kept, "ner", THREE).loaded
    assert again.name == kept.name
    assert again.model.get_input_embeddings().weight.data_ptr() not in pointers
    assert again.tokenizer is not kept.tokenizer


def test_labels_are_needed_for_a_new_head(base_bert: Path) -> None:
    with pytest.raises(tfw.InputError, match=r"A new head for text-classification needs labels"):
        train(base_bert, "text-classification")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("dog", "labels is the text 'dog': pass a list of names."),
        (["a", "b", "a"], "A label stands twice in labels: a."),
        ([], "labels is empty"),
    ],
)
def test_labels_that_are_none(base_bert: Path, labels: Any, message: str) -> None:
    with pytest.raises(tfw.InputError, match=message):
        train(base_bert, "ner", labels)


def test_without_a_head_there_is_nothing_to_train(base_bert: Path) -> None:
    with pytest.raises(tfw.InputError, match="feature-extraction is no task to train for"):
        train(base_bert, "feature-extraction")


# Heads that are there


def test_a_head_for_the_same_labels_is_kept_in_its_order(classifier: Path) -> None:
    made = train(classifier, "sentiment-analysis", ["positive", "negative"])
    assert made.new_weights == ()
    assert made.loaded.model.config.id2label == {0: "negative", 1: "positive"}
    assert same_body(made.loaded.model, classifier, ())


def test_a_head_without_names_gets_them(unnamed: Path) -> None:
    made = train(unnamed, "text-classification", THREE)
    assert made.new_weights == ()
    assert made.loaded.model.config.label2id == {"dog": 0, "cat": 1, "mat": 2}
    assert same_body(made.loaded.model, unnamed, ())
    kept = train(unnamed, "text-classification").loaded.model.config.id2label
    assert kept == {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}


def test_other_labels_are_refused(classifier: Path, unnamed: Path) -> None:
    message = refused(classifier, "text-classification", ["negative", "neutral", "positive"])
    assert message.splitlines() == [
        f"The head of {classifier} was trained for other labels.",
        "Its 2: negative, positive. Asked for are 3: negative, neutral, positive.",
        "To train it with a new head, which starts untrained: new_head=True.",
    ]
    assert "Its 2: negative" in refused(classifier, "text-classification", ["dog", "cat"])
    message = refused(unnamed, "text-classification", ["dog", "cat"])
    assert "3 labels without names; asked for are 2 (dog, cat)" in message


def test_numbers_and_classes_are_not_each_other(classifier: Path, tmp_path: Path) -> None:
    message = refused(classifier, "text-classification", problem_type="regression")
    assert "was trained for classes, not for numbers (regression)" in message
    train(classifier, "text-classification", problem_type="regression", new_head=True)
    config = transformers.BertConfig(**SMALL, num_labels=1)
    auto = transformers.AutoModelForSequenceClassification
    folder = saved(tmp_path / "m", config, auto)
    message = refused(folder, "text-classification", ["dog", "cat"])
    assert "was trained for numbers (regression), not for classes" in message
    kept = train(folder, "text-classification", ["length"], problem_type="regression")
    assert kept.new_weights == ()


@pytest.mark.parametrize("new_head", [None, False])
def test_a_head_for_another_task_is_refused(classifier: Path, new_head: bool | None) -> None:
    message = refused(classifier, "ner", THREE, new_head=new_head)
    first, second = message.splitlines()
    assert first == (
        f"{classifier} has a head for text-classification (BertForSequenceClassification), "
        "not for token-classification."
    )
    assert second == "To train it with a new head, which starts untrained: new_head=True."


@pytest.mark.parametrize("task", ["text-classification", "ner"])
@pytest.mark.parametrize("labels", [THREE, ("O", "B-PER", "I-PER")])
def test_a_new_head_in_place_of_a_trained_one(
    tagger: Path, task: str, labels: tuple[str, ...]
) -> None:
    """Also where the old one would fit in its shape."""
    made = train(tagger, task, labels, new_head=True, seed=0)
    head = {"classifier.weight", "classifier.bias"}
    pooler = {"bert.pooler.dense.weight", "bert.pooler.dense.bias"}
    assert set(made.new_weights) == (head if task == "ner" else head | pooler)
    assert same_body(made.loaded.model, tagger, made.new_weights)
    old = load_file(tagger / "model.safetensors")["classifier.weight"]
    assert not torch.equal(made.loaded.model.classifier.weight, old)
    assert made.loaded.model.classifier.bias.abs().max() == 0
    assert tuple(made.loaded.model.config.id2label.values()) == labels


def test_a_new_head_of_another_size(classifier: Path) -> None:
    made = train(classifier, "text-classification", THREE, new_head=True)
    assert made.loaded.model.classifier.weight.shape == (3, 32)
    # The pooler is there, and was not made for these labels only.
    assert made.new_weights == ("classifier.weight", "classifier.bias")
    assert same_body(made.loaded.model, classifier, made.new_weights)


def test_whatever_is_untrained_is_refused_where_asked(base_bert: Path, classifier: Path) -> None:
    message = refused(base_bert, "text-classification", THREE, new_head=False)
    assert "has no trained head for text-classification: 2 weights are missing" in message
    assert "new_head=False refuses to make one." in message
    assert train(classifier, "text-classification", new_head=False).new_weights == ()


def test_without_a_saved_class_the_weights_decide(classifier: Path, tmp_path: Path) -> None:
    folder = changed(classifier, tmp_path / "m", lambda config: config.pop("architectures"))
    made = train(folder, "text-classification", ["positive", "negative"])
    assert made.new_weights == ()
    assert made.loaded.model.config.id2label == {0: "negative", 1: "positive"}
    assert "trained for other labels" in refused(folder, "text-classification", ["dog", "cat"])


# Language models


def test_a_language_model_needs_its_head(base_bert: Path, masked: Path) -> None:
    message = refused(base_bert, "fill-mask")
    assert "has no trained head for fill-mask" in message
    assert message.endswith("new head, which starts untrained: new_head=True.")
    made = train(base_bert, "fill-mask", new_head=True)
    assert "cls.predictions.transform.dense.weight" in made.new_weights
    assert same_body(made.loaded.model, base_bert, made.new_weights)
    assert train(masked, "fill-mask").new_weights == ()


def test_a_head_that_is_the_embeddings_has_nothing_to_draw(masked: Path) -> None:
    made = train(masked, "fill-mask", new_head=True)
    model = made.loaded.model
    words = model.get_input_embeddings().weight
    assert model.get_output_embeddings().weight is words
    assert torch.equal(
        words, load_file(masked / "model.safetensors")["bert.embeddings.word_embeddings.weight"]
    )


def test_an_encoder_learns_no_continuation(base_bert: Path, masked: Path) -> None:
    for folder in (base_bert, masked):
        message = refused(folder, "text-generation", new_head=True)
        assert "is an encoder (bert): each token sees those behind it" in message


def test_what_a_family_is_not_made_for(base_bert: Path) -> None:
    message = refused(base_bert, "translation", new_head=True)
    assert message == f"{base_bert} is a bert model, which is not made for text2text-generation."


def test_a_classifier_becomes_a_language_model_only_when_asked(classifier: Path) -> None:
    assert "has a head for text-classification" in refused(classifier, "fill-mask")
    made = train(classifier, "fill-mask", new_head=True)
    assert "cls.predictions.transform.dense.weight" in made.new_weights


FAMILIES: dict[str, tuple[Any, dict[str, Any], str]] = {
    "roberta": (transformers.RobertaConfig, SMALL, "AutoModelForMaskedLM"),
    "distilbert": (
        transformers.DistilBertConfig,
        {"vocab_size": len(WORDS), "dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64},
        "AutoModelForMaskedLM",
    ),
    "albert": (
        transformers.AlbertConfig,
        {**SMALL, "embedding_size": 16},
        "AutoModelForMaskedLM",
    ),
    "gpt2": (
        transformers.GPT2Config,
        {"vocab_size": len(WORDS), "n_embd": 32, "n_layer": 2, "n_head": 4, "eos_token_id": 3},
        "AutoModelForCausalLM",
    ),
    "llama": (transformers.LlamaConfig, SMALL, "AutoModelForCausalLM"),
    "xlnet": (
        transformers.XLNetConfig,
        {"vocab_size": len(WORDS), "d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 64},
        "AutoModelForCausalLM",
    ),
    "xlm": (
        transformers.XLMConfig,
        {"vocab_size": len(WORDS), "emb_dim": 32, "n_layers": 2, "n_heads": 4},
        "AutoModelForMaskedLM",
    ),
    "t5": (
        transformers.T5Config,
        {"vocab_size": len(WORDS), "d_model": 32, "d_kv": 8, "num_layers": 2, "num_heads": 4,
         "d_ff": 64, "decoder_start_token_id": 0},
        "AutoModelForSeq2SeqLM",
    ),
    "bart": (
        transformers.BartConfig,
        {"vocab_size": len(WORDS), "d_model": 32, "encoder_layers": 2, "decoder_layers": 2,
         "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 64,
         "decoder_ffn_dim": 64, "max_position_embeddings": 64, "pad_token_id": 0,
         "bos_token_id": 2, "eos_token_id": 3, "decoder_start_token_id": 3},
        "AutoModelForSeq2SeqLM",
    ),
}  # fmt: skip
_HEADS = {
    ("roberta", "text-classification"): {"classifier.dense", "classifier.out_proj"},
    ("distilbert", "text-classification"): {"pre_classifier", "classifier"},
    ("albert", "text-classification"): {"albert.pooler", "classifier"},
    ("gpt2", "text-classification"): {"score"},
    ("llama", "text-classification"): {"score"},
    ("xlnet", "text-classification"): {"sequence_summary.summary", "logits_proj"},
    ("xlm", "text-classification"): {"sequence_summary.summary"},
    ("t5", "text-classification"): {
        "classification_head.dense",
        "classification_head.out_proj",
    },
    ("bart", "text-classification"): {
        "classification_head.dense",
        "classification_head.out_proj",
    },
    # Its class calls the body otherwise than all others of its family do.
    ("llama", "question-answering"): {"qa_outputs"},
    ("t5", "question-answering"): {"qa_outputs"},
    ("gpt2", "token-classification"): {"classifier"},
}


@pytest.mark.parametrize(("family", "task"), _HEADS)
def test_heads_of_families(family: str, task: str, tmp_path: Path) -> None:
    """Exactly the head is new, and every other weight is one of the file."""
    kind, fields, auto = FAMILIES[family]
    folder = saved(tmp_path / family, kind(**fields), getattr(transformers, auto))
    made = train(folder, task, THREE, seed=1)
    assert {name.rpartition(".")[0] for name in made.new_weights} == _HEADS[family, task]
    written = list(load_file(folder / "model.safetensors").values())
    for name, weight in made.loaded.model.named_parameters():
        found = any(weight.shape == w.shape and torch.equal(weight, w) for w in written)
        assert found is (name not in made.new_weights), name
    again = train(folder, task, THREE, seed=1).loaded.model
    for name, weight in made.loaded.model.named_parameters():
        assert torch.equal(weight, again.get_parameter(name)), name


# Files


@pytest.mark.parametrize("new_head", [None, True])
def test_a_body_with_holes_is_refused(
    base_bert: Path, tmp_path: Path, new_head: bool | None
) -> None:
    folder = Path(shutil.copytree(base_bert, tmp_path / "m"))
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    message = refused(folder, "text-classification", THREE, new_head=new_head)
    assert message == (
        f"{folder} is not whole: 1 of its weights are missing or have another shape "
        "(bert.encoder.layer.1.output.dense.weight)."
    )


def test_a_trained_head_with_holes_is_refused(classifier: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(classifier, tmp_path / "m"))
    weights = load_file(folder / "model.safetensors")
    del weights["classifier.bias"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert "is not whole: 1 of its weights" in refused(folder, "text-classification")


@pytest.mark.parametrize("new_head", [None, True])
def test_a_body_of_another_shape_is_refused(
    base_bert: Path, tmp_path: Path, new_head: bool | None
) -> None:
    def narrow(config: dict[str, Any]) -> None:
        config["intermediate_size"] = 48

    folder = changed(base_bert, tmp_path / "m", narrow)
    assert "another shape" in refused(folder, "ner", THREE, new_head=new_head)


def test_what_is_no_model() -> None:
    with pytest.raises(tfw.InputError, match="A model is a name, a folder or a"):
        train(3, "ner", THREE)
    assert "There is no folder ./nothing" in refused("./nothing", "ner", THREE)


def test_options_reach_configuration_and_weights(base_bert: Path, tmp_path: Path) -> None:
    made = train(
        base_bert, "ner", THREE, hidden_dropout_prob=0.37, attn_implementation="eager"
    ).loaded.model
    assert made.config.hidden_dropout_prob == made.dropout.p == 0.37
    assert made.config._attn_implementation == "eager"
    half = tmp_path / "half"
    transformers.AutoModel.from_pretrained(base_bert).to(torch.bfloat16).save_pretrained(half)
    tiny_tokenizer(half)
    assert train(half, "ner", THREE).loaded.model.dtype == torch.float32
    assert train(half, "ner", THREE, dtype=torch.bfloat16).loaded.model.dtype == torch.bfloat16


def test_it_is_saved_and_loaded_as_any_model(base_bert: Path, tmp_path: Path) -> None:
    made = train(base_bert, "text-classification", THREE, seed=1).loaded
    made.model.save_pretrained(tmp_path / "m")
    made.tokenizer.save_pretrained(tmp_path / "m")
    model = tfw.load(tmp_path / "m").model
    assert model.config.id2label[2] == "mat"
    assert torch.equal(model.classifier.weight, made.model.classifier.weight)
    assert train(tmp_path / "m", "text-classification", THREE).new_weights == ()


# Padding


@pytest.fixture
def gpt(tmp_path: Path) -> Path:
    tokenizer = dressed("byte-level BPE", model_max_length=48, eos_token="<|endoftext|>")  # noqa: S106
    kind, fields, auto = FAMILIES["gpt2"]
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    config = kind(**{**fields, "vocab_size": len(tokenizer), "eos_token_id": end})
    folder = saved(tmp_path / "gpt", config, getattr(transformers, auto))
    for file in folder.glob("tokenizer*"):
        file.unlink()
    tokenizer.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("task", ["text-classification", "text-generation"])
def test_a_decoder_pads_with_the_end_of_a_text(gpt: Path, task: str) -> None:
    loaded = train(gpt, task, THREE if task == "text-classification" else None).loaded
    assert loaded.tokenizer.pad_token == loaded.tokenizer.eos_token is not None
    assert loaded.model.config.pad_token_id == loaded.tokenizer.pad_token_id
    if task == "text-generation":
        assert loaded.model.generation_config.pad_token_id == loaded.tokenizer.pad_token_id
    batch = loaded.tokenizer(["a", "a longer text"], padding=True, return_tensors="pt")
    loaded.model(**batch)  # a classifier without a padding token refuses two rows


def test_the_tokenizer_of_a_pair_is_not_changed(gpt: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(gpt)
    tokenizer = transformers.AutoTokenizer.from_pretrained(gpt)
    loaded = train((model, tokenizer), "text-generation").loaded
    assert loaded.model is model
    assert tokenizer.pad_token is None
    assert loaded.tokenizer.pad_token == tokenizer.eos_token is not None


def test_without_any_special_token_nothing_pads(gpt: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(gpt)
    tokenizer = dressed("byte-level BPE", model_max_length=48)
    tokenizer.eos_token = tokenizer.bos_token = tokenizer.unk_token = None
    assert "no padding token" in refused((model, tokenizer), "text-generation")


# Ready models


def pair(folder: Path, auto: str = "AutoModelForSequenceClassification") -> tuple[Any, Any]:
    model = getattr(transformers, auto).from_pretrained(folder)
    return model, transformers.AutoTokenizer.from_pretrained(folder)


def test_a_pair_is_trained_in_place(classifier: Path, unnamed: Path) -> None:
    model, tokenizer = pair(classifier)
    for given in ((model, tokenizer), LoadedModel(model, tokenizer, "mine", "pair", "")):
        made = train(given, "text-classification", ["positive", "negative"])
        assert made.loaded.model is model
        assert made.loaded.tokenizer is tokenizer
        assert made.new_weights == ()
        assert made.loaded.task == "text-classification"
    named = train(pair(unnamed), "text-classification", THREE).loaded.model
    assert named.config.id2label[0] == "dog"


def test_a_pair_that_does_not_fit(classifier: Path, base_bert: Path) -> None:
    assert "trained for other labels" in refused(pair(classifier), "text-classification", THREE)
    message = refused(pair(classifier), "ner", ["negative", "positive"])
    assert "is for text-classification: it has no head for token-classification" in message
    assert "AutoModelForTokenClassification.from_pretrained" in message
    assert "no head for" in refused(pair(base_bert, "AutoModel"), "ner", THREE)
    message = refused(pair(classifier), "text-classification", THREE, new_head=True)
    assert message.startswith("A ready model is trained as it is")
    with pytest.raises(tfw.InputError, match="A ready model is a pair"):
        train((1, 2, 3), "ner", THREE)


def test_a_pair_is_trained_where_it_is_said(
    classifier: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def place(**options: Any) -> str:
        given = options.pop("given", None) or pair(classifier)
        made = train(given, "text-classification", ["positive", "negative"], **options)
        assert made.loaded.model is given[0]
        return str(made.loaded.model.device)

    with pytest.raises(tfw.InputError, match="'cudaa' is no device"):
        place(device="cudaa")
    assert place(device="meta") == "meta"  # stands for a GPU, as PyTorch has it anywhere
    model, tokenizer = pair(classifier)
    assert place(given=(model.to("meta"), tokenizer)) == "meta"  # somebody put it there
    monkeypatch.setattr(training, "device_of", lambda device: torch.device(device or "meta"))
    assert place() == "meta"
    assert place(device="cpu") == "cpu"


def test_a_frozen_model_is_refused(classifier: Path) -> None:
    model, tokenizer = pair(classifier)
    loaded = train((model, tokenizer), "text-classification").loaded
    model.bert.requires_grad_(False)  # the head alone is trained
    check_not_frozen(loaded)
    model.requires_grad_(False)
    with pytest.raises(tfw.ModelError, match=r"frozen: .*\n.*model\.requires_grad_\(True\)"):
        check_not_frozen(loaded)
    peft = pytest.importorskip("peft")
    adapted = peft.PeftModel(model, peft.LoraConfig(target_modules=["query"], task_type="SEQ_CLS"))
    loaded = train((adapted, tokenizer), "text-classification").loaded
    check_not_frozen(loaded)
    adapted.requires_grad_(False)
    with pytest.raises(tfw.ModelError, match="is_trainable=True"):
        check_not_frozen(loaded)


@pytest.mark.parametrize(("dtype", "mixed"), [("bfloat16", "bf16"), ("float16", "fp16")])
def test_a_pair_in_half_precision_is_refused(classifier: Path, dtype: str, mixed: str) -> None:
    model, tokenizer = pair(classifier)
    labels = ["positive", "negative"]
    model.bert.to(getattr(torch, dtype))  # a head in float32 does not help the rest
    message = refused((model, tokenizer), "text-classification", labels)
    assert f"is in {dtype}" in message
    assert "model.float()" in message
    assert f"precision='{mixed}'" in message
    model.float()
    assert train((model, tokenizer), "text-classification", labels).loaded.model is model


def test_a_learners_adapters_are_not_torn_from_it(classifier: Path) -> None:
    peft = pytest.importorskip("peft")
    model, tokenizer = pair(classifier)
    config = peft.LoraConfig(target_modules=["query"], task_type="SEQ_CLS")
    adapted = peft.PeftModel(model, config)
    message = refused(Learner(adapted.get_base_model(), tokenizer), "text-classification")
    assert "merge them first: learn.save_pretrained(folder)" in message
    # Whole, with what runs the adapters, such a model can be trained.
    assert train((adapted, tokenizer), "text-classification").loaded.model is adapted


@pytest.mark.parametrize(
    ("labels", "offered"), [(("0", "1"), True), (("1", "2"), False), (("0", "1", "2"), False)]
)
def test_numbers_may_stand_for_the_labels_of_a_head(
    classifier: Path, labels: tuple[str, ...], offered: bool
) -> None:
    for given in (classifier, pair(classifier)):
        message = refused(given, "text-classification", labels)
        assert (
            "If 0 is 'negative', and so on: labels=['negative', 'positive']" in message
        ) is offered
        assert "new_head=True" in message


def test_a_learner_goes_on_in_place(classifier: Path) -> None:
    model, tokenizer = pair(classifier)
    made = train(Learner(model, tokenizer), "text-classification")
    assert made.loaded.model is model
    assert made.loaded.name == "a learner"


# Objects that hold a model


class Holder:
    def __init__(self, model: Any) -> None:
        self.model = model


def test_what_holds_a_model_is_loaded_as_it_is_now(classifier: Path, tagger: Path) -> None:
    learner = Learner(*pair(classifier))
    held = Holder(learner)  # as fastai's Learner holds a wrapped model
    for one in (learner, held):
        loaded = tfw.load(one)
        assert loaded.model is learner.model
        assert tfw.load(one, "text-classification").name == "a learner"
        with pytest.raises(tfw.ModelError, match="is for text-classification: it has no head"):
            tfw.load(one, "ner")
    learner.model, learner.tokenizer = pair(classifier)
    assert tfw.load(held).model is learner.model
    assert tfw.loaded() == []


def test_a_wrapped_model_without_a_task_is_known_by_its_class(tagger: Path) -> None:
    wrapped = Learner(*pair(tagger, "AutoModelForTokenClassification"), task="")
    assert tfw.load(wrapped).task == "token-classification"
    assert tfw.load(wrapped, "ner").task == "token-classification"
