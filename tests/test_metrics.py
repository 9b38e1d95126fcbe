"""Who may read the numbers about the system."""

import pytest
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db(databases=["default", "system"])
TOKEN = "a scraper's own long word"
HERE, ELSEWHERE = "127.0.0.1", "203.0.113.7"


def read(address, **headers):
    return Client(REMOTE_ADDR=address, headers=headers).get("/metrics/").status_code


def test_without_a_token_a_program_on_this_machine_reads_them():
    assert read(HERE) == 200
    assert read(ELSEWHERE) == 404
    assert read(HERE, **{"X-Forwarded-For": HERE}) == 404, "behind a proxy everybody comes from this machine"


@override_settings(METRICS_TOKEN=TOKEN)
@pytest.mark.parametrize("address", [HERE, ELSEWHERE])
def test_with_a_token_whoever_sends_it_reads_them_and_nobody_else(address):
    assert read(address) == 404
    assert read(address, Authorization=f"Bearer {TOKEN}") == 200
    for wrong in (TOKEN, f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", "Bearer ", "Bearer \u00e9"):
        assert read(address, Authorization=wrong) == 404
