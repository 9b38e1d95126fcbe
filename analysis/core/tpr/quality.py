"""How far the reports can be trusted: completeness, gaps, outliers, contradictions. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .fields import GROUP_LABELS, METHOD_LABELS
from .months import FacilityMonths, Floats
from .outliers import OutlierRule
from .periods import month_name
from .positivity import ALL_PERIODS, period_positions
from .schema import LEVELS

_COLUMNS = ("check", "scope", "ward_code", "place", "period", "value", "count", "detail", "state_name")


@dataclass(frozen=True)
class Reporting:
    """Reports received and expected by place (W) and period (T).

    A facility is expected to report in every period from the first to the last that anybody reported, also if it never did.
    """

    received: NDArray[np.int64]
    expected: NDArray[np.int64]
    periods: tuple[str, ...]

    @property
    def rate(self) -> Floats:
        """Received / expected of each place over all periods [0–1], NaN where nothing is expected."""
        return _share(self.received.sum(axis=1), self.expected.sum(axis=1))

    @property
    def by_period(self) -> Floats:
        """Received / expected of each place in each period: float array (W, T) [0–1]."""
        return _share(self.received, self.expected)


def reporting(
    months: FacilityMonths,
    place: NDArray[np.intp],
    places: int,
    *,
    level: str = "all",
    period: str = ALL_PERIODS,
) -> Reporting:
    """Count the reports of each place.

    Parameters
    ----------
    place : int array of n
        The place of each report; −1 for none.
    places : int
        W.
    level, period : str
        Count only facilities of this level, and only this time; see `positivity.Choice`.

    Raises
    ------
    BadInput
        If the file has no such period.
    """
    index = months.periods.index
    if level != "all":
        place = np.where(months.level == LEVELS.index(level), place, -1)
    known = (index >= 0) & (place >= 0)
    stamps = _calendar(index[(index >= 0) & months.reported], months.periods.annual)
    labels = tuple(str(s) if months.periods.annual else month_name(int(s)) for s in stamps)
    span, units = len(stamps), len(months.facilities)
    column = np.searchsorted(stamps, np.where(index >= 0, index, stamps[0] if span else 0))
    filled = np.zeros((units, max(span, 1)), dtype=bool)
    use = known & months.reported & (months.facility >= 0)
    filled[months.facility[use], column[use] if span else 0] = True
    where = np.full(units, -1, dtype=np.intp)
    where[months.facility[place >= 0]] = place[place >= 0]
    received = np.zeros((places, max(span, 1)), dtype=np.int64)
    expected = received.copy()
    inside = where >= 0
    np.add.at(received, where[inside], filled[inside].astype(np.int64))
    np.add.at(expected, where[inside], 1)
    asked = list(range(span)) if period == ALL_PERIODS else period_positions(labels, period)
    return Reporting(received[:, asked], expected[:, asked], tuple(labels[k] for k in asked))


def _calendar(index: NDArray[np.int64], annual: bool) -> NDArray[np.int64]:
    """Every period from the first to the last report; a month between that no facility reported is expected too."""
    if not len(index):
        return np.array([], dtype=np.int64)
    return np.arange(index.min(), index.max() + 1, dtype=np.int64)


def _share(above: NDArray[np.int64], below: NDArray[np.int64]) -> Floats:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def missing_cells(months: FacilityMonths) -> pd.DataFrame:
    """Share of missing cells by age group, test method and period.

    Returns
    -------
    pandas.DataFrame
        ``group, method, status, period, missing_percent`` [%].
    """
    stamps, time = np.unique(months.periods.index, return_inverse=True)
    labels = ["" if s < 0 else str(s) if months.periods.annual else month_name(int(s)) for s in stamps]
    size = np.bincount(time, minlength=len(stamps))
    parts = []
    for k, (group, method) in enumerate(months.pairs):
        for side, status in enumerate(("tested", "positive")):
            gaps = np.bincount(time, weights=np.isnan(months.raw[:, k, side]), minlength=len(stamps))
            parts.append(pd.DataFrame({"group": group, "method": method, "status": status, "period": labels,
                                       "missing_percent": 100 * gaps / size}))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def unknown_wards(months: FacilityMonths, place: NDArray[np.intp]) -> pd.DataFrame:
    """What the reports carry that belong to no ward on the map.

    Returns
    -------
    pandas.DataFrame
        ``ward_name, lga_name, reports, tested, positive``, largest first; ``ward_name`` is missing where the
        file names none, the persons where no report has both counts.
    """
    lost = place < 0
    known = ~np.isnan(months.counts).all(axis=1)
    totals = np.where(known, np.nansum(months.counts, axis=1), np.nan)
    frame = pd.DataFrame({"ward": months.ward, "facility": months.facility, "tested": totals[:, 0],
                          "positive": totals[:, 1]})[lost]  # fmt: skip
    named = frame["ward"].to_numpy() >= 0
    lga = months.facilities["lga_name"].to_numpy(dtype=object)[frame["facility"].to_numpy()]
    ward = np.full(len(frame), None, dtype=object)
    ward[named] = months.wards["ward_name"].to_numpy(dtype=object)[frame["ward"].to_numpy()[named]]
    listed = frame.assign(ward_name=pd.array(ward, dtype="str"), lga_name=pd.array(lga, dtype="str"))
    grouped = listed.groupby(["ward_name", "lga_name"], dropna=False, sort=False)
    table = grouped[["tested", "positive"]].sum(min_count=1)
    table.insert(0, "reports", grouped.size())
    return table.reset_index().sort_values(
        ["positive", "tested", "reports"], ascending=False, ignore_index=True
    )


def mapped_share(months: FacilityMonths, place: NDArray[np.intp]) -> float:
    """Return the share of positive persons (else of tested ones) that lie in a ward of the map [0–1]; NaN without any."""
    totals = np.nansum(months.counts, axis=1)
    weight = totals[:, 1] if totals[:, 1].sum() else totals[:, 0]
    return float(weight[place >= 0].sum() / weight.sum()) if weight.sum() else float("nan")


def above_tested(
    months: FacilityMonths, place: NDArray[np.intp], places: int, columns: Sequence[int]
) -> NDArray[np.bool_]:
    """Return which places have a report with more positive than tested persons in the given pairs."""
    hit = months.above[:, list(columns)].any(axis=1) & (place >= 0)
    return np.bincount(place[hit], minlength=places) > 0


def quality_table(
    months: FacilityMonths,
    place: NDArray[np.intp],
    places: pd.DataFrame,
    received: Reporting,
    found: pd.DataFrame,
    rule: OutlierRule = "keep",
    *,
    totals: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every finding as one long table, as written to quality.csv.

    Parameters
    ----------
    places : pandas.DataFrame of W rows
        ``ward_code, ward_name, lga_name`` of the map.
    found : pandas.DataFrame
        Of `outliers.outliers`, before any was replaced by `rule`.
    totals : pandas.DataFrame, optional
        Of `totals.area_totals`, whether they were left out or not.

    Returns
    -------
    pandas.DataFrame
        ``check, scope, ward_code, place, period, value, count, detail, state_name`` (of an LGA's rates). `value` is a
        percentage for reporting_rate and missing_cells, persons otherwise.
    """
    names = places["ward_name"].to_numpy(dtype=object)
    codes = places["ward_code"].to_numpy(dtype=object)
    parts = [
        pd.DataFrame({"check": "reporting_rate", "scope": "ward", "ward_code": codes, "place": names,
                      "value": 100 * received.rate, "count": received.expected.sum(axis=1),
                      "detail": "reports received of those expected"}).loc[received.expected.sum(axis=1) > 0],
        _lga_rates(received, places),
        _missing_rows(months),
        _contradictions(months),
        _outlier_rows(months, found, rule),
        _unknown_rows(months, place),
        _total_rows(totals),
        pd.DataFrame([{"check": note.code, "scope": "file", "count": note.count,
                       "detail": f"{note.message} {', '.join(note.examples)}".strip()} for note in months.notes]),
    ]  # fmt: skip
    return pd.concat([part for part in parts if len(part)], ignore_index=True).reindex(columns=list(_COLUMNS))


def lga_groups(places: pd.DataFrame) -> tuple[NDArray[np.intp], pd.DataFrame]:
    """Number the LGAs of wards by state and name, since two states may have LGAs of one name.

    Parameters
    ----------
    places : pandas.DataFrame of W rows
        ``lga_name`` and, where known, ``state_name``.

    Returns
    -------
    number : int array of W
        −1 without an LGA.
    named : pandas.DataFrame
        ``state_name, lga_name`` of each number, in this order.
    """
    keys = pd.DataFrame(places).reindex(columns=["state_name", "lga_name"]).reset_index(drop=True)
    known = keys[keys["lga_name"].notna()]
    number = np.full(len(keys), -1, dtype=np.intp)
    number[known.index] = known.groupby(["state_name", "lga_name"], dropna=False, sort=True).ngroup()
    order = known.assign(number=number[known.index]).drop_duplicates("number").sort_values("number")
    return number, order[["state_name", "lga_name"]].reset_index(drop=True)


def reporting_table(received: Reporting, places: pd.DataFrame) -> pd.DataFrame:
    """Reports of each ward in each period, as written to reporting_by_month.csv.

    Returns
    -------
    pandas.DataFrame
        ``ward_code, ward_name, lga_name, state_name, period, expected, reported`` [reports], ``reporting_percent`` [%];
        only where reports are expected.
    """
    names = ["ward_code", "ward_name", "lga_name", "state_name"]
    return _long(received, pd.DataFrame(places).reindex(columns=names))


def lga_reporting(received: Reporting, places: pd.DataFrame) -> pd.DataFrame:
    """Reports of each LGA in each period, as written to reporting_by_lga.csv.

    Parameters
    ----------
    received : Reporting of W wards
    places : pandas.DataFrame of W rows
        ``lga_name`` and, where known, ``state_name``.

    Returns
    -------
    pandas.DataFrame
        ``state_name, lga_name, period, expected, reported`` [reports], ``reporting_percent`` [%], by state and LGA; only
        where reports are expected. Wards without an LGA are in none.
    """
    lga, named = lga_groups(places)
    shape = (len(named), len(received.periods))
    got, due = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
    if len(named) and len(received.periods):
        np.add.at(got, lga[lga >= 0], received.received[lga >= 0])
        np.add.at(due, lga[lga >= 0], received.expected[lga >= 0])
    return _long(Reporting(got, due, received.periods), named)


def _long(received: Reporting, named: pd.DataFrame) -> pd.DataFrame:
    rows, columns = np.nonzero(received.expected)
    return named.iloc[rows].reset_index(drop=True).assign(
        period=np.array(received.periods, dtype=object)[columns],
        expected=received.expected[rows, columns],
        reported=received.received[rows, columns],
        reporting_percent=100 * received.by_period[rows, columns],
    )  # fmt: skip


def _lga_rates(received: Reporting, places: pd.DataFrame) -> pd.DataFrame:
    found = lga_reporting(received, places)
    named = {"lga_name": "place", "reporting_percent": "value", "expected": "count"}
    return found.drop(columns="reported").rename(columns=named).assign(
        check="reporting_rate", scope="lga", detail="reports received of those expected"
    )  # fmt: skip


def _missing_rows(months: FacilityMonths) -> pd.DataFrame:
    gaps = missing_cells(months)
    labels = [f"{GROUP_LABELS[g]}, {METHOD_LABELS[m]}, {s}" for g, m, s in zip(gaps["group"], gaps["method"],
                                                                             gaps["status"], strict=True)]  # fmt: skip
    return pd.DataFrame({"check": "missing_cells", "scope": "column", "place": labels, "period": gaps["period"],
                         "value": gaps["missing_percent"], "detail": "cells without a count"})  # fmt: skip


def _contradictions(months: FacilityMonths) -> pd.DataFrame:
    row, pair = np.nonzero(months.above)
    labels = np.array([f"{GROUP_LABELS[g]}, {METHOD_LABELS[m]}" for g, m in months.pairs], dtype=object)
    return pd.DataFrame({"check": "positive_above_tested", "scope": "facility", "place": _facilities(months, months.facility[row]),
                         "period": _labels(months, row), "value": months.raw[row, pair, 1], "count": 1,
                         "detail": [f"row {line}: {label}, {t:g} tested" for line, label, t in
                                    zip(months.line[row], labels[pair], months.raw[row, pair, 0], strict=True)]})  # fmt: skip


def _outlier_rows(months: FacilityMonths, found: pd.DataFrame, rule: OutlierRule) -> pd.DataFrame:
    done = "; replaced by the usual" if rule == "median" else ""
    return pd.DataFrame({"check": "outlier", "scope": "facility", "place": _facilities(months, found["facility"].to_numpy(dtype=np.intp)),
                         "period": found["period"], "value": found["value"], "count": 1,
                         "detail": [f"row {line}: {GROUP_LABELS[g]}, {METHOD_LABELS[m]}, {s}; usual {usual:g}, expected {low:g} to {high:g}{done}"
                                    for line, g, m, s, usual, low, high in zip(found["line"], found["group"], found["method"], found["status"],
                                                                               found["median"], found["low"], found["high"], strict=True)]})  # fmt: skip


def _unknown_rows(months: FacilityMonths, place: NDArray[np.intp]) -> pd.DataFrame:
    lost = unknown_wards(months, place)
    named = lost["ward_name"].where(lost["ward_name"].notna(), "ward not named")
    where = [
        f"{ward} ({lga})" if isinstance(lga, str) else str(ward)
        for ward, lga in zip(named, lost["lga_name"], strict=True)
    ]
    return pd.DataFrame({"check": "not_on_the_map", "scope": "ward", "place": where, "value": lost["positive"],
                         "count": lost["reports"],
                         "detail": ["no report has both counts" if np.isnan(t) else f"{t:g} tested" for t in lost["tested"]]})  # fmt: skip


def _total_rows(totals: pd.DataFrame | None) -> pd.DataFrame:
    if totals is None:
        return pd.DataFrame()
    said = [
        f"looks like the total of an area whose other facilities count {others:g}"
        for others in totals["others"]
    ]
    return pd.DataFrame({"check": "area_total", "scope": "facility", "place": totals["name"], "value": totals["counted"],
                         "count": totals["reports"], "detail": said})  # fmt: skip


def _facilities(months: FacilityMonths, which: NDArray[np.intp]) -> NDArray[np.object_]:
    return np.asarray(months.facilities["facility"].to_numpy(dtype=object)[which])


def _labels(months: FacilityMonths, rows: NDArray[np.intp]) -> list[str]:
    index = months.periods.index[rows]
    return ["" if i < 0 else str(i) if months.periods.annual else month_name(int(i)) for i in index]
