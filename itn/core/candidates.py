"""Wards from which nets could be moved when they are short: low risk and urban."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.core.ranks import tier

from .settings import PlanSettings

LOWEST = 5


@dataclass(frozen=True)
class Candidates:
    """`wards`: low-risk urban wards, lowest risk first. `rural`: wards of the k lowest-risk that are not urban."""

    wards: pd.DataFrame
    rural: pd.DataFrame

    @property
    def rural_among_lowest(self) -> bool:
        """Whether withholding nets by rank alone would hit a ward not known to be urban."""
        return len(self.rural) > 0


def candidates(plan_wards: pd.DataFrame, threshold: float, *, lowest: int = LOWEST) -> Candidates:
    """List candidates for re-prioritisation.

    Parameters
    ----------
    plan_wards : pandas.DataFrame
        `NetPlan.wards`: ``ward_code, rank, urban_percentage``, ``tier`` where there is one (else thirds), and
        what else is to be shown.
    threshold : float
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
    PlanSettings(1, urban_rule="exclude", threshold=threshold)  # type: ignore[arg-type]  # refuses 120 %
    ranked = plan_wards[plan_wards["rank"].notna()]
    ranked = ranked.sort_values(["rank", "ward_code"], ascending=[False, True])
    urban = (ranked["urban_percentage"].astype("float64") >= threshold).fillna(False).astype(bool)
    stored = "tier" in ranked and ranked["tier"].notna().any()
    low = (ranked["tier"] if stored else tier(ranked["rank"].to_numpy(dtype="float64"))) == "Low"
    first = ranked.head(lowest)
    return Candidates(
        ranked[low & urban].reset_index(drop=True), first[~urban.loc[first.index]].reset_index(drop=True)
    )
