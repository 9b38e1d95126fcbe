"""Usage by day: the numbers are those of the rows, and a look at them is an event."""

import csv
import io
import uuid
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assistant.models import Conversation, ModelCall, Turn
from assistant.staff.usage import usage
from sessions_app.models import AnalysisSession, Event
from sessions_app.staff.tests.conftest import (  # noqa: F401 - fixtures are found by their name
    alice,
    bob,
    browser,
    committed,
    person,
    study,
    support,
)

# A day long ago, on which nobody else has anything.
DAY = datetime(2021, 3, 14, 12, tzinfo=timezone.get_default_timezone())
SPAN = {"since": "2021-03-13", "until": "2021-03-15"}


@pytest.fixture
def used(alice, bob):  # noqa: F811
    """Two users, three questions of 1, 2 and 9 s, one still on its way, one failed; two answers of a model."""
    for who in (alice, bob):
        session = AnalysisSession.objects.using("owner").create(owner_id=who.user.pk, name="s")
        talk = Conversation.objects.using("owner").create(owner_id=who.user.pk, session=session, title="t")
        Conversation.objects.using("owner").filter(pk=talk.pk).update(created_at=DAY)
        Event.objects.using("owner").create(owner_id=who.user.pk, verb="turn.started", actor=who.user.pk)
        Event.objects.using("owner").filter(owner_id=who.user.pk, verb="turn.started").update(at=DAY)
    for number, (seconds, status) in enumerate(
        [(1, "done"), (2, "failed"), (9, "done"), (None, "running")], 1
    ):
        turn = Turn.objects.using("owner").create(
            owner_id=bob.user.pk, conversation=talk, number=number, status=status,
            finished_at=DAY + timedelta(seconds=seconds) if seconds else None,
        )  # fmt: skip
        Turn.objects.using("owner").filter(pk=turn.pk).update(created_at=DAY)
    for tokens, cost in ((100, 2_500_000), (50, None)):
        call = ModelCall.objects.using("owner").create(
            owner_id=bob.user.pk, turn_id=uuid.uuid4(), model="m", outcome="answered", input_tokens=tokens,
            output_tokens=7, cost_micros=cost,
        )  # fmt: skip
        ModelCall.objects.using("owner").filter(pk=call.pk).update(created_at=DAY)


def test_a_day_counts_its_rows(used):
    day = DAY.date()
    before, that, after = reversed(usage(day - timedelta(days=1), day + timedelta(days=1)))
    assert (that.users, that.conversations, that.turns, that.failed) == (2, 2, 4, 1)
    # By hand: of 1, 2 and 9 s the median is 2 and 95 % lies at 2 + 0.9 × 7.
    assert (that.median_seconds, round(that.p95_seconds, 6)) == (2.0, 8.3)
    assert (that.model_answers, that.tokens_read, that.tokens_written) == (2, 150, 14)
    assert (that.cost_micros, that.cost) == (2_500_000, "US$ 2.50")
    for empty in (before, after):
        assert (empty.users, empty.turns, empty.median_seconds, empty.cost) == (0, 0, None, "–")


def test_the_page_and_the_table_show_them(used, study):  # noqa: F811
    page = study.client.get("/admin/usage/", SPAN).content.decode()
    assert "2021-03-14" in page and "8.30" in page and "US$ 2.50" in page
    answer = study.client.get("/admin/usage.csv", SPAN)
    assert answer["Content-Disposition"] == 'attachment; filename="usage.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["day"] for row in rows] == ["2021-03-15", "2021-03-14", "2021-03-13"]
    assert (rows[1]["turns"], rows[1]["cost_micros"], rows[0]["cost_micros"]) == ("4", "2500000", "")
    assert len(study.events("staff.usage_read")) == 2


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2021-03-15", "until": "2021-03-13"},
        {"since": "x"},
        {"since": "2001-01-01", "until": "2021-01-01"},
    ],
)
def test_a_wrong_span_is_refused(support, asked):  # noqa: F811
    assert support.client.get("/admin/usage/", asked).status_code == 422
    assert support.client.get("/admin/usage.csv", asked).status_code == 422
    assert support.events("staff.usage_read") == []


def test_a_longer_span_takes_no_more_queries(support):  # noqa: F811
    def count(**span: str) -> int:
        with CaptureQueriesContext(connections["staff"]) as seen:
            assert support.client.get("/admin/usage/", span).status_code == 200
        return len(seen)

    assert count(**SPAN) == count(since="2021-01-01", until="2021-12-31") == 9


def test_the_list_of_users_tells_what_each_has_used(support, bob, used):  # noqa: F811
    page = support.client.get("/admin/sessions_app/user/", {"q": bob.email}).content.decode()
    assert '<td class="field-column">1</td>' in page or ">1<" in page
    assert ">164<" in page
