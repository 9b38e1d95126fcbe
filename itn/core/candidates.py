"""Wards from which nets could be moved when they are short: low risk and urban."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.core.ranks import tier

from .settings import checked_decimal
from .totals import with_lga_names

LOWEST = 5


@dataclass(frozen=True)
class Candidates:
    """`wards`: low-risk urban wards, lowest risk first. `rural`: wards of the k lowest-risk that are not urban."""

    wards: pd.DataFrame
    rural: pd.DataFrame
    threshold: float

    @property
    def nets(self) -> int:
        """Nets that the candidates have in the plan. [nets]"""
        return int(self.wards["nets_allocated"].sum())

    @property
    def rural_among_lowest(self) -> bool:
        """Whether withholding nets by rank alone would hit a ward not known to be urban."""
        return len(self.rural) > 0


def candidates(plan_wards: pd.DataFrame, threshold: object, *, lowest: int = LOWEST) -> Candidates:
    """List candidates for re-prioritisation.

    Parameters
    ----------
    plan_wards : pandas.DataFrame
        `NetPlan.wards`: ``ward_code, rank, urban_percentage``, ``tier`` where there is one (else thirds), and
        what else is to be shown.
    threshold : number, 0 to 100
        Urban share from which a ward counts as urban. [% of area]
    lowest : int
        How many of the lowest-risk wards are looked at for the rural flag.

    Returns
    -------
    Candidates
        Wards of the Low tier whose urban share is known and at least `threshold`; and,
        among the `lowest` wards of lowest risk, those that are not known to be urban.

    Notes
    -----
    A list to look at, not a decision: whoever is taken off a plan needs another protection.
    """
    share = float(checked_decimal("candidate_threshold", threshold, 0, 100, 6))
    ranked = plan_wards[plan_wards["rank"].notna()]
    ranked = ranked.sort_values(["rank", "ward_code"], ascending=[False, True])
    urban = (ranked["urban_percentage"].astype("float64") >= share).fillna(False).astype(bool)
    stored = "tier" in ranked and ranked["tier"].notna().any()
    low = (ranked["tier"] if stored else tier(ranked["rank"].to_numpy(dtype="float64"))) == "Low"
    first = ranked.head(lowest)
    return Candidates(
        ranked[low & urban].reset_index(drop=True),
        first[~urban.loc[first.index]].reset_index(drop=True),
        share,
    )


COLUMNS = (
    "ward_code", "ward_name", "lga_name", "state_name", "rank", "urban_percentage", "population", "need", "nets_allocated",
    "candidate",
)  # fmt: skip
CANDIDATE, RURAL = "low risk and urban", "lowest risk but not known to be urban"


def candidate_table(found: Candidates) -> pd.DataFrame:
    """Return the candidates, then the wards that the rural flag is about, as one table.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, among them ``candidate``, which says which of the two a ward is.
    """
    both = [found.wards.assign(candidate=CANDIDATE), found.rural.assign(candidate=RURAL)]
    return with_lga_names(pd.concat(both, ignore_index=True))[list(COLUMNS)]


def marked(plan_wards: pd.DataFrame, found: Candidates | None) -> list[Any]:
    """Return for each ward of a plan whether it is a candidate, and of which kind; None where it is neither."""
    told = {} if found is None else candidate_table(found).set_index("ward_code")["candidate"].to_dict()
    return [told.get(code) for code in plan_wards["ward_code"]]
