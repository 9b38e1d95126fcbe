"""Uploads through the API arrive whole or not at all; downloads go to their owner alone."""

import hashlib
import io

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.client import BOUNDARY, MULTIPART_CONTENT, Client, encode_multipart

from sessions_app import jobs
from sessions_app.tests.people import problem

pytestmark = pytest.mark.usefixtures("counting")
CONTENT = b"one two three"


def send(api: Client, session, content=CONTENT, name="words.txt", **fields):
    fields = {"kind": "words", "file": SimpleUploadedFile(name, content)} | fields
    return api.post(f"/api/sessions/{session.pk}/files/", fields)


def test_an_upload_is_listed_shown_downloaded_and_deleted(alice):
    api, session = alice.browser(), alice.session()
    answer = send(api, session, name="الأحياء wards.txt")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["kind"], made["size_bytes"], made["report"]) == ("words", 13, {"words": 3})
    assert made["sha256"] == hashlib.sha256(CONTENT).hexdigest()

    listed = api.get(f"/api/sessions/{session.pk}/files/").json()
    assert [row["id"] for row in listed["results"]] == [made["id"]]
    assert "report" not in listed["results"][0]
    assert api.get(f"/api/files/{made['id']}/").json()["report"] == {"words": 3}

    download = api.get(made["download"])
    assert b"".join(download.streaming_content) == CONTENT
    assert download["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert download["X-Content-Type-Options"] == "nosniff"
    assert download["Cache-Control"] == "private, no-store"

    assert api.delete(f"/api/files/{made['id']}/").status_code == 204
    problem(api.get(made["download"]), 404, "not_found")
    assert alice.objects() == []


def test_a_file_that_results_stand_on_is_deleted_only_when_asked_again(alice):
    api, session = alice.browser(), alice.session()
    stored = alice.upload(session)
    result = alice.request(session, "count", words=str(stored.pk))
    jobs.run_here(alice.user.pk, result.pk)

    place = f"/api/files/{stored.pk}/"
    refused = problem(api.delete(place), 409, "file_has_results")
    assert refused["where"] == stored.name and "confirm=true" in refused["fix"]
    assert len(refused["examples"]) == 1
    assert api.get(place).status_code == 200
    problem(api.delete(f"{place}?confirm=perhaps"), 400, "invalid_request")
    problem(api.delete(f"{place}?sure=true"), 400, "invalid_request")
    assert api.delete(f"{place}?confirm=true").status_code == 204
    assert api.get(f"/api/results/{result.pk}/").json()["summary"] == {"words": 3}
    assert [event.object_id for event in alice.events("file.deleted")] == [stored.pk]


def test_strangers_reach_no_file(alice, bob):
    session = alice.session()
    stored = alice.upload(session)
    api = bob.browser()
    for path in (f"/api/files/{stored.pk}/", f"/api/files/{stored.pk}/download/"):
        problem(api.get(path), 404, "not_found")
    problem(api.delete(f"/api/files/{stored.pk}/"), 404, "not_found")
    problem(send(api, session), 404, "not_found")
    assert alice.objects() == [stored.storage_key]
    assert bob.objects() == []


def test_a_refused_upload_names_the_culprit_and_leaves_nothing(alice):
    api, session = alice.browser(), alice.session()
    assert problem(send(api, session, b""), 422, "file_empty")["where"] == "words.txt"
    problem(send(api, session, name="words.pdf"), 422, "file_type_not_taken")
    problem(send(api, session, b"a \x00"), 422, "file_type_not_taken")
    problem(send(api, session, kind="pictures"), 400, "invalid_request")
    assert "session_id" in problem(send(api, session, session_id="x"), 400, "invalid_request")["errors"]
    assert "file" in problem(send(api, session, file="text"), 400, "invalid_request")["errors"]
    answer = api.post(f"/api/sessions/{session.pk}/files/", {"kind": "words"}, "application/json")
    problem(answer, 415, "unsupported_media_type")
    assert (alice.files(), alice.objects()) == ([], [])


def test_an_upload_that_is_too_large_is_refused_before_it_is_read(alice, settings):
    settings.UPLOAD = settings.UPLOAD | {"max_bytes": 1_000}
    api, session = alice.browser(), alice.session()
    problem(send(api, session, b"x" * 1_001), 413, "file_too_large")
    # A body of three megabytes may not even be read: the client promises it and sends nothing.
    answer = api.generic(
        "POST",
        f"/api/sessions/{session.pk}/files/",
        b"",
        CONTENT_TYPE=MULTIPART_CONTENT,
        CONTENT_LENGTH="3000000",
    )
    problem(answer, 413, "file_too_large")
    assert alice.objects() == []


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95])
def test_an_upload_cut_off_in_the_middle_leaves_nothing(alice, kept):
    """A form parser alone would take the half that arrived for the whole."""
    api, session = alice.browser(), alice.session()
    body = encode_multipart(
        BOUNDARY, {"kind": "words", "file": SimpleUploadedFile("w.txt", b"word " * 50_000)}
    )
    half = body[: int(len(body) * kept)]
    answer = api.generic(
        "POST",
        f"/api/sessions/{session.pk}/files/",
        b"",
        CONTENT_TYPE=MULTIPART_CONTENT,
        CONTENT_LENGTH=str(len(body)),
        **{"wsgi.input": io.BytesIO(half)},
    )
    problem(answer, 400, "upload_cut_off")
    assert (alice.files(), alice.objects()) == ([], [])


def test_no_transaction_is_open_while_a_body_is_read(alice):
    api, session = alice.browser(), alice.session()
    seen = []

    class Watched(io.BytesIO):
        def read(self, *size):
            seen.append(connection.in_atomic_block)
            return super().read(*size)

    body = encode_multipart(BOUNDARY, {"kind": "words", "file": SimpleUploadedFile("w.txt", CONTENT)})
    answer = api.generic(
        "POST",
        f"/api/sessions/{session.pk}/files/",
        b"",
        CONTENT_TYPE=MULTIPART_CONTENT,
        CONTENT_LENGTH=str(len(body)),
        **{"wsgi.input": Watched(body)},
    )
    assert answer.status_code == 201, answer.content
    assert seen
    assert not any(seen)


def test_no_transaction_is_open_while_a_file_is_sent(alice):
    stored = alice.upload(alice.session())
    answer = alice.browser().get(f"/api/files/{stored.pk}/download/")
    assert not connection.in_atomic_block
    assert b"".join(answer.streaming_content) == CONTENT


def test_a_row_whose_object_is_gone_says_so(alice):
    stored = alice.upload(alice.session())
    default_storage.delete(stored.storage_key)
    problem(alice.browser().get(f"/api/files/{stored.pk}/download/"), 410, "file_gone")
