"""Real kernels for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.classify.encoders import tiny_encoder
from tests.notebook.kernel import Kernel


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Return a kernel with tfwidgets loaded, and tiny weights as its default encoder."""
    folder = tiny_encoder(tmp_path_factory.mktemp("tiny"), {"pooling_mode": "mean"})
    kernel = Kernel(tmp_path_factory.mktemp("ipython"), OMP_NUM_THREADS="1")
    try:
        kernel.run("%load_ext tfwidgets")
        kernel.run(f"%config TfWidgets.embedding_model = {str(folder)!r}")
        yield kernel
    finally:
        kernel.close()


@pytest.fixture
def fresh_kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """Return a kernel in which nothing has happened yet."""
    kernel = Kernel(tmp_path_factory.mktemp("ipython"))
    yield kernel
    kernel.close()
