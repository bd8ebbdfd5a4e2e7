"""bertviz and CircuitsVis, set up as well as they can be without a network.

Both are left as they are; what bertviz loads from a content delivery network comes from npm's
packages of the same scripts (jQuery 2.1.0 for 2.0.0, which npm does not have).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

INSTALL = {
    "bertviz": "pip install --no-deps bertviz==1.4.1",
    "circuitsvis": "pip install -c constraints.txt circuitsvis==1.43.3",
}
_CDN = "https://cdnjs.cloudflare.com/ajax/libs"
# Address in bertviz's page -> package of npm, file in it.
_SCRIPTS = {
    f"{_CDN}/require.js/2.3.6/require.min.js": ("requirejs@2.3.6", "require.js"),
    f"{_CDN}/d3/5.7.0/d3.min.js": ("d3@5.7.0", "dist/d3.min.js"),
    f"{_CDN}/jquery/2.0.0/jquery.min.js": ("jquery@2.1.0", "dist/jquery.min.js"),
}


def missing(peer: str) -> str | None:
    """Say how to install a peer that is not there."""
    return None if find_spec(peer) else f"{peer} is not installed: {INSTALL[peer]}"


def bertviz_page(attention: Any, tokens: list[str]) -> str:
    """Return bertviz's head view of all layers as the page that it makes."""
    from bertviz import head_view

    page: str = head_view(attention, tokens, html_action="return").data
    return page


def circuitsvis_page(attention: Any, tokens: list[str]) -> str:
    """Return CircuitsVis' heat maps of the heads of one layer, (heads, queries, keys).

    The form without a network; to know that there is none it would ask a search engine first.
    """
    from circuitsvis.attention import attention_heads

    page: str = attention_heads(attention, tokens, mask_upper_tri=False).local_src
    return page


def scripts(folder: Path) -> dict[str, Path]:
    """Return what bertviz loads, by address; npm gets what is not in the folder yet.

    Raises
    ------
    RuntimeError
        When there is no npm, or it gets nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for address, (package, name) in _SCRIPTS.items():
        script = folder / package / Path(name).name
        if not script.exists():
            _unpack(package, name, script)
        found[address] = script
    return found


def _unpack(package: str, name: str, script: Path) -> None:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise RuntimeError(f"bertviz needs {package}, and there is no npm to get it with.")
    script.parent.mkdir(exist_ok=True)
    packed = subprocess.run(  # noqa: S603 - a fixed command
        [npm, "pack", "--silent", package],
        cwd=script.parent,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if packed.returncode:
        raise RuntimeError(f"npm did not get {package}:\n{packed.stderr.strip()}")
    with tarfile.open(script.parent / packed.stdout.split()[-1]) as archive:
        member = archive.extractfile(f"package/{name}")
        assert member is not None
        script.write_bytes(member.read())
