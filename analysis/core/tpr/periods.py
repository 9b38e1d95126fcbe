"""Periods of a facility export as months or years."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DateOrder = Literal["auto", "day_first", "month_first"]
DATE_ORDERS: tuple[str, ...] = get_args(DateOrder)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NUMBER = {name: number for number, name in enumerate(MONTHS)}
FIRST_YEAR, LAST_YEAR = 1990, 2100
_NUMERIC = re.compile(r"(\d{4})(?:[-/.]?(\d{1,2}))?(?:[-/.]?(\d{1,2}))?")
_NAMED = re.compile(r"(?:\d{1,2}[ \-/.]+)?([a-z]{3})[a-z]*\.?[ \-/,]*(\d{4}|\d{2})")
_NAMED_LAST = re.compile(r"(\d{4})[ \-/,]*([a-z]{3})[a-z]*\.?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4})|/(\d{2}))")
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/](\d{4})")
_TIME = re.compile(r"[t ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]m)?( ?(z|[+-]\d{2}:?\d{2}))?$")
# Years of two digits up to this one are of this century, as spreadsheets have it too.
_CENTURY_ENDS = 69
# Excel counts days; these are of 1982 to 2064.
_SERIAL = re.compile(r"[345]\d{4}|60000")
_SERIAL_ZERO = np.datetime64("1899-12-30")


@dataclass(frozen=True)
class Periods:
    """The period of each of n rows.

    `month`: months since year 0 (``12 × year + month − 1``), −1 where unknown or where the file
    tells only years. `year`: −1 where unknown. `annual`: the file tells years and no months.
    `year_only`: what rows say that tell a year alone while others tell months; their period is unknown.
    `month_first`: dates that were read with the month before the day. `either_way`: dates whose order nothing in the
    column tells; they were read with the day before the month.
    """

    month: NDArray[np.int64]
    year: NDArray[np.int64]
    annual: bool
    unreadable: tuple[str, ...] = ()
    unreadable_count: int = 0
    year_only: tuple[str, ...] = ()
    year_only_count: int = 0
    month_first: tuple[str, ...] = ()
    either_way: tuple[str, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        return self.year >= 0

    @property
    def index(self) -> NDArray[np.int64]:
        """One number per period: the month, or the year where the file tells only years."""
        return self.year if self.annual else self.month


def month_name(month: int) -> str:
    """Return a month number as ``2024-03``.

    Examples
    --------
    >>> month_name(12 * 2024 + 2)
    '2024-03'
    """
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def read_period(text: str, *, month_first: bool = False) -> tuple[int, int]:
    """Return (month, year) of one period as written; −1 for what it does not tell.

    A date such as 03/01/2024 is of the third day of a month, unless it is `month_first`.

    Examples
    --------
    >>> read_period("March 2024") == read_period("202403") == read_period("2024-03-01") == (24290, 2024)
    True
    >>> read_period("2024")
    (-1, 2024)
    """
    plain = _plain(text)
    named = _NAMED.fullmatch(plain)
    year, month = -1, -1
    if named and named.group(1) in _MONTH_NUMBER:
        year = _year(named.group(2))
        month = _MONTH_NUMBER[named.group(1)]
    elif (last := _NAMED_LAST.fullmatch(plain)) and last.group(2) in _MONTH_NUMBER:
        year, month = int(last.group(1)), _MONTH_NUMBER[last.group(2)]
    elif day := _DAY_FIRST.fullmatch(plain):
        year, month = _year(day.group(3) or day.group(4)), int(day.group(1 if month_first else 2)) - 1
    elif of_year := _MONTH_YEAR.fullmatch(plain):
        year, month = int(of_year.group(2)), int(of_year.group(1)) - 1
        if month < 0:
            return -1, -1
    elif numeric := _NUMERIC.fullmatch(plain):
        year = int(numeric.group(1))
        month = int(numeric.group(2)) - 1 if numeric.group(2) else -1
        if numeric.group(2) and not 0 <= month < 12:
            return -1, -1
    if not FIRST_YEAR <= year <= LAST_YEAR or not -1 <= month < 12:
        return -1, -1
    return (12 * year + month if month >= 0 else -1), year


def _plain(text: str) -> str:
    """A period as written, without the time of day and the decimal that a number was given."""
    return _TIME.sub("", re.sub(r"\.0$", "", text.strip().casefold()))


def _year(digits: str) -> int:
    number = int(digits)
    return number if len(digits) == 4 else number + (2000 if number <= _CENTURY_ENDS else 1900)


def _have_month_first(dates: Sequence[tuple[int, int]]) -> bool | None:
    """Whether dates have the month before the day, as a column tells as a whole: reports of months bear one and the same
    day of each, or a day that can be no month. None where it tells neither.

    Parameters
    ----------
    dates : sequence of (int, int)
        The first two numbers of each date of the column.
    """
    firsts, seconds = ({date[k] for date in dates} for k in (0, 1))
    if max(firsts, default=13) > 12:
        return False
    if max(seconds) > 12 or (len(seconds) == 1 and len(firsts) > 1):
        return True
    settled = (len(firsts) == 1 and len(seconds) > 1) or all(first == second for first, second in dates)
    return False if settled else None


def _as_texts(column: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    codes, values = pd.factorize(column)
    return codes, [str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in values]


def _without_serials(column: pd.Series, texts: list[str]) -> list[str]:
    """The texts of a column as dates where all of them are days as Excel counts them, but for a column of codes."""
    if str(column.name).casefold().endswith(("id", "code")) or not all(map(_SERIAL.fullmatch, texts)):
        return texts
    return [str(_SERIAL_ZERO + np.timedelta64(int(text), "D")) for text in texts]


def read_periods(
    period: pd.Series | None, year: pd.Series | None, month: pd.Series | None, *, dates: DateOrder = "auto"
) -> Periods:
    """Return the period of every row, from one column or from year and month.

    Parameters
    ----------
    period, year, month : pandas.Series of n, optional
        `period` as month or year in any usual spelling, or as days in Excel's count if all of it is; else `year`
        and, if there is one, `month` (number or name).
    dates : {"auto", "day_first", "month_first"}
        What comes first in dates such as 03/01/2024; "auto": what the column tells as a whole, else the day.
    """
    if period is None and year is None:
        none: NDArray[Any] = np.array([], dtype=np.int64)
        return Periods(none, none, False)
    column = period if period is not None else year
    assert column is not None
    codes, texts = _as_texts(column)
    if period is not None:
        texts = _without_serials(period, texts)
    found = {text: day for text in texts if (day := _DAY_FIRST.fullmatch(_plain(text)))}
    turned = _have_month_first([(int(day[1]), int(day[2])) for day in found.values()])
    if dates != "auto":
        turned = dates == "month_first"
    read = np.array(
        [read_period(text, month_first=bool(turned)) for text in texts] or [(-1, -1)], dtype=np.int64
    )
    told = tuple(found)[:20] if dates == "auto" else ()
    first, either = told if turned else (), told if turned is None else ()
    months, years = read[codes, 0], read[codes, 1]
    months[codes < 0] = years[codes < 0] = -1
    bad = [text for text, (_, of_year) in zip(texts, read, strict=False) if of_year < 0]
    unreadable = int(((codes >= 0) & (years < 0)).sum())
    if period is None and month is not None:
        of_year = _months_of_year(month)
        months = np.where((of_year >= 0) & (years >= 0), 12 * years + of_year, -1)
    annual = bool((years >= 0).any() and not (months >= 0).any())
    year_only = (years >= 0) & (months < 0)
    if annual:
        return Periods(
            months, years, annual, tuple(bad[:20]), unreadable, month_first=first, either_way=either
        )
    said = tuple(texts[code] for code in pd.unique(codes[year_only])[:20])
    years = np.where(months >= 0, months // 12, -1)
    return Periods(
        months, years, annual, tuple(bad[:20]), unreadable, said, int(year_only.sum()), first, either
    )


def _months_of_year(column: pd.Series) -> NDArray[np.int64]:
    codes, texts = _as_texts(column)
    numbers = []
    for text in texts:
        plain = text.strip().casefold()
        by_name = _MONTH_NUMBER.get(plain[:3], -1)
        number = int(plain) - 1 if plain.isdigit() and 1 <= int(plain) <= 12 else by_name
        numbers.append(
            number if number >= 0 else read_period(plain)[0] % 12 if read_period(plain)[0] >= 0 else -1
        )
    found = np.array(numbers or [-1], dtype=np.int64)[codes]
    found[codes < 0] = -1
    return found
