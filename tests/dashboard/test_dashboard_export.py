"""A run as CSV, picture and page: all values, nothing computed, nothing run."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.dashboard.recorded import trained
from tfwidgets.config import settings
from tfwidgets.dashboard.commands import command
from tfwidgets.dashboard.curves import Curve
from tfwidgets.dashboard.exports import export, export_bytes, file_name
from tfwidgets.dashboard.session import Session
from tfwidgets.errors import InputError
from tfwidgets.ui.strings import Message


def table(session: Session) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(export_bytes(session, "csv")), index_col="step")


def test_csv_has_every_value_at_its_step() -> None:
    session = trained()
    frame = table(session)
    assert list(frame.index) == list(range(1, 21))
    np.testing.assert_allclose(frame["loss"], 1 / np.arange(1, 21), rtol=1e-6)
    assert frame["valid_loss"].dropna().to_dict() == pytest.approx({10: 0.6, 20: 0.4})
    assert frame["epoch"].dropna().to_dict() == {10: 1, 20: 2}
    assert set(frame) == {"epoch", *session.curve_names}


def test_csv_of_a_run_without_values_is_empty_and_readable() -> None:
    session = Session("nothing")
    assert export_bytes(session, "csv") == b"step\n"


def test_of_two_values_at_one_step_the_later_is_kept() -> None:
    session = trained()
    session.point("valid_loss", 0.1, 20)
    session.flush()
    assert table(session)["valid_loss"][20] == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x"])
def test_no_name_of_a_metric_is_a_formula(name: str) -> None:
    session = trained()
    session.point(name, 1.0)
    session.flush()
    assert f"'{name}" in table(session).columns


def test_a_picture_is_a_png_and_leaves_pyplot_alone() -> None:
    import matplotlib.pyplot as plt
    from PIL import Image

    before = plt.get_fignums(), plt.get_backend()
    session = trained("50 $ and $\\frac$ more")
    session.point("_hidden $x$", 1.0)
    session.epochs[-1]["values"]["_hidden $x$"] = 1.0
    session.flush()
    picture = Image.open(io.BytesIO(export_bytes(session, "png")))
    assert picture.format == "PNG"
    assert np.asarray(picture.convert("L")).std() > 5
    assert (plt.get_fignums(), plt.get_backend()) == before


def test_a_picture_of_nothing_can_be_made() -> None:
    assert export_bytes(Session("nothing"), "png").startswith(b"\x89PNG")


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def ill_named() -> Session:
    session = trained(HOSTILE, note=HOSTILE, status=None)
    session.panel(
        "samples",
        {
            "data": {
                "rows": [
                    {
                        "text": HOSTILE,
                        "target": "pos",
                        "predictions": [{"text": "neg", "right": False, "score": 0.6}],
                    }
                ]
            }
        },
    )
    session.write("message", text=HOSTILE)
    session.applied(command("lr_factor", {"value": 0.5}, "reader"))
    session.refused(
        command("freeze", {"group": 1}, "guard"), Message("runs-static", "no-differences")
    )
    session.end("finished")
    return session


def test_a_page_shows_settings_samples_and_log_and_runs_nothing() -> None:
    page = export_bytes(ill_named(), "html").decode()
    assert page.startswith("<!doctype html>")
    assert not re.search(r"<(script|img|link|iframe)\b", page)
    assert "&lt;script&gt;alert(1)" in page
    for words in ("batch_size", "data.fingerprint", "Learning rate × 0.5", "✗ neg", "<svg"):
        assert words in page
    # A refused command says what was asked, why not, and who asked.
    assert "Freeze head: All settings are the same." in page
    assert "guard · refused" in page
    assert len(page) < 100_000


def test_a_page_speaks_the_readers_language() -> None:
    settings().language = "de"
    page = export_bytes(ill_named(), "html").decode()
    assert '<html lang="de">' in page
    assert "Einstellungen" in page
    assert "abgelehnt" in page


def test_a_page_is_small_however_long_the_run_was() -> None:
    session = trained()
    x = np.arange(1, 300_001)
    session.curves["loss"] = Curve(x, np.random.default_rng(0).random(len(x)))
    session.log += [{"kind": "message", "step": k, "time": k, "text": "x"} for k in range(9000)]
    page = export_bytes(session, "html").decode()
    assert len(page) < 300_000
    assert "8,500 earlier events are left out" in page


@pytest.mark.parametrize("kind", ["csv", "png", "html"])
def test_the_ending_says_what_is_written(tmp_path: Path, kind: str) -> None:
    session = trained()
    path = export(session, tmp_path / f"out.{kind.upper()}")
    assert path.read_bytes()[:4] == export_bytes(session, kind)[:4]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("run.xlsx", r"exported as .csv, .png, .html, not as 'xlsx'"),
        ("run", "not as ''"),
        ("no/such/folder/run.csv", "cannot be written: No such file"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        export(trained(), tmp_path / name)


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("minilm · 3", "minilm-3-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("<>:|", "run-"),
        ("\ud800", "run-"),
        ("x" * 500, "x" * 60 + "-"),
    ],
)
def test_a_file_is_called_as_every_system_allows(name: str, begins: str) -> None:
    made: Any = Session(name)
    file = file_name(made, "csv")
    assert file == f"{begins}{made.id[:6]}.csv"
