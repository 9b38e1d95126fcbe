"""What a load balancer is told."""

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from chatmrpt.health import WORKER_MARK
from chatmrpt.stack.processes import ReservedPort


def test_live_asks_nothing_of_any_service(client: Client):
    answer = client.get("/health/live/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_names_each_dependency(client: Client):
    cache.set(WORKER_MARK, 1, timeout=5)
    answer = client.get("/health/ready/")
    assert answer.status_code == 200
    parts = ("database", "cache", "broker", "storage", "worker")
    assert answer.json() == {"status": "ok", "dependencies": dict.fromkeys(parts, "ok")}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_missing_worker_is_told_while_pages_stay_up(client: Client):
    cache.delete(WORKER_MARK)
    answer = client.get("/health/ready/")
    assert answer.status_code == 200
    assert answer.json()["dependencies"]["worker"] == "unavailable"


@pytest.mark.django_db
def test_a_missing_cache_makes_it_unavailable_and_is_named(client: Client, settings):
    nobody_there = f"redis://127.0.0.1:{ReservedPort().hand_over()}/0"
    broken = {"default": {**settings.CACHES["default"], "LOCATION": nobody_there}}
    with override_settings(CACHES=broken):
        answer = client.get("/health/ready/")
    assert answer.status_code == 503
    found = answer.json()
    assert found["status"] == "unavailable"
    assert found["dependencies"]["cache"] == "unavailable"
    assert found["dependencies"]["database"] == "ok"


@pytest.mark.django_db
def test_missing_storage_makes_it_unavailable_and_is_named(client: Client, settings, tmp_path):
    file = tmp_path / "file"
    file.write_text("where a folder should be")
    broken = {"BACKEND": "sessions_app.storage.DurableFileSystemStorage", "OPTIONS": {"location": str(file)}}
    with override_settings(STORAGES={**settings.STORAGES, "default": broken}):
        answer = client.get("/health/ready/")
    assert answer.status_code == 503
    assert answer.json()["dependencies"]["storage"] == "unavailable"


@pytest.mark.parametrize("address", ["/health/live/", "/health/ready/"])
def test_only_reading_is_allowed(client: Client, address):
    assert client.post(address).status_code == 405
