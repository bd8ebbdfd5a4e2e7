"""Drawings as files: what is in them, and what is not."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from base64 import b64decode
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from tfwidgets.attention import drawing
from tfwidgets.attention.ramp import DARK, LIGHT, painted, rgb, theme
from tfwidgets.attention.thumbnail import pooled, thumbnail
from tfwidgets.errors import InputError

SVG = "{http://www.w3.org/2000/svg}"
EVIL = ["</script><script>alert(1)</script>", "$x^2$", "a\x00\x1b[31mb", "&amp;<b>", "日本"]


def weights(rows: int, columns: int | None = None) -> Any:
    random = np.random.default_rng(3)
    scores = random.normal(size=(rows, columns or rows)) * 2
    shares = np.exp(scores)
    return (shares / shares.sum(1, keepdims=True)).astype(np.float32)


def names(count: int) -> list[str]:
    return [f"t{k}" for k in range(count)]


def heat_map(given: Any, rows: list[str], columns: list[str], **options: Any) -> bytes:
    return drawing.heat_map(given, rows, columns, **{"title": "T", "format": "png", **options})


def arcs(given: Any, rows: list[str], columns: list[str], **options: Any) -> bytes:
    return drawing.arcs(given, rows, columns, **{"title": "T", "format": "png", **options})


def opened(data: bytes) -> Any:
    return np.asarray(Image.open(BytesIO(data)).convert("RGB"))


def parsed(svg: bytes) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 (our own)


def texts(svg: bytes) -> list[str]:
    return ["".join(node.itertext()) for node in parsed(svg).iter(f"{SVG}text")]


def count_of(pixels: Any, colour: Any) -> int:
    return int((pixels == np.array(colour)).all(-1).sum())


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [3, 64, 300])
def test_every_cell_of_a_heat_map_is_drawn_in_its_colour(size: int, dark: bool) -> None:
    given = weights(size)
    pixels = opened(heat_map(given, names(size), names(size), dark=dark))
    side = min(72, 1400 // size)
    # The frame lies over the edges: look for the middle of cells on the way to the lower right.
    expected = painted(given, "root", dark=dark)
    frame = np.argwhere((pixels == np.array(rgb(theme(dark=dark).line))).all(-1))
    top, left = frame.min(axis=0)
    assert (pixels[0, 0] == np.array(rgb(theme(dark=dark).ground))).all()
    wrong = 0
    for i in range(1, size - 1):
        for j in range(1, size - 1):
            found = pixels[top + i * side + side // 2 + 1, left + j * side + side // 2 + 1]
            wrong += bool((found != expected[i, j]).any())
    assert wrong == 0


def test_a_heat_map_in_svg_has_the_same_cells() -> None:
    given = weights(20)
    root = parsed(heat_map(given, names(20), names(20), format="svg"))
    drawn = next(root.iter(f"{SVG}image"))
    link = str(drawn.get("{http://www.w3.org/1999/xlink}href"))
    image = opened(b64decode(link.partition("base64,")[2]))
    if "scale(1 -1)" in str(drawn.get("transform")):
        image = image[::-1]
    step = image.shape[0] / 20
    places = ((np.arange(20) + 0.5) * step).astype(int)
    np.testing.assert_array_equal(image[np.ix_(places, places)], painted(given, "root", dark=False))


def test_nan_has_a_colour_of_its_own() -> None:
    given = weights(4)
    before = opened(heat_map(given, names(4), names(4)))
    assert count_of(before, rgb(LIGHT.error)) == 0
    given[1, 2] = np.nan
    after = opened(heat_map(given, names(4), names(4)))
    assert count_of(after, rgb(LIGHT.error)) >= 72 * 72
    assert "NaN" in texts(heat_map(given, names(4), names(4), format="svg"))
    assert count_of(opened(arcs(given, names(4), names(4))), rgb(LIGHT.error)) > 0
    assert count_of(
        opened(drawing.grid([[given]], ["0"], title="", format="png")), rgb(LIGHT.error)
    )


def test_all_labels_where_there_is_room_and_every_nth_beyond() -> None:
    few = texts(heat_map(weights(64), names(64), names(64), format="svg"))
    assert all(few.count(name) == 2 for name in names(64))
    many = texts(heat_map(weights(500), names(500), names(500), format="svg"))
    shown = [int(text[1:]) for text in many if re.fullmatch(r"t\d+", text)]
    steps = set(np.diff(sorted(set(shown))))
    assert len(steps) == 1
    assert 40 < len(set(shown)) < 120


@pytest.mark.parametrize("draw", [heat_map, arcs])
def test_labels_are_text_and_nothing_else(draw: Any) -> None:
    svg = draw(weights(5), EVIL, EVIL, title="<i>$title$</i>", format="svg")
    found = texts(svg)
    assert found.count(EVIL[0][:27] + "…") == 2
    assert found.count("$x^2$") == 2, "no formula"
    assert found.count("&amp;<b>") == 2
    assert "<i>$title$</i>" in found
    assert not re.search(rb"<script", svg)
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", svg)
    assert [text for text in found if text.startswith("a\N{REPLACEMENT CHARACTER}")]


def test_lone_surrogates() -> None:
    assert heat_map(weights(1), ["\ud800"], ["\udfff"], title="\ud800", format="svg")


@pytest.mark.parametrize("format", ["png", "svg"])
def test_the_same_drawing_is_the_same_file(format: str) -> None:  # noqa: A002
    given = weights(9)
    for draw in (heat_map, arcs):
        first, second = (draw(given, names(9), names(9), format=format) for _ in range(2))
        assert first == second
        assert not re.search(rb"20\d\d-\d\d-\d\d|[Mm]atplotlib v", first)
    thumbs = [[given, given], [given]]
    first, second = (drawing.grid(thumbs, ["0", "7"], title="T", format=format) for _ in range(2))
    assert first == second


def test_settings_of_the_user_neither_change_it_nor_are_changed() -> None:
    import matplotlib

    plain = heat_map(weights(3), names(3), names(3))
    with matplotlib.rc_context({"font.size": 30, "text.usetex": True, "savefig.bbox": "tight"}):
        own = dict(matplotlib.rcParams)
        assert heat_map(weights(3), names(3), names(3)) == plain
        assert dict(matplotlib.rcParams) == own


def test_pyplot_is_not_touched() -> None:
    code = (
        "import sys, numpy as np\n"
        "from tfwidgets.attention import drawing\n"
        "from tfwidgets.attention.thumbnail import thumbnail\n"
        "thumbnail(np.ones((3, 3)))\n"
        "assert 'matplotlib' not in sys.modules\n"
        "drawing.heat_map(np.ones((1, 1)), ['a'], ['b'], title='', format='svg')\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_arcs_join_the_right_tokens() -> None:
    given = np.zeros((3, 4), dtype=np.float32)
    given[0, 3], given[2, 0], given[1, 1] = 0.9, 0.4, 0.001
    root = parsed(arcs(given, names(3), list("abcd"), format="svg"))
    paths = [
        [float(x) for x in re.findall(r"-?[\d.]+", str(path.get("d")))]
        for group in root.iter(f"{SVG}g")
        if str(group.get("id")).startswith("LineCollection")
        for path in group.iter(f"{SVG}path")
    ]
    assert len(paths) == 2, "0.001 cannot be seen"
    rise = [round((y1 - y0) / (30 * 72 / 200)) for _, y0, _, y1 in paths]
    assert rise == [-2, 3], "the strongest lies on top"


def test_no_more_than_2000_arcs() -> None:
    given = np.full((100, 50), 0.02, dtype=np.float32)
    given[:10] = 0.5
    values, places = drawing._strongest(given)
    assert len(values) == 2000
    assert (values[-500:] == 0.5).all()
    assert set(places[-500:, 0]) == set(range(10))


def test_a_grid_of_layers_with_different_numbers_of_heads() -> None:
    dark = np.ones((8, 8), dtype=np.float32)
    svg = drawing.grid([[dark] * 3, [dark]], ["0", "11"], title="T", format="svg")
    found = texts(svg)
    assert "11" in found
    assert found.count("2") == 1
    pixels = opened(drawing.grid([[dark] * 3, [dark]], ["0", "11"], title="T", format="png"))
    area = count_of(pixels, rgb(LIGHT.stops[-1]))
    assert area == pytest.approx(4 * 96 * 96, rel=0.06)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (5, 1024), (1024, 1024)])
def test_any_shape(shape: tuple[int, int]) -> None:
    rows, columns = shape
    pixels = opened(heat_map(weights(*shape), names(rows), names(columns)))
    assert 150 < pixels.shape[0] < 3000
    assert 150 < pixels.shape[1] < 3000
    assert opened(arcs(weights(1, 5), ["q"], names(5))).size


def test_what_does_not_exist() -> None:
    with pytest.raises(InputError, match="'png' or 'svg'"):
        heat_map(weights(2), names(2), names(2), format="pdf")
    with pytest.raises(InputError, match="'root', 'linear' or 'log'"):
        heat_map(weights(2), names(2), names(2), scale="sqrt")


@pytest.mark.parametrize("scale", ["root", "linear", "log"])
@pytest.mark.parametrize("dark", [False, True])
def test_more_is_always_more(scale: str, dark: bool) -> None:
    ramp = painted(np.geomspace(1e-4, 1, 400).astype(np.float32), scale, dark=dark)
    luminance = ramp @ np.array([0.2126, 0.7152, 0.0722])
    steps = np.diff(luminance if dark else -luminance)
    assert (steps >= -0.5).all()
    assert abs(luminance[-1] - luminance[0]) > 180
    none = painted(np.zeros(1, np.float32), scale, dark=dark)[0]
    assert tuple(none) == rgb((DARK if dark else LIGHT).ground)


@pytest.mark.parametrize("shape", [(1, 1), (7, 7), (500, 500), (3, 900), (4096, 4096)])
def test_thumbnails(shape: tuple[int, int]) -> None:
    given = np.zeros(shape, dtype=np.float32)
    given[-1, -1] = 1
    thumbnail(given[:1, :1])  # what is imported is imported
    start = time.perf_counter()
    data = thumbnail(given)
    took = time.perf_counter() - start
    image = Image.open(BytesIO(data))
    assert max(image.size) <= 192
    assert len(data) < 40_000
    alpha = np.asarray(image.convert("RGBA"))[..., 3]
    assert alpha[-1, -1] >= 254, "the largest of those that a pixel stands for"
    assert alpha.min() == 0 or shape == (1, 1)
    if max(shape) <= 500:
        assert took < 0.2


def test_nan_in_a_thumbnail() -> None:
    given = np.zeros((400, 400), dtype=np.float32)
    given[399, 0] = np.nan
    pixels = np.asarray(Image.open(BytesIO(thumbnail(given))).convert("RGBA"))
    assert tuple(pixels[-1, 0]) == (*rgb(DARK.error), 255)


def test_pooling_keeps_the_largest() -> None:
    given = weights(50, 33)
    small = pooled(given, 10)
    assert small.shape == (10, 7)
    assert small[0, 0] == given[:5, :5].max()
    assert small[9, 6] == given[45:, 30:].max()
