"""Asking for reports: through the API, on the pages, as the owner and as somebody else."""

import uuid

import pytest
from django.db import transaction
from django.test import Client
from rest_framework.exceptions import ValidationError

from itn.tests.test_runs import COLUMN, ask, body, compute
from reports.actions import request_report
from sessions_app.isolation.scope import scope
from sessions_app.models import AnalysisSession
from sessions_app.tests.people import PASSWORD, problem


def signed_in(person) -> Client:
    client = Client()
    assert (
        client.post("/accounts/sign-in/", {"email": person.user.email, "password": PASSWORD}).status_code
        == 302
    )
    return client


def test_a_report_knows_what_it_is_of(rose, written, committed):
    report = written["comparison_en"]
    assert set(report["parents"]) == {rose.plans[0]["id"], rose.plans[1]["id"]}
    assert report["summary"]["of_kind"] == "comparison"
    assert {file["name"] for file in report["artifacts"]} == {
        "report.pdf",
        "report.docx",
        "report.html",
        "package.zip",
    }
    assert [step["state"] for step in report["progress"]["steps"]] == ["done"] * 5


def test_only_the_asked_formats_are_written(rose, committed):
    report = compute(
        rose.person, rose.api, rose.session, "report", {"of": rose.plans[0]["id"], "formats": ["html"]}
    )
    assert {file["name"] for file in report["artifacts"]} == {"report.html"}


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({}, "of"), ({"of": "x"}, "UUID"), ({"of": str(uuid.uuid4())}, "no finished result"), ({"language": "de"}, "de"),
        ({"formats": []}, "formats"), ({"formats": ["exe"]}, "exe"), ({"owner": "x"}, "There is no such field"),
    ],
)  # fmt: skip
def test_what_can_not_be_written_is_refused(rose, committed, params, word):
    asked = params if "of" in params or not params else {"of": rose.risk["id"], **params}
    told = problem(ask(rose.api, rose.session, "report", asked), 400, "invalid_request")
    assert word in str(told)


def test_rankings_are_not_set_side_by_side(rose, committed):
    for against in ([rose.risk["id"]], [rose.plans[0]["id"]]):
        answer = ask(rose.api, rose.session, "report", {"of": rose.plans[0]["id"], "against": against})
        problem(answer, 400, "invalid_request")


def test_a_report_is_out_of_date_when_its_ranking_is_but_not_for_another_plan(rose, committed):
    report = compute(
        rose.person, rose.api, rose.session, "report", {"of": rose.plans[0]["id"], "formats": ["html"]}
    )
    assert report["stale"] is False
    compute(
        rose.person,
        rose.api,
        rose.session,
        "itn_plan",
        {"risk": rose.risk["id"], "nets": 5, "population": COLUMN},
    )
    assert rose.api.get(f"/api/results/{report['id']}/").json()["stale"] is False
    session = rose.api.post("/api/sessions/", {"name": "Other"}, "application/json").json()["id"]
    # A newer ranking in another session says nothing about this one.
    assert rose.api.get(f"/api/results/{report['id']}/").json()["stale"] is False
    rose.api.delete(f"/api/sessions/{session}/")


def test_one_click_on_each_page(rose, written, committed):
    page = signed_in(rose.person)
    base = f"/sessions/{rose.session}/"
    for path, ids in (
        (f"{base}results/{rose.risk['id']}/", [rose.risk["id"]]),
        (f"{base}plans/{rose.plans[0]['id']}/", [rose.plans[0]["id"]]),
        (
            f"{base}plans/compare/?plan={rose.plans[0]['id']}&plan={rose.plans[1]['id']}",
            [p["id"] for p in rose.plans],
        ),
    ):
        html = page.get(path).content.decode()
        assert f'action="{base}reports/"' in html
        for pk in ids:
            assert f'<input type="hidden" name="of" value="{pk}">' in html


def test_the_page_asks_shows_progress_and_gives_out_files(rose, written, committed):
    page, url = signed_in(rose.person), f"/sessions/{rose.session}/reports/"
    answer = page.post(url, {"of": [plan["id"] for plan in rose.plans], "language": "fr"})
    assert answer.status_code == 302
    html = page.get(url).content.decode()
    assert "Setting the PDF" in html and "hx-get" in html
    (waiting,) = [
        row
        for row in rose.api.get(f"/api/sessions/{rose.session}/results/").json()["results"]
        if row["status"] == "queued"
    ]
    assert waiting["params"]["language"] == "fr" and waiting["params"]["against"] == [rose.plans[1]["id"]]
    rose.api.post(f"/api/results/{waiting['id']}/cancel/")
    html = page.get(url).content.decode()
    assert "You cancelled" in html and html.count(">Download<") >= 4
    file = next(f for f in written["risk_en"]["artifacts"] if f["name"] == "report.html")
    assert f"/files/{file['id']}/download/" in html
    given = page.get(f"/files/{file['id']}/download/")
    assert (
        given["Content-Disposition"].startswith("attachment") and given["X-Content-Type-Options"] == "nosniff"
    )
    given.close()
    refused = page.post(url, {"language": "en"})
    assert refused.status_code == 422 and "Traceback" not in refused.content.decode()


def test_names_of_users_are_only_text_on_the_page(rose, written, committed):
    html = signed_in(rose.person).get(f"/sessions/{rose.session}/reports/").content.decode()
    assert "<img src=x" not in html and "&lt;img src=x" in html


def test_nobody_else_reads_asks_or_downloads(rose, written, bob, committed):
    page, api = signed_in(bob), bob.browser()
    url = f"/sessions/{rose.session}/reports/"
    assert page.get(url).status_code == page.post(url, {"of": rose.risk["id"]}).status_code == 404
    report = written["risk_en"]
    assert api.get(f"/api/results/{report['id']}/").status_code == 404
    for file in report["artifacts"]:
        assert page.get(f"/files/{file['id']}/download/").status_code == 404
    mine = api.post("/api/sessions/", {"name": "Mine"}, "application/json").json()["id"]
    for of in (rose.risk["id"], rose.plans[0]["id"]):
        problem(ask(api, mine, "report", {"of": of}), 400, "invalid_request")


def test_a_report_of_another_session_of_ones_own_is_refused(rose, committed):
    other = rose.api.post("/api/sessions/", {"name": "Other"}, "application/json").json()["id"]
    problem(ask(rose.api, other, "report", {"of": rose.risk["id"]}), 400, "invalid_request")
    rose.api.delete(f"/api/sessions/{other}/")


def test_the_action_is_the_same_for_whoever_calls_it(rose, committed):
    user = rose.person.user
    with scope(user.pk), transaction.atomic():
        session = AnalysisSession.objects.get(pk=rose.session)
        first = request_report(by=user, session=session, of=rose.risk["id"], idempotency_key="one")
        again = request_report(by=user, session=session, of=rose.risk["id"], idempotency_key="one")
        assert first.pk == again.pk and first.params["formats"] == ["pdf", "docx", "html", "package"]
        with pytest.raises(ValidationError):
            request_report(by=user, session=session, of=uuid.uuid4())
    rose.api.post(f"/api/results/{first.pk}/cancel/")


def test_a_cancelled_report_leaves_nothing(rose, committed):
    before = set(rose.person.objects())
    asked = ask(rose.api, rose.session, "report", {"of": rose.risk["id"]}).json()
    rose.api.post(f"/api/results/{asked['id']}/cancel/")
    assert set(rose.person.objects()) == before
    assert body(rose.api.get(f"/api/results/{asked['id']}/"))
