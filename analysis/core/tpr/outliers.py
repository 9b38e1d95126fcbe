"""Reports that stand out from what their facility usually counts: found, listed, and replaced only on request."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import Note

from .fields import GROUP_LABELS, METHOD_LABELS
from .identity import row_note
from .months import FacilityMonths, Floats
from .periods import month_name

OutlierRule = Literal["keep", "median"]
OUTLIER_RULES: tuple[OutlierRule, ...] = ("keep", "median")
MAD_LIMIT, IQR_LIMIT = 3.5, 3.0
MAD_SCALE, MEAN_SCALE = 1.4826, 1.2533
FEWEST_FOR_OUTLIERS = 6
# Where more than half of a facility's counts are equal, fewer persons than this never stand out.
LEAST_REACH = 10.0
_NAMES = (
    "facility", "group", "method", "status", "period", "line", "value", "median", "low", "high", "score", "by_mad",
    "by_iqr", "row",
)  # fmt: skip


def outliers(months: FacilityMonths) -> pd.DataFrame:
    """Reports that stand out from the other reports of the same facility.

    Returns
    -------
    pandas.DataFrame
        One row per cell: ``facility, group, method, status, period, line, value, median, low, high, score, by_mad,
        by_iqr, row``. By the median absolute deviation (score above 3.5) or by the quartiles (more than 3 times their
        distance outside); at least six reports are needed. ``low``–``high`` [persons]: what would not have stood out.

    Notes
    -----
    Modified z-score of [1]_: the distance from the median over 1.4826 times the median absolute deviation, or, where that
    is 0, over 1.2533 times the mean absolute deviation. Where the measure of spread of a rule is 0, more than half of the
    counts are equal, and any other count would stand out. So the distance must then exceed 10 persons, and 3.5 times the
    square root of the median, as the count of a Poisson variable would.

    References
    ----------
    .. [1] B. Iglewicz and D. C. Hoaglin, How to Detect and Handle Outliers, ASQC Quality Press, 1993.
    """
    rows = np.flatnonzero((months.periods.index >= 0) & (months.facility >= 0))
    found = []
    for k, (group, method) in enumerate(months.pairs):
        for side, status in enumerate(("tested", "positive")):
            values = months.raw[rows, k, side]
            use = ~np.isnan(values)
            hits = _stand_out(values[use], months.facility[rows][use])
            at = rows[use][hits.index]
            found.append(hits.assign(row=at, facility=months.facility[at], group=group, method=method, status=status,
                                     period=_labels(months, at), line=months.line[at]))  # fmt: skip
    joined = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=pd.Index(_NAMES))
    return joined[list(_NAMES)].sort_values(["facility", "line"], kind="stable", ignore_index=True)


def _stand_out(values: Floats, unit: NDArray[np.intp]) -> pd.DataFrame:
    frame = pd.DataFrame({"value": values, "unit": unit})
    grouped = frame.groupby("unit")["value"]
    size = grouped.transform("size").to_numpy()
    middle = grouped.transform("median").to_numpy()
    off = np.abs(values - middle)
    by_unit = pd.Series(off).groupby(unit)
    mad = MAD_SCALE * by_unit.transform("median").to_numpy()
    spread = np.where(mad > 0, mad, MEAN_SCALE * by_unit.transform("mean").to_numpy())
    quartiles = grouped.quantile([0.25, 0.75]).unstack()
    first = quartiles[0.25].reindex(unit).to_numpy() if len(values) else values
    third = quartiles[0.75].reindex(unit).to_numpy() if len(values) else values
    least = np.maximum(LEAST_REACH, MAD_LIMIT * np.sqrt(middle))
    reach = np.where(mad > 0, MAD_LIMIT * spread, np.maximum(MAD_LIMIT * spread, least))
    step = np.where(third > first, IQR_LIMIT * (third - first), least)
    by_mad = off > reach
    by_iqr = (values < first - step) | (values > third + step)
    hit = (size >= FEWEST_FOR_OUTLIERS) & (by_mad | by_iqr)
    score = np.divide(values - middle, spread, out=np.full(len(values), np.nan), where=spread > 0)
    low = np.maximum(0.0, np.maximum(middle - reach, first - step))
    high = np.minimum(middle + reach, third + step)
    return pd.DataFrame({"value": values, "median": middle, "low": low, "high": high, "score": score,
                         "by_mad": by_mad, "by_iqr": by_iqr})[hit]  # fmt: skip


def replace_outliers(months: FacilityMonths, found: pd.DataFrame) -> Floats:
    """Return the counts as written with outliers replaced by their facility's median; on request only.

    Parameters
    ----------
    found : pandas.DataFrame
        Rows of `outliers` that are to be replaced; the frame is the record of the replacement.
    """
    changed = months.raw.copy()
    place = {pair: k for k, pair in enumerate(months.pairs)}
    pair = np.array([place[key] for key in zip(found["group"], found["method"], strict=True)], dtype=np.intp)
    side = (found["status"] == "positive").to_numpy().astype(np.intp)
    changed[found["row"].to_numpy(dtype=np.intp), pair, side] = found["median"].to_numpy(dtype=np.float64)
    return changed


def outlier_table(months: FacilityMonths, found: pd.DataFrame, rule: OutlierRule) -> pd.DataFrame:
    """Every outlier as written to outliers.csv, the furthest off first.

    Returns
    -------
    pandas.DataFrame
        ``facility, ward_name, lga_name, age_group, test, count, period, file_row, value, expected_low, expected_high,
        median, by_mad, by_iqr, replaced, used`` [persons]; `used` is what was counted on with.
    """
    at, unit = found["row"].to_numpy(dtype=np.intp), found["facility"].to_numpy(dtype=np.intp)
    ward = months.ward[at]
    names = np.full(len(ward), None, dtype=object)
    names[ward >= 0] = months.wards["ward_name"].to_numpy(dtype=object)[ward[ward >= 0]]
    replaced = rule == "median"
    table = pd.DataFrame({
        "facility": months.facilities["facility"].to_numpy(dtype=object)[unit],
        "ward_name": names,
        "lga_name": months.facilities["lga_name"].to_numpy(dtype=object)[unit],
        "age_group": [GROUP_LABELS[group] for group in found["group"]],
        "test": [METHOD_LABELS[method] for method in found["method"]],
        "count": found["status"],
        "period": found["period"],
        "file_row": found["line"],
        "value": found["value"],
        "expected_low": found["low"],
        "expected_high": found["high"],
        "median": found["median"],
        "by_mad": found["by_mad"],
        "by_iqr": found["by_iqr"],
        "replaced": replaced,
        "used": found["median"] if replaced else found["value"],
    })  # fmt: skip
    furthest = (-(found["value"] - found["median"]).abs()).to_numpy(dtype=np.float64).argsort(kind="stable")
    return table.iloc[furthest].reset_index(drop=True)


def replaced_notes(months: FacilityMonths, found: pd.DataFrame, rule: OutlierRule) -> list[Note]:
    """Say that counts were replaced, and in which rows of the file."""
    if rule != "median" or found.empty:
        return []
    rows = np.zeros(len(months.line), dtype=bool)
    rows[found["row"].to_numpy(dtype=np.intp)] = True
    message = "Counts far from what their facility usually reports were replaced by its median, as asked; outliers.csv has the old and the new value of each."
    return [row_note("outliers_replaced", message, rows, months.line, len(found))]


def _labels(months: FacilityMonths, rows: NDArray[np.intp]) -> list[str]:
    index = months.periods.index[rows]
    return ["" if i < 0 else str(i) if months.periods.annual else month_name(int(i)) for i in index]
