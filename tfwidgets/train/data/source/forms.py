"""Data of every form that people have as one table: files, frames, datasets, dicts, lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tfwidgets.errors import InputError
from tfwidgets.train.data.frames import a, is_listlike
from tfwidgets.train.data.source.lists import is_texts_and_labels, read_list
from tfwidgets.train.data.source.table import Table, column, table_of

FILES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet")
FORMS = (
    "a DataFrame, a datasets.Dataset or DatasetDict, a dict of columns or of splits, a list of "
    "texts, of (text, label) or of dicts, a tuple (texts, labels), or a path to a file "
    f"({', '.join(FILES)})"
)


def read_table(data: Any, labels: Any) -> Table:
    """Read data of any form that is not several splits; ``labels`` belong to a list of texts."""
    if isinstance(data, (str, Path)):
        return _file(data)
    if isinstance(data, pd.DataFrame):
        return table_of(data, "pandas.DataFrame")
    if is_datasets(data):
        return _dataset(data)
    if isinstance(data, Mapping):
        return _columns(data)
    if hasattr(data, "to_pandas"):
        made = data.to_pandas()
        if isinstance(made, pd.DataFrame):
            return table_of(made, f"{type(data).__module__.partition('.')[0]} table")
        data = made
    if isinstance(data, tuple) and is_texts_and_labels(data):
        texts, own = data
        if labels is not None:
            raise InputError("The labels are given twice: in the tuple, and as label=.")
        return read_list(list(texts), own)
    if isinstance(data, (bytes, bytearray)) or not isinstance(data, Iterable):
        raise InputError(f"data is {a(data)}: expected {FORMS}.")
    return read_list(list(data), labels)


def is_table(value: Any) -> bool:
    """Whether it is a table, or a mapping that may be one."""
    return isinstance(value, (pd.DataFrame, Mapping)) or is_datasets(value)


def is_datasets(value: Any) -> bool:
    """Whether it is of the package ``datasets``, which is not imported for the question."""
    return type(value).__module__.partition(".")[0] == "datasets"


def is_file(value: Any) -> bool:
    """Tell the path of a file from the name of a column or of a split."""
    if isinstance(value, Path):
        return True
    name = str(value).removesuffix(".gz")
    return name.endswith(FILES) and "\n" not in name and Path(value).is_file()


def no_stream(data: Any) -> None:
    """Refuse data whose number of rows nobody knows."""
    if is_datasets(data) and type(data).__name__.startswith("Iterable"):
        raise InputError(
            "The data is a stream, and training needs to know all rows. Take some: "
            "datasets.Dataset.from_list(list(data.take(10_000)))."
        )


def _file(path: str | Path) -> Table:
    if not is_file(path) or not Path(path).is_file():
        raise InputError(f"data is {str(path)[:80]!r}, which is no such file: expected {FORMS}.")
    path = Path(path)
    name = path.name.removesuffix(".gz")
    try:
        if name.endswith((".csv", ".tsv")):
            # "NA" and "null" are texts here, and may be classes.
            frame = pd.read_csv(
                path,
                sep="\t" if name.endswith(".tsv") else ",",
                keep_default_na=False,
                na_values=[""],
            )
        elif name.endswith((".jsonl", ".ndjson")):
            frame = pd.read_json(path, lines=True, dtype=False)
        elif name.endswith(".json"):
            frame = pd.read_json(path, dtype=False)
        elif name.endswith(".parquet"):
            frame = pd.read_parquet(path)
        else:
            raise InputError(f"{path.name} is none of {', '.join(FILES)}: read it with pandas.")
    except (ValueError, OSError) as problem:
        if isinstance(problem, InputError):
            raise
        raise InputError(f"{path.name} cannot be read: {problem}") from problem
    return table_of(frame, path.name)


def _dataset(data: Any) -> Table:
    no_stream(data)
    if not hasattr(data, "to_pandas"):
        raise InputError(f"data is {a(data)} of datasets: expected a Dataset or a DatasetDict.")
    named: dict[str, list[str]] = {}
    for name, feature in data.features.items():
        inner = getattr(feature, "feature", feature)
        names = getattr(inner, "names", None)
        if isinstance(names, list):
            named[name] = [str(label) for label in names]
    info = getattr(data, "info", None)
    title = getattr(info, "dataset_name", None)
    source = f"datasets.Dataset {title!r}" if title else "datasets.Dataset"
    return Table(table_of(data.to_pandas(), source).frame, source, named)


def _columns(data: Mapping[Any, Any]) -> Table:
    lengths = {}
    for name, values in data.items():
        if not is_listlike(values):
            raise InputError(
                f"data is a dict whose {str(name)!r} is {a(values)}: expected a list for each "
                "column, or a table for each split."
            )
        lengths[str(name)] = len(list(values))
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {n:,}" for name, n in lengths.items())
        raise InputError(f"The columns differ in length: {told}.")
    made = {str(name): column(values) for name, values in data.items()}
    return table_of(pd.DataFrame(made), "a dict of columns")


def labels_beside(data: Any, label: Any) -> Any:
    """Return the labels of a list of texts, where ``label`` holds labels."""
    table = is_table(data) or isinstance(data, (str, Path)) or hasattr(data, "to_pandas")
    if label is None or isinstance(label, str):
        return None
    if not is_listlike(label):
        raise InputError(f"label is {a(label)}: expected the name of a column, or a list.")
    if not table:
        listed_rows = isinstance(data, (list, tuple)) and len(data)
        if listed_rows and isinstance(data[0], Mapping):
            return None
        return label
    if not isinstance(label, (list, tuple)):
        raise InputError(
            f"label is {a(label)}, and the data a table: make it a column, "
            "df['label'] = labels, and pass label='label'."
        )
    return None
