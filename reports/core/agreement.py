"""Are two tables the same? Whole numbers and texts exactly, other numbers within a bound; told by ward and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TOLERANCE = 1e-12
KEY = "ward_code"


@dataclass(frozen=True)
class Agreement:
    """How far two tables agree. `differences` lists ward, column, and both values, largest tables cut short."""

    cells: int
    different: int
    largest: float
    differences: tuple[dict[str, Any], ...]

    @property
    def identical(self) -> bool:
        """Whether nothing differs by more than the bound."""
        return self.different == 0


def compared(expected: pd.DataFrame, found: pd.DataFrame, *, key: str = KEY, most: int = 50) -> Agreement:
    """Compare two tables row by row.

    Parameters
    ----------
    expected, found : pandas.DataFrame
        With unique `key`; the order of rows and columns doesn't matter. Columns of shapes are left out.
    most : int
        How many differences to list.

    Returns
    -------
    Agreement
        Whole numbers, texts and what is missing must be equal; other numbers may differ by
        `TOLERANCE` × max(1, |expected|).
    """
    left, right = (table.set_index(table[key].astype(str)).drop(columns=key) for table in (expected, found))
    told: list[dict[str, Any]] = []
    cells = different = 0
    largest = 0.0
    for row in sorted(set(left.index) ^ set(right.index)):
        different += 1
        told.append({"ward": row, "column": key, "expected": row if row in left.index else None,
                     "found": row if row in right.index else None})  # fmt: skip
    rows = left.index.intersection(right.index)
    for column in sorted(set(left.columns) ^ set(right.columns)):
        different += 1
        told.append({"ward": None, "column": column, "expected": column if column in left.columns else None,
                     "found": column if column in right.columns else None})  # fmt: skip
    for column in [name for name in left.columns if name in right.columns]:
        one, other = left.loc[rows, column], right.loc[rows, column]
        unlike, distance = _unlike(one, other)
        cells, different, largest = cells + len(rows), different + int(unlike.sum()), max(largest, distance)
        told += [
            {
                "ward": str(rows[k]),
                "column": str(column),
                "expected": _plain(one.iloc[k]),
                "found": _plain(other.iloc[k]),
            }
            for k in np.flatnonzero(unlike)[: max(0, most - len(told))].tolist()
        ]
    return Agreement(cells, different, largest, tuple(told[:most]))


def _unlike(one: pd.Series, other: pd.Series) -> tuple[NDArray[np.bool_], float]:
    """Where two columns differ, and by how much at most where they are numbers."""
    gone, missing = one.isna().to_numpy(), other.isna().to_numpy()
    if not (_numeric(one) and _numeric(other)):
        texts = one.astype(str).to_numpy() != other.astype(str).to_numpy()
        return np.asarray((gone != missing) | (~gone & ~missing & texts), dtype=bool), 0.0
    both = ~gone & ~missing
    a, b = (column.to_numpy(dtype=np.float64, na_value=np.nan) for column in (one, other))
    distance = np.where(both, np.abs(a - b), 0.0)
    whole = one.dtype.kind in "iu" or (both.any() and bool((a[both] == np.round(a[both])).all()))
    bound = 0.0 if whole else TOLERANCE
    unlike = (gone != missing) | (both & ~(distance <= bound * np.maximum(1.0, np.abs(a))))
    return np.asarray(unlike, dtype=bool), float(distance.max(initial=0.0))


def _numeric(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column.dtype))


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:
        return None
    return value.item() if isinstance(value, np.generic) else value
