"""More at once than a process should work on: told to come back, the later the more there are, and nothing is done."""

import threading
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from chatmrpt.admission import COMEBACKS_PER_SECOND, LONGEST_WAIT, WINDOW_SECONDS, Admission, Lane


class Slow:
    """A handler that answers when it is let go."""

    def __init__(self) -> None:
        self.let_go, self.inside = threading.Event(), threading.Semaphore(0)
        self.asked = 0

    def __call__(self, request) -> HttpResponse:
        self.asked += 1
        self.inside.release()
        assert self.let_go.wait(10)
        return HttpResponse("done")


@pytest.fixture
def crowded(settings) -> Callable[[int, str, str], tuple[Admission, Slow, list[threading.Thread]]]:
    settings.ADMISSION = {"in_flight": 3, "hashing": 1, "retry_seconds": 2}
    everything: list[tuple[Slow, list[threading.Thread]]] = []

    def fill(count: int, method: str, path: str):
        slow = Slow()
        admission = Admission(slow)
        threads = [
            threading.Thread(target=admission, args=[RequestFactory().generic(method, path)])
            for _ in range(count)
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert slow.inside.acquire(timeout=10)
        everything.append((slow, threads))
        return admission, slow, threads

    yield fill
    for slow, threads in everything:
        slow.let_go.set()
        for thread in threads:
            thread.join(10)


@pytest.mark.parametrize(
    ("path", "kind"), [("/sessions/", "text/html"), ("/api/sessions/", "application/problem+json")]
)
def test_one_too_many_is_told_to_come_back_and_nothing_is_done(crowded, path, kind):
    admission, slow, _ = crowded(3, "GET", path)
    answer = admission(RequestFactory().get(path))
    assert answer.status_code == 503
    assert answer["Content-Type"].startswith(kind)
    assert 1 <= int(answer["Retry-After"]) <= 4
    assert answer["Cache-Control"] == "no-store"
    assert slow.asked == 3
    if kind == "text/html":
        assert f'http-equiv="refresh" content="{answer["Retry-After"]}"' in answer.content.decode()


def test_hashing_has_a_lane_of_its_own(crowded):
    admission, slow, _ = crowded(1, "POST", "/api/token/")
    assert admission(RequestFactory().post("/accounts/sign-in/")).status_code == 503
    slow.let_go.set()
    assert admission(RequestFactory().get("/accounts/sign-in/")).status_code == 200
    assert admission(RequestFactory().get("/sessions/")).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "sign_in", "sign_up", "sign_up_password", "password_reset_new", "password_change", "delete_account",
        "oidc_link", "api-token",
    ],
)  # fmt: skip
def test_every_address_at_which_a_password_is_hashed_is_in_that_lane(crowded, name):
    admission, slow, _ = crowded(1, "POST", "/api/token/")
    place = reverse(name, args=["provider"] if name == "oidc_link" else [])
    assert admission(RequestFactory().post(place)).status_code == 503
    assert slow.asked == 1


def test_health_is_always_answered(crowded):
    admission, slow, _ = crowded(3, "GET", "/sessions/")
    slow.let_go.set()
    assert admission(RequestFactory().get("/health/live/")).status_code == 200


def test_places_are_given_back_also_after_a_fault(settings):
    settings.ADMISSION = {"in_flight": 1, "hashing": 1, "retry_seconds": 2}

    def failing(request):
        raise ZeroDivisionError

    admission = Admission(failing)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            admission(RequestFactory().post("/api/token/"))


def test_the_more_are_away_the_longer_they_stay_away(monkeypatch):
    """Five hundred people who each come back when they were told to: soon they come at the rate that is wanted."""
    now = [0.0]
    monkeypatch.setattr("chatmrpt.admission.time.monotonic", lambda: now[0])
    lane = Lane(1, least_wait=2)
    back = sorted(lane.wait() for _ in range(500))
    came = []
    while now[0] < 300:
        now[0] = back.pop(0)
        came.append(now[0])
        back.append(now[0] + lane.wait())
        back.sort()
    late = [moment for moment in came if moment > 200]
    assert len(late) / 100 == pytest.approx(COMEBACKS_PER_SECOND, rel=0.5)
    assert lane.wait() <= LONGEST_WAIT * 1.4
    # And when they have gone, the next one waits no longer than at first.
    for _ in range(3):
        now[0] += 10 * WINDOW_SECONDS
        last = lane.wait()
    assert last <= 2 * 1.4
