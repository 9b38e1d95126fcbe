"""The pages from the match to the ranking, on a small synthetic state with hostile names."""

import csv
import html
import io
import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from analysis import frames
from analysis.labels import variable_label
from analysis.synthetic import make_state, write_state
from sessions_app import jobs
from sessions_app.models import AnalysisResult
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import people

HOSTILE = "<img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://example.org")'
WARDS = 40
TABS = (
    "result_detail", "result_wards", "result_map", "result_variables", "result_charts", "result_models", "result_stability",
    "result_pca", "result_comparison", "result_filled", "result_methods", "result_downloads", "result_wards_csv",
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two wards have names that a browser or a spreadsheet would run, one of them a code for missing rain; one row's
    name is only similar."""
    table, boundaries = make_state(seed=5, wards=WARDS, lgas=4)
    name = next(column for column in table.columns if column.lower().replace("_", "") == "wardname")
    known = [row for row in table.index if (boundaries["ward_name"] == table.loc[row, name]).sum() == 1][:2]
    for row, hostile in zip(known, (HOSTILE, FORMULA), strict=True):
        boundaries.loc[boundaries["ward_name"] == table.loc[row, name], "ward_name"] = hostile
        table.loc[row, name] = hostile
    table.loc[known[0], "rainfall"] = -999
    # High by the other variables, so that it stands among the ten highest without its test positivity.
    likely = table[["distance_to_waterbodies", "elevation", "housing_quality"]].rank().sum(axis=1).idxmin()
    table.loc[likely, "u5_tpr_rdt"] = None
    return write_state((table, boundaries), tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="module")
def carol(files, django_db_setup, django_db_blocker):
    """Carol, her browser, her session and her finished ranking, made through the pages alone."""
    with django_db_blocker.unblock(), people() as make:
        person = make("carol")
        browser, session = browse(person), person.session("Sample")
        for kind, path in zip(("ward_table", "boundaries"), files, strict=True):
            with path.open("rb") as file:
                sent = browser.post(
                    reverse("session_upload", args=[session.pk]), {"kind": kind, "file": file}
                )
            assert sent.status_code == 302, text_of(sent)
        assert (
            browser.post(reverse("session_check", args=[session.pk]), {"action": "match"}).status_code == 302
        )
        dataset = work(person)
        page = reverse("session_variables", args=[session.pk])
        chosen = [row for row in dataset.summary["variables"] if row["included"]][:4]
        sent = browser.post(page, form(dataset, chosen) | {"pca_without": left_out(chosen)})
        assert sent.status_code == 302, text_of(sent)
        yield person, browser, session, work(person)


def form(dataset, chosen) -> dict:
    asked = {
        "dataset": str(dataset.pk),
        "method": "recommended",
        "variables": [row["variable"] for row in chosen],
    }
    for row in chosen:
        asked[f"direction:{row['variable']}"] = "lower" if row["direction"] == "inverse" else "higher"
        asked[f"imputation:{row['variable']}"] = row["imputation"]
    return asked


def left_out(chosen) -> list[str]:
    """What Carol leaves out of the PCA: the fourth of her variables."""
    return [chosen[3]["variable"]]


def work(person, ends: str = "succeeded") -> AnalysisResult:
    """Be the worker for what was asked last."""
    from django.db import transaction

    from sessions_app.isolation.scope import scope

    with scope(person.user.pk), transaction.atomic():
        queued = AnalysisResult.objects.filter(status="queued").get()
    assert jobs.run_here(person.user.pk, queued.pk)
    done = person.result(queued)
    assert done.status == ends, done.error
    return done


@pytest.fixture
def done(carol, committed):
    return carol


def address(name, done, *more):
    return reverse(name, args=[done[2].pk, done[3].pk, *more])


@pytest.mark.parametrize("tab", TABS)
def test_every_page_of_a_ranking_opens(done, tab):
    answer = done[1].get(address(tab, done))
    assert answer.status_code == 200
    page = text_of(answer)
    assert HOSTILE not in page or tab == "result_wards_csv"
    assert " style=" not in page
    assert "None" not in page.replace("None of", "").replace("none", "")


def test_a_finished_session_opens_at_its_ranking_and_only_offers_net_plans(done):
    answer = done[1].get(reverse("session_detail", args=[done[2].pk]))
    assert answer.url == address("result_detail", done)
    nets = next(step for step in done[1].get(answer.url).context["steps"] if step.code == "itn_plan")
    assert (nets.state, nets.words) == ("offered", "when you like")


@pytest.mark.parametrize("tab", (*TABS, "session_check"))
def test_a_stranger_gets_404(done, bob, tab):
    where = reverse(tab, args=[done[2].pk]) if tab == "session_check" else address(tab, done)
    assert browse(bob).get(where).status_code == 404


@pytest.mark.parametrize("tab", TABS)
def test_signed_out_and_wrong_method(done, tab):
    assert Client().get(address(tab, done)).status_code == 302
    assert done[1].post(address(tab, done)).status_code == 405


def test_pictures_and_shapes_are_for_their_owner(done, bob):
    for name in ("map_rank.svg", "map.geojson", "lgas.geojson"):
        mine = done[1].get(address("result_picture", done, name))
        assert mine.status_code == 200
        again = done[1].get(address("result_picture", done, name), headers={"If-None-Match": mine["ETag"]})
        assert again.status_code == 304
        assert browse(bob).get(address("result_picture", done, name)).status_code == 404
    assert done[1].get(address("result_picture", done, "wards.csv")).status_code == 404


def test_hostile_names_are_text_on_the_page_and_no_formula_in_the_csv(done):
    page = text_of(done[1].get(address("result_wards", done)))
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    rows = list(csv.DictReader(io.StringIO(text_of(done[1].get(address("result_wards_csv", done))))))
    assert f"'{FORMULA}" in {row["ward_name"] for row in rows}


def test_the_list_shows_what_was_asked_for_and_the_csv_the_same(done):
    found = text_of(done[1].get(address("result_wards", done), {"ordering": "-composite_rank"}))
    everything = list(csv.DictReader(io.StringIO(text_of(done[1].get(address("result_wards_csv", done))))))
    assert len(everything) == WARDS
    lga = everything[0]["lga_name"]
    inside = [row for row in everything if row["lga_name"] == lga]
    page = text_of(done[1].get(address("result_wards", done), {"lga": lga}))
    assert f"{len(inside)} of {WARDS} wards" in page
    shown = list(
        csv.DictReader(io.StringIO(text_of(done[1].get(address("result_wards_csv", done), {"lga": lga}))))
    )
    assert [row["ward_code"] for row in shown] == [row["ward_code"] for row in inside]
    last = max(int(row["composite_rank"]) for row in everything if row["composite_rank"])
    assert (
        f'<td class="num rank" data-label="Rank">{last}</td>'
        in found.partition("<tbody>")[2].partition("</tr>")[0]
    )


def test_an_unknown_ordering_and_odd_searches_do_no_harm(done):
    for asked in ({"ordering": "geometry"}, {"search": "\x00'%_"}, {"page": "99"}, {"lga": "nowhere"}):
        assert done[1].get(address("result_wards", done), asked).status_code == 200


def test_a_ward_shows_what_stands_behind_its_rank(done):
    rows = list(csv.DictReader(io.StringIO(text_of(done[1].get(address("result_wards_csv", done))))))
    first = min((row for row in rows if row["composite_rank"]), key=lambda row: int(row["composite_rank"]))
    page = text_of(done[1].get(address("result_ward", done, first["ward_code"])))
    assert "Wards that touch it" in page
    assert f"{float(first['composite_score']):.3f}" in page
    assert done[1].get(address("result_ward", done, "no-such-ward")).status_code == 404


def test_a_ward_with_a_gap_counts_only_the_models_that_score_it(done):
    """The made-up state lacks one ward's test positivity, which is never filled."""
    rows = list(csv.DictReader(io.StringIO(text_of(done[1].get(address("result_wards_csv", done))))))
    ward = next(row for row in rows if "partial" in row["flags"])
    scores = frames.csv_rows(done[3], "model_scores.csv")
    models = [name for name in scores[0] if name != "ward_code"]
    own = next(row for row in scores if row["ward_code"] == ward["ward_code"])
    used = [name for name in models if own[name] is not None]
    assert 0 < len(used) < len(models)
    high = 0
    for name in used:
        values = [row[name] for row in scores if row[name] is not None]
        high += 1 + sum(value > own[name] + 1e-12 for value in values) <= len(values) // 3
    page = text_of(done[1].get(address("result_ward", done, ward["ward_code"])))
    assert f"{high} of the {len(used)} models that could score it put it in the third" in page


def test_the_ten_highest_mark_a_ward_with_a_gap_left_open(done):
    rows = list(csv.DictReader(io.StringIO(text_of(done[1].get(address("result_wards_csv", done))))))
    marked = [row for row in rows if row["composite_rank"] and "partial" in row["flags"]]
    ten = sorted(int(row["composite_rank"]) for row in marked if int(row["composite_rank"]) <= 10)
    assert ten, "the made-up table has such a ward"
    overview = text_of(done[1].get(address("result_detail", done)))
    assert overview.count('<span class="lacking"') == len(ten)


def test_the_sentence_on_the_overview_is_computed(done):
    rows = list(csv.DictReader(io.StringIO(text_of(done[1].get(address("result_wards_csv", done))))))
    high = sum(row["composite_tier"] == "High" for row in rows)
    ranked = sum(bool(row["composite_rank"]) for row in rows)
    assert f"{high} of {ranked} ranked wards are in the high tier" in text_of(
        done[1].get(address("result_detail", done))
    )


def test_the_overview_counts_the_models_in_which_the_first_ward_is_first(done):
    scores = frames.csv_rows(done[3], "model_scores.csv")
    first = done[3].summary["top"][0]
    models = [name for name in scores[0] if name != "ward_code"]
    best = {name: max(row[name] for row in scores if row[name] is not None) for name in models}
    own = next(row for row in scores if row["ward_code"] == first["ward_code"])
    count = sum(own[name] is not None and own[name] >= best[name] - 1e-12 for name in models)
    used = sum(own[name] is not None for name in models)
    assert (first["models_first"], first["models_used"]) == (count, used)
    page = re.sub(r"<[^>]+>", "", text_of(done[1].get(address("result_detail", done))))
    assert f"{used} models" in page and "stands between" not in page
    assert "ranks first in " in page if count else "in no single model" in page


def test_the_pca_page_says_kaisers_own_word_and_marks_low_variables(done):
    page = text_of(done[1].get(address("result_pca", done)))
    pca = done[3].summary["pca"]
    assert f"“{pca['kmo_label']}” in Kaiser" in html.unescape(page)
    if pca["components_used"]:
        low = [name for name in pca["variables"] if pca["kmo_per_variable"][name] < 0.5]
        assert page.count("below 0.5: the score hardly speaks for it") == len(low)


@pytest.mark.parametrize(("tab", "most"), [("result_wards", 15), ("result_detail", 15), ("result_map", 15)])
def test_a_result_page_costs_few_queries(done, tab, most):
    with CaptureQueriesContext(connection) as captured:
        assert done[1].get(address(tab, done)).status_code == 200
    asked = [
        query["sql"]
        for query in captured
        if not query["sql"].startswith(("BEGIN", "COMMIT", "SELECT set_config"))
    ]
    assert len(asked) <= most, "\n".join(sql[:160] for sql in asked)


def test_every_figure_of_a_ranking_is_among_its_downloads(done):
    answer = done[1].get(address("result_downloads", done))
    page, files = text_of(answer), answer.context["files"]
    drawn = [figure["name"] for figure in done[3].summary["figures"]]
    missing = [
        name for name in drawn if reverse("file_download", args=[files[f"{name}.svg"].pk]) + '"' not in page
    ]
    assert len(drawn) > 20 and missing == []


def test_decisions_are_kept_and_a_wrong_one_is_explained(done):
    person, browser, session, _ = done
    page = reverse("session_check", args=[session.pk])
    report = browser.get(page).context
    rows = report["open_rows"]
    assert rows, "the sample has a doubtful row"
    row = rows[0]
    unknown = {"action": "decide", f"row-{row['table_row']}": "other", f"other-{row['table_row']}": "Nowhere"}
    refused = browser.post(page, unknown)
    assert refused.status_code == 422
    assert "No free ward has this name" in text_of(refused)
    assert 'value="Nowhere"' in text_of(refused)
    browser.post(page, {"action": "decide", f"row-{row['table_row']}": "none"})
    again = work(person)
    assert {"table_row": row["table_row"], "ward_code": None} in again.params["confirmed"]
    after = browser.get(page).context
    assert row["table_row"] not in [open_row["table_row"] for open_row in after["open_rows"]]


def test_a_missing_value_code_is_told_before_the_ranking(done):
    page = text_of(done[1].get(reverse("session_variables", args=[done[2].pk])))
    assert "rainfall: -999 often stands for a missing value" in page
    assert "&lt;img src=x onerror=alert(1)&gt;, row " in page


def test_what_is_left_out_of_the_pca_is_said_and_offered_again(done):
    _, browser, session, ranking = done
    (name,) = ranking.params["pca_without"]
    assert ranking.summary["parameters"]["pca_without"] == [name]
    assert name not in ranking.summary["pca"]["variables"]
    assert len(ranking.summary["pca"]["variables"]) == len(ranking.summary["variables"]) - 1
    assert "Left out of the PCA by choice." in text_of(browser.get(address("result_pca", done)))
    row = re.search(
        r"Left out of the PCA</th><td><bdi>([^<]+)<", text_of(browser.get(address("result_methods", done)))
    )
    assert row.group(1) == variable_label(name)
    asked = {"dataset": ranking.params["dataset"], "variables": [name], "pca_without": [name]}
    page = text_of(browser.post(reverse("session_variables", args=[session.pk]), asked))
    assert f'name="pca_without" value="{name}" checked' in page


def test_one_variable_is_not_enough(done):
    _, browser, session, _ = done
    page = reverse("session_variables", args=[session.pk])
    shown = browser.get(page).context
    answer = browser.post(
        page, {"dataset": str(shown["dataset"].pk), "variables": [shown["rows"][0]["name"]]}
    )
    assert answer.status_code in (400, 422)
    assert 'class="problem"' in text_of(answer)
    assert "<h2>Choose at least two variables</h2>" in text_of(answer)
    assert "send the request again" not in text_of(answer)


def test_times_name_their_zone(done):
    methods = text_of(done[1].get(address("result_methods", done)))
    assert re.search(r"Started</th><td><bdi>\d+ \w+\.? \d{4}, \d\d:\d\d:\d\d WAT<", methods)
    assert re.search(
        r"Calculated <time[^>]*>\d+ \w+\.? \d{4}, \d\d:\d\d WAT</time>",
        text_of(done[1].get(address("result_detail", done))),
    )


def test_the_map_gets_every_ward_and_layer(done):
    shapes = json.loads(done[1].get(address("result_picture", done, "map.geojson")).content)
    assert len(shapes["features"]) == WARDS
    page = done[1].get(address("result_map", done))
    for layer in page.context["layers"]:
        assert layer["key"] in shapes["features"][0]["properties"]
