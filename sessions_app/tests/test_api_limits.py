"""Limits are counted in Valkey; when they cannot be counted the door stays shut."""

import pytest
from django.core.cache import cache
from django.test import Client

from sessions_app.tests.people import problem

pytestmark = pytest.mark.usefixtures("counting")


def test_a_user_who_asks_too_often_waits_and_others_do_not(alice, bob, settings):
    settings.API_LIMITS = settings.API_LIMITS | {"user": (3, 3_600)}
    api = alice.browser()
    assert [api.get("/api/sessions/").status_code for _ in range(3)] == [200] * 3
    refused = api.get("/api/sessions/")
    problem(refused, 429, "too_many_requests")
    assert 1 <= int(refused["Retry-After"]) <= 3_600
    assert bob.browser().get("/api/sessions/").status_code == 200


def test_uploads_have_a_limit_of_their_own(alice, settings):
    settings.API_LIMITS = settings.API_LIMITS | {"upload": (1, 3_600)}
    session, api = alice.session(), alice.browser()
    place = f"/api/sessions/{session.pk}/files/"
    problem(api.post(place, {"kind": "words"}), 400, "invalid_request")
    problem(api.post(place, {"kind": "words"}), 429, "too_many_requests")
    assert api.get(place).status_code == 200


def test_when_valkey_is_away_the_api_says_so_and_lets_nobody_through(alice, settings):
    api: Client = alice.browser()
    away = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    refused = api.get("/api/sessions/")
    problem(refused, 503, "service_away")
    assert refused["Retry-After"]
    settings.CACHES = {"default": away | {"LOCATION": settings.REDIS_URL}}
    cache.close()
    assert api.get("/api/sessions/").status_code == 200
