"""The report of a ranking."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.core.doubtful import unit_of
from analysis.core.ranks import TIERS
from analysis.core.variables import lookup
from itn.core.totals import with_lga_names
from reports.core.document import Block, Bullets, Column, Heading, Paragraph, Picture, Report, Table
from reports.core.drawings import boxes_alone, for_paper, variable_name
from reports.core.facts import (
    LGA_KEY,
    Origin,
    Setting,
    chapter,
    cover_facts,
    file_rows,
    labelled,
    matching_lines,
    note_lines,
    signatures,
    states_of,
    told,
    ward_place,
    warning,
)
from reports.core.language import NOTHING, Language

FONT = "FiraGO, 'Segoe UI', Roboto, Arial, sans-serif"
HIGHEST = 20
FIRM = 0.9
_SMALLEST_P = 0.001


@dataclass(frozen=True)
class Ranking:
    """A stored ranking: its rows, its models, and the values it filled."""

    origin: Origin
    wards: pd.DataFrame = field(repr=False)
    models: int
    imputation: pd.DataFrame = field(repr=False)

    @property
    def ranked(self) -> pd.DataFrame:
        """Ranked wards, highest risk first."""
        rows = self.wards[self.wards["composite_rank"].notna()]
        return rows.sort_values(["composite_rank", "ward_code"])

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the ranking was computed with."""
        return self.origin.summary["parameters"]


def ranking_report(language: str, setting: Setting, ranking: Ranking) -> Report:
    """Return the report of a ranking in English or French."""
    say = Language(language)
    states = states_of(ranking.wards)
    title = say.say("title_risk")
    annex = annex_table(say, ranking)
    blocks: list[Block] = [
        *chapter(say, "summary", Bullets(tuple(_summary(say, ranking)))),
        *chapter(
            say,
            "maps",
            picture(say, ranking.origin, "map_rank", 0.86),
            picture(say, ranking.origin, "map_tier", 0.86),
        ),
        *chapter(
            say,
            "priorities",
            _highest(say, ranking),
            Paragraph(say.say("marks"), small=True),
            _lgas(say, ranking),
        ),
        *_firmness(say, ranking),
        *_variables(say, ranking),
        *_second(say, ranking),
        *chapter(
            say,
            "methods",
            Bullets(tuple(_methods(say, ranking))),
            _workflow(say, ranking),
            _parameters(say, setting, ranking),
        ),
        *_quality(say, setting, ranking),
        *chapter(say, "limits", Bullets(tuple(_limits(say, ranking)))),
        *chapter(say, "signatures", signatures(say)),
        *chapter(say, "annex", Paragraph(say.say("marks"), small=True), annex, new_page=True),
    ]
    return Report(
        language, title, ", ".join(states) or setting.session,
        cover_facts(say, setting, ranking.origin, states), tuple(blocks), say.say("contents"),
        say.say("page"), f"{title} · {setting.session}", warning(say, setting),
    )  # fmt: skip


def picture(say: Language, origin: Origin, name: str, share: float = 1.0) -> Picture | None:
    """Return a stored drawing, or nothing where there is none."""
    svg = origin.figures.get(name)
    if svg is None:
        return None
    drawn = next(
        (row for row in origin.summary["figures"] if row["name"] == name), {"title": name, "alt": name}
    )
    caption = variable_name(str(drawn["title"]), say.code)
    if say.code == "fr":
        caption = for_paper(f"<text>{caption}</text>", "fr", FONT)[6:-7]
    alt = str(drawn["alt"]) if say.code == "en" else caption
    return Picture(name, for_paper(svg, say.code, FONT), caption, alt, share)


def _summary(say: Language, ranking: Ranking) -> list[str]:
    ranked, wards = ranking.ranked, ranking.wards
    lines = [say.say("ranked", len(ranked), wards=len(wards))]
    if len(ranked) < len(wards):
        lines.append(say.say("unranked", len(wards) - len(ranked)))
    counts = {name: int((ranked["composite_tier"] == name).sum()) for name in TIERS}
    lines.append(say.say("tiers", high=counts["High"], medium=counts["Medium"], low=counts["Low"]))
    first = ranked.iloc[0].to_dict()
    lines.append(
        say.say("first", int(first["models_used"]), place=ward_place(say, first),
                best=int(first["rank_min"]), worst=int(first["rank_max"]))
    )  # fmt: skip
    lgas = _by_lga(ranking).head(3)
    named = [
        say.say("place", ward=told(row.label), lga=int(row.high)) for row in lgas.itertuples() if row.high
    ]
    if named:
        lines.append(say.say("most_high", lgas=say.listed(named)))
    lines += _people(say, ranked, wards)
    lines.append(say.say("firm", int((ranked["share_top_third"] >= FIRM).sum())))
    filled = len(ranking.imputation)
    lines.append(say.say("filled", filled) if filled else say.say("nothing_filled"))
    rho = ranking.origin.summary["comparison"].get("spearman")
    agreement = "agreement_forced" if ranking.origin.summary["pca"].get("forced") else "agreement"
    lines.append(say.say("no_second") if rho is None else say.say(agreement, rho=say.decimal(rho, 2)))
    return lines


def _people(say: Language, ranked: pd.DataFrame, wards: pd.DataFrame) -> list[str]:
    if "population" not in wards or not wards["population"].notna().any():
        return []
    known = float(wards["population"].sum())
    high = float(ranked.loc[ranked["composite_tier"] == "High", "population"].sum())
    share = say.percent(100 * high / known) if known else NOTHING
    return [say.say("high_people", people=say.whole(high), share=share, source=say.say("population_column"))]


def _by_lga(ranking: Ranking) -> pd.DataFrame:
    wards = ranking.wards.assign(
        ranked=ranking.wards["composite_rank"].notna(),
        **{name.lower(): ranking.wards["composite_tier"] == name for name in TIERS},
    )
    if "state_name" not in wards:
        wards = wards.assign(state_name=pd.array([None] * len(wards), dtype="str"))
    wards = with_lga_names(wards)
    grouped = wards.groupby(list(LGA_KEY), dropna=False, sort=True)
    summed = grouped[["ranked", "high", "medium", "low"]].sum().astype("int64")
    summed.insert(0, "wards", grouped.size())
    summed["best"] = grouped["composite_rank"].min()
    return labelled(summed.reset_index()).sort_values(
        ["high", "best"], ascending=[False, True], kind="stable"
    )


def letter(say: Language, tier: Any) -> str:
    """Return the letter of a tier."""
    return say.say("tier_letters")[TIERS.index(tier)] if tier in TIERS else NOTHING


def _span(say: Language, row: Mapping[str, Any]) -> str:
    if pd.isna(row["rank_min"]):
        return NOTHING
    return f"{say.whole(row['rank_min'])}–{say.whole(row['rank_max'])}"


def _marks(row: Mapping[str, Any]) -> str:
    flags = str(row["flags"] or "")
    return ("*" if "imputed" in flags else "") + ("†" if "partial" in flags or "missing:" in flags else "")


_WARD_COLUMNS = (
    ("rank", "right", 0.75), ("ward", "left", 2.6), ("lga", "left", 2.0), ("tier", "left", 1.0),
    ("score", "right", 0.85), ("rank_span", "right", 1.6), ("pca_rank", "right", 1.0), ("notes_column", "left", 0.8),
)  # fmt: skip


def _ward_rows(say: Language, wards: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            say.whole(row["composite_rank"]),
            told(row["ward_name"]) if isinstance(row["ward_name"], str) else say.say("no_name"),
            told(row["lga_name"]),
            letter(say, row["composite_tier"]),
            say.decimal(row["composite_score"], 3),
            _span(say, row),
            say.whole(row["pca_rank"]),
            _marks(row),
        )
        for row in wards.to_dict("records")
    )


def columns(say: Language, wanted: Any) -> tuple[Column, ...]:
    """Return the columns of a table from (message, side, share)."""
    return tuple(Column(say.say(key), side, share) for key, side, share in wanted)


def _highest(say: Language, ranking: Ranking) -> Table:
    rows = ranking.ranked.head(HIGHEST)
    return Table(columns(say, _WARD_COLUMNS), _ward_rows(say, rows), say.say("top_caption", len(rows)))


def annex_table(say: Language, ranking: Ranking) -> Table:
    """Return all wards, ranked ones first."""
    whole = ranking.wards.sort_values(["composite_rank", "ward_code"], na_position="last")
    return Table(columns(say, _WARD_COLUMNS), _ward_rows(say, whole), small=True)


def _lgas(say: Language, ranking: Ranking) -> Table:
    found = _by_lga(ranking)
    rows = tuple(
        (
            told(row["label"]),
            *(say.whole(row[key]) for key in ("wards", "ranked", "high", "medium", "low", "best")),
        )
        for row in found.to_dict("records")
    )
    sums = found[["wards", "ranked", "high", "medium", "low"]].sum()
    wanted = (
        ("lga", "left", 2.4), ("wards", "right", 1), ("ranked_column", "right", 1), ("High", "right", 1),
        ("Medium", "right", 1), ("Low", "right", 1), ("best_rank", "right", 1.1),
    )  # fmt: skip
    total = (say.say("all"), *(say.whole(value) for value in sums), say.whole(found["best"].min()))
    return Table(columns(say, wanted), rows, say.say("lga_caption"), total)


def _firmness(say: Language, ranking: Ranking) -> list[Block]:
    moved = (ranking.ranked["rank_max"] - ranking.ranked["rank_min"]).astype("float64")
    values = (("span_half", moved.median()), ("span_ninety", moved.quantile(0.9)), ("span_most", moved.max()))
    rows = tuple((say.say(key), say.say("ranks_count", int(np.ceil(value)))) for key, value in values)
    table = Table(
        columns(say, (("measure", "left", 2), ("value", "right", 1))), rows, say.say("span_caption")
    )
    shown = picture(say, ranking.origin, "stability_01")
    return chapter(say, "firmness", Paragraph(say.say("firmness_text")), table, shown)


def _variables(say: Language, ranking: Ranking) -> list[Block]:
    inverse = set(ranking.parameters["inverse"])
    names = list(ranking.parameters["variables"])
    rows = []
    for name in names:
        values = ranking.ranked[name].astype("float64")
        filled = int((ranking.imputation["variable"] == name).sum()) if len(ranking.imputation) else 0
        rows.append((
            label(say, name), unit(say, name, values), say.say("lower" if name in inverse else "higher"),
            say.significant(values.min()), say.significant(values.median()), say.significant(values.max()),
            say.whole(filled), say.whole(int(values.isna().sum())),
        ))  # fmt: skip
    wanted = (
        ("variable", "left", 2.3), ("unit", "left", 1.5), ("risk_when", "left", 1.2), ("minimum", "right", 1.1),
        ("median", "right", 1.1), ("maximum", "right", 1.1), ("filled_column", "right", 1.15), ("open_column", "right", 1.2),
    )  # fmt: skip
    maps = [picture(say, ranking.origin, f"map_variable_{k:02d}", 0.86) for k in range(1, len(names) + 1)]
    table = Table(columns(say, wanted), tuple(rows), say.say("variables_caption"), small=True)
    return chapter(say, "variables", table, *maps)


def label(say: Language, name: str) -> str:
    """Return the name of a variable in words."""
    known = lookup(name)
    return variable_name(known.label, say.code) if known else name


def unit(say: Language, name: str, values: pd.Series) -> str:
    """Return the unit of a variable; that it is not stated where its values do not fit the usual one."""
    known = lookup(name)
    stated = unit_of(name, values.to_numpy(dtype="float64", na_value=np.nan))
    if known is None or not stated:
        return say.say("not_stated")
    return variable_name(stated, say.code) if stated == known.unit else say.say("not_stated")


def _second(say: Language, ranking: Ranking) -> list[Block]:
    pca, comparison = ranking.origin.summary["pca"], ranking.origin.summary["comparison"]
    if comparison.get("spearman") is None:
        return chapter(say, "second", Paragraph(say.say("no_second")))
    wards = ranking.ranked[ranking.ranked["pca_rank"].notna()]
    same, p = int((wards["composite_tier"] == wards["pca_tier"]).sum()), pca.get("bartlett_p")
    small = p is not None and p < _SMALLEST_P
    share = say.percent(100 * same / len(wards)) if len(wards) else NOTHING
    rows = (
        (say.say("kmo"), say.decimal(pca.get("kmo"), 3)),
        (
            say.say("bartlett"),
            say.say("below", value=say.decimal(_SMALLEST_P, 3)) if small else say.decimal(p, 3),
        ),
        (say.say("spearman"), say.decimal(comparison["spearman"], 3)),
        (say.say("same_tier"), say.say("place", ward=say.whole(same), lga=share)),
    )
    table = Table(columns(say, (("measure", "left", 2.4), ("value", "right", 1))), rows)
    shown = [
        picture(say, ranking.origin, name) for name in ("comparison_ranks", "tier_table", "loadings", "scree")
    ]
    forced = Paragraph(say.say("second_forced")) if pca.get("forced") else None
    return chapter(say, "second", Paragraph(say.say("second_text")), forced, table, *shown)


def _workflow(say: Language, ranking: Ranking) -> Picture | None:
    """The diagram of the steps, without the paper beside it."""
    shown = picture(say, ranking.origin, "workflow", 0.62)
    return shown and replace(shown, svg=boxes_alone(shown.svg))


def _methods(say: Language, ranking: Ranking) -> list[str]:
    keys = ("m_matching", "m_filling", "m_scaling")
    after = ["m_median", "m_tiers"]
    if ranking.origin.summary["comparison"].get("spearman") is not None:
        after.append("m_pca_forced" if ranking.origin.summary["pca"].get("forced") else "m_pca")
    lines = [say.say(key) for key in keys]
    return [*lines, say.say("m_models", ranking.models), *(say.say(key) for key in after)]


def _parameters(say: Language, setting: Setting, ranking: Ranking) -> Table:
    found = ranking.parameters
    rows = [
        (say.say("p_method"), _word(say, found["method"])),
        (say.say("p_outcome"), label(say, found["outcome"]) if found["outcome"] else say.say("none")),
        (say.say("p_zone"), _zone(say, ranking)),
        *([(say.say("p_period"), stated)] if (stated := ranking.origin.params.get("period")) else []),
        (say.say("p_cut"), _cut(say, found["cut"])),
        (say.say("p_aggregate"), _word(say, found["aggregate"])),
        *([(say.say("p_force_pca"), say.say("yes"))] if found.get("force_pca") else []),
        *(
            (say.say("p_gaps", name=label(say, name)), fill_words(say, how))
            for name, how in found["imputation"].items()
        ),
        *file_rows(say, setting),
        (say.say("result"), ranking.origin.id),
        (say.say("program"), say.say("program_version", version=ranking.origin.version)),
    ]
    wanted = (("parameter", "left", 1), ("value", "left", 1.8))
    return Table(columns(say, wanted), tuple(rows), say.say("parameters_caption"), small=True)


def _zone(say: Language, ranking: Ranking) -> str:
    zones = ", ".join(ranking.parameters["zones"]) or NOTHING
    return say.say("zone_chosen", zones=zones) if ranking.origin.params.get("zone") else zones


def _cut(say: Language, cut: Any) -> str:
    if isinstance(cut, str):
        return _word(say, cut)
    high, low = (say.percent(100 * share) for share in cut)
    return say.say("v_own_cut", high=high, low=low)


def _word(say: Language, value: Any) -> str:
    return say.say(f"v_{value}") if say.knows(f"v_{value}") else str(value)


def fill_words(say: Language, how: str) -> str:
    """Return how a gap was filled, in words."""
    return say.say(f"fill_{how}") if say.knows(f"fill_{how}") else how.replace("_", " ")


def _quality(say: Language, setting: Setting, ranking: Ranking) -> list[Block]:
    filled = None
    if len(ranking.imputation):
        counted = ranking.imputation.groupby(["variable", "method"], sort=True).size()
        rows = tuple(
            (label(say, str(name)), fill_words(say, str(how)), say.whole(int(count)))
            for (name, how), count in counted.items()
        )
        wanted = (("variable", "left", 1.4), ("how", "left", 1.6), ("count", "right", 0.7))
        filled = Table(columns(say, wanted), rows, say.say("q_filled_caption"))
    notes = [*setting.dataset.get("notes", ()), *ranking.origin.summary["notes"]]
    unlike = list({(note["code"], note["message"]): note for note in notes}.values())
    return chapter(
        say, "quality", matching_lines(say, setting), filled, Heading(say.say("q_notes"), 2), note_lines(say, unlike)
    )  # fmt: skip


def _limits(say: Language, ranking: Ranking) -> list[str]:
    lines = [say.say(key) for key in ("l_ranking", "l_data", "l_weights", "l_close")]
    filled = len(ranking.imputation)
    return [*lines, say.say("l_filled", filled)] if filled else lines
