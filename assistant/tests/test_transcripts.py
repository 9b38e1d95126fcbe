"""Conversations to take away: all forms hold the same words, and none of them runs anything."""

import json
from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.urls import reverse

from assistant.models import Turn
from assistant.tests.test_conversations import said
from sessions_app.isolation.scope import scope
from sessions_app.tests.browsing import browse
from sessions_app.tests.people import problem

HOSTILE = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) | `x`"
FORMULA = "=HYPERLINK(1)|x"


@pytest.fixture
def talk(alice):
    """A conversation whose words and cells want to be more."""
    made = said(alice, alice.session(), HOSTILE)
    found = {
        "tool": "list_wards", "say": "list_wards", "facts": {"n": 1}, "links": [], "pictures": [], "choices": [],
        "columns": [
            {"key": "ward", "title": "@Ward", "unit": "", "number": False},
            {"key": "tpr", "title": "TPR", "unit": "%", "number": True},
        ],
        "rows": [{"ward": FORMULA, "tpr": -1.25}, {"ward": "<b>x</b>", "tpr": None}],
    }  # fmt: skip
    with scope(alice.user.pk), transaction.atomic():
        Turn.objects.filter(conversation_id=made.pk).update(results=[found])
    return alice, made


def taken(talk, form):
    person, made = talk
    place = reverse("conversation_transcript", args=[made.session_id, made.pk])
    answer = browse(person).get(place, {"as": form})
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="conversation.{form}"'
    assert "no-store" in answer["Cache-Control"]
    return answer.content.decode()


def test_plain_text_marks_formulas(talk):
    text = taken(talk, "txt")
    assert f"You: {HOSTILE}" in text
    assert "'@Ward\tTPR (%)" in text
    assert "'=HYPERLINK(1)|x\t-1.25" in text
    assert "no data" in text


def test_markdown_holds_no_markup_of_theirs(talk):
    text = taken(talk, "md")
    assert "<img" not in text.replace("\\<img", "")
    assert r"\[a\](javascript" in text
    assert r"| '=HYPERLINK(1)\|x | -1.25 |" in text
    assert "| --- | ---: |" in text


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def test_the_page_holds_no_element_of_theirs_and_no_link(talk):
    text = taken(talk, "html")
    tags = Tags()
    tags.feed(text)
    assert not [tag for tag, given in tags.seen if tag in ("img", "script", "a", "b", "form")]
    assert "&#x27;=HYPERLINK" in text
    assert "default-src" in text


def test_json_holds_numbers_as_numbers_and_no_tag(talk):
    text = taken(talk, "json")
    assert "<" not in text
    (turn,) = json.loads(text)["turns"]
    assert turn["question"] == HOSTILE
    assert turn["results"][0]["rows"][0] == {"ward": FORMULA, "tpr": -1.25}


def test_a_form_that_is_not_there_is_refused_and_taking_is_an_event(talk):
    person, made = talk
    place = reverse("conversation_transcript", args=[made.session_id, made.pk])
    assert browse(person).get(place, {"as": "pdf"}).status_code == 404
    problem(person.browser().get(f"/api/conversations/{made.pk}/transcript/?as=pdf"), 400, "invalid_request")
    assert person.browser().get(f"/api/conversations/{made.pk}/transcript/?as=md").status_code == 200
    assert [event.data for event in person.events("conversation.exported")] == [{"form": "md"}]
