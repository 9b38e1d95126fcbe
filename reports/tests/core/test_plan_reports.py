"""What reports of plans say: how nets were counted, LGAs that share a name, limits and prices, and the wards behind them."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pandas as pd
import pytest

from itn.core.candidates import candidates
from itn.core.costs import Costs, cost_lines
from itn.core.plan import make_plan
from itn.core.population import RULES, rule_told
from itn.core.settings import PlanSettings
from itn.sources import population_told
from reports.core.comparison import comparison_report
from reports.core.document import Bullets, Heading, Paragraph, Table
from reports.core.drawings import for_paper
from reports.core.facts import Origin, Setting
from reports.core.language import LANGUAGES, Language
from reports.core.nets import Planned, nets_report
from reports.core.ranking import Ranking, _lgas

DAY = dt.datetime(2026, 8, 2, tzinfo=dt.UTC)
DATASET = {"rows": 4, "accepted": 4, "review": 0, "unmatched_table": 0, "unmatched_boundaries": 0}
SETTING = Setting("A session", DAY, "0.1.0", DATASET, 0, ())
MAP = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"></svg>'
# Surulere is an LGA of Lagos and one of Oyo.
WARDS = pd.DataFrame(
    {
        "ward_code": ["a", "b", "c", "d"],
        "ward_name": ["A", "B", "C", "D"],
        "lga_name": ["Surulere", "Surulere", "Ikeja", "Ikeja"],
        "state_name": ["Lagos", "Oyo", "Lagos", "Lagos"],
        "rank": [1.0, 2.0, 3.0, 4.0],
        "tier": ["High", "High", "Medium", "Low"],
        "urban_percentage": [0.0, 10.0, 20.0, 90.0],
        "population": [180, 360, 90, 18],
    }
)


def planned(settings: PlanSettings, title: str = "", prices: Costs | None = None, **params) -> Planned:
    """A plan as the report finds it in the ledger."""
    plan = make_plan(WARDS, settings)
    lgas = cost_lines(plan.lgas(), prices or Costs())
    found = candidates(plan.wards, params["candidate_threshold"]) if "candidate_threshold" in params else None
    asked = {"risk": "r1", "nets": settings.nets, "strategy": "proportional",
             "population": {"source": "column", "column": "population"}} | params  # fmt: skip
    summary = plan.summary() | {
        "settings": settings.as_dict() | {"strategy": asked["strategy"]},
        "source": {"population": "column population of the ward table", "population_year": "2026"},
        "notes": [note.as_dict() for note in plan.notes], "figures": [], "curve": [], "gini": None,
        "lgas": lgas.astype(object).where(lgas.notna(), None).to_dict("records"),
        "cost_total": float(lgas["cost_total"].sum()), "split": params.get("split"),
        "candidates": found and {
            "threshold": found.threshold, "wards": found.wards.to_dict("records"), "rural": found.rural.to_dict("records"),
            "nets": int(found.wards["nets_allocated"].sum()),
        },
    }  # fmt: skip
    return Planned(Origin("0" * 36, "itn_plan", title, asked, summary, "0.1.0", DAY, {}), plan.wards)


def texts(report) -> list[str]:
    """Every sentence of a report, and every row of its tables as one line."""
    said: list[str] = []
    for block in report.blocks:
        match block:
            case Paragraph() | Heading():
                said.append(block.text)
            case Bullets():
                said += block.items
            case Table():
                said += [block.caption, *(" | ".join(row) for row in (*block.rows, block.total))]
    return said


BY_PEOPLE = PlanSettings(200)
BY_HOUSEHOLD = PlanSettings(200, quantity="household", household_size="4.5")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_method_is_the_one_that_was_used(language):
    say = Language(language).say
    people = texts(nets_report(language, SETTING, planned(BY_PEOPLE)))
    household = texts(nets_report(language, SETTING, planned(BY_HOUSEHOLD)))
    for mode, here, elsewhere in (("people_per_net", people, household), ("household", household, people)):
        for key in ("mp_need", "mp_covered"):
            assert say(f"{key}_{mode}") in here and say(f"{key}_{mode}") not in elsewhere
    rows = [line.split(" | ")[0] for line in household]
    assert say("s_people_per_net") not in rows and say("s_household_size") in rows
    assert say("s_people_per_net") in [line.split(" | ")[0] for line in people]
    assert any("approxim" in line for line in household)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_limits_say_what_the_ranking_has_to_do_with_a_plan(language):
    say = Language(language).say
    ways = {
        "lp_alike": PlanSettings(100),
        "lp_alike_turns": PlanSettings(100, urban_rule="rural_first", threshold=50),
        "lp_rank": PlanSettings(100, strategy="sequential"),
    }
    for key, settings in ways.items():
        said = texts(nets_report(language, SETTING, planned(settings, strategy=settings.strategy)))
        assert [name for name in (*ways, "lp_alike_split") if say(name) in said] == [key]
    split = planned(PlanSettings(100, risk_ratio="1"), strategy="best_split")
    assert say("lp_alike_split") in texts(nets_report(language, SETTING, split))
    two = [planned(ways["lp_alike"], "One"), planned(ways["lp_rank"], "Two", strategy="sequential")]
    said = texts(comparison_report(language, SETTING, two, MAP))
    for number, key in ((1, "lp_alike"), (2, "lp_rank")):
        assert say("colon", name=say("plan_number", number=number), value=say(key)) in said
    said = texts(comparison_report(language, SETTING, [two[0], two[0]], MAP))
    assert say("lp_alike") in said and say("lp_rank") not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_reports_say_how_many_wards_have_0_people_and_the_rule_of_zeros(language):
    say = Language(language).say
    plan = planned(BY_PEOPLE)
    assert not {say("p_zero", 0), say("p_zero", 1)} & set(texts(nets_report(language, SETTING, plan)))
    empty = replace(plan, wards=plan.wards.assign(population=[180, 0, 90, 0]))
    assert say("p_zero", 2) in texts(nets_report(language, SETTING, empty))
    for rule in RULES:
        asked = {"source": "column", "column": "population", "rule": rule}
        said = " ".join(texts(nets_report(language, SETTING, planned(BY_PEOPLE, population=asked))))
        assert say(f"rule_{rule}") in said


@pytest.mark.parametrize("rule", RULES)
def test_figures_tell_the_rule_of_unknown_populations_in_french(rule):
    source = {"population": "people.csv", "population_year": "2026", "population_rule": rule_told(rule)}
    french = for_paper(f"<text>{population_told(source)}</text>", "fr", "FiraGO")
    assert "inconnues" in french and not [word for word in ("left", "median", "too") if word in french]


def test_plans_that_count_differently_are_both_explained():
    plans = [planned(BY_PEOPLE, "One"), planned(BY_HOUSEHOLD, "Two")]
    said = texts(comparison_report("en", SETTING, plans, MAP))
    say = Language("en").say
    assert {say("mp_need_people_per_net"), say("mp_need_household")} <= set(said)


def test_plans_that_count_differently_say_so_first():
    one, same = planned(PlanSettings(200), "One"), planned(PlanSettings(100), "Two")
    assert not [
        line for line in texts(comparison_report("en", SETTING, [one, same], MAP)) if "different ways" in line
    ]
    other = planned(
        PlanSettings(200, people_per_net="2"), "Two", population={"source": "column", "column": "people"}
    )
    told = [
        line
        for line in texts(comparison_report("en", SETTING, [one, other], MAP))
        if "different ways" in line
    ]
    assert len(told) == 1 and "(People per net, Population)" in told[0]


def test_the_annex_marks_populations_that_were_filled():
    plan = planned(BY_PEOPLE)
    assert not [
        line for line in texts(nets_report("en", SETTING, plan)) if "* The population was filled" in line
    ]
    sources = ["column population", "median of the LGA", "column population", "mean of the known wards"]
    filled = replace(plan, wards=plan.wards.assign(population_source=sources))
    said = texts(nets_report("en", SETTING, filled))
    rows = {line.split(" | ")[1]: line.split(" | ")[3] for line in said if line.count(" | ") == 7}
    assert {name: rows[name] for name in "ABCD"} == {"A": "180", "B": "360 *", "C": "90", "D": "18 *"}
    assert [
        line for line in said if line.endswith("* The population was filled by the rule above, not counted.")
    ]


@pytest.mark.parametrize(("language", "point"), [("en", "."), ("fr", ",")])
def test_settings_are_written_as_the_language_writes_numbers(language, point):
    say = Language(language).say
    settings = PlanSettings(200_000, people_per_net="1.80", buffer_percent="7.25", risk_ratio="2.5")
    limits = {"lga_minimum": "12.50", "ward_floor": "0.000001"}
    plan = planned(settings, strategy="best_split", candidate_threshold="62.5", limits=limits)
    rows = dict(line.split(" | ", 1) for line in texts(nets_report(language, SETTING, plan)) if " | " in line)
    expected = {
        "people_per_net": "1.80", "buffer_percent": "7.25", "risk_ratio": "2.5", "candidate_threshold": "62.5",
        "lga_minimum": "12.50", "ward_floor": "0.000001",
    }  # fmt: skip
    assert {name: rows[say(f"s_{name}")] for name in expected} == {
        name: text.replace(".", point) for name, text in expected.items()
    }
    assert rows[say("s_strategy")] == say("best_split")


def test_each_lga_of_a_name_has_its_own_sums_and_price():
    costs = Costs(Decimal(2), Decimal(10), {"Surulere, Oyo": Decimal("99.5")})
    asked = {"currency": "NGN", "per_net": "2", "per_lga": "10", "of_lga": {"Surulere, Oyo": "99.5"}}
    said = texts(nets_report("en", SETTING, planned(PlanSettings(1_000), prices=costs, costs=asked)))
    lines = {line.split(" | ")[0]: line.split(" | ")[1:] for line in said if " | " in line}
    # 180 and 360 people need 100 and 200 nets at 2; the deliveries are 10 and 99.50.
    assert lines["Surulere, Lagos"][-1] == "210.00" and lines["Surulere, Oyo"][-1] == "499.50"
    assert lines["Surulere, Lagos"][4] == "100" and lines["Surulere, Oyo"][4] == "200"
    assert lines["Price of a net"] == ["2.00 NGN"] and lines["Delivery to one LGA"] == ["10.00 NGN"]
    assert lines["Delivery to single LGAs"] == ["Surulere, Oyo: 99.50 NGN"]


def test_a_comparison_has_a_row_for_each_lga_of_a_name():
    plans = [planned(PlanSettings(100, strategy="sequential"), "One"), planned(PlanSettings(1_000), "Two")]
    said = texts(comparison_report("en", SETTING, plans, MAP))
    assert "Surulere, Lagos | 100.0% | 100.0%" in said and "Surulere, Oyo | 0.0% | 100.0%" in said
    assert "Ikeja | 0.0% | 100.0%" in said


def test_a_ranking_does_not_add_up_lgas_of_two_states():
    wards = WARDS.assign(composite_rank=WARDS["rank"], composite_tier=WARDS["tier"])
    ranking = Ranking(Origin("0" * 36, "risk", "", {}, {}, "0.1.0", DAY, {}), wards, 26, pd.DataFrame())
    rows = {row[0]: row[1:] for row in _lgas(Language("en"), ranking).rows}
    assert rows["Surulere, Lagos"] == ("1", "1", "1", "0", "0", "1")
    assert rows["Surulere, Oyo"] == ("1", "1", "1", "0", "0", "2") and rows["Ikeja"][0] == "2"
    without = Ranking(ranking.origin, wards.drop(columns="state_name"), 26, pd.DataFrame())
    assert {row[0] for row in _lgas(Language("en"), without).rows} == {"Surulere", "Ikeja"}


def test_limits_and_the_budget_of_a_best_split_are_listed():
    split = {"gap": 0.02, "proven": False, "value": 1.0, "bound": 1.02}
    plan = planned(
        BY_PEOPLE, strategy="best_split", limits={"lga_minimum": "12.5", "ward_floor": "0"}, split=split,
        costs={"currency": "NGN", "per_net": "0", "budget": "90000"},
    )  # fmt: skip
    said = texts(nets_report("en", SETTING, plan))
    assert "Least for each LGA, % of the need of all its wards | 12.5" in said
    assert "Least for each ward that may be served, % of its need | 0" in said
    assert "Budget | 90,000.00 NGN" in said and not [
        line for line in said if line.startswith("Price of a net")
    ]
    assert "Weight of the first rank ÷ the last | 2" in said, "the solver weighs by it"
    assert Language("en").say("p_solver_time") in said


def test_the_column_of_a_registration_list_is_the_one_that_was_found():
    plan = planned(BY_PEOPLE, population={"source": "registration", "file": "x"})
    plan.origin.summary["source"]["population"] = "column N_FamilyMembers of my, list.csv, added up by ward"
    assert any(
        "registration list, column N_FamilyMembers" in line
        for line in texts(nets_report("en", SETTING, plan))
    )


def test_people_summed_over_a_raster_are_told_as_that_raster():
    plan = planned(BY_PEOPLE, population={"source": "column", "column": "population"})
    plan.origin.summary["source"]["population"] = "WorldPop, version 2 (WorldPop), sum of a raster"
    lines = texts(nets_report("en", SETTING, plan))
    assert any("WorldPop, version 2 (WorldPop), sum of a raster" in line for line in lines)
    assert not any("column “population”" in line for line in lines)


def test_a_comparison_states_the_people_and_the_ranking_of_every_plan():
    one, other = planned(BY_PEOPLE, "One"), planned(BY_PEOPLE, "Two", risk="r2")
    other.origin.summary["source"]["population_year"] = "2020"
    said = texts(comparison_report("en", SETTING, [one, other], MAP))
    assert any(line.startswith("Plan 1: Population:") and "2026" in line for line in said)
    assert any(line.startswith("Plan 2: Population:") and "2020" in line for line in said)
    assert any("2 different rankings" in line for line in said)
    alike = texts(comparison_report("en", SETTING, [one, planned(BY_PEOPLE, "Two")], MAP))
    assert not any("different rankings" in line for line in alike)


def test_a_comparison_lists_every_ward_and_lga_in_every_plan_however_many():
    plans = [planned(PlanSettings(100 + 10 * k), f"Plan {k}") for k in range(7)]
    report = comparison_report("en", SETTING, plans, MAP)
    tables = [block for block in report.blocks if isinstance(block, Table)]
    sides = next(table for table in tables if len(table.rows) == 7)
    assert sides.rows[6][0] == "7. Plan 6"
    annexes = [table for table in tables if table.caption.startswith("Nets of each ward")]
    lgas = [table for table in tables if table.columns[0].title == "LGA"]
    for parts in (annexes, lgas):
        titles = [
            column.title for table in parts for column in table.columns if column.title.startswith("Plan ")
        ]
        assert titles == [f"Plan {k}" for k in range(1, 8)]
        assert [table.caption[-13:] for table in parts] == ["Plans 1 to 5.", "Plans 6 to 7."]
    given = dict(zip(plans[6].wards["ward_name"], plans[6].wards["nets_allocated"].map(str), strict=True))
    assert {row[1]: row[-1] for row in annexes[1].rows} == given
    one = comparison_report("en", SETTING, plans[:2], MAP)
    assert not [line for line in texts(one) if "Plans 1 to" in line]


def test_a_comparison_says_what_was_remarked_of_all_plans_once_and_of_one_beside_its_number():
    plans = [planned(BY_PEOPLE, "One"), planned(BY_HOUSEHOLD, "Two"), planned(BY_PEOPLE, "Three")]
    shared = {
        "code": "no_rank",
        "severity": "warning",
        "message": "Wards without a rank.",
        "count": 3,
        "examples": ["X"],
    }
    for plan in plans:
        plan.origin.summary["notes"].append(shared)
    dataset = DATASET | {
        "notes": [{"code": "for_review", "message": "Rows wait.", "count": 2, "examples": []}]
    }
    said = texts(comparison_report("en", replace(SETTING, dataset=dataset), plans, MAP))
    notes = said[said.index("Notes of the calculation") :]
    assert sum(line.startswith("Wards without a rank") for line in notes) == 1
    assert any(line.startswith("Rows wait") for line in notes)
    at = notes.index("Plan 2")
    assert "approximate" in notes[at + 1] and "Plan 1" not in notes and "Plan 3" not in notes


def test_costs_and_the_distance_to_the_best_split_stand_in_a_comparison():
    priced = planned(
        PlanSettings(100), "One", costs={"currency": "NGN", "per_net": "2.5", "budget": "200"}, strategy="best_split",
        split={"gap": 0.02, "proven": False, "value": 1.0, "bound": 1.02},
    )  # fmt: skip
    said = texts(comparison_report("en", SETTING, [planned(PlanSettings(100), "Zero"), priced], MAP))
    # 100 nets at 2.50.
    each = 250 / int(priced.wards["people_covered"].sum())
    assert f"2. One | NGN | 250.00 | – | 250.00 | {each:.2f} | −50.00" in said
    assert not [line for line in said if line.startswith("1. Zero | –")]
    assert any(line.startswith("Plan 2: Found by a solver: at most 2.00% from the best") for line in said)
    plain = texts(
        comparison_report("en", SETTING, [planned(PlanSettings(100), "A"), planned(BY_PEOPLE, "B")], MAP)
    )
    assert not [line for line in plain if "solver" in line or "Total cost" in line]


def test_candidates_stand_in_the_report():
    said = texts(nets_report("en", SETTING, planned(BY_PEOPLE, candidate_threshold="62.5")))
    assert any(
        "1 ward of low risk is known to be urban on at least 62.5% of its area" in line for line in said
    )
    assert any(line.startswith("D | Ikeja | 4 | 90%") for line in said)
    assert any("not known to be urban: C (Ikeja)" in line or "C (Ikeja)" in line for line in said)
    assert "Candidates urban from, % of area | 62.5" in said
    assert "Where nets could be taken from" not in texts(nets_report("en", SETTING, planned(BY_PEOPLE)))


def test_a_ward_under_the_cap_did_not_run_out_of_nets():
    capped = planned(PlanSettings(50, strategy="capped", cap_percent=1))
    said = texts(nets_report("en", SETTING, capped))
    assert any(line.startswith("not reached: cap | 4") for line in said)
    assert any("nets stay in stock because of the cap" in line for line in said)
