"""The token goes to the hub and nowhere else: all that we show, send, write and log is searched."""

from __future__ import annotations

import logging
import pickle
import time
import types
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import tfwidgets as tfw
from tests.hub.page import Page, ids
from tests.support.hub_secrets import MARK, told, written
from tests.support.hub_server import Fault, HubServer
from tfwidgets.hub import seen
from tfwidgets.hub.download import job_of, start, transfer
from tfwidgets.models.net import HubClient, limits

TINY = "org/tiny"


@pytest.fixture
def signed_in(
    hub: HubServer, base_bert: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HubServer]:
    """A hub that takes the token, with models for which it is needed."""
    hub.token = MARK
    hub.add(TINY, base_bert, private=True)
    hub.add("org/gated", base_bert, gated="manual")
    hub.add_many(40)
    monkeypatch.setenv("HF_TOKEN", MARK)
    monkeypatch.setattr(transfer, "PAUSE", 0.01)
    monkeypatch.setattr(transfer, "_LEAST_PATIENCE", 0.3)
    tfw.settings().hub_timeout = 1
    yield hub
    assert f"Bearer {MARK}" in hub.authorizations  # it was there to be seen


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """All that any logger says, at every level, with the tracebacks."""
    lines: list[str] = []

    class Everything(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))
            lines.append(repr(vars(record)))

    root, handler = logging.getLogger(), Everything()
    before = {name: logging.getLogger(name).level for name in ("", "huggingface_hub", "httpx2")}
    root.addHandler(handler)
    for name in before:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def attempt(act: Callable[[], Any]) -> str:
    """Return what is shown of a result, or of the error in its place."""
    try:
        result = act()
    except Exception as error:
        return told(error)
    shown = [repr(result), str(result)]
    ways = ("static_html", "_repr_html_", "to_frame")
    shown += [str(getattr(result, way)()) for way in ways if hasattr(result, way)]
    if isinstance(result, (tfw.ModelSearch, tfw.ModelEntry)):
        shown.append(pickle.dumps(result).decode("latin-1"))
        shown += [repr(vars(result)), repr(vars(getattr(result, "listing", result)))]
    return "".join(shown)


FAULTS: tuple[Fault | None, ...] = (
    *(None, "refuse", "reset", "hang", "500", "429", "403", "portal", "loop", "shape", "broken"),
    *("cut", "stall"),
)


def test_nothing_that_is_shown_logged_or_written(
    signed_in: HubServer,
    logged: list[str],
    hub_cache: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    tiny = tfw.hub("tiny", where="hub")[TINY]
    gated = tfw.hub("gated", where="hub")["org/gated"]
    shown: list[str] = []
    for fault in FAULTS:
        signed_in.fault = fault
        limits._until.clear()
        acts: tuple[Callable[[], Any], ...] = (
            lambda: tfw.hub(),
            lambda: len(tfw.hub("other", where="hub")),
            tiny.card,
            gated.download,
            lambda: tiny.download(progress=True),
            lambda: tfw.load("org/none"),
        )
        shown += [attempt(act) for act in acts]
    shown += [repr(job_of(tiny)), repr(vars(tiny)), repr(seen._names)]
    assert "gated" in "".join(shown)
    assert MARK not in "".join(shown)
    assert logged
    assert MARK not in "".join(logged)
    assert MARK not in "".join(capfd.readouterr())
    assert hub_cache.is_dir()
    for content in written(hub_cache, tmp_path):
        assert MARK.encode() not in content


def test_nothing_that_a_load_says(
    signed_in: HubServer, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's own client fetches for ``tfw.load``; its errors and frames hold what it sent."""
    from huggingface_hub import file_download
    from huggingface_hub.utils import _http

    quick = types.SimpleNamespace(sleep=lambda _: None, time=time.time)
    monkeypatch.setattr(_http, "time", quick)
    monkeypatch.setattr(file_download, "time", quick)
    shown = []
    for fault in ("500", "cut"):
        signed_in.fault, signed_in.fault_path = fault, "/resolve/"  # type: ignore[assignment]
        for name in (TINY, "org/gated"):
            with pytest.raises(tfw.ModelError) as caught:
                tfw.load(name)
            shown.append(told(caught.value))
    assert "broke off" in "".join(shown)
    assert MARK not in "".join(logged)
    assert MARK not in "".join(shown)


def test_nothing_that_a_page_is_sent(signed_in: HubServer, logged: list[str]) -> None:
    page = Page()
    rows = {row["id"]: row["key"] for row in page.search("tiny")["rows"]}
    rows |= {row["id"]: row["key"] for row in page.search("gated")["rows"]}
    assert {TINY, "org/gated"} <= {*rows}
    for fault in (None, "refuse", "500", "429", "portal", "cut"):
        signed_in.fault = fault  # type: ignore[assignment]
        limits._until.clear()
        for key in rows.values():
            for request in ("details", "card", "download", "cancel", "code"):
                identity = page.start(request, key=key)
                with suppress(LookupError):  # what it says is among what was sent
                    page.end(identity)
        for request in ("cache", "choices"):
            page.ask(request)
        page.search(f"again {fault}", fresh=True, retry=True)
    sent = repr(page.sent) + repr(page.view.get_state()) + repr(page.view)
    assert MARK not in sent
    assert TINY in sent
    assert MARK not in "".join(logged)
    assert ids(page.search("tiny", fresh=True)) != []
    page.view.close()


def test_nothing_that_a_job_keeps(signed_in: HubServer) -> None:
    tiny = tfw.hub("tiny", where="hub")[TINY]
    told_of: list[str] = []
    job = start(tiny, HubClient.now())
    job.observe(lambda job: told_of.append(repr(job) + repr(vars(job))))
    assert job.wait(10)
    assert job.state == "done"
    assert MARK not in "".join(told_of)


def test_a_wrong_token_is_not_repeated(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, logged: list[str]
) -> None:
    monkeypatch.setenv("HF_TOKEN", MARK)
    shown = "".join(
        attempt(act)
        for act in (
            lambda: tfw.hub(),
            lambda: len(tfw.hub(where="hub")),
            lambda: tfw.load(TINY),
            tfw.ModelEntry(TINY, "hub").download,
            tfw.ModelEntry(TINY, "hub").card,
        )
    )
    assert shown.count("HF_TOKEN") >= 4
    assert MARK not in shown + "".join(logged)
