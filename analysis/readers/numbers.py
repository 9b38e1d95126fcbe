"""Which columns are numbers, and which number each text means."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.core.errors import Note

MISSING = frozenset({"", "NA", "N/A", "n/a", "-", "--", ".", "null", "NaN", "#N/A"})
_MISSING_FOLDED = frozenset(marker.casefold() for marker in MISSING)
_SPACE = "[ \u00a0\u202f']"
# A comma can only be a decimal sign when a group of three digits would not explain it.
_ONLY_COMMA = r"[+-]?(?:0|\d{4,})?,\d+|[+-]?\d{1,3},(?:\d{1,2}|\d{4,})|[+-]?\d{1,3}(?:\.\d{3})+,\d+"
_ONLY_POINT = (
    r"[+-]?(?:0|\d{4,})?\.\d+(?:[eE][+-]?\d+)?|[+-]?\d{1,3}\.(?:\d{1,2}|\d{4,})(?:[eE][+-]?\d+)?"
    r"|[+-]?\d{1,3}(?:,\d{3})+\.\d+"
)
_CODE = r"0\d+"


@dataclass(frozen=True)
class Numbers:
    """The typed columns, the file's decimal sign and what had to be said about them."""

    frame: pd.DataFrame
    decimal: str
    notes: list[Note]


def to_numbers(cells: pd.DataFrame, lines: np.ndarray, keep_text: Collection[str]) -> Numbers:
    """Turn every column of numbers into floats; names, codes and texts stay text.

    Parameters
    ----------
    cells : DataFrame of str
        Trimmed cells; unique column names.
    lines : ndarray, shape (n,)
        The file line of each row, for the notes.
    keep_text : collection of str
        Columns never turned into numbers.
    """
    candidates = [name for name in cells.columns if name not in keep_text]
    missing = {name: _is_missing(cells[name]) for name in candidates}
    decimals = _decimal_signs(cells, candidates, missing)
    votes = set(decimals.values())
    decimal = "," if votes == {","} else "."
    notes: list[Note] = []
    if "," in votes:
        commas = tuple(name for name in candidates if decimals.get(name, decimal) == ",")
        notes.append(
            Note("decimal_comma", "info", "A comma was read as the decimal sign.", len(commas), commas)
        )
    columns: dict[str, pd.Series] = {}
    grouped: list[str] = []
    percent: list[str] = []
    for name in cells.columns:
        text = cells[name]
        if name not in candidates:
            columns[name] = text.mask(text.isin(MISSING))
            continue
        absent = missing[name]
        sign = decimals.get(name, decimal)
        values = parse(text.mask(absent), sign)
        if not _numeric(text, values, absent, lines, notes):
            columns[name] = text.mask(text.isin(MISSING))
            continue
        columns[name] = values
        if (text[values.notna()].str.contains("," if sign == "." else ".", regex=False)).any():
            grouped.append(name)
        if text.str.endswith("%").any():
            percent.append(name)
    if grouped:
        message = "Thousands separators were taken out of numbers."
        notes.append(Note("thousands_separators", "info", message, len(grouped), tuple(grouped)))
    if percent:
        message = "Percent signs were taken off; 45% is read as 45."
        notes.append(Note("percent_signs", "info", message, len(percent), tuple(percent)))
    return Numbers(pd.DataFrame(columns, index=cells.index), decimal, notes)


def parse(text: pd.Series, decimal: str) -> pd.Series:
    """Return the numbers the texts mean, missing where they mean none.

    Parameters
    ----------
    text : Series of str
        Trimmed texts.
    decimal : {".", ","}
        The decimal sign; the other one may only separate groups of three digits.
    """
    values = pd.to_numeric(text, errors="coerce").astype(float)
    values = values.where(np.isfinite(values))
    rest = text.notna() & values.isna()
    if decimal == ",":
        rest |= text.str.contains(".", regex=False).fillna(False).astype(bool)
    if not rest.any():
        return values
    other = r"\." if decimal == "," else ","
    mark = "," if decimal == "," else r"\."
    groups = rf"\d{{1,3}}(?:{other}\d{{3}})+|\d{{1,3}}(?:{_SPACE}\d{{3}})+"
    number = rf"[+-]?(?:\d+|{groups})(?:{mark}\d*)?(?:[eE][+-]?\d+)?|[+-]?{mark}\d+"
    raw = text[rest].str.replace("\u2212", "-", regex=False).str.replace(r"\s*%$", "", regex=True)
    fits = raw.str.fullmatch(number).astype(bool)
    clean = raw.str.replace(_SPACE, "", regex=True).str.replace(other, "", regex=True)
    if decimal == ",":
        clean = clean.str.replace(",", ".", regex=False)
    values[rest] = pd.to_numeric(clean.where(fits), errors="coerce").astype(float)
    return values


def _is_missing(text: pd.Series) -> pd.Series:
    return text.str.casefold().isin(_MISSING_FOLDED)


def _decimal_signs(
    cells: pd.DataFrame, candidates: list[str], missing: dict[str, pd.Series]
) -> dict[str, str]:
    """Return the decimal sign of each column that proves one; the rest follow the file."""
    signs: dict[str, str] = {}
    for name in candidates:
        text = cells[name][~missing[name]]
        comma = int(text.str.fullmatch(_ONLY_COMMA).sum()) if text.str.contains(",", regex=False).any() else 0
        point = int(text.str.fullmatch(_ONLY_POINT).sum()) if text.str.contains(".", regex=False).any() else 0
        if comma or point:
            signs[name] = "," if comma > point else "."
    return signs


def _numeric(
    text: pd.Series, values: pd.Series, absent: pd.Series, lines: np.ndarray, notes: list[Note]
) -> bool:
    """Decide whether a column is numbers, and say which of its cells are not."""
    present = int((~absent).sum())
    good = int(values.notna().sum())
    if good == 0:
        return present == 0
    if text[~absent].str.fullmatch(_CODE).any() and text[~absent].str.fullmatch(r"\d+").all():
        return False
    stray = np.flatnonzero((~absent & values.isna()).to_numpy())
    if stray.size == 0:
        return True
    examples = tuple(f"row {lines[i]}: {text.iloc[i][:60]}" for i in stray[:20])
    name = str(text.name)
    if stray.size <= max(1, present // 10) and good > stray.size:
        message = f"Column {name} holds text among its numbers; those cells count as missing."
        notes.append(Note("text_among_numbers", "warning", message, int(stray.size), examples))
        return True
    if good * 2 > present:
        message = f"Column {name} is partly text and cannot be used as a number."
        notes.append(Note("partly_text", "warning", message, int(stray.size), examples))
    return False
