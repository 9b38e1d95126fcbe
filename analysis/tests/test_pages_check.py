"""The check page: every decision, a person's or an automatic one, can be seen and changed."""

import re

import pandas as pd
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analysis.headless import Inputs, compute
from analysis.synthetic import make_state, write_state
from analysis.tests.test_pages_ranking import work
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import people

WARDS = 30


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A state whose table spells three long names with one letter missing, and one row that belongs nowhere."""
    table, boundaries = make_state(seed=11, wards=WARDS, lgas=3)
    name = next(column for column in table.columns if column.lower().replace("_", "") == "wardname")
    alone = [row for row in table.index if (boundaries["ward_name"] == table.loc[row, name]).sum() == 1]
    longest = sorted(alone, key=lambda row: -len(table.loc[row, name]))
    for row in longest[:3]:
        table.loc[row, name] = table.loc[row, name][:-1]
    table.loc[longest[-1], name] = "Qqqqqqq"
    return write_state((table, boundaries), tmp_path_factory.mktemp("state"))


@pytest.fixture
def matched(files, committed):
    """A person with a session whose wards are matched."""
    with people() as make:
        person = make("mairo")
        browser, session = browse(person), person.session("Corrections")
        for kind, path in zip(("ward_table", "boundaries"), files, strict=True):
            upload(browser, session, kind, path)
        browser.post(reverse("session_check", args=[session.pk]), {"action": "match"})
        work(person)
        yield person, browser, reverse("session_check", args=[session.pk]), session


def upload(browser, session, kind, path):
    with path.open("rb") as file:
        sent = browser.post(reverse("session_upload", args=[session.pk]), {"kind": kind, "file": file})
    assert sent.status_code == 302, text_of(sent)


def row_of(context, number):
    return next(row for row in context["pairs"] if row["table_row"] == number)


def alike(browser, page):
    rows = [row for row in browser.get(page).context["settled_rows"] if row["method"] == "fuzzy"]
    assert rows, "the sample has names that were taken for the same"
    return rows


def test_an_automatic_match_of_similar_names_can_be_undone_and_done_again(matched):
    person, browser, page, _ = matched
    row = alike(browser, page)[0]
    number = row["table_row"]
    assert f'name="row-{number}"' in text_of(browser.get(page))
    browser.post(page, {"action": "decide", f"row-{number}": "none"})
    work(person)
    after = browser.get(page)
    left = row_of(after.context, number)
    assert (left["status"], left["how"]) == ("unmatched", "you left it out")
    listed = re.search(
        r"<summary>Rows without a ward \((\d+)\)</summary>.*?</details>", text_of(after), re.DOTALL
    )
    assert int(listed[1]) == after.context["report"]["unmatched"]
    assert re.search(rf">{number}</td>.*?you left it out</td>", listed[0], re.DOTALL)
    assert "no ward found" in listed[0]
    assert f'name="row-{number}" value="none" checked' in text_of(after)
    browser.post(page, {"action": "decide", f"row-{number}": "forget"})
    assert work(person).params["confirmed"] == []
    assert row_of(browser.get(page).context, number)["ward_code"] == row["ward_code"]


def test_a_saved_decision_can_be_changed_to_another_ward(matched):
    person, browser, page, _ = matched
    first, second = alike(browser, page)[:2]
    one, two = first["table_row"], second["table_row"]
    wrong = {"action": "decide", f"row-{one}": "other", f"other-{one}": f"[{second['ward_code']}]"}
    browser.post(page, wrong)
    work(person)
    assert row_of(browser.get(page).context, one)["ward_code"] == second["ward_code"]
    # The same ward for the second row is explained, the exchange of both in one form is taken.
    refused = browser.post(
        page, {"action": "decide", f"row-{two}": "other", f"other-{two}": second["ward_code"]}
    )
    assert refused.status_code == 422
    assert f"You gave this ward to line {one}" in text_of(refused)
    # The earlier answer of the first row is still ticked, as a browser sends it.
    browser.post(
        page,
        {
            "action": "decide",
            f"row-{one}": "yes",
            f"other-{one}": first["ward_code"],
            f"row-{two}": "other",
            f"other-{two}": second["ward_code"],
        },
    )
    work(person)
    context = browser.get(page).context
    assert row_of(context, one)["ward_code"] == first["ward_code"]
    assert row_of(context, two)["ward_code"] == second["ward_code"]


def test_any_row_can_be_asked_for(matched):
    person, browser, page, _ = matched
    exact = next(row for row in browser.get(page).context["pairs"] if row["method"] in ("exact", "code"))
    number = exact["table_row"]
    assert f'href="?change={number}#decide"' in text_of(browser.get(page))
    assert f'name="row-{number}"' not in text_of(browser.get(page))
    assert f'name="row-{number}"' in text_of(browser.get(page, {"change": number}))
    browser.post(f"{page}?change={number}", {"action": "decide", f"row-{number}": "none"})
    work(person)
    assert row_of(browser.get(page).context, number)["status"] == "unmatched"
    for odd in ("x", "-1", "99999", "\x00"):
        assert browser.get(page, {"change": odd}).status_code == 200


def test_matching_again_keeps_decisions_unless_told_otherwise(matched):
    person, browser, page, session = matched
    number = alike(browser, page)[0]["table_row"]
    browser.post(page, {"action": "decide", f"row-{number}": "none"})
    kept = work(person).params["confirmed"]
    assert kept == [{"table_row": number, "ward_code": None}]
    data = text_of(browser.get(reverse("session_data", args=[session.pk])))
    assert "Your 1 decision so far is kept." in data
    assert 'name="forget"' in data
    browser.post(page)
    assert work(person).params["confirmed"] == kept
    browser.post(page, {"forget": "yes"})
    assert work(person).params["confirmed"] == []


def test_decisions_do_not_carry_over_to_other_files(matched, files):
    person, browser, page, session = matched
    number = alike(browser, page)[0]["table_row"]
    browser.post(page, {"action": "decide", f"row-{number}": "none"})
    work(person)
    upload(browser, session, "ward_table", files[0])
    assert "Your 1 decision on it does not carry over" in text_of(browser.get(page))
    data = text_of(browser.get(reverse("session_data", args=[session.pk])))
    assert "does not carry over" in data and 'name="forget"' not in data
    refused = browser.post(page, {"action": "decide", f"row-{number}": "forget"})
    assert refused.status_code == 422 and "The files have changed" in text_of(refused)
    browser.post(page, {"action": "match"})
    assert work(person).params["confirmed"] == []


def test_rows_that_repeat_a_ward_wait_for_a_rule(files, committed, tmp_path):
    table = pd.read_csv(files[0])
    twice = pd.concat([table, table.iloc[[4, 4]].assign(rainfall=[100.0, 200.0])])
    twice.to_csv(tmp_path / "twice.csv", index=False)
    with people() as make:
        person = make("safiya")
        browser, session = browse(person), person.session("Twice")
        upload(browser, session, "ward_table", tmp_path / "twice.csv")
        upload(browser, session, "boundaries", files[1])
        page = reverse("session_check", args=[session.pk])
        browser.post(page, {"action": "match"})
        assert work(person, "failed").error["code"] == "duplicate_wards"
        refused = text_of(browser.get(page))
        assert 'name="duplicates" value="refuse" checked' in refused and "<details open>" in refused
        browser.post(page, {"action": "match", "duplicates": "average"})
        done = work(person)
        assert (done.params["duplicates"], done.summary["duplicate_rows"]) == ("average", 2)
        context = browser.get(page).context
        assert [row_of(context, number)["how"] for number in (32, 33)] == ["averaged with row 6"] * 2
        assert not {32, 33} & {row["table_row"] for row in context["open_rows"]}
        assert context["report"]["sentence"].startswith(
            "2 rows that repeat a ward were averaged with the first"
        )
        assert 'name="duplicates" value="average" checked' in text_of(browser.get(page))
        # The rule stays while the table does; a decision on another row does not undo it.
        number = next(row["table_row"] for row in alike(browser, page) if row["table_row"] != 6)
        browser.post(page, {"action": "decide", f"row-{number}": "none"})
        dataset = work(person)
        assert dataset.params["duplicates"] == "average"
        names = [row["variable"] for row in dataset.summary["variables"] if row["included"]][:3]
        ask = {"dataset": str(dataset.pk), "variables": names}
        browser.post(reverse("session_variables", args=[session.pk]), ask)
        methods = reverse("result_methods", args=[session.pk, work(person).pk])
        shown = text_of(browser.get(methods))
        assert "the average of their numbers was used (2 more rows)" in shown
        odd = browser.post(page, {"action": "match", "duplicates": "guess"})
        assert odd.status_code == 422


def check_step(browser, page):
    return next(step for step in browser.get(page).context["steps"] if step.code == "dataset")


def test_the_bar_of_steps_says_that_rows_wait(matched):
    person, browser, page, session = matched
    waiting = [row for row in browser.get(page).context["open_rows"] if row["status"] == "review"]
    assert waiting, "the sample has doubtful rows"
    step = check_step(browser, page)
    assert (step.words, step.waiting) == ("needs you", len(waiting))
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(reverse("session_detail", args=[session.pk])).url == page
    assert sum('"sessions_app_analysisresult"' in query["sql"] for query in captured) == 1
    browser.post(page, {"action": "decide"} | {f"row-{row['table_row']}": "yes" for row in waiting})
    work(person)
    assert check_step(browser, page).words == "done"


def test_the_web_says_what_the_command_says(tmp_path_factory, committed):
    """LGA names only in the table, and a measured outcome with a gap that the page leaves open as proposed."""
    table, boundaries = make_state(seed=12, wards=WARDS, lgas=3)
    outcome = next(column for column in table.columns if "tpr" in column.lower())
    table.loc[4, outcome] = None
    without = boundaries.drop(columns=[name for name in boundaries.columns if "lga" in name.lower()])
    paths = write_state((table, without), tmp_path_factory.mktemp("nolgas"))
    with people() as make:
        person = make("mairo")
        browser, session = browse(person), person.session("Notes")
        for kind, path in zip(("ward_table", "boundaries"), paths, strict=True):
            upload(browser, session, kind, path)
        browser.post(reverse("session_check", args=[session.pk]), {"action": "match"})
        dataset = work(person)
        page = reverse("session_variables", args=[session.pk])
        shown = [row for row in browser.get(page).context["rows"] if row["included"]]
        asked = {
            "dataset": str(dataset.pk),
            "method": "recommended",
            "variables": [row["name"] for row in shown],
        }
        for row in shown:
            asked[f"direction:{row['name']}"] = "lower" if row["inverse"] else "higher"
            if row["missing"]:
                asked[f"imputation:{row['name']}"] = row["imputation"]
        assert browser.post(page, asked).status_code == 302
        result = work(person)
        names = [row["name"] for row in shown]
        command = {
            (note.code, note.message, note.count) for note in compute(Inputs(*paths), variables=names).notes
        }
        assert {"lga_names_from_table", "outcome_not_filled"} <= {code for code, *_ in command}
        notes = [*dataset.summary["notes"], *result.summary["notes"]]
        assert {(note["code"], note["message"], note["count"]) for note in notes} == command
        overview = text_of(browser.get(reverse("result_detail", args=[session.pk, result.pk])))
        assert f"{outcome}: gaps in a measured outcome are left open" in overview
        listed = text_of(browser.get(reverse("result_wards", args=[session.pk, result.pk])))
        left_open = next(count for code, _, count in command if code == "outcome_not_filled")
        assert listed.count('<span class="lacking"') == left_open
        told = text_of(browser.get(reverse("session_check", args=[session.pk])))
        assert "The boundaries name no LGAs" in told
