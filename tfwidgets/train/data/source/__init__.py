"""Read any data that people have into two tables: one to train on, one to validate on.

``forms`` and ``lists`` make a ``table`` of data, ``named`` finds splits by their names, and
``validation`` chooses the rows that are held back.
"""

from tfwidgets.train.data.source.splits import Part, Splits, column_names, read_splits

__all__ = ["Part", "Splits", "column_names", "read_splits"]
