"""Who waits is told when to ask again, so that those who wait leave the machine to what they wait for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from sessions_app.models import AnalysisResult
from sessions_app.models.results import RUNNING_SECONDS, WAITING_SECONDS
from sessions_app.tests.people import Person, alice, committed, counting, person

__all__ = ["alice", "committed", "counting", "person"]


@pytest.mark.parametrize(
    ("status", "taken", "seconds"),
    [
        ("queued", 0, 1),
        ("queued", 4, 1),
        ("queued", 100, 10),
        ("queued", 7_200, WAITING_SECONDS),
        ("running", 0, 1),
        ("running", 7_200, RUNNING_SECONDS),
        ("succeeded", 7_200, 0),
        ("failed", 0, 0),
    ],
)
def test_the_longer_it_takes_the_later_one_asks(status: str, taken: int, seconds: int):
    begun = timezone.now() - timedelta(seconds=taken)
    result = AnalysisResult(
        status=status, created_at=begun, started_at=begun if status == "running" else None
    )
    assert result.ask_again_seconds == seconds


def test_what_has_just_begun_to_run_is_asked_for_soon_however_long_it_waited():
    now = timezone.now()
    result = AnalysisResult(status="running", created_at=now - timedelta(hours=1), started_at=now)
    assert result.ask_again_seconds == 1


@pytest.mark.usefixtures("counting")
def test_the_api_says_when(alice: Person):
    from sessions_app import jobs

    session = alice.session()
    result = alice.request(session, "count", words=str(alice.upload(session).pk))
    address = f"/api/results/{result.pk}/"
    assert alice.browser().get(address).headers["Retry-After"] == "1"
    assert jobs.run_here(alice.user.pk, result.pk)
    assert "Retry-After" not in alice.browser().get(address).headers
