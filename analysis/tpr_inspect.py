"""What an upload of facility reports holds, as kept with the file and shown on the mapping screen. Needs no Django."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.tpr import dhis2, months, schema, totals
from analysis.core.tpr.identity import text_codes
from analysis.core.tpr.periods import month_name
from analysis.core.zones import state_of
from analysis.readers.facilities import read_facilities

FIRST_ROWS = 5
# What else the months of reports have to tell stands with the result.
HOW_IT_WAS_READ = frozenset({"dates_month_first", "dates_either_way", "counts_not_whole"})


def inspect_facilities(path: Path, filename: str, *, sheet: str = "") -> dict[str, Any]:
    """Return the report of an upload; raise `BadInput` when it can't be read at all, or several sheets hold counts and
    none is named.

    What only a person can settle, such as a missing ward column, is told in ``unsettled``; ``sheets`` are those of the
    workbook, if it has several, ``sheet_rows`` the rows of those with counts.
    """
    found = read_facilities(path, filename, sheet=sheet, look_at_all=True)
    frame, lines, cleaning = dhis2.clean(found.frame, found.lines)
    fields = schema.detect(frame)
    counts, unsettled, told = _counted(frame, lines, fields, filename)
    notes = [*found.notes, *cleaning.notes, *fields.notes, *told]
    return {
        "rows": len(frame),
        "columns": [str(name) for name in frame.columns],
        "first_rows": _first_rows(frame),
        "header_row": found.header_row,
        "sheet": found.sheet,
        "sheets": list(found.sheets) if len(found.sheets) > 1 else [],
        "sheet_rows": found.sheet_rows,
        "encoding": found.encoding,
        "layout": fields.layout,
        "fields": fields.as_dict(),
        "cleaning": cleaning.as_dict(),
        "counts": counts,
        "unsettled": unsettled,
        "notes": [note.as_dict() for note in dict.fromkeys(notes)],
    }


def _counted(
    frame: pd.DataFrame, lines: np.ndarray, fields: schema.Schema, filename: str
) -> tuple[dict[str, Any], dict[str, Any] | None, list[Note]]:
    """What stands behind each choice, what a person must settle first, and what to look at."""
    counts: dict[str, Any] = {}
    notes: list[Note] = []
    unsettled: dict[str, Any] | None = None
    try:
        schema.require_fields(fields, filename, [str(name) for name in frame.columns])
    except BadInput as refusal:
        unsettled = refusal.problem()
        # A register of facilities may lend the wards.
        if refusal.code != "no_ward_column":
            return counts, unsettled, notes
    try:
        made = months.facility_months(frame, lines, fields)
        states = _by_state(frame, fields, made)
        doubled = totals.area_totals(made)
        read = [note for note in made.notes if note.code in HOW_IT_WAS_READ]
        notes = [*read, *totals.totals_notes(doubled, "keep")]
        counts = _counts(made) | {
            "by_state": states,
            "states": [row["name"] for row in states],
            "totals": len(doubled),
        }
        months.refuse_swapped(made, fields, ("u5", "o5", "pw", "all"))
    except BadInput as refusal:
        unsettled = unsettled or refusal.problem()
    return counts, unsettled, notes


def _by_state(
    frame: pd.DataFrame, fields: schema.Schema, made: months.FacilityMonths
) -> list[dict[str, Any]]:
    """What each state of the file holds; rows of an unknown ward count, too."""
    codes, texts = text_codes(frame, fields.places.get("state"))
    names = [state.name if (state := state_of(text)) else text for text in texts]
    tested = np.nansum(made.counts[:, :, 0], axis=1)
    rows = pd.DataFrame({"facility": made.facility, "tested": tested})
    grouped = rows.groupby(np.array([*names, None], dtype=object)[codes])
    return [
        {
            "name": str(name),
            "reports": len(part),
            "facilities": part["facility"].nunique(),
            "tested": float(part["tested"].sum()),
        }
        for name, part in grouped
    ]


def _first_rows(frame: pd.DataFrame) -> list[list[Any]]:
    first = frame.head(FIRST_ROWS).astype(object)
    return first.where(first.notna(), None).values.tolist()


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _counts(made: months.FacilityMonths) -> dict[str, Any]:
    """How many reports and tests stand behind each choice."""
    by_pair = pd.DataFrame(made.counts[:, :, 0], columns=pd.Index([f"{g}:{m}" for g, m in made.pairs]))
    tested = by_pair.sum(min_count=1).dropna()
    by_report = pd.DataFrame(made.counts[:, :, 0]).sum(axis=1, min_count=1)
    by_level = by_report.groupby(made.level).sum(min_count=1)
    facilities = pd.Series(made.facility).groupby(made.level).nunique()
    # Periods of which somebody reported a count; a calendar of empty rows is none.
    index = np.where(made.reported, made.periods.index, -1)
    known, time = np.unique(index, return_inverse=True)
    labels = [str(i) if made.periods.annual else month_name(i) for i in known.tolist() if i >= 0]
    by_time = np.bincount(time, weights=np.nansum(made.counts[:, :, 0], axis=1), minlength=len(known))[
        known >= 0
    ]
    names = {**dict(enumerate(schema.LEVELS)), -1: "not stated"}
    return {
        "facilities": len(made.facilities),
        "wards": len(made.wards),
        "tested": {str(name): float(total) for name, total in tested.items()},
        "levels": {
            names[level]: {"facilities": int(facilities[level]), "tested": _known(by_level[level])}
            for level in facilities.index
        },
        "first_period": labels[0] if labels else "",
        "last_period": labels[-1] if labels else "",
        "years": sorted({label[:4] for label in labels}),
        "by_period": dict(zip(labels, by_time.tolist(), strict=True)),
    }
