"""The result of a ranking: its ward table, flags and summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .compare import Comparison, compare
from .composite import Composite
from .doubtful import unit_of
from .errors import Note
from .gaps import SPARSE
from .impute import Imputed
from .names import CANONICAL
from .pca import PcaResult
from .ranks import Cut, competition_rank, stability, tier
from .selection import Selection
from .zones import zone_of

EQUAL_AREA = "EPSG:6933"


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
            "units": {
                name: unit_of(name, self.wards[name].to_numpy(dtype=np.float64, na_value=np.nan))
                for name in self.parameters["variables"]
            },
            "outcome": self.parameters["outcome"],
            "zones": list(self.parameters["zones"]),
            "cut": self.parameters["cut"],
            "method": self.parameters["method"],
            "models": len(self.models),
            "imputed_cells": len(self.imputation),
            "kmo": self.pca.kmo,
            "bartlett_p": self.pca.bartlett_p,
            "pca_without": list(self.parameters["pca_without"]),
            "pca_forced": self.pca.forced,
            "pca_ranked": int(self.wards["pca_rank"].notna().sum()),
            "spearman": self.comparison.spearman,
            "notes": [note.as_dict() for note in self.notes],
        }


def assemble(
    dataset: gpd.GeoDataFrame,
    filled: Imputed,
    scored: Composite,
    found: PcaResult,
    chosen: Selection,
    eligible: NDArray[np.bool_],
    recorded: NDArray[np.bool_],
    cut: Cut,
    without_outcome: NDArray[np.bool_],
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
        "models_used": _whole(steady["models_used"].to_numpy(dtype=np.float64)),
        "share_top_third": steady["share_top_third"],
        "imputed_variables": _imputed_names(filled),
        **_places(dataset),
        "flags": _flags(filled, scored.ranks, chosen.outcome, eligible, recorded, without_outcome, found),
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
    without_outcome: NDArray[np.bool_],
    found: PcaResult,
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
        ("no_data", recorded & ~eligible & ~without_outcome),
        ("no_outcome_data", without_outcome),
        ("not_ranked", eligible & np.isnan(ranks)),
        ("partial", lacking.any(axis=1) & ~np.isnan(ranks)),
        *((f"missing:{name}", lacking[:, i]) for i, name in enumerate(filled.values.columns)),
        ("imputed", imputed),
        ("outcome_imputed", outcome_filled),
        ("pca_forced", found.forced & ~np.isnan(found.scores)),
    ]
    flags = np.full(n, "", dtype=object)
    for code, where in coded:
        flags = flags + np.where(where, f"{code};", "").astype(object)
    return np.asarray(pd.Series(flags, dtype="str").str.rstrip(";"), dtype=object)


def ward_notes(
    names: pd.Series,
    numbers: pd.DataFrame,
    filled: Imputed,
    eligible: NDArray[np.bool_],
    recorded: NDArray[np.bool_],
    without_outcome: NDArray[np.bool_],
) -> list[Note]:
    """What to tell about gaps: filled cells by variable, and the wards that lack much."""
    notes = []
    if len(filled.record):
        counts = filled.record["variable"].value_counts().sort_index()
        each = tuple(f"{name}: {count}" for name, count in counts.items())
        message = "Missing values were filled; each is listed."
        notes.append(Note("imputed", "info", message, len(filled.record), each))
    sparse = eligible & (numbers.isna().mean(axis=1) > SPARSE).to_numpy()
    told = (
        (
            recorded & ~eligible & ~without_outcome,
            "no_data",
            "Wards whose record has none of the variables; not ranked.",
        ),
        (without_outcome, "no_outcome_data", "Wards without a value of the malaria outcome; not ranked."),
        (sparse, "sparse_wards", "Wards that lack more than 40 % of the variables."),
    )
    for where, code, message in told:
        if where.any():
            examples = tuple(names[where].head(20).astype("str"))
            notes.append(Note(code, "warning", message, int(where.sum()), examples))
    return notes


def in_order(
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
