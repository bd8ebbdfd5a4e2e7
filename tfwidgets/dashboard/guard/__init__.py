"""The guard: looks at the curves at each flush, and says when a training goes wrong.

An alert comes once, and again only after what it is about was well for a while.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tfwidgets.dashboard.guard.rule import Rule
from tfwidgets.dashboard.guard.rules import RULES
from tfwidgets.errors import InputError
from tfwidgets.ui.frontend import has_cells

if TYPE_CHECKING:
    from tfwidgets.dashboard.record import Delta
    from tfwidgets.dashboard.session import Session

log = logging.getLogger(__name__)

ACTIONS = ("pause", "stop", "stop_after_epoch", "restore_best")
REST_STEPS = 500
"""So many steps without a complaint make an alert possible again."""


class Guard:
    """Checks a training, given to a session as its ``guard``.

    Parameters
    ----------
    actions
        True only alerts. One of ``ACTIONS`` is done at each alert of level ``"error"``; a
        mapping from alerts to actions says it for each alert. False watches nothing. ``"pause"``
        stops where nobody could resume: in a script, and in a notebook that runs without a front
        end (nbconvert, papermill).

    Raises
    ------
    InputError
        There is no such action or no such alert.
    """

    def __init__(self, actions: bool | str | Mapping[str, str] = True) -> None:
        self._rules: list[Rule] = [] if actions is False else [rule() for rule in RULES]
        known = {rule.key: rule.level for rule in RULES}
        self._actions: dict[str, str] = {}
        if isinstance(actions, str):
            self._actions = {k: actions for k, level in known.items() if level == "error"}
        elif isinstance(actions, Mapping):
            self._actions = dict(actions)
        elif not isinstance(actions, bool):
            raise InputError(
                "guard is True (alerts), False, an action for every error, or a dict of alerts and "
                f"actions; it cannot be {actions!r}."
            )
        for alert, action in self._actions.items():
            if alert not in known:
                raise InputError(f"There is no alert {alert!r}. There are: {', '.join(known)}.")
            if action not in ACTIONS:
                raise InputError(f"The guard cannot do {action!r}. It can: {', '.join(ACTIONS)}.")
        self._somebody_resumes = has_cells()
        self._complained: dict[str, int] = {}

    def __call__(self, session: Session, delta: Delta) -> list[dict[str, Any]]:
        """Return the alerts that are new, and ask the session for their actions."""
        if delta.status not in ("running", "validating"):
            return []
        alerts = []
        for rule in list(self._rules):
            try:
                values = rule.check(session, delta)
            except Exception:
                log.exception("the check %r failed; it is made no more", rule.key)
                self._rules.remove(rule)
                continue
            if values is None:
                continue
            step, last = session.step_number, self._complained.get(rule.key)
            self._complained[rule.key] = step
            if last is None or step - last > REST_STEPS:
                alerts.append(self._alert(session, rule, values))
        return alerts

    def _alert(self, session: Session, rule: Rule, values: dict[str, Any]) -> dict[str, Any]:
        action = self._actions.get(rule.key)
        if action == "pause" and not self._somebody_resumes:
            action = "stop"
            session.say("guard-stops")
        if action is not None:
            session.submit(action, by="guard")
        return {"alert": rule.key, "level": rule.level, "values": values, "action": action}
