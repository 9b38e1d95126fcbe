"""A copy of everything: whole, in one's own hands only, one at a time, gone after its days."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from sessions_app.isolation.owned import owned_models
from sessions_app.isolation.scope import scope
from sessions_app.models import DataExport
from sessions_app.privacy import archive, exports
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import problem
from tests.isolation.rows import rows_of

PAGE = "/accounts/data/"


def asked(who):
    with scope(who.user.pk):
        return exports.request_export(by=who.user)[0]


def made(who):
    export = asked(who)
    archive.write(who.user.pk, export.pk)
    return seen(export)


def seen(export):
    return DataExport.objects.using("owner").filter(pk=export.pk).first()


def content(answer):
    return answer.getvalue() if answer.streaming else answer.content


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_it_is_asked_for_made_and_downloaded(alice):

    client = browse(alice)
    assert "Make the archive" in text_of(client.get(PAGE))
    assert client.post(PAGE).status_code == 302
    page = client.get(PAGE)
    assert "The archive is being made" in text_of(page)
    assert page["Refresh"] == "5"
    with scope(alice.user.pk):
        [export] = DataExport.objects.using("owner").filter(owner_id=alice.user.pk)
    address = f"{PAGE}{export.pk}/download/"
    assert "is not ready" in text_of(client.get(address, follow=True))
    archive.write(alice.user.pk, export.pk)
    page = text_of(client.get(PAGE))
    assert "Download it" in page
    answer = client.get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Cache-Control"] == "private, no-store"
    data = content(answer)
    assert hashlib.sha256(data).hexdigest() == seen(export).sha256
    assert seen(export).sha256 in page
    assert [event.verb for event in alice.events() if event.verb.startswith("export.")] == [
        "export.requested",
        "export.made",
    ]


def test_every_owned_table_is_in_it_with_ones_own_rows_alone(alice, bob):
    mine, others = rows_of(alice.user), rows_of(bob.user)
    with scope(alice.user.pk):
        DataExport.objects.using("owner").filter(owner_id=alice.user.pk)._raw_delete("owner")
    entries = unpacked(content(browse(alice).get(f"{PAGE}{made(alice).pk}/download/")))
    expected = {f"rows/{model._meta.db_table}.json" for model, _ in owned_models() if model is not DataExport}
    assert {name for name in entries if name.startswith("rows/")} == expected
    whole = b"".join(entries.values())
    assert mine.canary.encode() in whole
    assert others.canary.encode() not in whole
    assert str(bob.user.pk).encode() not in whole
    sums = {value: name for name, value in vars(mine).items() if name not in ("user", "canary", "export")}
    for row in sums:
        rows = json.loads(entries[f"rows/{row._meta.db_table}.json"])
        assert rows, row._meta.db_table
        if row._meta.pk.name == "id":
            assert str(row.pk) in {entry["id"] for entry in rows}


def test_nothing_that_opens_an_account_is_in_it(alice):
    rows_of(alice.user)
    DataExport.objects.using("owner").filter(owner_id=alice.user.pk)._raw_delete("owner")
    client = browse(alice)
    entries = unpacked(content(client.get(f"{PAGE}{made(alice).pk}/download/")))
    whole = b"".join(entries.values()).decode()
    assert alice.user.password not in whole
    assert client.cookies["sessionid"].value not in whole
    for name, text in entries.items():
        if name.startswith("rows/"):
            for row in json.loads(text):
                assert [field for field in row if archive.is_secret(field)] == []
    assert "sessions_app_user.password" in entries["README.txt"].decode()


@pytest.mark.usefixtures("counting")
def test_files_are_whole_and_the_checksums_are_right(alice):
    session = alice.session()
    file = alice.upload(session, b"one two three" * 1000)
    gone = alice.upload(session, b"four")
    default_storage.delete(gone.storage_key)
    entries = unpacked(content(browse(alice).get(f"{PAGE}{made(alice).pk}/download/")))
    assert entries[f"files/{session.pk}/{file.pk}/words.txt"] == b"one two three" * 1000
    sums = dict(reversed(line.split("  ", 1)) for line in entries["SHA256SUMS"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(text).hexdigest() for name, text in entries.items() if name != "SHA256SUMS"
    }
    assert f"files/{session.pk}/{gone.pk}/words.txt" in entries["README.txt"].decode()


def test_one_at_a_time(alice):
    first = asked(alice)
    assert asked(alice).pk == first.pk
    archive.write(alice.user.pk, first.pk)
    key = seen(first).storage_key
    assert alice.objects() == [key]
    second = asked(alice)
    assert second.pk != first.pk
    assert seen(first) is None
    assert alice.objects() == []
    # The task of the first, should it come again, does nothing.
    archive.write(alice.user.pk, first.pk)
    assert alice.objects() == []


def test_a_stranger_gets_404(alice, bob):
    export, client, api = made(alice), browse(bob), bob.browser()
    for address in (
        f"{PAGE}{export.pk}/download/",
        f"/api/exports/{export.pk}/download/",
        f"/api/exports/{export.pk}/",
    ):
        assert (api if "api" in address else client).get(address).status_code == 404
    assert client.post(f"{PAGE}{export.pk}/discard/").status_code == 404
    assert api.delete(f"/api/exports/{export.pk}/").status_code == 404
    assert seen(export) is not None


def test_it_ends_after_its_days_with_its_object(alice, settings):
    export = made(alice)
    assert export.expires_at - export.finished_at == timedelta(days=settings.RETENTION["exports"])
    DataExport.objects.using("owner").filter(pk=export.pk).update(expires_at=timezone.now())
    assert "is not ready" in text_of(browse(alice).get(f"{PAGE}{export.pk}/download/", follow=True))
    exports.look_after()
    assert seen(export) is None
    assert alice.objects() == []


def test_after_a_restore_no_archive_is_offered_that_no_backup_holds(alice, bob):
    export, waiting = made(alice), asked(bob)
    default_storage.delete(export.storage_key)
    assert exports.end_all() == 1
    assert "Make the archive" in text_of(browse(alice).get(PAGE))
    assert alice.browser().get("/api/exports/").json() == []
    exports.look_after()
    assert seen(export) is None
    # One that was asked for is still made.
    archive.write(bob.user.pk, waiting.pk)
    assert seen(waiting).status == "ready"


def test_a_lost_worker_is_followed_by_another_and_not_for_ever(alice):
    export = asked(alice)
    late = DataExport.objects.using("owner").filter(pk=export.pk)
    for attempt in range(1, exports.MOST_ATTEMPTS + 1):
        late.update(status="running", attempt=attempt, lease_until=timezone.now() - timedelta(seconds=1))
        exports.look_after()
    assert (seen(export).status, seen(export).error_code) == ("failed", "worker_lost")
    assert "interrupted too often" in text_of(browse(alice).get(PAGE))
    assert asked(alice).pk != export.pk


def test_a_worker_that_was_taken_for_lost_does_not_touch_the_copy_of_the_next(alice, monkeypatch):
    export = asked(alice)
    real = archive.save_object
    first_to_store = iter([True])

    def late(key, path):
        if next(first_to_store, False):
            rows = DataExport.objects.using("owner").filter(pk=export.pk)
            rows.update(lease_until=timezone.now() - timedelta(seconds=1))
            exports.look_after()
            alice.session("Made between the attempts")
            archive.write(alice.user.pk, export.pk)
        real(key, path)

    monkeypatch.setattr(archive, "save_object", late)
    archive.write(alice.user.pk, export.pk)
    ready = seen(export)
    assert (ready.status, ready.attempt) == ("ready", 2)
    data = content(browse(alice).get(f"{PAGE}{export.pk}/download/"))
    assert hashlib.sha256(data).hexdigest() == ready.sha256
    assert alice.objects() == [ready.storage_key], "what the first had made is gone"


def test_a_copy_that_is_discarded_meanwhile_leaves_nothing(alice, monkeypatch):
    export = asked(alice)
    real = archive.save_object

    def discarded(key, path):
        real(key, path)
        DataExport.objects.using("owner").filter(pk=export.pk)._raw_delete("owner")

    monkeypatch.setattr(archive, "save_object", discarded)
    archive.write(alice.user.pk, export.pk)
    assert alice.objects() == []


def test_through_the_api(alice):
    api = alice.browser()
    assert api.get("/api/exports/").json() == []
    begun = api.post("/api/exports/")
    assert (begun.status_code, begun.json()["status"], begun.json()["download"]) == (202, "queued", None)
    again = api.post("/api/exports/")
    assert (again.status_code, again.json()["id"]) == (200, begun.json()["id"])
    problem(api.get(f"/api/exports/{begun.json()['id']}/download/"), 409, "export_not_ready")
    archive.write(alice.user.pk, seen_id(begun))
    ready = api.get(f"/api/exports/{begun.json()['id']}/").json()
    assert (ready["status"], ready["percent"]) == ("ready", 100)
    data = content(api.get(ready["download"]))
    assert (len(data), hashlib.sha256(data).hexdigest()) == (ready["archive_bytes"], ready["sha256"])
    assert api.delete(f"/api/exports/{ready['id']}/").status_code == 204
    assert alice.objects() == []


def seen_id(answer):
    return DataExport.objects.using("owner").get(pk=answer.json()["id"]).pk
