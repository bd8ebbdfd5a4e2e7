"""What ``tfw.attention`` returns: weights, what heads do, and a view of them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from tfwidgets.attention import stats
from tfwidgets.attention.item import ROLLOUT, Item, head_list, layer_index
from tfwidgets.attention.lens import Lens
from tfwidgets.attention.matrix import Matrix
from tfwidgets.attention.pairs import layer_pairs, record, same_text, telling_pairs
from tfwidgets.errors import InputError
from tfwidgets.ui.console import text_table
from tfwidgets.ui.shown import Shown
from tfwidgets.ui.strings import Message, translate
from tfwidgets.ui.text import clip

if TYPE_CHECKING:
    from tfwidgets.attention.attribution import Attributed

Floats = npt.NDArray[np.float32]
Head = int | str | Sequence[int] | None

_PAIRS = 8


@dataclass(eq=False, repr=False)
class AttentionView(Shown):
    """Which token attends to which, in every layer and head.

    Nothing is computed before it is asked for: kept are the queries and keys of the model, or,
    where a family tells only these, its weights.

    Attributes
    ----------
    items
        The texts; most views have one.
    model
        The ``LoadedModel``, or None for tensors.
    start
        The layer (its place in the list) and the heads that the view opens; None: the grid.
    """

    view: ClassVar[str] = "tfwidgets.attention.widget:AttentionWidget"
    picture: ClassVar[str] = "tfwidgets.attention.static:draw"

    items: list[Item]
    model: Any = None
    call_messages: list[Message] = field(default_factory=list)
    start: tuple[int, list[int]] | None = None
    _strongest: dict[int, pd.DataFrame] = field(default_factory=dict, init=False)

    @classmethod
    def from_tensors(
        cls,
        attention: Any = None,
        tokens: Any = None,
        sentence_b_start: int | None = None,
        prettify_tokens: bool | None = None,
        *,
        encoder_attention: Any = None,
        decoder_attention: Any = None,
        cross_attention: Any = None,
        encoder_tokens: Any = None,
        decoder_tokens: Any = None,
        include_layers: Sequence[int] | None = None,
        include_heads: Sequence[int] | None = None,
        layer: int | None = None,
        heads: Sequence[int] | None = None,
        display_mode: str | None = None,
        html_action: str | None = None,
    ) -> AttentionView:
        """Show weights that are there already; the arguments are those of bertviz.

        Parameters
        ----------
        attention
            The weights of a model with one stack: a sequence of layers, each of shape
            (texts, heads, queries, keys) or, for one text, (heads, queries, keys); or one array
            with the layers first. Arrays of torch, NumPy, JAX or TensorFlow, nested lists, the
            output of a model, or what ``generate(output_attentions=True,
            return_dict_in_generate=True)`` returned.
        tokens
            Their tokens: a list of strings, for several texts a list of such lists.
        sentence_b_start
            The first token of the second text of a pair.
        encoder_attention, decoder_attention, cross_attention, encoder_tokens, decoder_tokens
            The same for encoder-decoders; cross attention has the decoder's queries and the
            encoder's keys.
        include_layers
            Layers to show; by default all. Counted for each kind by itself.
        include_heads
            Heads to keep of each layer; by default all. They are counted from 0 then.
        layer, heads
            What the view opens: numbers of the model, of the first kind of attention.
        prettify_tokens, display_mode, html_action
            Without effect, which a note says where something else was asked for.

        Raises
        ------
        InputError
            When shapes or tokens do not fit; the message says what was expected.
        """
        from tfwidgets.attention import bertviz
        from tfwidgets.attention.given import read

        items, messages = read(
            {
                "self": attention,
                "encoder": encoder_attention,
                "decoder": decoder_attention,
                "cross": cross_attention,
            },
            [tokens] if tokens is not None else [encoder_tokens, decoder_tokens],
            sentence_b_start=sentence_b_start,
            layers=include_layers,
        )
        messages += bertviz.ignored(prettify_tokens, display_mode, html_action)
        start = bertviz.start(items[0].panes[0], layer, heads, include_heads)
        if include_heads is not None:
            messages += bertviz.keep_heads(items, include_heads)
        return cls(items, call_messages=messages, start=start)

    @property
    def name(self) -> str:
        """What the model is called; "" without one."""
        return "" if self.model is None else str(self.model.name)

    @property
    def kinds(self) -> list[str]:
        """What there is: ["self"], or of "encoder", "decoder" and "cross"."""
        return [pane.kind for pane in self.items[0].panes]

    @property
    def tokens(self) -> list[str]:
        """The tokens of the (source) text, as the vocabulary has them."""
        return self.items[0].axes[0].pieces

    @property
    def target_tokens(self) -> list[str] | None:
        """The tokens of the decoder of an encoder-decoder; None where there is one stack."""
        axes = self.items[0].axes
        return axes[1].pieces if len(axes) > 1 else None

    @property
    def messages(self) -> list[Message]:
        """The notes, with their words in every language."""
        every = [*self.call_messages, *(m for item in self.items for m in item.messages)]
        return [message for k, message in enumerate(every) if message not in every[:k]]

    @property
    def notes(self) -> list[str]:
        """What a reader should know: what was cut, written by the model, or is not a number."""
        return [message.text() for message in self.messages]

    def weights(self, layer: int, head: Head, kind: str = "self", *, item: int = 0) -> Floats:
        """Return the weights of a head.

        Parameters
        ----------
        layer
            Its number in the model; negative ones count from the end.
        head
            A number; a list of numbers, or "mean" for all: then their mean.
        kind
            "self", "encoder", "decoder" or "cross". In an encoder-decoder "self" is the
            encoder's.
        item
            Which text of several.

        Returns
        -------
        numpy.ndarray
            float32, shape (queries, keys): rows add up to 1.
        """
        matrix = self.matrix(layer, head, kind, item=item)
        queries, keys = matrix.shape
        found: Floats = matrix.block((0, queries), (0, keys)).numpy()
        return found

    def row(self, layer: int, query: int, kind: str = "self", *, item: int = 0) -> Floats:
        """Return what a token attends to, in all heads of a layer: float32, (heads, keys).

        ``query`` is the token's position; negative ones count from the end.
        """
        pane = self._item(item).pane(kind)
        weights = pane.layers[layer_index(pane, layer)]
        if not hasattr(query, "__index__") or not -weights.queries <= query < weights.queries:
            raise InputError(f"query={query!r}: there are the tokens 0 to {weights.queries - 1}.")
        query %= weights.queries
        every = list(range(weights.heads))
        part = weights.block(every, slice(query, query + 1), slice(0, weights.keys))
        found: Floats = part[:, 0].numpy()
        return found

    def matrix(
        self,
        layer: int,
        head: Head,
        kind: str = "self",
        *,
        item: int = 0,
        words: bool = False,
        special_tokens: bool = True,
        renormalize: bool = False,
    ) -> Matrix:
        """Return a matrix of which parts can be had: ``matrix.block((0, 10), (0, 10))``.

        ``kind="rollout"`` is that of ``rollout``, which has one head.
        """
        chosen = self._item(item)
        lens = Lens(words, special_tokens, renormalize)
        if kind == ROLLOUT:
            pane, rollout = chosen.rolled()
            number = layer_index(pane, layer)
            return chosen.matrix(ROLLOUT, number, head_list(rollout.layer(number), head), lens)
        pane = chosen.pane(kind)
        number = layer_index(pane, layer)
        return chosen.matrix(pane.kind, number, head_list(pane.layers[number], head), lens)

    def rollout(self, layer: int = -1, *, item: int = 0) -> Floats:
        """Return attention rollout: what reaches a layer from the input.

        Abnar & Zuidema 2020, https://arxiv.org/abs/2005.00928. Heads are averaged, half of each
        token comes through the residual connection, and the layers up to ``layer`` are
        multiplied. Of an encoder-decoder: the encoder's.

        Returns
        -------
        numpy.ndarray
            float32, shape (queries, keys): rows add up to 1.

        Raises
        ------
        InputError
            When layers are missing, or the text is too long for such products.
        """
        chosen = self._item(item)
        pane, rollout = chosen.rolled()
        found: Floats = rollout.layer(layer_index(pane, layer)).values[0].numpy().copy()
        return found

    def head_stats(self, kind: str = "self", *, item: int = 0) -> pd.DataFrame:
        """Return what each head does, in numbers: one row for each layer and head.

        Columns, means over queries:

        ``entropy``
            Of a query's weights, in bits: 0 for one key, log2(n) for n keys alike
            (Clark et al. 2019, https://arxiv.org/abs/1906.04341, section 3.3).
        ``previous``, ``next``, ``self``
            Weight on the token before, on the one behind, on itself (Clark et al. 2019,
            section 3.1).
        ``first``
            Weight on the first token, where heads that have nothing to say attend to: an
            attention sink (Xiao et al. 2023, https://arxiv.org/abs/2309.17453).
        ``duplicate``
            Weight on other places with the same token (Wang et al. 2022,
            https://arxiv.org/abs/2211.00593), where there are such. In decoders the first token,
            an attention sink, is none.
        ``induction``
            Weight on what followed them, special tokens aside: the head could complete a pattern
            that it saw before (Olsson et al. 2022, https://arxiv.org/abs/2209.11895).

        Special tokens are no duplicates. For cross attention only ``entropy`` and ``first`` are
        defined. What is not defined is NaN.
        """
        chosen = self._item(item)
        pane = chosen.pane(kind)
        frames = []
        for name, layer in zip(pane.names, pane.layers, strict=True):
            found = stats.head_stats(layer, same_text(chosen, pane), is_causal=pane.is_causal)
            frame = pd.DataFrame(found.values.T, columns=list(stats.NAMES))
            frame.insert(0, "head", range(layer.heads))
            frame.insert(0, "layer", int(name))
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    def to_frame(
        self,
        top: int = 100,
        *,
        kind: str | None = None,
        layer: int | None = None,
        head: Head = None,
        special_tokens: bool = True,
        item: int = 0,
    ) -> pd.DataFrame:
        """Return the strongest pairs of tokens, strongest first.

        Parameters
        ----------
        top
            How many.
        kind, layer, head
            Where to look; by default everywhere. Heads are not averaged.
        special_tokens
            Whether pairs with special tokens count.

        Returns
        -------
        pandas.DataFrame
            Columns ``kind``, ``layer``, ``head``, ``query`` and ``key`` (positions),
            ``query_token`` and ``key_token`` (as they read), ``weight``.
        """
        if not hasattr(top, "__index__") or top < 0:
            raise InputError(f"top={top!r}: how many pairs.")
        chosen = self._item(item)
        rows = []
        for pane in chosen.panes if kind is None else [chosen.pane(kind)]:
            numbers = range(len(pane.layers)) if layer is None else [layer_index(pane, layer)]
            for number in numbers:
                weights = pane.layers[number]
                heads = head_list(weights, head)
                pairs = layer_pairs(chosen, pane, number, heads, top, special_tokens)
                rows += [(pane, number, pair) for pair in pairs]
        rows.sort(key=lambda row: row[2].weight, reverse=True)
        records = [record(chosen, *row) for row in rows[:top]]
        columns = ["kind", "layer", "head", "query", "key", "query_token", "key_token", "weight"]
        return pd.DataFrame(records, columns=columns)

    def attribution(
        self,
        method: str = "gradient_x_input",
        *,
        target: int | None = None,
        position: int | None = None,
        steps: int = 50,
        item: int = 0,
    ) -> Attributed:
        """Return how much each token of the input speaks for one output of the model.

        Parameters
        ----------
        method
            "gradient_x_input", "gradient_x_attention", or, with captum, "integrated_gradients".
        target
            Index of the class or token; by default what the model answers.
        position
            The token whose output is meant, for models with one output per token.
        steps
            Of integrated gradients: more are slower and nearer to what they approach.

        Raises
        ------
        InputError
            When there is no model, or it has no head that decides anything.
        """
        from tfwidgets.attention.attribution import attribute

        inputs = self._item(item).inputs
        if self.model is None or inputs is None:
            raise InputError(
                "An attribution needs the model: these are tensors. "
                "tfw.attention(text, model=(model, tokenizer)) has it."
            )
        return attribute(
            self.model.model,
            inputs,
            method=method,
            target=target,
            position=position,
            steps=steps,
            tokenizer=self.model.tokenizer,
        )

    def to_html(
        self,
        path: str | Path | None = None,
        *,
        layers: int | Sequence[int] | None = None,
        words: bool = False,
        special_tokens: bool = True,
        renormalize: bool = False,
        item: int = 0,
    ) -> str:
        """Return a page that works by itself, offline, from a double click; or write it to a file.

        ``layers`` names those that go into it (each takes a byte per weight, compressed); by
        default all.
        """
        from tfwidgets.attention.page import write_page

        page = write_page(
            self,
            layers=layers,
            words=words,
            special_tokens=special_tokens,
            renormalize=renormalize,
            item=item,
        )
        return _written(page, path)

    def to_svg(
        self,
        path: str | Path | None = None,
        *,
        layer: int | None = None,
        head: Head = None,
        kind: str = "self",
        what: str | None = None,
        words: bool = False,
        special_tokens: bool = True,
        renormalize: bool = False,
        item: int = 0,
        scale: str = "root",
        dark: bool = False,
    ) -> str:
        """Return a drawing as SVG, or write it to a file.

        Parameters
        ----------
        layer, head, kind
            Which matrix; ``kind="rollout"`` is the rollout up to a layer, by default the last.
            Without a layer all heads are drawn, small.
        what
            "head" (heat map), "arcs" (lines between two columns of tokens) or "grid".
        words, special_tokens, renormalize, item
            As in ``matrix``; the title says so. A grid takes ``item`` alone of them.
        scale
            How weights become colours: "root", "linear" or "log".
        dark
            Light on dark.

        Raises
        ------
        InputError
            When there is no such matrix, or a grid is asked for what it cannot show.
        """
        drawn = self._drawn(
            "svg",
            Lens(words, special_tokens, renormalize),
            layer=layer,
            head=head,
            kind=kind,
            what=what,
            item=item,
            scale=scale,
            dark=dark,
        )
        return _written(drawn.decode(), path)

    def to_png(
        self,
        path: str | Path | None = None,
        *,
        layer: int | None = None,
        head: Head = None,
        kind: str = "self",
        what: str | None = None,
        words: bool = False,
        special_tokens: bool = True,
        renormalize: bool = False,
        item: int = 0,
        scale: str = "root",
        dark: bool = False,
    ) -> bytes:
        """Return a drawing as PNG, or write it to a file; the arguments are those of ``to_svg``."""
        drawn = self._drawn(
            "png",
            Lens(words, special_tokens, renormalize),
            layer=layer,
            head=head,
            kind=kind,
            what=what,
            item=item,
            scale=scale,
            dark=dark,
        )
        return _written(drawn, path)

    def _drawn(self, format: str, lens: Lens, **which: Any) -> bytes:  # noqa: A002
        from tfwidgets.attention.export import draw_view

        return draw_view(self, format, lens=lens, **which)

    def __len__(self) -> int:
        """Return the number of texts."""
        return len(self.items)

    def __getitem__(self, number: int | slice) -> AttentionView:
        """Return one text of several, or some of them."""
        items = self.items[number] if isinstance(number, slice) else [self._item(number)]
        if not items:
            raise IndexError(f"There are {len(self.items)} texts, none of them in {number}.")
        return AttentionView(items, self.model, self.call_messages, self.start)

    def __iter__(self) -> Iterator[AttentionView]:
        return (self[k] for k in range(len(self)))

    def __repr__(self) -> str:
        lines = [self.headline()]
        pairs = self.strongest_pairs()
        if len(pairs):
            lines.append(translate("attention-notes", "strongest"))
            rows = [
                [
                    clip(row.query_token, 24),
                    clip(row.key_token, 24),
                    row.kind,
                    str(row.layer),
                    str(row.head),
                    f"{row.weight:.2f}",
                ]
                for row in pairs.itertuples()
            ]
            header = [
                translate("attention-notes", f"column.{key}")
                for key in ("from", "to", "kind", "layer", "head", "weight")
            ]
            lines.append(text_table(header, rows, right=3))
        notes = [f"{translate('attention-notes', 'note')}: {note}" for note in self.notes]
        return "\n".join(lines + notes)

    def headline(self) -> str:
        """Return in a line what there is: model, tokens, layers and heads."""
        item = self.items[0]
        sizes = " → ".join(str(len(axis)) for axis in item.axes)
        facts = [translate("attention-notes", "tokens", count=sizes)]
        facts += [
            translate(
                "attention-notes",
                f"pane.{pane.kind}",
                n=len(pane.layers),
                heads=pane.heads,
            )
            for pane in item.panes
        ]
        if len(self) > 1:
            texts = translate("attention-notes", "texts", n=len(self))
            facts[0] = f"{texts} {facts[0]}"
        return f"{self.name or 'AttentionView'}: {', '.join(facts)}"

    def strongest_pairs(self, top: int = _PAIRS) -> pd.DataFrame:
        """Return the strongest pairs that say something, in the columns of ``to_frame``.

        Left out are neighbours, special tokens, blanks, and in decoders the first token. Of long
        texts the last layer of each kind alone is looked at, and of very long ones none: this
        is what a console and a saved notebook show, which must not wait for it.
        """
        if top not in self._strongest:
            records = telling_pairs(self.items[0], top)
            self._strongest[top] = pd.DataFrame(records)
        return self._strongest[top]

    def _item(self, number: int) -> Item:
        if not -len(self.items) <= number < len(self.items):
            raise IndexError(f"There are {len(self.items)} texts: there is none at {number}.")
        return self.items[number]


_Content = TypeVar("_Content", str, bytes)


def _written(content: _Content, path: str | Path | None) -> _Content:
    if path is not None:
        data = content.encode("utf-8") if isinstance(content, str) else content
        Path(path).write_bytes(data)
    return content
