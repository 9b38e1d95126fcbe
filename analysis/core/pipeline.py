"""From a joined dataset to a ranked list of wards: the whole computation, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
from numpy.typing import NDArray

from . import variables as registry
from .composite import composite, truncated_combinations
from .dataset import build_dataset
from .errors import BadInput
from .gaps import imputation_plan
from .impute import Imputed, impute
from .neighbours import queen_neighbours
from .normalise import normalise
from .pca import PcaResult, PcaRule, pca
from .ranks import Cut, check_cut
from .result import RiskResult, assemble, in_order, ward_notes
from .selection import NOT_VARIABLES, Selection, as_numbers, select

__all__ = ["METHODS", "STEPS", "RiskResult", "build_dataset", "run_risk"]

STEPS = (
    ("prepare", "Preparing variables"),
    ("impute", "Filling gaps"),
    ("normalise", "Bringing variables to one scale"),
    ("models", "Scoring every combination of variables"),
    ("pca", "Principal component analysis"),
    ("compare", "Comparing the two rankings"),
)
METHODS = ("recommended", "mrpt-legacy", "mrpt-legacy-truncated")
MIN_WARDS = 3
OnStep = Callable[[str, float], None]


def _silent(step: str, percent: float) -> None:
    """Report nothing."""


def run_risk(
    dataset: gpd.GeoDataFrame,
    *,
    variables: Sequence[str] | None = None,
    inverse: Sequence[str] | None = None,
    method: str = "recommended",
    imputation: Mapping[str, str] | None = None,
    outcome: str | None = None,
    zone: str | None = None,
    cut: Cut = "thirds",
    aggregate: str = "median_score",
    force_pca: bool = False,
    pca_without: Sequence[str] = (),
    require_outcome: bool = False,
    on_step: OnStep = _silent,
) -> RiskResult:
    """Rank wards by malaria risk.

    Parameters
    ----------
    dataset : geopandas.GeoDataFrame of n wards
        As `build_dataset` returns: ``ward_code`` unique, variables in their units, EPSG:4326.
        A ward whose ``table_row`` is missing has no record: it is neither filled nor ranked.
    variables : sequence of str, optional
        2 to 8 columns; default those of the zone.
    inverse : sequence of str, optional
        Replaces all directions: of these, a higher value means less risk.
    method : {"recommended", "mrpt-legacy", "mrpt-legacy-truncated"}
        The legacy methods reproduce the predecessor's published rankings.
    imputation : mapping of variable to method, optional
        Overrides how its gaps are filled; see `impute.METHODS`.
    outcome, zone : str, optional
        Override the recognised outcome variable and the zone of the wards' states.
    cut : {"thirds", "quartiles", "quintiles"} or (float, float)
        Shares of wards in the tiers High and Low.
    aggregate : {"median_score", "median_rank"}
    force_pca : bool
        Score by PCA although its tests fail; labelled as such.
    pca_without : sequence of str
        Variables that the PCA leaves out; the composite keeps them.
    require_outcome : bool
        A ward whose outcome is missing and not filled has no rank, instead of one from the models without it. Its other
        values still serve to fill those of its neighbours.
    on_step : callable of (step, percent)
        Told when each step of `STEPS` begins. [0–100]

    Returns
    -------
    RiskResult

    Raises
    ------
    BadInput
        Fewer than 3 wards with data, fewer than 2 or more than 8 usable variables, unknown
        columns, methods, zones or limits of tiers.

    Notes
    -----
    Wards are computed in the order of their codes and models are built from sorted names, so the
    order of rows and columns changes nothing.
    """
    _check(dataset, method)
    check_cut(cut)
    legacy = method != "recommended"
    on_step("prepare", 0)
    order = np.argsort(dataset["ward_code"].astype(str).to_numpy(), kind="stable")
    ready = _prepared(dataset.iloc[order].reset_index(drop=True), variables, inverse, outcome, zone, method)
    ordered, numbers, chosen, eligible = ready.wards, ready.numbers, ready.chosen, ready.eligible
    left_out = _left_out(pca_without, ordered)
    on_step("impute", 15)
    plan, plan_notes = imputation_plan(numbers[eligible], chosen.outcome, imputation or {}, legacy)
    without = np.zeros(len(ordered), dtype=bool)
    if require_outcome:
        without = _without_outcome(numbers, plan, chosen.outcome, eligible)
        eligible = eligible & ~without
        if int(eligible.sum()) < MIN_WARDS:
            raise _too_few_wards(int(eligible.sum()))
        plan_notes = [
            note
            for note in plan_notes
            if note.code != "outcome_not_filled" or note.examples != (chosen.outcome,)
        ]
    filled = _filled(ordered, numbers, plan, eligible)
    on_step("normalise", 35)
    scaled = normalise(
        filled.values.where(pd.Series(eligible), np.nan), chosen.inverse, "reciprocal" if legacy else "linear",
        refuse_nonpositive=False, constant="half" if legacy else "missing",
    ).where(pd.Series(eligible), np.nan)  # fmt: skip
    on_step("models", 45)
    scored = composite(
        scaled, models=truncated_combinations(ready.names) if method == "mrpt-legacy-truncated" else None,
        aggregate="median_rank" if aggregate == "median_rank" else "median_score", skip_missing=legacy,
    )  # fmt: skip
    on_step("pca", 70)
    found = _pca(filled.values, eligible, chosen, legacy, force_pca, left_out)
    on_step("compare", 85)
    wards, comparison = assemble(
        ordered, filled, scored, found, chosen, eligible, ready.recorded, cut, without
    )
    parameters = {
        "method": method, "variables": ready.names, "inverse": sorted(chosen.inverse), "outcome": chosen.outcome,
        "zones": list(chosen.zones), "imputation": plan, "aggregate": aggregate,
        "cut": cut if isinstance(cut, str) else list(cut), "force_pca": force_pca,
        "pca_without": [name for name in ready.names if name in left_out], "pca_forced": found.forced,
        "require_outcome": require_outcome,
    }  # fmt: skip
    told = ward_notes(ordered["ward_name"], numbers, filled, eligible, ready.recorded, without)
    notes = (*chosen.notes, *plan_notes, *told, *found.notes)
    result = in_order(wards, ordered, scored, scaled, filled, order)
    on_step("compare", 100)
    return RiskResult(*result, pca=found, comparison=comparison, parameters=parameters, notes=notes)


@dataclass(frozen=True)
class _Ready:
    """Wards in the order of their codes, and of these: which have a record, which one to rank, and the chosen numbers."""

    wards: gpd.GeoDataFrame
    recorded: NDArray[np.bool_]
    eligible: NDArray[np.bool_]
    chosen: Selection
    numbers: pd.DataFrame

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.numbers.columns]


def _prepared(
    wards: gpd.GeoDataFrame,
    variables: Sequence[str] | None,
    inverse: Sequence[str] | None,
    outcome: str | None,
    zone: str | None,
    method: str,
) -> _Ready:
    """Choose the variables, and the wards that can be ranked by them."""
    truncated = method == "mrpt-legacy-truncated"
    recorded = _recorded(wards)
    chosen = select(
        wards[recorded], variables=variables, inverse=inverse, outcome=outcome, zone=zone,
        legacy=method != "recommended", truncated=truncated,
    )  # fmt: skip
    names = list(chosen.variables) if truncated else sorted(chosen.variables)
    numbers = as_numbers(wards, names).where(pd.Series(recorded), np.nan)
    eligible = recorded & numbers.notna().any(axis=1).to_numpy()
    if int(eligible.sum()) < MIN_WARDS:
        raise _too_few_wards(int(eligible.sum()))
    return _Ready(wards, recorded, eligible, chosen, numbers)


def _without_outcome(
    numbers: pd.DataFrame, plan: Mapping[str, str], outcome: str | None, eligible: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Wards of which the outcome is not known and is to stay so."""
    if outcome is None or plan.get(outcome) != "none":
        return np.zeros(len(numbers), dtype=bool)
    return eligible & numbers[outcome].isna().to_numpy()


def _left_out(asked: Sequence[str], dataset: pd.DataFrame) -> set[str]:
    """The columns that are meant by names that the PCA is to leave out."""
    columns = [str(name) for name in dataset.columns if name not in NOT_VARIABLES]
    found = {name: registry.find_column(name, columns) for name in asked}
    unknown = sorted(name for name, column in found.items() if column is None)
    if unknown:
        raise BadInput("unknown_variable", "A variable to leave out is not in the table",
                       f"The PCA is to leave out {', '.join(unknown)}, which the table does not have.",
                       "Name columns of the table.", where="pca_without", examples=unknown)  # fmt: skip
    return {column for column in found.values() if column is not None}


def _check(dataset: gpd.GeoDataFrame, method: str) -> None:
    if method not in METHODS:
        raise BadInput("unknown_method", "Unknown method", f"There is no method {method!r}.",
                       f"Use one of {', '.join(METHODS)}.", where="method", examples=METHODS)  # fmt: skip
    if len(dataset) < MIN_WARDS:
        raise _too_few_wards(len(dataset))
    repeated = dataset["ward_code"].duplicated()
    if repeated.any():
        raise BadInput("duplicate_ward_code", "Ward codes repeat", "Two wards have the same code.",
                       "Give every ward its own code.", where="ward_code",
                       examples=[str(code) for code in dataset.loc[repeated, "ward_code"].unique()])  # fmt: skip


def _too_few_wards(count: int) -> BadInput:
    return BadInput(
        "too_few_wards",
        "Too few wards",
        f"{count} ward{'' if count == 1 else 's'} with data: a ranking in High, Medium and Low needs at least "
        f"{MIN_WARDS}.",
        "Upload a table and boundaries with more wards, or confirm more matches.",
    )


def _recorded(dataset: pd.DataFrame) -> NDArray[np.bool_]:
    """Wards that have a record in the table."""
    if "table_row" not in dataset.columns:
        return np.ones(len(dataset), dtype=bool)
    return np.asarray(dataset["table_row"].notna(), dtype=bool)


def _filled(
    dataset: gpd.GeoDataFrame, numbers: pd.DataFrame, plan: Mapping[str, str], eligible: NDArray[np.bool_]
) -> Imputed:
    needed = {plan[str(name)] for name in numbers.columns if numbers.loc[eligible, name].isna().any()}
    touching = needed & {"spatial", "spatial_or_mean"}
    n = len(dataset)
    neighbours = queen_neighbours(dataset.geometry) if touching else scipy.sparse.csr_matrix((n, n))
    return impute(
        numbers, list(numbers.columns), neighbours, _lga_keys(dataset),
        methods=plan, state=_text(dataset, "state_name"), eligible=eligible,
    )  # fmt: skip


def _text(dataset: pd.DataFrame, column: str) -> pd.Series | None:
    if column not in dataset.columns or dataset[column].isna().all():
        return None
    return dataset[column].astype(object).where(dataset[column].notna(), None)


def _lga_keys(dataset: pd.DataFrame) -> pd.Series | None:
    """LGA of each ward, told apart from an LGA of the same name in another state."""
    lga = _text(dataset, "lga_code")
    lga = lga if lga is not None else _text(dataset, "lga_name")
    if lga is None:
        return None
    state = _text(dataset, "state_code")
    state = state if state is not None else _text(dataset, "state_name")
    if state is None:
        return lga
    joined = state.fillna("").astype(str) + "\u001f" + lga.fillna("").astype(str)
    return joined.where(lga.notna(), None)


def _pca(
    values: pd.DataFrame,
    eligible: NDArray[np.bool_],
    chosen: Selection,
    legacy: bool,
    force: bool,
    without: set[str],
) -> PcaResult:
    rule: PcaRule = "legacy" if legacy else "recommended"
    found = pca(values[eligible], chosen.inverse, chosen.outcome, rule, force=force, without=without)
    scores = np.full(len(values), np.nan)
    scores[eligible] = found.scores
    return PcaResult(**{**found.__dict__, "scores": scores})
