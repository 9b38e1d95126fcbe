"""A net plan from one file to a folder of results; needs no Django, database or service."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.core.errors import BadInput, Note
from analysis.core.names import canonical_table
from analysis.core.ranks import TIERS, tier
from analysis.core.variables import find_column, suggest
from analysis.headless import writable
from analysis.readers.sniff import require_file
from analysis.readers.tables import read_table
from analysis.writers.text import write_csv
from itn.core.candidates import Candidates, candidate_table, candidates
from itn.core.plan import NetPlan, make_plan
from itn.core.population import fill_population, rule_told
from itn.core.settings import PlanSettings
from itn.core.totals import with_lga_names
from itn.traces import UNITS, population_traces, traced
from sessions_app.checksums import sha256_of

PLAN_COLUMNS = (
    "ward_code", "ward_name", "lga_name", "rank", "population", "need", "nets_allocated", "coverage_percent",
    "reason",
)  # fmt: skip
WARDS = "plan.parquet"
"""Every column of every ward with its type, for `compare_plans` and other programs."""
FILES = ("plan.csv", WARDS, "lgas.csv", "plan.json")
CANDIDATES = "candidates.csv"
"""Written when a share was given from which a ward is urban."""
RANK_COLUMNS = ("composite_rank", "rank")
TIER_COLUMNS = {"composite_rank": "composite_tier", "pca_rank": "pca_tier"}
"""The tiers that belong to the ranks of a ranking's own table."""


@dataclass(frozen=True)
class Columns:
    """Which columns of the file are meant; empty ones are recognised by their names."""

    population: str = ""
    rank: str = ""
    urban: str = ""
    population_year: str = ""
    rank_1_is: str = "highest"


def plan_nets(
    wards: Path,
    out: Path,
    settings: PlanSettings,
    columns: Columns = Columns(),
    *,
    candidate_threshold: object = None,
    population_rule: str = "leave",
) -> dict[str, Any]:
    """Plan and write the results into `out`.

    Parameters
    ----------
    candidate_threshold : number, optional
        Urban share from which a low-risk ward is a candidate for re-prioritisation; that of the urban rule
        if not given. Without either none are listed. [% of area]
    population_rule : str
        One of `RULES`: what becomes of wards of unknown population, and of wards with 0 people.

    Returns
    -------
    dict
        JSON-ready figures of the plan, its notes among them.

    Raises
    ------
    BadInput
        For bad data or settings; nothing has been written to `out` then.
    """
    started = time.perf_counter()
    target = writable(out)
    threshold = settings.threshold if candidate_threshold is None else candidate_threshold
    frame, notes, source = read_wards(
        wards, columns, settings, urban=threshold is not None, population_rule=population_rule
    )
    plan = make_plan(frame, settings)
    found = None if threshold is None else candidates(plan.wards, threshold)
    told = [*notes, *plan.notes]
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=target) as folder:
        write_plan(plan, Path(folder), source, told, found)
        out.mkdir(parents=True, exist_ok=True)
        # A list of an earlier plan in the same folder would be taken for one of this plan.
        (out / CANDIDATES).unlink(missing_ok=True)
        for path in sorted(Path(folder).iterdir()):
            shutil.move(path, out / path.name)
    figures = plan.summary() | {"settings": settings.as_dict(), "source": source, "candidates": _told(found)}
    return figures | {
        "notes": [note.as_dict() for note in told],
        "seconds": round(time.perf_counter() - started, 3),
    }


def read_wards(
    path: Path,
    columns: Columns,
    settings: PlanSettings,
    *,
    urban: bool = False,
    population_rule: str = "leave",
) -> tuple[pd.DataFrame, list[Note], dict[str, str]]:
    """Read the wards of a plan; with `urban` their urban share even where no rule needs it.

    Returns
    -------
    wards : pandas.DataFrame
        As `make_plan` takes them.
    notes : list of Note
    source : dict
        Where rank, population and urban share came from.
    """
    require_file(path, "--wards")
    table = read_table(path, path.name, min_variables=0, min_wards=1)
    rows = table.with_rows()
    notes = list(table.notes)
    wards = _places(rows, notes)
    headers = [str(name) for name in table.frame.columns]
    rank = _column(headers, columns.rank, RANK_COLUMNS, "rank", "--rank-column")
    population = _column(headers, columns.population, ("population",), "population", "--population-column")
    wards["rank"] = _turned(_numbers(rows[rank]), columns.rank_1_is)
    wards["population"] = _numbers(rows[population])
    source = {
        "file": path.name,
        "rank": rank,
        "rank_1_is": columns.rank_1_is,
        "population": population,
        "population_year": columns.population_year or "not stated",
        "population_rule": rule_told(population_rule, parity=settings.parity),
    }
    wards["population_source"] = f"{path.name}: {population}"
    if pd.api.types.is_numeric_dtype(wards["population"]):  # else it is refused by the plan
        wards, told = fill_population(wards, population_rule)
        notes += told
    if urban or settings.urban_rule != "off" or columns.urban:
        share = _column(headers, columns.urban, ("urban_percentage",), "urban share", "--urban-column")
        wards["urban_percentage"], source["urban"] = _numbers(rows[share]), share
    wards["tier"] = _tiers(rows, wards["rank"], _tier_column(headers, rank, columns.rank_1_is))
    return wards, notes, source


def _places(rows: pd.DataFrame, notes: list[Note]) -> pd.DataFrame:
    """Place columns; a ward without a code is known by its place, so that the order of the rows decides nothing."""
    places = canonical_table(rows)
    for name in ("ward_name", "lga_name", "lga_code", "state_name", "state_code", "ward_code"):
        if name in places and places[name].dtype.kind in "fi":
            places[name] = places[name].astype("Int64").astype("str")
    lines = places.pop("table_row")
    if "ward_code" not in places:
        places["ward_code"] = _place_codes(places, lines)
        message = "The table has no ward codes; each ward is known by its state, LGA and name, and by its row where these are alike."
        notes.append(Note("codes_from_places", "info", message, len(places)))
    elif places["ward_code"].isna().any():
        lacking = places["ward_code"].isna()
        made = _place_codes(places[lacking], lines[lacking])
        places["ward_code"] = places["ward_code"].astype("str").where(~lacking, made)
        message = "Wards without a code are known by their state, LGA and name, and by their row where these are alike."
        notes.append(Note("codes_from_places", "warning", message, int(lacking.sum()), tuple(made)))
    return places


def _place_codes(places: pd.DataFrame, lines: pd.Series) -> pd.Series:
    """State, LGA and ward as one text, whose order is theirs; with the line of the file where several are alike."""
    parts = []
    for level in ("state", "lga", "ward"):
        known = [
            places[name]
            for name in (f"{level}_name", f"{level}_code")
            if name in places and name != "ward_code"
        ]
        if known:
            part = known[0].astype("str").str.strip()
            part = part.fillna(known[1].astype("str")) if len(known) > 1 else part
            parts.append(part.fillna("unknown"))
    codes = parts[0].str.cat(parts[1:], sep=" / ") if len(parts) > 1 else parts[0]
    numbers = lines.astype("str")
    rows = codes + " / row " + numbers.str.zfill(int(numbers.str.len().max()))
    return codes.where(~codes.duplicated(keep=False), rows)


def _column(headers: list[str], asked: str, usual: tuple[str, ...], what: str, option: str) -> str:
    """The column that is meant: the one asked for, else the one that goes by a usual name."""
    for name in (asked,) if asked else usual:
        found = find_column(name, headers)
        if found is not None:
            return found
    missing = f"There is no column “{asked}”." if asked else f"No column is known to hold the {what}."
    raise BadInput(
        "no_such_column" if asked else f"no_{what.replace(' ', '_')}_column",
        f"The column of the {what} is missing",
        missing,
        f"Name it after {option}.",
        where=option,
        examples=suggest(asked or usual[0], headers) or headers,
    )


def _numbers(values: pd.Series) -> pd.Series:
    """Numbers of a column that is read as text because it is named like a code; other text stays, and is refused."""
    if pd.api.types.is_numeric_dtype(values):
        return values
    found = pd.to_numeric(values, errors="coerce")
    return found if (found.notna() == values.notna()).all() else values


def _turned(ranks: pd.Series, rank_1_is: str) -> pd.Series:
    """Ranks with 1 = highest risk."""
    if rank_1_is == "highest" or not pd.api.types.is_numeric_dtype(ranks):
        return ranks
    return ranks.max() + 1 - ranks


def _tier_column(headers: list[str], rank: str, rank_1_is: str) -> str | None:
    """The column of tiers that belongs to the chosen ranks; none to other ranks, or to ranks that are turned round."""
    own = {find_column(ranks, headers): tiers for ranks, tiers in TIER_COLUMNS.items()}
    return find_column(own[rank], headers) if rank in own and rank_1_is == "highest" else None


def _tiers(rows: pd.DataFrame, ranks: pd.Series, stored: str | None) -> pd.Series:
    """The stored tiers, else those of the ranks."""
    if stored is not None and rows[stored].dropna().isin(TIERS).all():
        return rows[stored]
    if not pd.api.types.is_numeric_dtype(ranks):
        return pd.Series([None] * len(rows), dtype="str", index=rows.index)  # refused by the plan
    return pd.Series(tier(ranks.to_numpy(dtype="float64", na_value=float("nan"))), index=rows.index)


def write_plan(
    plan: NetPlan, folder: Path, source: dict[str, str], notes: list[Note], found: Candidates | None = None
) -> None:
    """Write the files of `FILES`, and the candidates if there is a list of them, into an existing folder.

    The id of the plan is the checksum of its plan.csv.
    """
    origin = {
        "plan_id": sha256_of(write_csv(plan_table(plan), folder / "plan.csv")),
        **population_traces(source),
        "population_source": f"{source['file']}: {source['population']}",
    }
    plan.wards.to_parquet(folder / WARDS, index=False)
    write_csv(traced(plan.lgas(), origin), folder / "lgas.csv")
    if found is not None:
        write_csv(traced(candidate_table(found), origin), folder / CANDIDATES)
    about = {
        "plan_id": origin["plan_id"],
        "settings": plan.settings.as_dict(),
        "source": source,
        "summary": plan.summary(),
        "units": UNITS,
        "candidates": _told(found),
        "notes": [note.as_dict() for note in notes],
    }
    text = json.dumps(about, ensure_ascii=False, allow_nan=False, indent=1)
    (folder / "plan.json").write_text(text + "\n", encoding="utf-8")


def _told(found: Candidates | None) -> dict[str, Any] | None:
    """The candidates for re-prioritisation by ward code; None where nothing says which wards are urban."""
    if found is None:
        return None
    return {
        "threshold": found.threshold,
        "wards": found.wards["ward_code"].tolist(),
        "rural_among_lowest": found.rural["ward_code"].tolist(),
        "nets": found.nets,
    }


def plan_table(plan: NetPlan) -> pd.DataFrame:
    """Return the rows of plan.csv: highest risk first, wards without a rank last; LGAs without a name by their code."""
    named = with_lga_names(plan.wards).sort_values(["rank", "ward_code"], na_position="last")
    ordered = named[list(PLAN_COLUMNS)].copy()
    ranks = ordered["rank"].astype("Float64")
    if (ranks.dropna() % 1 == 0).all():
        ordered["rank"] = ranks.astype("Int64")
    return ordered.reset_index(drop=True)
