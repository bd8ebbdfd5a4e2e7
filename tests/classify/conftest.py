"""The encoders of these tests: real weights where meaning matters, tiny ones elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.classify.encoders import tiny_encoder
from tfwidgets.models import demo, load

if TYPE_CHECKING:
    from tfwidgets.models import LoadedModel


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Tiny batches on several threads of a busy machine take seconds instead of moments."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def minilm() -> LoadedModel:
    if demo.locate(demo.CATALOG["demo/minilm"]) is None:
        pytest.skip("the weights of demo/minilm are not installed")
    return load("demo/minilm", "feature-extraction", progress=False)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tiny_encoder(tmp_path_factory.mktemp("tiny"), {"pooling_mode_mean_tokens": True})
    return load(folder, "feature-extraction", progress=False)
