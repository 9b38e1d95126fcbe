"""Wards prepared for matching, and which LGA of a table is which LGA of the boundaries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .names import clean_code, name_tokens_agree, normalise_name, parenthesised
from .similarity import ACCEPT, MARGIN, assign, candidates, lead_over_rivals, name_score
from .zones import State, lga_key, state_of

Texts = NDArray[Any]


@dataclass(frozen=True)
class Places:
    """n wards side by side; texts are object arrays, empty where unknown.

    `norm` is the comparable name, `spelling` the name but for case and spaces (some wards differ from
    a neighbour in a hyphen only), `inside` what stood in brackets, `state` a state's name (empty
    when states can't be compared), `lga_key` tells LGAs apart within the frame, `lga` is its code. `order` is
    the place of each by its texts, so that nothing hangs on the order of rows; only rows with all texts in
    common go by their number.
    """

    name: Texts
    norm: Texts
    spelling: Texts
    inside: Texts
    code: Texts
    state: Texts
    lga_name: Texts
    lga_code: Texts
    lga_key: Texts
    lga: NDArray[np.intp]
    order: NDArray[np.intp]

    def in_order(self, at: NDArray[np.intp]) -> NDArray[np.intp]:
        """The same positions, by `order`."""
        return at[np.argsort(self.order[at])]


@dataclass(frozen=True)
class LgaLinks:
    """For each record: `block` the LGA number of the boundaries (−1 none given or comparable,
    −2 given but unknown there) and `sure`, whether the LGAs were matched beyond doubt."""

    block: NDArray[np.intp]
    sure: NDArray[np.bool_]


def _texts(values: Iterable[Any]) -> Texts:
    listed = list(values)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def _column(frame: pd.DataFrame, name: str) -> list[str]:
    if name not in frame.columns:
        return [""] * len(frame)
    return ["" if missing else str(value).strip()
            for value, missing in zip(frame[name], frame[name].isna(), strict=True)]  # fmt: skip


def _states(frame: pd.DataFrame) -> list[State | None]:
    names, codes = _column(frame, "state_name"), _column(frame, "state_code")
    known = {text: state_of(text) for text in {*names, *codes}}
    return [known[name] or known[code] for name, code in zip(names, codes, strict=True)]


def prepare_places(frame: pd.DataFrame, like: Places | None = None) -> Places:
    """Make the wards of a frame comparable.

    Parameters
    ----------
    frame : pandas.DataFrame
        With canonical place columns.
    like : Places, optional
        The boundaries, when `frame` is the table: a state missing in the table is taken from
        boundaries of a single state, and states compare only if both sides have them.
    """
    states = _states(frame)
    ours = {state.name: state for state in states if state}
    labels = ["" if state is None else state.name for state in states]
    single: State | None = None
    if like is not None:
        theirs = sorted(set(like.state))
        single = state_of(theirs[0]) if len(theirs) == 1 else None
        labels = [label or (single.name if single else "") for label in labels]
        if theirs == [""]:
            labels = [""] * len(labels)
    names = _column(frame, "ward_name")
    known = {**ours, **({single.name: single} if single else {})}
    norm = [_norm(name, known.get(label)) for name, label in zip(names, labels, strict=True)]
    inside = [parenthesised(name) for name in names]
    lga_name = [
        lga_key(name, known.get(label))
        for name, label in zip(_column(frame, "lga_name"), labels, strict=True)
    ]
    lga_code = [clean_code(code) for code in _column(frame, "lga_code")]
    keys = [f"{label}\u001f{code}\u001f{name}" if code or name else ""
            for label, code, name in zip(labels, lga_code, lga_name, strict=True)]  # fmt: skip
    numbers, _ = pd.factorize(pd.Series(keys, dtype=object), sort=True)
    lga = np.where(np.array(keys, dtype=object) == "", -1, numbers).astype(np.intp)
    codes = frame["ward_code"] if "ward_code" in frame.columns else [""] * len(frame)
    spelling = [" ".join(name.casefold().split()) for name in names]
    ward_code = [clean_code(code) for code in codes]
    rows = frame["table_row"] if "table_row" in frame.columns else [0] * len(frame)
    order = _order(zip(norm, inside, spelling, names, ward_code, rows, strict=True))
    return Places(
        _texts(names), _texts(norm), _texts(spelling), _texts(inside), _texts(ward_code), _texts(labels),
        _texts(lga_name), _texts(lga_code), _texts(keys), lga, order,
    )  # fmt: skip


def _order(keys: Iterable[tuple[Any, ...]]) -> NDArray[np.intp]:
    listed = list(keys)
    order = np.empty(len(listed), dtype=np.intp)
    order[sorted(range(len(listed)), key=listed.__getitem__)] = np.arange(len(listed))
    return order


def _norm(name: str, state: State | None) -> str:
    first = name.split(maxsplit=1)[0].casefold() if name.strip() else ""
    prefix = first if state and first in state.prefixes else None
    return normalise_name(name, state_prefix=prefix)


def link_lgas(records: Places, wards: Places) -> LgaLinks:
    """Match the LGAs of the table to those of the boundaries, by the rules for wards.

    Equal codes whose names are not unlike, then equal names, then alike names one to one; what is
    alike but not clearly so is linked without being `sure`, so that its wards go to review.
    """
    n = len(records.name)
    given = records.lga_key != ""
    comparable = (bool((records.lga_code != "").any()) and bool((wards.lga_code != "").any())) or (
        bool((records.lga_name != "").any()) and bool((wards.lga_name != "").any())
    )
    if not comparable:
        return LgaLinks(np.full(n, -1, dtype=np.intp), np.zeros(n, dtype=bool))
    ours, theirs = _lga_table(records), _lga_table(wards)
    linked = pd.Series(-2, index=ours.index, dtype=np.intp)
    sure = pd.Series(False, index=ours.index)
    _link_equal(ours, theirs, linked, sure, "code")
    _link_equal(ours, theirs, linked, sure, "name")
    _link_alike(ours, theirs, linked, sure)
    place = pd.Series(np.arange(len(ours)), index=ours["key"])
    block = np.full(n, -1, dtype=np.intp)
    certain = np.zeros(n, dtype=bool)
    at = place.loc[records.lga_key[given]].to_numpy()
    block[given], certain[given] = linked.to_numpy()[at], sure.to_numpy()[at]
    return LgaLinks(block, certain)


def _lga_table(places: Places) -> pd.DataFrame:
    frame = pd.DataFrame({"key": places.lga_key, "state": places.state, "code": places.lga_code,
                          "name": places.lga_name, "lga": places.lga})  # fmt: skip
    return frame[frame["key"] != ""].drop_duplicates("key").sort_values("key", ignore_index=True)


def _link_equal(
    ours: pd.DataFrame, theirs: pd.DataFrame, linked: pd.Series, sure: pd.Series, by: str
) -> None:
    still = ours[(linked == -2) & (ours[by] != "")].reset_index()
    other = theirs[theirs[by] != ""]
    keys = ["state", by]
    pairs = still.merge(other[~other.duplicated(keys, keep=False)], on=keys, suffixes=("", "_ward"))
    if by == "code" and len(pairs):
        names = zip(pairs["name"], pairs["name_ward"], strict=True)
        pairs = pairs[[not a or not b or name_score(a, b) >= 0.70 for a, b in names]]
    linked.loc[pairs["index"]] = pairs["lga_ward"].to_numpy()
    sure.loc[pairs["index"]] = True


def _link_alike(ours: pd.DataFrame, theirs: pd.DataFrame, linked: pd.Series, sure: pd.Series) -> None:
    for state in sorted(set(ours["state"])):
        named = theirs[(theirs["state"] == state) & (theirs["name"] != "")]
        mine = ours[(linked == -2) & (ours["state"] == state) & (ours["name"] != "")]
        other = named[~named["lga"].isin(linked)]
        pairs = candidates(mine["name"].tolist(), other["name"].tolist())
        lead = lead_over_rivals(pairs, len(mine), len(other))
        for k in assign(pairs, len(mine), len(other)):
            left, right = mine.index[pairs.left[k]], other.index[pairs.right[k]]
            clear = pairs.score[k] >= ACCEPT and lead[k] >= MARGIN - 1e-9
            linked[left] = other.loc[right, "lga"]
            sure[left] = bool(clear and name_tokens_agree(mine.loc[left, "name"], other.loc[right, "name"]))
        _link_variants(mine[linked[mine.index] == -2], named, linked)


def _link_variants(mine: pd.DataFrame, named: pd.DataFrame, linked: pd.Series) -> None:
    """A second spelling of an LGA that is already linked: its wards go to review."""
    pairs = candidates(mine["name"].tolist(), named["name"].tolist(), ACCEPT)
    lead = lead_over_rivals(pairs, len(mine), len(named))
    for k in np.flatnonzero(lead >= MARGIN - 1e-9):
        left, right = mine.index[pairs.left[k]], named.index[pairs.right[k]]
        if name_tokens_agree(mine.loc[left, "name"], named.loc[right, "name"]):
            linked[left] = named.loc[right, "lga"]
