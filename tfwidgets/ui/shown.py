"""What every result object has: it shows itself wherever it is displayed.

A result names its view (``view = "tfwidgets.classify.widget:ClassificationView"``) and its
static picture instead of importing them: results are made by compute modules, which know
no widgets, and the view is imported only when a front end asks for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar
from xml.etree.ElementTree import Element

from tfwidgets.ui.frontend import in_notebook
from tfwidgets.ui.html import render


class Shown:
    """Base of result objects.

    A notebook gets the live view with a static, script-free HTML fallback beside it; a
    console gets ``repr``.
    """

    view: ClassVar[str]
    picture: ClassVar[str]
    _view: Any = None

    def static_html(self) -> str:
        """Return the static fallback: HTML without script, every text escaped."""
        return render(_named(self.picture)(self))

    def widget(self) -> Any:
        """Return the live view of this result (one per result, made when first asked for)."""
        if self._view is None:
            self._view = _named(self.view)(self)
        return self._view

    def settle(self) -> None:
        """Have the outputs that show this result keep, as static HTML, what it is by now."""
        if self._view is not None:
            self._view.refresh(*self._still())

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled: the data, not the view."""
        return {name: value for name, value in self.__dict__.items() if name != "_view"}

    def _ipython_display_(self) -> None:
        if not in_notebook():
            raise NotImplementedError  # IPython then asks for the bundle below
        self.widget().display(*self._still())

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        if not in_notebook():
            return {"text/plain": repr(self)}, {}
        bundle: tuple[dict[str, Any], dict[str, Any]]
        bundle = self.widget().mime(*self._still())
        return bundle

    def _still(self) -> tuple[str, Element]:
        return self._text(), _named(self.picture)(self)

    def _text(self) -> str:
        """Return the text that stands beside the picture."""
        return repr(self)


def _named(place: str) -> Any:
    """Import ``"package.module:name"``."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)
