"""Which record of a table belongs to which ward of the boundaries.

Nothing is dropped: every record leaves with a status, and what is doubtful waits for a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .duplicates import Rule, check_rule, settle_same_codes, settle_same_places
from .errors import BadInput, Note
from .match_report import ACCEPTED, REVIEW, Ledger, MatchReport, refuse_strangers, report_of
from .names import canonical_table, clean_code, name_tokens_agree, normalise_name, repair_dhis2
from .places import link_lgas, prepare_places
from .similarity import ACCEPT, MARGIN, Candidates, assign, candidates, lead_over_rivals, name_score

# Two names whose numbers or letters differ weigh this much less in the assignment.
_TOKEN_PENALTY = 0.25
NO_LGA, UNKNOWN_LGA = -1, -2


def match_wards(
    table: pd.DataFrame,
    boundaries: pd.DataFrame,
    *,
    confirmed: Mapping[int, str | None] | None = None,
    accept_review: bool = False,
    aliases: Mapping[str, str] | pd.DataFrame | None = None,
    duplicates: Rule = "refuse",
    spellings: bool = False,
) -> MatchReport:
    """Match the records of a ward table to boundary wards, one to one.

    Parameters
    ----------
    table : pandas.DataFrame of n records
        With ``ward_name`` and, where known, ``ward_code, lga_name, lga_code, state_name,
        state_code`` and ``table_row``; or the table as uploaded, whose columns are recognised.
    boundaries : pandas.DataFrame of m wards
        With unique ``ward_code``, ``ward_name`` and, where known, LGA and state.
    confirmed : mapping of table_row to ward_code or None, optional
        A person's decisions; None means the record is none of these wards.
    accept_review : bool
        Accept what would wait for review.
    aliases : mapping of name to ward_code, or frame with ``table_name, ward_code``, optional
        Confirmed pairs of earlier runs; the frame may have ``lga_name`` and ``status`` (then only
        accepted rows count). A name that several records share is not decided by an alias.
    duplicates : {"refuse", "average", "first"}
        What to do with records that can't be told apart. Unless they are refused, the first of them
        is matched, the others stay unmatched, and `MatchReport.stands_in` says so; `merge_rows`
        makes one row of each group.
    spellings : bool
        Records may be spellings of one ward, as in facility reports: one that bears the name of a ward which another
        record has is proposed for it.

    Returns
    -------
    MatchReport

    Raises
    ------
    BadInput
        Records that can't be told apart, confirmed pairs that contradict each other or name
        unknown wards, or hardly any match at all.

    Notes
    -----
    In turn: confirmed; aliases; equal codes (with unlike names: review); equal normalised names
    within the LGA; alike names within the LGA by maximum-weight assignment, accepted from 0.85
    with a lead of 0.05 over every rival and equal numbers, Roman numerals and single letters,
    proposed for review from 0.70. Without an LGA only equal names that are unique in the state
    are accepted. A DHIS2 ``0`` read as ``na`` is always reviewed.
    """
    check_rule(duplicates)
    places = table if {"ward_name", "table_row"} <= set(table.columns) else canonical_table(table)
    wards = prepare_places(boundaries)
    records = prepare_places(places, like=wards)
    rows = places["table_row"].to_numpy()
    ledger = Ledger(records, wards)
    _apply_confirmed(ledger, rows, confirmed or {})
    _apply_aliases(ledger, aliases)
    settle_same_codes(ledger, rows, duplicates)
    notes = _match_codes(ledger)
    links = link_lgas(records, wards)
    settle_same_places(ledger, rows, duplicates)
    _match_in_lgas(ledger, links.block, links.sure, spellings=spellings)
    _match_in_states(ledger, links.block, spellings=spellings)
    if accept_review:
        ledger.status[ledger.status == REVIEW] = ACCEPTED
    report = report_of(ledger, rows, boundaries, notes, duplicates)
    refuse_strangers(report, len(boundaries))
    return report


def _apply_confirmed(ledger: Ledger, rows: NDArray[Any], confirmed: Mapping[int, str | None]) -> None:
    if not confirmed:
        return
    record_of = {int(row): i for i, row in enumerate(rows)}
    ward_of = {code: j for j, code in enumerate(ledger.wards.code)}
    unknown = [str(row) for row in confirmed if int(row) not in record_of]
    unknown += [
        str(code) for code in confirmed.values() if code is not None and clean_code(code) not in ward_of
    ]
    if unknown:
        raise BadInput("unknown_confirmed", "A confirmed pair names nothing known", "Some confirmed pairs name a "
                       "table row or ward code that does not exist.", "Confirm rows and wards of these two files.",
                       where="confirmed", examples=unknown)  # fmt: skip
    codes = [clean_code(code) for code in confirmed.values() if code is not None]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise BadInput("ward_confirmed_twice", "Two records are confirmed for one ward", "A ward can take one "
                       "record only.", "Confirm one of them and mark the other as no ward.",
                       where="confirmed", examples=twice)  # fmt: skip
    for row, code in confirmed.items():
        if code is None:
            ledger.leave(record_of[int(row)], "confirmed")
        else:
            ledger.decide(record_of[int(row)], ward_of[clean_code(code)], "confirmed", 1.0, ACCEPTED)


def _apply_aliases(ledger: Ledger, aliases: Mapping[str, str] | pd.DataFrame | None) -> None:
    if aliases is None or not len(aliases):
        return
    listed = (
        aliases
        if isinstance(aliases, pd.DataFrame)
        else pd.DataFrame({"table_name": list(aliases.keys()), "ward_code": list(aliases.values())})
    )
    known = listed[listed["ward_code"].notna() & listed["table_name"].notna()]
    if "status" in known.columns:
        known = known[known["status"] == ACCEPTED]
    lga = known["lga_name"] if "lga_name" in known.columns else pd.Series("", index=known.index)
    lookup = pd.DataFrame(
        {
            "norm": [normalise_name(str(name)) for name in known["table_name"]],
            "lga": [normalise_name(name, level="lga") for name in lga],
            "code": [clean_code(code) for code in known["ward_code"]],
        }
    ).drop_duplicates()
    place = pd.Series(np.arange(len(ledger.wards.code)), index=ledger.wards.code)
    lookup = lookup[lookup["code"].isin(place.index)]
    still = np.flatnonzero(~ledger.decided)
    left = pd.DataFrame(
        {"record": still, "norm": ledger.records.norm[still], "lga": ledger.records.lga_name[still]}
    )
    for keys in (["norm", "lga"], ["norm"]):
        usable = lookup if keys == ["norm", "lga"] else lookup[lookup["lga"] == ""]
        single = usable[~usable.duplicated(keys, keep=False)].drop(columns=[] if "lga" in keys else ["lga"])
        found = left[~left.duplicated(keys, keep=False) & ~ledger.decided[left["record"]]].merge(
            single, on=keys
        )
        found["ward"] = place.loc[found["code"]].to_numpy()
        found = found[~found["ward"].duplicated(keep=False) & ~ledger.taken[found["ward"]]]
        ledger.decide(found["record"].to_numpy(), found["ward"].to_numpy(), "alias", 1.0, ACCEPTED)


def _match_codes(ledger: Ledger) -> list[Note]:
    """Equal codes: accepted with like names, else for review."""
    records, wards = ledger.records, ledger.wards
    place = pd.Series(np.arange(len(wards.code)), index=wards.code)
    ward = place.reindex(records.code).to_numpy(dtype=np.float64, na_value=np.nan)
    usable = (records.code != "") & ~np.isnan(ward) & ~ledger.decided
    record = np.flatnonzero(usable)
    target = ward[record].astype(np.intp)
    free = ~ledger.taken[target]
    record, target = record[free], target[free]
    same = (records.norm[record] == wards.norm[target]) & (records.inside[record] == wards.inside[target])
    blank = records.norm[record] == ""
    score = np.ones(len(record))
    like = same | blank
    for k in np.flatnonzero(~like):
        score[k] = name_score(records.norm[record[k]], wards.norm[target[k]])
        like[k] = score[k] >= 0.70 and name_tokens_agree(records.name[record[k]], wards.name[target[k]])
    shared = pd.Series(target).duplicated(keep=False).to_numpy()
    # Of records that share a code, the one whose name fits has it; the others go by name.
    fits = pd.Series(np.where(like, target, -1))
    lone_fit = like & ~fits.duplicated(keep=False).to_numpy()
    good = (like & ~shared) | lone_fit
    doubtful = ~like & ~shared
    ledger.decide(record[good], target[good], "code", score[good], ACCEPTED)
    ledger.decide(record[doubtful], target[doubtful], "code", score[doubtful], REVIEW)
    notes = []
    if doubtful.any():
        notes.append(Note("code_name_conflict", "warning", "Equal ward codes with unlike names; for review.",
                          int(doubtful.sum()), tuple(records.name[record[doubtful]])))  # fmt: skip
    if shared.any():
        notes.append(Note("repeated_codes", "warning", "Records that share a ward code were told apart by name.",
                          int(shared.sum()), tuple(records.name[record[shared]])))  # fmt: skip
    return notes


def _match_in_lgas(
    ledger: Ledger, block: NDArray[np.intp], sure: NDArray[np.bool_], *, spellings: bool
) -> None:
    """Equal, then alike names within the same LGA."""
    left = ledger.open_records
    left = left[block[left] >= 0]
    free = np.flatnonzero(~ledger.taken)
    # First those of an LGA beyond doubt: a misspelt one must not take their ward away.
    for these in (left[sure[left]], left[~sure[left]]):
        _accept_equal(ledger, these, free, block[these], ledger.wards.lga[free], sure[these])
    if spellings:
        _propose_taken(ledger, left, block[left], ledger.wards.lga)
    left = ledger.records.in_order(left[~ledger.decided[left]])
    free = np.flatnonzero(~ledger.taken)
    members = {label: free[at] for label, at in pd.Series(ledger.wards.lga[free]).groupby(
        ledger.wards.lga[free]).indices.items()}  # fmt: skip
    for label, at in pd.Series(block[left]).groupby(block[left]).indices.items():
        if label in members:
            _match_alike(ledger, left[at], members[label], acceptable=sure[left[at]])


def _accept_equal(
    ledger: Ledger,
    left: NDArray[np.intp],
    free: NDArray[np.intp],
    left_block: NDArray[Any],
    free_block: NDArray[Any],
    sure: NDArray[np.bool_],
) -> None:
    """Accept equal names that are unique in their block: as spelt, with brackets, without."""
    records, wards = ledger.records, ledger.wards
    a = pd.DataFrame({"record": left, "block": left_block, "norm": records.norm[left],
                      "inside": records.inside[left], "spelling": records.spelling[left], "sure": sure})  # fmt: skip
    b = pd.DataFrame({"ward": free, "block": free_block, "norm": wards.norm[free], "inside": wards.inside[free],
                      "spelling": wards.spelling[free]})  # fmt: skip
    for keys in (["block", "spelling"], ["block", "norm", "inside"], ["block", "norm"]):
        a, b = a[~ledger.decided[a["record"]]], b[~ledger.taken[b["ward"]]]
        single_a = a[~a.duplicated(keys, keep=False)]
        pairs = single_a.merge(b[~b.duplicated(keys, keep=False)], on=keys, suffixes=("", "_ward"))
        record, ward = pairs["record"].to_numpy(), pairs["ward"].to_numpy()
        agree = np.array([name_tokens_agree(x, y) for x, y in zip(records.name[record], wards.name[ward],
                                                                 strict=True)], dtype=bool)  # fmt: skip
        if "norm" not in keys or "inside" in keys:
            agree[:] = True
        ok = agree & pairs["sure"].to_numpy(dtype=bool)
        ledger.decide(record, ward, "exact", 1.0, np.where(ok, ACCEPTED, REVIEW))


def _match_alike(
    ledger: Ledger, left: NDArray[np.intp], right: NDArray[np.intp], *, acceptable: NDArray[np.bool_]
) -> None:
    """Assign alike names one to one; accept the clear ones, propose the others."""
    records, wards = ledger.records, ledger.wards
    right = wards.in_order(right)
    ward_norms = list(wards.norm[right])
    plain = candidates(list(records.norm[left]), ward_norms)
    repaired_names = [repair_dhis2(name) for name in records.norm[left]]
    changed = np.array(
        [new != old for new, old in zip(repaired_names, records.norm[left], strict=True)], dtype=bool
    )
    pairs, repaired = plain, np.zeros(len(plain.left), dtype=bool)
    if changed.any():
        pairs, repaired = _with_repairs(plain, repaired_names, changed, ward_norms)
    if not len(pairs.left):
        return
    agree = np.array([name_tokens_agree(records.name[left[i]], wards.name[right[j]])
                      for i, j in zip(pairs.left, pairs.right, strict=True)], dtype=bool)  # fmt: skip
    weight = np.where(agree | repaired, pairs.score, pairs.score - _TOKEN_PENALTY)
    weighted = Candidates(pairs.left, pairs.right, weight)
    chosen = assign(weighted, len(left), len(right))
    clear = lead_over_rivals(weighted, len(left), len(right)) >= MARGIN - 1e-9
    accept = (pairs.score >= ACCEPT - 1e-9) & clear & agree & ~repaired & acceptable[pairs.left]
    ledger.decide(
        left[pairs.left[chosen]],
        right[pairs.right[chosen]],
        np.where(repaired, "dhis2_repair", "fuzzy")[chosen],
        pairs.score[chosen],
        np.where(accept, ACCEPTED, REVIEW)[chosen],
    )


def _with_repairs(
    plain: Candidates, names: list[str], changed: NDArray[np.bool_], ward_norms: list[str]
) -> tuple[Candidates, NDArray[np.bool_]]:
    """Add the pairs of names read with ``na`` for ``0`` where that makes them more alike."""
    which = np.flatnonzero(changed)
    found = candidates([names[i] for i in which], ward_norms)
    both = pd.DataFrame(
        {
            "left": np.concatenate([plain.left, which[found.left]]),
            "right": np.concatenate([plain.right, found.right]),
            "score": np.concatenate([plain.score, found.score]),
            "repaired": np.repeat([False, True], [len(plain.left), len(found.left)]),
        }
    ).sort_values(["left", "right", "score", "repaired"], ascending=[True, True, False, True], kind="stable")
    best = both[~both.duplicated(["left", "right"])]
    pairs = Candidates(best["left"].to_numpy(), best["right"].to_numpy(), best["score"].to_numpy())
    return pairs, best["repaired"].to_numpy(dtype=bool)


def _match_in_states(ledger: Ledger, block: NDArray[np.intp], *, spellings: bool) -> None:
    """Records without a usable LGA: equal unique names are accepted, alike ones proposed."""
    records, wards = ledger.records, ledger.wards
    left = ledger.open_records
    left = left[block[left] < 0]
    if not len(left):
        return
    everything = pd.DataFrame({"state": wards.state, "norm": wards.norm})
    unique_name = ~everything.duplicated(keep=False).to_numpy()
    free = np.flatnonzero(~ledger.taken & unique_name)
    _accept_equal(ledger, left, free, records.state[left], wards.state[free], block[left] == NO_LGA)
    if spellings:
        # A record of an LGA that the map does not have is of another ward of the name.
        nowhere = left[block[left] == NO_LGA]
        _propose_taken(ledger, nowhere, records.state[nowhere], wards.state)
    left = records.in_order(left[~ledger.decided[left] & (block[left] == NO_LGA)])
    for state in sorted(set(records.state[left])):
        inside = left[records.state[left] == state]
        right = np.flatnonzero(~ledger.taken & (wards.state == state))
        _match_alike(ledger, inside, right, acceptable=np.zeros(len(inside), dtype=bool))


def _propose_taken(
    ledger: Ledger, left: NDArray[np.intp], left_block: NDArray[Any], ward_block: NDArray[Any]
) -> None:
    """Propose a ward that another record has to those that bear its name too, such as those of a misspelt LGA."""
    records, wards = ledger.records, ledger.wards
    a = pd.DataFrame({"record": left, "block": left_block, "norm": records.norm[left]})
    b = pd.DataFrame({"ward": np.arange(len(wards.norm)), "block": ward_block, "norm": wards.norm})
    keys = ["block", "norm"]
    b = b[~b.duplicated(keys, keep=False) & ledger.taken]
    pairs = a[~ledger.decided[left]].merge(b, on=keys)
    record, ward = pairs["record"].to_numpy(), pairs["ward"].to_numpy()
    names = zip(records.name[record], wards.name[ward], strict=True)
    agree = np.array([name_tokens_agree(x, y) for x, y in names], dtype=bool)
    ledger.decide(record[agree], ward[agree], "exact", 1.0, REVIEW)
