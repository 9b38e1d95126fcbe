"""Who may read the numbers about the system."""

import pytest
from django.test import Client, override_settings

pytestmark = pytest.mark.django_db(databases=["default", "system"])
TOKEN = "a scraper's own long word"
# As production has it: one host, TLS for everybody; `tests/system/test_image_commands.py` asks the real one.
STRICT = {"ALLOWED_HOSTS": ["mrpt.example"], "SECURE_SSL_REDIRECT": True, "METRICS_TOKEN": TOKEN}
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


@override_settings(**STRICT)
def test_a_scraper_of_the_inside_needs_neither_the_hosts_name_nor_tls(caplog):
    caplog.set_level("INFO", "chatmrpt.request")
    answer = Client(REMOTE_ADDR=ELSEWHERE).get(
        "/metrics/", headers={"host": "web:8000", "Authorization": f"Bearer {TOKEN}"}
    )
    assert answer.status_code == 200
    assert b"chatmrpt_database_up 1" in answer.content
    assert "no-store" in answer["Cache-Control"]
    (line,) = [one for one in caplog.records if one.name == "chatmrpt.request"]
    assert (line.route, line.status) == ("metrics/", 200)


@override_settings(**STRICT)
@pytest.mark.parametrize(
    "sent", [{}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}]
)
def test_who_has_no_token_learns_of_numbers_what_any_address_tells(sent):
    client = Client(REMOTE_ADDR=ELSEWHERE)
    for host in ("web:8000", "mrpt.example"):
        there, nowhere = (
            client.get(path, headers={"host": host} | sent) for path in ("/metrics/", "/nothing/")
        )
        assert there.status_code == nowhere.status_code == (400 if host == "web:8000" else 301)
    by_tls = client.get("/metrics/", headers={"host": "mrpt.example"} | sent, secure=True)
    assert by_tls.status_code == 404


@override_settings(**STRICT)
@pytest.mark.parametrize("address", ["/metrics", "/metrics/more/", "/api/account/", "/"])
def test_the_token_opens_nothing_else(address):
    sent = {"host": "web:8000", "Authorization": f"Bearer {TOKEN}"}
    assert Client(REMOTE_ADDR=ELSEWHERE).get(address, headers=sent).status_code == 400


@override_settings(**STRICT | {"METRICS_TOKEN": ""})
@pytest.mark.parametrize("sent", ["Bearer ", "Bearer", ""])
def test_without_a_token_nothing_is_answered_first(sent):
    headers = {"host": "web:8000", "Authorization": sent}
    assert Client(REMOTE_ADDR=HERE).get("/metrics/", headers=headers).status_code == 400
