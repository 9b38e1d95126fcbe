"""Records of one ward that nothing tells apart: refuse them, average them, or keep the first."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import BadInput, Note
from .match_report import Ledger, MatchReport
from .names import identify_columns
from .similarity import candidates
from .variables import is_identifier

Rule = Literal["refuse", "average", "first"]
RULES: tuple[Rule, ...] = ("refuse", "average", "first")


def check_rule(rule: str) -> None:
    """Refuse a rule that does not exist."""
    if rule not in RULES:
        raise BadInput("unknown_rule", "Unknown rule for duplicate wards", f"There is no rule {rule!r}.",
                       f"Use one of {', '.join(RULES)}.", where="duplicates", examples=RULES)  # fmt: skip


def settle_same_codes(ledger: Ledger, rows: NDArray[Any], rule: Rule) -> None:
    """Settle open records that share the code of a free ward and their name."""
    records = ledger.records
    free = ledger.wards.code[~ledger.taken]
    left = np.flatnonzero(
        (records.code != "") & ~ledger.decided & pd.Series(records.code).isin(free).to_numpy()
    )
    keys = pd.DataFrame({"code": records.code[left], "name": records.norm[left]})
    _settle(ledger, rows, rule, left, keys, keys.duplicated(keep=False).to_numpy())


def settle_same_places(ledger: Ledger, rows: NDArray[Any], rule: Rule) -> None:
    """Settle open records that have the same place in all that is known and look like a ward."""
    if rule != "refuse":
        left, keys, _ = _open_places(ledger)
        twice = keys.duplicated(keep=False).to_numpy()
        _settle(ledger, rows, rule, left, keys, _like_a_ward(ledger, left, twice))
    left, keys, enough = _open_places(ledger)
    place = keys.drop(columns="spelling")
    same = (place.duplicated(keep=False) & (keys.duplicated(keep=False) | ~enough)).to_numpy()
    _settle(ledger, rows, rule, left, place, _like_a_ward(ledger, left, same))


def _open_places(ledger: Ledger) -> tuple[NDArray[np.intp], pd.DataFrame, pd.Series]:
    """Open records, what is known of their places, and whether the boundaries have as many wards of the name.

    Different spellings of one name are told apart where they have.
    """
    records, left = ledger.records, ledger.open_records
    keys = pd.DataFrame({"state": records.state[left], "lga": records.lga_key[left], "norm": records.norm[left],
                         "inside": records.inside[left], "spelling": records.spelling[left]})  # fmt: skip
    namesakes = pd.Series(ledger.wards.norm[~ledger.taken]).value_counts()
    place = ["state", "lga", "norm", "inside"]
    enough = keys["norm"].map(namesakes).fillna(0) >= keys.groupby(place)["norm"].transform("size")
    return left, keys, enough


def _like_a_ward(ledger: Ledger, left: NDArray[np.intp], twice: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of repeated records those whose name resembles a free ward's; titles and totals repeat harmlessly."""
    if not twice.any():
        return twice
    names = sorted(set(ledger.records.norm[left[twice]]))
    found = candidates(names, sorted(set(ledger.wards.norm[~ledger.taken])))
    real = sorted({names[i] for i in found.left})
    return twice & pd.Series(ledger.records.norm[left]).isin(real).to_numpy()


def _settle(
    ledger: Ledger,
    rows: NDArray[Any],
    rule: Rule,
    left: NDArray[np.intp],
    keys: pd.DataFrame,
    twice: NDArray[np.bool_],
) -> None:
    """Refuse the records `left[twice]`, or let the first of each group of equal keys stand for its group."""
    if not twice.any():
        return
    which = pd.Series(left[twice])
    if rule == "refuse":
        raise _refusal(ledger, rows, which.to_numpy())
    groups = keys[twice].reset_index(drop=True).groupby(list(keys.columns), sort=False).ngroup()
    first = which.groupby(groups).transform("min")
    extra, kept = which[which != first].to_numpy(), first[which != first].to_numpy()
    word = "averaged_with_row" if rule == "average" else "duplicate_of_row"
    ledger.leave(extra, np.array([f"{word}_{row}" for row in rows[kept]], dtype=object))
    ledger.stands_in[extra] = kept


def _refusal(ledger: Ledger, rows: NDArray[Any], which: NDArray[np.intp]) -> BadInput:
    listed = [f"row {rows[i]}: {ledger.records.name[i]}" for i in which]
    return BadInput(
        "duplicate_wards",
        "Wards in the table can't be told apart",
        f"{len(which)} rows repeat a ward name with nothing that tells them apart.",
        "Add a column with the ward codes or the LGA names, or leave one row for each ward; or choose that the "
        "average of such rows is used, or the first of them.",
        where=f"rows {', '.join(str(rows[i]) for i in which[:20])}",
        examples=listed,
    )


def merge_rows(table: pd.DataFrame, report: MatchReport) -> tuple[pd.DataFrame, list[Note]]:
    """Leave one row of the table for each ward that several rows of it describe.

    Parameters
    ----------
    table : pandas.DataFrame of n rows
        As uploaded, with ``table_row``.
    report : MatchReport
        Its `stands_in` says which row stands for which; its `duplicates` is the rule.

    Returns
    -------
    table : pandas.DataFrame of at most n rows
        By the rule "average", numeric columns that are no identifiers hold the mean of the group's
        values that are not missing, also where they are counts; all other columns are the first
        row's. By the rule "first" rows are left out and nothing changes.
    notes : list of Note
        Which rows became one.
    """
    if not report.stands_in:
        return table, []
    stands_in = pd.Series(report.stands_in)
    kept = table["table_row"].map(stands_in).fillna(table["table_row"]).astype("int64")
    grouped = kept.isin(stands_in).to_numpy()
    merged = table[(kept == table["table_row"]).to_numpy()].copy()
    names = report.pairs.set_index("table_row")["table_name"]
    shown = table.loc[grouped, "table_row"].astype(str).groupby(kept[grouped]).agg(", ".join).head(20)
    listed = tuple(f"rows {members}: {names[row]}" for row, members in shown.items())
    if report.duplicates == "first":
        message = (
            "Rows that repeat a ward and can't be told apart: the first was used, the others were left out."
        )
        return merged, [Note("duplicates_first", "warning", message, len(stands_in), listed)]
    places = {*identify_columns(table.columns).values(), "table_row"}
    numeric = [name for name in table.select_dtypes("number").columns
               if name not in places and not is_identifier(str(name))]  # fmt: skip
    means = table.loc[grouped, numeric].astype("float64").groupby(kept[grouped]).mean()
    here = merged["table_row"].isin(stands_in).to_numpy()
    merged = merged.astype(dict.fromkeys(numeric, "float64"))
    merged.loc[here, numeric] = means.reindex(merged.loc[here, "table_row"]).to_numpy()
    message = (
        "Rows that repeat a ward and can't be told apart: the average of their numbers was used, counts included; "
        "texts are those of the first."
    )
    return merged, [Note("duplicates_averaged", "warning", message, len(stands_in), listed)]
