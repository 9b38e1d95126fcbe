"""Maps beside those of the ranks: variables by LGA, scaled values, gaps, and which wards are urban."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.core.by_lga import lga_values
from analysis.core.pipeline import RiskResult
from analysis.figures import palette
from analysis.figures.classes import NO_CLASS, Classes, classify
from analysis.figures.map_svg import Drawing, draw_map
from analysis.figures.screen import lga_keys
from analysis.figures.signs import Signs
from analysis.figures.styled import Figure, label_of, slugs, unit_in_figure
from analysis.figures.urban_svg import THRESHOLDS, URBAN, urban_map

NO_GAP = "#f4f2ec"
# How the value of an LGA is made of those of its wards.
WAYS = {"summed": "sum", "by_people": "weighted mean", "alike": "mean"}
_FIFTHS = ("0.8 – 1", "0.6 – 0.8", "0.4 – 0.6", "0.2 – 0.4", "0 – 0.2")


def more_maps(result: RiskResult, drawing: Drawing, source: str) -> Iterator[tuple[str, Figure]]:
    """Give the maps of a ranking that stand behind its main ones."""
    yield from _lga_maps(result, drawing, source)
    yield from _scaled_maps(result, drawing, source)
    yield from _raw_maps(result, drawing, source)
    yield from _gaps(result, drawing, source)
    yield from _urban(result, drawing, source)


def _figure(title: str, draw: Callable[[], str]) -> Figure:
    return Figure(title, f"Map: {title}.", draw)


def _lga_maps(result: RiskResult, drawing: Drawing, source: str) -> Iterator[tuple[str, Figure]]:
    """The mean of the wards of each LGA, by their people where known; of counts the sum."""
    keys = lga_keys(result.wards)
    shaped = keys[[bool(path) for path in drawing.wards]]
    if len(drawing.lgas) < 2 or shaped.nunique() != len(drawing.lgas):
        return
    grouped = pd.DataFrame(result.wards).groupby(keys[keys.isin(shaped.unique())])
    places = grouped[["lga_name", "lga_code", "state_code", "state_name"]].first()
    places["ward_code"], places["ward_name"] = places.index.astype("str"), places["lga_name"]
    places["lga_name"] = None
    of_lgas = replace(drawing, wards=drawing.lgas, signs=Signs())
    known = result.wards.get("population", pd.Series(np.nan, index=result.wards.index))
    people = known.to_numpy(dtype=float, na_value=np.nan)
    for name, slug in slugs(result):
        values = result.wards[name].to_numpy(dtype=float, na_value=np.nan)
        way, found = lga_values(name, keys, values.tolist(), people.tolist())
        sums, counted = pd.Series(found).reindex(places.index), WAYS[way]
        unit, label = unit_in_figure(name, result.wards[name]), label_of(name)
        label_words = label
        title = f"{label_words} by LGA, {counted} of its wards"

        def draw(
            values: pd.Series = sums,
            unit: str = unit,
            label: str = label,
            title: str = title,
            name: str = name,
        ) -> str:
            return draw_map(
                places.assign(value=values), "value", kind="variable", title=title, label=label, unit=unit, source=source,
                inverse=name in result.parameters["inverse"], drawing=of_lgas, noun="LGA",
            )  # fmt: skip

        yield f"lga_variable_{slug}", _figure(title, draw)


def _scaled_maps(result: RiskResult, drawing: Drawing, source: str) -> Iterator[tuple[str, Figure]]:
    """Each variable as it enters the models, 1 = most risk; the same five classes on all of these maps."""
    scaled = result.normalised
    for name, slug in slugs(result):
        if name not in scaled.columns:
            continue
        values = scaled[name].to_numpy(dtype=float)
        title = f"{label_of(name)}, scaled to its part of the score"

        def draw(values: np.ndarray = values, title: str = title, name: str = name) -> str:
            frame = result.wards.assign(value=values)
            place = np.clip(np.floor(np.nan_to_num(values) * 5), 0, 4).astype(np.int64)
            found = _classes(
                np.where(np.isfinite(values), 4 - place, NO_CLASS), palette.scale(palette.RISK, 5)[::-1], _FIFTHS,
                "0–1 (1 = most risk)", "No value",
            )  # fmt: skip
            return draw_map(
                frame, "value", kind="score", title=title, label=label_of(name), source=source, drawing=drawing,
                classes=found,
            )  # fmt: skip

        yield f"map_scaled_{slug}", _figure(title, draw)


def _raw_maps(result: RiskResult, drawing: Drawing, source: str) -> Iterator[tuple[str, Figure]]:
    """Each variable in which something was filled, without what was: in the classes of the map with it."""
    for name, slug in slugs(result):
        filled = result.imputation.loc[result.imputation["variable"] == name, "ward_code"]
        if filled.empty:
            continue
        lacked = result.wards["ward_code"].isin(filled).to_numpy()
        unit, label = unit_in_figure(name, result.wards[name]), label_of(name)
        label_words = label
        title = f"{label_words} before filling"

        def draw(
            lacked: np.ndarray = lacked,
            unit: str = unit,
            label: str = label,
            title: str = title,
            name: str = name,
        ) -> str:
            values = result.wards[name].where(~lacked)
            whole = classify(
                result.wards[name], "variable", unit, inverse=name in result.parameters["inverse"]
            )
            of_ward = np.where(lacked, NO_CLASS, whole.of_ward)
            counts = np.bincount(of_ward[of_ward >= 0], minlength=len(whole.labels))
            found = replace(
                whole, of_ward=of_ward, counts=tuple(counts.tolist()), missing=int((of_ward < 0).sum()),
                missing_label="Not in the table",
            )  # fmt: skip
            return draw_map(
                result.wards.assign(value=values), "value", kind="variable", title=title, label=label, unit=unit,
                source=source, drawing=drawing, classes=found,
            )  # fmt: skip

        yield f"map_raw_{slug}", _figure(title, draw)


def _gaps(result: RiskResult, drawing: Drawing, source: str) -> Iterator[tuple[str, Figure]]:
    """How many variables each ward lacked: filled for the ranking, or left open."""
    names = [str(name) for name in result.parameters["variables"]]
    filled = result.imputation.groupby("ward_code")["variable"].nunique()
    codes = result.wards["ward_code"]
    lacking = codes.map(filled).fillna(0).to_numpy(dtype=np.int64)
    lacking = lacking + result.wards[names].isna().sum(axis=1).to_numpy(dtype=np.int64)
    title = "Values that the table lacked, by ward"

    def draw() -> str:
        counts = np.unique(lacking)[::-1].tolist()
        some = sum(count > 0 for count in counts)
        colours = [*(palette.scale(palette.COVERAGE[2:], some)[::-1] if some else ()), NO_GAP][: len(counts)]
        labels = [f"{count} of {len(names)}" if count else "none" for count in counts]
        place = np.searchsorted(-np.array(counts), -lacking)
        found = _classes(place, colours, labels, "variables without a value", "No data", "most gaps first")
        return draw_map(
            result.wards.assign(value=lacking), "value", kind="variable", title=title, label="Gaps", source=source,
            drawing=drawing, classes=found,
        )  # fmt: skip

    yield "map_gaps", _figure(title, draw)


def _urban(result: RiskResult, drawing: Drawing, source: str) -> Iterator[tuple[str, Figure]]:
    """Tiers, urban wards apart: which wards a rule for urban ones would move."""
    if URBAN not in result.wards.columns:
        return
    for threshold in THRESHOLDS:
        yield f"map_urban_{threshold}", urban_map(result.wards, threshold, drawing, source).figure


def _classes(
    of_ward: np.ndarray, colours: list[str], labels: list[str] | tuple[str, ...], heading: str, missing: str,
    order: str = "highest risk first",
) -> Classes:  # fmt: skip
    counts = np.bincount(of_ward[of_ward >= 0], minlength=len(labels))
    return Classes(
        of_ward,
        tuple(colours),
        tuple(labels),
        tuple(counts.tolist()),
        int((of_ward < 0).sum()),
        heading,
        missing,
        order,
    )
