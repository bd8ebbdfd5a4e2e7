"""Which task the data is for, and which of its columns hold what.

``asked`` looks at names and cells, ``find`` finds the task, ``roles`` its columns and ``problem``
the kind of classification; ``cells`` refuses rows that the task cannot read.
"""

from tfwidgets.train.data.columns.choice import ALIASES, TASKS, Choice, task_name
from tfwidgets.train.data.columns.choose import KnownKind, choose

__all__ = ["ALIASES", "TASKS", "Choice", "KnownKind", "choose", "task_name"]
