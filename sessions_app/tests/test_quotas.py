"""Room for files: counted from the rows, refused in words, never overdrawn by two at once."""

import os
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.http import Http404

from sessions_app import jobs, quotas
from sessions_app.isolation.scope import scope
from sessions_app.isolation.testing import acting_as
from sessions_app.models import AnalysisResult, StoredFile, User
from sessions_app.tests.browsing import browse, text_of
from sessions_app.tests.people import problem
from sessions_app.tests.test_resumable import begin, finish, put

pytestmark = pytest.mark.usefixtures("counting")
MB = 1024 * 1024
HALF = b"w" * (MB // 2 + 1)


def give(who, megabytes):
    """What staff do in the admin."""
    User.objects.using("owner").filter(pk=who.user.pk).update(storage_quota_mb=megabytes)
    who.user.storage_quota_mb = megabytes


def upload(who, session, content=HALF):
    address = f"/api/sessions/{session.pk}/files/"
    sent = {"kind": "words", "file": SimpleUploadedFile("words.txt", content)}
    return who.browser().post(address, sent)


def test_a_file_that_does_not_fit_is_refused_with_what_is_used(alice):
    session = alice.session()
    give(alice, 1)
    assert upload(alice, session).status_code == 201
    before = alice.objects()
    body = problem(upload(alice, session), 409, "no_room_left")
    assert "512.0" in body["detail"]
    assert "1.0" in body["detail"]
    assert "Delete sessions or files" in body["fix"]
    assert alice.objects() == before
    assert len(alice.files()) == 1
    # Room is made by deleting.
    deleted = alice.browser().delete(f"/api/files/{alice.files()[0].pk}/")
    assert deleted.status_code == 204
    assert upload(alice, session).status_code == 201


def test_the_page_of_the_session_says_it_too(alice, settings):
    project = import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    settings.FILE_KINDS, settings.RESULT_KINDS = project.FILE_KINDS, project.RESULT_KINDS
    session = alice.session()
    give(alice, 0)
    sent = {"kind": "ward_table", "file": SimpleUploadedFile("wards.csv", b"ward,tpr\nA,1\n")}
    answer = browse(alice).post(f"/sessions/{session.pk}/data/upload/", sent)
    assert answer.status_code == 409
    assert "Your storage is full" in text_of(answer)


def test_everybody_has_what_the_settings_say_and_staff_may_say_otherwise(alice, settings):
    settings.UPLOAD = settings.UPLOAD | {"quota_bytes": MB}
    session = alice.session()
    assert upload(alice, session).status_code == 201
    problem(upload(alice, session), 409, "no_room_left")
    give(alice, 2)
    assert upload(alice, session).status_code == 201
    with acting_as(alice.user):
        room = quotas.room_of(alice.user)
    assert (room.used, room.quota, room.percent) == (2 * len(HALF), 2 * MB, 50)


def test_one_users_files_take_nobody_elses_room(alice, bob, settings):
    settings.UPLOAD = settings.UPLOAD | {"quota_bytes": MB}
    upload(alice, alice.session())
    assert upload(bob, bob.session()).status_code == 201


def test_two_at_once_do_not_share_the_last_megabyte(alice):
    session = alice.session()
    give(alice, 1)

    def store(_):
        try:
            return upload(alice, session).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(store, range(4)))
    assert answers == [201, 409, 409, 409]
    assert len(alice.files()) == len(alice.objects()) == 1


def test_an_upload_in_parts_takes_its_room_when_it_begins(alice):
    session, api = alice.session(), alice.browser()
    give(alice, 1)
    content = b"word " * 120_000
    begun = begin(api, session, content).json()
    problem(begin(api, session, content, name="others.txt"), 409, "no_room_left")
    problem(upload(alice, session), 409, "no_room_left")
    # Chosen again it is found again, and what was announced is not counted twice.
    assert begin(api, session, content).status_code == 200
    for number in range(1, begun["part_count"] + 1):
        assert put(api, begun["id"], number, content).status_code == 201
    assert finish(api, begun["id"], content).status_code == 201
    with acting_as(alice.user):
        assert quotas.room_of(alice.user).used == len(content)


def test_discarding_an_upload_gives_its_room_back(alice):
    session, api = alice.session(), alice.browser()
    give(alice, 1)
    begun = begin(api, session, b"word " * 120_000).json()
    api.delete(f"/api/uploads/{begun['id']}/")
    assert upload(alice, session).status_code == 201


def test_a_result_that_does_not_fit_fails_in_words_and_leaves_nothing(alice):
    session = alice.session()
    words = alice.upload(session, HALF)
    result = alice.request(session, "count", words=str(words.pk))
    give(alice, 1)
    before = alice.objects()
    jobs.run_here(alice.user.pk, result.pk)
    ended = alice.result(result)
    assert (ended.status, ended.error["code"]) == (AnalysisResult.Status.FAILED, "no_room_left")
    assert alice.objects() == before
    # With room the same request succeeds.
    give(alice, 2)
    again = alice.request(session, "count", words=str(words.pk))
    jobs.run_here(alice.user.pk, again.pk)
    assert alice.result(again).status == AnalysisResult.Status.SUCCEEDED


def test_a_result_and_an_upload_do_not_share_the_last_megabyte(alice, monkeypatch):
    """The room that a result found when it stored its file is gone when it ends: it fails, nothing is overdrawn."""
    session = alice.session()
    words = alice.upload(session, HALF[: len(HALF) // 2])
    result = alice.request(session, "count", words=str(words.pk))
    give(alice, 1)
    real = jobs.Job.take_room

    def late(job):
        with transaction.atomic():
            StoredFile.objects.filter(pk=words.pk).update(size_bytes=MB)
        real(job)

    monkeypatch.setattr(jobs.Job, "take_room", late)
    jobs.run_here(alice.user.pk, result.pk)
    assert alice.result(result).error["code"] == "no_room_left"
    assert len(alice.objects()) == 1


def test_nobody_gives_themselves_room(alice):
    for change in ({"storage_quota_mb": 10**6}, {"storage_quota_mb": 0}):
        with pytest.raises(DatabaseError), acting_as(alice.user):
            User.objects.filter(pk=alice.user.pk).update(**change)
    with pytest.raises(DatabaseError):
        User.objects.create_user("greedy@example.org", storage_quota_mb=10**6)


def test_the_profile_shows_it(alice):
    upload(alice, alice.session())
    page = text_of(browse(alice).get("/accounts/profile/"))
    assert "You use 512.0" in page


def test_an_account_that_is_gone_takes_no_room(alice):
    with scope(alice.user.pk), transaction.atomic():
        User.objects.filter(pk=alice.user.pk).delete()
    with pytest.raises(Http404), scope(alice.user.pk), transaction.atomic():
        quotas.take_room(alice.user.pk, 1)
