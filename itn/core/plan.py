"""From wards and a stock of nets to a plan that accounts for every ward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.core.errors import BadInput, Note

from .allocate import EXCLUDED, allocate, urban_groups
from .quantify import Whole, nets_needed, people_covered, whole_people
from .settings import PlanSettings, ranks_decide
from .totals import totals, with_lga_names

REASONS = (
    "served_full",
    "served_partial",
    "exhausted",
    "cap_too_small",
    "limits_reached",
    "excluded_urban",
    "no_population",
    "zero_need",
    "no_rank",
)
SERVED = ("served_full", "served_partial")
# Wards that may be served and get nothing: the stock ended, or nets are left and something else forbids them.
UNREACHED = ("exhausted", "cap_too_small", "limits_reached")
# The numbers of `NetPlan.summary`.
TOTALS = (
    "wards", "nets", "nets_allocated", "nets_remaining", "nets_needed", "shortfall", "population", "people_covered",
    "coverage_percent", "high_risk_people", "high_risk_covered",
)  # fmt: skip
PLACES = ("ward_code", "ward_name", "lga_code", "lga_name", "state_code", "state_name")
# The predecessor's values for what it did not know.
LEGACY_URBAN = 50.0
LEGACY_POPULATION = 10_000.0
GREEDY_SHARE = 0.5
COUNTED = "population_counted"
"""The people with their fractions, in a plan of estimates that have any; needs are counted from them."""
# Sources of populations that were filled in, and not counted.
FILLED_MEAN, FILLED_MEDIAN = "mean of the known wards", "median of the LGA"
FILLED = (FILLED_MEAN, FILLED_MEDIAN)
# `reason` decides in this order; the first that holds.
_UNSERVABLE = ("no_population", "zero_need", "no_rank", "excluded_urban")


@dataclass(frozen=True)
class NetPlan:
    """A finished plan.

    `wards` has one row per ward, in the order given: place columns, ``rank, tier,
    urban_percentage, population, population_source, need, nets_allocated, shortfall,
    people_covered, coverage_percent, reason, turn``. ``turn`` is 1 or 2 under an urban rule. Populations are
    whole; where estimates have fractions, ``population_counted`` holds them.
    """

    wards: pd.DataFrame
    settings: PlanSettings
    notes: tuple[Note, ...]

    def people(self) -> pd.Series:
        """Return the people that needs are counted from, as `make_plan` takes them. [people]"""
        return self.wards[COUNTED if COUNTED in self.wards else "population"]

    def lgas(self) -> pd.DataFrame:
        """Return the sums of each LGA."""
        return totals(self.wards, ["state_code", "state_name", "lga_code", "lga_name"])

    def states(self) -> pd.DataFrame:
        """Return the sums of each state."""
        return totals(self.wards, ["state_code", "state_name"])

    def summary(self) -> dict[str, Any]:
        """Return the figures of the plan as a JSON-ready mapping; every one is a sum or count of `wards`."""
        wards = self.wards
        allocated, need = int(wards["nets_allocated"].sum()), int(wards["need"].sum())
        population, covered = int(wards["population"].sum()), int(wards["people_covered"].sum())
        high = wards["tier"] == "High"
        reasons = wards["reason"].value_counts()
        return {
            "wards": len(wards),
            "nets": self.settings.nets,
            "nets_allocated": allocated,
            "nets_remaining": self.settings.nets - allocated,
            "nets_needed": need,
            "shortfall": need - allocated,
            "population": population,
            "people_covered": covered,
            "coverage_percent": 100 * covered / population if population else None,
            "wards_with_0_people": int((wards["population"] == 0).sum()),
            "high_risk_people": int(wards.loc[high, "population"].sum()),
            "high_risk_covered": int(wards.loc[high, "people_covered"].sum()),
            "reasons": {code: int(reasons.get(code, 0)) for code in REASONS},
        }


def make_plan(wards: pd.DataFrame, settings: PlanSettings) -> NetPlan:
    """Share a stock of nets among wards.

    Parameters
    ----------
    wards : pandas.DataFrame of n wards
        ``ward_code`` (unique), ``rank`` (1 = highest risk, missing = not ranked), ``population``
        (missing = unknown) [people]; with an urban rule ``urban_percentage`` [% of area]. Other
        place columns, ``tier`` and ``population_source`` are carried along where present.
    settings : PlanSettings
        Stock, strategy, rule.

    Returns
    -------
    NetPlan
        The same whatever the order of the rows.

    Raises
    ------
    BadInput
        Missing columns, ward codes that are missing or stand twice, impossible populations.

    Notes
    -----
    Nothing is filled in: a ward of unknown population has no need and the reason
    ``no_population``; a ward without a rank gets no nets and the reason ``no_rank``, its need
    stated. Only parity with the predecessor replaces a population, and marks each row; an unknown
    urban share decides the turn of a ward there as 50 % would, and stays unknown in `wards`.
    """
    ready = prepare(wards, settings)
    return finish(ready, shared(ready))


@dataclass(frozen=True)
class Prepared:
    """Wards whose needs are counted, before any net is given.

    `order` holds the positions of the wards that may get nets, by rank, then ward code; the
    other arrays have one entry per ward.
    """

    frame: pd.DataFrame
    settings: PlanSettings
    people: Whole
    known: NDArray[np.bool_]
    need: Whole
    ranks: NDArray[np.float64]
    groups: Whole
    holds: dict[str, NDArray[np.bool_]]
    order: NDArray[np.intp]
    notes: tuple[Note, ...]


def prepare(wards: pd.DataFrame, settings: PlanSettings) -> Prepared:
    """Check the wards and count what each needs; parameters and errors as in `make_plan`."""
    frame = _checked(wards, settings)
    notes: list[Note] = []
    if settings.parity:
        _fill_as_predecessor(frame, notes)
    people, known = whole_people(frame["population"])
    need = nets_needed(frame["population"].astype("float64").fillna(0).to_numpy(), settings)
    ranks = frame["rank"].to_numpy(dtype=np.float64, na_value=np.nan)
    unknown_share = LEGACY_URBAN if settings.parity else np.nan
    urban = frame["urban_percentage"].to_numpy(dtype=np.float64, na_value=unknown_share)
    groups = urban_groups(urban, settings)
    holds = {
        "no_population": ~known,
        "zero_need": known & (need == 0),
        "no_rank": np.isnan(ranks),
        "excluded_urban": groups == EXCLUDED,
    }
    unservable = np.logical_or.reduce(list(holds.values()))
    order = np.lexsort((frame["ward_code"].to_numpy(dtype=str), ranks))
    order = order[~unservable[order]]
    return Prepared(frame, settings, people, known, need, ranks, groups, holds, order, tuple(notes))


def shared(ready: Prepared) -> Whole:
    """Share the stock by the strategy of the settings.

    Returns
    -------
    int64 array, shape (n,)
        Nets of each ward, in the order of the rows. [nets]
    """
    nets = np.zeros(len(ready.need), dtype=np.int64)
    order = ready.order
    nets[order] = allocate(ready.need[order], ready.ranks[order], ready.groups[order], ready.settings)
    return nets


def finish(ready: Prepared, nets: Whole, *, split: bool = False) -> NetPlan:
    """Say what each ward gets and why.

    Parameters
    ----------
    ready : Prepared
    nets : int64 array, shape (n,)
        Nets of each ward, 0 ≤ nets ≤ need. [nets]
    split : bool
        Whether a solver shared them under limits; the strategy is not used then.

    Notes
    -----
    A rule leaves nets beside an unserved ward only where its cap is below one net, a split only
    where a limit holds: the stock has not run out then, and the reason says so.
    """
    frame = _assembled(ready.frame, ready.people, ready.known, ready.need, nets, ready.settings)
    left = ready.settings.nets - int(nets.sum())
    unreached = "exhausted" if not left else "limits_reached" if split else "cap_too_small"
    served = np.select([nets == 0, nets < ready.need], [REASONS.index(unreached), 1], 0)
    places = [REASONS.index(code) for code in _UNSERVABLE]
    frame["reason"] = pd.array(REASONS, dtype="str").take(
        np.select([ready.holds[code] for code in _UNSERVABLE], places, served)
    )
    turn = np.full(len(frame), np.nan)
    if ready.settings.urban_rule != "off":
        turn[ready.order] = ready.groups[ready.order] + 1.0
    frame["turn"] = pd.array(turn, dtype="Float64").astype("Int64")
    return NetPlan(frame, ready.settings, (*ready.notes, *_notes(frame, ready.settings, split)))


def _checked(wards: pd.DataFrame, settings: PlanSettings) -> pd.DataFrame:
    wanted = ["ward_code", "rank", "population"]
    if settings.urban_rule != "off":
        wanted.append("urban_percentage")
    lacking = [name for name in wanted if name not in wards.columns]
    if lacking:
        raise BadInput(
            "missing_columns",
            "The wards lack what a plan needs",
            f"There is no column {', '.join(lacking)}.",
            "Choose the columns that hold these, or an urban rule that needs none.",
            where=lacking[0],
        )
    codes = wards["ward_code"]
    twice = sorted(codes[codes.duplicated(keep=False)].astype(str).unique())
    if codes.isna().any() or twice:
        raise BadInput(
            "ward_codes_not_unique",
            "Wards can't be told apart",
            f"{int(codes.isna().sum())} wards have no code and {len(twice)} codes stand more than once.",
            "Give each ward a code of its own.",
            where="ward_code",
            examples=twice,
        )
    unknown = pd.array(["unknown"], dtype="str").take(np.full(len(wards), -1), allow_fill=True)
    columns = {name: wards[name].array if name in wards.columns else unknown for name in PLACES}
    for name in ("rank", "urban_percentage", "population"):
        columns[name] = wards[name].array if name in wards.columns else np.full(len(wards), np.nan)
        if name != "population" and not pd.api.types.is_numeric_dtype(columns[name]):
            raise _not_numeric(name, wards[name])
    for name in ("tier", "population_source"):
        columns[name] = wards[name].array if name in wards.columns else unknown
    return pd.DataFrame(columns, index=pd.RangeIndex(len(wards)))


def _not_numeric(name: str, values: pd.Series) -> BadInput:
    return BadInput(
        f"{name}_not_numeric",
        f"The {name.replace('_', ' ')} is not a number",
        f"The column {values.name} holds other things than numbers.",
        "Choose a column of numbers.",
        where=str(values.name),
        examples=[str(value) for value in values.dropna().unique()[:20]],
    )


def _fill_as_predecessor(frame: pd.DataFrame, notes: list[Note]) -> None:
    """Missing population ← mean of the known, or 10,000; that unknown urban shares count as 50 % is told alone."""
    population = frame["population"].astype("float64")
    missing = population.isna()
    mean = float(population.mean()) if (~missing).any() else LEGACY_POPULATION
    frame["population"] = population.fillna(mean)
    frame["population_source"] = frame["population_source"].where(~missing, FILLED_MEAN)
    unknown = frame["urban_percentage"].isna()
    for code, wards, message in (
        (
            "population_filled",
            missing,
            f"Wards of unknown population were given the mean, {mean:,.0f} people.",
        ),
        ("urban_filled", unknown, "Wards of unknown urban share were taken for 50 % urban."),
    ):
        if wards.any():
            notes.append(Note(code, "warning", message, int(wards.sum()), _names(frame, wards)))


def _assembled(
    frame: pd.DataFrame,
    people: Whole,
    known: NDArray[np.bool_],
    need: Whole,
    nets: Whole,
    settings: PlanSettings,
) -> pd.DataFrame:
    covered = people_covered(nets, need, people, settings)
    with np.errstate(invalid="ignore", divide="ignore"):
        coverage = 100.0 * covered / people
    unknown = ~known
    counted = {
        "population": pd.arrays.IntegerArray(people.copy(), unknown),
        "need": pd.arrays.IntegerArray(np.where(known, need, 0), unknown.copy()),
        "nets_allocated": nets,
        "shortfall": pd.arrays.IntegerArray(np.where(known, need - nets, 0), unknown.copy()),
        "people_covered": covered,
        "coverage_percent": np.where(known & (people > 0), coverage, np.nan),
    }
    others = {name: frame[name].array for name in frame.columns if name != "population"}
    source = others.pop("population_source")
    first = {"population": counted.pop("population")}
    exact = frame["population"].astype("float64")
    if (exact.dropna() % 1 != 0).any():
        first[COUNTED] = exact.array
    counted = {**first, "population_source": source, **counted}
    return pd.DataFrame(others | counted, index=frame.index)


def _notes(frame: pd.DataFrame, settings: PlanSettings, split: bool) -> list[Note]:
    notes = []
    if settings.quantity == "household":
        message = "Nets are counted by household of one size. This is approximate: households differ in size."
        notes.append(Note("household_approximate", "info", message))
    if not ranks_decide("best_split" if split else settings.strategy, settings.risk_ratio):
        notes.append(Note("ranks_break_ties", "info", _alike(settings, split)))
    for code, message in (
        ("no_population", "Wards of unknown population are not planned for; they stay in the list."),
        ("no_rank", "Wards without a rank get no nets; their need stays in the list."),
        ("excluded_urban", "Urban wards were left out by the rule."),
    ):
        wards = frame["reason"] == code
        if wards.any():
            need = int(frame.loc[wards, "need"].sum())
            tail = f" They would need {need:,} nets." if need else ""
            severity = "info" if code == "excluded_urban" else "warning"
            notes.append(Note(code, severity, message + tail, int(wards.sum()), _names(frame, wards)))  # type: ignore[arg-type]
    nobody = (frame["population"] == 0).fillna(False).astype(bool)
    if nobody.any():
        message = "Wards with 0 people get no nets. Where 0 stands for an unknown number, choose the rule that says so, or leave it empty."
        notes.append(Note("nobody_there", "warning", message, int(nobody.sum()), _names(frame, nobody)))
    unknown = frame["urban_percentage"].isna() & frame["reason"].isin((*SERVED, *UNREACHED))
    if settings.urban_rule != "off" and not settings.parity and unknown.any():
        message = "Wards of unknown urban share were not taken for urban."
        notes.append(Note("urban_unknown", "warning", message, int(unknown.sum()), _names(frame, unknown)))
    most = int(frame["nets_allocated"].max()) if len(frame) else 0
    if settings.strategy == "sequential" and most > GREEDY_SHARE * settings.nets:
        ward = frame["nets_allocated"] == most
        message = (
            f"One ward takes {100 * most / settings.nets:.0f} % of the nets. Proportional shares spread them."
        )
        notes.append(Note("one_ward_takes_most", "warning", message, 1, _names(frame, ward)))
    return [*notes, *_same_people(frame), *_left(frame, settings, split)]


def _alike(settings: PlanSettings, split: bool) -> str:
    """What a plan says in which the ranks decide nothing but ties."""
    if split:
        return "All wards weigh the same in the split; the ranking does not change who gets nets."
    if settings.urban_rule != "off":
        return "Wards whose turn it is get the same share of their need; the ranking does not change who gets nets, it breaks ties."
    return "Every ward gets the same share of its need; the ranking does not change who gets nets, it breaks ties."


def _same_people(frame: pd.DataFrame) -> list[Note]:
    """Wards of one name and one number of people: a join by name may have given one count to both."""
    counted = (frame["population"] > 0).fillna(False).astype(bool) & frame["ward_name"].notna()
    counted &= ~frame["population_source"].isin(FILLED)
    named = frame.loc[counted, ["ward_name", "population"]]
    named = named.assign(ward_name=named["ward_name"].astype("str").str.strip().str.casefold())
    twice = named.index[named.duplicated(keep=False)]
    if twice.empty:
        return []
    message = (
        "Wards of the same name have the same population: one count may have been given to each of them."
    )
    wards = pd.Series(frame.index.isin(twice), index=frame.index)
    return [Note("same_name_same_people", "warning", message, len(twice), _names(frame, wards))]


def _left(frame: pd.DataFrame, settings: PlanSettings, split: bool) -> list[Note]:
    """Nets that stay in stock while wards still need some, and what keeps them there."""
    waiting = frame["reason"].isin((*UNREACHED, "served_partial"))
    left = settings.nets - int(frame["nets_allocated"].sum())
    if not left or not waiting.any():
        return []
    code = "nets_left_by_limits" if split else "nets_left_by_cap"
    message = f"{left:,} nets stay in stock because of the cap, while wards still need nets."
    if split:
        message = (
            f"{left:,} nets stay in stock because of the limits of the split, while wards still need nets."
        )
    return [Note(code, "warning", message, int(waiting.sum()), _names(frame, waiting))]


def _names(frame: pd.DataFrame, wards: pd.Series) -> tuple[str, ...]:
    named = with_lga_names(frame.loc[wards])
    rows = named[["ward_name", "lga_name", "ward_code"]].sort_values("ward_code").head(20)
    return tuple(
        f"{name if isinstance(name, str) else code}{f', {lga}' if isinstance(lga, str) else ''}"
        for name, lga, code in rows.itertuples(index=False)
    )
