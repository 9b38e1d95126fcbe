"""The same words where the system speaks by itself: answers, transcripts, shared links, plans and reports."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from sessions_app.isolation.testing import acting_as
from sessions_app.models import StoredFile
from tests import work
from tests.isolation.test_hostile_content import MARKUP, hostile, live_in  # noqa: F401 - a fixture
from tests.isolation.victims import content_of, signed_in

# Answered with wards by name, and said by the user themselves.
QUESTIONS = ("top 20 wards by rainfall", "explain the map", *MARKUP[:4])


@pytest.fixture(scope="module")
def talk(hostile, django_db_blocker):  # noqa: F811
    """A conversation about the wards, and where it stands."""
    user, session, *_ = hostile
    pages = signed_in(user)
    place = f"/sessions/{session.pk}/chat/"
    for question in QUESTIONS:
        answer = pages.post(place, {"text": question})
        assert answer.status_code == 302, answer.content
        place = answer["Location"].partition("#")[0]
    return pages, place


def test_no_answer_runs_what_stands_in_a_cell(talk):
    pages, place = talk
    page = pages.get(place)
    assert page.status_code == 200
    assert live_in(page.content) == []
    text = page.content.decode()
    for words in MARKUP[:12]:
        assert escape(words) in text, words


@pytest.mark.parametrize("step", ["history/", "{}transcript/?as=html", "{}share/"])
def test_no_page_beside_it_does(talk, step):
    pages, place = talk
    chat = re.sub(r"[0-9a-f-]{36}/$", "", place)
    answer = pages.get(step.format(place) if "{}" in step else chat + step)
    assert answer.status_code == 200
    content = content_of(answer)
    assert live_in(content) == []
    if "transcript" in step:
        for words in MARKUP[:12]:
            assert escape(words) in content.decode(), words


def test_no_shared_link_does(talk):
    pages, place = talk
    made = pages.post(f"{place}share/", {"days": "1"})
    address = re.search(r"/shared/[\w.-]+/", made.content.decode())
    assert address, made.content
    shown = Client(REMOTE_ADDR="127.91.1.1").get(address[0])
    assert shown.status_code == 200
    assert live_in(shown.content) == []
    for words in MARKUP[:12]:
        assert escape(words) in shown.content.decode(), words


@pytest.fixture(scope="module")
def plan(hostile, django_db_blocker):  # noqa: F811
    user, session, _, risk = hostile
    people = {"source": "column", "column": "rainfall"}
    asked = work.ask_for(user, session, "itn_plan", risk=str(risk.pk), nets=1_000, population=people)
    made = work.computed(user, asked)
    assert made.status == "succeeded", made.error
    return signed_in(user), made


@pytest.mark.parametrize("page", ["overview", "map", "wards", "delivery", "curves", "downloads"])
def test_no_page_of_a_plan_does(plan, page):
    pages, made = plan
    name = "plan_detail" if page == "overview" else f"plan_{page}"
    answer = pages.get(reverse(name, args=[made.session_id, made.pk]))
    assert answer.status_code == 200
    assert live_in(answer.content) == []
    if page == "wards":
        for words in MARKUP[:12]:
            assert escape(words) in answer.content.decode(), words


def test_the_list_of_plans_doesnt_either(plan):
    pages, made = plan
    answer = pages.get(f"/sessions/{made.session_id}/nets/")
    assert answer.status_code == 200
    assert live_in(answer.content) == []


def test_no_report_does(hostile, plan):  # noqa: F811
    user, session, _, risk = hostile
    pages, _ = plan
    asked = work.ask_for(user, session, "report", of=str(risk.pk), language="en", formats=["html"])
    made = work.computed(user, asked)
    assert made.status == "succeeded", made.error
    page = pages.get(f"/sessions/{session.pk}/reports/")
    assert page.status_code == 200
    assert live_in(page.content) == []
    with acting_as(user):
        written = StoredFile.objects.get(result=made, name__endswith=".html")
    content = content_of(pages.get(f"/files/{written.pk}/download/"))
    assert live_in(content) == []
    for words in MARKUP[:12]:
        assert escape(words) in content.decode(), words
