"""The report of a net plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from itn.core.plan import FILLED, REASONS
from itn.core.settings import ranks_decide
from itn.core.totals import totals, with_lga_names
from reports.core.document import Block, Bullets, Heading, Paragraph, Report, Table
from reports.core.facts import (
    LGA_KEY,
    Origin,
    Setting,
    chapter,
    cover_facts,
    file_rows,
    labelled,
    lga_key,
    matching_lines,
    note_lines,
    signatures,
    states_of,
    told,
    ward_place,
    warning,
)
from reports.core.language import NOTHING, Language
from reports.core.plan_settings import plan_methods, population_line, setting_rows
from reports.core.ranking import columns, picture


@dataclass(frozen=True)
class Planned:
    """A stored plan and its rows."""

    origin: Origin
    wards: pd.DataFrame = field(repr=False)

    @property
    def lgas(self) -> pd.DataFrame:
        """Sums of each LGA, with ``label``, the name that tells it from the others."""
        return labelled(totals(with_lga_names(self.wards), list(LGA_KEY)))

    @property
    def sums(self) -> dict[str, int]:
        """Sums over all wards."""
        names = ("population", "need", "nets_allocated", "people_covered")
        return {name: int(self.wards[name].sum()) for name in names}

    def of_tier(self, name: str) -> tuple[int, int]:
        """Return the people of a tier and how many of them are covered."""
        rows = self.wards[self.wards["tier"] == name]
        return int(rows["population"].sum()), int(rows["people_covered"].sum())

    @property
    def served(self) -> int:
        """Wards that get nets."""
        return int((self.wards["nets_allocated"] > 0).sum())


def nets_report(language: str, setting: Setting, plan: Planned) -> Report:
    """Return the report of a plan in English or French."""
    say = Language(language)
    states, title = states_of(plan.wards), say.say("title_itn_plan")
    figures = plan.origin
    annex = Table(
        columns(say, _WARD_COLUMNS),
        _ward_rows(say, _in_order(plan)),
        _annex_caption(say, plan),
        small=True,
    )
    curve = _curve(say, plan)
    blocks: list[Block] = [
        *chapter(say, "summary", Bullets(tuple(summary_lines(say, plan)))),
        *chapter(say, "maps", picture(say, figures, "map_coverage", 0.86), picture(say, figures, "map_nets", 0.86)),
        *chapter(say, "outcome", _outcomes(say, plan)),
        *chapter(say, "delivery", _delivery(say, plan)),
        *chapter(say, "candidates", *_candidates(say, plan)),
        *chapter(say, "more_or_fewer", curve, picture(say, figures, "curve_stock") if curve else None),
        *chapter(say, "evenness", picture(say, figures, "curve_coverage"), picture(say, figures, "curve_lorenz")),
        *chapter(say, "methods", Bullets(plan_methods(say, [plan.origin])), _parameters(say, setting, plan)),
        *chapter(say, "quality", Paragraph(population_line(say, plan.origin)), matching_lines(say, setting),
                 Heading(say.say("q_notes"), 2), note_lines(say, list(plan.origin.summary["notes"]))),
        *chapter(say, "limits", Bullets(plan_limits(say, [plan.origin]))),
        *chapter(say, "signatures", signatures(say)),
        *chapter(say, "annex", annex, new_page=True),
    ]  # fmt: skip
    facts = ((say.say("plan"), plan.origin.title), *cover_facts(say, setting, plan.origin, states))
    return Report(
        language, title, ", ".join(states) or setting.session, facts, tuple(blocks), say.say("contents"),
        say.say("page"), f"{title} · {plan.origin.title} · {setting.session}", warning(say, setting),
    )  # fmt: skip


def plan_title(language: str, params: Mapping[str, Any]) -> str:
    """Return the name that a plan was given, else its stock and strategy."""
    say = Language(language)
    return str(
        params.get("name")
        or say.say("plan_title", nets=int(params["nets"]), strategy=say.say(params["strategy"]))
    )


def summary_lines(say: Language, plan: Planned) -> list[str]:
    """Return the plan in a few sentences, each number a sum or count of its rows."""
    sums, stock = plan.sums, int(plan.origin.params["nets"])
    share = say.percent(100 * sums["people_covered"] / sums["population"]) if sums["population"] else NOTHING
    lines = [
        say.say(
            "p_allocated",
            allocated=sums["nets_allocated"],
            nets=stock,
            served=plan.served,
            wards=len(plan.wards),
        ),
        say.say("p_covered", covered=sums["people_covered"], population=sums["population"], share=share),
    ]
    people, covered = plan.of_tier("High")
    if people:
        lines.append(say.say("p_high", covered=covered, population=people))
    lines.append(say.say("p_need", need=sums["need"], short=sums["need"] - sums["nets_allocated"]))
    counts = {
        "p_left": stock - sums["nets_allocated"],
        "p_unknown": int((plan.wards["reason"] == "no_population").sum()),
        "p_zero": int((plan.wards["population"] == 0).sum()),
    }
    lines += [say.say(key, count) for key, count in counts.items() if count]
    summary = plan.origin.summary
    if summary.get("curve"):
        rows = {row["nets"]: row for row in summary["curve"]}
        here, more = rows[summary["nets"]], rows[summary["more_nets"]]
        change = {
            name: int(more[name] - here[name]) for name in ("nets", "people_covered", "high_risk_covered")
        }
        lines.append(
            say.say(
                "p_more",
                nets=change["nets"],
                people=change["people_covered"],
                high=change["high_risk_covered"],
            )
        )
    if summary.get("split"):
        lines.append(say.say("p_solver", gap=say.percent(100 * summary["split"]["gap"], 2)))
        if not summary["split"]["proven"]:
            lines.append(say.say("p_solver_time"))
    if summary.get("gini") is not None:
        lines.append(say.say("p_gini", value=say.decimal(summary["gini"], 3)))
    if summary.get("cost_total"):
        currency = str(plan.origin.params.get("costs", {}).get("currency", ""))
        lines.append(say.say("p_cost", amount=f"{say.decimal(summary['cost_total'], 2)} {currency}".strip()))
    return lines


def plan_limits(say: Language, origins: Sequence[Origin]) -> tuple[str, ...]:
    """Return what plans do not say; where they use ranks differently, which plan does what."""
    uses: dict[str, list[str]] = {}
    for number, origin in enumerate(origins, 1):
        uses.setdefault(_rank_use(origin), []).append(say.say("plan_number", number=number))
    ranks = [say.say(key) for key in uses]
    if len(uses) > 1:
        ranks = [
            say.say("colon", name=say.listed(plans), value=text)
            for plans, text in zip(uses.values(), ranks, strict=True)
        ]
    return (say.say("lp_population"), say.say("lp_use"), *ranks, say.say("lp_routes"))


def _rank_use(origin: Origin) -> str:
    """The message that says what the ranking has to do with a plan."""
    settings = origin.summary["settings"]
    if ranks_decide(settings["strategy"], settings["risk_ratio"]):
        return "lp_rank"
    if settings["strategy"] == "best_split":
        return "lp_alike_split"
    return "lp_alike" if settings["urban_rule"] == "off" else "lp_alike_turns"


def _outcomes(say: Language, plan: Planned) -> Table:
    rows = []
    for reason in REASONS:
        wards = plan.wards[plan.wards["reason"] == reason]
        if len(wards):
            numbers = (
                len(wards),
                *(int(wards[name].sum()) for name in ("population", "need", "nets_allocated")),
            )
            rows.append((say.say(reason), *(say.whole(number) for number in numbers)))
    sums = plan.sums
    total = (
        say.say("all"),
        *(say.whole(n) for n in (len(plan.wards), sums["population"], sums["need"], sums["nets_allocated"])),
    )
    wanted = (
        ("reason", "left", 2.2),
        ("wards", "right", 1),
        ("people", "right", 1.3),
        ("need", "right", 1.2),
        ("nets", "right", 1.3),
    )
    return Table(columns(say, wanted), tuple(rows), say.say("outcome_caption"), total)


def _delivery(say: Language, plan: Planned) -> Table:
    found = plan.lgas
    priced: dict[tuple[str, ...], float] = {}
    for line in plan.origin.summary.get("lgas", ()):
        if "cost_total" in line:
            priced[lga_key(line)] = priced.get(lga_key(line), 0.0) + line["cost_total"]
    costs = bool(plan.origin.summary.get("cost_total"))
    keys = ("wards", "wards_served", "population", "need", "nets_allocated")
    rows = []
    for row in found.to_dict("records"):
        cells = [
            told(row["label"]),
            *(say.whole(row[key]) for key in keys),
            say.percent(row["coverage_percent"]),
        ]
        if costs:
            cells.append(say.decimal(priced.get(lga_key(row)), 2))
        rows.append(tuple(cells))
    sums = found[list(keys)].sum()
    covered = 100 * found["people_covered"].sum() / sums["population"] if sums["population"] else None
    total = [say.say("all"), *(say.whole(sums[key]) for key in keys), say.percent(covered)]
    if costs:
        total.append(say.decimal(plan.origin.summary["cost_total"], 2))
    wanted = [
        ("lga", "left", 2.1), ("wards", "right", 0.9), ("served", "right", 0.9), ("people", "right", 1.3),
        ("need", "right", 1.1), ("nets", "right", 1.35), ("coverage", "right", 1.2),
    ]  # fmt: skip
    shown = list(columns(say, wanted))
    if costs:
        currency = str(plan.origin.params.get("costs", {}).get("currency", ""))
        shown.append(type(shown[0])(say.say("cost", currency=currency).strip(), "right", 1.4))
    return Table(tuple(shown), tuple(rows), say.say("delivery_caption"), tuple(total))


def _candidates(say: Language, plan: Planned) -> list[Block]:
    """Low-risk urban wards, if somebody said from which share a ward is urban."""
    found = plan.origin.summary.get("candidates")
    if not found:
        return []
    share = found.get("threshold", plan.origin.summary["settings"].get("threshold"))
    wards = found["wards"]
    text = say.say(
        "candidates_text",
        len(wards),
        share=say.percent(share, 0 if float(share).is_integer() else 1),
        nets=found["nets"],
    )
    rows = tuple(
        (ward_name(say, row), told(row["lga_name"]), say.whole(row["rank"]), say.percent(row["urban_percentage"], 0),
         say.whole(row["need"]), say.whole(row["nets_allocated"]))
        for row in wards
    )  # fmt: skip
    wanted = (
        ("ward", "left", 2.2), ("lga", "left", 1.8), ("rank", "right", 0.8), ("urban_share", "right", 1.0),
        ("need", "right", 1.0), ("nets", "right", 1.4),
    )  # fmt: skip
    blocks: list[Block] = [Paragraph(text)]
    if found["rural"]:
        names = say.listed([ward_place(say, row) for row in found["rural"]])
        blocks.append(Paragraph(say.say("candidates_rural", names=names)))
    if rows:
        blocks.append(Table(columns(say, wanted), rows, say.say("candidates_caption"), small=True))
    return blocks


def _curve(say: Language, plan: Planned) -> Table | None:
    summary = plan.origin.summary
    if not summary.get("curve"):
        return None
    rows = []
    for row in summary["curve"]:
        nets = say.whole(row["nets"])
        stock = say.say("this_plan", nets=nets) if row["nets"] == summary["nets"] else nets
        rows.append(
            (stock, *(say.whole(row[key]) for key in ("people_covered", "high_risk_covered", "wards_served")))
        )
    wanted = (
        ("stock", "right", 1.3),
        ("covered", "right", 1),
        ("high_covered", "right", 1.3),
        ("served", "right", 1),
    )
    return Table(columns(say, wanted), tuple(rows), say.say("curve_caption"))


def _parameters(say: Language, setting: Setting, plan: Planned) -> Table:
    rows = [
        *setting_rows(say, plan.origin),
        *file_rows(say, setting),
        (say.say("result"), plan.origin.id),
        (say.say("program"), say.say("program_version", version=plan.origin.version)),
    ]
    wanted = (("parameter", "left", 1), ("value", "left", 1.8))
    return Table(columns(say, wanted), tuple(rows), say.say("parameters_caption"), small=True)


_WARD_COLUMNS = (
    ("rank", "right", 0.7), ("ward", "left", 2.3), ("lga", "left", 1.8), ("people", "right", 1.05), ("need", "right", 0.95),
    ("nets", "right", 1.45), ("coverage", "right", 1.25), ("reason", "left", 1.6),
)  # fmt: skip


def _in_order(plan: Planned) -> pd.DataFrame:
    return with_lga_names(plan.wards).sort_values(["rank", "ward_code"], na_position="last")


def _annex_caption(say: Language, plan: Planned) -> str:
    filled = plan.wards["population_source"].isin(FILLED).any()
    return " ".join([say.say("annex_plan_caption"), *([say.say("annex_plan_filled")] if filled else [])])


def _people(say: Language, row: Any) -> str:
    return f"{say.whole(row['population'])}{' *' if row['population_source'] in FILLED else ''}"


def _ward_rows(say: Language, wards: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (say.whole(row["rank"]), ward_name(say, row), told(row["lga_name"]), _people(say, row),
         say.whole(row["need"]), say.whole(row["nets_allocated"]), say.percent(row["coverage_percent"], 0),
         say.say(row["reason"]))
        for row in wards.to_dict("records")
    )  # fmt: skip


def ward_name(say: Language, row: Any) -> str:
    """Return the name of a ward."""
    return row["ward_name"] if isinstance(row["ward_name"], str) else say.say("no_name")
