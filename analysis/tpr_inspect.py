"""What an upload of facility reports holds, as kept with the file and shown on the mapping screen. Needs no Django."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.errors import BadInput
from analysis.core.tpr import dhis2, months, schema
from analysis.core.tpr.periods import month_name
from analysis.readers.facilities import read_facilities

FIRST_ROWS = 5


def inspect_facilities(path: Path, filename: str, *, sheet: str = "") -> dict[str, Any]:
    """Return the report of an upload; raise `BadInput` when it can't be read at all.

    What only a person can settle, such as a missing ward column, is told in ``unsettled``.
    """
    found = read_facilities(path, filename, sheet=sheet)
    frame, lines, cleaning = dhis2.clean(found.frame, found.lines)
    fields = schema.detect(frame)
    unsettled: dict[str, Any] | None = None
    counts: dict[str, Any] = {}
    try:
        schema.require_fields(fields, filename, [str(name) for name in frame.columns])
        made = months.facility_months(frame, lines, fields)
        counts = _counts(made)
        months.refuse_swapped(made, fields, ("u5", "o5", "pw", "all"))
    except BadInput as refusal:
        unsettled = refusal.problem()
    notes = [*found.notes, *cleaning.notes, *fields.notes]
    return {
        "rows": len(frame),
        "columns": [str(name) for name in frame.columns],
        "first_rows": _first_rows(frame),
        "header_row": found.header_row,
        "sheet": found.sheet,
        "encoding": found.encoding,
        "layout": fields.layout,
        "fields": fields.as_dict(),
        "cleaning": cleaning.as_dict(),
        "counts": counts,
        "unsettled": unsettled,
        "notes": [note.as_dict() for note in dict.fromkeys(notes)],
    }


def _first_rows(frame: pd.DataFrame) -> list[list[Any]]:
    first = frame.head(FIRST_ROWS).astype(object)
    return first.where(first.notna(), None).values.tolist()


def _counts(made: months.FacilityMonths) -> dict[str, Any]:
    """How many reports and tests stand behind each choice."""
    tested = pd.DataFrame(made.counts[:, :, 0], columns=pd.Index([f"{g}:{m}" for g, m in made.pairs])).sum()
    by_level = (
        pd.Series(made.counts[:, :, 0].sum(axis=1, where=made.counts[:, :, 0] >= 0)).groupby(made.level).sum()
    )
    facilities = pd.Series(made.facility).groupby(made.level).nunique()
    index = made.periods.index
    known = sorted(set(index[index >= 0].tolist()))
    labels = [str(i) if made.periods.annual else month_name(i) for i in known]
    names = {**dict(enumerate(schema.LEVELS)), -1: "not stated"}
    return {
        "facilities": len(made.facilities),
        "wards": len(made.wards),
        "states": sorted(made.wards["state_name"].dropna().unique()),
        "tested": {str(name): float(total) for name, total in tested.items()},
        "levels": {
            names[level]: {"facilities": int(facilities[level]), "tested": float(by_level[level])}
            for level in facilities.index
        },
        "first_period": labels[0] if labels else "",
        "last_period": labels[-1] if labels else "",
        "years": sorted({label[:4] for label in labels}),
    }
