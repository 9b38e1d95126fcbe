"""`manage.py plan_nets` as other programs call it: files, exit status, last lines."""

import contextlib
import hashlib
import io
import json
import runpy
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from itn.headless import FILES, PLAN_COLUMNS
from itn.labels import REASONS
from itn.tests.core.worlds import six_wards

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


def run(monkeypatch, *arguments, command="plan_nets"):
    """Run manage.py as a program does and return status, stdout and stderr."""
    monkeypatch.setattr(sys, "argv", [str(MANAGE), command, *map(str, arguments)])
    out, err = io.StringIO(), io.StringIO()
    status = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            runpy.run_path(str(MANAGE), run_name="__main__")
        except SystemExit as end:
            status = end.code or 0
    return status, out.getvalue(), err.getvalue()


def last_json(text):
    return json.loads(text.rstrip("\n").splitlines()[-1])


@pytest.fixture
def six(tmp_path):
    six_wards().to_csv(tmp_path / "wards.csv", index=False)
    return tmp_path / "wards.csv"


def planned(monkeypatch, wards, out, *options):
    status, printed, err = run(monkeypatch, "--wards", wards, "--out", out, *options)
    assert status == 0, err
    return last_json(printed), pd.read_csv(out / "plan.csv", dtype={"ward_code": str})


def test_six_wards_from_a_file(monkeypatch, six, tmp_path):
    figures, plan = planned(monkeypatch, six, tmp_path / "out", "--nets", "12000")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(FILES)
    assert tuple(plan.columns) == PLAN_COLUMNS
    # Two thirds of each need, as in the worked table of the method's page.
    assert plan["nets_allocated"].tolist() == [3333, 6667, 1333, 667, 0, 0]
    assert plan["reason"].tolist()[4:] == ["zero_need", "no_population"]
    assert figures["nets_allocated"] == plan["nets_allocated"].sum() == 12_000
    assert figures["population"] == plan["population"].sum()
    lgas = pd.read_csv(tmp_path / "out/lgas.csv")
    assert lgas["nets_allocated"].sum() == 12_000 and lgas["wards"].sum() == 6
    about = json.loads((tmp_path / "out/plan.json").read_text())
    assert (
        about["source"]["population"] == "population" and about["source"]["population_year"] == "not stated"
    )
    assert about["settings"]["people_per_net"] == "1.8"
    assert about["candidates"] is None and "in nets" in about["units"]
    # What was planned is known by the checksum of its rows, in every file beside them.
    plan_id = hashlib.sha256((tmp_path / "out/plan.csv").read_bytes()).hexdigest()
    assert about["plan_id"] == plan_id and set(lgas["plan_id"]) == {plan_id}
    assert set(lgas["population_source"]) == {"wards.csv: population"} and "in nets" in lgas["units"][0]


def test_by_household_is_marked_in_the_record(monkeypatch, six, tmp_path):
    options = ["--nets", "12000", "--household-size", "4.5"]
    figures, _ = planned(monkeypatch, six, tmp_path / "out", *options)
    about = json.loads((tmp_path / "out/plan.json").read_text())
    for notes in (figures["notes"], about["notes"]):
        assert "household_approximate" in {note["code"] for note in notes}


def test_candidates_are_listed_on_request(monkeypatch, six, tmp_path):
    planned(monkeypatch, six, tmp_path / "out", "--nets", "12000", "--candidate-threshold", "60")
    about = json.loads((tmp_path / "out/plan.json").read_text())
    # Of six ranked wards E and F are the low third: E's share is unknown, F is 20 % urban. D is 75 % urban, but not low.
    assert about["candidates"] == {
        "threshold": 60.0, "wards": [], "rural_among_lowest": ["F", "E"], "nets": 0,
    }  # fmt: skip
    planned(monkeypatch, six, tmp_path / "low", "--nets", "12000", "--candidate-threshold", "15")
    listed = pd.read_csv(tmp_path / "low/candidates.csv")
    assert listed.loc[listed["candidate"] == "low risk and urban", "ward_code"].tolist() == ["F"]
    # With an urban rule its threshold counts, as on the pages.
    planned(
        monkeypatch, six, tmp_path / "rule", "--nets", "9", "--urban-rule", "rural_first", "--threshold", "15"
    )
    about = json.loads((tmp_path / "rule/plan.json").read_text())
    assert about["candidates"]["wards"] == ["F"] and about["candidates"]["threshold"] == 15.0


def test_zeros_are_unknown_where_that_was_chosen(monkeypatch, six, tmp_path):
    plain, _ = planned(monkeypatch, six, tmp_path / "plain", "--nets", "12000")
    assert plain["wards_with_0_people"] == 1 and plain["source"]["population_rule"] == "as given"
    asked = ["--nets", "12000", "--zero-is-unknown"]
    figures, plan = planned(monkeypatch, six, tmp_path / "chosen", *asked)
    assert plan.set_index("ward_code")["reason"][["E", "F"]].tolist() == ["no_population"] * 2
    assert plan["population"].isna().sum() == 2 and figures["wards_with_0_people"] == 0
    codes = {note["code"]: note for note in figures["notes"]}
    assert codes["zero_taken_for_unknown"]["examples"] == ["Ward E"] and "nobody_there" not in codes
    about = json.loads((tmp_path / "chosen/plan.json").read_text())
    assert about["source"]["population_rule"] == "0 taken for unknown"
    assert set(pd.read_csv(tmp_path / "chosen/lgas.csv")["population_rule"]) == {"0 taken for unknown"}
    filled, _ = planned(monkeypatch, six, tmp_path / "parity", *asked, "--parity")
    assert filled["source"]["population_rule"].startswith("0 taken for unknown; mean of the known wards")


def test_without_codes_the_order_of_the_rows_decides_nothing(monkeypatch, tmp_path):
    """Twelve wards of one rank share a stock for half of them."""
    names = [f"Ward {letter}" for letter in "LKJIHGFEDCBA"]
    wards = pd.DataFrame(
        {"WardName": names, "LGA": ["One", "Two"] * 6, "State": "Kano", "rank": 1, "population": 1_800}
    )
    plans = []
    for name, rows in (
        ("given", wards),
        ("turned", wards[::-1]),
        ("mixed", wards.sample(frac=1, random_state=4)),
    ):
        path = tmp_path / f"{name}.csv"
        rows.to_csv(path, index=False)
        figures, plan = planned(
            monkeypatch, path, tmp_path / name, "--nets", "6000", "--strategy", "sequential"
        )
        assert figures["notes"][0]["code"] == "codes_from_places"
        plans.append(plan)
    assert plans[0].equals(plans[1]) and plans[0].equals(plans[2])
    served = plans[0].set_index("ward_name")["nets_allocated"]
    # By LGA, then by name.
    assert served[served > 0].index.tolist() == [f"Ward {letter}" for letter in "BDFHJL"]
    assert plans[0]["ward_code"][0] == "Kano / One / Ward B"


def test_wards_that_only_their_rows_tell_apart_keep_their_order_beyond_ten_rows(monkeypatch, tmp_path):
    wards = pd.DataFrame({"WardName": "Sabon Gari", "LGACode": 7, "rank": 1, "population": [1_800] * 12})
    wards.to_csv(tmp_path / "alike.csv", index=False)
    _, plan = planned(
        monkeypatch, tmp_path / "alike.csv", tmp_path / "out", "--nets", "3000", "--strategy", "sequential"
    )
    assert plan["nets_allocated"].tolist() == [1_000] * 3 + [0] * 9
    assert plan["ward_code"].tolist() == [f"7 / Sabon Gari / row {row:02d}" for row in range(2, 14)]


def test_plans_of_the_command_line_stand_side_by_side(monkeypatch, six, tmp_path):
    """The vectors of the method's page: 12,000 nets by rank cover A and 70 % of B; in proportion two thirds of each."""
    _, even = planned(monkeypatch, six, tmp_path / "even", "--nets", "12000")
    planned(monkeypatch, six, tmp_path / "by_rank", "--nets", "12000", "--strategy", "sequential")
    planned(monkeypatch, six, tmp_path / "more", "--nets", "18000", "--buffer", "10")
    folders = [tmp_path / name for name in ("even", "by_rank", "more")]
    compared = ["--plans", *folders, "--out", tmp_path / "out"]
    status, printed, err = run(monkeypatch, *compared, command="compare_plans")
    assert status == 0, err
    told = last_json(printed)
    assert told == json.loads((tmp_path / "out/compare.json").read_text())
    assert [row["plan"] for row in told["plans"]] == ["even", "by_rank", "more"]
    wards = pd.read_csv(tmp_path / "out/wards.csv").set_index("ward_code")
    assert wards["nets_1"].to_dict() == even.set_index("ward_code")["nets_allocated"].to_dict()
    assert wards.loc[["A", "B", "C"], "nets_2"].tolist() == [5000, 7000, 0]
    changed = {row["ward_code"]: row["nets_change"] for row in told["changes"]}
    assert changed == {"A": 1667, "B": 333, "C": -1333, "D": -667} and next(iter(changed)) == "A"
    assert (told["wards_with_more"], told["wards_with_fewer"]) == (2, 2)
    assert [row["what"] for row in told["counted_differently"]] == ["Buffer, %"]
    lgas = pd.read_csv(tmp_path / "out/lgas.csv")
    assert lgas["coverage_1"].notna().any() and "in nets" in lgas["units"][0]
    plans = pd.read_csv(tmp_path / "out/plans.csv")
    for name, row in zip(("even", "by_rank", "more"), plans.to_dict("records"), strict=True):
        about = json.loads((tmp_path / name / "plan.json").read_text())
        assert (row["people_covered"], row["plan_id"]) == (
            about["summary"]["people_covered"],
            about["plan_id"],
        )


@pytest.mark.parametrize(
    ("folders", "code"), [(["even"], "plans_to_compare"), (["even", "even"], "same_plan_twice"), (["even", "none"], "file_not_found")]
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(monkeypatch, six, tmp_path, folders, code):
    planned(monkeypatch, six, tmp_path / "even", "--nets", "12000")
    asked = ["--plans", *(tmp_path / name for name in folders), "--out", tmp_path / "out"]
    status, _, err = run(monkeypatch, *asked, command="compare_plans")
    assert status == 2 and json.loads(err)["code"] == code and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("nets", "threshold", "expected"),
    [
        (12_000, 75, {"A": 5000, "C": 2000, "F": 3600, "B": 1400}),
        (3_000, 75, {"A": 3000}),
        (7_000, 75, {"A": 5000, "C": 2000}),
        (25_000, 75, {"A": 5000, "B": 10000, "C": 2000, "D": 1000, "F": 3600}),
        (12_000, 30, {"A": 5000, "F": 3600, "B": 3400}),
    ],
)
def test_parity_on_the_command_line(monkeypatch, six, tmp_path, nets, threshold, expected):
    options = ["--nets", nets, "--parity", *(["--threshold", threshold] if threshold != 75 else [])]
    _, plan = planned(monkeypatch, six, tmp_path / "out", *options)
    given = plan.set_index("ward_code")["nets_allocated"]
    assert given[given > 0].to_dict() == expected


def test_each_ranking_has_its_own_tiers(monkeypatch, tmp_path):
    """A ranking's table holds both; E is the highest risk by PCA, A by the composite."""
    wards = six_wards().assign(
        population=[100, 200, 400, 800, 1600, 3200], urban_percentage=90, composite_rank=[1, 2, 3, 4, 5, 6],
        composite_tier=["High", "High", "Medium", "Medium", "Low", "Low"], pca_rank=[6, 5, 4, 3, 1, 2],
        pca_tier=["Low", "Low", "Low", "Medium", "High", "Medium"], other_rank=[6, 5, 4, 3, 2, 1],
    ).drop(columns="rank")  # fmt: skip
    wards.to_csv(tmp_path / "wards.csv", index=False)
    # By hand: the people of the High tier, and the wards of the Low one from the lowest risk on.
    for options, high, low in (
        ([], 300, ["F", "E"]),
        (["--rank-column", "pca_rank"], 1600, ["A", "B", "C"]),
        # Other ranks, and ranks that are turned round, are cut into thirds.
        (["--rank-column", "other_rank"], 4800, ["A", "B"]),
        (["--rank-1-is", "lowest"], 4800, ["A", "B"]),
    ):
        out = tmp_path / "-".join(["out", *options])
        figures, _ = planned(
            monkeypatch,
            tmp_path / "wards.csv",
            out,
            "--nets",
            "9000",
            "--candidate-threshold",
            "50",
            *options,
        )
        assert figures["high_risk_people"] == figures["high_risk_covered"] == high, options
        listed = pd.read_csv(out / "candidates.csv")
        assert listed.loc[listed["candidate"] == "low risk and urban", "ward_code"].tolist() == low, options


def test_codes_are_written_with_hyphens_or_underscores(monkeypatch, six, tmp_path):
    for strategy, rule in (("largest-remainder", "rural-first"), ("largest_remainder", "rural_first")):
        figures, _ = planned(
            monkeypatch, six, tmp_path / strategy, "--nets", "12000", "--strategy", strategy, "--urban-rule", rule,
            "--threshold", "75", "--population-year", "2026",
        )  # fmt: skip
        assert figures["settings"]["strategy"] == "largest_remainder"
        assert figures["settings"]["urban_rule"] == "rural_first"
        lgas = pd.read_csv(tmp_path / strategy / "lgas.csv", dtype=str)
        assert set(lgas["population_year"]) == {"2026"} and set(lgas["population_rule"]) == {"as given"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"--nets": "0"}, "bad_nets"),
        ({"--nets": "ten"}, "bad_nets"),
        ({"--nets": "-5"}, "bad_nets"),
        ({"--nets": None}, "bad_arguments"),
        ({"--strategy": "fair"}, "bad_arguments"),
        ({"--strategy": "capped"}, "bad_cap_percent"),
        ({"--urban-rule": "exclude"}, "bad_threshold"),
        ({"--threshold": "50"}, "bad_threshold"),
        ({"--people-per-net": "0"}, "bad_people_per_net"),
        ({"--wards": "missing.csv"}, "file_not_found"),
        ({"--population-column": "people"}, "no_such_column"),
        ({"--rank-column": "ward_name"}, "rank_not_numeric"),
        ({"--candidate-threshold": "101"}, "bad_candidate_threshold"),
        ({"--parity": "", "--strategy": "capped", "--cap": "10"}, "bad_parity"),
    ],
)
def test_refusals_are_json_and_leave_nothing(monkeypatch, six, tmp_path, change, code):
    options = {"--wards": six, "--nets": "100", "--out": tmp_path / "deep/out"} | change
    arguments = [
        part for name, value in options.items() if value is not None for part in (name, value) if part != ""
    ]
    status, out, err = run(monkeypatch, *arguments)
    assert status == 2 and out == "", err
    problem = last_json(err)
    assert list(problem) == ["code", "title", "detail", "fix", "where", "examples"]
    assert problem["code"] == code
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wards.csv"]


def test_spreadsheet_formulas_are_harmless(monkeypatch, tmp_path):
    wards = six_wards().assign(ward_name=["=1+1", "@x", "-a", "b", "c", "d"])
    wards.to_csv(tmp_path / "wards.csv", index=False)
    _, plan = planned(monkeypatch, tmp_path / "wards.csv", tmp_path / "out", "--nets", "9")
    assert plan["ward_name"].tolist()[:3] == ["'=1+1", "'@x", "'-a"]


@pytest.mark.realdata
def test_the_faults_of_the_published_adamawa_plan_cannot_happen(monkeypatch, realdata, tmp_path):
    published = pd.read_csv(realdata / "adamawa-itn" / "itn_2000000_nets.csv")
    # The file has no ranks; its order of service stands in for them.
    order = {"Full Coverage": 0, "Partial Coverage (Last Ward)": 1}
    published["rank"] = range(1, len(published) + 1)
    served_first = published["allocation_status"].map(order).fillna(2)
    published = published.assign(served=served_first).sort_values(["served", "rank"], kind="stable")
    published["rank"] = range(1, len(published) + 1)
    # 66 wards show 0 people because they were not matched: their population is unknown.
    published["population"] = published["population"].where(published["population"] > 0)
    published.drop(columns=["served", "coverage_percent", "nets_allocated"]).to_csv(
        tmp_path / "wards.csv", index=False
    )
    figures, plan = planned(
        monkeypatch, tmp_path / "wards.csv", tmp_path / "out", "--nets", "2000000", "--strategy", "sequential"
    )
    assert len(plan) == len(published) == 188 and plan["ward_code"].is_unique
    assert (plan["reason"] == "no_population").sum() == 66
    for name in ("Ribadu", "Lamurde", "Nassarawo", "Yelwa"):
        assert (plan["ward_name"] == name).sum() == 2, name
    # The published map claims 2,000,000; its rows add up to 1,877,467.
    assert figures["nets_allocated"] == plan["nets_allocated"].sum() <= 2_000_000
    assert figures["nets_needed"] == plan["need"].sum()
    assert figures["population"] == plan["population"].sum()
    full = published.dropna(subset=["population"]).query("coverage_percent == 100")
    # Need is people / 1.8, rounded up, as in the file.
    expected = dict(zip(full["rank"], full["nets_allocated"].astype(int), strict=True))
    ours = plan.set_index("rank")
    assert {rank: int(ours.loc[rank, "need"]) for rank in expected} == expected


@pytest.mark.realdata
def test_the_published_adamawa_file_as_it_is(monkeypatch, realdata, tmp_path):
    """Its zeros are taken at their word, and what looks like one count given to two wards is named."""
    published = pd.read_csv(realdata / "adamawa-itn" / "itn_2000000_nets.csv")
    raw = published.assign(rank=range(1, len(published) + 1)).drop(
        columns=["coverage_percent", "nets_allocated"]
    )
    raw.to_csv(tmp_path / "wards.csv", index=False)
    figures, plan = planned(monkeypatch, tmp_path / "wards.csv", tmp_path / "out", "--nets", "2000000")
    nobody = plan["population"] == 0
    assert len(plan) == 188 and nobody.sum() == 66
    assert (plan.loc[nobody, "reason"] == "zero_need").all() and not plan.loc[nobody, "nets_allocated"].any()
    assert not (plan["reason"] == "no_population").any()
    assert REASONS["zero_need"] == "nobody lives there"
    # The column that holds the order of the file is named like a code, and is taken when it is asked for.
    _, ordered = planned(
        monkeypatch, realdata / "adamawa-itn" / "itn_2000000_nets.csv", tmp_path / "ordered", "--nets", "2000000",
        "--rank-column", "feature_id",
    )  # fmt: skip
    assert (
        ordered["nets_allocated"].tolist() == plan["nets_allocated"].tolist() and ordered.loc[0, "rank"] == 0
    )
    told = {note["code"]: note for note in figures["notes"]}
    names = published["WardName"].str.strip().str.casefold()
    shared = published.assign(name=names)[published["population"] > 0].duplicated(
        ["name", "population"], keep=False
    )
    # A third of the wards has 0 people; in this file that means that nobody was found, and the note says what to do then.
    assert told["nobody_there"]["count"] == 66 and "unknown number" in told["nobody_there"]["message"]
    # Two wards are called Ribadu, and both were given the same 54,379 people.
    assert told["same_name_same_people"]["count"] == shared.sum()
    assert told["same_name_same_people"]["examples"].count("Ribadu") == 2


@pytest.mark.realdata
def test_taraba_with_ranks_that_start_at_the_lowest_risk(monkeypatch, realdata, tmp_path):
    taraba = realdata / "taraba" / "taraba_pop_all.csv"
    figures, plan = planned(
        monkeypatch, taraba, tmp_path / "out", "--nets", "500000", "--rank-column", "ranks",
        "--rank-1-is", "lowest", "--population-column", "Population", "--population-year", "2022",
        "--urban-rule", "rural_first", "--threshold", "30",
    )  # fmt: skip
    assert len(plan) == 167 and plan["rank"].min() == 1
    # Two wards are called Suntai, and the file counts the same 83,779 people in both.
    (note,) = [note for note in figures["notes"] if note["code"] == "same_name_same_people"]
    assert note["count"] == 2 and all(name.startswith("Suntai") for name in note["examples"])
    # Its LGAs have codes and no names, and stay apart in a comparison.
    same = ["--plans", tmp_path / "out", tmp_path / "same", "--out", tmp_path / "compared"]
    shutil.copytree(tmp_path / "out", tmp_path / "same")
    status, printed, err = run(monkeypatch, *same, command="compare_plans")
    assert status == 0, err
    assert len({row["lga_name"] for row in last_json(printed)["lgas"]}) == 16
    # Rank 167 there, Abbare, is the highest risk.
    assert plan.loc[0, "ward_name"] == "Abbare"
    assert figures["nets_allocated"] == plan["nets_allocated"].sum() == 500_000
