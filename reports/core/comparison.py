"""The report that sets plans of the same wards side by side."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.core.errors import BadInput
from analysis.core.ranks import TIERS
from itn.core.costs import costs_of, stated_costs
from itn.core.totals import totals
from reports.core.document import Block, Bullets, Column, Heading, Paragraph, Picture, Report, Table
from reports.core.drawings import for_paper
from reports.core.facts import (
    Setting,
    chapter,
    cover_facts,
    file_rows,
    lga_key,
    matching_lines,
    note_lines,
    signatures,
    states_of,
    told,
    warning,
)
from reports.core.language import NOTHING, Language
from reports.core.nets import Planned, plan_limits, ward_name
from reports.core.plan_settings import counted_differently, plan_methods, population_line, setting_rows
from reports.core.ranking import FONT, columns

MOST_CHANGES = 30
MOST_COLUMNS = 5
LGAS = ["state_code", "state_name", "lga_code", "lga_name"]
"""What deliveries are paid by, as `NetPlan.lgas` has it."""


def comparison_report(
    language: str, setting: Setting, plans: Sequence[Planned], difference_map: str
) -> Report:
    """Return the report of two or more plans.

    Parameters
    ----------
    difference_map : str
        Drawing of the change in coverage from the first plan to the second.

    Raises
    ------
    BadInput
        For plans of different wards.
    """
    say = Language(language)
    _same_wards(plans)
    title, states = say.say("title_comparison"), states_of(plans[0].wards)
    caption = say.say("c_map")
    shown = Picture("difference", for_paper(difference_map, language, FONT), caption, caption, 0.86)
    numbered = tuple(
        say.say("c_numbers", number=k, title=say.quoted(plan.origin.title)) for k, plan in enumerate(plans, 1)
    )
    changes = _changes(plans)
    blocks: list[Block] = [
        *chapter(say, "summary", Bullets((*_summary(say, plans, changes), *numbered))),
        *chapter(say, "side_by_side", _side_by_side(say, plans), _costs(say, plans), _splits(say, plans)),
        *chapter(say, "changes", shown, _largest(say, changes)),
        *chapter(say, "lga_coverage", *_lga_coverage(say, plans)),
        *chapter(
            say,
            "methods",
            Bullets(plan_methods(say, [plan.origin for plan in plans])),
            *(_settings(say, plans, setting)),
        ),
        *chapter(
            say,
            "quality",
            _populations(say, plans),
            matching_lines(say, setting),
            *_notes(say, setting, plans),
        ),
        *chapter(say, "limits", Bullets(plan_limits(say, [plan.origin for plan in plans]))),
        *chapter(say, "signatures", signatures(say)),
        *chapter(say, "annex_changes", *_annex(say, plans), new_page=True),
    ]
    return Report(
        language, title, ", ".join(states) or setting.session, cover_facts(say, setting, plans[0].origin, states),
        tuple(blocks), say.say("contents"), say.say("page"), f"{title} · {setting.session}", warning(say, setting),
    )  # fmt: skip


def _same_wards(plans: Sequence[Planned]) -> None:
    codes = [frozenset(plan.wards["ward_code"]) for plan in plans]
    if any(found != codes[0] for found in codes[1:]):
        raise BadInput(
            "different_wards", "These plans are not of the same wards",
            "One of the plans has wards that another does not have.",
            "Compare plans that were made from the same ranking.", where="against",
        )  # fmt: skip


def _changes(plans: Sequence[Planned]) -> pd.DataFrame:
    left, right = (plan.wards.set_index("ward_code") for plan in plans[:2])
    right = right.reindex(left.index)
    return pd.DataFrame(
        {
            "ward_name": left["ward_name"], "lga_name": left["lga_name"], "rank": left["rank"],
            "before": left["nets_allocated"], "after": right["nets_allocated"],
            "change": right["nets_allocated"] - left["nets_allocated"],
        }
    ).reset_index()  # fmt: skip


def _summary(say: Language, plans: Sequence[Planned], changes: pd.DataFrame) -> list[str]:
    most = max(plans, key=lambda plan: plan.sums["people_covered"])
    high = max(plans, key=lambda plan: plan.of_tier("High")[1])
    rankings = len({str(plan.origin.params["risk"]) for plan in plans})
    counted = counted_differently(say, [plan.origin for plan in plans])
    return [
        *([say.say("c_rankings", rankings)] if rankings > 1 else []),
        *([say.say("c_counted", names=", ".join(counted))] if counted else []),
        say.say("c_plans", len(plans)),
        say.say("c_most", plan=say.quoted(most.origin.title), people=most.sums["people_covered"]),
        say.say("c_most_high", plan=say.quoted(high.origin.title), people=high.of_tier("High")[1]),
        say.say(
            "c_change", first=say.quoted(plans[0].origin.title), second=say.quoted(plans[1].origin.title),
            more=int((changes["change"] > 0).sum()), fewer=int((changes["change"] < 0).sum()),
        ),
    ]  # fmt: skip


def _populations(say: Language, plans: Sequence[Planned]) -> Bullets | Paragraph:
    """Where the people of each plan come from; said once where it is the same for all."""
    lines = [population_line(say, plan.origin) for plan in plans]
    if len(set(lines)) == 1:
        return Paragraph(lines[0])
    named = [say.say("plan_number", number=k) for k in range(1, len(plans) + 1)]
    return Bullets(
        tuple(say.say("colon", name=name, value=line) for name, line in zip(named, lines, strict=True))
    )


def _notes(say: Language, setting: Setting, plans: Sequence[Planned]) -> list[Block]:
    """What was remarked of the data, of all plans alike, and of single plans."""
    notes = [list(plan.origin.summary["notes"]) for plan in plans]
    shared = [note for note in notes[0] if all(note in others for others in notes[1:])]
    blocks: list[Block] = [
        Heading(say.say("q_notes"), 2),
        note_lines(say, [*setting.dataset.get("notes", ()), *shared]),
    ]
    for number, found in enumerate(notes, 1):
        own = [note for note in found if note not in shared]
        if own:
            blocks += [Heading(say.say("plan_number", number=number), 2), note_lines(say, own)]
    return blocks


def _side_by_side(say: Language, plans: Sequence[Planned]) -> Table:
    wanted = [Column(say.say("plan"), "left", 2.0)]
    keys = ("nets", "left", "covered", "coverage", "served", "in_full")
    wanted += [Column(say.say(key), "right", 1.45 if key in ("nets", "coverage") else 1.1) for key in keys]
    wanted += [Column(say.say("coverage_tier", tier=say.say(name).lower()), "right", 1.35) for name in TIERS]
    rows = []
    for number, plan in enumerate(plans, 1):
        sums = plan.sums
        share = 100 * sums["people_covered"] / sums["population"] if sums["population"] else None
        tiers = [plan.of_tier(name) for name in TIERS]
        rows.append((
            f"{number}. {plan.origin.title}", say.whole(sums["nets_allocated"]),
            say.whole(int(plan.origin.params["nets"]) - sums["nets_allocated"]), say.whole(sums["people_covered"]),
            say.percent(share), say.whole(plan.served), say.whole(int((plan.wards["reason"] == "served_full").sum())),
            *(say.percent(100 * covered / people if people else None) for people, covered in tiers),
        ))  # fmt: skip
    return Table(tuple(wanted), tuple(rows), say.say("c_side_caption"), small=True)


def _costs(say: Language, plans: Sequence[Planned]) -> Table | None:
    """What each plan costs in its own currency; nothing where no plan has a price or a budget."""
    rows, keys = [], ("cost_nets", "cost_delivery", "cost_total")
    for number, plan in enumerate(plans, 1):
        asked = plan.origin.params.get("costs", {})
        stated = stated_costs(totals(plan.wards, LGAS), costs_of(asked))
        total, covered = stated["cost_total"], plan.sums["people_covered"]
        each = total / covered if total is not None and covered else None
        if total is not None or stated["budget"] is not None:
            amounts = (*(stated[key] for key in keys), each, stated["budget_left"])
            rows.append((
                f"{number}. {plan.origin.title}", str(asked.get("currency", "")) or NOTHING,
                *(say.decimal(amount, 2) for amount in amounts),
            ))  # fmt: skip
    wanted = [Column(say.say("plan"), "left", 2.0), Column(say.say("currency"), "left", 1.0)]
    wanted += [Column(say.say(key), "right", 1.4) for key in (*keys, "cost_per_person", "budget_left")]
    return Table(tuple(wanted), tuple(rows), say.say("c_costs_caption"), small=True) if rows else None


def _splits(say: Language, plans: Sequence[Planned]) -> Bullets | None:
    """How far a solver's split may be from the best."""
    lines = []
    for number, plan in enumerate(plans, 1):
        split = plan.origin.summary.get("split")
        if split:
            found = say.say("p_solver", gap=say.percent(100 * split["gap"], 2))
            found += "" if split["proven"] else f" {say.say('p_solver_time')}"
            lines.append(say.say("colon", name=say.say("plan_number", number=number), value=found))
    return Bullets(tuple(lines)) if lines else None


def _signed(say: Language, value: int) -> str:
    return f"+{say.whole(value)}" if value > 0 else say.whole(value)


def _largest(say: Language, changes: pd.DataFrame) -> Table | None:
    moved = changes[changes["change"] != 0]
    if moved.empty:
        return None
    order = moved.assign(size=-moved["change"].abs()).sort_values(["size", "ward_code"]).head(MOST_CHANGES)
    rows = tuple(
        (say.whole(row["rank"]), ward_name(say, row), told(row["lga_name"]), say.whole(row["before"]),
         say.whole(row["after"]), _signed(say, int(row["change"])))
        for row in order.to_dict("records")
    )  # fmt: skip
    wanted = [
        *columns(say, (("rank", "right", 0.7), ("ward", "left", 2.2), ("lga", "left", 1.8))),
        Column(say.say("nets_of", number=1), "right", 1.2),
        Column(say.say("nets_of", number=2), "right", 1.2),
        Column(say.say("change"), "right", 1.0),
    ]
    return Table(tuple(wanted), rows, say.say("c_changes_caption"))


Numbered = Sequence[tuple[int, Planned]]


def _in_tables(plans: Sequence[Planned]) -> list[Numbered]:
    """Plans with their numbers, as many at a time as a table has room for."""
    numbered = list(enumerate(plans, 1))
    return [numbered[at : at + MOST_COLUMNS] for at in range(0, len(numbered), MOST_COLUMNS)]


def _plan_columns(say: Language, shown: Numbered) -> list[Column]:
    return [Column(say.say("plan_number", number=k), "right", 1) for k, _ in shown]


def _caption(say: Language, key: str, shown: Numbered, plans: Sequence[Planned]) -> str:
    """A caption that names the plans of its table where it has not all of them."""
    if len(shown) == len(plans):
        return say.say(key)
    return f"{say.say(key)} {say.say('c_part', first=shown[0][0], last=shown[-1][0])}"


def _lga_coverage(say: Language, plans: Sequence[Planned]) -> list[Table]:
    rows = plans[0].lgas.to_dict("records")
    tables = []
    for shown in _in_tables(plans):
        found = [
            {lga_key(row): row["coverage_percent"] for row in plan.lgas.to_dict("records")}
            for _, plan in shown
        ]
        cells = tuple(
            (told(row["label"]), *(say.percent(values.get(lga_key(row))) for values in found)) for row in rows
        )
        wanted = (Column(say.say("lga"), "left", 2), *_plan_columns(say, shown))
        tables.append(Table(wanted, cells, _caption(say, "c_side_caption", shown, plans)))
    return tables


def _settings(say: Language, plans: Sequence[Planned], setting: Setting) -> list[Table]:
    wanted = columns(say, (("parameter", "left", 1), ("value", "left", 1.8)))
    tables = []
    for plan in plans:
        rows = (
            *setting_rows(say, plan.origin),
            (say.say("s_population"), population_line(say, plan.origin)),
            (say.say("result"), plan.origin.id),
        )
        tables.append(Table(wanted, rows, plan.origin.title, small=True))
    version = (say.say("program"), say.say("program_version", version=plans[0].origin.version))
    return [
        *tables,
        Table(wanted, (*file_rows(say, setting), version), say.say("parameters_caption"), small=True),
    ]


def _annex(say: Language, plans: Sequence[Planned]) -> list[Table]:
    wards = plans[0].wards.sort_values(["rank", "ward_code"], na_position="last").to_dict("records")
    places = [
        (say.whole(row["rank"]), ward_name(say, row), told(row["lga_name"]) or NOTHING) for row in wards
    ]
    tables = []
    for shown in _in_tables(plans):
        nets = [plan.wards.set_index("ward_code")["nets_allocated"] for _, plan in shown]
        rows = tuple(
            (*place, *(say.whole(column.get(row["ward_code"])) for column in nets))
            for place, row in zip(places, wards, strict=True)
        )
        wanted = (
            *columns(say, (("rank", "right", 0.7), ("ward", "left", 2.2), ("lga", "left", 1.8))),
            *_plan_columns(say, shown),
        )
        tables.append(Table(wanted, rows, _caption(say, "c_annex_caption", shown, plans), small=True))
    return tables
