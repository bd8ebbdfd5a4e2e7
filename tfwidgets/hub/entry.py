"""One model that a person could use: on the hub, in its cache, in a folder, or a demo."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tfwidgets.hub.notes import note
from tfwidgets.ui.text import one_line

if TYPE_CHECKING:
    from tfwidgets.hub.card import Card
    from tfwidgets.models import LoadedModel
    from tfwidgets.models.net import HubClient
    from tfwidgets.models.session import InUse
    from tfwidgets.ui.strings import Message
    from tfwidgets.using import ModelInUse

_OF_HUB = ("downloads", "likes", "gated", "created", "updated", "url")
_OF_CARD = ("task", "tasks", "languages", "license", "tags", "base_models")

Source = Literal["hub", "cache", "folder", "demo"]


@dataclass(eq=False, repr=False)
class ModelEntry:
    """A model in a list: what is known of it so far; None or empty where it is not known.

    Attributes
    ----------
    id
        What ``tfw.load`` takes: an id on the hub, a folder, the name of a demo.
    source
        Where it was found first: ``"demo"``, ``"folder"``, ``"cache"`` or ``"hub"``.
    task
        What it is for, as the Hub calls it; from its card, else from its architecture.
    languages
        Codes, as its card names them.
    license
        The licence's id on the Hub.
    params
        Number of parameters.
    dtype
        Type of most of its weights: ``"float32"``, ``"bfloat16"``, ``"int8"``, …
    disk_size
        Bytes of its files: of those that are here, or of the whole repository on the hub.
    downloads, likes
        Of the last 30 days, and at all.
    updated
        When it was last changed on the hub, or here (UTC).
    gated
        Whether terms have to be accepted: False, ``"auto"`` or ``"manual"``; None if unknown.
    cached
        Whether it loads without a network.
    revision
        Commit on the hub, version of the demo package.
    architecture
        Class that the checkpoint was saved as: ``"BertForMaskedLM"``.
    url
        Its page on the hub.
    """

    id: str
    source: Source
    task: str | None = None
    languages: tuple[str, ...] = ()
    license: str | None = None
    params: int | None = None
    dtype: str | None = None
    disk_size: int | None = None
    downloads: int | None = None
    likes: int | None = None
    updated: datetime | None = None
    gated: bool | str | None = None
    cached: bool = False
    revision: str | None = None
    architecture: str | None = None
    url: str | None = None
    family: str | None = None
    author: str | None = None
    libraries: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    private: bool = False
    disabled: bool = False
    created: datetime | None = None
    used: datetime | None = None
    """When its files were last read here (UTC)."""
    folder: Path | None = None
    """Where its files are here."""
    missing: tuple[str, ...] = ()
    """Files whose download did not end."""
    messages: tuple[Message, ...] = field(default=())
    """``notes`` before they are written in a language."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was found to be wrong with its files: an invalid card, a broken configuration."""
        return tuple(message.text() for message in self.messages)

    def enrich(self, other: ModelEntry) -> None:
        """Take over what the hub knows and was not known here; the files' facts stay as they are.

        Where the hub has another commit, what its card says there counts: by that the model was
        found, and that is what the hub shows.
        """
        newer = self.revision and other.revision and self.revision != other.revision
        for name in (*_OF_HUB, *(_OF_CARD if newer else ())):
            if (value := getattr(other, name)) not in (None, ()):
                setattr(self, name, value)
        if newer:
            self._note("newer")
        if other.id != self.id:
            self._note("renamed", id=one_line(other.id, 200))
        for item in fields(self):
            if getattr(self, item.name) in (None, ()):
                setattr(self, item.name, getattr(other, item.name))
        self.disabled |= other.disabled
        self.private |= other.private

    def _note(self, key: str, **values: str) -> None:
        message = note(key, **values)
        if message not in self.messages:
            self.messages = (*self.messages, message)

    @property
    def key(self) -> tuple[str, str, str | None]:
        """What tells this entry from every other: source, id and revision."""
        return self.source, self.id, self.revision

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelEntry) and self.key == other.key

    def __hash__(self) -> int:
        return hash((self.source, self.id))  # a revision may become known later

    def load(self, task: str | None = None, **options: Any) -> LoadedModel:
        """Load the model with its tokenizer, as ``tfw.load`` does, in this revision.

        It is this folder, wherever the notebook is by now, or this id on the hub, whatever lies
        here under that name. The hub that is asked is the one that is set now.

        Raises
        ------
        ModelError
            When it cannot be reached, is gated, is not to be trusted or lacks the task's head.
        """
        from tfwidgets.models import load

        return load(self, task, **options)

    def download(self, *, progress: bool = True) -> Path:
        """Fetch the files that ``load`` needs into the hub's cache and return their folder.

        What an earlier try fetched is not fetched again. Ctrl+C ends it, and keeps that.

        Raises
        ------
        ModelError
            When the hub cannot be reached, the model is gated, or the disk is full.
        """
        from tfwidgets.hub.download import download

        return download(self, progress=progress)

    def card(self) -> Card:
        """Return the model's card: from its files if they are here, else from the hub.

        Raises
        ------
        ModelError
            When it has none, or the hub cannot be reached.
        """
        from tfwidgets.hub.card import card

        return card(self)

    def use(self, *, client: HubClient | None = None) -> ModelInUse:
        """Make it the model that the magics take when none is named, as ``%model`` does.

        Parameters
        ----------
        client
            How the hub is asked; by default as the settings say, which has to be in the main
            thread.
        """
        from tfwidgets.using import choose

        return choose(self, client=client)

    def to_choice(self) -> InUse:
        """Return it for ``tfw.load`` and ``tfw.use``, which take it like a name."""
        from tfwidgets.models.asked import HubId
        from tfwidgets.models.session import InUse

        if self.source in ("hub", "cache"):
            return InUse(HubId(self.id), self.revision, self.id)
        return InUse(
            self.folder if self.source == "folder" and self.folder else self.id, name=self.id
        )

    def __repr__(self) -> str:
        known = (self.task, self.architecture, self.source)
        words = (one_line(word, 60) for word in known if word)
        return f"ModelEntry({', '.join([repr(self.id), *words])})"
