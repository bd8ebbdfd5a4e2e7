"""Installed packages that do not fit each other, explained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from tfwidgets.errors import EnvironmentProblem, TfWidgetsError


@contextmanager
def explained() -> Iterator[None]:
    """Turn an import that failed over missing or mismatched packages into advice.

    transformers imports torchvision whenever it is installed. One that was built for
    another torch breaks with "operator torchvision::nms does not exist", which surfaces as
    "Could not import module 'BertModel'". That is looked into only after a failure.
    """
    try:
        yield
    except TfWidgetsError:
        raise
    except Exception as error:
        if problem := torchvision_problem():
            raise EnvironmentProblem(problem) from error
        if isinstance(error, ImportError):
            raise EnvironmentProblem(_first_line(error)) from error
        raise


def torchvision_problem() -> str | None:
    """Return what is wrong with an installed torchvision and what to do, or None."""
    if find_spec("torchvision") is None:
        return None
    try:
        import torchvision  # noqa: F401
    except Exception as error:
        return (
            f"The installed torchvision {_version('torchvision')} does not fit torch "
            f"{_version('torch')}, so transformers cannot load models ({_first_line(error)}).\n"
            "Text models do not need it: %pip uninstall -y torchvision, then restart the kernel."
        )
    return None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(unknown version)"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
