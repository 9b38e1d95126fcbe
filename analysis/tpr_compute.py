"""Test positivity of the wards of a map from a facility export: every step, nothing written. Needs no Django."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.matching import MatchReport
from analysis.core.names import normalise_name
from analysis.core.tpr import (
    dhis2,
    months,
    outliers,
    positivity,
    quality,
    register,
    schema,
    spellings,
    totals,
    unknown,
)
from analysis.core.tpr.outliers import OutlierRule
from analysis.core.tpr.periods import DateOrder
from analysis.core.tpr.totals import TotalsRule
from analysis.core.zones import state_of
from analysis.known_names import used_note
from analysis.readers.facilities import FacilityFile

LEAST_MAPPED = 0.7
UnknownWards = Literal["leave", "share"]
WARD_COLUMNS = (
    "ward_code", "ward_name", "lga_name", "tested", "positive", "tpr_percent", "tpr_low", "tpr_high", "flags",
)  # fmt: skip
STEPS = (
    ("clean", "Repairing the export"),
    ("count", "Reading the counts"),
    ("match", "Matching wards"),
    ("rates", "Computing positivity"),
    ("quality", "Checking the data"),
)


@dataclass(frozen=True)
class Request:
    """What is asked of a facility export."""

    choice: positivity.Choice = field(default_factory=positivity.Choice)
    mapping: Mapping[str, str] = field(default_factory=dict)
    undo: Collection[str] = ()
    above_tested: months.AboveTested = "exclude"
    state: str = ""
    accept_review: bool = False
    least_mapped: float | None = LEAST_MAPPED
    unknown_wards: UnknownWards = "leave"
    outliers: OutlierRule = "keep"
    totals: TotalsRule = "keep"
    dates: DateOrder = "auto"
    register: pd.DataFrame | None = None


@dataclass(frozen=True)
class Reports:
    """The reports of an export as arrays, and what was done to get there."""

    months: months.FacilityMonths
    schema: schema.Schema
    cleaning: dhis2.CleaningReport


@dataclass(frozen=True)
class WardPositivity:
    """The wards of the map with their positivity, and everything the pages and files show beside it."""

    wards: gpd.GeoDataFrame
    reports: Reports
    matches: MatchReport
    place: np.ndarray
    cube: positivity.Cube
    raw: positivity.Cube
    reporting: quality.Reporting
    combinations: pd.DataFrame
    quality: pd.DataFrame
    outliers: pd.DataFrame
    mapped_share: float
    notes: tuple[Note, ...]

    def table(self) -> pd.DataFrame:
        """Return wards.csv."""
        return pd.DataFrame(self.wards)[list(WARD_COLUMNS)]


def no_report(step: str, percent: float) -> None:
    """Tell nobody how far the work is."""


def read_reports(
    found: FacilityFile, filename: str, asked: Request, boundaries: pd.DataFrame | None = None
) -> Reports:
    """Clean an export and turn it into arrays; the boundaries say which spellings are wards of their own."""
    frame, lines, cleaning = dhis2.clean(
        found.frame, found.lines, undo=asked.undo, mapping=asked.mapping, dates=asked.dates
    )
    fields = schema.detect(frame, asked.mapping)
    if asked.register is not None:
        frame, fields = register.lend_wards(frame, lines, fields, asked.register)
    schema.require_fields(fields, filename, [str(name) for name in frame.columns])
    made = months.facility_months(
        frame, lines, fields, above_tested=asked.above_tested, state=asked.state, boundaries=boundaries,
        dates=asked.dates,
    )  # fmt: skip
    return Reports(months.without_copies(made), fields, cleaning)


def compute(
    found: FacilityFile,
    filename: str,
    boundaries: gpd.GeoDataFrame,
    asked: Request,
    *,
    confirmed: Callable[[pd.DataFrame], Mapping[int, str | None]] | None = None,
    aliases: pd.DataFrame | None = None,
    on_step: Callable[[str, float], None] = no_report,
) -> WardPositivity:
    """Compute the positivity of every ward of a map.

    Parameters
    ----------
    confirmed : callable, optional
        Given the wards of the export (with ``table_row`` and ``ward_name``), returns what a person decided.
    on_step : callable
        Told the step of `STEPS` and the percentage reached.

    Raises
    ------
    BadInput
        For an export that can't be read so, columns that look exchanged, or too few cases on the map.
    """
    on_step("clean", 0)
    reports, said_of_file = read_reports(found, filename, asked, boundaries), found.notes
    # Whoever hands the file over without keeping it has its room back for what follows.
    del found
    on_step("count", 25)
    made = reports.months
    groups = ("u5", "o5", "pw", "all") if asked.choice.age_group == "all_ages" else (asked.choice.age_group,)
    notes = [
        *months.refuse_swapped(made, reports.schema, groups),
        *positivity.age_notes(made.pairs, asked.choice),
    ]
    on_step("match", 40)
    _refuse_other_states(made.wards, boundaries)
    decided = confirmed(made.wards) if confirmed else {}
    made, matches, told = spellings.match_reports(
        made, boundaries, confirmed=decided, accept_review=asked.accept_review, aliases=aliases
    )
    doubled = totals.area_totals(made)
    notes += totals.totals_notes(doubled, asked.totals)
    if asked.totals == "drop" and len(doubled):
        made = totals.without_totals(made, doubled)
    strange = outliers.outliers(made)
    listed_strange = outliers.outlier_table(made, strange, asked.outliers)
    notes += [*told, *outliers.replaced_notes(made, strange, asked.outliers)]
    if asked.outliers == "median" and len(strange):
        made = months.with_raw(made, outliers.replace_outliers(made, strange), asked.above_tested)
    reports = replace(reports, months=made)
    place = _places(made, matches, boundaries)
    share = quality.mapped_share(made, place)
    if asked.least_mapped is not None and share < asked.least_mapped:
        kept = len(doubled) > 0 and asked.totals == "keep"
        raise _too_few_mapped(share, asked.least_mapped, quality.unknown_wards(made, place), totals_in=kept)
    boundaries, named = _with_lga_names(boundaries, made.wards, matches)
    notes += named
    on_step("rates", 60)
    cube = positivity.sum_reports(made, place, len(boundaries))
    raw = positivity.sum_reports(made, place, len(boundaries), raw=True)
    shared: unknown.Shared | None = None
    if asked.unknown_wards == "share":
        lgas = unknown.lga_numbers(made, boundaries)
        shared = unknown.share_unknown(cube, made, place, *lgas)
        cube, raw = shared.cube, unknown.share_unknown(raw, made, place, *lgas, raw=True).cube
        notes += shared.notes()
    received = quality.reporting(made, place, len(boundaries))
    taken = shared.taken if shared else None
    wards = _ward_table(boundaries, made, place, cube, raw, asked.choice, taken)
    years = positivity.years_of(cube)
    spans = ("all", *(years if len(years) > 1 else ()))
    combined = positivity.combinations(cube, raw, methods=positivity.methods_of(cube), periods=spans)
    on_step("quality", 80)
    listed = quality.quality_table(made, place, boundaries, received, strange, asked.outliers, totals=doubled)
    found_by_name = used_note(matches)
    said = (*said_of_file, *reports.cleaning.notes, *reports.schema.notes, *made.notes, *notes, *found_by_name, *matches.notes)  # fmt: skip
    return WardPositivity(
        wards, reports, matches, place, cube, raw, received, combined, listed, listed_strange, share, said
    )


def lga_table(result: WardPositivity) -> pd.DataFrame:
    """Positivity of each LGA, from the sums of its wards."""
    wards = pd.DataFrame(result.wards)
    number, named = quality.lga_groups(wards)
    inside = wards[["tested", "positive"]].reset_index(drop=True)[number >= 0]
    sums = inside.groupby(number[number >= 0]).sum(min_count=1)
    return pd.concat([named[["lga_name", "state_name"]], sums, positivity.rates(sums)], axis=1)


def summary(result: WardPositivity, choice: positivity.Choice) -> dict[str, Any]:
    """Return the figures of a run, JSON-ready."""
    wards, made = result.wards, result.reports.months
    pairs = result.matches.counts()
    whole = wards[["tested", "positive"]].sum(min_count=1).to_frame().T
    rate = positivity.rates(whole).iloc[0]
    return {
        "wards": len(wards),
        "wards_with_data": int(wards["tested"].notna().sum()),
        "wards_with_tpr": int(wards["tpr_percent"].notna().sum()),
        "tested": _number(whole["tested"].iloc[0]),
        "positive": _number(whole["positive"].iloc[0]),
        "tpr_percent": _number(rate["tpr_percent"]),
        "reports": len(made.line),
        "facilities": len(made.facilities),
        "layout": result.reports.schema.layout,
        "columns": result.reports.schema.as_dict(),
        "periods": [label for label in result.cube.periods if label],
        "choice": {**vars(choice), "label": choice.label()},
        "mapped_percent": _number(100 * result.mapped_share),
        "review": pairs["review"],
        "unmatched_table": pairs["unmatched"],
        "unmatched_boundaries": pairs["unmatched_boundaries"],
        "notes": [note.as_dict() for note in dict.fromkeys(result.notes)],
    }


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _places(made: months.FacilityMonths, matches: MatchReport, boundaries: gpd.GeoDataFrame) -> np.ndarray:
    """Position of each report's ward among the boundaries, −1 for none."""
    accepted = matches.pairs[matches.pairs["status"] == "accepted"]
    position = pd.Series(np.arange(len(boundaries)), index=boundaries["ward_code"].to_numpy())
    of_row = pd.Series(position.loc[accepted["ward_code"]].to_numpy(), index=accepted["table_row"].to_numpy())
    of_ward = of_row.reindex(made.wards["table_row"]).fillna(-1).to_numpy(dtype=np.intp)
    return np.where(made.ward >= 0, np.append(of_ward, -1)[made.ward], -1)


def _with_lga_names(
    boundaries: gpd.GeoDataFrame, wards: pd.DataFrame, matches: MatchReport
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """The wards with the LGAs that the reports name, where the map names none; a ward without reports gets none."""
    if boundaries["lga_name"].notna().any() or wards["lga_name"].isna().all():
        return boundaries, []
    accepted = matches.pairs[matches.pairs["status"] == "accepted"]
    of_row = wards.set_index("table_row")["lga_name"].reindex(accepted["table_row"]).to_numpy(dtype=object)
    found = pd.DataFrame({"code": accepted["ward_code"].to_numpy(), "lga": of_row}).dropna()
    # Spellings of one LGA are one: the first stands for all.
    key = found["lga"].map(lambda name: normalise_name(name, level="lga"))
    of_code = found.assign(lga=found.groupby(key)["lga"].transform("first")).drop_duplicates("code")
    names = of_code.set_index("code")["lga"].reindex(boundaries["ward_code"])
    filled = boundaries.assign(lga_name=pd.array(names.to_numpy(dtype=object), dtype="str"))
    message = "The boundaries name no LGAs; the names were taken from the matched wards of the reports."
    return filled, [Note("lga_names_from_table", "info", message, int(names.notna().sum()))]


def _ward_table(
    boundaries: gpd.GeoDataFrame,
    made: months.FacilityMonths,
    place: np.ndarray,
    cube: positivity.Cube,
    raw: positivity.Cube,
    choice: positivity.Choice,
    taken: np.ndarray | None = None,
) -> gpd.GeoDataFrame:
    sums = positivity.select_sums(cube, choice, raw=raw)
    table = sums.join(positivity.rates(sums))
    columns = positivity.pairs_of(cube.pairs, choice.age_group, choice.method)
    # Of the facilities and the time that were asked for, as the counts are.
    asked = np.where(positivity.of_choice(made, choice), place, -1)
    above = quality.above_tested(made, asked, len(boundaries), columns)
    received = quality.reporting(made, place, len(boundaries), level=choice.level, period=choice.period)
    rate = received.rate if received.periods else np.full(len(boundaries), np.nan)
    table["flags"] = positivity.flags(table, above=above, reporting=rate, shared=taken)
    table["reporting_percent"] = 100 * rate
    return gpd.GeoDataFrame(
        pd.concat([boundaries.drop(columns="geometry").reset_index(drop=True), table], axis=1),
        geometry=boundaries.geometry.to_numpy(),
        crs=boundaries.crs,
    )


def _refuse_other_states(wards: pd.DataFrame, boundaries: gpd.GeoDataFrame) -> None:
    named = {text: state_of(text) for text in wards["state_name"].dropna().unique()}
    ours = {state.name for state in named.values() if state}
    known = {
        state_of(text) for name in ("state_name", "state_code") for text in boundaries[name].dropna().unique()
    }
    theirs = {state.name for state in known if state}
    if not ours or not theirs or ours <= theirs:
        return
    raise BadInput(
        "several_states" if len(ours) > 1 else "other_state",
        "The table and the map are of different states",
        f"The reports are of {', '.join(sorted(ours))}; the boundaries of {', '.join(sorted(theirs))}.",
        "Choose one state that the boundaries hold, or give boundaries of all of them.",
        where="state",
        examples=sorted(ours - theirs),
    )


def _persons(row: Any) -> str:
    return "no counts" if np.isnan(row.tested) else f"{row.positive:g} positive of {row.tested:g}"


def _too_few_mapped(share: float, least: float, lost: pd.DataFrame, *, totals_in: bool) -> BadInput:
    listed = [
        f"{row.ward_name if isinstance(row.ward_name, str) else 'ward not named'}"
        f"{f' ({row.lga_name})' if isinstance(row.lga_name, str) else ''}: {_persons(row)}"
        for row in lost.head(20).itertuples()
    ]
    return BadInput(
        "too_few_mapped",
        "Too few cases lie on the map",
        f"{100 * share:.0f} % of the positive tests belong to a ward of the boundaries; at least {100 * least:.0f} % are needed.",
        "Leave out the rows that look like totals of a ward, LGA or state."
        if totals_in
        else "Confirm the proposed wards, or check that table and boundaries are of the same area.",
        where="ward",
        examples=listed,
    )
