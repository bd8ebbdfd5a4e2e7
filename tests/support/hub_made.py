"""Repositories without a folder, by the thousand: what a list, a filter and a plan need of them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path

from tests.support.hub_repo import Json, Repo, RepoFile

_AUTHORS = ("nord-lab", "sprachwerk", "open-text", "acme-ai", "uni-nlp", "textmine", "alva")
_KINDS = (
    # family, architecture, task, start of the name
    ("bert", "BertForMaskedLM", "fill-mask", "bert-base"),
    ("distilbert", "DistilBertForSequenceClassification", "text-classification", "sentiment"),
    ("bert", "BertForTokenClassification", "token-classification", "ner"),
    ("llama", "LlamaForCausalLM", "text-generation", "llama-chat"),
    ("qwen2", "Qwen2ForCausalLM", "text-generation", "qwen-instruct"),
    ("t5", "T5ForConditionalGeneration", "summarization", "t5-news"),
    ("marian", "MarianMTModel", "translation", "opus-mt"),
    ("xlm-roberta", "XLMRobertaModel", "sentence-similarity", "multi-minilm"),
    ("electra", "ElectraForQuestionAnswering", "question-answering", "electra-squad"),
)
_LANGUAGES = (("en",), ("de",), ("en", "de"), ("fr",), ("multilingual",), ("es", "pt"), ())
_LICENCES = ("apache-2.0", "mit", "cc-by-4.0", "openrail", None)
_PARAMETERS = (22_700_000, 66_400_000, 110_100_000, 335_000_000, 1_540_000_000, 7_620_000_000)
_DTYPES = ("F32", "BF16", "F16")
_BYTES = {"F32": 4, "BF16": 2, "F16": 2}
_BEGIN = datetime(2024, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class MadeFile(RepoFile):
    """A file that is made when it is asked for, or of which only the size is known."""

    content: bytes | None = None

    def read(self) -> bytes | None:
        return self.content


@dataclass(frozen=True)
class MadeRepo(Repo):
    """The repository with this number; the same number makes the same repository."""

    number: int = 0

    @property
    def kind(self) -> tuple[str, str, str, str]:
        return _KINDS[self.number % len(_KINDS)]

    @cached_property
    def config(self) -> Json:
        family, architecture, _, _ = self.kind
        return {"model_type": family, "architectures": [architecture], "hidden_size": 384}

    @cached_property
    def card_data(self) -> Json:
        card: Json = {
            "language": list(_LANGUAGES[self.number % len(_LANGUAGES)]),
            "license": _LICENCES[self.number % len(_LICENCES)],
            "pipeline_tag": self.kind[2],
        }
        if self.number % 4 == 3:
            card["base_model"] = made_id(self.number - 3)
        return {key: value for key, value in card.items() if value}

    @cached_property
    def parameters(self) -> dict[str, int]:
        dtype = _DTYPES[self.number % len(_DTYPES)]
        return {dtype: _PARAMETERS[self.number % len(_PARAMETERS)] + self.number}

    @cached_property
    def sha(self) -> str:
        return hashlib.sha1(self.id.encode(), usedforsecurity=False).hexdigest()

    @cached_property
    def files(self) -> dict[str, RepoFile]:
        import yaml

        head = yaml.safe_dump(self.card_data)
        text = f"---\n{head}---\n\n# {self.id}\n\nModel number {self.number} of the tests.\n"
        ((dtype, number),) = self.parameters.items()
        files = [
            self._made("README.md", text.encode()),
            self._made("config.json", json.dumps(self.config).encode()),
            self._made("model.safetensors", None, number * _BYTES[dtype]),
            self._made("tokenizer.json", None, 711_000),
            self._made("tokenizer_config.json", b"{}"),
        ]
        return {file.name: file for file in files}

    def _made(self, name: str, content: bytes | None, size: int = 0) -> MadeFile:
        seed = content if content is not None else f"{self.id}/{name}".encode()
        large = name.endswith(".safetensors")
        return MadeFile(
            name=name,
            source=self.folder / name,
            size=size if content is None else len(content),
            blob_id=hashlib.sha1(seed, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(seed).hexdigest() if large else None,
            content=content,
        )


def made_id(number: int) -> str:
    name = _KINDS[number % len(_KINDS)][3]
    return f"{_AUTHORS[number % len(_AUTHORS)]}/{name}-{number:05}"


def made_repo(number: int) -> MadeRepo:
    """Make a repository: the higher its number, the fewer its downloads."""
    family = _KINDS[number % len(_KINDS)][0]
    changed = _BEGIN + timedelta(hours=number)
    return MadeRepo(
        made_id(number),
        Path("/nowhere"),
        gated=("auto", "manual")[number % 2] if number % 17 == 5 else False,
        metadata={
            "tags": ["safetensors", family, "endpoints_compatible", "region:us"],
            "downloads": 5_000_000 // (number + 1),
            "likes": 9_000 // (number + 1),
            "trendingScore": number * 7919 % 100,
            "createdAt": _date(_BEGIN),
            "lastModified": _date(changed),
            "usedStorage": _size(number),
        },
        number=number,
    )


def _size(number: int) -> int:
    dtype = _DTYPES[number % len(_DTYPES)]
    return (_PARAMETERS[number % len(_PARAMETERS)] + number) * _BYTES[dtype] + 720_000


def _date(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
