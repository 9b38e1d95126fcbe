"""Which rows are of one facility and one ward, and what level a facility has."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import Note
from analysis.core.names import clean_code, normalise_name
from analysis.core.zones import LGA_ALIASES, state_of

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
    lga_key = _keys(lgas, "lga", prefixes, known_states)
    ward_key = _keys(wards, "ward", prefixes, known_states)
    unknown = np.array([*(key in UNKNOWN_WARDS for key in ward_key), True])[ward]
    rows = pd.DataFrame({"state": np.where(state < 0, -1, _same(states, "state")[state]), "lga": _number(lga_key)[lga],
                         "ward": _number(ward_key)[ward], "code": code,
                         "unit": _number([u.casefold() for u in units])[unit]})  # fmt: skip
    rows["spelling"], merged = _spellings(rows, wards, ward, lga_key, lga, ward_key, prefixes, boundaries)
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
                          "ward": filled[start], "level": level_number[start], "table_row": lines[start]})  # fmt: skip
    return filled, facility, level_number, table, kinds, notes


def text_codes(frame: pd.DataFrame, header: str | None) -> tuple[NDArray[np.intp], list[str]]:
    """Codes and distinct texts of a column; numbers become codes as text, missing becomes −1."""
    if header is None:
        return np.full(len(frame), -1, dtype=np.intp), []
    codes, values = pd.factorize(frame[header])
    return codes, [clean_code(v) if isinstance(v, float) else " ".join(str(v).split()) for v in values]


def _keys(texts: list[str], level: Any, prefixes: list[str], states: list[Any]) -> list[str]:
    """Comparable names; a state's prefix counts only if the file is of that state."""
    single = next((s.name for s in states if s), "") if len({s.name for s in states if s}) == 1 else ""
    found = []
    for text in texts:
        first = text.split(maxsplit=1)[0].casefold() if text else ""
        plain = normalise_name(text, level=level, state_prefix=first if first in prefixes else None)
        inside = text.partition("(")[2].rstrip(") ").casefold() if level == "ward" else ""
        key = LGA_ALIASES.get(single, {}).get(plain, plain) if level == "lga" else plain
        found.append(f"{key} ({inside})" if inside else key)
    return found


def _spellings(
    rows: pd.DataFrame,
    wards: list[str],
    ward: NDArray[np.intp],
    lga_key: list[str],
    lga: NDArray[np.intp],
    ward_key: list[str],
    prefixes: list[str],
    boundaries: pd.DataFrame | None,
) -> tuple[NDArray[np.intp], list[Note]]:
    """A number per spelling where spelling alone tells wards apart, −1 elsewhere; and which were taken as one."""
    spelt = [_spelt(text, prefixes) for text in wards]
    named = pd.DataFrame(
        {"state": rows["state"], "lga": rows["lga"], "text": ward, "at": lga}
    ).drop_duplicates()
    named = named[(named["text"] >= 0) & rows["ward"].loc[named.index].ge(0)]
    named["key"] = [ward_key[k] for k in named["text"]]
    named["lga_key"] = [lga_key[k] if k >= 0 else "" for k in named["at"]]
    named["spelt"] = [spelt[k] for k in named["text"]]
    named = named[~named["key"].isin(UNKNOWN_WARDS)]
    place = ["state", "lga", "key"]
    several = named[named.groupby(place)["spelt"].transform("nunique") > 1]
    split = np.zeros(len(several), dtype=bool)
    if boundaries is not None and len(several):
        lgas, twins = _told_apart(boundaries, prefixes)
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


def _told_apart(boundaries: pd.DataFrame, prefixes: list[str]) -> tuple[set[str], set[tuple[str, str]]]:
    """The LGAs of a map, and the names (with their LGA) that several wards of one LGA bear in different spellings."""
    texts = {name: ["" if pd.isna(text) else " ".join(str(text).split()) for text in boundaries[name]]
             for name in ("ward_name", "lga_name", "state_name") if name in boundaries}  # fmt: skip
    states = [state_of(text) for text in set(texts.get("state_name", []))]
    listed = pd.DataFrame({"lga": _keys(texts["lga_name"], "lga", prefixes, states),
                           "key": _keys(texts["ward_name"], "ward", prefixes, []),
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
