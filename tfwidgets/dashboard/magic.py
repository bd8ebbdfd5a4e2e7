"""``%runs``: the trainings of before and of now."""

from __future__ import annotations

import re
from argparse import Namespace
from pathlib import Path
from typing import Any, ClassVar

from tfwidgets.errors import InputError, TfWidgetsError
from tfwidgets.magics.arguments import MagicParser, unquote
from tfwidgets.magics.base import FeatureMagic

DESCRIPTION = """\
Show the trainings that were kept, and those that run now.

  %runs
  %runs review --status finished --limit 20
  %runs --compare first second
  %runs --import lightning_logs/version_0

Text after %runs is looked for in names, notes, models and projects. A run is named by its
name, its id, or the beginning of its id."""

_STATUSES = ["running", "paused", "finished", "stopped", "interrupted", "failed", "lost"]

MOST = 200
_BLANK = re.compile(r"[\s']")


class RunsMagic(FeatureMagic):
    """The magic of ``tfw.runs``."""

    name: ClassVar[str] = "runs"

    def build_parser(self) -> MagicParser:
        """Return the parser of the argument line."""
        parser = MagicParser("%runs", DESCRIPTION)
        parser.option(
            "--project", metavar="NAME", completes="projects", help="only runs of this project"
        )
        parser.option(
            "--status", metavar="STATUS", completes=_STATUSES, help="only runs with this status"
        )
        parser.option("--limit", metavar="N", type=int, help="at most the N newest")
        parser.option(
            "--compare",
            metavar="RUN",
            nargs="+",
            completes="runs",
            help="two runs or more, beside each other",
        )
        parser.option(
            "--delete",
            metavar="RUN",
            nargs="+",
            completes="runs",
            help="delete runs and their checkpoints, without asking",
        )
        parser.option(
            "--import",
            dest="source",
            metavar="PATH",
            completes="path",
            help="take in TensorBoard's event files or a Trainer's trainer_state.json",
        )
        return parser

    def values(self, kind: str, fragment: str) -> list[str] | None:
        """Return names of runs and projects, and paths."""
        if kind == "path":
            return _paths(fragment)
        if kind not in ("runs", "projects"):
            return None
        from tfwidgets.dashboard.history.runs import runs

        try:
            lines = runs().lines
        except TfWidgetsError:  # no store: there is nothing to complete
            return []
        names = [line.name if kind == "runs" else line.project for line in lines]
        return [f'"{name}"' if _BLANK.search(name) else name for name in dict.fromkeys(names)][
            :MOST
        ]

    def compute(self, arguments: Namespace, body: str | None) -> Any:
        """List, compare, delete or import."""
        if body is not None:
            raise InputError("%%runs reads no cell: write %runs.")
        tasks = {
            "--compare": arguments.compare,
            "--delete": arguments.delete,
            "--import": arguments.source,
        }
        wanted = [flag for flag, value in tasks.items() if value]
        if len(wanted) > 1:
            raise InputError(f"{wanted[0]} and {wanted[1]} are two things: use one of them.")
        text = unquote(arguments.rest) or None
        if arguments.source:
            return self._import(arguments, text)

        from tfwidgets.dashboard.history.runs import runs

        found = runs(arguments.project, status=arguments.status, text=text, limit=arguments.limit)
        if arguments.compare:
            return found.compare(*arguments.compare)
        if arguments.delete:
            found.delete(*arguments.delete)
        return found

    def _import(self, arguments: Namespace, text: str | None) -> Any:
        if text or arguments.status or arguments.limit:
            raise InputError("--import takes a path, and --project where it is to stand.")
        from tfwidgets.dashboard.imports import PROJECT, import_run

        return import_run(arguments.source, project=arguments.project or PROJECT)


def _paths(begun: str) -> list[str]:
    """Return the files and folders whose path begins so."""
    folder, slash, name = begun.rpartition("/")
    place = Path(folder + slash or ".").expanduser()
    try:
        found = [p for p in place.iterdir() if p.name.startswith(name)]
    except OSError:
        return [begun]
    hidden = name.startswith(".")
    found = [p for p in found if hidden or not p.name.startswith(".")]
    return [f"{folder}{slash}{p.name}{'/' if p.is_dir() else ''}" for p in found[:MOST]]
