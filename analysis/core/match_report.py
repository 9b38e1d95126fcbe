"""The decisions of a match as they are taken, and the report made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import BadInput, Note
from .places import Places

ACCEPTED, REVIEW, UNMATCHED = "accepted", "review", "unmatched"
FEW_MATCHED_SHARE = 0.8
# Below these shares the table and the boundaries are about different places.
HARDLY_ACCEPTED, HARDLY_PROPOSED = 0.10, 0.50


@dataclass(frozen=True)
class MatchReport:
    """What joined, how and how surely.

    `pairs`: every record once, in table order, with ``table_row, table_name, ward_code,
    ward_name, method, score, status``; review rows carry the proposed ward. `unmatched_boundaries`:
    wards without an accepted record (``ward_code, ward_name, lga_name``). `stands_in`: of records that
    can't be told apart, the row that stands for another, by that other's row; `duplicates`: the rule.
    """

    pairs: pd.DataFrame
    unmatched_boundaries: pd.DataFrame
    notes: list[Note] = field(default_factory=list)
    stands_in: dict[int, int] = field(default_factory=dict)
    duplicates: str = "refuse"

    def counts(self) -> dict[str, int]:
        """Number of records by status and of wards without one."""
        by_status = self.pairs["status"].value_counts()
        found = {status: int(by_status.get(status, 0)) for status in (ACCEPTED, REVIEW, UNMATCHED)}
        return {**found, "unmatched_boundaries": len(self.unmatched_boundaries)}


class Ledger:
    """The decisions so far: for each record its ward (−1 none), method, score and status."""

    def __init__(self, records: Places, wards: Places) -> None:
        n = len(records.name)
        self.records, self.wards = records, wards
        self.ward = np.full(n, -1, dtype=np.intp)
        self.method = np.full(n, "none", dtype=object)
        self.score = np.full(n, np.nan)
        self.status = np.full(n, UNMATCHED, dtype=object)
        self.decided = np.zeros(n, dtype=bool)
        # The record that stands for this one, where they can't be told apart; −1 none.
        self.stands_in = np.full(n, -1, dtype=np.intp)
        self.taken = np.zeros(len(wards.name), dtype=bool)

    def decide(self, record: Any, ward: Any, method: Any, score: Any, status: Any) -> None:
        """Give records their wards (scalars or equally long arrays)."""
        self.ward[record], self.method[record] = ward, method
        self.score[record], self.status[record] = score, status
        self.decided[record] = True
        self.taken[ward] = True

    def leave(self, record: Any, method: Any) -> None:
        """Decide that records have no ward."""
        self.decided[record] = True
        self.method[record] = method

    @property
    def open_records(self) -> NDArray[np.intp]:
        return np.flatnonzero(~self.decided & (self.records.norm != ""))


def report_of(
    ledger: Ledger, rows: NDArray[Any], boundaries: pd.DataFrame, notes: list[Note], duplicates: str
) -> MatchReport:
    codes, names = (
        boundaries["ward_code"].to_numpy(dtype=object),
        boundaries["ward_name"].to_numpy(dtype=object),
    )
    found = ledger.ward >= 0
    pairs = pd.DataFrame(
        {
            "table_row": rows,
            "table_name": pd.array(ledger.records.name, dtype="str"),
            "ward_code": pd.array(np.where(found, codes[ledger.ward], None), dtype="str"),
            "ward_name": pd.array(np.where(found, names[ledger.ward], None), dtype="str"),
            "method": pd.array(ledger.method, dtype="str"),
            "score": np.round(ledger.score, 4),
            "status": pd.array(ledger.status, dtype="str"),
        }
    )
    joined = np.zeros(len(boundaries), dtype=bool)
    joined[ledger.ward[(ledger.status == ACCEPTED) & found]] = True
    shown = [name for name in ("ward_code", "ward_name", "lga_name") if name in boundaries.columns]
    alone = boundaries.loc[~joined, shown].reset_index(drop=True)
    extra = np.flatnonzero(ledger.stands_in >= 0)
    stands_in = {int(rows[i]): int(rows[ledger.stands_in[i]]) for i in extra}
    told = [*notes, *_notes(pairs, ledger, len(boundaries), int(joined.sum()))]
    return MatchReport(pairs, pd.DataFrame(alone), told, stands_in, duplicates)


def _notes(pairs: pd.DataFrame, ledger: Ledger, wards: int, joined: int) -> list[Note]:
    notes = []
    own = ledger.stands_in < 0
    told = (
        (
            pairs["status"] == REVIEW,
            "for_review",
            "Records whose ward is proposed and waits for confirmation.",
        ),
        (
            (pairs["status"] == UNMATCHED) & own,
            "unmatched_records",
            "Records that found no ward; they are not analysed.",
        ),
        (
            pairs["method"] == "dhis2_repair",
            "dhis2_repair",
            "Names in which 0 was read as na, as DHIS2 garbles them.",
        ),
        (pd.Series(ledger.records.norm == ""), "blank_names", "Records without a ward name."),
    )
    for where, code, message in told:
        count = int(where.sum())
        if count:
            examples = tuple(f"row {row}: {name}" for row, name in pairs.loc[where.to_numpy(),
                             ["table_row", "table_name"]].head(20).itertuples(index=False))  # fmt: skip
            notes.append(Note(code, "warning", message, count, examples))
    if joined < FEW_MATCHED_SHARE * min(wards, int(own.sum())):
        notes.append(Note("few_matched", "warning", f"Only {joined} of {wards} wards have a record: check the table "
                          "and the boundaries.", wards - joined))  # fmt: skip
    return notes


def refuse_strangers(report: MatchReport, wards: int) -> None:
    """Refuse a table and boundaries that are about different places."""
    possible = max(1, min(wards, len(report.pairs) - len(report.stands_in)))
    counts = report.counts()
    proposed = counts[ACCEPTED] + counts[REVIEW]
    hardly = counts[ACCEPTED] < HARDLY_ACCEPTED * possible and proposed < HARDLY_PROPOSED * possible
    if proposed == 0 or hardly:
        raise BadInput(
            "no_overlap",
            "The table and the boundaries do not belong together",
            f"{counts[ACCEPTED]} of {len(report.pairs)} records match one of {wards} wards.",
            "Check that both files are about the same state and that the ward column holds ward names.",
            where="ward_name",
            examples=[str(name) for name in report.pairs["table_name"].head(20)],
        )
