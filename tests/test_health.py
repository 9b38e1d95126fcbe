"""What a load balancer is told."""

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from chatmrpt.celery import note_that_a_worker_lives
from chatmrpt.health import WORKER_MARK, WORKER_MARK_SECONDS
from chatmrpt.stack.processes import ReservedPort


def test_live_asks_nothing_of_any_service(client: Client):
    answer = client.get("/health/live/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("page", ["live", "ready"])
@pytest.mark.django_db
def test_a_load_balancer_needs_no_host_name(client: Client, page: str):
    assert client.get(f"/health/{page}/", headers={"host": "10.0.3.17:8000"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.3.17:8000"}).status_code == 400


@pytest.mark.django_db
def test_ready_names_each_dependency(client: Client):
    # Longer than any pause of a busy machine: that the mark fades is told by the next test.
    cache.set(WORKER_MARK, 1, timeout=600)
    answer = client.get("/health/ready/")
    cache.delete(WORKER_MARK)
    assert answer.status_code == 200
    parts = ("database", "cache", "broker", "storage", "worker")
    assert answer.json() == {"status": "ok", "dependencies": dict.fromkeys(parts, "ok")}
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db
def test_a_workers_mark_fades_when_it_stops():
    note_that_a_worker_lives()
    assert 0 < cache.ttl(WORKER_MARK) <= WORKER_MARK_SECONDS
    cache.delete(WORKER_MARK)


@pytest.mark.django_db
def test_a_worker_touches_the_file_of_its_containers_health_check(settings, tmp_path):
    settings.WORKER_HEARTBEAT_FILE = str(tmp_path / "beat")
    note_that_a_worker_lives()
    assert (tmp_path / "beat").exists()
    cache.delete(WORKER_MARK)


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
