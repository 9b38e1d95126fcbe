"""Facility reports as arrays: who reported what for when, with every doubtful cell counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import MAX_EXAMPLES, BadInput, Note
from analysis.core.names import fold_header
from analysis.core.zones import state_of

from .fields import GROUP_LABELS, METHOD_LABELS, Indicator
from .identity import number_places, row_note, text_codes
from .periods import DateOrder, Periods, read_periods
from .schema import OUTPATIENT_FIELDS, Schema

AboveTested = Literal["exclude", "cap", "keep"]
Floats = NDArray[np.float64]
STATUSES = ("tested", "positive")
# What tells which report a row is.
# Compared as they were understood, not as written.
IDENTITY = (
    "state", "lga", "ward", "ward_code", "facility", "facility_level", "period", "year", "month",
)  # fmt: skip
# Headers of columns that number the rows of a file.
BOOKKEEPING = frozenset(
    {"sn", "sno", "snumber", "serial", "serialno", "serialnumber", "no", "number", "row", "rowno", "rownumber", "index", "id", "uid",
     "uuid", "event", "eventid", "unnamed0"}
)  # fmt: skip


@dataclass(frozen=True)
class FacilityMonths:
    """n reports of facilities.

    `ward` (−1 unknown), `facility`, `level` (place in `LEVELS`, −1 unknown): int arrays of n that
    point into `wards` and `facilities`. `pairs`: P pairs of age group and test method. `counts`,
    `raw`: float arrays (n, P, 2) of tested and positive, cleaned and as written; NaN is missing.
    `outpatients`, `presumed`: age group to float array of n. `line`: file line of each report. `rest`:
    one number for all else that a row says; equal numbers, equal cells.
    """

    ward: NDArray[np.intp]
    facility: NDArray[np.intp]
    level: NDArray[np.intp]
    line: NDArray[np.int64]
    periods: Periods
    pairs: tuple[tuple[str, str], ...]
    counts: Floats
    raw: Floats
    above: NDArray[np.bool_]
    one_sided: NDArray[np.bool_]
    outpatients: Mapping[str, Floats]
    presumed: Mapping[str, Floats]
    wards: pd.DataFrame
    facilities: pd.DataFrame
    rest: NDArray[np.uint64]
    notes: tuple[Note, ...] = ()

    @property
    def named(self) -> NDArray[np.bool_]:
        """Whether a report names its facility."""
        return self.facilities["facility"].fillna("").ne("").to_numpy(dtype=bool)[self.facility]

    @property
    def reported(self) -> NDArray[np.bool_]:
        """Whether a report holds any count as written."""
        return np.asarray(~np.isnan(self.raw).all(axis=(1, 2)))


def facility_months(
    frame: pd.DataFrame,
    lines: NDArray[np.int64],
    schema: Schema,
    *,
    above_tested: AboveTested = "exclude",
    state: str = "",
    boundaries: pd.DataFrame | None = None,
    dates: DateOrder = "auto",
) -> FacilityMonths:
    """Turn a cleaned facility table into arrays.

    Parameters
    ----------
    frame, lines
        From `dhis2.clean`.
    schema : Schema
        Of that frame.
    above_tested : {"exclude", "cap", "keep"}
        What happens to a report with more positive than tested persons.
    state : str
        Keep only this state.
    boundaries : pandas.DataFrame, optional
        The wards of the map: where names differ there in a hyphen or space only, they stay apart here.
    dates : {"auto", "day_first", "month_first"}
        As `read_periods` has it.

    Raises
    ------
    BadInput
        For a column of counts that holds text, or a state that is not in the file.

    Notes
    -----
    Negative counts and text become missing; counts that are no whole numbers stay, and are told. A pair of which one
    side is missing is left out altogether: a rate can't be made of it, and 0 would be invented. All are counted.
    """
    notes: list[Note] = []
    if state:
        frame, lines = _of_state(frame, lines, schema, state)
    pairs = tuple(schema.pairs())
    raw = np.full((len(frame), len(pairs), 2), np.nan)
    for k, (group, method) in enumerate(pairs):
        for side, status in enumerate(STATUSES):
            raw[:, k, side] = _numbers(frame, schema.indicators[Indicator(group, method, status)])
    headers = [schema.indicators[Indicator(*pair, status)] for pair in pairs for status in STATUSES]
    others = [schema.places[field] for field in OUTPATIENT_FIELDS.values() if field in schema.places]
    others += [header for count, header in schema.indicators.items() if count.status == "presumed"]
    beside = {header: _numbers(frame, header) for header in others}
    columns = [*(raw[:, k, side] for k in range(len(pairs)) for side in range(2)), *beside.values()]
    notes += _strange_notes([*headers, *beside], columns, lines)
    raw[raw < 0] = np.nan
    counts, above, one_sided = _cleaned(raw, above_tested)
    notes += _cell_notes(above, one_sided, pairs, lines, above_tested)
    ward, facility, level, wards, facilities, place_notes = number_places(frame, lines, schema, boundaries)
    places = schema.places
    periods = read_periods(
        *(frame[places[name]] if name in places else None for name in ("period", "year", "month")),
        dates=dates,
    )
    if not len(periods.month):
        nothing = np.full(len(frame), -1, dtype=np.int64)
        periods = Periods(nothing, nothing, False)
        place_notes.append(
            Note("no_period", "info", "No column tells the month or year; all rows count as one period.")
        )
    elif periods.unreadable_count:
        message = "Periods could not be read; these rows count only where no period is asked for."
        if 2 * periods.unreadable_count > len(frame):
            message = (
                "Most periods could not be read: these rows count only where no period is asked for, and reports that "
                "stand in the file twice could not be looked for among them."
            )
        place_notes.append(
            Note("unreadable_periods", "warning", message, periods.unreadable_count, periods.unreadable)
        )
    if periods.month_first:
        message = (
            "Dates were read as month/day/year: as day/month/year they would all be of one month, or of none."
        )
        place_notes.append(
            Note("dates_month_first", "warning", message, len(periods.month_first), periods.month_first)
        )
    if periods.either_way:
        message = (
            "Nothing in the file tells whether these dates are day/month/year or month/day/year; they were read as the "
            "former. If that is wrong, choose the other order, or write the months as 2024-03."
        )
        place_notes.append(
            Note("dates_either_way", "warning", message, len(periods.either_way), periods.either_way)
        )
    if periods.year_only_count:
        message = "Rows tell a year and no month while others tell months; they count only where no period is asked for."
        place_notes.append(
            Note("periods_without_month", "warning", message, periods.year_only_count, periods.year_only)
        )
    outpatients = {g: _positive(beside[places[f]]) for g, f in OUTPATIENT_FIELDS.items() if f in places}
    presumed = {i.group: _positive(beside[h]) for i, h in schema.indicators.items() if i.status == "presumed"}
    read = {*headers, *(places[name] for name in IDENTITY if name in places)}
    read |= {str(name) for name in frame.columns if _is_bookkeeping(frame[name])}
    made = FacilityMonths(ward, facility, level, lines, periods, pairs, counts, raw, above, one_sided, outpatients,
                          presumed, wards, facilities, _rest(frame, read), (*notes, *place_notes))  # fmt: skip
    return with_levels(made)


def _is_bookkeeping(column: pd.Series) -> bool:
    """Whether a column only numbers the rows: by its header, and with no number twice."""
    known = column.dropna()
    return fold_header(str(column.name)) in BOOKKEEPING and bool(known.is_unique)


def _rest(frame: pd.DataFrame, read: set[str]) -> NDArray[np.uint64]:
    """A number for the cells of each row in all columns but those that were `read`."""
    number = np.zeros(len(frame), dtype=np.uint64)
    for name in frame.columns:
        if name not in read and frame[name].notna().any():
            cells = pd.util.hash_pandas_object(frame[name], index=False).to_numpy(dtype=np.uint64)
            number = number * np.uint64(1_000_003) ^ cells
    return number


def with_levels(months: FacilityMonths) -> FacilityMonths:
    """Return the reports with one level for each facility: the one that most of them state, the latest of equals.

    Reports that may be of several facilities keep what they state: those without a name, and those of one name that
    state several levels in one period.
    """
    stated = pd.DataFrame({"facility": months.facility, "level": months.level, "when": months.periods.index})
    stated = stated[(months.level >= 0) & months.named]
    once = stated.drop_duplicates()
    several = once.loc[once.duplicated(["facility", "when"]), "facility"]
    stated = stated[~stated["facility"].isin(several)]
    counted = stated.groupby(["facility", "level"])["when"].agg(["size", "max"]).reset_index()
    most = counted.sort_values(["size", "max", "level"]).drop_duplicates("facility", keep="last")
    of_unit = most.set_index("facility")["level"].reindex(range(len(months.facilities))).fillna(-1)
    own = of_unit.to_numpy(dtype=np.intp)
    level = np.where(own[months.facility] >= 0, own[months.facility], months.level)
    units = months.facilities["level"].to_numpy(dtype=np.intp)
    facilities = months.facilities.assign(level=np.where(own >= 0, own, units))
    notes = list(months.notes)
    for code, message, rows in (
        ("levels_differ", "Facilities state several levels; all reports of each count with the one that most of them state.",
         (months.level >= 0) & (months.level != level)),
        ("levels_filled", "Reports without a facility level took that of their facility in other rows.",
         (months.level < 0) & (level >= 0)),
    ):  # fmt: skip
        if rows.any():
            severity: Any = "warning" if code == "levels_differ" else "info"
            notes.append(row_note(code, message, rows, months.line, severity=severity))
    return replace(months, level=level, facilities=facilities, notes=tuple(notes))


def without_copies(months: FacilityMonths) -> FacilityMonths:
    """Return the reports without exact copies: same named facility, period, counts (not all of them 0) and all else.

    Reports of one facility and period with unlike counts stay, and are told in the notes; so do those whose counts are
    equal and that name no facility, or differ in another column.
    """
    index = months.periods.index
    dated = (index >= 0) & (months.facility >= 0) & months.reported
    keys = pd.DataFrame({"facility": months.facility, "period": index})
    repeated: NDArray[np.bool_] = np.asarray(dated & keys.duplicated(keep=False).to_numpy())
    if not repeated.any():
        return months
    where = np.flatnonzero(repeated)
    raw = months.raw[where].reshape(len(where), -1)
    counts = pd.concat(
        [keys.iloc[where].reset_index(drop=True), pd.DataFrame(np.nan_to_num(raw, nan=-1.0))], axis=1
    )
    counted = (np.nan_to_num(raw) > 0).any(axis=1)
    copies = (
        counts.assign(rest=months.rest[where], level=months.level[where]).duplicated().to_numpy()
        & counted
        & months.named[where]
    )
    twins, several = counted & ~copies, ~copies
    twins[twins] = counts[twins].duplicated(keep=False)
    several[several] = counts.loc[several, ["facility", "period"]].duplicated(keep=False)
    notes = list(months.notes)
    for code, message, found in (
        ("copied_reports", "Reports that repeat another of the same facility and period were left out.", copies),
        ("alike_reports", "Reports of one place and period have the same counts, but name no facility or differ in another "
         "column; all are counted. If they are copies, leave one of each in the file.", twins),
        ("repeated_reports", "Facilities have several unlike reports for one period; all are counted.",
         several & ~twins & months.named[where]),
    ):  # fmt: skip
        if found.any():
            rows = np.zeros(len(index), dtype=bool)
            rows[where[found]] = True
            notes.append(row_note(code, message, rows, months.line))
    keep = np.ones(len(index), dtype=bool)
    keep[where[copies]] = False
    return select(months, keep, tuple(notes))


def select(months: FacilityMonths, keep: NDArray[np.bool_], notes: tuple[Note, ...]) -> FacilityMonths:
    """Return some of the reports."""
    periods = months.periods
    shown = replace(periods, month=periods.month[keep], year=periods.year[keep])
    return FacilityMonths(
        months.ward[keep], months.facility[keep], months.level[keep], months.line[keep], shown, months.pairs,
        months.counts[keep], months.raw[keep], months.above[keep], months.one_sided[keep],
        {g: v[keep] for g, v in months.outpatients.items()}, {g: v[keep] for g, v in months.presumed.items()},
        months.wards, months.facilities, months.rest[keep], notes,
    )  # fmt: skip


def with_raw(months: FacilityMonths, raw: Floats, above_tested: AboveTested) -> FacilityMonths:
    """Return the reports with other counts as written, to which the rules for doubtful cells are applied anew."""
    counts, above, one_sided = _cleaned(raw, above_tested)
    others = [note for note in months.notes if note.code not in ("positive_above_tested", "one_side_missing")]
    notes = (*_cell_notes(above, one_sided, months.pairs, months.line, above_tested), *others)
    return replace(months, raw=raw, counts=counts, above=above, one_sided=one_sided, notes=notes)


def refuse_swapped(months: FacilityMonths, schema: Schema, groups: tuple[str, ...]) -> list[Note]:
    """Refuse columns of tested and positive persons that look exchanged.

    Parameters
    ----------
    groups : tuple of str
        The age groups that are asked for; an exchange in another one is told in a note.

    Raises
    ------
    BadInput
        If more than half of the filled reports of a pair have more positive than tested persons.
    """
    notes = []
    with np.errstate(invalid="ignore"):
        filled: NDArray[np.bool_] = np.asarray((months.raw > 0).all(axis=2))
        more = filled & (months.raw[:, :, 1] > months.raw[:, :, 0])
    for k, (group, method) in enumerate(months.pairs):
        cases, total = int(more[:, k].sum()), int(filled[:, k].sum())
        if total < 10 or cases <= total / 2:
            continue
        tested = schema.indicators[Indicator(group, method, "tested")]
        positive = schema.indicators[Indicator(group, method, "positive")]
        label = f"{GROUP_LABELS[group]}, {METHOD_LABELS[method]}"
        detail = (f"{label}: {positive} (positive) is larger than {tested} (tested) in {cases} of {total} reports. "
                  "The two columns look exchanged.")  # fmt: skip
        names = "tested_{0}={1},positive_{0}={2}".format(
            group if method == "any" else f"{group}_{method}", positive, tested
        )
        if group in groups:
            raise BadInput("columns_look_swapped", "Tested and positive look exchanged", detail,
                           f"If so, say {names}; if not, name the right columns.", where=f"{tested}, {positive}",
                           examples=[f"row {line}" for line in months.line[more[:, k]][:20]])  # fmt: skip
        notes.append(Note("columns_look_swapped", "warning", detail, cases))
    return notes


def _cleaned(raw: Floats, above_tested: AboveTested) -> tuple[Floats, NDArray[np.bool_], NDArray[np.bool_]]:
    """Pairs without one-sided cells and with the rule for more positive than tested applied."""
    counts = raw.copy()
    missing = np.isnan(raw)
    one_sided = missing[:, :, 0] != missing[:, :, 1]
    with np.errstate(invalid="ignore"):
        above: NDArray[np.bool_] = np.asarray(raw[:, :, 1] > raw[:, :, 0])
    if above_tested == "cap":
        counts[above, 1] = counts[above, 0]
    elif above_tested == "exclude":
        counts[above] = np.nan
    counts[one_sided] = np.nan
    return counts, above, one_sided


def _strange_notes(headers: Sequence[str], columns: Sequence[Floats], lines: NDArray[np.int64]) -> list[Note]:
    """Say in which rows and columns a count is negative, or no whole number of persons."""
    negative = [np.flatnonzero(column < 0) for column in columns]
    with np.errstate(invalid="ignore"):
        parted = [np.flatnonzero((column > 0) & (column != np.floor(column))) for column in columns]
    said = (
        ("negative_counts", "Negative counts are taken as missing.", negative),
        (
            "counts_not_whole",
            "Persons come in whole numbers; these counts are none and were counted as they stand. If their dot or comma "
            "sets off thousands (1.234 for 1,234), write the numbers without it and load the file again.",
            parted,
        ),
    )
    notes = []
    for code, message, rows in said:
        count = sum(map(len, rows))
        if not count:
            continue
        first = sorted((row, k) for k, found in enumerate(rows) for row in found[:MAX_EXAMPLES])[
            :MAX_EXAMPLES
        ]
        amounts = [f": {columns[k][row]:.10g}" if code == "counts_not_whole" else "" for row, k in first]
        where = tuple(
            f"row {lines[row]}: {headers[k]}{amount}" for (row, k), amount in zip(first, amounts, strict=True)
        )
        notes.append(Note(code, "warning", message, count, where))
    return notes


def _positive(values: Floats) -> Floats:
    return np.where(values >= 0, values, np.nan)


def _numbers(frame: pd.DataFrame, header: str) -> Floats:
    column = frame[header]
    if column.dtype.kind != "f" and column.notna().any():
        examples = [str(value) for value in column.dropna().unique()[:20]]
        raise BadInput("counts_are_text", "A column of counts holds text", f"{header} holds words where numbers are "
                       "expected.", "Choose the column with the counts, or correct its cells.", where=header,
                       examples=examples)  # fmt: skip
    return np.array(column, dtype=np.float64)


def _of_state(frame: pd.DataFrame, lines: NDArray[np.int64], schema: Schema, state: str) -> Any:
    codes, texts = text_codes(frame, schema.places.get("state"))
    wanted = state_of(state)
    fits = [state_of(text) == wanted if wanted else text.casefold() == state.casefold() for text in texts]
    if not any(fits):
        raise BadInput("state_not_in_file", "The state is not in the file", f"No row belongs to {state}.",
                       "Choose one of the states of the file.", where="state", examples=texts)  # fmt: skip
    keep = np.array([*fits, False])[codes]
    return frame[keep].reset_index(drop=True), lines[keep]


def _cell_notes(above: NDArray[np.bool_], one_sided: NDArray[np.bool_], pairs: tuple[tuple[str, str], ...],
                lines: NDArray[np.int64], rule: str) -> list[Note]:  # fmt: skip
    notes = []
    done = {"exclude": "left out", "cap": "capped at the tested", "keep": "kept"}[rule]
    for k, (group, method) in enumerate(pairs):
        label = f"{GROUP_LABELS[group]}, {METHOD_LABELS[method]}"
        if above[:, k].any():
            notes.append(row_note("positive_above_tested", f"{label}: more positive than tested; these were {done}.",
                               above[:, k], lines))  # fmt: skip
        if one_sided[:, k].any():
            notes.append(row_note("one_side_missing", f"{label}: tested or positive is missing, so neither is counted.",
                               one_sided[:, k], lines))  # fmt: skip
    return notes
