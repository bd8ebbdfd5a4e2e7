"""The stages of a tokenizer: added tokens, normalizer, pre-tokenizer, model, post-processor.

Each is run by the tokenizer's own components (https://huggingface.co/docs/tokenizers/pipeline),
and the end is compared with what ``encode`` gives. Where it differs there is a problem to
tell and nothing to draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from tfwidgets.models.texts import Texts
from tfwidgets.tokens import backend
from tfwidgets.tokens.changes import Change, Run, changes, merged
from tfwidgets.tokens.subject import Subject
from tfwidgets.tokens.trace import Split, Untraceable, trace
from tfwidgets.ui.strings import Message
from tfwidgets.ui.text import one_line

Kind = Literal[
    "added", "normalizer", "added-normalized", "pre-tokenizer", "model", "post-processor"
]
PieceKind = Literal["text", "added", "special"]
# Longer texts are followed as far as this: every step keeps every character.
MOST_CHARACTERS = 20_000
# How much of a stage is printed.
_MOST_PIECES, _LONGEST_PIECE = 60, 200


@dataclass(frozen=True)
class Piece:
    """What stands between two borders after a stage.

    Attributes
    ----------
    text
        As the stage leaves it; "" where it took all of it away.
    start, end
        Where it comes from: code points of the original text; (0, 0) for what the
        post-processor puts in.
    word
        Number of the pre-token that it belongs to, -1 for none. Those of a pair go on
        counting.
    kind
        ``"text"``, ``"added"`` (an added token) or ``"special"`` (put in by the post-processor).
    id
        In the vocabulary; None before the model.
    sequence
        0 for the text, 1 for its pair, -1 for neither.
    changes
        What the stage did, place by place of the original text.
    """

    text: str
    start: int
    end: int
    word: int
    kind: PieceKind
    id: int | None
    sequence: int
    changes: tuple[Change, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The text with what the stage changed and removed."""
        return merged(self.changes)


def _line(pieces: list[Piece]) -> str:
    """Write pieces on a line, without control characters, as far as one reads."""
    shown = " | ".join(one_line(piece.text, _LONGEST_PIECE) for piece in pieces[:_MOST_PIECES])
    left = len(pieces) - _MOST_PIECES
    return f"{shown} … and {left} more" if left > 0 else shown


@dataclass(frozen=True)
class Step:
    """One component's work: its name, its pieces, and whether it changed anything."""

    name: str
    pieces: list[Piece]
    changed: bool

    def __iter__(self) -> Iterator[Piece]:
        return iter(self.pieces)

    def __str__(self) -> str:
        return f"{self.name}: {_line(self.pieces)}"


@dataclass(frozen=True)
class Stage(Step):
    """A stage; ``steps`` are the parts of a sequence, each after the ones before it."""

    kind: Kind = "added"
    absent: bool = False
    steps: list[Step] = field(default_factory=list)

    def __str__(self) -> str:
        what = "there is none" if self.absent else "nothing changed" if not self.changed else ""
        return f"{self.kind} ({what or self.name}): {_line(self.pieces)}"


@dataclass(frozen=True)
class Stages(Sequence[Stage]):
    """All stages of one text.

    Attributes
    ----------
    exact
        Whether the stages end in what ``encode`` gives.
    problem
        Why there are no stages, or None.
    whole
        False when only the beginning of the text was followed.
    characters
        How much of the text was followed.
    """

    stages: list[Stage]
    problem: Message | None = None
    whole: bool = True
    characters: int = 0

    @property
    def exact(self) -> bool:
        """Whether the stages end in what ``encode`` gives."""
        return self.problem is None

    @property
    def ids(self) -> list[int]:
        """What comes out at the end."""
        last = self.stages[-1].pieces if self.stages else []
        return [piece.id for piece in last if piece.id is not None]

    @cached_property
    def words(self) -> int:
        """Number of pre-tokens."""
        if not self.stages:
            return 0
        return 1 + max((piece.word for piece in self.stages[-2].pieces), default=-1)

    @property
    def pre_tokens(self) -> list[Piece]:
        """What the model is given, one piece for each word."""
        before = [s for s in self.stages if s.kind == "pre-tokenizer"]
        return before[0].pieces if before else []

    def __len__(self) -> int:
        return len(self.stages)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            for stage in self.stages:
                if stage.kind == key:
                    return stage
            raise KeyError(key)
        return self.stages[key]

    def __repr__(self) -> str:
        if self.problem is not None:
            return f"<no stages: {self.problem.text()}>"
        return "\n".join(str(stage) for stage in self.stages)


def take(subject: Subject, texts: Texts, *, add_special_tokens: bool = True) -> Stages:
    """Follow a text, or a pair, through all stages."""
    shown = tuple(_beginning(text) for text in texts)
    characters = sum(map(len, shown))
    whole = shown == texts
    if subject.rust is None:
        return Stages([], _problem("no-backend", subject), whole, characters)
    try:
        stages = _Run(subject, shown, add_special_tokens=add_special_tokens).stages()
    except Untraceable:
        return Stages([], _problem("untraceable", subject), whole, characters)
    except _NotExact:
        return Stages([], _problem("not-exact", subject), whole, characters)
    return Stages(stages, None, whole, characters)


def _beginning(text: str) -> str:
    """Return as much of a text as is followed, up to a blank if there is one near."""
    head = text[:MOST_CHARACTERS]
    if head == text:
        return text
    blank = max(head.rfind(" "), head.rfind("\n"))
    return head[:blank] if blank > MOST_CHARACTERS // 2 else head


class _NotExact(Exception):
    """The stages do not end in what ``encode`` gives."""


def _problem(key: str, subject: Subject) -> Message:
    return Message("tokens-notes", f"stages.{key}", {"name": subject.name})


class _Run:
    """One text, or a pair, on its way through the stages."""

    def __init__(self, subject: Subject, texts: Texts, *, add_special_tokens: bool) -> None:
        self.subject = subject
        self.rust = subject.rust
        self.texts = texts
        self.add_special_tokens = add_special_tokens
        self.added = [subject.added[k] for k in sorted(subject.added)]
        self.ids = {token.content: k for k, token in subject.added.items()}
        self.raw = [token for token in self.added if not token.normalized]

    def stages(self) -> list[Stage]:
        rust = self.rust
        start = [[Split(tuple(t), _identity(t), added=None)] if t else [] for t in self.texts]
        at_first = self._trace(None, None, self.raw)
        stages = [self._stage("added", "AddedVocabulary", start, at_first)]
        normal = self._trace(rust.normalizer, None, self.raw)
        stages.append(self._components("normalizer", rust.normalizer, at_first, normal))
        separated = normal
        if len(self.raw) < len(self.added):
            separated = self._trace(rust.normalizer, None, self.added)
            if separated != normal:
                stages.append(self._stage("added-normalized", "AddedVocabulary", normal, separated))
        words = self._trace(rust.normalizer, rust.pre_tokenizer, self.added)
        stages.append(self._components("pre-tokenizer", rust.pre_tokenizer, separated, words))
        modelled = self._modelled(words)
        stages.append(modelled)
        stages.append(self._processed(modelled))
        return stages

    def _trace(self, normalizer: Any, pre_tokenizer: Any, added: list[Any]) -> list[list[Split]]:
        return [
            trace(
                text,
                normalizer=normalizer,
                pre_tokenizer=pre_tokenizer,
                added=added,
                raw=bool(self.rust.encode_special_tokens),
            )
            for text in self.texts
        ]

    def _stage(
        self, kind: Kind, name: str, before: list[list[Split]], after: list[list[Split]]
    ) -> Stage:
        step = _step(name, before, after, kind)
        return Stage(step.name, step.pieces, step.changed, kind)

    def _components(
        self, kind: Kind, component: Any, before: list[list[Split]], after: list[list[Split]]
    ) -> Stage:
        """Return the stage of a component, its steps included where it is a sequence."""
        if component is None:
            step = _step("", before, after, kind)
            return Stage("", step.pieces, step.changed, kind, absent=True)
        step = _step(backend.name(component), before, after, kind)
        parts = _parts(component, kind)
        steps = []
        last = before
        for name, so_far in parts:
            if kind == "normalizer":
                now = self._trace(so_far(), None, self.raw)
            else:
                now = self._trace(self.rust.normalizer, so_far(), self.added)
            steps.append(_step(name, last, now, kind))
            last = now
        return Stage(step.name, step.pieces, step.changed, kind, steps=steps)

    def _modelled(self, words: list[list[Split]]) -> Stage:
        """Give each pre-token to the model, and check the ids against ``encode``."""
        model = self.rust.model
        known: dict[str, list[tuple[int, str]]] = {}
        pieces: list[Piece] = []
        changed = False
        word = 0
        for sequence, (text, splits) in enumerate(zip(self.texts, words, strict=True)):
            encoding = self.rust.encode(text, add_special_tokens=False)
            made: list[tuple[int, str, int, bool]] = []
            for number, split in enumerate(splits):
                if split.added is not None:
                    made.append((self.ids[split.added], split.added, number, True))
                    continue
                if split.text not in known:
                    known[split.text] = [(t.id, t.value) for t in model.tokenize(split.text)]
                made += [(k, value, number, False) for k, value in known[split.text]]
                changed = changed or known[split.text][0:1] != known[split.text]
                changed = changed or [v for _, v in known[split.text]] != [split.text]
            if [k for k, *_ in made] != encoding.ids:
                raise _NotExact
            for (k, value, number, added), (start, end) in zip(made, encoding.offsets, strict=True):
                kind: PieceKind = "added" if added else "text"
                same = (Change(start, value, "same"),)
                pieces.append(Piece(value, start, end, word + number, kind, k, sequence, same))
            word += len(splits)
        return Stage(backend.name(model), pieces, changed, "model")

    def _processed(self, modelled: Stage) -> Stage:
        """Let the post-processor join the parts, and check the ids against ``encode``."""
        rust = self.rust
        parts = [rust.encode(text, add_special_tokens=False) for text in self.texts]
        joined = rust.post_process(*parts, add_special_tokens=self.add_special_tokens)
        whole = rust.encode(*self.texts, add_special_tokens=self.add_special_tokens)
        if joined.ids != whole.ids:
            raise _NotExact
        rest = iter(modelled.pieces)
        pieces = []
        for k, value, special in zip(
            whole.ids, whole.tokens, whole.special_tokens_mask, strict=True
        ):
            if special:
                same = (Change(0, value, "same"),)
                pieces.append(Piece(value, 0, 0, -1, "special", k, -1, same))
                continue
            piece = next(rest, None)
            if piece is None or piece.id != k:
                raise _NotExact
            pieces.append(piece)
        if next(rest, None) is not None:
            raise _NotExact
        component = rust.post_processor
        return Stage(
            "" if component is None else backend.name(component),
            pieces,
            len(pieces) != len(modelled.pieces),
            "post-processor",
            absent=component is None,
        )


def _identity(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((k, k + 1) for k in range(len(text)))


def _piece(split: Split | None, made: tuple[Change, ...], word: int, sequence: int) -> Piece:
    if split is None:
        return Piece("", made[0].place, made[-1].place + 1, -1, "text", None, sequence, made)
    kind: PieceKind = "text" if split.added is None else "added"
    return Piece(split.text, split.start, split.end, word, kind, None, sequence, made)


def _step(name: str, before: list[list[Split]], after: list[list[Split]], kind: Kind) -> Step:
    pieces: list[Piece] = []
    changed = False
    word = 0
    counts = kind == "pre-tokenizer"
    for sequence, (old, new) in enumerate(zip(before, after, strict=True)):
        for split, made in changes(old, new, removed=not counts):
            changed = changed or any(change.kind != "same" for change in made)
            pieces.append(_piece(split, made, word if counts else -1, sequence))
            word += split is not None
        changed = changed or [s.added for s in old] != [s.added for s in new]
        changed = changed or "".join(s.text for s in old) != "".join(s.text for s in new)
    return Step(name, pieces, changed)


def _parts(component: Any, kind: Kind) -> list[tuple[str, Callable[[], Any]]]:
    """Return the names of a sequence's parts, and how to build it up to each."""
    from tokenizers import normalizers, pre_tokenizers

    settings = backend.state(component)
    if settings.get("type") == "BertNormalizer":
        return _bert_parts(settings)
    if settings.get("type") != "Sequence":
        return []
    names = [str(part["type"]) for part in settings[_LISTS[kind]]]
    sequence = (normalizers if kind == "normalizer" else pre_tokenizers).Sequence

    def up_to(last: int) -> Callable[[], Any]:
        return lambda: sequence([component[k] for k in range(last + 1)])

    return [(name, up_to(k)) for k, name in enumerate(names)]


_LISTS = {"normalizer": "normalizers", "pre-tokenizer": "pretokenizers"}


def _bert_parts(settings: dict[str, Any]) -> list[tuple[str, Callable[[], Any]]]:
    """Return what BERT's normalizer does, one thing after the other, in its order."""
    from tokenizers.normalizers import BertNormalizer

    lowercase = bool(settings["lowercase"])
    accents = settings["strip_accents"]
    wanted = {
        "clean_text": bool(settings["clean_text"]),
        "handle_chinese_chars": bool(settings["handle_chinese_chars"]),
        "strip_accents": lowercase if accents is None else bool(accents),
        "lowercase": lowercase,
    }

    def up_to(last: str) -> Callable[[], Any]:
        names = list(wanted)
        flags = {name: wanted[name] and names.index(name) <= names.index(last) for name in names}
        return lambda: BertNormalizer(**flags)

    return [(name, up_to(name)) for name, on in wanted.items() if on]
