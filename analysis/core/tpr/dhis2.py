"""Repairing what a DHIS2 export damages, with a report of every repair and a way back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import BadInput, Note
from analysis.core.names import fold_header

from .fields import Indicator, base_header, header_tokens, repair_header
from .periods import DateOrder, read_periods
from .schema import PLACES, Schema, detect

_RATIO = re.compile(r"\b(rate|percent|percentage|ratio|tpr|proportion)\b|%")
_TOTALS = frozenset(["total", "grand total", "totals", "sum", "overall"])
_SEPARATE = 0.8
# A column of the hierarchy may name what a row is, whatever else names its places.
_HIERARCHY = ("orgunit", "organisationunit")


@dataclass(frozen=True)
class Merge:
    """Columns of one name made one.

    `strategy`: "first" (keep the first), "combine" (the first that has a value) or "sum".
    `conflicts` counts rows in which the columns disagree, `negatives` cells that count as missing; `undone` says that a
    person kept them apart.
    """

    column: str
    sources: tuple[str, ...]
    strategy: str
    reason: str
    source_totals: tuple[float | None, ...]
    total: float | None
    conflicts: int = 0
    ambiguous: bool = False
    undone: bool = False
    negatives: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the merge as a JSON-ready mapping."""
        return {**vars(self), "sources": list(self.sources), "source_totals": list(self.source_totals)}


@dataclass(frozen=True)
class Dropped:
    """What was left out and why; of rows the persons that they count, None where they have no counts."""

    what: str
    count: int
    why: str
    examples: tuple[str, ...] = ()
    tested: float | None = None
    positive: float | None = None


@dataclass(frozen=True)
class CleaningReport:
    """Everything the cleaner did, in the order in which it did it."""

    renames: tuple[tuple[str, str], ...]
    merges: tuple[Merge, ...]
    dropped: tuple[Dropped, ...]
    period_column: str
    rows_read: int
    rows_kept: int
    notes: tuple[Note, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return the report as a JSON-ready mapping."""
        return {
            "rows_read": self.rows_read,
            "rows_kept": self.rows_kept,
            "period_column": self.period_column,
            "renames": [{"from": old, "to": new} for old, new in self.renames],
            "merges": [merge.as_dict() for merge in self.merges],
            "dropped": [{**vars(drop), "examples": list(drop.examples)} for drop in self.dropped],
            "notes": [note.as_dict() for note in self.notes],
        }


def clean(
    frame: pd.DataFrame,
    lines: NDArray[np.int64],
    *,
    undo: Collection[str] = (),
    mapping: Mapping[str, str] | None = None,
    dates: DateOrder = "auto",
) -> tuple[pd.DataFrame, NDArray[np.int64], CleaningReport]:
    """Repair headers, merge repeated columns, leave out rows that are no facility's.

    Parameters
    ----------
    frame : pandas.DataFrame of n rows
        As read, with unique headers; repeated ones end in ``.1``, ``.2`` …
    lines : int array of n
        File line of each row.
    undo : collection of str
        Columns whose merge a person took back: their sources stay apart and the first is used.
    mapping : mapping of field to header, optional
        A person's corrections, as for `schema.detect`.
    dates : {"auto", "day_first", "month_first"}
        As `read_periods` has it.

    Returns
    -------
    frame, lines, report
        The caller's frame is not changed.

    Raises
    ------
    BadInput
        For a column in `undo` that is not repeated, or an unknown field or header in `mapping`.
    """
    renames, headers = _renamed([str(header) for header in frame.columns])
    table = frame.set_axis(headers, axis=1)
    repeated = _repeated(headers)
    apart = _checked_undo(undo, repeated)
    schema = detect(table, mapping)
    whole, strange = table, _strange_rows(table, schema)
    keep = ~np.any(list(strange.values()), axis=0)
    kept = lines
    if not keep.all():
        table, kept = table[keep].reset_index(drop=True), lines[keep]
    empty = [header for header in table.columns if table[header].isna().all()]
    period = schema.places.get("period") or schema.places.get("year", "")
    periods = read_periods(
        table[schema.places["period"]] if "period" in schema.places else None,
        table[schema.places["year"]] if "year" in schema.places else None,
        table[schema.places["month"]] if "month" in schema.places else None,
        dates=dates,
    ).index
    merges: list[Merge] = []
    columns: dict[str, pd.Series] = {}
    negative = np.zeros(len(table), dtype=bool)
    for base, sources in repeated.items():
        if len(sources) == 1:
            columns[base] = table[base]
            continue
        merged, merge = _merge(table[sources], periods)
        if base in apart:
            merge = Merge(**{**vars(merge), "undone": True})
            columns.update({source: table[source] for source in sources})
        else:
            columns[base] = merged
            if merge.negatives:
                negative |= (table[sources] < 0).any(axis=1).to_numpy()
        merges.append(merge)
    dropped = [
        Dropped("row", int(rows.sum()), why, tuple(f"row {line}" for line in lines[rows][:20]),
                *_persons(whole[rows], schema, repeated, merges))
        for why, rows in strange.items() if rows.any()
    ]  # fmt: skip
    if empty:
        dropped.append(Dropped("column", len(empty), "no row has a value", tuple(empty[:20])))
    notes = _notes(renames, merges, dropped)
    if negative.any():
        count = sum(merge.negatives for merge in merges if not merge.undone)
        message = "Negative counts in repeated columns are taken as missing, not added."
        notes.append(
            Note(
                "negative_in_merge",
                "warning",
                message,
                count,
                tuple(f"row {line}" for line in kept[negative][:20]),
            )
        )
    report = CleaningReport(
        tuple(renames), tuple(merges), tuple(dropped), period, len(frame), len(table), tuple(notes)
    )
    return pd.DataFrame(columns, index=table.index), kept, report


def _renamed(headers: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Repaired headers; two that become alike count as one repeated column."""
    renames, named = [], dict[str, None]()
    for header in headers:
        text = repair_header(header)
        unique, turn = text, 1
        while unique in named:
            unique, turn = f"{base_header(text)}.{turn}", turn + 1
        if " ".join(header.split()) != unique:
            renames.append((header, unique))
        named[unique] = None
    return renames, list(named)


def _repeated(headers: list[str]) -> dict[str, list[str]]:
    """Column name -> its sources; ``.N`` counts only where the plain name exists."""
    groups: dict[str, list[str]] = {}
    for header in headers:
        base = base_header(header)
        groups.setdefault(base if base in headers else header, []).append(header)
    return groups


def _checked_undo(undo: Collection[str], repeated: Mapping[str, list[str]]) -> set[str]:
    """The columns to keep apart; refuses one that was not merged."""
    several = [base for base, sources in repeated.items() if len(sources) > 1]
    asked = {name: repair_header(name) for name in undo}
    unknown = [name for name, base in asked.items() if base not in several]
    if unknown:
        raise BadInput("unknown_merge", "No such columns were merged",
                       f"The file has no repeated column {', '.join(map(repr, unknown))}.",
                       "Use the names of columns that occur several times, as they stand in the header row.",
                       where="undo", examples=several)  # fmt: skip
    return set(asked.values())


def _strange_rows(table: pd.DataFrame, schema: Schema) -> dict[str, NDArray[np.bool_]]:
    """Total rows and repeated headers, by what the columns of places, facilities and periods say.

    A row that names neither ward nor facility is one by what any column says. A column that says it in every row says nothing.
    """
    told = {name: header for name, header in schema.places.items() if name in PLACES}
    columns = {*told.values(), *(name for name in table.columns if fold_header(name).startswith(_HIERARCHY))}
    total, header = np.zeros(len(table), dtype=bool), np.zeros(len(table), dtype=bool)
    units = [told[name] for name in ("ward", "facility") if name in told]
    nameless = table[units].isna().all(axis=1).to_numpy() if units else np.zeros(len(table), dtype=bool)
    for name in table.columns:
        if table[name].dtype.kind == "f" or (name not in columns and not nameless.any()):
            continue
        codes, values = pd.factorize(table[name])
        words = [str(value).strip().casefold() for value in values]
        for rows, wanted in ((total, _TOTALS), (header, {str(name).strip().casefold()})):
            found = np.array([*(word in wanted for word in words), False])[codes]
            rows |= found & ~found.all() & (nameless if name not in columns else True)
    if (total | header).all():
        total[:] = header[:] = False
    return {"a total, not a facility": total, "repeats the header": header & ~total}


def _persons(
    rows: pd.DataFrame, schema: Schema, repeated: Mapping[str, list[str]], merges: list[Merge]
) -> tuple[float | None, float | None]:
    """Persons that rows count as tested and as positive, their repeated columns merged as in all others."""
    summed = {merge.column for merge in merges if merge.strategy == "sum" and not merge.undone}
    sides: dict[str, list[float]] = {"tested": [], "positive": []}
    for group, method in schema.pairs():
        for side, found in sides.items():
            header = schema.indicators[Indicator(group, method, side)]
            counts = rows[repeated.get(header, [header])]
            counts = counts.loc[:, [dtype.kind == "f" for dtype in counts.dtypes]]
            if counts.notna().any(axis=None):
                values = counts.where(counts >= 0)
                found.append(
                    float((values.sum(axis=1) if header in summed else values.bfill(axis=1).iloc[:, 0]).sum())
                )
    tested, positive = (sum(found) if found else None for found in sides.values())
    return tested, positive


def _merge(columns: pd.DataFrame, periods: NDArray[np.int64]) -> tuple[pd.Series, Merge]:
    """Apply the first rule that fits."""
    name, sources = str(columns.columns[0]), tuple(map(str, columns.columns))
    filled = [source for source in sources if columns[source].notna().any()] or list(sources)
    if any(columns[source].dtype.kind != "f" for source in filled):
        return columns[filled[0]].rename(name), Merge(
            name, sources, "first", "not numbers: the first is kept", (None,) * len(sources), None
        )
    # A column without any value is none of text.
    columns = columns.assign(**{source: np.nan for source in sources if source not in filled})
    values = columns.to_numpy(dtype=np.float64)
    with np.errstate(invalid="ignore"):
        negative: NDArray[np.bool_] = np.asarray(values < 0)
    # Before the sum: a negative count would take persons away from the other column.
    values = np.where(negative, np.nan, values)
    present = ~np.isnan(values)
    several = present.sum(axis=1) >= 2
    with np.errstate(invalid="ignore"):
        low = np.where(present, values, np.inf).min(axis=1)
        high = np.where(present, values, -np.inf).max(axis=1)
    conflicts = int((several & (low != high)).sum())
    position = present.argmax(axis=1)
    first = np.where(present.any(axis=1), values[np.arange(len(values)), position], np.nan)
    summed = np.where(present.any(axis=1), np.where(present, values, 0.0).sum(axis=1), np.nan)
    if several.any() and not conflicts:
        strategy, reason, ambiguous = "combine", "equal wherever both have a value", False
    elif _RATIO.search(header_tokens(name)):
        strategy, reason, ambiguous = "combine", "a ratio: the first that has a value", False
    else:
        strategy = "sum"
        reason, ambiguous = _why_sum(values, present, periods)
    merged = summed if strategy == "sum" else first
    totals = tuple(_total(values[:, k]) for k in range(values.shape[1]))
    total = _total(merged)
    merge = Merge(
        name, sources, strategy, reason, totals, total, conflicts, ambiguous, negatives=int(negative.sum())
    )
    return pd.Series(merged, index=columns.index, name=name), merge


def _total(values: NDArray[np.float64]) -> float | None:
    """Sum of what is known, missing where nothing is."""
    return None if np.isnan(values).all() else float(np.nansum(values))


def _why_sum(
    values: NDArray[np.float64], present: NDArray[np.bool_], periods: NDArray[np.int64]
) -> tuple[str, bool]:
    """The reason to add, and whether it is doubtful."""
    filled = present & (np.where(present, values, 0) > 0)
    both = filled.sum(axis=1) >= 2
    shared = np.where(filled, values, np.nan)[both]
    equal = int((np.nanmin(shared, axis=1) == np.nanmax(shared, axis=1)).sum())
    doubtful = (
        f"both filled in {len(shared)} rows, {equal} of them equal: check that they are not copies",
        True,
    )
    # Before the periods: a form that took the place of another is not filled in the rows of the other.
    if (2 * filled[both].sum(axis=0) > filled.sum(axis=0)).any():
        return doubtful
    if len(periods) == len(values) and (periods >= 0).any():
        covered = [len(np.unique(periods[filled[:, k] & (periods >= 0)])) for k in range(values.shape[1])]
        if max(covered) >= 2 * max(min(covered), 1):
            listed = " and ".join(map(str, covered))
            return f"filled in {listed} periods: the form changed over time", False
    either = filled.any(axis=1)
    alone = filled.sum(axis=1) == 1
    if values.shape[1] == 2 and either.any() and alone.sum() >= _SEPARATE * either.sum():
        return "hardly ever both filled in one row", False
    return doubtful


def _notes(renames: list[tuple[str, str]], merges: list[Merge], dropped: list[Dropped]) -> list[Note]:
    notes = []
    if renames:
        listed = tuple(f"{old} → {new}" for old, new in renames)
        notes.append(
            Note("headers_repaired", "info", "Garbled column names were repaired.", len(renames), listed)
        )
    doubtful = tuple(merge.column for merge in merges if merge.ambiguous and not merge.undone)
    if doubtful:
        notes.append(Note("ambiguous_merge", "warning", "Repeated columns were added although both are filled in "
                          "the same rows; take it back if they are copies.", len(doubtful), doubtful))  # fmt: skip
    sure = tuple(f"{m.column}: {m.strategy}" for m in merges if not m.ambiguous and not m.undone)
    if sure:
        notes.append(Note("columns_merged", "info", "Repeated columns were merged.", len(sure), sure))
    for drop in dropped:
        if drop.what != "row":
            continue
        persons = drop.tested is not None and drop.positive is not None
        severity: Literal["warning", "info"] = "warning" if persons else "info"
        message = f"Rows were left out: {drop.why}."
        if persons:
            message = f"Rows were left out: {drop.why}. They count {drop.positive:,.0f} positive of {drop.tested:,.0f} tests."
        notes.append(Note("rows_dropped", severity, message, drop.count, drop.examples))
    notes += [
        Note("columns_empty", "info", "Columns have no value in any row.", drop.count, drop.examples)
        for drop in dropped
        if drop.what == "column"
    ]
    return notes
