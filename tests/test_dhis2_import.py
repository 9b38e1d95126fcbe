"""Importing through pages and API: who gives a token, what becomes of it, and that nobody meets anybody else's."""

import json
import logging
import os
import re
import signal
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
import redis
from django.conf import settings as project
from django.db import connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from analysis import tasks as analysis_tasks
from analysis.dhis2 import logins, sealing
from analysis.dhis2.login import Login
from analysis.models import Dhis2Login
from analysis.synthetic import make_state
from analysis.synthetic_dhis2 import make_export, make_truth, write_export
from analysis.tests import dhis2_server as fake
from analysis.writers.geo import write_gpkg
from chatmrpt.logs import JsonLines
from chatmrpt.stack.processes import Child
from sessions_app import jobs, tasks
from sessions_app.isolation.scope import scope
from sessions_app.isolation.testing import assert_isolated
from sessions_app.models import AnalysisResult, StoredFile
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import alice, bob, committed, person, problem

__all__ = ["alice", "bob", "committed", "person"]
MONTHS = {"first": "2021-01", "last": "2021-08"}


@pytest.fixture(scope="module")
def made():
    boundaries = make_state(wards=24, lgas=4, seed=3)[1].assign(state_name="Kwara", state_code="KW")
    return boundaries, make_export(make_truth(boundaries, months=8), "B", damaged=False, prefix="kw")


@pytest.fixture
def server(made, settings):
    with fake.dhis2(fake.Holdings(made[1]), "/dhis") as running:
        settings.DHIS2 = settings.DHIS2 | {"trusted": [running.origin]}
        yield running


@pytest.fixture
def lines():
    """Every line that the log's own formatter writes during a test, whatever its level."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    keep = Keep()
    keep.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(keep)
    root.setLevel(level)


def connect(someone, session, server, **sent) -> str:
    sent = sent or {"token": fake.TOKEN}
    address = reverse("api-dhis2-logins", args=[session.pk])
    answer = someone.browser().post(
        address, {"address": server.address, **sent}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def asked(someone, session, kind, **params) -> AnalysisResult:
    return someone.request(session, kind, **params)


def imported(someone, session, server, **more) -> AnalysisResult:
    login = connect(someone, session, server)
    wanted = {"org_unit": server.holdings.state, **MONTHS, **more}
    result = asked(someone, session, "dhis2_import", login=login, **wanted)
    assert jobs.run_here(someone.user.pk, result.pk)
    return someone.result(result)


def kept(someone) -> list[Dhis2Login]:
    with scope(someone.user.pk), transaction.atomic():
        return list(Dhis2Login.objects.all())


def facility_files(someone) -> list[StoredFile]:
    return [file for file in someone.files() if file.kind == "facilities"]


def test_through_the_pages_from_a_token_to_the_wards_of_the_upload(alice, made, server, tmp_path):
    boundaries, export = made
    browser, session = browse(alice), alice.session("DHIS2")
    page = reverse("session_dhis2", args=[session.pk])
    assert reverse("session_dhis2", args=[session.pk]) in text_of(
        browser.get(reverse("session_data", args=[session.pk]))
    )
    assert 'type="password"' in text_of(browser.get(page))
    sent = browser.post(
        reverse("dhis2_connect", args=[session.pk]), {"address": server.address, "token": fake.TOKEN}
    )
    assert sent.status_code == 302, text_of(sent)
    looked = _work(alice)
    assert (looked.kind, looked.summary["version"]) == ("dhis2_look", "2.41.3")
    shown = text_of(browser.get(page))
    assert "kw Kwara State" in shown and shown.count('name="element"') == 13
    chosen = re.findall(r'name="element" value="(\w+)" checked', shown)
    assert sorted(chosen) == sorted(server.holdings.test_elements)
    sent = browser.post(
        page, {"org_unit": server.holdings.state, **MONTHS, "element": chosen, "source": "values"}
    )
    assert sent.status_code == 302, text_of(sent)
    assert "Reading the months" in text_of(browser.get(page))
    done = _work(alice)
    shown = text_of(browser.get(page))
    assert "The token is forgotten" in shown and reverse("session_tpr", args=[session.pk]) in shown
    assert kept(alice) == []
    (file,) = facility_files(alice)
    assert file.report["origin"] == done.summary["origin"]
    assert file.report["layout"] == "B" and file.result_id == done.pk
    assert server.address in text_of(browser.get(reverse("session_data", args=[session.pk])))
    assert [event.object_id for event in alice.events("file.stored")] == [file.pk]

    map_file = write_gpkg(boundaries, tmp_path / "wards.gpkg", layer="wards")
    other = alice.session("Upload")
    path = write_export(export, tmp_path / "export.csv")
    wards = []
    for where, facilities in (
        (session, file),
        (other, alice.upload(other, path.read_bytes(), path.name, "facilities")),
    ):
        bounds = alice.upload(where, map_file.read_bytes(), "wards.gpkg", "boundaries")
        tpr = alice.request(where, "tpr", facilities=str(facilities.pk), boundaries=str(bounds.pk))
        assert jobs.run_here(alice.user.pk, tpr.pk)
        wards.append(_table(alice, tpr, "wards.csv"))
    pd.testing.assert_frame_equal(*wards, check_exact=True)
    assert wards[0]["tested"].sum() > 1_000


def _work(someone) -> AnalysisResult:
    with scope(someone.user.pk), transaction.atomic():
        queued = AnalysisResult.objects.get(status="queued")
    assert jobs.run_here(someone.user.pk, queued.pk)
    done = someone.result(queued)
    assert done.status == "succeeded", done.error
    return done


def _table(someone, result, name) -> pd.DataFrame:
    from analysis import frames

    assert someone.result(result).status == "succeeded", someone.result(result).error
    with scope(someone.user.pk):
        return pd.DataFrame(frames.csv_rows(someone.result(result), name))


def test_a_token_is_nowhere_in_clear(alice, server, lines):
    """Not in any row of any table, not in Valkey, not in what a task is given, not in a log line, answer or stored object."""
    session = alice.session()
    login = connect(alice, session, server)
    result = asked(alice, session, "dhis2_import", login=login, org_unit=server.holdings.state, **MONTHS)
    with scope(alice.user.pk), transaction.atomic():
        tasks.publish(alice.user.pk, result.pk)
    secrets = (fake.TOKEN, fake.TOKEN.removeprefix("d2pat_"), "ApiToken")

    def nowhere():
        text = _every_row() + _all_of_valkey() + "\n".join(lines)
        assert str(result.pk) in text and str(alice.user.pk) in text, "the search finds what is there"
        for secret in secrets:
            assert secret not in text

    nowhere()
    server.faults["analytics"] = [fake.status(500, f"seen {fake.TOKEN[:3]}"), fake.cut]
    assert jobs.run_here(alice.user.pk, result.pk)
    assert alice.result(result).status == "succeeded"
    assert len(lines) > 0
    nowhere()
    for file in alice.files():
        with _opened(file) as content:
            assert fake.TOKEN.encode() not in content.read()


def _opened(file):
    from django.core.files.storage import default_storage

    return default_storage.open(file.storage_key)


def _every_row() -> str:
    found = []
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def _all_of_valkey() -> str:
    valkey, found = redis.Redis.from_url(project.REDIS_URL), []
    for key in valkey.scan_iter("*"):
        kind = valkey.type(key)
        read = {b"string": valkey.get, b"list": lambda k: valkey.lrange(k, 0, -1), b"hash": valkey.hgetall,
                b"set": valkey.smembers, b"zset": lambda k: valkey.zrange(k, 0, -1), b"stream": valkey.xrange}[kind]  # fmt: skip
        found.append(f"{key!r} {read(key)!r}")
    valkey.close()
    return "\n".join(found)


def test_a_failed_import_keeps_the_token_for_another_try_and_tells_what_the_server_said(alice, server):
    session = alice.session()
    server.faults["analytics"] = [fake.status(409, "E7144 analytics tables are missing")]
    failed = imported(alice, session, server)
    assert (failed.status, failed.error["code"]) == ("failed", "dhis2_refused")
    assert "E7144" in failed.error["detail"] and failed.error["step"] == "values"
    assert facility_files(alice) == []
    assert len(kept(alice)) == 1
    page = text_of(browse(alice).get(reverse("session_dhis2", args=[session.pk])))
    assert "E7144" in page


def test_user_name_and_password_do_as_well(alice, server):
    session = alice.session()
    login = connect(alice, session, server, user_name=fake.USER, password=fake.PASSWORD)
    result = asked(alice, session, "dhis2_look", login=login)
    assert jobs.run_here(alice.user.pk, result.pk)
    assert alice.result(result).status == "succeeded", alice.result(result).error
    assert server.logins[0].startswith("Basic ")


def test_two_people_import_at_once_and_never_meet(alice, bob, made, settings):
    """Two servers, two tokens, two threads that each compute both results' claims."""
    other = make_export(make_truth(made[0], months=8, seed=8), "B", damaged=False, prefix="kw")
    with fake.dhis2(fake.Holdings(made[1])) as first, fake.dhis2(fake.Holdings(other)) as second:
        settings.DHIS2 = settings.DHIS2 | {"trusted": [first.origin, second.origin]}
        waiting = []
        for someone, server in ((alice, first), (bob, second)):
            session = someone.session()
            login = connect(someone, session, server)
            params = {"login": login, "org_unit": server.holdings.state, **MONTHS}
            waiting.append((someone, server, session, asked(someone, session, "dhis2_import", **params)))
        threads = [threading.Thread(target=_run, args=(someone, result)) for someone, _, _, result in waiting]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sums = {}
        for someone, server, _, result in waiting:
            done = someone.result(result)
            assert done.status == "succeeded", done.error
            assert done.summary["origin"]["server"] == server.address
            (file,) = facility_files(someone)
            assert file.sha256 not in sums
            sums[file.sha256] = someone
            assert_isolated(file, bob.user if someone is alice else alice.user)
        login_of_alice = connect(alice, waiting[0][2], first)
        (row,) = kept(alice)
        assert str(row.pk) == login_of_alice
        assert_isolated(row, bob.user)


def _run(someone, result):
    try:
        jobs.run_here(someone.user.pk, result.pk)
    finally:
        connection.close()


def test_anothers_login_is_no_login(alice, bob, server):
    mine, theirs = alice.session(), bob.session()
    login = connect(alice, mine, server)
    answer = bob.browser().post(
        reverse("api-session-results", args=[theirs.pk]),
        {"kind": "dhis2_look", "params": {"login": login}}, content_type="application/json",
    )  # fmt: skip
    problem(answer, 400, "invalid_request")
    assert bob.browser().delete(reverse("api-dhis2-login", args=[login])).status_code == 404
    assert bob.browser().get(reverse("api-dhis2-logins", args=[mine.pk])).status_code == 404
    other = alice.session()
    answer = alice.browser().post(
        reverse("api-session-results", args=[other.pk]),
        {"kind": "dhis2_look", "params": {"login": login}}, content_type="application/json",
    )  # fmt: skip
    problem(answer, 400, "invalid_request")
    assert server.asked == []


def test_a_sealed_login_opens_in_its_own_row_only(alice, bob, server, settings):
    login = connect(alice, alice.session(), server)
    (row,) = kept(alice)
    place = {"owner_id": alice.user.pk, "row_id": row.pk}
    assert sealing.unseal(row.sealed, **place) == Login(token=fake.TOKEN)
    for wrong in ({"owner_id": bob.user.pk}, {"row_id": bob.user.pk}):
        with pytest.raises(sealing.NotSealedHere):
            sealing.unseal(row.sealed, **(place | wrong))
    with pytest.raises(sealing.NotSealedHere):
        sealing.unseal(row.sealed[:-8] + "AAAAAAA=", **place)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "k" * 40
    assert sealing.unseal(row.sealed, **place).token == fake.TOKEN, "a rotated key still opens"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(sealing.NotSealedHere):
        sealing.unseal(row.sealed, **place)
    assert str(row.pk) == login


def test_a_login_ends_by_itself_and_on_request(alice, server):
    session = alice.session()
    first = connect(alice, session, server)
    second = connect(alice, session, server)
    assert [str(row.pk) for row in kept(alice)] == [second] != [first]
    assert alice.browser().delete(reverse("api-dhis2-login", args=[second])).status_code == 204
    assert kept(alice) == []
    login = connect(alice, session, server)
    result = asked(alice, session, "dhis2_look", login=login)
    with scope(alice.user.pk), transaction.atomic():
        Dhis2Login.objects.update(expires_at=timezone.now())
    assert jobs.run_here(alice.user.pk, result.pk)
    assert alice.result(result).error["code"] == "dhis2_login_gone"
    assert analysis_tasks.remove_expired_logins() == 1
    assert kept(alice) == []
    assert [event.data for event in alice.events("dhis2.login_kept")] == [{}] * 3


def test_a_cancelled_import_stops_while_the_server_says_nothing(alice, server):
    session = alice.session()
    server.faults["analytics"] = [fake.slow(20)]
    login = connect(alice, session, server)
    result = asked(alice, session, "dhis2_import", login=login, org_unit=server.holdings.state, **MONTHS)
    worker = threading.Thread(target=_run, args=(alice, result))
    worker.start()
    _until(lambda: alice.result(result).step == "values")
    assert alice.browser().post(reverse("api-result-cancel", args=[result.pk])).status_code == 202
    began = time.monotonic()
    worker.join()
    assert time.monotonic() - began < 8
    assert alice.result(result).status == "cancelled"
    assert facility_files(alice) == []


def _until(true, seconds=30.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.slow
def test_a_killed_workers_import_is_begun_anew_and_stores_one_file(alice, server, settings, tmp_path):
    from tests import quick_lease_settings

    settings.RESULTS = quick_lease_settings.RESULTS
    worker = Child(
        name="worker",
        command=[sys.executable, "-m", "celery", "-A", "chatmrpt", "worker", "--concurrency", "1"],
        log=tmp_path / "worker.log",
        environment=os.environ
        | {"DJANGO_SETTINGS_MODULE": "tests.quick_lease_settings", "DHIS2_TRUSTED": server.origin},
        cwd=Path(__file__).resolve().parents[1],
        stop_signals=((signal.SIGQUIT, 3.0),),
        death_signal=signal.SIGKILL,
    )
    session = alice.session()
    server.faults["pe%3A202105"] = [fake.slow(30)]
    login = connect(alice, session, server)
    result = asked(alice, session, "dhis2_import", login=login, org_unit=server.holdings.state, **MONTHS)
    worker.start()
    try:
        tasks.publish(alice.user.pk, result.pk)
        _until(lambda: any("202105" in one for one in server.asked), 60)
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()
        assert alice.result(result).status == "running"
        worker.start()

        def ended():
            tasks.requeue_expired()
            return alice.result(result).is_final

        _until(ended, 60)
    finally:
        worker.stop()
    done = alice.result(result)
    assert (done.status, done.attempt) == ("succeeded", 2), done.error
    assert len(facility_files(alice)) == 1
    assert len(alice.objects()) == 1
    assert kept(alice) == []
    log = (tmp_path / "worker.log").read_text()
    assert fake.TOKEN not in log and server.origin not in log


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://169.254.169.254/latest", "dhis2_not_encrypted"),
        ("https://169.254.169.254/", "dhis2_not_public"),
        ("https://localhost:5432/", "dhis2_port"),
        ("https://u:p@dhis2.example.org", "dhis2_address"),
    ],
)
def test_an_address_that_must_not_be_asked_is_refused_and_nothing_is_kept(alice, address, code):
    session = alice.session()
    answer = alice.browser().post(
        reverse("api-dhis2-logins", args=[session.pk]), {"address": address, "token": fake.TOKEN},
        content_type="application/json",
    )  # fmt: skip
    assert problem(answer, 422, code)["where"] == "address"
    assert kept(alice) == []
    shown = browse(alice).post(
        reverse("dhis2_connect", args=[session.pk]), {"address": address, "token": fake.TOKEN}
    )
    assert shown.status_code == 422
    assert fake.TOKEN not in text_of(shown)


@pytest.mark.parametrize(
    "sent",
    [{}, {"token": "a b"}, {"token": "x", "password": "y"}, {"user_name": "a"}, {"user_name": "a:b", "password": "c"},
     {"token": "x\r\nHost: y"}, {"token": "x", "owner": "y"}],
)  # fmt: skip
def test_half_a_login_is_refused_by_name_without_repeating_it(alice, sent):
    session = alice.session()
    answer = alice.browser().post(
        reverse("api-dhis2-logins", args=[session.pk]), {"address": "https://dhis2.example.org", **sent},
        content_type="application/json",
    )  # fmt: skip
    body = problem(answer, 400, "invalid_request")
    assert body["where"]
    assert kept(alice) == []


def test_a_stranger_gets_404_on_every_page(alice, bob, server):
    session = alice.session()
    connect(alice, session, server)
    browser = browse(bob)
    assert browser.get(reverse("session_dhis2", args=[session.pk])).status_code == 404
    for name in ("session_dhis2", "dhis2_connect", "dhis2_forget"):
        assert (
            browser.post(
                reverse(name, args=[session.pk]), {"address": server.address, "token": "x"}
            ).status_code
            == 404
        )
    assert len(kept(alice)) == 1


def test_the_page_costs_a_fixed_number_of_queries(alice, server, django_assert_max_num_queries):
    session, browser = alice.session(), browse(alice)
    login = connect(alice, session, server)
    result = asked(alice, session, "dhis2_look", login=login)
    assert jobs.run_here(alice.user.pk, result.pk)
    with django_assert_max_num_queries(14):
        assert "kw Kwara State" in text_of(browser.get(reverse("session_dhis2", args=[session.pk])))


def test_the_command_writes_the_same_file_and_reads_the_token_from_a_file(
    alice, made, server, tmp_path, monkeypatch
):
    from io import StringIO

    from django.core.management import call_command

    session = alice.session()
    done = imported(alice, session, server)
    place, out = tmp_path / "token", StringIO()
    place.write_text(f"{fake.TOKEN}\n")
    call_command(
        "import_dhis2", "--server", server.address, "--org-unit", server.holdings.state, "--from", MONTHS["first"], "--to",
        MONTHS["last"], "--token-file", str(place), "--out", str(tmp_path / "made.csv"), stdout=out,
    )  # fmt: skip
    told = json.loads(out.getvalue())
    assert told["values"] == done.summary["origin"]["values"]
    (file,) = facility_files(alice)
    with _opened(file) as content:
        assert content.read() == (tmp_path / "made.csv").read_bytes()
    with pytest.raises(SystemExit) as refusal:
        call_command("import_dhis2", "--server", "https://10.0.0.1", "--org-unit", server.holdings.state, "--from",
                     MONTHS["first"], "--to", MONTHS["last"], "--token-file", str(place), "--out", "x.csv")  # fmt: skip
    assert refusal.value.code == 2
    assert logins.policy().trusted == {server.origin}
