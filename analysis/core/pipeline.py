"""From a joined dataset to a ranked list of wards: the whole computation, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from .compare import Comparison, compare
from .composite import Composite, composite, truncated_combinations
from .dataset import build_dataset
from .errors import BadInput, Note
from .impute import Imputed, impute
from .names import CANONICAL
from .neighbours import queen_neighbours
from .normalise import normalise
from .pca import PcaResult, pca
from .ranks import Cut, competition_rank, stability, tier
from .selection import Selection, as_numbers, imputation_plan, select
from .zones import zone_of

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
EQUAL_AREA = "EPSG:6933"
OnStep = Callable[[str, float], None]


def _silent(step: str, percent: float) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class RiskResult:
    """A finished ranking; one row of `wards` per boundary ward, in the order of the dataset.

    Composite and PCA ranks count from 1 = highest risk. `normalised` holds the 0–1 values by
    ``ward_code``. `models` lists ``model, variables, size``; `model_scores` is wide, with
    ``ward_code`` and one column per model.
    """

    wards: gpd.GeoDataFrame
    models: pd.DataFrame
    model_scores: pd.DataFrame = field(repr=False)
    normalised: pd.DataFrame = field(repr=False)
    imputation: pd.DataFrame
    pca: PcaResult
    comparison: Comparison
    parameters: dict[str, Any]
    notes: tuple[Note, ...]

    def summary(self) -> dict[str, Any]:
        """Return the figures of the run as a JSON-ready mapping."""
        return {
            "wards": len(self.wards),
            "ranked": int(self.wards["composite_rank"].notna().sum()),
            "variables": list(self.parameters["variables"]),
            "outcome": self.parameters["outcome"],
            "method": self.parameters["method"],
            "models": len(self.models),
            "imputed_cells": len(self.imputation),
            "kmo": self.pca.kmo,
            "bartlett_p": self.pca.bartlett_p,
            "pca_ranked": int(self.wards["pca_rank"].notna().sum()),
            "spearman": self.comparison.spearman,
            "notes": [note.as_dict() for note in self.notes],
        }


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
        Override the recognised outcome variable and zone.
    cut : str or (float, float)
        Shares of wards in the tiers High and Low.
    aggregate : {"median_score", "median_rank"}
    force_pca : bool
        Score by PCA although its tests fail; labelled as such.
    on_step : callable of (step, percent)
        Told when each step of `STEPS` begins. [0–100]

    Returns
    -------
    RiskResult

    Raises
    ------
    BadInput
        Fewer than 3 wards with data, fewer than 2 or more than 8 usable variables, unknown
        columns or methods.

    Notes
    -----
    Wards are computed in the order of their codes and models are built from sorted names, so the
    order of rows and columns changes nothing.
    """
    _check(dataset, method)
    legacy = method != "recommended"
    truncated = method == "mrpt-legacy-truncated"
    on_step("prepare", 0)
    order = np.argsort(dataset["ward_code"].astype(str).to_numpy(), kind="stable")
    ordered = dataset.iloc[order].reset_index(drop=True)
    recorded = _recorded(ordered)
    chosen = select(
        ordered[recorded], variables=variables, inverse=inverse, outcome=outcome, zone=zone,
        legacy=legacy, truncated=truncated,
    )  # fmt: skip
    names = list(chosen.variables) if truncated else sorted(chosen.variables)
    numbers = as_numbers(ordered, names).where(pd.Series(recorded), np.nan)
    eligible = recorded & numbers.notna().any(axis=1).to_numpy()
    if int(eligible.sum()) < MIN_WARDS:
        raise _too_few_wards(int(eligible.sum()))
    on_step("impute", 15)
    plan, plan_notes = imputation_plan(numbers[eligible], chosen.outcome, imputation or {}, legacy)
    filled = _filled(ordered, numbers, plan, eligible)
    on_step("normalise", 35)
    scaled = normalise(
        filled.values, chosen.inverse, "reciprocal" if legacy else "linear",
        refuse_nonpositive=False, constant="half" if legacy else "missing",
    ).where(pd.Series(eligible), np.nan)  # fmt: skip
    on_step("models", 45)
    scored = composite(
        scaled, models=truncated_combinations(names) if truncated else None,
        aggregate="median_rank" if aggregate == "median_rank" else "median_score", skip_missing=legacy,
    )  # fmt: skip
    on_step("pca", 70)
    found = _pca(filled.values, eligible, chosen, legacy, force_pca)
    on_step("compare", 85)
    wards, comparison = _assembled(ordered, filled, scored, found, chosen, eligible, recorded, cut)
    parameters = {
        "method": method, "variables": names, "inverse": sorted(chosen.inverse), "outcome": chosen.outcome,
        "zones": list(chosen.zones), "imputation": plan, "aggregate": aggregate,
        "cut": cut if isinstance(cut, str) else list(cut), "force_pca": force_pca,
    }  # fmt: skip
    notes = (*chosen.notes, *plan_notes, *_ward_notes(numbers, filled, eligible, recorded), *found.notes)
    result = _in_order(wards, ordered, scored, scaled, filled, order)
    on_step("compare", 100)
    return RiskResult(*result, pca=found, comparison=comparison, parameters=parameters, notes=notes)


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
    return dataset["table_row"].notna().to_numpy(dtype=bool)


def _filled(
    dataset: gpd.GeoDataFrame, numbers: pd.DataFrame, plan: Mapping[str, str], eligible: NDArray[np.bool_]
) -> Imputed:
    needed = {plan[str(name)] for name in numbers.columns if numbers.loc[eligible, name].isna().any()}
    touching = needed & {"spatial", "spatial_or_mean"}
    n = len(dataset)
    neighbours = queen_neighbours(dataset.geometry) if touching else sparse.csr_matrix((n, n))
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
    values: pd.DataFrame, eligible: NDArray[np.bool_], chosen: Selection, legacy: bool, force: bool
) -> PcaResult:
    found = pca(
        values[eligible], chosen.inverse, chosen.outcome, "legacy" if legacy else "recommended", force=force
    )
    scores = np.full(len(values), np.nan)
    scores[eligible] = found.scores
    return PcaResult(**{**found.__dict__, "scores": scores})


def _assembled(
    dataset: gpd.GeoDataFrame,
    filled: Imputed,
    scored: Composite,
    found: PcaResult,
    chosen: Selection,
    eligible: NDArray[np.bool_],
    recorded: NDArray[np.bool_],
    cut: Cut,
) -> tuple[gpd.GeoDataFrame, Comparison]:
    """The ward table of the result, in the order of `dataset`, and the comparison."""
    pca_rank = competition_rank(found.scores)
    tiers, pca_tiers = tier(scored.ranks, cut=cut), tier(pca_rank, cut=cut)
    steady = stability(scored.model_scores)
    columns: dict[str, Any] = {name: dataset[name] for name in CANONICAL if name in dataset.columns}
    columns["zone"] = _zones(dataset)
    if "population" in dataset.columns:
        columns["population"] = dataset["population"]
    for name in filled.values.columns:
        columns[name] = filled.values[name]
    if "urban_percentage" in dataset.columns and "urban_percentage" not in columns:
        columns["urban_percentage"] = dataset["urban_percentage"]
    columns |= {
        "composite_score": scored.scores,
        "composite_rank": _whole(scored.ranks),
        "composite_tier": tiers,
        "pca_score": found.scores,
        "pca_rank": _whole(pca_rank),
        "pca_tier": pca_tiers,
        "rank_difference": _whole(scored.ranks - pca_rank),
        "rank_min": _whole(steady["rank_min"].to_numpy()),
        "rank_q1": steady["rank_q1"],
        "rank_median": steady["rank_median"],
        "rank_q3": steady["rank_q3"],
        "rank_max": _whole(steady["rank_max"].to_numpy()),
        "share_top_third": steady["share_top_third"],
        "imputed_variables": _imputed_names(filled),
        **_places(dataset),
        "flags": _flags(filled, scored.ranks, chosen.outcome, eligible, recorded),
    }
    wards = gpd.GeoDataFrame(
        pd.DataFrame(columns, index=dataset.index), geometry=dataset.geometry.to_numpy(), crs=dataset.crs
    )
    return wards, compare(scored.ranks, pca_rank, tiers, pca_tiers)


def _whole(values: NDArray[np.float64]) -> Any:
    return pd.array(values, dtype="Float64").astype("Int64")


def _zones(dataset: pd.DataFrame) -> pd.Series:
    zone = pd.Series(None, index=dataset.index, dtype=object)
    for column in ("state_name", "state_code"):
        if column in dataset.columns:
            texts = dataset[column].dropna().unique()
            zone = zone.fillna(dataset[column].map({text: zone_of(text) for text in texts}))
    return zone


def _places(dataset: gpd.GeoDataFrame) -> dict[str, NDArray[np.float64]]:
    """Area [km²] in an equal-area projection and centroid [degrees] of each ward."""
    located = dataset.geometry if dataset.crs is not None else dataset.geometry.set_crs("EPSG:4326")
    flat = located.to_crs(EQUAL_AREA)
    centres = flat.centroid.to_crs("EPSG:4326")
    area = flat.area.to_numpy() / 1e6
    return {
        "area_km2": np.where(area > 0, area, np.nan),
        "centroid_lat": centres.y.to_numpy(),
        "centroid_lon": centres.x.to_numpy(),
    }


def _imputed_names(filled: Imputed) -> Any:
    listed = filled.record.groupby("position")["variable"].agg(";".join)
    return listed.reindex(range(len(filled.values)), fill_value="").astype("str").array


def _flags(
    filled: Imputed,
    ranks: NDArray[np.float64],
    outcome: str | None,
    eligible: NDArray[np.bool_],
    recorded: NDArray[np.bool_],
) -> NDArray[Any]:
    """Codes joined by ";" that say why a ward is not ranked, or what its rank rests on."""
    n = len(ranks)
    lacking = filled.values.isna().to_numpy() & eligible[:, None]
    imputed = np.zeros(n, dtype=bool)
    imputed[filled.record["position"]] = True
    outcome_filled = np.zeros(n, dtype=bool)
    outcome_filled[filled.record.loc[filled.record["variable"] == outcome, "position"]] = True
    coded = [
        ("unmatched", ~recorded),
        ("no_data", recorded & ~eligible),
        ("not_ranked", eligible & np.isnan(ranks)),
        ("partial", lacking.any(axis=1) & ~np.isnan(ranks)),
        *((f"missing:{name}", lacking[:, i]) for i, name in enumerate(filled.values.columns)),
        ("imputed", imputed),
        ("outcome_imputed", outcome_filled),
    ]
    flags = np.full(n, "", dtype=object)
    for code, where in coded:
        flags = flags + np.where(where, f"{code};", "").astype(object)
    return pd.Series(flags, dtype="str").str.rstrip(";").to_numpy(dtype=object)


def _ward_notes(
    numbers: pd.DataFrame, filled: Imputed, eligible: NDArray[np.bool_], recorded: NDArray[np.bool_]
) -> list[Note]:
    notes = []
    if len(filled.record):
        counts = filled.record["variable"].value_counts().sort_index()
        notes.append(Note("imputed", "info", "Missing values were filled; each is listed.", len(filled.record),
                          tuple(f"{name}: {count}" for name, count in counts.items())))  # fmt: skip
    empty = int((recorded & ~eligible).sum())
    if empty:
        notes.append(Note("no_data", "warning", "Wards whose record has none of the variables; not ranked.", empty))
    sparse = int((numbers[eligible].isna().mean(axis=1) > 0.4).sum())
    if sparse:
        notes.append(Note("sparse_wards", "warning", "Wards that lack more than 40 % of the variables.", sparse))
    return notes


def _in_order(
    wards: gpd.GeoDataFrame,
    ordered: pd.DataFrame,
    scored: Composite,
    scaled: pd.DataFrame,
    filled: Imputed,
    order: NDArray[np.intp],
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Everything per ward back in the order of the dataset."""
    back = np.argsort(order, kind="stable")
    labels = [f"model_{number}" for number in range(1, len(scored.models) + 1)]
    models = pd.DataFrame(
        {
            "model": labels,
            "variables": [";".join(model) for model in scored.models],
            "size": [len(model) for model in scored.models],
        }
    )
    scores = pd.DataFrame(scored.model_scores[back], columns=labels)
    scores.insert(0, "ward_code", ordered["ward_code"].to_numpy()[back])
    normalised = scaled.iloc[back].reset_index(drop=True)
    normalised.insert(0, "ward_code", ordered["ward_code"].to_numpy()[back])
    positions = filled.record["position"].to_numpy()
    record = filled.record.drop(columns="position")
    record.insert(0, "ward_code", ordered["ward_code"].to_numpy()[positions])
    record.insert(1, "ward_name", ordered["ward_name"].to_numpy()[positions])
    return wards.iloc[back].reset_index(drop=True), models, scores, normalised, record
