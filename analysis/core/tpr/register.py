"""Wards lent by a register of facilities to reports that name none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import BadInput, Note
from analysis.core.names import normalise_name
from analysis.core.zones import State, lga_key, state_of

from .identity import UNKNOWN_WARDS, row_note, text_codes
from .schema import Schema

WARD, LGA = "ward (facility register)", "LGA (facility register)"
_MARKS = re.compile(r"[^\w]+")


def lend_wards(
    frame: pd.DataFrame, lines: NDArray[np.int64], schema: Schema, register: pd.DataFrame
) -> tuple[pd.DataFrame, Schema]:
    """Give each report without a ward the ward that a register knows its facility in.

    Parameters
    ----------
    frame, lines, schema
        Facility reports as cleaned, their file lines and their fields.
    register : pandas.DataFrame
        ``facility, ward, lga`` as text; `lga` may be missing.

    Returns
    -------
    frame, schema
        With a ward for every report whose facility the register has once in that LGA, or, where one of the two names
        no LGA, once altogether. A report that names its ward keeps it. Facilities that could not be found are told.

    Raises
    ------
    BadInput
        If no column of the reports names the facility.
    """
    header = schema.places.get
    if header("facility") is None:
        raise BadInput(
            "no_facility_column",
            "No column names the facilities",
            "A register of facilities can't be used: no column of the reports is known as the facility.",
            "Say which column holds it, as in facility=COLUMN.",
            where="header",
            examples=[str(name) for name in frame.columns],
        )
    ward, wards = text_codes(frame, header("ward"))
    lga, lgas = text_codes(frame, header("lga"))
    unit, units = text_codes(frame, header("facility"))
    state, states = text_codes(frame, header("state"))
    own = [state_of(text) for text in states]
    prefixes = frozenset(prefix for one in own if one for prefix in one.prefixes)
    named = {one.name: one for one in own if one}
    # Of rows that name no state: that of the file, if it is of one.
    own.append(next(iter(named.values())) if len(named) == 1 else None)
    unknown = np.array([*(normalise_name(text, level="ward") in UNKNOWN_WARDS for text in wards), True])[ward]
    place = pd.DataFrame({
        "facility": np.array([*_keys(units, prefixes), ""], dtype=object)[unit],
        "lga": np.array([*lgas, ""], dtype=object)[lga],
        "state": state,
    })  # fmt: skip
    asked = unknown & (unit >= 0)
    rows = place[asked].drop_duplicates()
    known = {k: _known(register, prefixes, own[k]) for k in rows["state"].unique()}
    found = {
        (f, at, k): _find(known[k], f, lga_key(at, own[k], prefixes))
        for f, at, k in rows.itertuples(index=False)
    }
    entry = [
        found.get(key) if want else None
        for key, want in zip(place.itertuples(index=False, name=None), asked, strict=True)
    ]
    taken: NDArray[np.bool_] = np.array([one is not None for one in entry], dtype=bool)
    lent = [one for one in entry if one is not None]
    places, columns = dict(schema.places), {}
    for name, new, texts, codes in (("ward", WARD, wards, ward), ("lga", LGA, lgas, lga)):
        if name == "lga" and header("lga") is not None:
            continue
        values = np.array([*texts, None], dtype=object)[codes]
        values[taken] = [one[0] if name == "ward" else one[1] or None for one in lent]
        columns[new] = pd.Categorical(values)
        places[name] = new
    notes: list[Note] = []
    if taken.any():
        message = "Reports without a ward took that of their facility in the facility register."
        notes.append(row_note("ward_from_facility_register", message, taken, lines, severity="info"))
    missing = place["facility"].where(asked & ~taken).dropna().unique()
    if len(missing):
        shown = sorted({units[code] for code in unit[asked & ~taken]})
        message = "Facilities without a ward are not in the facility register, or several times."
        notes.append(Note("not_in_facility_register", "warning", message, len(shown), tuple(shown[:20])))
    return frame.assign(**columns), replace(schema, places=places, notes=[*schema.notes, *notes])


def _known(
    register: pd.DataFrame, prefixes: frozenset[str], state: State | None
) -> dict[tuple[str, str | None], set[tuple[str, str, str]]]:
    """Facility with LGA, and alone, to its places: ward, LGA and the key of that LGA, as a state has it."""
    texts = (
        register[["facility", "ward", "lga"]]
        .astype(object)
        .where(register[["facility", "ward", "lga"]].notna(), "")
    )
    found: dict[tuple[str, str | None], set[tuple[str, str, str]]] = {}
    for facility, ward, lga in texts.itertuples(index=False, name=None):
        if not str(facility).strip() or normalise_name(str(ward), level="ward") in UNKNOWN_WARDS:
            continue
        (key,), at = _keys([str(facility)], prefixes), lga_key(str(lga), state, prefixes)
        for where in {at, None}:
            found.setdefault((key, where), set()).add((str(ward), str(lga), at))
    return found


def _find(
    known: dict[tuple[str, str | None], set[tuple[str, str, str]]], facility: str, lga: str
) -> tuple[str, str] | None:
    entries = known.get((facility, lga), set()) if lga else known.get((facility, None), set())
    if lga and not entries:
        # The register may name no LGA for it.
        entries = known.get((facility, ""), set())
    places = {(normalise_name(ward, level="ward"), at): (ward, name) for ward, name, at in entries}
    return next(iter(places.values())) if len(places) == 1 else None


def _keys(texts: Sequence[str], prefixes: frozenset[str]) -> list[str]:
    """Facility names without case, marks and the prefix of the state."""
    keys = []
    for text in texts:
        words = _MARKS.sub(" ", text.casefold()).split()
        keys.append(" ".join(words[1:] if len(words) > 1 and words[0] in prefixes else words))
    return keys
