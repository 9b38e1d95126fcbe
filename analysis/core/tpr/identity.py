"""Which rows are of one facility and one ward, and what level a facility has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import Note
from analysis.core.names import clean_code, normalise_name
from analysis.core.zones import State, lga_key, state_of

from .schema import LEVELS, Schema, level_of

UNKNOWN_WARDS = frozenset(
    [
        "", "unknown", "unknow", "unknown ward", "not known", "not stated", "n a", "na", "nil", "none", "others", "other",
    ]
)  # fmt: skip


def number_places(
    frame: pd.DataFrame, lines: NDArray[np.int64], schema: Schema, boundaries: pd.DataFrame | None = None
) -> Any:
    """Number wards and facilities; a facility's known ward fills the rows that don't name it.

    Spellings of one name are one ward, and told in a note, unless `boundaries` (``ward_name, lga_name``) has
    several wards in that LGA that only their spelling tells apart.
    """
    notes: list[Note] = []
    header = schema.places.get
    state, states = text_codes(frame, header("state"))
    lga, lgas = text_codes(frame, header("lga"))
    ward, wards = text_codes(frame, header("ward"))
    unit, units = text_codes(frame, header("facility"))
    code, codes = text_codes(frame, header("ward_code"))
    known_states = [state_of(text) for text in states]
    prefixes = sorted({prefix for found in known_states if found for prefix in found.prefixes})
    own = [_lone_state(known_states, boundaries), *known_states]
    lga_keys, at = _lgas_by_state(lgas, lga, own, state, prefixes)
    ward_key = _ward_keys(wards, prefixes)
    unknown = np.array([*(key in UNKNOWN_WARDS for key in ward_key), True])[ward]
    rows = pd.DataFrame({"state": np.where(state < 0, -1, _same(states, "state")[state]), "lga": _number(lga_keys)[at],
                         "ward": _number(ward_key)[ward], "code": code,
                         "unit": _number([u.casefold() for u in units])[unit]})  # fmt: skip
    on_map = _times_on_map(boundaries, prefixes, known_states)
    times = np.array([*(on_map.get(key, 0) for key in ward_key), 0])[ward]
    # "General Hospital, Central" may be one of each ward Central that the map has.
    donor = _lenders(
        rows,
        (
            (["state", "unit", "ward"], ~unknown & (unit >= 0) & (times <= 1)),
            (["state", "ward"], ~unknown & (times == 1)),
        ),
    )
    if (lent := donor >= 0).any():
        for array in (lga, at):
            array[lent] = array[donor[lent]]
        rows["lga"] = _number(lga_keys)[at]
        message = "Rows without an LGA took the only one that their facility and ward, or their ward, has in other rows."
        notes.append(row_note("lga_lent", message, lent, lines, severity="info"))
    rows["spelling"], merged = _spellings(
        rows, wards, ward, lga_keys, at, ward_key, prefixes, boundaries, own[0]
    )
    notes += merged
    facility = rows.groupby(["state", "lga", "unit"], sort=False).ngroup().to_numpy()
    if header("facility") is None:
        facility = rows.groupby(["state", "lga", "ward", "spelling"], sort=False).ngroup().to_numpy()
    number = rows.groupby(["state", "lga", "ward", "spelling", "code"], sort=False).ngroup().to_numpy()
    number = np.where(unknown, -1, number)
    filled, notes_filled = _fill_unknown(
        number, facility, lines, named=header("facility") is not None and unit >= 0
    )
    notes += notes_filled
    left = filled < 0
    if left.any():
        notes.append(
            row_note(
                "unknown_wards", "Reports name no ward and their facility names none elsewhere.", left, lines
            )
        )
    facility = (
        pd.DataFrame({"unit": facility, "ward": filled})
        .groupby(["unit", "ward"], sort=False)
        .ngroup()
        .to_numpy()
    )
    filled, _ = _first_of(filled)
    # A ward is named by a row that names it, not by one that took it over.
    told = np.flatnonzero(~unknown & (filled >= 0))
    first = told[np.unique(filled[told], return_index=True)[1]]
    table = pd.DataFrame({"table_row": lines[first], "ward_name": _pick(wards, ward[first]),
                          "lga_name": _pick(lgas, lga[first]), "state_name": _pick(states, state[first])})  # fmt: skip
    if codes:
        table["ward_code"] = _pick(codes, code[first])
    facility, start = _first_of(facility)
    level, levels = text_codes(frame, header("facility_level"))
    order = {name: k for k, name in enumerate(LEVELS)}
    level_number = np.array([*(order.get(level_of(text) or "", -1) for text in levels), -1], dtype=np.intp)[
        level
    ]
    kinds = pd.DataFrame({"facility": _pick(units, unit[start]), "lga_name": _pick(lgas, lga[start]),
                          "state_name": _pick(states, state[start]), "ward": filled[start], "level": level_number[start], "table_row": lines[start]})  # fmt: skip
    return filled, facility, level_number, table, kinds, notes


def text_codes(frame: pd.DataFrame, header: str | None) -> tuple[NDArray[np.intp], list[str]]:
    """Codes and distinct texts of a column; numbers become codes as text, missing becomes −1."""
    if header is None:
        return np.full(len(frame), -1, dtype=np.intp), []
    codes, values = pd.factorize(frame[header])
    return codes, [clean_code(v) if isinstance(v, float) else " ".join(str(v).split()) for v in values]


def _ward_keys(texts: list[str], prefixes: list[str]) -> list[str]:
    """Wards in comparable form, with what stands in brackets."""
    found = []
    for text in texts:
        first = text.split(maxsplit=1)[0].casefold() if text else ""
        plain = normalise_name(text, level="ward", state_prefix=first if first in prefixes else None)
        inside = text.partition("(")[2].rstrip(") ").casefold()
        found.append(f"{plain} ({inside})" if inside else plain)
    return found


def _lone_state(named: list[State | None], boundaries: pd.DataFrame | None) -> State | None:
    """The state of rows that name none: the only one of the file, else the only one of the map."""
    known = {state.name: state for state in named if state}
    if not known and boundaries is not None and "state_name" in boundaries:
        on_map = (state_of(text) for text in boundaries["state_name"].dropna().unique())
        known = {state.name: state for state in on_map if state}
    return next(iter(known.values())) if len(known) == 1 else None


def _lgas_by_state(
    texts: list[str],
    lga: NDArray[np.intp],
    own: list[State | None],
    state: NDArray[np.intp],
    prefixes: list[str],
) -> tuple[list[str], NDArray[np.intp]]:
    """Comparable names of the LGAs as their own states have them, and which of these each row has; −1 none.

    `own`: the state of rows that name none, then that of each text of a state.
    """
    pair = pd.Series(lga * len(own) + state + 1).where(lga >= 0)
    at, pairs = pd.factorize(pair)
    keys = [lga_key(texts[int(k) // len(own)], own[int(k) % len(own)], prefixes) for k in pairs]
    return keys, at.astype(np.intp)


def _times_on_map(
    boundaries: pd.DataFrame | None, prefixes: list[str], states: list[State | None]
) -> Mapping[str, int]:
    """How many wards of the map bear each name in the states of the file; nothing where no map is known."""
    if boundaries is None:
        return {}
    named = {state.name for state in states if state}
    if named and "state_name" in boundaries:
        theirs = {
            text: state.name if (state := state_of(text)) else ""
            for text in boundaries["state_name"].dropna().unique()
        }
        inside = boundaries["state_name"].map(theirs).isin({*named, ""}) | boundaries["state_name"].isna()
        boundaries = boundaries[inside]
    return Counter(_ward_keys([str(name) for name in boundaries["ward_name"].dropna()], prefixes))


def _lenders(rows: pd.DataFrame, rules: Any) -> NDArray[np.intp]:
    """For each row without an LGA a row that has the only one there is of the same keys; −1 none."""
    donor = np.full(len(rows), -1, dtype=np.intp)
    lacks = rows["lga"].to_numpy() < 0
    for keys, may in rules if lacks.any() and not lacks.all() else ():
        there = rows[may & ~lacks].drop_duplicates([*keys, "lga"])
        single = there[~there.duplicated(keys, keep=False)][keys].assign(donor=lambda frame: frame.index)
        want = rows.loc[may & lacks & (donor < 0), keys].reset_index()
        found = want.merge(single, on=keys)
        donor[found["index"]] = found["donor"]
    return donor


def _spellings(
    rows: pd.DataFrame,
    wards: list[str],
    ward: NDArray[np.intp],
    lga_keys: list[str],
    lga: NDArray[np.intp],
    ward_key: list[str],
    prefixes: list[str],
    boundaries: pd.DataFrame | None,
    lone: State | None,
) -> tuple[NDArray[np.intp], list[Note]]:
    """A number per spelling where spelling alone tells wards apart, −1 elsewhere; and which were taken as one."""
    spelt = [_spelt(text, prefixes) for text in wards]
    named = pd.DataFrame(
        {"state": rows["state"], "lga": rows["lga"], "text": ward, "at": lga}
    ).drop_duplicates()
    named = named[(named["text"] >= 0) & rows["ward"].loc[named.index].ge(0)]
    named["key"] = [ward_key[k] for k in named["text"]]
    named["lga_key"] = [lga_keys[k] if k >= 0 else "" for k in named["at"]]
    named["spelt"] = [spelt[k] for k in named["text"]]
    named = named[~named["key"].isin(UNKNOWN_WARDS)]
    place = ["state", "lga", "key"]
    several = named[named.groupby(place)["spelt"].transform("nunique") > 1]
    split = np.zeros(len(several), dtype=bool)
    if boundaries is not None and len(several):
        lgas, twins = _told_apart(boundaries, prefixes, lone)
        # An LGA that the map does not know by this name may be any of its LGAs.
        somewhere = {key for _, key in twins}
        split = np.array([(at, key) in twins if at in lgas else key in somewhere
                          for at, key in zip(several["lga_key"], several["key"], strict=True)], dtype=bool)  # fmt: skip
    number = np.full(len(rows), -1, dtype=np.intp)
    apart = several[split][["state", "lga", "text", "spelt"]].drop_duplicates()
    if len(apart):
        keys = pd.DataFrame({"state": rows["state"], "lga": rows["lga"], "text": ward})
        found = keys.merge(apart, on=["state", "lga", "text"], how="left")["spelt"]
        number = pd.factorize(found)[0].astype(np.intp)
    one = (
        several[~split]
        .groupby(place, sort=True)["text"]
        .agg(lambda at: " = ".join(sorted({wards[k] for k in at})))
    )
    if one.empty:
        return number, []
    message = "Spellings of one name in one LGA were counted as one ward."
    return number, [Note("ward_spellings_joined", "info", message, len(one), tuple(one)[:20])]


def _spelt(text: str, prefixes: list[str]) -> str:
    """A name as it is written, but for case, spaces, the prefix of the state and "Ward" at the end."""
    words = text.casefold().split()
    words = words[1:] if len(words) > 1 and words[0] in prefixes else words
    return " ".join(words[:-1] if len(words) > 1 and words[-1] == "ward" else words)


def _told_apart(
    boundaries: pd.DataFrame, prefixes: list[str], lone: State | None
) -> tuple[set[str], set[tuple[str, str]]]:
    """The LGAs of a map, and the names (with their LGA) that several wards of one LGA bear in different spellings."""
    texts = {name: ["" if pd.isna(text) else " ".join(str(text).split()) for text in boundaries[name]]
             for name in ("ward_name", "lga_name", "state_name") if name in boundaries}  # fmt: skip
    states = {text: state_of(text) for text in texts.get("state_name", [])}
    own = [states.get(text) or lone for text in texts.get("state_name", [""] * len(boundaries))]
    listed = pd.DataFrame({"lga": [lga_key(text, state, prefixes) for text, state in zip(texts["lga_name"], own, strict=True)],
                           "key": _ward_keys(texts["ward_name"], prefixes),
                           "spelt": [_spelt(text, prefixes) for text in texts["ward_name"]]})  # fmt: skip
    count = listed[listed["key"] != ""].groupby(["lga", "key"])["spelt"].nunique()
    return set(listed["lga"]) - {""}, set(count.index[count > 1])


def _same(texts: list[str], level: Any) -> NDArray[np.intp]:
    named = [state.name if (state := state_of(text)) else normalise_name(text, level=level) for text in texts]
    return _number(named)


def _number(keys: list[str]) -> NDArray[np.intp]:
    """One number per distinct key, with −1 at the end for what is missing."""
    numbers, _ = pd.factorize(pd.Series(keys, dtype=object)) if keys else (np.array([], dtype=np.intp), None)
    return np.append(numbers, -1).astype(np.intp)


def _pick(texts: list[str], codes: NDArray[np.intp]) -> Any:
    return pd.array(np.array([*texts, None], dtype=object)[codes], dtype="str")


def _first_of(numbers: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Renumber 0, 1, 2 … in order of appearance, −1 staying; and the first row of each."""
    codes, _ = pd.factorize(pd.Series(numbers).where(numbers >= 0))
    _, first = np.unique(codes[codes >= 0], return_index=True)
    return codes.astype(np.intp), np.flatnonzero(codes >= 0)[first]


def _fill_unknown(
    number: NDArray[np.intp], facility: NDArray[np.intp], lines: NDArray[np.int64], *, named: Any
) -> tuple[NDArray[np.intp], list[Note]]:
    """Give a report without ward the only ward its facility has elsewhere in the file."""
    open_rows = (number < 0) & named
    if not np.any(open_rows) or not (number >= 0).any():
        return number, []
    known = pd.DataFrame({"facility": facility, "ward": number})[number >= 0].drop_duplicates()
    single = known[~known["facility"].duplicated(keep=False)].set_index("facility")["ward"]
    found = single.reindex(facility).to_numpy(dtype=np.float64, na_value=np.nan)
    take = open_rows & ~np.isnan(found)
    if not take.any():
        return number, []
    filled = np.where(take, np.nan_to_num(found, nan=-1), number).astype(np.intp)
    return filled, [row_note("ward_from_register", "Reports without a ward took the only ward their facility has in other "
                          "rows.", take, lines, severity="info")]  # fmt: skip


def row_note(code: str, message: str, rows: NDArray[np.bool_], lines: NDArray[np.int64], count: int | None = None,
          severity: Literal["info", "warning"] = "warning") -> Note:  # fmt: skip
    listed = tuple(f"row {line}" for line in lines[rows][:20])
    return Note(code, severity, message, int(rows.sum()) if count is None else count, listed)
